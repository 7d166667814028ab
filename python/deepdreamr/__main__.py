"""The command `deepdreamr` as a program of its own, `python -m deepdreamr` too."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command; Ctrl-C is one line also while Python loads it, and nothing at the end."""
    try:
        from .front.cli import main as command

        return command()
    except KeyboardInterrupt:
        sys.stderr.write("stopped.\n")
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    raise SystemExit(main())
