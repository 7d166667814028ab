"""What models take: grey pictures, pictures with opacity, and other inputs, which are zero."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from toys import saved

from deepdreamr.errors import NetworkError, NetworkWarning
from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.conventions import CONVENTIONS, INPUTS, input_of
from deepdreamr.networks.loading import load_network

L = keras.layers


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (1, 40, 48, 3)).astype(np.float32)


def blurred(picture: Any, filters: Any = 4) -> Any:
    return L.Conv2D(filters, 3, activation="relu", name="found")(picture)


def activation(network: Any, image: Any, **options: Any) -> Any:
    (own,) = activations_of(network, ("found",), **options)(image)
    return np.asarray(own)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("kind", ["object", "keras", "h5"])
def test_a_grey_network_sees_the_luminance(
    tmp_path: Path, image: np.ndarray, convention: Any, kind: str
) -> None:
    keras.utils.set_random_seed(1)
    picture = keras.Input((32, 32, 1))
    model = keras.Model(picture, blurred(picture))
    path = tmp_path / f"grey.{kind}"
    if kind != "object":
        saved(model, path)
    network = load_network(model if kind == "object" else path, convention=convention)
    grey = image @ np.array([0.299, 0.587, 0.114], np.float32)
    seen = np.mean(INPUTS[convention](np.repeat(grey[..., None], 3, axis=3)), axis=3, keepdims=True)
    any_size = keras.Sequential([keras.Input((None, None, 1)), L.Conv2D(4, 3, activation="relu")])
    any_size.set_weights(model.get_weights())
    wanted = np.asarray(any_size(seen.astype(np.float32)))
    np.testing.assert_allclose(activation(network, image), wanted, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("convention", "opaque"), [("tf", 1), ("0-1", 1), ("0-255", 255)])
def test_a_fourth_channel_is_opaque(image: np.ndarray, convention: str, opaque: int) -> None:
    picture = keras.Input((None, None, 4))
    model = keras.Model(picture, blurred(picture))
    network = load_network(model, convention=convention)
    alpha = np.full((1, 40, 48, 1), opaque, np.float32)
    wanted = np.asarray(model(np.concatenate([INPUTS[convention](image), alpha], axis=3)))
    np.testing.assert_allclose(activation(network, image), wanted, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(input_of(convention)(image), INPUTS[convention](image))


@pytest.mark.parametrize("kind", ["object", "keras", "h5"])
def test_a_second_input_is_held_at_zero_and_that_is_said(
    tmp_path: Path, image: np.ndarray, kind: str
) -> None:
    picture, mood = keras.Input((None, None, 3)), keras.Input((2,), dtype="int32", name="mood")
    known = L.Reshape((1, 1, 8))(L.Embedding(5, 4)(mood))
    model = keras.Model([mood, picture], L.Add()([blurred(picture, 8), known]))
    path = tmp_path / f"two.{kind}"
    if kind != "object":
        saved(model, path)
    with pytest.warns(NetworkWarning, match="mood is held at zero"):
        network = load_network(model if kind == "object" else path)
    last = network.layer_names[-1]
    wanted = np.asarray(model([np.zeros((1, 2), np.int32), image]))
    for engine in ("fast", "keras") if kind == "object" else ("fast",):
        (own,) = activations_of(network, (last,), engine=engine)(image)
        np.testing.assert_allclose(own, wanted, rtol=1e-4, atol=1e-5)
    assert "mood" not in network.layer_names


def test_two_pictures_are_refused() -> None:
    first, second = keras.Input((None, None, 3)), keras.Input((None, None, 3))
    with pytest.raises(NetworkError, match="must take one picture"):
        load_network(keras.Model([first, second], L.Add()([first, second])))


@pytest.mark.filterwarnings("error")
def test_where_warnings_are_errors_it_is_the_warning(tmp_path: Path) -> None:
    picture, mood = keras.Input((None, None, 3)), keras.Input((1, 1, 8), name="mood")
    path = saved(
        keras.Model([picture, mood], L.Add()([blurred(picture, 8), mood])), tmp_path / "a.h5"
    )
    with pytest.raises(NetworkWarning, match="mood is held at zero"):
        load_network(path)
