"""The checks of a call: octaves that fit, arguments one by one, before TensorFlow is imported."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import present

from deepdreamr import Recipe
from deepdreamr.errors import (
    ArgumentError,
    DeepDreamError,
    ImageError,
    MemoryLimitError,
    NetworkError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.recipes.published import RECIPES
from deepdreamr.recipes.schedule import octave_shapes
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs._sizes import check_octaves
from deepdreamr.runs.checking import check
from deepdreamr.runs.request import Request

GREY = np.full((120, 150, 3), 128, np.uint8)
SIZES = st.tuples(st.integers(1, 3000), st.integers(1, 3000))


def asked(settings: dict[str, Any] | None = None, **arguments: Any) -> Request:
    given = {"image": GREY, "layers": {"mixed0": 1.0}, **arguments}
    return Request(**given, settings={"octaves": 1} | (settings or {}))


# ---- Octaves that fit ----------------------------------------------------------------------------


def fits(shape: tuple[int, int], recipe: Recipe, smallest: int) -> int | None:
    """How many octaves fit as the error says; None where all do."""
    try:
        check_octaves(shape, recipe, smallest)
    except ImageError as error:
        hint = error.hint or ""
        return int(hint.split("=")[1].split(" ")[0]) if "octaves=" in hint else 0
    return None


@given(SIZES, st.integers(1, 12), st.integers(0, 3), st.integers(1, 400), st.booleans())
def test_as_many_octaves_fit_as_are_large_enough(
    shape: Any, octaves: Any, above: Any, smallest: Any, chain: Any
) -> None:
    above = min(above, octaves - 1)
    recipe = Recipe(octaves=octaves, octaves_above=above, octave_chain=chain)
    fit = fits(shape, recipe, smallest)
    if fit is None:
        assert min(octave_shapes(shape, recipe)[0]) >= smallest
        return
    if fit == 0:
        assert min(shape) < smallest
    else:
        assert above < fit < octaves
        assert min(octave_shapes(shape, recipe.replace(octaves=fit))[0]) >= smallest
    if fit:
        assert min(octave_shapes(shape, recipe.replace(octaves=fit + 1))[0]) < smallest


def test_octaves_that_fit_are_the_job_s() -> None:
    recipe = RECIPES["rblog"]
    check_octaves((427, 640), recipe, 75)
    check_octaves((75, 75), recipe.replace(octaves=1), 75)
    job = check(Request(image=np.zeros((427, 640)), layers="mixed0"))
    assert job.shapes == octave_shapes((427, 640), recipe) and job.smallest == 27


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (
            (160, 200),
            "160x200 shrinks to 29x37, and .* at least 75 pixels each way. octaves=3 fit.",
        ),
        ((105, 900), "105x900 shrinks to 19x167, .* octaves=2 fit."),
        ((75, 75), "75x75 shrinks to 13x13, .* octaves=1 fits."),
    ],
)
def test_the_error_says_how_many_fit(shape: tuple[int, int], text: str) -> None:
    with pytest.raises(ImageError, match=f"too small for octaves=6: {text}$"):
        check_octaves(shape, RECIPES["rblog"], 75)


@pytest.mark.parametrize("octaves", [1, 6])
def test_a_picture_for_which_no_octave_fits(octaves: int) -> None:
    with pytest.raises(ImageError, match="at least 75 pixels each way. Received: 300x74"):
        check_octaves((300, 74), RECIPES["rblog"].replace(octaves=octaves), 75)


def test_octaves_without_bounds() -> None:
    below = Recipe(octaves=100, octave_scale=100)
    with pytest.raises(ImageError, match="octaves=1 fits"):
        check_octaves((300, 300), below, 75)
    with pytest.raises(ImageError, match="largest octave must have at most .*Received: 3e"):
        check_octaves((300, 300), below.replace(octaves_above=99), 75)


# ---- The job of a request ------------------------------------------------------------------------


def test_a_job_has_each_argument_with_its_value(tmp_path: Path) -> None:
    request = asked(
        {"octaves": 2.0, "step": 1},
        layers=[{"layer": "mixed0", "weight": 2}, ("mixed1", -1)],
        guide=GREY[:80],
        seed=7.0,
        max_size=140,
        max_memory="64GB",
        save_octaves=tmp_path / "made",
    )
    job = check(request)
    recipe = RECIPES["rblog"].replace(octaves=2, step=1, max_loss=None)
    assert job.request is request and job.recipe == recipe
    assert job.terms == (LayerTerm("mixed0", 2.0), LayerTerm("mixed1", -1.0)) and job.unknown == ()
    assert job.layers == ["mixed0", "mixed1"]
    assert (job.source.name, job.engine, job.training) == ("inception_v3", "fast", False)
    assert (job.precision, job.seed, job.memory) == ("float32", 7, 64 * 10**9)
    assert job.picture.shape == job.shapes[-1] == (112, 140)
    assert job.guide is not None and job.guide.shape == (80, 150)
    assert (job.folder, job.checkpoint) == (tmp_path / "made", None) and present(
        job.folder
    ).is_dir()
    with pytest.raises(dataclasses.FrozenInstanceError):
        job.seed = 3  # type: ignore[misc]


def test_a_seed_is_drawn_where_there_is_none() -> None:
    first, second = (check(asked()).seed for _ in range(2))
    assert first != second and 0 <= first < 2**31


def test_noise_is_the_seed_s() -> None:
    one, same, other = (
        check(asked(image=None, size=(70, 84), seed=seed)).picture.pixels for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert one.shape == (70, 84, 3) and (one != other).mean() > 0.5


def test_unknown_layers_are_left_out_with_one_warning() -> None:
    with pytest.warns(UnknownLayerWarning, match="mixd4. Did you mean mixed4") as caught:
        job = check(asked(layers={"mixed0": 1, "mixd4": 2}))
    assert len(caught) == 1
    assert job.layers == ["mixed0"] and job.unknown == ("mixd4",)
    with pytest.raises(UnknownLayerError):
        check(asked(layers={"mixed0": 1, "mixd4": 2}, missing="error"))


def test_an_unknown_setting_is_refused_with_near_names_and_all() -> None:
    with pytest.raises(ArgumentError, match="unknown argument 'octave_scal'. Did you mean") as no:
        check(asked({"octave_scal": 1.4}))
    assert all(name in str(no.value) for name in ("octave_scale", "max_memory", "jitter"))


# ---- Refused, or noted ---------------------------------------------------------------------------

PROBLEMS: dict[str, tuple[dict[str, Any], list[type[DeepDreamError]]]] = {
    "none": ({}, []),
    "too small": ({"settings": {"octaves": 6}}, [ImageError]),
    "no layer": ({"layers": "mixd0"}, [UnknownLayerError]),
    "one missing": ({"layers": ["mixed0", "x"], "missing": "error"}, [UnknownLayerError]),
    "memory": ({"max_memory": "50MB"}, [MemoryLimitError]),
    "two": (
        {"layers": ["mixed0", "x"], "missing": "error", "settings": {"octaves": 6}},
        [UnknownLayerError, ImageError],
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_what_a_picture_cannot_be_dreamed_for_is_raised_or_handed_over(case: Any) -> None:
    arguments, kinds = PROBLEMS[case]
    found: list[DeepDreamError] = []
    job = check(asked(**arguments), found.append)
    assert [type(error) for error in found] == kinds
    assert job.shapes and job.picture.shape == (120, 150)
    if kinds:
        with pytest.raises(kinds[0]) as caught:
            check(asked(**arguments))
        if kinds[0] is not MemoryLimitError:  # the process may have grown
            assert str(caught.value) == str(found[0])


def test_an_argument_that_is_wrong_is_always_raised() -> None:
    for arguments in ({"seed": -1}, {"precision": "float8"}, {"settings": {"step": -1}}):
        with pytest.raises(ArgumentError):
            check(asked(**arguments), lambda error: pytest.fail("handed over"))


def test_too_little_memory_is_found_before_the_network_is_loaded() -> None:
    code = """
import sys
import numpy as np
from deepdreamr import dream
from deepdreamr.errors import MemoryLimitError
try:
    dream(np.zeros((480, 640, 3), np.uint8), max_memory="300MB")
except MemoryLimitError:
    print("tensorflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"guide": np.zeros((9, 11))[None]}, ImageError, "`guide`: an array must have the shape"),
        ({"guide": np.zeros((9, 11, 3), np.uint8)}, ImageError, "the guide is too small: .*9x11"),
        ({"engine": "kers"}, ArgumentError, "must be one of fast, keras"),
        ({"engine": "keras", "precision": "bfloat16"}, NetworkError, "computes in float32"),
    ],
)
def test_what_a_network_or_an_engine_cannot_do_is_known_without_tensorflow(
    arguments: Any, error: Any, words: str
) -> None:
    picture = np.zeros((90, 100, 3), np.uint8)
    one_octave = {"octaves": 1}
    with pytest.raises(error, match=words):
        check(Request(image=picture, layers="mixed0", settings=one_octave, **arguments))


def test_plain_keras_runs_no_file(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"whatever")
    with pytest.raises(NetworkError, match="runs applications and keras.Model objects only"):
        check(Request(image=np.zeros((9, 9, 3)), layers="x", network=path, engine="keras"))
