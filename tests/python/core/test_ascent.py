"""One iteration, and the loop over iterations: records, and each way in which it ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from needing import UNDRAWN
from scipy import ndimage

from deepdreamr import backend
from deepdreamr.core import ascent
from deepdreamr.core.ascent import Step, ascend, climb
from deepdreamr.core.chain import chained
from deepdreamr.core.gradient import LossGradient
from deepdreamr.recipes.chain import NORMS
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm

TERMS = (LayerTerm("lower"), LayerTerm("upper"))
NORMALIZE = [*NORMS, "none"]


def picture(height: int = 20, width: int = 26, seed: int = 0) -> tf.Tensor:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    return tf.constant(values, tf.float32)


@pytest.fixture
def image() -> tf.Tensor:
    return picture()


@pytest.fixture
def step(toy_trunk: Any) -> Any:
    """From an image and settings to its loss and the image one step further, for the toy."""

    def call(image: Any, i: Any = 0, seed: Any = 0, **settings: Any) -> Any:
        recipe = Recipe(**({"step": 0.1} | settings))
        gradient = LossGradient(toy_trunk, TERMS, recipe, smallest=3)
        loss, further = climb(tf.constant(image), gradient, recipe, np.random.default_rng(seed), i)
        return loss, further.numpy()

    return call


@pytest.fixture
def plain(toy_trunk: Any) -> Any:
    """From an image to its loss and gradient, neither smoothed nor normalised, for the toy."""

    def call(image: Any) -> Any:
        loss, gradient = LossGradient(toy_trunk, TERMS, Recipe()).whole(tf.constant(image))
        return float(loss), gradient.numpy()

    return call


def given_gradient(loss: float, direction: np.ndarray) -> Any:
    """A `Gradient` that is what it is, whatever the image."""
    return lambda image, random, shift: (tf.constant(loss), tf.constant(direction, tf.float32))


# ---- One step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", NORMALIZE)
def test_a_step_goes_up_the_normalised_gradient(
    step: Any, plain: Any, image: tf.Tensor, how: Any
) -> None:
    value, gradient = plain(image)
    units = Recipe(normalize=how, epsilon=1e-8).units()
    normal = chained(tf.constant(gradient), units).numpy()
    loss, further = step(image, step=0.05, normalize=how, epsilon=1e-8)
    assert type(loss) is float and loss == pytest.approx(value)
    np.testing.assert_allclose(further, image + 0.05 * normal, atol=1e-5)


def test_a_step_is_multiplied_by_the_mask_after_the_image_is_rolled_back(
    toy_trunk: Any, image: tf.Tensor
) -> None:
    mask = np.random.default_rng(1).random((1, 20, 26, 1)).astype(np.float32)
    mask[:, :, :9] = 0
    recipe = Recipe(step=0.1, jitter=7)
    gradient = LossGradient(toy_trunk, TERMS, recipe, smallest=3)
    (_, free), (loss, masked), (_, white) = (
        climb(image, gradient, recipe, np.random.default_rng(0), 0, mask=given)
        for given in (None, tf.constant(mask), tf.ones((1, 20, 26, 1)))
    )
    np.testing.assert_array_equal(white, free)
    np.testing.assert_array_equal(masked[:, :, :9], image[:, :, :9])
    np.testing.assert_allclose(masked - image, mask * (free - image), atol=1e-6)
    assert math.isfinite(loss)


def test_clipping_keeps_the_image_in_its_range(step: Any, image: tf.Tensor) -> None:
    _, free = step(image, step=1.0)
    _, clipped = step(image, step=1.0, clip=True)
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
def test_the_gradient_is_smoothed_before_it_is_normalised(
    step: Any, plain: Any, image: tf.Tensor, width: int | None, color: bool
) -> None:
    smooth = cascade(plain(image)[1], 1.2, color, width)
    settings = {"smooth_color": color, "smooth_kernel": width, "iterations": 2}
    _, further = step(image, i=1, sigma=0.7, sigma_growth=1.0, **settings)
    expected = image + 0.1 * smooth / np.mean(np.abs(smooth))
    np.testing.assert_allclose(further, expected, atol=1e-4)


def test_a_sigma_of_0_smooths_nothing(step: Any, image: tf.Tensor) -> None:
    np.testing.assert_allclose(step(image, sigma=0.0)[1], step(image)[1], atol=1e-6)


def test_sigma_grows_with_the_iteration() -> None:
    """A gradient of one white pixel is seen to become wider."""
    recipe = Recipe(iterations=4, sigma=0.5, sigma_growth=4, step=1.0, normalize="none")
    point = np.zeros((1, 41, 41, 3), np.float32)
    point[0, 20, 20] = 1
    for i, sigma in enumerate([0.5, 1.5, 2.5, 3.5]):
        start = tf.zeros((1, 41, 41, 3))
        _, further = climb(start, given_gradient(1.0, point), recipe, UNDRAWN, i)
        np.testing.assert_allclose(further, cascade(point, sigma, True, None), atol=1e-4)


@pytest.mark.parametrize("tile_size", [None, 400])
def test_a_step_that_leads_nowhere_has_no_loss(
    step: Any, image: tf.Tensor, tile_size: int | None
) -> None:
    loss, further = step(image, step=1e39, tile_size=tile_size)
    assert np.isnan(loss) and not np.isfinite(further).all()


def test_a_step_is_traced_once_for_each_chain(
    monkeypatch: pytest.MonkeyPatch, image: tf.Tensor
) -> None:
    made = list[Any]()

    def counted(*of: Any) -> Any:
        made.append(of)
        return backend.traced(*of)

    monkeypatch.setattr(ascent, "traced", counted)
    ascent._traced_step.cache_clear()
    still = given_gradient(1.0, np.ones(image.shape))
    for settings in ({}, {"jitter": 3}, {"clip": True}):
        for i in range(3):
            climb(image, still, Recipe(**settings), np.random.default_rng(0), i)
    assert len(made) == 3


# ---- The roll ------------------------------------------------------------------------------------


def test_a_step_from_a_rolled_image_is_rolled_back(image: tf.Tensor) -> None:
    """The gradient is that of the rolled image, and what is added lies where it belongs."""
    seen = []

    def gradient(rolled: Any, random: Any, shift: Any) -> Any:
        seen.append(rolled.numpy())
        return tf.constant(1.0), rolled

    recipe = Recipe(jitter=40, step=0.5, normalize="none")
    _, further = climb(image, gradient, recipe, np.random.default_rng(2), 0)
    shift = np.random.default_rng(2).integers(-40, 41, size=2)
    assert shift.all()
    np.testing.assert_array_equal(seen[0], np.roll(image, shift, axis=(1, 2)))
    np.testing.assert_allclose(further, 1.5 * image, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_rolled_step_is_the_step_of_the_rolled_image_rolled_back(
    step: Any, image: tf.Tensor, seed: int
) -> None:
    shift = np.random.default_rng(seed).integers(-200, 201, size=2)
    loss, further = step(image, jitter=200, seed=seed)
    expected_loss, expected = step(np.roll(image, shift, axis=(1, 2)))
    assert loss == pytest.approx(expected_loss)
    np.testing.assert_allclose(further, np.roll(expected, -shift, axis=(1, 2)), atol=1e-5)


def test_roll_and_unroll_is_the_identity(image: tf.Tensor) -> None:
    still = given_gradient(1.0, np.zeros(image.shape))
    _, further = climb(image, still, Recipe(jitter=9), np.random.default_rng(0), 0)
    np.testing.assert_array_equal(further, image)


def shifts(jitter: int, seed: int, count: int) -> list[tuple[int, int]]:
    """How far an image whose first pixel alone is white was rolled, in some iterations."""
    side, found, random = 2 * jitter + 1, [], np.random.default_rng(seed)
    image = np.zeros((1, side, side, 3), np.float32)
    image[0, 0, 0] = 1

    def gradient(rolled: Any, random: Any, shift: Any) -> Any:
        row, column, _ = np.argwhere(rolled.numpy()[0])[0]
        y, x = ((int(n) + jitter) % side - jitter for n in (row, column))
        found.append((y, x))
        return tf.constant(1.0), tf.zeros_like(rolled)

    for _ in range(count):
        climb(tf.constant(image), gradient, Recipe(jitter=jitter), random, 0)
    return found


@given(st.integers(1, 20), st.integers(0, 2**32))
def test_a_roll_is_at_most_the_jitter(jitter: Any, seed: Any) -> None:
    drawn = np.random.default_rng(seed).integers(-jitter, jitter + 1, size=2)
    assert shifts(jitter, seed, 1) == [tuple(drawn)]


def test_rolls_take_the_whole_range_both_ways() -> None:
    drawn = shifts(2, 0, 400)
    for axis in (0, 1):
        assert {shift[axis] for shift in drawn} == {-2, -1, 0, 1, 2}


def test_without_jitter_and_tiles_nothing_is_drawn(step: Any, image: tf.Tensor) -> None:
    random = np.random.default_rng(0)
    before = random.bit_generator.state
    climb(image, given_gradient(1.0, np.ones(image.shape)), Recipe(), random, 0)
    assert random.bit_generator.state == before


def test_the_roll_is_drawn_before_the_tiles(image: tf.Tensor) -> None:
    drawn = []

    def gradient(rolled: Any, random: Any, shift: Any) -> Any:
        drawn.append(random.integers(100))
        return tf.constant(1.0), rolled

    climb(image, gradient, Recipe(jitter=7), np.random.default_rng(4), 0)
    random = np.random.default_rng(4)
    random.integers(-7, 8, size=2)
    assert drawn == [random.integers(100)]


# ---- The loop ------------------------------------------------------------------------------------


@pytest.fixture
def run(toy_trunk: Any, image: tf.Tensor) -> Any:
    """From settings to the ascent of the toy: image, steps, and why the dream ends."""

    def call(
        on_step: Any = None,
        trunk: Any = toy_trunk,
        start: Any = image,
        seed: Any = 0,
        octave: Any = 1,
        **settings: Any,
    ) -> Any:
        recipe = Recipe(**({"iterations": 5, "step": 0.02} | settings))
        gradient = LossGradient(trunk, TERMS, recipe, smallest=3)
        return ascend(start, gradient, recipe, np.random.default_rng(seed), octave, on_step)

    return call


def scripted(*losses: Any, on_step: Any = None, **settings: Any) -> Any:
    """The ascent of an image of zeros, by these losses: how many steps its pixels were taken."""
    rest = iter(losses)

    def gradient(image: Any, random: Any, shift: Any) -> Any:
        loss = next(rest)
        if isinstance(loss, type):
            raise loss
        return tf.constant(loss), tf.ones_like(image)

    recipe = Recipe(iterations=len(losses), step=1.0, normalize="none", **settings)
    image, steps, stopped = ascend(tf.zeros((1, 4, 5, 3)), gradient, recipe, UNDRAWN, 1, on_step)
    (level,) = np.unique(image)
    return int(level), steps, stopped


def test_each_iteration_has_a_record_that_counts_from_1(run: Any) -> None:
    records = []
    _, steps, stopped = run(lambda step, image: records.append(step), octave=3)
    assert [record[:2] for record in records] == [(3, i) for i in (1, 2, 3, 4, 5)]
    assert steps == tuple(records) and stopped is None
    assert all(type(record) is Step and type(record.loss) is float for record in records)


def test_a_record_has_the_loss_before_the_step(run: Any, step: Any, image: tf.Tensor) -> None:
    last, steps, _ = run()
    for record in steps:
        loss, image = step(image, step=0.02)
        assert record.loss == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(last, image, atol=1e-6)


def test_the_loss_rises(run: Any) -> None:
    losses = [step.loss for step in run(iterations=15, step=0.005)[1]]
    assert all(later > earlier for earlier, later in zip(losses, losses[1:], strict=False))


def test_the_image_is_not_modified(run: Any, image: tf.Tensor) -> None:
    before = image.numpy()
    run(jitter=3, sigma=0.5, clip=True)
    np.testing.assert_array_equal(image, before)


def test_rolls_come_from_the_generator(run: Any) -> None:
    one, same, other = (run(jitter=6, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0


# ---- Ends ----------------------------------------------------------------------------------------


def test_max_loss_ends_the_octave_before_the_step() -> None:
    level, steps, stopped = scripted(1.0, 2.0, 3.0, 4.0, max_loss=2.5)
    assert level == 2 and stopped is None
    assert [step.loss for step in steps] == [1.0, 2.0]


def test_the_step_above_max_loss_may_be_taken() -> None:
    level, steps, stopped = scripted(1.0, 3.0, 1.0, max_loss=2.0, max_loss_step="taken")
    assert (level, [step.loss for step in steps], stopped) == (2, [1.0, 3.0], None)


def test_a_loss_equal_to_max_loss_does_not_end_it() -> None:
    assert scripted(1.0, 2.0, 2.0, max_loss=2.0)[0] == 3


def test_a_first_loss_above_max_loss_leaves_the_image_as_it_was() -> None:
    assert scripted(9.0, 1.0, max_loss=2.0) == (0, (), None)


@pytest.mark.parametrize("answer", [None, True, 0, "", []])
def test_only_false_ends_the_dream(answer: Any) -> None:
    level, _, stopped = scripted(1.0, 1.0, on_step=lambda *_: answer)
    assert level == 2 and stopped is None


def test_a_callback_that_returns_false_ends_the_dream_after_its_step() -> None:
    level, steps, stopped = scripted(1.0, 1.0, 1.0, on_step=lambda step, image: step.iteration < 2)
    assert level == 2 and stopped == "callback"
    assert [step.iteration for step in steps] == [1, 2]


def test_the_callback_gets_the_image_after_the_step() -> None:
    seen = []
    scripted(
        1.0, 2.0, on_step=lambda step, image: seen.append((step.loss, float(image[0, 0, 0, 0])))
    )
    assert seen == [(1.0, 1.0), (2.0, 2.0)]


def test_an_error_in_the_callback_is_raised() -> None:
    def fail(step: Step, image: tf.Tensor) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        scripted(1.0, on_step=fail)


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_gives_the_last_image_whose_loss_was(loss: Any) -> None:
    level, steps, stopped = scripted(1.0, 2.0, loss, 3.0)
    assert level == 1  # the image after two steps has that loss
    assert stopped == "not finite"
    assert [step.iteration for step in steps] == [1, 2]


def test_a_first_loss_that_is_not_finite_gives_the_image_itself() -> None:
    assert scripted(np.nan, 1.0) == (0, (), "not finite")


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_a_step_that_leads_nowhere_is_not_taken(
    run: Any, image: tf.Tensor, iterations: int
) -> None:
    last, steps, stopped = run(step=1e39, iterations=iterations)
    np.testing.assert_array_equal(last, image)
    assert steps == () and stopped == "not finite"


def test_a_flat_image_without_a_bound_on_the_gradient_is_left_as_it_was(run: Any) -> None:
    def blind(image: Any) -> Any:
        return [0 * image, 0 * image]

    start = tf.fill((1, 8, 9, 3), 0.25)
    last, _, stopped = run(trunk=blind, start=start, iterations=1, epsilon=0)  # 0 / 0
    np.testing.assert_array_equal(last, start)
    assert stopped == "not finite"


def test_an_interrupt_keeps_the_finished_steps() -> None:
    level, steps, stopped = scripted(1.0, 2.0, KeyboardInterrupt, 3.0)
    assert level == 2 and stopped == "interrupted"
    assert [step.iteration for step in steps] == [1, 2]


def test_an_interrupt_in_the_callback_keeps_its_step() -> None:
    def interrupt(step: Step, image: tf.Tensor) -> None:
        if step.iteration == 2:
            raise KeyboardInterrupt

    level, steps, stopped = scripted(1.0, 2.0, 3.0, on_step=interrupt)
    assert level == 2 and stopped == "interrupted" and len(steps) == 2
