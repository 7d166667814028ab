"""What a finished dream says, shows and saves."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_record import a_record, made
from PIL import Image

from deepdreamr import RECIPES, Dream, LayerTerm, dream, show
from deepdreamr.errors import ImageError, OutputError
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.writing import FORMATS
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.runs.result import Loss

LAYERS = {"mixed0": 1.0, "conv2d_2": 0.2}
SMALL = {"octaves": 2, "iterations": 2, "seed": 5}


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> Dream:
    return dream(to_uint8(photo[:, 20:100, 30:122]), LAYERS, **SMALL)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 17, 3), np.uint8)


def a_dream(pixels: np.ndarray, **changes: Any) -> Dream:
    """A dream that nobody dreamed."""
    return Dream(image=pixels, losses=(), seconds=0.1, record=a_record(**changes))


def test_the_settings_are_complete(small: Dream) -> None:
    assert list(small.settings) == list(SETTINGS)
    recipe = RECIPES["rblog"].replace(octaves=2, iterations=2, max_loss=None)
    assert small.settings == {
        **recipe.settings(),
        "chain": list(recipe.settings()["chain"]),
        "transforms": [],
    }
    assert (small.recipe, small.network, small.seed) == ("rblog", "inception_v3", 5)
    assert small.weights.startswith("bundled: InceptionV3")
    assert small.layers == (LayerTerm("mixed0", 1.0), LayerTerm("conv2d_2", 0.2))
    assert (small.training, small.precision, small.stopped) == (False, "float32", None)
    assert (small.source, small.alpha, small.icc_profile) == (None, None, None)
    assert small.seconds > 0
    assert small.engine == "fast"


def test_what_a_dream_says_is_what_its_record_says(pixels: np.ndarray) -> None:
    result = a_dream(pixels, stopped="callback", training=True, precision="bfloat16")
    assert result.octaves == ((342, 457), (480, 640)) and result.shape == (12, 17)
    assert (
        result.layers
        == a_record().terms()
        == (
            LayerTerm("mixed3"),
            LayerTerm("mixed4", -0.5, {66: 1.0, 143: 2.5}),
        )
    )
    for name in ("recipe", "settings", "network", "weights", "training", "precision", "engine"):
        assert getattr(result, name) == result.record[name], name
    for name in ("seed", "device", "stopped", "source"):
        assert getattr(result, name) == result.record[name], name


def test_a_dream_s_text(small: Dream) -> None:
    text = repr(small)
    assert text.startswith("<Dream 92x80 by recipe rblog: mixed0 1, conv2d_2 0.2; inception_v3, ")
    assert f"2 octaves, 4 steps, no max_loss, loss {small.losses[-1].loss:.3f}, " in text
    record = dataclasses.replace(small.record, stopped="callback")
    assert "stopped: callback" in repr(dataclasses.replace(small, record=record))
    assert "no step" in repr(dataclasses.replace(small, losses=()))


def test_a_dream_s_text_counts_and_names_channels(pixels: np.ndarray) -> None:
    assert "mixed3 1, mixed4[66, 143 x 2.5] -0.5; " in repr(a_dream(pixels))
    settings = {**a_record().settings, "max_loss": 10.0}
    layers = [{"layer": "a", "weight": 1.0, "channels": [[n, 1.0] for n in range(9)]}]
    one = a_dream(pixels, octaves=[[12, 17]], settings=settings, layers=layers)
    one = dataclasses.replace(one, losses=(Loss(1, 1, 0.5),))
    assert "a[0, 1, 2, 3, ...] 1; " in repr(one)
    assert "; 1 octave, 1 step, max_loss 10, loss 0.500, " in repr(one)


def test_a_dream_shows_itself_as_a_png(small: Dream) -> None:
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(small._repr_png_()))), small.image
    )


def test_a_dream_is_frozen(small: Dream) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.seed = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.image = None


def test_a_dream_can_be_copied_and_sent_to_another_process(small: Dream) -> None:
    for other in (pickle.loads(pickle.dumps(small)), copy.deepcopy(small)):
        np.testing.assert_array_equal(other.image, small.image)
        assert other.record == small.record and other.losses == small.losses
        assert other.png() == small.png()


# ---- Saved ---------------------------------------------------------------------------------------


def test_a_saved_dream_has_its_pixels(small: Dream, tmp_path: Path) -> None:
    path = small.save(tmp_path / "dream.png")
    np.testing.assert_array_equal(to_uint8(read_picture(path).image), small.image)
    with pytest.raises(OutputError, match="exists already"):
        small.save(path)
    small.save(str(path), overwrite=True)


@pytest.mark.parametrize("suffix", sorted(FORMATS.keys() - {".bmp"}))
def test_a_saved_dream_carries_its_record_unless_it_is_stripped(
    tmp_path: Path, pixels: np.ndarray, suffix: Any
) -> None:
    result = a_dream(pixels)
    path = result.save(tmp_path / f"dream{suffix}")
    assert show(path) == show(str(path)) == show(path.read_bytes()) == a_record()
    bare = result.save(tmp_path / f"bare{suffix}", strip_metadata=True)
    with pytest.raises(ImageError, match=f"'bare{suffix}' does not say how it was made"):
        show(bare)
    assert b"jelly.jpg" not in bare.read_bytes()
    np.testing.assert_array_equal(read_picture(bare).pixels, read_picture(path).pixels)


def test_png_bytes_and_the_dream_itself_say_the_same(pixels: np.ndarray) -> None:
    result = a_dream(pixels)
    assert show(result.png()) == show(result) == a_record()
    with pytest.raises(ImageError):
        show(result.png(strip_metadata=True))
    assert show(result._repr_png_()) == a_record()


def test_a_picture_s_record_is_read_anew_each_time(pixels: np.ndarray) -> None:
    result = a_dream(pixels)
    show(result.png()).settings["step"] = 99
    assert json.loads(result.record.json()) == made() == json.loads(show(result.png()).json())
