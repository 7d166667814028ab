"""Pooling behind what it may change places with: the same numbers in an order that costs less."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from toys import picture, randomized

from deepdreamr.networks.engine.reordering import reordered
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.loading import load_network
from deepdreamr.networks.nodes import Network, needed_nodes

layers = keras.layers


def chain(*parts: keras.layers.Layer) -> tuple[keras.Model, Network]:
    """A convolution, the parts one after another, and a convolution named "last"."""
    x = image = keras.Input((None, None, 3))
    for part in (layers.Conv2D(6, 3, name="first"), *parts, layers.Conv2D(4, 3, name="last")):
        x = part(x)
    model = randomized(keras.Model(image, x))
    return model, load_network(model)


def order(net: Network, *targets: str, training: bool = False) -> list[str]:
    nodes = needed_nodes(net.nodes, targets)
    new = reordered(nodes, targets, training=training)
    assert {node.name for node in new} == {node.name for node in nodes}
    seen: set[str] = set()
    for node in new:
        assert seen.issuperset(node.inputs)
        seen.add(node.name)
    return [node.name for node in new if node.op != "input"]


def average(**options: Any) -> Any:
    return layers.AveragePooling2D(3, **{"strides": 1, "padding": "same", "name": "pool"} | options)


def pointwise(**options: Any) -> Any:
    return layers.Conv2D(2, 1, **{"name": "pointwise"} | options)


MOVED = {
    "average, 1x1": ([average(), pointwise()], ["pointwise", "pool"]),
    "average, unpadded": ([average(padding="valid"), pointwise()], ["pointwise", "pool"]),
    "average, 1x1, norm, relu": (
        [
            average(),
            pointwise(use_bias=False),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
        ],
        ["pointwise", "norm", "pool", "relu"],
    ),
    "norm, relu, maximum": (
        [
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(3, 2, name="pool"),
        ],
        ["norm", "pool", "relu"],
    ),
    "relu6, padded maximum": (
        [layers.ReLU(6.0, name="relu"), layers.MaxPooling2D(2, 1, padding="same", name="pool")],
        ["pool", "relu"],
    ),
}
STAYS = {
    "a stride": [average(strides=2), pointwise()],
    "a larger kernel": [average(), layers.Conv2D(2, 3, name="wide")],
    "a strided kernel": [average(), pointwise(strides=2)],
    "an activation": [average(), pointwise(activation="relu")],
    "a maximum": [layers.MaxPooling2D(3, 1, name="pool"), pointwise()],
    "what is no ReLU": [
        layers.Activation("tanh", name="tanh"),
        layers.MaxPooling2D(3, 2, name="pool"),
    ],
    "average of a ReLU": [layers.ReLU(name="relu"), average()],
}


@pytest.mark.parametrize(("parts", "wanted"), MOVED.values(), ids=MOVED)
def test_pooling_is_moved_and_nothing_else_changes(
    parts: Any, wanted: Any, engine_equals_keras: Any
) -> None:
    _, net = chain(*[type(part).from_config(part.get_config()) for part in parts])
    assert order(net, "last") == ["first", *wanted, "last"]
    engine_equals_keras(net, ["last"], picture(21, 26))


@pytest.mark.parametrize("parts", STAYS.values(), ids=STAYS)
def test_what_may_not_change_places_stays(parts: Any) -> None:
    _, net = chain(*[type(part).from_config(part.get_config()) for part in parts])
    assert order(net, "last") == [node.name for node in net.nodes if node.op != "input"]


def test_the_picture_s_own_statistics_are_taken_after_the_pooling(engine_equals_keras: Any) -> None:
    _, net = chain(average(), pointwise(), layers.BatchNormalization(name="norm"))
    assert order(net, "last", training=True) == ["first", "pointwise", "pool", "norm", "last"]
    assert order(net, "last") == ["first", "pointwise", "norm", "pool", "last"]
    engine_equals_keras(net, ["last"], picture(21, 26), training=True, tolerance=1e-4)


@pytest.mark.parametrize("target", ["pool", "pointwise"])
def test_a_layer_asked_for_keeps_its_own_activation(target: str, engine_equals_keras: Any) -> None:
    _, net = chain(average(), pointwise())
    assert order(net, target, "last") == ["first", "pool", "pointwise", "last"]
    engine_equals_keras(net, [target, "last"], picture(21, 26))


def test_what_another_layer_reads_too_stays() -> None:
    image = keras.Input((None, None, 3))
    relu = layers.ReLU(name="relu")(layers.Conv2D(6, 3, name="first")(image))
    pool = layers.MaxPooling2D(3, 1, padding="same", name="pool")(relu)
    model = randomized(keras.Model(image, layers.Add(name="last")([relu, pool])))
    assert order(load_network(model), "last") == ["first", "relu", "pool", "last"]


def test_inception_pools_a_quarter_of_the_channels() -> None:
    names = order(Network("v3", inception_v3(), lambda _: {}, "tf", ""), "mixed5")
    assert len([name for name in names if name.startswith("average_pooling2d")]) == 5
    nodes = {node.name: node for node in reordered(inception_v3(), ["mixed5"])}
    for name in names:
        (*inputs,) = nodes[name].inputs
        if name.startswith("average_pooling2d"):
            assert inputs[0].startswith("batch_normalization")
        if nodes[name].op == "max_pool" and name != "max_pooling2d_2":  # that one's is shared
            assert inputs[0].startswith("batch_normalization")
