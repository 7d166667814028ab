"""Gradients of several losses, each in a region of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN

from deepdreamr import Recipe
from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs.regions import MixedGradient

SHAPE = (24, 31)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def gradients(toy_trunk: Any) -> list[LossGradient]:
    def of(i: int) -> LossGradient:
        return LossGradient(lambda x: [toy_trunk(x)[i]], [LayerTerm(str(i))], Recipe())

    return [of(0), of(1)]


def mixed(gradients: Any, share: np.ndarray) -> MixedGradient:
    result = MixedGradient(gradients)
    result.shares = [tf.constant(part[None, :, :, None], tf.float32) for part in (share, 1 - share)]
    return result


def test_each_direction_is_divided_by_its_mean_and_taken_by_its_share(
    gradients: list[LossGradient],
) -> None:
    image, share = noise(1, *SHAPE, 3) / 3, np.random.default_rng(1).random(SHAPE)
    loss, found = mixed(gradients, share)(tf.constant(image), UNDRAWN)
    parts = [gradient(tf.constant(image), UNDRAWN) for gradient in gradients]
    one, two = (part.numpy().astype(np.float64) for _, part in parts)
    expected = share[None, :, :, None] * one / np.abs(one).mean()
    expected += (1 - share)[None, :, :, None] * two / np.abs(two).mean()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert float(loss) == pytest.approx(sum(float(part) for part, _ in parts))


def test_shares_move_with_the_image(gradients: list[LossGradient]) -> None:
    """A dream rolled as a whole, with its shares, is the same dream rolled."""
    image, share = noise(1, *SHAPE, 3) / 3, np.zeros(SHAPE)
    share[:, :13] = 1
    still = lambda image, random, shift: (tf.constant(0.0), tf.ones_like(image))  # noqa: E731
    moving = lambda image, random, shift: (tf.constant(0.0), -tf.ones_like(image))  # noqa: E731
    recipe = Recipe(jitter=9, step=0.5)
    random = np.random.default_rng(2)
    _, further = climb(tf.constant(image), mixed([still, moving], share), recipe, random, 0)
    change = further.numpy() - image
    np.testing.assert_allclose(change[:, :, :13], 0.5, atol=1e-6)
    np.testing.assert_allclose(change[:, :, 13:], -0.5, atol=1e-6)


def test_a_direction_of_nothing_is_nothing(gradients: list[LossGradient]) -> None:
    still = lambda image, random, shift: (tf.constant(2.0), tf.zeros_like(image))  # noqa: E731
    loss, found = mixed([still, still], np.ones(SHAPE))(tf.zeros((1, *SHAPE, 3)), UNDRAWN)
    assert float(loss) == 4 and not found.numpy().any()
