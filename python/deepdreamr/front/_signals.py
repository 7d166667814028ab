"""signal → **end**: SIGTERM and SIGHUP end the command as Ctrl-C does, and once is enough."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """A signal came that ends the command.

    A class of its own, as Python ends a process by SIGINT, whatever status it gives, once an
    extension module has let a plain KeyboardInterrupt through.
    """


class Signals:
    """What ends the command while the `with` block runs; what is ignored at the start stays so.

    The first signal raises `Ended`. The second does nothing: whoever is impatient, and
    a terminal that closes, send two. From the third on each raises it again.

    Attributes
    ----------
    number : of the last signal that came, or None
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._count = 0
        self._held = False
        self._before: dict[int, object] = {}

    @property
    def status(self) -> int:
        """The exit status of a command that a signal ended."""
        return 128 + (self.number or signal.SIGINT)

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
                if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                    self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def hold(self) -> None:
        """Let no signal end the command any more; whether one came is in `number`."""
        self._held = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let no signal end what the `with` block does; whether one came is in `number`."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before

    def _come(self, number: int, _: FrameType | None) -> None:
        self.number = number
        self._count += 1
        if not self._held and self._count != 2:
            raise Ended
