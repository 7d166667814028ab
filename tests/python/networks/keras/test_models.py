"""Keras models laid open: names, nesting, sizes, phases, and what cannot be dreamed with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import picture, randomized, small_model

from deepdreamr.errors import NetworkError
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.keras.models import model_nodes
from deepdreamr.networks.nodes import Network, layer_names
from deepdreamr.networks.sizes import activation_shapes, cell_stride, smallest_size

layers = keras.layers


def network(model: keras.Model) -> Network:
    nodes, parameters = model_nodes(model)
    return Network("toy", nodes, parameters, "tf", "toy")


def activation(model: keras.Model, layer: str, image: tf.Tensor, **options: Any) -> np.ndarray:
    return Trunk(network(model), [layer], **options)(image)[0].numpy()


def transfer(size: int | None = 64, phase: bool | None = None) -> keras.Model:
    """A classifier of a user's own: a MobileNet within a model, and a new head."""
    base = keras.applications.MobileNet(
        alpha=0.25, weights=None, include_top=False, input_shape=(size, size, 3)
    )
    image = keras.Input((size, size, 3))
    x = base(image) if phase is None else base(image, training=phase)
    x = layers.Conv2D(12, 1, activation="relu", name="own_conv")(x)
    x = layers.BatchNormalization(name="own_norm")(x)
    x = layers.Dense(4, name="scores")(layers.GlobalAveragePooling2D(name="mean")(x))
    return randomized(keras.Model(image, x, name="classifier"))


def test_names_are_the_layers_in_forward_order() -> None:
    names = layer_names(model_nodes(small_model(32))[0])
    assert names == (
        *("first", "first_norm", "first_relu", "pool", "second", "second_norm", "second_relu"),
        *("flat", "scores"),
    )


def test_layers_of_a_nested_model_are_named_and_run_at_another_size() -> None:
    model = transfer()
    base = model.layers[1]
    net = network(model)
    assert {"conv_dw_5_relu", base.name, "own_conv", "scores"} <= set(net.layer_names)
    image = picture(70, 99)
    any_size = keras.applications.MobileNet(
        alpha=0.25, weights=None, include_top=False, input_shape=(None, None, 3)
    )
    any_size.set_weights(base.get_weights())
    inner = keras.Model(any_size.input, any_size.get_layer("conv_dw_5_relu").output)
    wanted = inner(image).numpy()
    got = Trunk(net, ["conv_dw_5_relu"])(image)[0]
    np.testing.assert_allclose(got, wanted, atol=1e-4 * np.std(wanted))
    last, base_output = Trunk(net, ["conv_pw_13_relu", base.name])(image)
    assert np.array_equal(last, base_output)
    assert Trunk(net, ["scores"])(image)[0].shape == (1, 4)


def test_the_whole_model_is_the_same_at_its_own_size() -> None:
    model, image = transfer(), picture(64, 64)
    np.testing.assert_allclose(activation(model, "scores", image), model(image), atol=1e-4)


def test_names_that_are_taken_get_the_name_of_their_model_in_front() -> None:
    inner = small_model(name="inner")
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(3, 1, name="first")(image)
    model = keras.Model(image, inner(x))
    names = layer_names(model_nodes(model)[0])
    assert names[:2] == ("first", "inner/first") and "second" in names


def test_a_layer_that_is_used_twice() -> None:
    image = keras.Input((None, None, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    model = randomized(keras.Model(image, shared(shared(image))))
    assert layer_names(model_nodes(model)[0]) == ("shared", "shared/2")
    noise = picture(9, 11)
    np.testing.assert_allclose(activation(model, "shared/2", noise), model(noise), atol=1e-5)


def test_sequential_models_and_operations_of_keras_ops() -> None:
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3, name="only")])
    assert activation(randomized(model), "only", picture(8, 9)).shape == (1, 6, 7, 4)
    image = keras.Input((24, 24, 3))
    x = keras.ops.subtract(image, np.array([0.1, 0.2, 0.3], np.float32))
    x = keras.ops.image.resize(x, (12, 12))
    model = keras.Model(image, layers.Conv2D(2, 3, name="conv")(keras.ops.sin(x)))
    noise = picture(24, 24)
    np.testing.assert_allclose(activation(model, "conv", noise), model(noise), atol=1e-5)


def test_several_outputs_of_one_layer() -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(6, 1, name="conv")(image)
    first, second = keras.ops.split(x, 2, axis=-1)
    model = randomized(keras.Model(image, keras.ops.multiply(first, second)))
    names = layer_names(model_nodes(model)[0])
    split = names[1]
    assert names[:3] == ("conv", split, f"{split}:1") and split.startswith("split")
    noise = picture(5, 6)
    whole, half = Trunk(network(model), ["conv", f"{split}:1"])(noise)
    assert np.array_equal(whole[..., 3:], half)


@pytest.mark.parametrize("training", [False, True])
def test_the_phase_of_keras(training: bool) -> None:
    model = transfer(None)
    before = model.get_weights()
    image = picture(128, 160)
    copy = transfer(None)
    copy.set_weights(before)
    cut = keras.Model(copy.input, copy.get_layer("own_norm").output)
    wanted = cut(image, training=training)
    got = activation(model, "own_norm", image, training=training)
    assert np.abs(got - wanted).max() < (5e-3 if training else 1e-4) * np.std(wanted)
    after = model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    if training:  # in Keras they do change
        changed = zip(before, copy.get_weights(), strict=True)
        assert not all(np.array_equal(a, b) for a, b in changed)


@pytest.mark.parametrize("how", ["called so", "not trainable"])
def test_a_part_whose_phase_is_fixed_stays_in_inference(how: str) -> None:
    model = transfer(None, phase=False if how == "called so" else None)
    if how == "not trainable":
        model.layers[1].trainable = False
    image = picture(64, 96)
    still, trained = (
        activation(model, "conv_pw_3_relu", image, training=training) for training in (False, True)
    )
    np.testing.assert_allclose(still, trained, atol=1e-5)
    own = [activation(model, "own_norm", image, training=training) for training in (False, True)]
    assert np.abs(own[0] - own[1]).max() > 0.1


def test_a_dense_head_needs_the_size_that_the_model_was_saved_with() -> None:
    model = small_model(32)
    net = network(model)
    (scores,) = Trunk(net, ["scores"])(picture(32, 32))
    np.testing.assert_allclose(scores, model(picture(32, 32)), rtol=1e-4, atol=1e-5)
    assert Trunk(net, ["second_relu"])(picture(40, 50))[0].shape == (1, 20, 25, 8)


def test_parameters_for_each_place_need_the_size_of_the_model() -> None:
    image = keras.Input((16, 16, 3))
    x = layers.PReLU(name="everywhere")(layers.Conv2D(4, 3, padding="same", name="conv")(image))
    x = layers.PReLU(shared_axes=[1, 2], name="shared")(x)
    fixed = {n.name for n in model_nodes(keras.Model(image, x))[0] if n.fixed}
    assert fixed == {"everywhere"}


def test_a_net_that_shrinks_and_grows_runs_at_every_size() -> None:
    x = image = keras.Input((32, 32, 3))
    kept = []
    for level in range(3):
        kept.append(layers.Conv2D(4, 3, padding="same", activation="relu", name=f"in{level}")(x))
        x = layers.MaxPooling2D(2, padding="same" if level == 1 else "valid")(kept[-1])
    for level in reversed(range(3)):
        x = layers.Concatenate(name=f"out{level}")([layers.UpSampling2D()(x), kept[level]])
        x = layers.Add(name=f"sum{level}")([x, layers.Conv2D(x.shape[-1], 1)(x)])
    model = randomized(keras.Model(image, x))
    net = network(model)
    names = [name for name in net.layer_names if name.startswith(("out", "sum"))]
    trunk = Trunk(net, names)
    noise = picture(32, 32)
    np.testing.assert_allclose(trunk(noise)[-1], model(noise), rtol=1e-4, atol=1e-5)
    for size in range(17, 33):
        shapes = activation_shapes(net.nodes, (size, 50 - size))
        values = trunk(picture(size, 50 - size))
        assert [tuple(value.shape[1:3]) for value in values] == [shapes[name] for name in names]


def test_sizes_that_only_keras_knows() -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2DTranspose(4, 3, strides=2, name="transposed")(image)
    x = layers.Cropping2D(((1, 2), (0, 3)), name="cropped")(x)
    x = layers.UpSampling2D((3, 2), name="grown")(x)
    x = layers.Resizing(20, 30, name="resized")(x)
    net = network(keras.Model(image, x))
    for size in ((7, 9), (20, 31)):
        shapes = activation_shapes(net.nodes, size)
        values = Trunk(net, net.layer_names)(picture(*size))
        assert [tuple(value.shape[1:3]) for value in values] == [
            shapes[name] for name in net.layer_names
        ]
    assert cell_stride(net.nodes, "transposed") == (1, 1)
    assert cell_stride(net.nodes, "resized") == (0, 0)
    assert smallest_size(net.nodes, ["cropped"]) == 2


class Doubled(layers.Layer):  # type: ignore[name-defined]
    """A user's own layer."""

    def call(self, x: Any) -> Any:
        return 2 * x


class Subclassed(keras.Model):
    """A model whose graph cannot be read."""

    def call(self, x: Any) -> Any:
        return x


def test_own_layers_of_a_model_object_are_called_as_they_are() -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(3, 1, name="conv")(Doubled(name="doubled")(image))
    model = randomized(keras.Model(image, layers.Lambda(lambda y: y + 1, name="plus")(x)))
    noise = picture(6, 7)
    np.testing.assert_allclose(activation(model, "plus", noise), model(noise), atol=1e-6)


def two_inputs() -> keras.Model:
    images = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    return keras.Model(images, layers.Add()(images))


def spectral() -> keras.Model:
    image = keras.Input((8, 8, 7))
    return keras.Model(image, layers.Conv2D(2, 3)(image))


@pytest.mark.parametrize(
    "make, message",
    [
        (Subclassed, "must be functional or sequential, and built"),
        (lambda: keras.Sequential([layers.Conv2D(3, 3)]), "and built"),
        (two_inputs, "must take one picture"),
        (spectral, r"must take one picture, .*\(None, 8, 8, 7\)"),
    ],
)
def test_models_that_cannot_be_dreamed_with(make: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        model_nodes(make())


def test_a_norm_along_the_height_needs_the_size_of_the_model() -> None:
    image = keras.Input((16, 16, 3))
    x = layers.BatchNormalization(axis=1, name="rows")(layers.Conv2D(4, 3, name="conv")(image))
    fixed = {n.name: n.fixed for n in model_nodes(keras.Model(image, x))[0] if n.fixed}
    assert fixed == {"rows": (16, 16)}
