"""Each recipe against an independent transcription of its published formulas (`oracles.py`).

The ascent is chaotic: a unit that a rounding error switches on or off changes the gradient, and at
the published steps a change of 1e-7 in the picture moves Keras's own result by 2 to 10 % in the
loss and to a PSNR of 25 to 50 dB. So the whole run is compared at a small share of the step, where
rounding does not grow, and the published step at every single iteration of the oracle's own path.
"""

from __future__ import annotations

import warnings

import numpy as np
import oracles
import pytest
import tensorflow as tf

from deepdreamr import RECIPES, dream
from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.errors import DreamStoppedWarning
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import known_nodes, load_network
from deepdreamr.networks.sizes import smallest_size
from deepdreamr.recipes.terms import layer_terms

SEED = 7
SHARE = 0.02  # of the published step


def smallest(recipe: str) -> int:
    return smallest_size(known_nodes("inception_v3"), RECIPES[recipe].layers)


CASES = {
    "keras": (oracles.keras, {"octaves": 3, "iterations": 5}, {}),
    "rblog": (oracles.rblog, {"octaves": 3, "iterations": 5}, {}),
    "keras-io": (oracles.keras_io, {"octaves": 3, "iterations": 4}, {}),
    "inception5h": (
        oracles.inception5h,
        {"octaves": 2, "iterations": 4, "tile_size": 90},
        {"smallest": smallest("inception5h")},
    ),
    "tf2": (oracles.tf2, {"iterations": 8}, {}),
    "tf2-octaves": (
        oracles.tf2_octaves,
        {"iterations": 4, "tile_size": 120, "octaves": 2, "octaves_above": 1},
        {"exponents": (0, 1), "smallest": smallest("tf2-octaves")},
    ),
    "google2015": (oracles.google2015, {"octaves": 2, "iterations": 5}, {}),
    "gordic": (oracles.gordic, {"octaves": 2, "iterations": 5}, {}),
}


def oracle_settings(settings: dict, own: dict) -> dict:
    """The settings under the oracle's names: tf2_octaves lists the exponents of its octaves."""
    names = {"octaves", "octaves_above"} if "exponents" in own else set()
    return {k: v for k, v in settings.items() if k not in names} | own


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(4 / max(1e-14, np.mean(np.square(one - other)))))


def compare(recipe, settings, own, photo, inception):
    layers, step = RECIPES[recipe].layers, RECIPES[recipe].step * SHARE
    expected, losses = CASES[recipe][0](
        inception(*layers),
        photo,
        weights=list(layers.values()),
        step=step,
        rng=np.random.default_rng(SEED),
        **oracle_settings(settings, own),
    )
    with warnings.catch_warnings():  # octaves in which nothing is dreamed, as in the oracle
        warnings.simplefilter("ignore", DreamStoppedWarning)
        result = dream(photo, recipe=recipe, seed=SEED, step=step, **settings)
    assert [(loss.octave, loss.iteration) for loss in result.losses] == [
        (octave + 1, iteration + 1) for octave, iteration, _ in losses
    ]
    np.testing.assert_allclose(
        [loss.loss for loss in result.losses], [loss for *_, loss in losses], rtol=1e-3
    )
    assert psnr(result.image[None] / 127.5 - 1, np.clip(expected, -1, 1)) >= 57


@pytest.mark.parametrize("recipe", CASES)
def test_recipe_equals_its_formulas(recipe, photo, inception):
    _, settings, own = CASES[recipe]
    compare(recipe, settings, own, photo, inception)


def test_inception5h_without_color_blur(photo, inception):
    _, settings, own = CASES["inception5h"]
    compare("inception5h", settings | {"smooth_color": False}, own, photo, inception)


@pytest.mark.parametrize("name", ["keras", "rblog", "keras-io"])
def test_every_iteration_at_the_published_step(name, photo, inception):
    oracle, settings, _ = CASES[name]
    recipe, path = RECIPES[name], []
    layers = recipe.layers
    oracle(inception(*layers), photo, weights=list(layers.values()), path=path, **settings)
    gradient = LossGradient(Trunk(load_network(), layers), layer_terms(layers), recipe)
    assert len(path) >= 4
    for image, loss, further in path:
        value, stepped = climb(tf.constant(image), gradient, recipe, np.random.default_rng(), 0)
        assert value == pytest.approx(loss, rel=1e-4)
        assert psnr(stepped.numpy(), further) >= 50
        if loss > 0:  # keras-io's first octave is all border
            assert psnr(stepped.numpy(), further) > psnr(image, further) + 10


def test_every_published_recipe_is_compared():
    assert set(CASES) == set(RECIPES) - {"vivid"}  # ours: there is nothing published
