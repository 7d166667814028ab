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
import subprocess
import sys
from collections.abc import Iterator

from distributed import LocalCluster, Security

from ..errors import WorkerError
from ..interpreter import command, environment

_PEM = ("tls_ca_file", "tls_client_cert", "tls_client_key")


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[tuple[str, Security]]:
    """The address of a cluster with some workers, and what it lets in.

    Raises
    ------
    WorkerError
        If it does not come up.
    """
    if importlib.util.find_spec("cryptography") is None:  # which makes the certificates
        raise ModuleNotFoundError("cryptography")
    with subprocess.Popen(
        command(f"from deepdreamr.many.house import keep; keep({workers})"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=os.name != "nt",  # no Ctrl-C of ours
    ) as process:
        try:
            line = process.stdout.readline()  # type: ignore[union-attr]
            if not line:
                raise WorkerError("a cluster on this machine cannot be started.")
            said = json.loads(line)
            yield said["address"], Security(require_encryption=True, **said["security"])
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]


def keep(workers: int) -> None:
    """What the process does: keep a cluster until its standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
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
    answers.write(json.dumps({"address": cluster.scheduler_address, "security": pem}) + "\n")
    answers.flush()
    sys.stdin.buffer.read()
    os._exit(0)  # its workers see that, and end
