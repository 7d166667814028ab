"""Ends that a process can come to; `deepdreamr.networks._processes` runs this."""

from __future__ import annotations

import os
import signal
import sys
import time


def main(how: str) -> None:
    """Say that it has begun, wait for a line, and end so."""
    print("true", flush=True)
    line = sys.stdin.readline().strip()
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exit":
        sys.exit(3)
    if how == "hang":
        time.sleep(600)
    if how == "grow":
        held = [bytes(2**20) + b"x" for _ in range(2000)]
        time.sleep(600 + len(held))
    print(f'{{"heard": {line}}}', flush=True)
