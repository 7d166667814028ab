"""Oracles of `lucid` and `laplace2015`: as `oracles.py`, written from the formulas of SYSTEMS 2b.

Nothing is shared with the package: NumPy, SciPy, and the gradient of a Keras model.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
from keras import Model
from oracles import (
    Array,
    Losses,
    Path,
    draw_roll,
    grown,
    means,
    resize_half_pixel,
    roll,
    tile_boxes,
    value_and_gradient,
)
from scipy import ndimage, sparse

Back = Callable[[Array], Array]

COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLORS = COLORS / np.sqrt((COLORS**2).sum(axis=0)).max()


# ---- lucid's standard transforms, each a matrix ------------------------------------------------


def line(old: int, new: int) -> sparse.csr_matrix:
    """(new, old): linear from the first pixel on, pixel i of the result at i * old / new."""
    places = np.arange(new) * (old / new)
    low = np.minimum(np.floor(places).astype(int), old - 1)
    high, share = np.minimum(low + 1, old - 1), places - low
    rows = np.arange(new)
    one = sparse.csr_matrix((1 - share, (rows, low)), (new, old))
    return one + sparse.csr_matrix((share, (rows, high)), (new, old))


def turn(height: int, width: int, degrees: float) -> tuple[sparse.csr_matrix, Array]:
    """A counterclockwise turn about the middle, and the share of each pixel that is not covered."""
    angle = degrees / 180 * np.pi
    y, x = np.mgrid[:height, :width]
    y, x = (y - (height - 1) / 2).ravel(), (x - (width - 1) / 2).ravel()
    down = np.cos(angle) * y + np.sin(angle) * x + (height - 1) / 2
    right = -np.sin(angle) * y + np.cos(angle) * x + (width - 1) / 2
    matrix = sparse.csr_matrix((height * width, height * width))
    for dy in (0, 1):
        for dx in (0, 1):
            row, column = np.floor(down) + dy, np.floor(right) + dx
            share = (1 - np.abs(down - row)) * (1 - np.abs(right - column))
            there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            places = (row * width + column)[there].astype(int)
            pixels = np.arange(height * width)[there]
            matrix += sparse.csr_matrix((share[there], (pixels, places)), matrix.shape)
    return matrix, 1 - np.asarray(matrix.sum(axis=1)).ravel()


def lucid_transforms(x: Array, rng: np.random.Generator) -> tuple[Array, Back]:
    """2b: pad 12, crop by 8, scale, rotate, crop by 4; and what takes a gradient back."""
    height, width = x.shape[:2]
    padded = np.pad(x, ((12, 12), (12, 12), (0, 0)))
    top, left = rng.integers(0, 9, size=2)
    h, w = height + 16, width + 16
    cropped = padded[top : top + h, left : left + w]
    scale = 0.9 + 0.02 * rng.integers(11)
    rows, columns = line(h, int(np.float32(scale) * h)), line(w, int(np.float32(scale) * w))
    scaled = np.stack([rows @ cropped[..., c] @ columns.T for c in range(3)], -1)
    number = rng.integers(26)
    matrix, uncovered = turn(scaled.shape[0], scaled.shape[1], number - 10 if number < 21 else 0)
    turned = (matrix @ scaled.reshape(-1, 3) - uncovered[:, None]).reshape(scaled.shape)  # black
    down, right = rng.integers(0, 5, size=2)
    seen = turned[down : down + turned.shape[0] - 4, right : right + turned.shape[1] - 4]

    def back(g: Array) -> Array:
        of_turned = np.zeros_like(turned)
        of_turned[down : down + g.shape[0], right : right + g.shape[1]] = g
        of_scaled = (matrix.T @ of_turned.reshape(-1, 3)).reshape(scaled.shape)
        of_padded = np.zeros_like(padded)
        of_padded[top : top + h, left : left + w] = np.stack(
            [rows.T @ of_scaled[..., c] @ columns for c in range(3)], -1
        )
        return of_padded[12:-12, 12:-12]

    return seen, back


# ---- lucid ---------------------------------------------------------------------------------------


def lucid(
    model: Model,
    image: Array | None,
    *,
    shape: tuple[int, int] | None = None,
    noise: np.random.Generator | None = None,
    weights: Sequence[float] = (1.0,),
    step: float = 0.05,
    iterations: int = 512,
    rng: np.random.Generator | None = None,
) -> tuple[Array, Losses]:
    """2b: the Fourier image and Adam; of `image` the phases, else coefficients drawn by `noise`."""
    rng = rng or np.random.default_rng(0)
    height, width = (shape or (0, 0)) if image is None else image.shape[1:3]
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.maximum(np.sqrt(down**2 + across**2), 1 / max(width, height))
    scale = np.sqrt(width * height) / frequency / 4
    twice = np.where((np.arange(len(across)) == 0) | (across == 0.5), 1, 2)
    if image is None:
        assert noise is not None
        v = noise.normal(0, 0.01, (2, 3, height, len(across)))
    else:
        share = np.clip((image[0].astype(float) + 1) / 2, 1 / 512, 1 - 1 / 512)
        logit = np.log(share / (1 - share)) @ np.linalg.inv(COLORS).T
        spectrum = np.fft.rfft2(logit, axes=(0, 1)).transpose(2, 0, 1)
        magnitude, v = np.abs(spectrum), np.angle(spectrum)

    def decoded() -> Array:
        c = (v[0] + 1j * v[1]) * scale if image is None else magnitude * np.exp(1j * v)
        colors = np.fft.irfft2(c, (height, width), axes=(1, 2))
        return 2 / (1 + np.exp(-(colors.transpose(1, 2, 0) @ COLORS.T))) - 1

    losses: Losses = []
    first = second = np.zeros_like(v)
    for i in range(iterations):
        x = decoded()
        seen, back = lucid_transforms(x, rng)
        value, g = value_and_gradient(model, seen[None].astype(np.float32), means, weights)
        losses.append((0, i, value))
        g = back(g[0]) * (1 - x**2) / 2 @ COLORS
        c = np.fft.rfft2(g, axes=(0, 1)).transpose(2, 0, 1) * twice / (height * width)
        if image is None:
            g = np.stack((c.real, c.imag)) * scale
        else:
            g = magnitude * (np.cos(v) * c.imag - np.sin(v) * c.real)
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g**2
        rate = step * np.sqrt(1 - 0.999 ** (i + 1)) / (1 - 0.9 ** (i + 1))
        v = v + rate * first / (np.sqrt(second) + 1e-8)
    return decoded()[None].astype(np.float32), losses


# ---- laplace2015 ---------------------------------------------------------------------------------


def halved(image: Array) -> Array:
    """The binomial kernel at every second pixel; zeros around, as convolution "SAME" has them."""
    for axis in (0, 1):
        blurred = ndimage.correlate1d(image, np.array([1, 4, 6, 4, 1]) / 16, axis, mode="constant")
        image = np.take(blurred, range(1 - image.shape[axis] % 2, image.shape[axis], 2), axis)
    return image


def doubled(low: Array, shape: tuple[int, ...]) -> Array:
    """Its transpose with four times the kernel."""
    for axis in (0, 1):
        grown = np.zeros((*low.shape[:axis], shape[axis], *low.shape[axis + 1 :]))
        where: list[slice] = [slice(None)] * 3
        where[axis] = slice(1 - shape[axis] % 2, None, 2)
        grown[tuple(where)] = low
        low = ndimage.correlate1d(grown, np.array([1, 4, 6, 4, 1]) / 8, axis, mode="constant")
    return low


def even_bands(g: Array, levels: int = 4) -> Array:
    """2b: each band of the pyramid, and the last low one, by its root mean square."""

    def even(band: Array) -> Array:
        return band / max(float(np.sqrt(np.mean(band**2))), 1e-10)

    if levels == 0:
        return even(g)
    low = halved(g)
    return doubled(even_bands(low, levels - 1), g.shape) + even(g - doubled(low, g.shape))


def of_tiles(
    model: Model, x: Array, weights: Sequence[float], tile_size: int, smallest: int
) -> tuple[float, Array]:
    """Tiles from (0, 0), each the gradient of its own mean by its share of a full tile's pixels."""
    height, width = x.shape[1:3]
    mean, gradient = 0.0, np.zeros_like(x)
    full = min(height, tile_size) * min(width, tile_size)
    for top, bottom in tile_boxes(height, tile_size, 0):
        for left, right in tile_boxes(width, tile_size, 0):
            y0, y1 = grown((top, bottom), height, smallest)
            x0, x1 = grown((left, right), width, smallest)
            value, g = value_and_gradient(model, x[:, y0:y1, x0:x1], means, weights)
            mean += value * (bottom - top) * (right - left) / (height * width)
            part = g[:, top - y0 : bottom - y0, left - x0 : right - x0]
            gradient[:, top:bottom, left:right] = part * (bottom - top) * (right - left) / full
    return mean, gradient


def laplace2015(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0,),
    step: float = 1 / 127.5,
    octaves: int = 3,
    octave_scale: float = 1.4,
    iterations: int = 10,
    jitter: int = 512,
    tile_size: int = 512,
    smallest: int = 1,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2b: octaves of growing sizes; rolled, in tiles each with its own mean; bands made even."""
    rng = rng or np.random.default_rng(0)
    height, width = image.shape[1:3]
    losses: Losses = []
    x = image
    for octave in range(octaves):
        shape = (int(height * octave_scale**octave), int(width * octave_scale**octave))
        x = resize_half_pixel(x, shape)
        for i in range(iterations):
            before, drawn = x, copy.deepcopy(rng)
            dy, dx = draw_roll(rng, jitter)
            value, g = of_tiles(model, roll(x, dy, dx), weights, tile_size, smallest)
            losses.append((octave, i, value))
            x = x + np.float32(step) * roll(even_bands(g[0])[None], -dy, -dx).astype(np.float32)
            if path is not None and i == 0:
                path.append((before, value, x, drawn))
    return resize_half_pixel(x, (height, width)), losses
