"""zoom → **key frames** → frames: the only pictures of a zoom that are dreamed.

A zoom is the loop over octaves that never ends. The first key frame is a dream as any; each other
one is what the last one shows in its middle, enlarged, and dreamed on at the largest octaves until
it is as sharp as the first, as far as the iterations go.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import DeepDreamWarning, warn
from ..pictures.picture import Shape, lanczos_8bit, noise, to_uint8
from ..recipes.published import find_recipe
from ..runs.dreaming import run
from ..runs.graphs import WeightGradients
from ..runs.request import Request
from ..runs.settling import Windows
from ..runs.steps import AscentStep
from .looks import Look, held, look_of, sharpness_of
from .resampling import resampled
from .settling import Settled, new_seed, windows_of
from .strongest import strongest_channels, with_channels
from .workplaces import Workplace
from .zooming import Zoom

_GRAIN = 4  # pixels of the finest noise
OCTAVES = 3  # of key frames after the first, at most
OnStep = Callable[[int, AscentStep], Any]


class Keys:
    """The key frames of a zoom.

    Parameters
    ----------
    zoom : what they are of
    workplace : where they are kept, locked

    Attributes
    ----------
    read : gives the pixels of one that is there: uint8 (height, width, 3)
    seed : of everything random, where none is asked for
    """

    def __init__(self, zoom: Zoom, workplace: Workplace) -> None:
        self._zoom, self._workplace = zoom, workplace
        self.read = functools.lru_cache(maxsize=3)(workplace.kept)
        before = workplace.settled
        self.seed: int = before.get("seed", new_seed())
        windows = windows_of(zoom.parts(), before)
        parts = (dataclasses.replace(part, image=self._first()) for part in zoom.parts())
        strongest = strongest_channels(parts, before)
        self._settled = Settled(
            self.seed, windows=tuple(map(Windows, windows)), strongest=strongest
        )
        if before != (now := {"seed": self.seed, "windows": windows, "strongest": strongest}):
            workplace.settle(now)
        self._warned, self._gradients = set[str](), WeightGradients()

    @functools.cached_property
    def look(self) -> Look:
        """That of the first one, at which all others are held."""
        return look_of(self._workplace.kept(0), self._zoom.place.inner)

    def dreamed(self, on_step: OnStep | None = None) -> Iterator[int]:
        """Dream those that are not there yet; yields the number of each as it is there.

        Parameters
        ----------
        on_step : called with the number of a key frame and each step of its dream
        """
        for number in range(self._zoom.count):
            if not self._workplace.has(number):
                self._workplace.keep(number, self._dream(number, on_step))
            yield number

    def _dream(self, number: int, on_step: OnStep | None) -> np.ndarray:
        sharp = self.look.sharpness if number else None

        def report(step: AscentStep) -> bool:
            if on_step:
                on_step(number, step)
            return sharp is None or not self._is_sharp(step, sharp)

        with _each_once(self._warned):
            how: dict[str, Any] = {
                "gradients": self._gradients.of_dream(),
                "windows": self._windows(number),
            }
            image = run(self.request(number), report, **how).image
        return held(image, self.look, self._zoom.place.inner) if number else image

    def _windows(self, number: int) -> Windows | None:
        return self._settled.windows_at(self._zoom.course, self._zoom.moment(number))

    def _is_sharp(self, step: AscentStep, sharp: float) -> bool:
        if step.image is None or step.octave < step.octaves:
            return False
        return sharpness_of(step.image[self._zoom.place.inner]) >= sharp

    def request(self, number: int) -> Request:
        """What is asked of a key frame's dream."""
        zoom = self._zoom
        request = with_channels(zoom.request(number, self.seed), self._settled.strongest)
        if number:
            before, place = self.read(number - 1).astype(np.float32), zoom.place
            middles, moved = (place.middle, place.middle), zoom.camera.moved(zoom.interval)
            image = rounded(resampled(before, place.shape, *moved, middles))
            return later(dataclasses.replace(request, image=image))
        return dataclasses.replace(request, image=self._first())

    def _first(self) -> np.ndarray:
        """What the first one is a dream of."""
        zoom = self._zoom
        if zoom.start is None:
            return _soft_noise(zoom.place.shape, zoom.request(0, self.seed).seed)
        top, bottom, left, right = zoom.place.margins
        return np.pad(zoom.start, ((top, bottom), (left, right), (0, 0)), "symmetric")


def _soft_noise(shape: Shape, seed: int | None) -> np.ndarray:
    """Noise that a zoom begins with: uint8 (height, width, 3), without the grain of single pixels.

    The dream of that would be held as sharp as the grain is, for ever.
    """
    coarse = noise((max(1, shape[0] // _GRAIN), max(1, shape[1] // _GRAIN)), seed or 0)
    return to_uint8(lanczos_8bit(coarse.pixels, shape)[None])


def later(request: Request) -> Request:
    """The dream of a key frame after the first: of the largest octaves alone.

    With one octave there would be no larger forms than the network sees at once, and less and less
    of those that are enlarged. A recipe's own `max_loss` is of pictures that nobody has dreamed on.
    """
    recipe = find_recipe(request.recipe).replace(**request.settings)
    octaves = min(OCTAVES, recipe.octaves - recipe.octaves_above)
    alone = {"octaves": octaves, "octaves_above": 0}
    settings = {"max_loss": None, **request.settings, **alone}
    return dataclasses.replace(request, settings=settings, every=1)


def rounded(pixels: np.ndarray) -> np.ndarray:
    """Levels of 255 as uint8."""
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


@contextlib.contextmanager
def _each_once(known: set[str]) -> Iterator[None]:
    """Our own warnings are given once for all dreams of a zoom; others as ever."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeepDreamWarning)
        yield
    for w in caught:
        if not isinstance(w.message, DeepDreamWarning):
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
        elif str(w.message) not in known:
            known.add(str(w.message))
            warn(w.message)
