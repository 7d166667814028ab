"""R's Ctrl-C while Python works.

reticulate's handler calls R from inside of Python, where R may answer with a jump or an error in
place of an interrupt, whichever comes first. So Python has a handler of its own while it works, and
reticulate's is back whenever R does. The handler below Python's own can only be kept by the C
library. An interrupt that soon follows another is the same one, from an impatient finger: the
picture so far is being put together. Windows interrupts by other means and keeps reticulate's.
"""

import contextlib
import ctypes
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

ROOM = 512  # bytes, more than any system's struct sigaction
SOON = 2  # seconds
OF_R = ("on_step", "on_preview")


def call(function: Any, *args: Any, **named: Any) -> Any:
    """What a function answers, or that it was interrupted; `OF_R` are functions of R."""
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        return function(*args, **named)
    library = ctypes.CDLL(None)
    theirs = signal.getsignal(signal.SIGINT), ctypes.create_string_buffer(ROOM)
    library.sigaction(signal.SIGINT, None, theirs[1])
    last = -math.inf

    def interrupt(number: Any, frame: Any) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before > SOON:
            raise KeyboardInterrupt

    def give_back() -> None:
        signal.signal(signal.SIGINT, theirs[0])
        library.sigaction(signal.SIGINT, theirs[1], None)

    @contextlib.contextmanager
    def given_back() -> Iterator[None]:
        give_back()
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, interrupt)

    for name in OF_R:
        if named.get(name) is not None:
            named[name] = given_back()(named[name])
    try:
        signal.signal(signal.SIGINT, interrupt)
        return function(*args, **named)
    except KeyboardInterrupt:
        return {"ok": False, "type": "interrupt"}
    finally:
        give_back()
