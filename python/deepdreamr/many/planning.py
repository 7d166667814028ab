"""run → **plan**: what a run would do and take, by a measured sample, before it is begun."""

from __future__ import annotations

import dataclasses
import datetime

from ..errors import DeepDreamError
from ..pictures.picture import shape_within
from ..pictures.reading import read_shape
from ..runs.planning import Plan, plan_request
from ..runs.request import Request
from .asking import stand_in
from .running import ManyRun
from .works import Work


@dataclasses.dataclass(frozen=True)
class ManyPlan:
    """What a run would do.

    Attributes
    ----------
    total, todo, done : how many pictures there are, are to be dreamed, and have been
    unreadable : how many do not say a size, and would fail
    ignored : (path, why) of files that are passed over
    pixels : of all that are to be dreamed
    workers, threads : how many there would be
    seconds : how long it would take, by the sample; None where nothing can be dreamed
    memory : bytes that all workers would use together, by the largest picture; None likewise
    allowed : bytes that they may use together
    problems : why a picture of the size of the sample, or of the largest, could not be dreamed
    """

    total: int
    todo: int
    done: int
    unreadable: int
    ignored: tuple[tuple[str, str], ...]
    pixels: int
    workers: int
    threads: int
    seconds: float | None
    memory: int | None
    allowed: int | None
    problems: tuple[str, ...]

    def __str__(self) -> str:
        rows = [f"{self.total} pictures, {self.done} done before, {self.todo} to dream"]
        if self.unreadable:
            rows.append(f"{self.unreadable} of them do not say a size, and may be no pictures")
        if self.ignored:
            rows.append(f"{len(self.ignored)} files passed over")
        rows.append(f"{self.workers} workers with {self.threads} threads each")
        if self.seconds is not None:
            span = datetime.timedelta(seconds=max(1, round(self.seconds)))
            rows.append(f"about {span} for {self.pixels / 1e6:.1f} megapixels")
        if self.memory is not None and self.allowed is not None:
            rows.append(
                f"{self.memory / 1e9:.2f} GB of {self.allowed / 1e9:.2f} GB that may be used"
            )
        rows += [f"problem: {problem}" for problem in self.problems]
        return "\n".join(rows)


def plan_many(run: ManyRun) -> ManyPlan:
    """What a run would do; a picture of middle size is measured, none is dreamed."""
    with run.works() as works:
        found = [(work, _shape_of(work)) for work in works]
    shapes = sorted((s for _, s in found if s), key=lambda shape: shape[0] * shape[1])
    pixels, problems = sum(height * width for height, width in shapes), list[str]()
    pace, memory, allowed, workers = None, None, None, run.workers()
    if shapes:
        request = found[0][0].request
        allowed = request.max_memory
        pace = _pace(_planned(request, shapes[len(shapes) // 2], problems, measure=True))
        memory = _memory(_planned(request, shapes[-1], problems, measure=False))
    return ManyPlan(
        total=len(run.items),
        todo=len(found),
        done=len(run.items) - len(found),
        unreadable=len(found) - len(shapes),
        ignored=tuple(run.summary.ignored),
        pixels=pixels,
        workers=workers,
        threads=run.summary.threads,
        seconds=None if pace is None else pace * pixels / workers,
        memory=None if memory is None else memory * workers,
        allowed=None if allowed is None else allowed * workers,
        problems=tuple(dict.fromkeys(problems)),
    )


def _memory(plan: Plan | None) -> int | None:
    return plan.memory if plan else None


def _pace(plan: Plan | None) -> float | None:
    """Seconds for a pixel."""
    if plan is None or plan.seconds is None:
        return None
    return plan.seconds / (plan.shape[0] * plan.shape[1])


def _shape_of(work: Work) -> tuple[int, int] | None:
    """The size at which a picture would be dreamed; None where it says none."""
    shape, most = read_shape(work.item.image) if work.item.is_path else None, work.request.max_size
    return shape_within(shape, int(most)) if shape and most and max(shape) > most else shape


def _planned(
    request: Request, shape: tuple[int, int], problems: list[str], *, measure: bool
) -> Plan | None:
    """The plan of a picture of a size, for which a white one stands.

    Where it is measured, it is so once more: what is loaded the first time is not of every picture.
    """
    picture = dataclasses.replace(request, image=stand_in(shape), max_size=None)
    try:
        for _ in range(1 + measure):
            plan = plan_request(picture, measure=measure)
    except DeepDreamError as error:
        problems.append(str(error))
        return None
    problems += plan.problems
    return plan
