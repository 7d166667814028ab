"""Layers that can be had at one size of picture only, as a class behind a flattening."""

from typing import Any

import keras
import numpy as np
import pytest
from toys import randomized, small_model

from deepdreamr import LayerTerm, dream, feature_maps, layer_sheet, plan
from deepdreamr.errors import ImageError

layers = keras.layers
PIXELS = np.random.default_rng(0).integers(0, 255, (32, 48, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def classifier() -> Any:
    image = keras.Input((32, 48, 3))
    x = layers.Conv2D(6, 3, strides=2, name="conv")(image)
    x = layers.PReLU(name="places")(x)
    x = layers.Dense(5, name="scores")(layers.Flatten(name="flat")(x))
    return randomized(keras.Model(image, x))


@pytest.mark.parametrize("layer", ["scores", "places"])
@pytest.mark.parametrize(
    "more", [{}, {"engine": "keras"}, {"max_memory": "16GB"}, {"tile_size": 16}]
)
def test_a_class_is_dreamed_at_the_size_of_the_model(
    classifier: Any, layer: str, more: Any
) -> None:
    d = dream(PIXELS, {layer: 1.0}, network=classifier, octaves=1, iterations=3, **more)
    assert d.image.shape == PIXELS.shape
    assert d.losses[-1][-1] > d.losses[0][-1]


def test_one_class_of_noise(classifier: Any) -> None:
    given = {"network": classifier, "octaves": 1, "iterations": 2, "size": (32, 48)}
    d = dream(None, [LayerTerm("scores", channels=3)], **given)
    assert d.image.shape == (32, 48, 3)
    assert plan(None, {"scores": 1.0}, **given).octaves


@pytest.mark.parametrize(
    "shape, octaves, received", [((32, 48), 2, "of which an octave is"), ((40, 48), 1, "40x48")]
)
def test_another_size_is_one_line_that_says_what_works(
    classifier: Any, shape: tuple[int, int], octaves: int, received: str
) -> None:
    pixels = np.zeros((*shape, 3), np.uint8)
    with pytest.raises(ImageError, match=f"(?s)32x48, the size .*{received}.*octaves=1"):
        dream(pixels, {"scores": 1.0}, network=classifier, octaves=octaves)


def test_a_guide_has_that_size_too(classifier: Any) -> None:
    given = {"network": classifier, "octaves": 1, "iterations": 1}
    dream(PIXELS, {"places": 1.0}, guide=PIXELS[::-1], **given)
    with pytest.raises(ImageError, match="guide must have the only size .* 32x48"):
        dream(PIXELS, {"places": 1.0}, guide=np.zeros((60, 60, 3), np.uint8), **given)


def test_maps_and_sheets_of_such_layers(classifier: Any) -> None:
    assert feature_maps(PIXELS, "places", network=classifier).shape == (15, 23, 6)
    sheet = layer_sheet(
        PIXELS, ["conv", "scores"], network=classifier, octaves=1, iterations=1, max_loss=None
    )
    assert sheet.layers == ("conv", "scores")


def test_layers_before_it_have_every_size() -> None:
    dream(PIXELS, {"second_relu": 1.0}, network=small_model(40), octaves=2, iterations=1)
