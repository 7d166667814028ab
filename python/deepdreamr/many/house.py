"""driver → **house** → its scheduler and workers: a Dask cluster on this machine, of our own.

It lives in a process of its own, which is a fresh Python (a script needs no `if __name__ ==
"__main__"`), talks TLS with certificates made for it alone, listens to nobody but this machine, and
ends when the process that started it does.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import dask
from distributed import LocalCluster, Security

from ..errors import BackendError, WorkerError, said_with_class
from ..interpreter import command, environment
from .lanes import CLUSTER_MISSING

_PEM = ("tls_ca_file", "tls_client_cert", "tls_client_key")
_ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
_LOOKING = 2.0  # seconds between two looks at who is there


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[tuple[str, Security]]:
    """The address of a cluster with some workers, and what it lets in.

    Raises
    ------
    BackendError
        If cryptography is missing.
    WorkerError
        If it does not come up.
    """
    if importlib.util.find_spec("cryptography") is None:  # which makes the certificates
        raise BackendError(*CLUSTER_MISSING)
    with subprocess.Popen(
        command(f"from deepdreamr.many.house import keep; keep({workers})"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=os.name != "nt",  # no Ctrl-C of ours
    ) as process:
        try:
            said = json.loads(process.stdout.readline() or "{}")  # type: ignore[union-attr]
            if "address" not in said:
                why = f": {said['error']}" if "error" in said else ""
                raise WorkerError(f"a cluster on this machine cannot be started{why}.")
            yield said["address"], Security(require_encryption=True, **said["security"])
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]


def keep(workers: int) -> None:
    """What the process does: keep a cluster until its standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    folder = tempfile.mkdtemp(prefix="deepdreamr-")  # for what is sent; nobody else reads it
    dask.config.set({"temporary-directory": folder, _ENVIRONMENT: _without_trimming()})
    end = threading.Thread(target=_end, args=(folder,), daemon=True)
    end.start()
    try:
        cluster, told = _started(workers)
    except Exception as error:  # whatever Dask's configuration here leads to
        cluster, told = None, {"error": said_with_class(error).rstrip(".")}
    answers.write(json.dumps(told) + "\n")
    answers.flush()
    while end.is_alive():
        if cluster is not None:
            cluster.scale(workers)  # Dask gives up a worker that does not come back in time
        end.join(_LOOKING)


def _started(workers: int) -> tuple[LocalCluster, dict[str, Any]]:
    """A cluster, and what is told of it."""
    security = Security.temporary()
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        security=security,
        memory_limit=0,  # the runs keep to what they may use
    )
    pem = {name: getattr(security, name) for name in _PEM}
    return cluster, {"address": cluster.scheduler_address, "security": pem}


def _without_trimming() -> dict[str, Any]:
    """The variables that Dask gives its workers, without the one about memory that was freed.

    It has that given back to the system at once: a gradient, which takes and frees hundreds of
    megabytes, is slow so.
    """
    variables = dict(dask.config.get(_ENVIRONMENT, {}))
    return {name: value for name, value in variables.items() if not name.startswith("MALLOC_")}


def _end(folder: str) -> None:
    """Wait for the end of the one that started this, also while the cluster is being started."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # its workers see that, and end
