"""The loop over iterations: records, and each way in which it ends."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from deepdreamr.core.ascent import AscentStep, ascend
from deepdreamr.core.gradient import Climb, Draws
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.recipes.settings import Recipe

TERMS = (LayerTerm("lower"), LayerTerm("upper"))


@pytest.fixture
def image() -> tf.Tensor:
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 20, 26, 3)), tf.float32)


@pytest.fixture
def run(toy_trunk, image):
    """From settings to the ascent of the toy and its recipe."""

    def call(on_step=None, trunk=toy_trunk, start=image, seed=0, **settings):
        recipe = Recipe(**({"iterations": 5, "step": 0.02} | settings))
        random = np.random.default_rng(seed)
        return ascend(start, Climb(trunk, TERMS, recipe, smallest=3), recipe, random, on_step)

    return call


class Scripted:
    """In place of a `Climb`: adds 1 to the image and gives these losses, one after the other."""

    def __init__(self, *losses: float | type[BaseException]) -> None:
        self.losses = iter(losses)

    def __call__(self, image, draws, sigma, step, windows=()):
        loss = next(self.losses)
        if isinstance(loss, type):
            raise loss
        return tf.constant(loss), image + 1


def scripted(*losses, on_step=None, **settings):
    """The ascent of an image of zeros: each pixel counts the steps taken."""
    recipe = Recipe(iterations=len(losses), **settings)
    result = ascend(tf.zeros((1, 4, 5, 3)), Scripted(*losses), recipe, None, on_step)
    (level,) = np.unique(result.image)
    return int(level), result


# ---- Records -------------------------------------------------------------------------------------


def test_each_iteration_has_a_record_that_counts_from_1(run):
    records = []
    ascent = run(records.append)
    assert [record.iteration for record in records] == [1, 2, 3, 4, 5]
    assert ascent.steps == tuple(records) and ascent.stopped is None
    for record in records:
        assert (record.octave, record.octaves, record.iterations) == (1, 1, 5)
        assert record.shape == (20, 26)


def test_a_record_s_text():
    step = AscentStep(2, 6, (218, 327), 7, 20, 1.17951)
    assert str(step) == "octave 2/6 218x327, iteration 7, loss 1.180"


def test_the_octave_is_passed_on(toy_trunk, image):
    recipe = Recipe(iterations=1)
    climb = Climb(toy_trunk, TERMS, recipe)
    (step,) = ascend(image, climb, recipe, None, octave=3, octaves=4).steps
    assert (step.octave, step.octaves) == (3, 4)


def test_a_record_has_the_loss_before_the_step(toy_trunk, run, image):
    ascent = run()
    recipe = Recipe()
    climb = Climb(toy_trunk, TERMS, recipe)
    for step in ascent.steps:
        loss, image = climb(image, Draws(), 0.0, 0.02)
        assert step.loss == pytest.approx(float(loss), rel=1e-6)
    np.testing.assert_allclose(ascent.image, image, atol=1e-6)


def test_the_loss_rises(run):
    losses = [step.loss for step in run(iterations=15, step=0.005).steps]
    assert all(later > earlier for earlier, later in zip(losses, losses[1:], strict=False))


def test_the_image_is_not_modified(run, image):
    before = image.numpy()
    run()
    np.testing.assert_array_equal(image, before)


def test_rolls_come_from_the_generator(run):
    one, same, other = (run(jitter=6, seed=seed).image for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0


def test_sigma_grows_with_the_iteration(image):
    sigmas = []

    def climb(image, draws, sigma, step, windows):
        sigmas.append(sigma)
        return tf.constant(1.0), image

    ascend(image, climb, Recipe(iterations=4, sigma=0.5, sigma_growth=4), None)
    assert sigmas == [0.5, 1.5, 2.5, 3.5]


def test_windows_are_drawn_anew_for_each_iteration(image):
    drawn, used = iter(range(10)), []

    def climb(image, draws, sigma, step, windows):
        used.append(windows)
        return tf.constant(1.0), image

    ascend(image, climb, Recipe(iterations=3), None, windows=lambda: (next(drawn),))
    assert used == [(0,), (1,), (2,)]


# ---- Ends ----------------------------------------------------------------------------------------


def test_max_loss_ends_the_octave_before_the_step():
    level, ascent = scripted(1.0, 2.0, 3.0, 4.0, max_loss=2.5)
    assert level == 2 and ascent.stopped is None
    assert [step.loss for step in ascent.steps] == [1.0, 2.0]


def test_a_loss_equal_to_max_loss_does_not_end_it():
    assert scripted(1.0, 2.0, 2.0, max_loss=2.0)[0] == 3


def test_a_first_loss_above_max_loss_leaves_the_image_as_it_was():
    level, ascent = scripted(9.0, 1.0, max_loss=2.0)
    assert level == 0 and ascent.steps == () and ascent.stopped is None


@pytest.mark.parametrize("answer", [None, True, 0, "", []])
def test_only_false_ends_the_dream(answer):
    level, ascent = scripted(1.0, 1.0, on_step=lambda step: answer)
    assert level == 2 and ascent.stopped is None


def test_a_callback_that_returns_false_ends_the_dream_after_its_step():
    level, ascent = scripted(1.0, 1.0, 1.0, on_step=lambda step: step.iteration < 2)
    assert level == 2 and ascent.stopped == "callback"
    assert [step.iteration for step in ascent.steps] == [1, 2]


def test_an_error_in_the_callback_is_raised():
    def fail(step: AscentStep) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        scripted(1.0, on_step=fail)


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_gives_the_last_image_whose_loss_was(loss):
    level, ascent = scripted(1.0, 2.0, loss, 3.0)
    assert level == 1  # the image after two steps has that loss
    assert ascent.stopped == "not finite"
    assert [step.iteration for step in ascent.steps] == [1, 2]


def test_a_first_loss_that_is_not_finite_gives_the_image_itself():
    level, ascent = scripted(np.nan, 1.0)
    assert level == 0 and ascent.steps == () and ascent.stopped == "not finite"


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_a_step_that_leads_nowhere_is_not_taken(run, image, iterations):
    ascent = run(step=1e39, iterations=iterations)
    np.testing.assert_array_equal(ascent.image, image)
    assert ascent.steps == () and ascent.stopped == "not finite"


def test_a_flat_image_without_a_bound_on_the_gradient_is_left_as_it_was(run):
    def blind(image):
        return [0 * image, 0 * image]

    start = tf.fill((1, 8, 9, 3), 0.25)
    ascent = run(trunk=blind, start=start, iterations=1, epsilon=0)  # 0 / 0
    np.testing.assert_array_equal(ascent.image, start)
    assert ascent.stopped == "not finite"


def test_an_interrupt_keeps_the_finished_steps():
    level, ascent = scripted(1.0, 2.0, KeyboardInterrupt, 3.0)
    assert level == 2 and ascent.stopped == "interrupted"
    assert [step.iteration for step in ascent.steps] == [1, 2]


def test_an_interrupt_in_the_callback_keeps_its_step():
    def interrupt(step: AscentStep) -> None:
        if step.iteration == 2:
            raise KeyboardInterrupt

    level, ascent = scripted(1.0, 2.0, 3.0, on_step=interrupt)
    assert level == 2 and ascent.stopped == "interrupted" and len(ascent.steps) == 2
