"""address → **client** → lanes: how a Dask scheduler is reached, and what is refused."""

from __future__ import annotations

import contextlib
import logging
import re
import ssl
from collections.abc import Iterator
from typing import Any

import dask
from distributed import Client, Security

from ..errors import ArgumentError, DeepDreamError, WorkerError, received, said
from ..machine import usable_cores
from .house import local_cluster
from .lanes import LOCAL

CONNECTING = 20.0  # seconds, within which a scheduler must answer
WAITING = 60.0  # within which workers must come
AGAIN = "Start it again, and call again: what is done is kept."
_CERTIFICATES = (
    "Name them in Dask's configuration, `distributed.comm.tls`, such as by the variables "
    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ...__CLIENT__CERT and ...__CLIENT__KEY."
)


@contextlib.contextmanager
def client_of(cluster: Any, workers: int | None, insecure: bool) -> Iterator[Client]:
    """A client of a cluster that has workers; one of the caller's own stays open.

    Raises
    ------
    ArgumentError
        If its certificates cannot be read.
    WorkerError
        If it does not answer, or has no workers.
    """
    check_cluster(cluster, insecure)
    if isinstance(cluster, Client):
        wait_for_workers(cluster, workers or 1)
        yield cluster
        return
    with contextlib.ExitStack() as stack:
        where, security = cluster, None
        if cluster == LOCAL:
            count = workers or usable_cores()
            where, security = stack.enter_context(local_cluster(count))
        elif isinstance(cluster, str):
            security = Security()
        client = _connected(where, security)
        stack.callback(client.close, CONNECTING)
        wait_for_workers(client, workers or 1)
        yield client


def check_cluster(cluster: Any, insecure: bool) -> None:
    """Refuse what is no cluster, before anything is begun.

    Raises
    ------
    ArgumentError
        If it is none, or its address is not encrypted.
    WorkerError
        If it is a client that is closed.
    """
    if isinstance(cluster, str):
        if cluster != LOCAL:
            _check_address(cluster, insecure)
        return
    is_cluster = isinstance(getattr(cluster, "scheduler_address", None), str)
    if not (is_cluster or isinstance(cluster, Client)):
        raise ArgumentError(
            f"`cluster` must be {LOCAL!r}, an address or a Dask cluster. "
            f"{received('cluster', cluster)}"
        )
    if getattr(cluster, "asynchronous", False):
        raise ArgumentError("`cluster` must not be an asynchronous one, whose answers are awaited.")
    if isinstance(cluster, Client) and cluster.status != "running":
        raise WorkerError(f"the client of the cluster is {cluster.status}.", AGAIN)


def _check_address(address: str, insecure: bool) -> None:
    match = re.fullmatch(r"(tls|tcp)://[^\s/]+:(\d{1,5})", address)
    if not match or not 0 < int(match[2]) < 65536:
        raise ArgumentError(
            f"`cluster` must be {LOCAL!r} or an address such as 'tls://node1:8786'. "
            f"{received('cluster', address)}"
        )
    if match[1] == "tcp" and not insecure:
        raise ArgumentError(
            f"{address!r} is not encrypted: whoever reaches it can run programs on its workers "
            "and here.",
            "Start the scheduler with TLS, and give its tls:// address, or allow it with "
            "`insecure_cluster`.",
        )


def _connected(where: Any, security: Any) -> Client:
    try:
        return Client(where, security=security, timeout=CONNECTING, set_as_default=False)
    except DeepDreamError:
        raise
    except (TypeError, ssl.SSLError, FileNotFoundError, PermissionError) as error:
        raise ArgumentError(  # there are no certificates, or they cannot be read
            f"the cluster cannot be reached: {error}.", _CERTIFICATES
        ) from None
    except Exception as error:
        raise WorkerError(f"no scheduler answers at {where!r}: {said(error)}.") from None


def wait_for_workers(client: Client, count: int) -> None:
    """Wait until it has some, a minute at most; raise a `WorkerError` if it has not."""
    try:
        client.wait_for_workers(count, timeout=WAITING)
    except Exception:
        if client.status != "running":
            raise WorkerError(f"the cluster is not connected: {client.status}.", AGAIN) from None
        there = len(client.nthreads())
        raise WorkerError(
            f"the cluster has {there} of {count} workers after {WAITING:.0f} s.",
            "Start them first: what is asked for with `workers` is waited for.",
        ) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Dask's own reports are not for the reader of a dream."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {log: log.level for log in map(logging.getLogger, names)}
    for log in levels:
        log.setLevel(logging.CRITICAL + 1)
    try:
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            yield
    finally:
        for log, level in levels.items():
            log.setLevel(level)
