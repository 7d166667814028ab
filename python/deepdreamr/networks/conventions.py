"""image in [-1, 1] → **what a network takes**: each convention of preprocessing. No TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_BGR_MEANS = (103.939, 116.779, 123.68)
_RGB_MEANS, _RGB_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

INPUTS: dict[str, Callable[[Any], Any]] = {
    "tf": lambda image: image,
    "caffe": lambda image: (image[..., ::-1] + 1) * 127.5 - _BGR_MEANS,
    "torch": lambda image: ((image + 1) / 2 - _RGB_MEANS) / _RGB_DEVIATIONS,
    "0-255": lambda image: (image + 1) * 127.5,
    "0-1": lambda image: (image + 1) / 2,
}
"""From a float32 tensor (1, H, W, 3) in [-1, 1] to the network's input; the first three are named
as Keras's `preprocess_input` names its `mode`."""

CONVENTIONS = tuple(INPUTS)
"""What a network may want for an image."""

TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
"""From (1, height, width, channels) to (1, channels, height, width), and back."""

CHANNELS = (1, 3, 4)
"""How many channels a network's picture may have: grey, red green blue, and with opacity."""

_LUMINANCE = (0.299, 0.587, 0.114)


def input_of(convention: str, channels: int = 3) -> Callable[[Any], Any]:
    """From a float32 tensor (1, H, W, 3) in [-1, 1] to an input of so many channels.

    One channel is the picture's luminance; a fourth is opaque everywhere.
    """
    own = INPUTS[convention]
    if channels == 3:
        return own
    import numpy as np  # here, so that a list of conventions is had without it

    if channels == 1:
        grey = np.repeat(np.array(_LUMINANCE, np.float32)[:, None], 3, axis=1)
        mean = np.full((3, 1), 1 / 3, np.float32)
        return lambda image: own(image @ grey) @ mean
    white = np.mean(own(np.ones((1, 1, 1, 3), np.float32)))
    opaque = np.array([0, 0, 0, white], np.float32)
    return lambda image: own(image) @ np.eye(3, 4, dtype=np.float32) + opaque
