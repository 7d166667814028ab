"""Oracles: an independent transcription of the published DeepDream systems.

Parity tests run the package and one of these functions on the same model and picture and compare
the results. Nothing here is shared with the package: NumPy, SciPy and one ``tf.GradientTape``,
plain loops, no speed. Each docstring names the section of SYSTEMS.md that it transcribes.

Every oracle has the same form::

    final, losses = oracle(model, image, weights=..., <the system's other values>, rng=...)

model
    A plain ``keras.Model``: a (1, H, W, 3) float32 image in [-1, 1] to a list of activations, each
    (1, h, w, c).
image
    float32 (1, H, W, 3) in [-1, 1]; never modified.
weights
    One float per activation, in the order of the model's outputs. The default is the system's own.
rng
    A ``numpy.random.Generator``, used only by the systems that draw random numbers; None stands
    for ``np.random.default_rng(0)``.
final
    float32 (1, H, W, 3), clipped only where the system clips.
losses
    One (octave, iteration, loss) per step made, both counted from 0, the smallest octave first.
    The loss is that of the image *before* the step, of the rolled image where the system rolls;
    where the gradient is tiled, it is the mean over the tiles, weighted by their numbers of pixels.
    A loss above `max_loss` ends its octave: where no step is made for it, it is not in the list.

path
    A list to which each octave's first step is added: the image, its loss, the image one step
    further on, and the generator as it was before.

Random numbers are drawn once per iteration, in this order: if jitter > 0, the roll (dy, dx) by one
call of ``rng.integers(-jitter, jitter + 1, size=2)``; then, for tiles with a random start, the
start of the columns and, for each column, that of its rows. Each system works in its own units
(0-255, or ImageNet's deviations), and its step is in those.
"""

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from keras import Model
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Array = NDArray[np.floating]
Shape = tuple[int, int]
Box = tuple[int, int]
Losses = list[tuple[int, int, float]]
Rng = np.random.Generator
Path = list[tuple[Array, float, Array, Rng | None]]  # image, its loss, image one step on, before
Loss = Callable[[Sequence[tf.Tensor], Sequence[float]], tf.Tensor]
Resize = Callable[[Array, Shape], Array]


# ---- The one gradient ---------------------------------------------------------------------------


def value_and_gradient(
    model: Model, image: Array, loss: Loss, weights: Sequence[float]
) -> tuple[float, Array]:
    """Return the loss at `image` and its gradient with respect to `image`, not normalised."""
    x = tf.convert_to_tensor(image, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(activations_of(model, x), weights)
    return float(value), tape.gradient(value, x).numpy()


def activations_of(model: Model, image: Array | tf.Tensor) -> list[tf.Tensor]:
    """Return the model's activations as a list, also where Keras returns a single one bare."""
    outputs = model(image, training=False)
    return [outputs] if tf.is_tensor(outputs) else list(outputs)


# ---- Losses: activations a_l and weights w_l to a scalar that grows -----------------------------


def squares_cropped(activations: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    """1.1: sum_l w_l * sum(a_l[:, 2:-2, 2:-2, :] ** 2) / N_l, where N_l counts the whole of a_l.

    An activation of 4 rows or columns or fewer has nothing inside the border: its sum is 0.
    """
    total = tf.constant(0.0)
    for a, w in zip(activations, weights, strict=True):
        total += w * tf.reduce_sum(tf.square(a[:, 2:-2, 2:-2, :])) / math.prod(a.shape)
    return total


def squares_inner(activations: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    """2, `chollet2`: sum_l w_l * mean(a_l[:, 2:-2, 2:-2, :] ** 2); 0 where nothing is inside."""
    total = tf.constant(0.0)
    for a, w in zip(activations, weights, strict=True):
        inner = a[:, 2:-2, 2:-2, :]
        total += w * tf.reduce_sum(tf.square(inner)) / max(1, math.prod(inner.shape))
    return total


def squares_whole(activations: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    """1.2: sum_l w_l * sum(a_l ** 2) / N_l; so too 1.3 and `gordic`: sum_l w_l * mean(a_l ** 2)."""
    total = tf.constant(0.0)
    for a, w in zip(activations, weights, strict=True):
        total += w * tf.reduce_sum(tf.square(a)) / math.prod(a.shape)
    return total


def squares_halved(activations: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    """2, `google2015`: sum_l w_l * 1/2 * sum(a_l ** 2)."""
    total = tf.constant(0.0)
    for a, w in zip(activations, weights, strict=True):
        total += w * 0.5 * tf.reduce_sum(tf.square(a))
    return total


def means(activations: Sequence[tf.Tensor], weights: Sequence[float]) -> tf.Tensor:
    """1.4: sum_l w_l * mean(a_l); the published weights are all 1."""
    total = tf.constant(0.0)
    for a, w in zip(activations, weights, strict=True):
        total += w * tf.reduce_mean(a)
    return total


# ---- Resizing -----------------------------------------------------------------------------------


def resize_aligned_corners(image: Array, shape: Shape) -> Array:
    """Bilinear with aligned corners: what `scipy.ndimage.zoom` does with order 1."""
    factors = (1, shape[0] / image.shape[1], shape[1] / image.shape[2], 1)
    return ndimage.zoom(image, factors, order=1, mode="nearest")


def resize_half_pixel(image: Array, shape: Shape) -> Array:
    """Bilinear with half-pixel centres, without antialiasing."""
    return tf.image.resize(image, shape, method="bilinear", antialias=False).numpy()


def resize_lanczos_8bit(image: Array, shape: Shape) -> Array:
    """1.3: clip to 0-255, cut off to 8 bits, resize by Pillow with LANCZOS; 0-255 in and out."""
    pixels = np.clip(image[0], 0.0, 255.0).astype(np.uint8)
    height, width = shape
    shrunk = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(shrunk, np.float32)[None]


# ---- Smoothing ----------------------------------------------------------------------------------


def gaussian(image: Array, sigma: float, color: bool) -> Array:
    """Blur rows, columns and, if `color`, the colour axis; edges reflected, cut off at 4 sigma."""
    sigmas = (0, sigma, sigma, sigma if color else 0)
    return ndimage.gaussian_filter(image, sigmas, mode="reflect", truncate=4)


def gaussian_9x9(image: Array, sigma: float) -> Array:
    """2, `gordic`: a 9 x 9 gaussian that sums to 1, on each colour; edge pixels not repeated."""
    offsets = np.arange(-4, 5)
    kernel = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    padded = np.pad(image, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="reflect")
    return ndimage.convolve(padded, kernel[None, :, :, None])[:, 4:-4, 4:-4, :]


# ---- Rolls and tiles ----------------------------------------------------------------------------


def draw_roll(rng: np.random.Generator, jitter: int) -> Shape:
    """Draw (dy, dx), each within -jitter ... jitter; draw nothing if `jitter` is 0."""
    if jitter == 0:
        return 0, 0
    dy, dx = rng.integers(-jitter, jitter + 1, size=2)
    return int(dy), int(dx)


def roll(image: Array, dy: int, dx: int) -> Array:
    """Roll the rows by `dy` and the columns by `dx`."""
    return np.roll(image, (dy, dx), axis=(1, 2))


def tile_extent(pixels: int, tile_size: int) -> int:
    """1.3: a tile's pixels along one axis, where tiles of about `tile_size` are asked for."""
    n = max(1, round(pixels / tile_size))
    return math.ceil(pixels / n)


def draw_start(rng: np.random.Generator, tile: int) -> int:
    """1.3: where the first tile of an axis starts, within -3/4 tile ... -1/4 tile."""
    lowest = (-3 * tile) // 4
    highest = -(tile // 4)
    return int(rng.integers(lowest, highest + 1))


def tile_boxes(pixels: int, tile: int, start: int) -> list[Box]:
    """Cut one axis into tiles side by side from `start`, cut at 0 and `pixels`; skip empty ones."""
    boxes = []
    for first in range(start, pixels, tile):
        low, high = max(first, 0), min(first + tile, pixels)
        if low < high:
            boxes.append((low, high))
    return boxes


def grown(box: Box, pixels: int, smallest: int) -> Box:
    """The cells around a tile that a network needs to see at least `smallest` of.

    The published networks pad, and take tiles of 1 pixel; InceptionV3 does not. A tile that is too
    narrow is seen with its neighbours to the right, then to the left; its own pixels alone count.
    """
    low, high = box
    smallest = min(smallest, pixels)
    while high - low < smallest and high < pixels:
        high += 1
    while high - low < smallest:
        low -= 1
    return low, high


# ---- 1.1, 1.2, keras-io and chollet: lost detail is put back after each octave -----------------


def by_mean(g: Array, least: float) -> Array:
    """1.1: the gradient divided by its mean absolute value."""
    return g / max(float(np.mean(np.abs(g))), least)


def by_root(g: Array, least: float) -> Array:
    """2, `chollet2`: the gradient divided by the root of its sum of squares."""
    return g / math.sqrt(max(float(np.sum(np.square(g, dtype=np.float64))), least))


def _dream_with_lost_detail(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float],
    loss: Loss,
    resize: Resize,
    floor: float,
    step: float,
    octaves: int,
    octave_scale: float,
    iterations: int,
    max_loss: float | None,
    path: Path | None,
    normalized: Callable[[Array, float], Array] = by_mean,
    leave_after_step: bool = False,
) -> tuple[Array, Losses]:
    """1.1: the schedule of `keras` and those after it, which differ in a few of its parts."""
    height, width = image.shape[1:3]
    shapes = [(int(height / octave_scale**i), int(width / octave_scale**i)) for i in range(octaves)]
    shapes.reverse()

    losses: Losses = []
    x = image
    shrunk = resize(image, shapes[0])
    for octave, shape in enumerate(shapes):
        x = resize(x, shape)
        for iteration in range(iterations):
            value, g = value_and_gradient(model, x, loss, weights)
            too_large = max_loss is not None and value > max_loss
            if too_large and not leave_after_step:
                break
            losses.append((octave, iteration, value))
            before = x
            x = x + step * normalized(g, floor)
            if path is not None and iteration == 0:
                path.append((before, value, x, None))
            if too_large:
                break
        lost_detail = resize(image, shape) - resize(shrunk, shape)
        x = x + lost_detail
        shrunk = resize(image, shape)
    return x, losses


def keras(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (0.2, 3.0, 2.0, 1.5),
    step: float = 0.02,
    octaves: int = 7,
    octave_scale: float = 1.4,
    iterations: int = 50,
    max_loss: float | None = 10.0,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """1.1 `keras`, Lab One's values: mixed2 0.2, mixed3 3, mixed4 2, mixed5 1.5. Nothing drawn."""
    return _dream_with_lost_detail(
        model,
        image,
        weights=weights,
        loss=squares_cropped,
        resize=resize_aligned_corners,
        floor=1e-7,
        step=step,
        octaves=octaves,
        octave_scale=octave_scale,
        iterations=iterations,
        max_loss=max_loss,
        path=path,
    )


def rblog(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (0.2, 0.8, 2.0, 4.0, 5.0),
    step: float = 0.025,
    octaves: int = 6,
    octave_scale: float = 1.4,
    iterations: int = 20,
    max_loss: float | None = 10.0,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """1.2 `rblog`: as 1.1 without the border crop; mixed2 ... mixed6, 11 above. Nothing drawn.

    `octaves` counts the original's shape and the 5 downscaled ones.
    """
    return _dream_with_lost_detail(
        model,
        image,
        weights=weights,
        loss=squares_whole,
        resize=resize_aligned_corners,
        floor=1e-7,
        step=step,
        octaves=octaves,
        octave_scale=octave_scale,
        iterations=iterations,
        max_loss=max_loss,
        path=path,
    )


def keras_io(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0, 1.5, 2.0, 2.5),
    step: float = 0.01,
    octaves: int = 3,
    octave_scale: float = 1.4,
    iterations: int = 20,
    max_loss: float | None = 15.0,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2 `keras-io`: as 1.1, with half-pixel resizing, a floor of 1e-6, and the step whose loss
    exceeds `max_loss` taken. Nothing drawn.
    """
    return _dream_with_lost_detail(
        model,
        image,
        weights=weights,
        loss=squares_cropped,
        resize=resize_half_pixel,
        floor=1e-6,
        step=step,
        octaves=octaves,
        octave_scale=octave_scale,
        iterations=iterations,
        max_loss=max_loss,
        path=path,
        leave_after_step=True,
    )


def chollet1(model: Model, image: Array, **settings: Any) -> tuple[Array, Losses]:
    """2 `chollet1`: `keras` with step 0.01, 3 octaves, 20 iterations, max_loss 10."""
    own: dict[str, Any] = {"step": 0.01, "octaves": 3, "iterations": 20, **settings}
    return keras(model, image, **own)


def chollet2(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0, 1.5, 2.0, 2.5),
    step: float = 20.0,
    octaves: int = 3,
    octave_scale: float = 1.4,
    iterations: int = 30,
    max_loss: float | None = 15.0,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2 `chollet2`: means of the inner cells, L2 over the whole tensor. Nothing drawn."""
    return _dream_with_lost_detail(
        model,
        image,
        weights=weights,
        loss=squares_inner,
        resize=resize_half_pixel,
        floor=1e-12,
        step=step,
        octaves=octaves,
        octave_scale=octave_scale,
        iterations=iterations,
        max_loss=max_loss,
        path=path,
        normalized=by_root,
        leave_after_step=True,
    )


# ---- 1.3: tiled gradients, gaussian smoothing, recursive octaves --------------------------------


def inception5h(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0,),
    step: float = 3.0,
    octaves: int = 5,
    factor: float = 0.7,
    blend: float = 0.2,
    shrink_sigma: float = 0.5,
    iterations: int = 10,
    tile_size: int = 400,
    smooth_color: bool = True,
    smallest: int = 1,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """1.3 `inception5h`: f(image, k) for k = octaves - 1 repeats; octave k is the k-th smallest.

    All in units of 0-255. The three blurs are summed.
    """
    rng = rng or np.random.default_rng(0)
    losses: Losses = []

    def f(x: Array, k: int) -> Array:
        height, width = x.shape[1:3]
        if k > 0:
            blurred = gaussian(x, shrink_sigma, color=False)
            small = resize_lanczos_8bit(blurred, (int(height * factor), int(width * factor)))
            r = resize_lanczos_8bit(f(small, k - 1), (height, width))
            x = blend * x + (1 - blend) * r
        for i in range(iterations):
            before, drawn = x, copy.deepcopy(rng)
            value, g = inception5h_gradient(model, x, weights, tile_size, smallest, rng)
            losses.append((k, i, value))
            sigma = 4 * i / iterations + 0.5
            g = (
                gaussian(g, sigma, smooth_color)
                + gaussian(g, 2 * sigma, smooth_color)
                + gaussian(g, sigma / 2, smooth_color)
            )
            x = x + g * step / (np.std(g) + 1e-8)
            if path is not None and i == 0:
                path.append((from_levels(before), value, from_levels(x), drawn))
        return x

    return from_levels(f((image + 1) * np.float32(127.5), octaves - 1)), losses


def from_levels(x: Array) -> Array:
    """0-255 in [-1, 1]."""
    return (x / 127.5 - 1).astype(np.float32)


def inception5h_gradient(
    model: Model,
    x: Array,
    weights: Sequence[float],
    tile_size: int,
    smallest: int,
    rng: np.random.Generator,
) -> tuple[float, Array]:
    """1.3, tiled gradient: columns with a random start, whose tiles start anew for each column;
    each tile's gradient is divided by its own std. Of an image in 0-255.
    """
    height, width = x.shape[1:3]
    tile_height, tile_width = tile_extent(height, tile_size), tile_extent(width, tile_size)

    mean_loss = 0.0
    gradient = np.zeros_like(x)
    for left, right in tile_boxes(width, tile_width, draw_start(rng, tile_width)):
        for top, bottom in tile_boxes(height, tile_height, draw_start(rng, tile_height)):
            y0, y1 = grown((top, bottom), height, smallest)
            x0, x1 = grown((left, right), width, smallest)
            seen = from_levels(x[:, y0:y1, x0:x1, :])
            value, g = value_and_gradient(model, seen, squares_whole, weights)
            mean_loss += value * (bottom - top) * (right - left) / (height * width)
            g = g / 127.5
            g = g / (np.std(g) + 1e-8)
            gradient[:, top:bottom, left:right, :] = g[
                :, top - y0 : bottom - y0, left - x0 : right - x0, :
            ]
    return mean_loss, gradient


# ---- 1.4 and tf2-octaves: mean activation -------------------------------------------------------


def tf2(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0, 1.0),
    step: float = 0.01,
    iterations: int = 100,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """1.4 `tf2`: mixed3 and mixed5, one scale, clipped at each step. Nothing drawn."""
    losses: Losses = []
    x = image
    for iteration in range(iterations):
        value, g = value_and_gradient(model, x, means, weights)
        losses.append((0, iteration, value))
        before, x = x, np.clip(x + step * (g / (np.std(g) + 1e-8)), -1, 1)
        if path is not None and iteration == 0:
            path.append((before, value, x, None))
    return x, losses


def tf2_octaves(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0, 1.0),
    step: float = 0.01,
    exponents: Sequence[int] = (-2, -1, 0, 1, 2),
    octave_scale: float = 1.3,
    iterations: int = 100,
    jitter: int = 512,
    tile_size: int = 512,
    smallest: int = 1,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2 `tf2-octaves`: 1.4 at octaves -2 ... 2, rolled and tiled; then back to the original's size.

    Octave 0 of `losses` is the first of `exponents`. Unlike the published loop, the tiles include
    the last row and column, and each counts by its share of a full tile's pixels.
    """
    rng = rng or np.random.default_rng(0)
    height, width = image.shape[1:3]
    losses: Losses = []
    x = image
    for octave, n in enumerate(exponents):
        shape = (int(height * octave_scale**n), int(width * octave_scale**n))
        x = resize_half_pixel(x, shape)
        for iteration in range(iterations):
            before, drawn = x, copy.deepcopy(rng)
            dy, dx = draw_roll(rng, jitter)
            value, g = tf2_octaves_gradient(model, roll(x, dy, dx), weights, tile_size, smallest)
            losses.append((octave, iteration, value))
            g = roll(g / (np.std(g) + 1e-8), -dy, -dx)
            x = np.clip(x + step * g, -1, 1)
            if path is not None and iteration == 0:
                path.append((before, value, x, drawn))
    return resize_half_pixel(x, (height, width)), losses


def tf2_octaves_gradient(
    model: Model, x: Array, weights: Sequence[float], tile_size: int, smallest: int
) -> tuple[float, Array]:
    """2 `tf2-octaves`: the gradients of tiles laid from (0, 0), put together, not normalised."""
    height, width = x.shape[1:3]
    full = min(height, tile_size) * min(width, tile_size)
    mean_loss = 0.0
    gradient = np.zeros_like(x)
    for top, bottom in tile_boxes(height, tile_size, 0):
        for left, right in tile_boxes(width, tile_size, 0):
            y0, y1 = grown((top, bottom), height, smallest)
            x0, x1 = grown((left, right), width, smallest)
            value, g = value_and_gradient(model, x[:, y0:y1, x0:x1, :], means, weights)
            mean_loss += value * (bottom - top) * (right - left) / (height * width)
            g = g * (bottom - top) * (right - left) / full
            gradient[:, top:bottom, left:right, :] = g[
                :, top - y0 : bottom - y0, left - x0 : right - x0, :
            ]
    return mean_loss, gradient


# ---- 2: google2015 and its guide ----------------------------------------------------------------


def google2015(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] = (1.0,),
    step: float = 1.5 / 127.5,
    octaves: int = 4,
    octave_scale: float = 1.4,
    iterations: int = 10,
    jitter: int = 32,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2 `google2015`: octave bases by successive zooms; the state is base + upscaled detail."""
    rng = rng or np.random.default_rng(0)
    bases = [image]
    for _ in range(octaves - 1):
        height, width = bases[-1].shape[1:3]
        smaller = (round(height / octave_scale), round(width / octave_scale))
        bases.append(resize_aligned_corners(bases[-1], smaller))
    bases.reverse()

    losses: Losses = []
    detail = np.zeros_like(bases[0])
    for octave, base in enumerate(bases):
        detail = resize_aligned_corners(detail, base.shape[1:3])
        x: Array = base + detail
        for iteration in range(iterations):
            before, drawn = x, copy.deepcopy(rng)
            dy, dx = draw_roll(rng, jitter)
            x = roll(x, dy, dx)
            value, g = value_and_gradient(model, x, squares_halved, weights)
            losses.append((octave, iteration, value))
            size = float(np.mean(np.abs(g)))
            if size > 0:
                x = x + step * g / size
            x = np.clip(x, -1, 1)
            x = roll(x, -dy, -dx)
            if path is not None and iteration == 0:
                path.append((before, value, x, drawn))
        detail = x - base
    return x, losses


def guided_gradient_seed(activation: Array, guide_activation: Array) -> Array:
    """2 `google2015`, guided: at each position, the guide's feature with the largest dot product.

    `activation` is (1, h, w, c), `guide_activation` (1, h', w', c); the result, shaped like
    `activation`, takes the place of the loss's derivative with respect to the activation.
    """
    seed = np.empty_like(activation)
    features = guide_activation.reshape(-1, guide_activation.shape[-1])
    for row in range(activation.shape[1]):
        for column in range(activation.shape[2]):
            dot_products = features @ activation[0, row, column]
            seed[0, row, column] = features[np.argmax(dot_products)]
    return seed


# ---- 2: gordic ----------------------------------------------------------------------------------


MEAN = np.array((0.485, 0.456, 0.406), np.float32)  # ImageNet's, of [0, 1]
DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)


def gordic(
    model: Model,
    image: Array,
    *,
    weights: Sequence[float] | None = None,
    step: float = 0.09,
    octaves: int = 4,
    octave_scale: float = 1.8,
    iterations: int = 10,
    jitter: int = 32,
    rng: np.random.Generator | None = None,
    path: Path | None = None,
) -> tuple[Array, Losses]:
    """2 `gordic`: three gaussians of 9 x 9 averaged; (g - mean) / std; nothing put back.

    `weights` None is 1 / (number of layers) each: the mean over layers. All in units of ImageNet's
    deviations: z = ((x + 1) / 2 - mean) / deviation.
    """
    rng = rng or np.random.default_rng(0)
    if weights is None:
        layers = len(activations_of(model, image))
        weights = [1 / layers] * layers
    lowest, highest = (0 - MEAN) / DEVIATION, (1 - MEAN) / DEVIATION

    def plain(z: Array) -> Array:
        return ((z * DEVIATION + MEAN) * 2 - 1).astype(np.float32)

    height, width = image.shape[1:3]
    losses: Losses = []
    z: Array = ((image + 1) / 2 - MEAN) / DEVIATION
    for level in range(octaves):
        scale = octave_scale ** (level - octaves + 1)
        z = resize_half_pixel(z, (int(np.round(height * scale)), int(np.round(width * scale))))
        for i in range(iterations):
            before, drawn = z, copy.deepcopy(rng)
            dy, dx = draw_roll(rng, jitter)
            z = roll(z, dy, dx)
            value, g = value_and_gradient(model, plain(z), squares_whole, weights)
            losses.append((level, i, value))
            g = g * 2 * DEVIATION
            sigma = (i + 1) / iterations * 2 + 0.5
            g = (
                gaussian_9x9(g, 0.5 * sigma) + gaussian_9x9(g, sigma) + gaussian_9x9(g, 2 * sigma)
            ) / 3
            g = (g - np.mean(g)) / (np.std(g) + 1e-8)
            z = np.clip(z + step * g, lowest, highest)
            z = roll(z, -dy, -dx)
            if path is not None and i == 0:
                path.append((plain(before), value, plain(z), drawn))
    return plain(z), losses


# ---- Comparing ----------------------------------------------------------------------------------


def parity(final: Array, other: Array) -> float:
    """Return the peak signal-to-noise ratio in dB of two images in [-1, 1] (peak to peak 2)."""
    difference = np.asarray(final, np.float64) - np.asarray(other, np.float64)
    mean_square = float(np.mean(difference**2))
    if mean_square == 0:
        return math.inf
    return 10 * math.log10(2.0**2 / mean_square)
