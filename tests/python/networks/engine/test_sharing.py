"""Layers with parts in common: each as it is alone, and nothing traced twice."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import keras
import numpy as np
import pytest
from toys import picture, randomized, small_model, with_gradient

from deepdreamr.networks.engine.sharing import SharedTrunks
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import load_network

WAYS: dict[str, Any] = {"training": False, "precision": "float32"}


def forked() -> keras.Model:
    """A model of two branches that meet, with a list of tensors within."""
    layers = keras.layers
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(6, 3, activation="relu", name="first")(image)
    left = layers.Conv2D(4, 3, padding="same", name="left")(x)
    left = layers.BatchNormalization(name="left_norm")(left)
    right = layers.AveragePooling2D(3, 1, padding="same", name="pool")(x)
    right = layers.Conv2D(4, 1, name="right")(right)
    x = layers.Concatenate(name="both")([left, right])
    x = layers.Activation("relu", name="relu")(x)
    x = layers.MaxPooling2D(name="smaller")(x)
    return randomized(keras.Model(image, layers.Conv2D(5, 3, name="last")(x)))


@pytest.mark.slow
@pytest.mark.parametrize("frugal", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("make", [small_model, forked])
def test_each_layer_is_what_it_is_alone(make: Any, training: bool, frugal: bool) -> None:
    network, image = load_network(make(), convention="tf"), picture(20, 26)
    ways = WAYS | {"training": training}
    shared = SharedTrunks(network, network.layer_names, **ways)
    for layer in reversed(network.layer_names):
        alone = Trunk(network, [layer], **ways)
        wanted = with_gradient(functools.partial(alone, frugal=frugal), image)
        given = with_gradient(functools.partial(shared[layer], frugal=frugal), image)
        for ours, theirs in zip(given, wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(shared[layer](image)[0], wanted[0])
        assert shared[layer].gradient_bytes(40) == alone.gradient_bytes(40)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_so_it_is_in_half_precision(precision: str) -> None:
    network, image = load_network(forked(), convention="tf"), picture(20, 26)
    ways = WAYS | {"precision": precision}
    shared = SharedTrunks(network, ["first", "both", "last"], **ways)
    for layer in ("last", "both", "first"):
        wanted = with_gradient(Trunk(network, [layer], **ways), image)
        for ours, theirs in zip(with_gradient(shared[layer], image), wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_list_does_not_go_from_part_to_part() -> None:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, name="first")(image)
    left, right = keras.ops.split(x, 2, axis=-1)
    left = keras.layers.Conv2D(4, 3, padding="same", name="left")(left)
    right = keras.layers.Conv2D(4, 3, padding="same", name="right")(right)
    model = randomized(keras.Model(image, keras.layers.Concatenate(name="both")([left, right])))
    network, noise = load_network(model, convention="tf"), picture(20, 26)
    shared = SharedTrunks(network, ["left", "both", "right"], **WAYS)
    for layer in ("left", "both", "right"):
        wanted = with_gradient(Trunk(network, [layer], **WAYS), noise)
        for ours, theirs in zip(with_gradient(shared[layer], noise), wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_no_node_is_made_or_traced_twice_and_none_that_a_layer_does_not_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, run = load_network(forked(), convention="tf"), Trunk.run
    traced: Counter[str] = Counter()

    def counted(self: Trunk, steps: Any, *others: Any) -> None:
        traced.update(node.name for node, _ in steps)
        run(self, steps, *others)

    monkeypatch.setattr(Trunk, "run", counted)
    shared, image = SharedTrunks(network, ["left_norm", "both", "last"], **WAYS), picture(20, 26)
    with_gradient(shared["left_norm"], image)
    assert not {"right", "both", "last"} & traced.keys()
    for layer in ("both", "last", "left_norm"):
        with_gradient(shared[layer], image)
    assert set(traced.values()) == {1} and "last" in traced
