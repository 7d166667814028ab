"""The command `deepdreamr` as one process that stays, for the shell's examples of the site.

A command by itself first imports TensorFlow, which takes longer than what most examples do. Here
`deepdreamr` on the PATH hands its arguments, its folder and its streams to a process that has done
so, which calls the command's own `main`, and ends with its status. The tests run the same examples
with the command as it is installed.

usage: python tools/warm.py serve SOCKET
       python tools/warm.py call SOCKET [ARGUMENT...]
"""

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

STREAMS = (0, 1, 2)


def serve(path: str) -> None:
    """Do what is asked for at a socket, one after another, until standard input ends."""
    threading.Thread(target=_end_with, args=(os.dup(0),), daemon=True).start()
    from deepdreamr.backend import import_tensorflow
    from deepdreamr.front.cli import main

    import_tensorflow()
    own = [os.dup(stream) for stream in STREAMS]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _ = listener.accept()
            with connection:
                text, streams, _, _ = socket.recv_fds(connection, 1 << 20, len(STREAMS))
                asked = json.loads(text)
                os.chdir(asked["folder"])
                _put(streams)
                try:
                    status = main(asked["arguments"])
                except (Exception, SystemExit) as error:  # as a program of its own would end
                    status = 1
                    print(f"{type(error).__name__}: {error}", file=sys.stderr)
                sys.stdout.flush()
                sys.stderr.flush()
                _put(own)
                for stream in streams:
                    os.close(stream)
                connection.sendall(str(status).encode())


def _end_with(stream: int) -> None:
    """End this process when a stream does: with what started it, however that ends."""
    os.read(stream, 1)
    os._exit(0)


def _put(streams: Sequence[int]) -> None:
    for number, stream in zip(STREAMS, streams, strict=True):
        os.dup2(stream, number)


def call(path: str, arguments: Sequence[str]) -> int:
    """Ask for a command, with this process's folder and streams; gives its status."""
    asked = json.dumps({"folder": os.getcwd(), "arguments": arguments}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [asked], STREAMS)
        return int(connection.recv(16) or 1)


@contextlib.contextmanager
def command() -> Iterator[Path]:
    """A folder for the PATH, with a `deepdreamr` that is ready meanwhile."""
    with tempfile.TemporaryDirectory() as work:
        folder, path = Path(work), Path(work) / "socket"
        program = folder / "deepdreamr"
        words = shlex.join([sys.executable, "-IS", __file__, "call", str(path)])
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        server = subprocess.Popen(
            [sys.executable, __file__, "serve", str(path)],
            env=environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not path.exists() and server.poll() is None:
                time.sleep(0.1)
            yield folder
        finally:
            server.kill()
            server.communicate()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(call(sys.argv[2], sys.argv[3:]))
