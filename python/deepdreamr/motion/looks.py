"""picture → **look** → picture: how much detail of each size a picture has, and held at that.

Each key frame of a zoom is the middle of the last one, made larger: what was fine becomes coarse,
so that the picture gets blurred, and whatever a dream does to its colours adds up from key frame to
key frame until it is white. And where two pictures are mixed, the details in which they differ
cancel out in part, so that the mixture is less sharp than either. So the first key frame is
measured, and all others, and all mixtures, are held at what was measured.

A picture's detail is in bands: what a blur takes away that the next finer one leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .extra import needed

_COARSEST = 12  # pixels of the coarsest blur, in a picture's shorter side
_FINE = (1, 2)  # pixels of blur: what a mixture loses is no coarser
_MOST = 4.0  # times as strong, or as weak, at most
_PULL = 0.25  # of the way back to the first brightness and colours
_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
_TO_RGB = np.linalg.inv(_TO_YCC)

Inner = tuple[slice, slice]


class Look(NamedTuple):
    """What is measured of a picture, in levels of 255.

    Attributes
    ----------
    sharpness : variance of the Laplacian of its brightness
    bands : deviation of brightness and of colour in each band, the finest first
    tones : deviation of brightness and of colour in what is coarser
    mean : of brightness and of the two colours of what is coarser
    """

    sharpness: float
    bands: tuple[tuple[float, float], ...]
    tones: tuple[float, float]
    mean: tuple[float, float, float]


def look_of(pixels: np.ndarray, inner: Inner) -> Look:
    """The look of a part of a picture.

    Parameters
    ----------
    pixels : (height, width, 3), in levels of 255
    inner : rows and columns of the part
    """
    *bands, rest = _bands(_ycc(pixels), _sigmas(pixels))
    sharpness = float(_laplacian(_ycc(pixels[inner])[..., 0]).var())
    mean = rest[inner].mean((0, 1), dtype=np.float64)
    spreads = tuple(_spread(band[inner]) for band in (*bands, rest))
    y, blue, red = (float(value) for value in mean)
    return Look(sharpness, spreads[:-1], spreads[-1], (y, blue, red))


def sharpness_of(pixels: np.ndarray) -> float:
    """The variance of the Laplacian of a picture's brightness, in levels of 255."""
    return float(_laplacian(_ycc(pixels)[..., 0]).var())


def held(pixels: np.ndarray, look: Look, inner: Inner, *, fine: bool = False) -> np.ndarray:
    """A picture with each band as strong as in a look, and as sharp; uint8 (height, width, 3).

    Parameters
    ----------
    pixels : (height, width, 3), in levels of 255
    inner : rows and columns that are measured
    fine : whether only fine detail is held; else brightness and colours are also drawn to the look
    """
    *bands, rest = _bands(_ycc(pixels), _FINE if fine else _sigmas(pixels))
    result = rest if fine else _toned(rest, look, inner)
    for band, wanted in zip(bands, look.bands, strict=False):
        gains = [_gain(w, has) for w, has in zip(wanted, _spread(band[inner]), strict=True)]
        result = result + band * np.array([gains[0], gains[1], gains[1]], np.float32)
    result[..., 0] = _sharpened(result[..., 0], look.sharpness, inner)
    return np.clip(np.rint(result @ _TO_RGB.T), 0, 255).astype(np.uint8)


def _toned(rest: np.ndarray, look: Look, inner: Inner) -> np.ndarray:
    mean = rest[inner].mean((0, 1), dtype=np.float64).astype(np.float32)
    y, color = (
        _gain(w, has) ** _PULL for w, has in zip(look.tones, _spread(rest[inner]), strict=True)
    )
    drawn = mean + _PULL * (np.array(look.mean, np.float32) - mean)
    return (rest - mean) * np.array([y, color, color], np.float32) + drawn


def _sharpened(brightness: np.ndarray, sharpness: float, inner: Inner) -> np.ndarray:
    """Brightness whose finest band is as strong as a sharpness asks for."""
    coarse = _blurred(brightness, _FINE[0])
    fine = brightness - coarse
    own, other = (_laplacian(part[inner]).astype(np.float64) for part in (fine, coarse))
    a, c = own.var(), other.var() - sharpness
    b = ((own - own.mean()) * (other - other.mean())).mean()
    if a == 0:
        return brightness
    gain = (np.sqrt(max(b * b - a * c, 0.0)) - b) / a  # a gain² + 2 b gain + c = 0
    return coarse + fine * np.float32(np.clip(gain, 1 / _MOST, _MOST))


def _gain(wanted: float, has: float) -> float:
    return float(np.clip(wanted / max(has, 1e-6), 1 / _MOST, _MOST))


def _spread(band: np.ndarray) -> tuple[float, float]:
    return float(band[..., 0].std(dtype=np.float64)), float(band[..., 1:].std(dtype=np.float64))


def _sigmas(pixels: np.ndarray) -> tuple[int, ...]:
    """Pixels of the blurs between bands: 1, 2, 4 and so on, as far as the picture is large."""
    count = math.floor(math.log2(max(1, min(pixels.shape[:2]) / _COARSEST))) + 1
    return tuple(2**i for i in range(max(count, len(_FINE))))


def _bands(image: np.ndarray, sigmas: Sequence[int]) -> Iterator[np.ndarray]:
    """What is between the blurs of a picture, the finest first, and then what the last leaves."""
    finer = image
    for sigma in sigmas:
        coarser = _blurred(image, sigma)
        yield finer - coarser
        finer = coarser
    yield finer


def _ycc(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) @ _TO_YCC.T


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    cv2: Any = needed("cv2")
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def _laplacian(brightness: np.ndarray) -> np.ndarray:
    cv2: Any = needed("cv2")
    return cv2.Laplacian(brightness, cv2.CV_32F)
