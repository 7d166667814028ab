"""The gradient: against central differences, in tiles and windows, rolled, smoothed, normalised."""

from __future__ import annotations

import logging

import numpy as np
import oracles
import pytest
import tensorflow as tf
from scipy import ndimage
from skimage import data

from deepdreamr import loss_and_gradient
from deepdreamr.errors import ArgumentError, ImageError, NetworkError
from deepdreamr.core.gradient import (
    Climb,
    Draws,
    draw,
    guide_features,
    normalize_gradient,
    overlap_add,
)
from deepdreamr.recipes.terms import LayerTerm, layer_terms
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.sizes import activation_shapes, cell_stride
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.settings import Recipe
from deepdreamr.runs.windows import Box, CellGrid, draw_windows, tile_boxes
from deepdreamr.networks.engine.trunk import Trunk

TERMS = (LayerTerm("lower", 1.0), LayerTerm("upper", -0.5))


def picture(height: int = 24, width: int = 30, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    return values.astype(np.float32)


@pytest.fixture
def climb(toy_trunk):
    """From settings to a `Climb` of the toy."""
    return lambda **settings: Climb(toy_trunk, TERMS, Recipe(**settings), smallest=3)


def step(climb: Climb, image: np.ndarray, draws: Draws = Draws(), sigma=0.0, length=0.1, **more):  # noqa: B008
    """Loss, and the image one step further."""
    loss, further = climb(tf.constant(image), draws, sigma, length, **more)
    return float(loss), further.numpy()


def plain(climb: Climb, image: np.ndarray):
    """Loss and gradient, not normalised."""
    loss, gradient = climb.loss_and_gradient(tf.constant(image))
    return float(loss), gradient.numpy()


# ---- Against central differences -----------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "mean_square"},
        {"objective": "mean_square", "border": 1},
        {"objective": "mean"},
        {"objective": "half_sum_square"},
    ],
    ids=str,
)
def test_every_pixel_s_derivative(climb, settings):
    climb, image, epsilon = climb(**settings), picture(6, 7), 0.02
    _, gradient = plain(climb, image)
    differences = np.zeros_like(image)
    for index in np.ndindex(image.shape):
        nudge = np.zeros_like(image)
        nudge[index] = epsilon
        differences[index] = plain(climb, image + nudge)[0] - plain(climb, image - nudge)[0]
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(gradient, differences / (2 * epsilon), atol=2e-3 * scale)


def test_the_real_network_s_slope_in_random_directions(photo):
    image, layers = photo[:, :90, :96], {"mixed0": 1.0, "conv2d_2": 0.5}
    _, gradient = loss_and_gradient(image * 0.9, layers)
    assert gradient.shape == (90, 96, 3) and gradient.dtype == np.float32
    random = np.random.default_rng(0)
    uphill = np.sign(gradient) * np.abs(random.standard_normal(gradient.shape))
    for direction in (uphill, *random.standard_normal((2, 90, 96, 3)) + 0.3 * uphill):
        nudge = (direction / np.abs(direction).max() * 0.004).astype(np.float32)
        above, _ = loss_and_gradient(image * 0.9 + nudge, layers)
        below, _ = loss_and_gradient(image * 0.9 - nudge, layers)
        slope = 2 * np.sum(gradient.astype(np.float64) * nudge)
        assert above - below == pytest.approx(slope, rel=0.02)


def test_the_gradient_is_in_units_of_the_image_not_of_pixels(climb):
    image = picture()
    loss, gradient = plain(climb(), image)
    further, _ = plain(climb(), image + 1e-3 * gradient)
    assert further - loss == pytest.approx(1e-3 * np.sum(gradient**2), rel=0.05)


def test_a_loss_that_does_not_depend_on_the_image():
    climb = Climb(lambda image: [tf.ones((1, 3, 3, 2))], TERMS[:1], Recipe())
    with pytest.raises(NetworkError, match="^the loss does not depend on the image"):
        climb.loss_and_gradient(picture())


def test_a_channel_that_the_layer_does_not_have(toy_trunk):
    terms = (LayerTerm("lower"), LayerTerm("upper", channels=[5]))
    with pytest.raises(ArgumentError, match="^upper has the channels 0 to 4. "):
        Climb(toy_trunk, terms, Recipe())(tf.constant(picture()), Draws(), 0.0, 0.1)


def test_tensorflow_does_not_warn_of_many_dreams(toy_trunk):
    """As for a sheet of many layers: there is nothing that its reader could do about it."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    tf.get_logger().addHandler(handler)
    try:
        for _ in range(8):
            step(Climb(toy_trunk, TERMS, Recipe()), picture())
    finally:
        tf.get_logger().removeHandler(handler)
    assert not lines


def test_one_trace_serves_images_of_every_size(toy_trunk):
    calls = []

    def counted(image):
        calls.append(image.shape)
        return toy_trunk(image)

    climb = Climb(counted, TERMS, Recipe())
    for size in ((9, 12), (24, 30), (17, 8)):
        _, further = step(climb, picture(*size))
        assert further.shape == (1, *size, 3)
    assert calls == [(1, None, None, 3)]


# ---- One step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["l1", "std", "standardize", "none"])
def test_normalised_as_numpy_does(how):
    gradient, epsilon = 3 + picture(), 1e-3
    normal = {
        "l1": gradient / max(np.mean(np.abs(gradient)), epsilon),
        "std": gradient / (np.std(gradient) + epsilon),
        "standardize": (gradient - np.mean(gradient)) / (np.std(gradient) + epsilon),
        "none": gradient,
    }
    result = normalize_gradient(tf.constant(gradient), how, epsilon)
    np.testing.assert_allclose(result, normal[how], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", ["l1", "std", "standardize", "none"])
def test_a_gradient_of_zero_stays_zero(how):
    result = normalize_gradient(tf.zeros((1, 5, 6, 3)), how, 1e-7)
    np.testing.assert_array_equal(result, np.zeros((1, 5, 6, 3)))


def test_l1_divides_by_a_small_gradient_s_bound():
    gradient = np.full((1, 5, 6, 3), 1e-9, np.float32)
    result = normalize_gradient(tf.constant(gradient), "l1", 1e-7)
    np.testing.assert_allclose(result, gradient / 1e-7)


@pytest.mark.parametrize("how", ["l1", "std", "standardize", "none"])
def test_a_step_goes_up_the_normalised_gradient(climb, how):
    climb, image = climb(normalize=how, epsilon=1e-8), picture()
    value, gradient = plain(climb, image)
    normal = normalize_gradient(tf.constant(gradient), how, 1e-8).numpy()
    loss, further = step(climb, image, length=0.05)
    assert loss == pytest.approx(value)
    np.testing.assert_allclose(further, image + 0.05 * normal, atol=1e-5)


def test_clipping_keeps_the_image_in_its_range(climb):
    image = picture()
    _, free = step(climb(), image, length=1.0)
    _, clipped = step(climb(clip=True), image, length=1.0)
    assert np.abs(free).max() > 1
    np.testing.assert_allclose(clipped, np.clip(free, -1, 1), atol=1e-6)


def cascade(gradient: np.ndarray, sigma: float, color: bool, width: int | None) -> np.ndarray:
    """The mean of three gaussians, by SciPy."""
    parts = []
    for scaled in (sigma / 2, sigma, 2 * sigma):
        radius = int(4 * scaled + 0.5) if width is None else width // 2
        kernel = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * scaled**2))
        part = gradient
        for axis in (1, 2, 3) if color else (1, 2):
            part = ndimage.correlate1d(part, kernel / kernel.sum(), axis, mode="reflect")
        parts.append(part)
    return np.mean(parts, axis=0)


@pytest.mark.parametrize("width", [None, 5])
@pytest.mark.parametrize("color", [True, False])
def test_the_gradient_is_smoothed_before_it_is_normalised(climb, width, color):
    climb, image = climb(sigma=0.7, smooth_color=color, smooth_kernel=width), picture()
    smooth = cascade(plain(climb, image)[1], 1.2, color, width)
    _, further = step(climb, image, sigma=1.2)
    expected = image + 0.1 * smooth / np.mean(np.abs(smooth))
    np.testing.assert_allclose(further, expected, atol=1e-4)


def test_the_loss_rises(climb):
    climb, image = climb(), tf.constant(picture() / 2)
    losses = []
    for _ in range(12):
        loss, image = climb(image, Draws(), 0.0, 0.01)
        losses.append(float(loss))
    assert all(later > earlier for earlier, later in zip(losses, losses[1:], strict=False))


@pytest.mark.parametrize("tile_size", [None, 400])
def test_a_step_that_leads_nowhere_has_no_loss(climb, tile_size):
    boxes = (Box(0, 24, 0, 30),) if tile_size else ()
    loss, further = step(climb(tile_size=tile_size), picture(), Draws((0, 0), boxes), length=1e39)
    assert np.isnan(loss) and not np.isfinite(further).all()


# ---- The roll ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (-40, 100), (-1, 0)])
def test_a_rolled_step_is_the_step_of_the_rolled_image_rolled_back(climb, shift):
    image = picture()
    loss, further = step(climb(jitter=200), image, Draws(shift))
    rolled = np.roll(image, shift, axis=(1, 2))
    expected_loss, expected = step(climb(), rolled)
    assert loss == pytest.approx(expected_loss)
    back = (-shift[0], -shift[1])
    np.testing.assert_allclose(further, np.roll(expected, back, axis=(1, 2)), atol=1e-5)


def test_roll_and_unroll_is_the_identity(climb):
    image = picture()
    _, further = step(climb(jitter=9), image, Draws((7, -4)), length=0.0)
    np.testing.assert_array_equal(further, image)


# ---- Tiles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("jitter", [0, 20])
def test_one_tile_is_the_whole_image(climb, jitter):
    image, shift = picture(), ((5, -3) if jitter else (0, 0))
    whole_loss, whole = step(climb(jitter=jitter), image, Draws(shift))
    tiled = climb(jitter=jitter, tile_size=400)
    loss, further = step(tiled, image, Draws(shift, (Box(0, 24, 0, 30),)))
    assert loss == pytest.approx(whole_loss)
    np.testing.assert_allclose(further, whole, atol=1e-5)


@pytest.mark.parametrize("normalize", [False, True])
def test_each_tile_has_its_own_gradient(climb, normalize):
    image, boxes = picture(), tile_boxes((24, 30), (12, 16))
    tiled = climb(tile_size=14, tile_normalize=normalize, normalize="none", epsilon=1e-8)
    loss, further = step(tiled, image, Draws((0, 0), tuple(boxes)))
    gradient, losses = np.zeros_like(image), []
    for box in boxes:
        part = np.index_exp[:, box.top : box.bottom, box.left : box.right]
        value, g = plain(tiled, image[part])
        gradient[part] = g / (np.std(g) + 1e-8) if normalize else g
        losses.append(value * np.prod(box.shape) / (24 * 30))
    assert loss == pytest.approx(sum(losses), rel=1e-5)
    np.testing.assert_allclose(further, image + 0.1 * gradient, atol=1e-5)


def test_a_narrow_tile_sees_its_neighbours(climb):
    image, boxes = picture(), tile_boxes((24, 30), (12, 16), (-11, -15))
    assert min(min(box.shape) for box in boxes) == 1
    loss, further = step(climb(tile_size=14), image, Draws((0, 0), tuple(boxes)))
    assert np.isfinite(loss) and np.isfinite(further).all()
    assert np.abs(further - image)[:, 0, 0].min() > 0


def test_what_chance_decides():
    random = np.random.default_rng(0)
    before = random.bit_generator.state
    assert draw(Recipe(), (100, 90), random) == Draws((0, 0), ())
    assert random.bit_generator.state == before  # nothing was drawn
    rolled = draw(Recipe(jitter=8), (100, 90), random)
    assert rolled.boxes == () and rolled.shift != (0, 0)
    one, other = (
        draw(Recipe(jitter=8, tile_size=40, tile_start="random"), (100, 90), random)
        for _ in range(2)
    )
    assert one != other
    assert sum(np.prod(box.shape) for box in one.boxes) == 9000


# ---- Windows: the whole image's gradient, put together from parts --------------------------------


@pytest.mark.parametrize("shape", [(80, 96), (81, 97), (83, 90)])
@pytest.mark.parametrize("border", [0, 2])
def test_windows_together_are_the_whole_gradient(climb, toy_trunk, shape, border):
    image, climb = picture(*shape), climb(border=border)
    cells = [tuple(activation.shape[1:3]) for activation in toy_trunk(tf.constant(image))]
    grids = [CellGrid((1, 1), cells[0]), CellGrid((2, 2), cells[1])]
    whole_loss, whole = plain(climb, image)
    for seed in range(3):
        windows = draw_windows(
            shape, grids, 40**2, np.random.default_rng(seed), border=border, halo=8
        )
        assert len(windows) >= 9
        loss, gradient = climb.loss_and_gradient(image, windows)
        assert float(loss) == pytest.approx(whole_loss, rel=1e-4)
        np.testing.assert_allclose(gradient, whole, atol=1e-4 * np.abs(whole).max())


@pytest.mark.parametrize("axis", [1, 2])
def test_parts_that_overlap_are_summed_where_they_do(axis):
    random = np.random.default_rng(0)
    starts, lengths = [0, 3, 3, 8], [6, 7, 7, 4]  # up to three lie over each other
    wanted = np.zeros((1, 12, 12, 3), np.float32)
    parts = []
    for start, length in zip(starts, lengths, strict=True):
        shape = (1, length, 12, 3) if axis == 1 else (1, 12, length, 3)
        part = random.standard_normal(shape).astype(np.float32)
        there = slice(start, start + length)
        wanted[(slice(None),) * axis + (there,)] += part
        parts.append(tf.constant(part))
    np.testing.assert_allclose(overlap_add(parts, starts, axis), wanted, atol=1e-6)
    assert overlap_add(parts[:1], [0], axis) is parts[0]


def test_a_step_from_windows_is_the_whole_step(climb, toy_trunk):
    image, climb = picture(80, 96), climb(jitter=10, sigma=0.5)
    cells = [tuple(activation.shape[1:3]) for activation in toy_trunk(tf.constant(image))]
    grids = [CellGrid((1, 1), cells[0]), CellGrid((2, 2), cells[1])]
    windows = draw_windows((80, 96), grids, 40**2, np.random.default_rng(0), halo=8)
    loss, whole = step(climb, image, Draws((4, -7)), sigma=1.0)
    in_parts, further = step(climb, image, Draws((4, -7)), sigma=1.0, windows=windows)
    assert in_parts == pytest.approx(loss, rel=1e-4)
    np.testing.assert_allclose(further, whole, atol=1e-4)


@pytest.mark.parametrize(
    ("layers", "likeness"),
    [
        ({"mixed3": 1.0}, 1 - 1e-6),
        ({"mixed4": 1.0}, 0.998),
        ({"mixed5": 1.0}, 0.99),
        (RECIPES["keras"].layers, 0.999),
    ],
    ids=["mixed3", "mixed4", "mixed5", "keras"],
)
def test_the_real_network_s_windows_are_like_the_whole(layers, likeness):
    image = (data.coffee()[:, :500] / 127.5 - 1)[None].astype(np.float32)
    shape = image.shape[1:3]
    layers = dict(layers)
    network = load_network()
    climb = Climb(Trunk(network, layers), layer_terms(layers), Recipe())
    shapes = activation_shapes(network.nodes, shape)
    grids = [CellGrid(cell_stride(network.nodes, layer), shapes[layer]) for layer in layers]
    windows = draw_windows(shape, grids, 80_000, np.random.default_rng(0))
    assert len(windows) >= 9
    whole_loss, whole = plain(climb, image)
    loss, gradient = climb.loss_and_gradient(image, windows)
    assert float(loss) == pytest.approx(whole_loss, rel=0.01)
    one, other = whole.ravel().astype(float), gradient.numpy().ravel().astype(float)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert cosine >= likeness


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_real_network_s_one_window_is_the_whole_in_less_memory(precision):
    image = (data.coffee()[:150, :200] / 127.5 - 1)[None].astype(np.float32)
    layers = dict(RECIPES["keras"].layers)
    network = load_network()
    trunk = Trunk(network, layers, precision=precision)
    climb = Climb(trunk, layer_terms(layers), Recipe(border=2))
    shapes = activation_shapes(network.nodes, (150, 200))
    grids = [CellGrid(cell_stride(network.nodes, layer), shapes[layer]) for layer in layers]
    windows = draw_windows((150, 200), grids, 10**9, np.random.default_rng(0), border=2)
    assert [window.box for window in windows] == [Box(0, 150, 0, 200)]
    loss, gradient = plain(climb, image)
    of_window = climb.loss_and_gradient(image, windows)
    assert float(of_window[0]) == loss
    np.testing.assert_array_equal(of_window[1], gradient)
    assert climb.pixel_bytes(windows=True) < 0.9 * climb.pixel_bytes()


# ---- Guides --------------------------------------------------------------------------------------


def test_features_of_a_guide_are_its_cells(toy_trunk):
    guide = picture(9, 11)
    lower, upper = guide_features(toy_trunk, guide, 3)
    activations = toy_trunk(tf.constant(guide))
    assert lower.shape == (7 * 9, 6) and upper.shape == (4 * 5, 5)
    np.testing.assert_array_equal(lower, np.reshape(activations[0], (-1, 6)))
    with pytest.raises(ImageError, match="the guide is too small: .* 12 pixels .*Received: 9x11"):
        guide_features(toy_trunk, guide, 12)


def test_a_guided_step_follows_the_2015_rule(toy_trunk):
    image, guide, recipe = picture(), picture(9, 11, seed=1), Recipe(objective="half_sum_square")
    guides = guide_features(toy_trunk, guide, 3)
    climb = Climb(toy_trunk, (LayerTerm("lower"), LayerTerm("upper")), recipe, guides=guides)
    _, gradient = plain(climb, image)
    x = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(x)
        activations = toy_trunk(x)
    seeds = [
        oracles.guided_gradient_seed(a.numpy(), g.numpy())
        for a, g in zip(activations, toy_trunk(tf.constant(guide)), strict=True)
    ]
    expected = tape.gradient(activations, x, output_gradients=[tf.constant(s) for s in seeds])
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)
