"""A recipe beside the transcription of its source: one step, and a whole dream.

The ascent is chaotic: a unit that a rounding error switches on or off changes the gradient, and at
the published steps a change of 1e-7 in the picture moves Keras's own result by 2 to 10 % in the
loss and to a PSNR of 25 to 50 dB. So a whole dream is compared at a small share of the step, where
rounding does not grow, and the published step where an octave starts, from the oracle's own image.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import feature_oracles
import keras
import numpy as np
import oracles
import tensorflow as tf

from deepdreamr import RECIPES, Dream, dream
from deepdreamr.core.ascent import climb
from deepdreamr.core.gradient import LossGradient
from deepdreamr.errors import DreamStoppedWarning
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import known_nodes, load_network
from deepdreamr.networks.sizes import smallest_size
from deepdreamr.networks.weights import bundled_parameters
from deepdreamr.recipes.terms import layer_terms

SEED = 7
SHARE = 0.02  # of the published step
ORACLES: dict[str, Callable[..., tuple[np.ndarray, oracles.Losses]]] = {
    "keras": oracles.keras,
    "chollet1": oracles.chollet1,
    "chollet2": oracles.chollet2,
    "rblog": oracles.rblog,
    "keras-io": oracles.keras_io,
    "inception5h": oracles.inception5h,
    "tf2": oracles.tf2,
    "tf2-octaves": oracles.tf2_octaves,
    "google2015": oracles.google2015,
    "laplace2015": feature_oracles.laplace2015,
    "gordic": oracles.gordic,
}
STEPS = {"inception5h": 3.0, "gordic": 0.09}  # in the system's own units, if those are not ours


def keras_inception() -> Callable[..., Callable[..., Any]]:
    """Keras's own InceptionV3 with the bundled parameters, cut at layers: names → image →
    activations. Traced once for all sizes: Keras's layers take 0.3 s a gradient, one by one."""
    keras.utils.clear_session()
    model = keras.applications.InceptionV3(include_top=False, weights=None)
    read = bundled_parameters()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([read(layer.name)["kernel"]])
        if isinstance(layer, keras.layers.BatchNormalization):
            arrays = read(layer.name)
            layer.set_weights([arrays[n] for n in ("beta", "moving_mean", "moving_variance")])

    @functools.cache
    def cut(*layers: str) -> Callable[..., Any]:
        part = keras.Model(model.input, [model.get_layer(name).output for name in layers])
        shape = tf.TensorSpec((1, None, None, 3), tf.float32)
        traced = tf.function(functools.partial(part, training=False), input_signature=[shape])
        return lambda image, training=False: traced(image)

    return cut


def smallest(name: str) -> int:
    return smallest_size(known_nodes("inception_v3") or (), RECIPES[name].layers)


def run_oracle(
    name: str, model: Any, image: np.ndarray, share: float, settings: dict[str, Any], **more: Any
) -> tuple[np.ndarray, oracles.Losses]:
    """The dream that the transcription makes with these settings of ours, told in its words."""
    recipe, told = RECIPES[name], dict(settings)
    if name == "tf2-octaves":
        octaves = told.pop("octaves", recipe.octaves)
        above = told.pop("octaves_above", recipe.octaves_above)
        told["exponents"] = range(above + 1 - octaves, above + 1)
    if name == "laplace2015":
        told.pop("octaves_above", None)  # all but the first
    if name == "tf2":
        told.pop("octaves", None)  # it has one
    if recipe.tile_size is not None:
        told["smallest"] = smallest(name)
    step, weights = STEPS.get(name, recipe.step) * share, list(recipe.layers.values())
    rng = np.random.default_rng(SEED)
    return ORACLES[name](model, image, weights=weights, step=step, rng=rng, **told, **more)


def first_steps(name: str, image: np.ndarray, **settings: Any) -> list[float]:
    """Each octave's first step at the published size: the largest difference from the oracle's, as
    a share of the largest change. Both see the same network, which Keras's is compared with where
    it is tested: a rounding error of its own would switch units on or off."""
    path, recipe = list[Any](), RECIPES[name].replace(**settings)
    trunk, terms = Trunk(load_network(), recipe.layers), layer_terms(recipe.layers)
    run_oracle(name, lambda image, training: trunk(image), image, 1.0, settings, path=path)
    gradient = LossGradient(trunk, terms, recipe, smallest=smallest(name))
    shares = []
    for before, loss, after, drawn in path:
        random = drawn or np.random.default_rng()
        value, stepped = climb(tf.constant(before), gradient, recipe, random, 0)
        np.testing.assert_allclose(value, loss, rtol=1e-4)
        change = np.abs(after - before).max()
        shares.append(float(np.abs(stepped.numpy() - after).max() / max(change, 1e-30)))
    return shares


def whole_dreams(
    name: str, model: Any, image: np.ndarray, **settings: Any
) -> tuple[Dream, oracles.Losses, float]:
    """A dream at a small share of the step, the oracle's losses, and the PSNR of the two."""
    expected, losses = run_oracle(name, model, image, SHARE, settings)
    with warnings.catch_warnings():  # octaves in which nothing is dreamed, as in the oracle
        warnings.simplefilter("ignore", DreamStoppedWarning)
        step = RECIPES[name].step * SHARE
        result = dream(image, recipe=name, seed=SEED, step=step, **settings)
    final = np.clip(expected, -1, 1).astype(np.float32)
    return result, losses, psnr(result.image[None] / 127.5 - 1, final)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(4 / max(1e-14, np.mean(np.square(one - other)))))
