"""**spectrum** → core: the numbers of the Fourier image, as lucid has them. No TensorFlow."""

from __future__ import annotations

import numpy as np

_CORRELATED = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLORS = (_CORRELATED / np.linalg.norm(_CORRELATED, axis=0).max()).astype(np.float32)
"""(3, 3), from colours that vary independently of one another to red, green and blue, as those of
natural pictures are correlated."""

INDEPENDENT = np.linalg.inv(COLORS.astype(np.float64)).astype(np.float32)
"""(3, 3), back from red, green and blue."""

DEVIATION = 0.01
"""Of the coefficients that noise is drawn with."""


def falloff(height: int, width: int) -> np.ndarray:
    """What the coefficients of the real Fourier transform are multiplied by: float32 (height, n).

    It is 1 / frequency, as in natural pictures, times the root of the number of pixels, by 4.
    """
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.maximum(np.hypot(down, across), 1 / max(height, width))
    scale: np.ndarray = np.sqrt(height * width) / frequency / 4
    return scale.astype(np.float32)
