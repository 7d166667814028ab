"""Whatever a Keras model is made of, its layers give Keras's own numbers, or it is refused."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from toys import picture, randomized, saved, small_model

from deepdreamr import dream
from deepdreamr.errors import NetworkError
from deepdreamr.networks import _agreement, loading
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.keras import models
from deepdreamr.networks.keras.layers import layer_parameters
from deepdreamr.networks.loading import load_network

layers = keras.layers


def headed(*, policy: Any = None) -> Any:
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, activation="relu", dtype=policy, name="conv")(image)
    x = layers.GlobalAveragePooling2D(dtype=policy)(x)
    x = layers.Dense(16, activation="relu", dtype=policy, name="dense")(x)
    return randomized(keras.Model(image, layers.Dense(4, dtype=policy, name="scores")(x)))


def agrees(model: Any, tolerance: float = 1e-3) -> None:
    image = picture(32, 32)
    (given,) = activations_of(load_network(model), (model.layers[-1].name,))(image)
    wanted = np.asarray(model(image)).astype(np.float32)
    np.testing.assert_allclose(given, wanted, atol=tolerance, rtol=tolerance)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__")  # Keras's quantising under NumPy 2
@pytest.mark.parametrize("mode", ["int8", "float8", "int4"])
def test_quantised_layers_give_their_own_numbers(mode: str) -> None:
    model = headed()
    for name in ("dense", "scores"):
        model.get_layer(name).quantize(mode)
    agrees(model, 0.02)


def test_low_rank_adaptation_counts() -> None:
    model = headed()
    model.get_layer("dense").enable_lora(2)
    agrees(randomized(model, 1))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_precisions_of_its_own(policy: str) -> None:
    agrees(headed(policy=policy), 0.05)


def test_a_patched_layer_is_called_as_it_is() -> None:
    model = headed()
    dense = model.get_layer("dense")
    kept = dense.call
    dense.call = lambda x, **_: 2 * kept(x) + 1
    agrees(model)


def test_a_layer_of_ones_own_is_called_as_it_is() -> None:
    class Doubled(layers.Conv2D):  # type: ignore[name-defined]
        def call(self, inputs: Any) -> Any:
            return 2 * super().call(inputs)

    model = keras.Sequential([keras.Input((32, 32, 3)), Doubled(4, 3, name="doubled")])
    agrees(randomized(model))


def test_layers_that_differ_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(name: Any, layer: Any) -> Any:
        return {"kernel": 3 * layer.kernel.numpy(), "bias": layer.bias.numpy()}

    monkeypatch.setattr(models, "layer_parameters", wrong)
    with pytest.raises(NetworkError, match="layer 'conv' cannot be read rightly"):
        load_network(headed())


def test_a_model_of_any_size_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    right = layer_parameters

    def wrong(name: Any, layer: Any) -> Any:
        return {key: value + 1 for key, value in right(name, layer).items()}

    monkeypatch.setattr(models, "layer_parameters", wrong)
    with pytest.raises(NetworkError, match="layer 'first'"):
        load_network(small_model())


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3"])
def test_upsampling_of_every_kind_is_dreamed(method: str) -> None:
    up = layers.UpSampling2D((2, 3), interpolation=method, name="up")
    conv = layers.Conv2D(4, 3, strides=2)
    model = randomized(keras.Sequential([keras.Input((None, None, 3)), conv, up]))
    assert dream(np.full((64, 72, 3), 0.5), {"up": 1.0}, network=model, octaves=2, iterations=1)


def test_tokens_of_a_transformer_are_layers() -> None:
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 8, strides=8)(image)
    x = layers.Reshape((-1, 8), name="tokens")(x)
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    network = load_network(randomized(keras.Model(image, x)))
    (tokens,) = activations_of(network, ("attention",))(picture(64, 48))
    assert tokens.shape == (1, 48, 8)


def test_layers_before_one_that_keras_cannot_run_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def model() -> Any:
        image = keras.Input((32, 32, 3))
        x = layers.Permute((3, 1, 2))(layers.Conv2D(4, 3, name="conv")(image))
        return keras.Model(image, layers.Conv2D(4, 3, data_format="channels_first")(x))

    load_network(model())

    def wrong(name: Any, layer: Any) -> Any:
        return {"kernel": 3 * layer.kernel.numpy(), "bias": layer.bias.numpy()}

    monkeypatch.setattr(models, "layer_parameters", wrong)
    with pytest.raises(NetworkError, match="layer 'conv' cannot be read rightly"):
        load_network(model())


def test_a_file_is_compared_once_where_it_is_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, compared = saved(headed(), tmp_path / "m.keras"), []
    monkeypatch.setattr(_agreement, "check_agreement", lambda *_: compared.append(True))
    for rehearsed, times in ((True, 0), (False, 1)):
        monkeypatch.setattr(loading, "rehearse", lambda _, known=rehearsed: known)
        load_network(path)
        assert len(compared) == times


@pytest.mark.parametrize(
    "large",
    [
        layers.Resizing(100_000, 100_000),
        layers.UpSampling2D(10**6),
        layers.ZeroPadding2D(10**9),
        layers.RepeatVector(10**9),
    ],
    ids=lambda layer: layer.name,
)
def test_what_is_too_large_is_not_computed_to_be_compared(large: Any) -> None:
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(2, 3, name="conv")(image)
    x = layers.Flatten()(x) if isinstance(large, layers.RepeatVector) else x
    model = keras.Model(image, layers.ReLU(name="last")(large(x)))
    assert "conv" in load_network(model).layer_names


def test_a_model_of_huge_pictures_is_loaded_without_one() -> None:
    image = keras.Input((200_000, 200_000, 3))
    model = keras.Model(image, layers.Conv2D(2, 3, name="conv")(image))
    assert load_network(model).layer_names == ("conv",)
