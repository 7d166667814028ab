"""request + start → **dream of a frame**, in float: one network for all frames, traced once."""

from __future__ import annotations

import dataclasses
import os
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import DeepDreamWarning, DreamStoppedWarning, warn
from ..pictures.masks import ALPHA, sized
from ..pictures.picture import Picture, to_uint8
from ..pictures.reading import named, read_picture
from ..runs.checking import check
from ..runs.describing import picture_checksum
from ..runs.graphs import WeightGradients
from ..runs.places import Place
from ..runs.request import Request, mask_pairs
from ..runs.running import run_job
from ..runs.settling import Windows

if TYPE_CHECKING:
    import tensorflow as tf

    from ..recipes.schedule import Shape


class Painted(NamedTuple):
    """The dream of a frame.

    Attributes
    ----------
    image : float32 (height, width, 3) in [-1, 1], or beyond
    place : what of it is seen: the mask's, the colours' and the strength's part
    steps : how many steps it took at each octave, on average
    step : how long they were
    loss : of the last one, or None where no step was taken
    """

    image: np.ndarray
    place: Place
    steps: float
    step: float
    loss: float | None

    def seen(self, image: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """What is seen of an image, in 8 bits; `frame` is what it was dreamed of, likewise."""
        return self.place.finished(to_uint8(image), lambda: frame)


@dataclasses.dataclass(frozen=True, eq=False)
class _Growing(Place):
    """A place where steps are longer here than there."""

    growth: np.ndarray | None = None

    def steps(self, shape: Shape) -> tf.Tensor | None:
        import tensorflow as tf

        steps, growth = super().steps(shape), self.growth
        if growth is None:
            return steps
        largest = max(1.0, float(growth.max()))  # `sized` cuts off what is above 1
        factor = tf.constant(sized(growth / largest, shape)[None, :, :, None] * largest)
        return factor if steps is None else steps * factor


class Painter:
    """Dreams of frames of one size. What a request names is read once."""

    def __init__(self) -> None:
        self._read: dict[str, Picture] = {}
        self._guides: dict[str, Picture] = {}
        self._gradients = WeightGradients()
        self._told: set[str] = set()

    def first(
        self,
        request: Request,
        frame: np.ndarray,
        iterations: int | None,
        windows: Windows | None = None,
    ) -> Painted:
        """The dream of a frame that begins with itself.

        Parameters
        ----------
        iterations : at each octave; None for the recipe's
        windows : what is settled of them
        """
        settings = {} if iterations is None else {"iterations": iterations}
        return self._painted(request, Picture(frame), settings, windows)

    def next(
        self,
        request: Request,
        start: np.ndarray,
        iterations: int | None,
        windows: Windows | None = None,
        growth: np.ndarray | None = None,
    ) -> Painted:
        """The dream of a frame that begins with another image than itself: `start`.

        Parameters
        ----------
        start : float32 (height, width, 3)
        growth : float32 (height, width), what steps are multiplied by; then a loss has no limit
        """
        settings: dict[str, Any] = {} if iterations is None else {"iterations": iterations}
        settings |= {} if growth is None else {"max_loss": None}
        return self._painted(request, Picture(start), settings, windows, growth)

    def _painted(
        self,
        request: Request,
        start: Picture,
        settings: dict[str, Any],
        windows: Windows | None,
        growth: np.ndarray | None = None,
    ) -> Painted:
        images = list[np.ndarray]()
        asked = self._with_pictures(request)
        asked = dataclasses.replace(asked, image=start, settings={**asked.settings, **settings})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DeepDreamWarning)
            job = check(asked)
            place = job.place
            if growth is not None:
                parts = {f.name: getattr(place, f.name) for f in dataclasses.fields(Place)}
                job = dataclasses.replace(job, place=_Growing(**parts, growth=growth))
            gradients, keep = self._gradients.of_dream(), images.append
            dream = run_job(job, gradients=gradients, on_image=keep, windows=windows)
        self._tell(caught)
        return Painted(
            image=images[0][0],
            place=place,
            steps=max(1.0, len(dream.losses) / len(dream.octaves)),
            step=job.recipe.step,
            loss=dream.losses[-1].loss if dream.losses else None,
        )

    def _with_pictures(self, request: Request) -> Request:
        """The request with what it names as pictures."""
        masks = request.masks and [
            (self._picture("masks", mask), layers) for mask, layers in mask_pairs(request.masks)
        ]
        guide, mask = (self._picture(name, getattr(request, name)) for name in ("guide", "mask"))
        if guide is not None:  # whose graph is kept with it
            with named("guide"):
                guide = read_picture(guide, "guide")
            guide = self._guides.setdefault(picture_checksum(guide), guide)
        return dataclasses.replace(request, guide=guide, mask=mask, masks=masks)

    def _picture(self, name: str, source: Any) -> Any:
        if not isinstance(source, str | os.PathLike) or source == ALPHA:
            return source
        if (path := os.fspath(source)) not in self._read:
            with named(name):
                self._read[path] = read_picture(source, name)
        return self._read[path]

    def _tell(self, caught: list[warnings.WarningMessage]) -> None:
        """Warn of each thing once, and once of dreams that did nothing; others as ever."""
        for one in caught:
            if not issubclass(one.category, DeepDreamWarning):
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
                continue
            still = issubclass(one.category, DreamStoppedWarning)
            text = DreamStoppedWarning.kind if still else str(one.message)
            if text not in self._told:
                self._told.add(text)
                warn(one.message)  # type: ignore[arg-type]
