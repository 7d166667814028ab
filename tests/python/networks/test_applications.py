"""Every family of Keras's applications against Keras: activations, gradients, sizes, paddings."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, randomized

from deepdreamr.networks.applications import (
    APPLICATIONS,
    application_network,
    build,
    canonical_names,
    imagenet_is_kept,
    less_if_even,
)
from deepdreamr.networks.conventions import INPUTS
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.keras.models import model_nodes
from deepdreamr.networks.nodes import Network, Node
from deepdreamr.networks.plain import PlainActivations
from deepdreamr.networks.sizes import activation_shapes, smallest_size

ROOMS = {
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "xception": "xception",
    "resnet50": "resnet",
    "mobilenet": "mobilenet",
    "inception_v3": "inception_v3",
    "mobilenetv3small": "mobilenet_v3",
    "efficientnetb0": "efficientnet",
}


LAYERS = {
    "vgg16": ("block3_conv3", "block5_conv1"),
    "vgg19": ("block3_conv4", "block5_conv4"),
    "xception": ("block4_sepconv2_bn", "block14_sepconv2_act"),
    "resnet50": ("conv3_block2_out", "conv5_block1_2_bn"),
    "mobilenet": ("conv_dw_5_relu", "conv_pw_13_relu"),
    "inception_v3": ("mixed3", "mixed9"),
    "mobilenetv3small": ("expanded_conv_5_add", "activation_17"),
    "efficientnetb0": ("block3b_add", "top_activation"),
}


FOLDED = (
    *("mobilenetv2", "resnet50v2", "densenet121", "nasnetmobile", "inception_resnet_v2"),
    *("efficientnetv2b0", "efficientnetv2s", "convnexttiny"),
)
"""The smallest of the families that `LAYERS` has not, and of their kinds."""

FAMILIES = {
    "resnet50": ("resnet101", "resnet152"),
    "mobilenetv3small": ("mobilenetv3large",),
    "efficientnetb0": tuple(f"efficientnetb{number}" for number in range(1, 8)),
    "resnet50v2": ("resnet101v2", "resnet152v2"),
    "densenet121": ("densenet169", "densenet201"),
    "nasnetmobile": ("nasnetlarge",),
    "efficientnetv2b0": ("efficientnetv2b1", "efficientnetv2b2", "efficientnetv2b3"),
    "efficientnetv2s": ("efficientnetv2m", "efficientnetv2l"),
    "convnexttiny": ("convnextsmall", "convnextbase", "convnextlarge", "convnextxlarge"),
}
"""The larger members of families, by the one that is compared."""


def made(name: str) -> tuple[keras.Model, Network]:
    """Keras's model with random parameters, and the network made of it."""
    keras.utils.clear_session()
    model = randomized(build(name, None))
    return model, application_network(name, model, "random")


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_a_network_of_each_family_is_keras_s(name: str, engine_equals_keras: Any) -> None:
    """By numbers: activations of pictures that Keras has preprocessed, gradients, sizes, folding.

    The gradient's tolerance is of rounding, which on some processors switches a ReLU: of random
    parameters much more depends on one than of trained ones.
    """
    model, network = made(name)
    has_keras_s_activations(name, model, network)
    engine_equals_keras(network, LAYERS[name][:1], picture(60, 71), tolerance=1e-2)
    has_finite_gradients_and_the_sizes_foretold(name, network)
    is_folded_to_the_same(model, network)


def has_keras_s_activations(name: str, model: keras.Model, network: Network) -> None:
    keras_names = {new: old for old, new in canonical_names(model_nodes(model)[0]).items()}
    outputs = {operation.name: operation.output for operation in model.operations}
    image = picture(99, 141)
    prepare = importlib.import_module(f"keras.applications.{ROOMS[name]}").preprocess_input
    cut = keras.Model(model.input, [outputs[keras_names[layer]] for layer in LAYERS[name]])
    wanted = [np.asarray(value) for value in cut(prepare((image.numpy() + 1) * 127.5))]
    folded, unfolded = (Trunk(network, LAYERS[name], fold=fold) for fold in (True, False))
    for activations in (folded, unfolded, PlainActivations(network, LAYERS[name])):
        for layer, ours, theirs in zip(LAYERS[name], activations(image), wanted, strict=True):
            assert np.abs(ours - theirs).max() < 5e-4 * np.std(theirs), (layer, activations)
            assert np.std(theirs) > 1e-3


def has_finite_gradients_and_the_sizes_foretold(name: str, network: Network) -> None:
    smallest = smallest_size(network.nodes, LAYERS[name])
    trunk = Trunk(network, LAYERS[name])
    for shape in ((smallest, smallest), (smallest + 7, smallest + 33), (97, 64 + smallest)):
        image = picture(*shape)
        with tf.GradientTape() as tape:
            tape.watch(image)
            values = trunk(image)
            loss = sum(tf.reduce_mean(tf.square(value)) for value in values)
        gradient = tape.gradient(loss, image).numpy()
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
        shapes = activation_shapes(network.nodes, shape)
        assert [tuple(v.shape[1:3]) for v in values] == [shapes[n] for n in LAYERS[name]]


def is_folded_to_the_same(model: keras.Model, network: Network) -> None:
    """Each folded convolution by itself: random parameters amplify rounding from layer to layer."""
    norms = {node.inputs[0]: node.name for node in network.nodes if node.op == "batch_norm"}
    if not norms:
        assert not any("BatchNorm" in type(layer).__name__ for layer in model.layers)
        return  # the VGGs and the ConvNeXts
    layers = network.layer_names[-1:]
    size = max(75, smallest_size(network.nodes, layers))
    image, folded = picture(size, size + 10), 0
    values: dict[str, Any] = {}
    plain = Trunk(network, layers, fold=False)
    for node, step in plain.steps:
        inputs = [values[name] for name in node.inputs] or [plain.convention(image)]
        values[node.name] = step(*inputs)
    for node, step in Trunk(network, layers).steps:
        if node.op in ("conv", "depthwise", "dense") and node.name in norms:
            got = step(*(values[name] for name in node.inputs)).numpy()
            if not np.array_equal(got, values[node.name]):  # where another node reads it too
                wanted = values[norms[node.name]].numpy()
                assert np.abs(got - wanted).max() < 5e-5 * np.std(wanted), node.name
                folded += 1
    assert folded >= 0.48 * len(norms)  # in DenseNet and ResNetV2 half of them come first


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDED)
def test_folding_changes_nothing_but_rounding(name: str) -> None:
    is_folded_to_the_same(*made(name))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_larger_members_have_nothing_that_is_not_compared(family: str) -> None:
    """They are built without values for their parameters, of which one has 350 million."""
    known = kinds(family)
    for name in FAMILIES[family]:
        assert kinds(name) <= known, name


def kinds(name: str) -> set[tuple[object, ...]]:
    """What there is among a network's nodes: operation, class, options, what a normalisation
    normalises, and whether nothing else reads that, in which case it is folded."""
    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        nodes = application_network(name, build(name, None), "none").nodes
    by_name = {node.name: node for node in nodes}
    readers = Counter(source for node in nodes for source in node.inputs)
    found = set[tuple[object, ...]]()
    for node in nodes:
        options = {key: value for key, value in node.options.items() if not callable(value)}
        before = by_name[node.inputs[0]].op if node.op == "batch_norm" else None
        alone = before and readers[node.inputs[0]] == 1
        found.add((node.op, type(node.layer).__name__, *sorted(options.items()), before, alone))
    return found


def test_every_network_is_compared_or_like_one_that_is() -> None:
    larger = [name for names in FAMILIES.values() for name in names]
    assert sorted([*LAYERS, *FOLDED, *larger]) == sorted(APPLICATIONS)
    assert set(FAMILIES) <= {*LAYERS, *FOLDED}


@pytest.mark.parametrize("size, kernel", [(9, 3), (10, 3), (9, 5), (10, 5), (11, 7), (12, 7)])
def test_paddings_that_keras_chooses_by_the_size_are_those_of_same(size: int, kernel: int) -> None:
    """NASNet pads by the picture's size: what is built for odd ones is right for even ones too."""
    pads = ((kernel // 2,) * 2,) * 2
    built = Node("pad", "zero_pad", ("input",), {"pads": pads}, keras.layers.ZeroPadding2D())
    nodes = (Node("input", "input"), less_if_even(built))
    network = Network("toy", nodes, lambda _: {}, "tf", "none")
    image, weights = picture(size, size + 1), picture(kernel, kernel)[0][..., None]
    same = tf.nn.conv2d(image, weights, 2, "SAME")
    padded = Trunk(network, ["pad"])(image)[0]
    np.testing.assert_allclose(tf.nn.conv2d(padded, weights, 2, "VALID"), same, atol=1e-5)
    assert activation_shapes(nodes, (size, size + 1))["pad"] == tuple(padded.shape[1:3])


def test_every_name_has_a_class_in_keras_and_the_convention_of_its_module() -> None:
    for name, application in APPLICATIONS.items():
        make = getattr(keras.applications, application.class_name)
        room = importlib.import_module(make.__module__)
        pixels = np.array([[[[0.0, 100.0, 255.0]]]], np.float32)
        wanted = room.preprocess_input(pixels.copy())
        got = INPUTS[application.convention](tf.constant(pixels / 127.5 - 1))
        np.testing.assert_allclose(got, wanted, atol=1e-4, err_msg=name)


FILES = {  # as Keras calls them
    "mobilenet": "mobilenet_1_0_224_tf_no_top.h5",
    "mobilenetv2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "mobilenetv3small": "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    "resnet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "resnet50v2": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "nasnetlarge": "NASNet-large-no-top.h5",
    "efficientnetb0": "efficientnetb0_notop.h5",
    "efficientnetv2b0": "efficientnetv2-b0_notop.h5",
    "inception_v3": "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "vgg16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
}


@pytest.mark.parametrize("name", FILES)
def test_what_keras_has_downloaded_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert not imagenet_is_kept(name)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / FILES[name].replace("no", "")).touch()  # with its top
    assert not imagenet_is_kept(name)
    (tmp_path / "models" / FILES[name]).touch()
    assert [known for known in APPLICATIONS if imagenet_is_kept(known)] == [name]
