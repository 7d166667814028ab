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
