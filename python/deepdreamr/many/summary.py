"""what came of each picture → **summary**: how many are done, skipped and failed, and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

MOST_NAMED = 1000  # of the files that were passed over


class Outcome(NamedTuple):
    """What came of a picture.

    Attributes
    ----------
    image : its path, or "picture 7"
    output : where its dream is, or None
    status : "done", "skipped" (it was done before) or "failed"
    why : why it failed, or None
    seconds : how long it took a worker
    warnings : what was warned of
    dream : the `Dream`, where dreams are not written
    """

    image: str
    output: Path | None
    status: str
    why: str | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    dream: Any = None


@dataclasses.dataclass
class Summary:
    """What came of a run.

    Attributes
    ----------
    output : the folder in which the journal is, or None
    total : how many pictures there were
    done, skipped : how many were dreamed, and how many had been before
    failures : an `Outcome` for each picture that failed
    ignored : (path, why) of files that were passed over in folders, the first thousand
    warned : how many dreams were warned of
    seconds, starting : how long the run took, and how long its workers took to start
    seed : of all dreams that have none of their own
    workers, threads : how many there were, and how many threads each computed with
    """

    output: Path | None = None
    total: int = 0
    done: int = 0
    skipped: int = 0
    failures: list[Outcome] = dataclasses.field(default_factory=list)
    ignored: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    warned: int = 0
    seconds: float = 0.0
    starting: float = 0.0
    seed: int | None = None
    workers: int = 0
    threads: int = 1

    @property
    def failed(self) -> int:
        """How many failed."""
        return len(self.failures)

    @property
    def per_minute(self) -> float:
        """Pictures that were dreamed in a minute, once the workers had started."""
        seconds = self.seconds - self.starting
        return 60 * self.done / seconds if seconds > 0 else 0.0

    def ignore(self, path: str, why: str) -> None:
        """Note a file that was passed over."""
        if len(self.ignored) < MOST_NAMED:
            self.ignored.append((path, why))

    def count(self, outcome: Outcome) -> None:
        """Count what came of a picture."""
        self.done += outcome.status == "done"
        self.skipped += outcome.status == "skipped"
        self.warned += bool(outcome.warnings)
        if outcome.status == "failed":
            self.failures.append(outcome)

    def __str__(self) -> str:
        parts = [f"{self.done} of {self.total} dreamed"]
        parts += [f"{self.skipped} done before"] if self.skipped else []
        parts += [f"{self.failed} failed"] if self.failed else []
        more = " or more" if len(self.ignored) == MOST_NAMED else ""
        parts += [f"{len(self.ignored)}{more} passed over"] if self.ignored else []
        parts += [f"{self.warned} with warnings"] if self.warned else []
        rate = f" ({self.per_minute:.1f} a minute once started)" if self.done else ""
        where = f": {self.output}" if self.output else ""
        return f"{', '.join(parts)} in {self.seconds:.1f} s{rate}{where}"


class ManyInterrupted(KeyboardInterrupt):
    """Ctrl-C in a run; the same call goes on with what is not done.

    Attributes
    ----------
    summary : what was done before
    """

    def __init__(self, summary: Summary) -> None:
        super().__init__(f"interrupted: {summary}; the same call goes on")
        self.summary = summary
