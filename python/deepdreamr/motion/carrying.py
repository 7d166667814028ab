"""dream of a frame → **carried** → start of the next: what makes a clip's dream one that stays.

What is carried is the change, dream − frame, in float. It is moved along with what is seen, and
dropped where something new comes into sight. There the next frame takes large steps, elsewhere
small ones; then the strength of the whole change is held where a scene's first frame put it.

Images are float32 (height, width, 3) in [-1, 1].
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .flow import flow_between, moved

FILLED = 0.6  # share of a whole dream that a frame adds where something new is seen
_MOST_STEP = 4.0  # times the recipe's step
_MOST_GAIN = 1.6
_MOST = 1.25  # of an image that is carried: what is beyond white is not seen, but may move on


class Carried(NamedTuple):
    """What a frame's dream leaves to the next frame.

    Attributes
    ----------
    change : float32 (height, width, 3), dream − frame
    grown : float32 (height, width), from 0 to 1: how much of a whole dream there is
    strength : root mean square of the change of the scene's first frame
    steps : how many steps that took at each octave, on average
    step : how long they were
    """

    change: np.ndarray
    grown: np.ndarray
    strength: float
    steps: float
    step: float


class Start(NamedTuple):
    """Where the dream of a frame begins.

    Attributes
    ----------
    image : float32 (height, width, 3)
    growth : float32 (height, width), what steps are multiplied by; None for whole ones
    grown : how much of a whole dream there is then; None where that is not followed
    """

    image: np.ndarray
    growth: np.ndarray | None = None
    grown: np.ndarray | None = None


def image_of(pixels: np.ndarray) -> np.ndarray:
    """8 bits as an image."""
    image: np.ndarray = pixels / np.float32(127.5)
    image -= 1
    return image


def first_carried(image: np.ndarray, frame: np.ndarray, steps: float, step: float) -> Carried:
    """What the first frame of a scene leaves, of its dream and its 8 bits."""
    change = np.clip(image, -_MOST, _MOST) - image_of(frame)
    return Carried(change, np.ones(frame.shape[:2], np.float32), seen(change, frame), steps, step)


def flowing(
    carried: Carried,
    before: np.ndarray,
    now: np.ndarray,
    *,
    decay: float,
    renewal: float,
    iterations: int,
) -> Start:
    """The next frame with the change moved along.

    Parameters
    ----------
    before, now : the two frames, uint8 (height, width, 3)
    decay : how much of the change is kept
    renewal : share of a whole dream that is added where the change is kept
    iterations : steps that this frame takes at each octave
    """
    vectors, reliable = flow_between(before, now)
    change = moved(carried.change, vectors) * (decay * reliable)[..., None]
    grown = np.clip(moved(carried.grown, vectors) * reliable, 0, 1)
    share = renewal + (FILLED - renewal) * (1 - grown)
    growth = np.minimum(share * np.float32(carried.steps / iterations), np.float32(_MOST_STEP))
    return Start(image_of(now) + change, growth, grown)


def still(carried: Carried, before: np.ndarray, now: np.ndarray, *, decay: float) -> Start:
    """The next frame, mixed with the dream of the one before as it lies: DeepDreamVideo's way."""
    frame = image_of(now)
    return Start(frame + decay * (image_of(before) + carried.change - frame))


def moving(carried: Carried, before: np.ndarray, now: np.ndarray, *, decay: float) -> Start:
    """The next frame with the change moved along everywhere: DeepDreamAnim's way."""
    vectors = flow_between(before, now).vectors
    return Start(image_of(now) + decay * moved(carried.change, vectors))


def next_carried(
    carried: Carried, start: Start, image: np.ndarray, frame: np.ndarray, *, iterations: int,
    step: float,
) -> Carried:  # fmt: skip
    """What the dream of a frame that began at `start` leaves, its strength held.

    A longer step than the first frame's, as key frames may make it, makes it as much stronger.
    """
    change = np.clip(image, -_MOST, _MOST) - image_of(frame)
    if start.grown is None or start.growth is None:
        return carried._replace(change=change)
    more = start.growth * np.float32(iterations / carried.steps)
    grown = np.minimum(start.grown + more, np.float32(1))
    goal = carried.strength * step / carried.step * math.sqrt(np.square(grown).mean())
    gain = min(max(goal / max(seen(change, frame), 1e-6), 1 / _MOST_GAIN), _MOST_GAIN)
    return carried._replace(change=change * np.float32(gain), grown=grown)


def seen(change: np.ndarray, frame: np.ndarray) -> float:
    """The root mean square of what is seen of a change: nothing beyond black and white."""
    image = image_of(frame)
    return rms(np.clip(image + change, -1, 1) - image)


def rms(change: np.ndarray) -> float:
    """The root mean square."""
    return math.sqrt(float(np.square(change, dtype=np.float32).mean(dtype=np.float64)))
