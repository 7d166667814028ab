"""Any picture, any size, any settings: a picture of the same size comes out, or a typed error."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from toys import small_model

from deepdreamr import RECIPES, DeepDreamError, DeepDreamWarning, LayerTerm, Recipe, dream, show
from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.sizes import smallest_size
from deepdreamr.recipes.schedule import octave_shapes
from deepdreamr.recipes.settings import SETTINGS, setting_type
from deepdreamr.runs.request import ARGUMENTS as OF_A_CALL
from deepdreamr.runs.result import Dream

MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"]
MODES += ["HSV", "I", "F", "I;16"]
SIZES = st.integers(1, 140) | st.sampled_from([1, 2, 26, 27, 28, 74, 75, 76, 96, 139, 140])

few = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def noise(shape: tuple[int, ...], seed: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)


def in_mode(mode: str, shape: tuple[int, int], seed: int) -> Image.Image:
    """A Pillow picture of noise, whatever its mode."""
    if mode == "F":
        return Image.fromarray(noise(shape, seed, np.float32) / 255)
    if mode in ("I", "I;16"):
        return Image.fromarray(noise(shape, seed, np.uint16 if "16" in mode else np.int32) * 256)
    colors = Image.fromarray(noise((*shape, 4), seed), "RGBA")
    if mode in ("1", "L", "P", "CMYK", "YCbCr", "HSV", "RGBX"):
        return colors.convert("RGB").convert(mode)
    if mode in ("LA", "PA", "RGBa", "RGBA"):
        return colors.convert(mode)
    bands = {"La": "LA", "LAB": "RGB"}.get(mode, "RGB")
    first = colors.convert(bands)
    return Image.frombytes(mode, first.size, first.tobytes())


@st.composite
def sources(draw: Any) -> Any:
    """A picture of any size, kind and mode, and its height and width."""
    shape, seed = (draw(SIZES), draw(SIZES)), draw(st.integers(0, 3))
    kind = draw(st.sampled_from([*MODES, "grey", "bool", "float", "uint16", "alpha", "plain"]))
    if kind in MODES:
        return in_mode(kind, shape, seed), shape
    array: np.ndarray = noise((*shape, 3), seed)
    if kind == "plain":
        array = np.full((*shape, 3), draw(st.sampled_from([0, 128, 255])), np.uint8)
    elif kind == "grey":
        array = noise(shape, seed)
    elif kind == "bool":
        array = noise(shape, seed) > 127
    elif kind == "float":
        array = noise((*shape, 3), seed) / 255
    elif kind == "uint16":
        array = noise((*shape, 3), seed, np.uint16) * 257
    elif kind == "alpha":
        array = noise((*shape, 4), seed)
    return array, shape


LAYERS = st.sampled_from(["mixed0", "mixed2", "mixed3", "conv2d_3", "max_pooling2d", "input", "x"])
WEIGHTS = st.floats(-3, 3) | st.sampled_from([0.0, 1e30, -1e30, math.nan])
TERMS = st.lists(
    st.tuples(LAYERS, WEIGHTS)
    | st.builds(LayerTerm, LAYERS, st.floats(-3, 3), st.just([0, 5]) | st.just({9999: 1.0})),
    min_size=1,
    max_size=2,
)


def values_of(name: str) -> st.SearchStrategy[Any]:
    """Values of a setting: its range, its limits, and beyond them."""
    kind, optional = setting_type(name)
    limits = SETTINGS[name].metadata
    if limits["choices"]:
        found = st.sampled_from([*limits["choices"], "nearly"])
    elif kind is bool:
        found = st.booleans()
    elif kind is int:
        found = st.integers(0, 40) | st.sampled_from([-1, 200, 10**6])
    else:
        found = st.floats(0, 3) | st.sampled_from([-1.0, 1e-30, 1e6, 1e30, math.inf, math.nan])
    return found | st.none() if optional else found


QUICK = {"octaves": st.integers(1, 3), "iterations": st.integers(1, 2)}  # so that it takes no time
CHANGES = st.fixed_dictionaries(
    QUICK,
    optional={name: values_of(name) for name in SETTINGS if name not in (*QUICK, "octaves_above")},
)


def check(result: Dream, shape: tuple[int, int]) -> None:
    """A dream is a whole picture of the source's size, and says how it was made."""
    assert result.image.shape == (*shape, 3) and result.image.dtype == np.uint8
    assert result.alpha is None or result.alpha.shape == shape
    assert all(math.isfinite(loss.loss) for loss in result.losses)
    assert len(result.losses) == result.record["steps"]
    assert (result.stopped or "not finite").startswith(("not finite", "no gradient", "max_loss"))
    assert show(result.png()) == result.record


CAME: list[bool] = []


@pytest.fixture(scope="module", autouse=True)
def enough() -> Iterator[None]:
    """Of many examples some were dreams and some were refused, in whatever order the tests ran."""
    yield
    if len(CAME) > 200:
        assert 0.1 < CAME.count(True) / len(CAME) < 0.9


def dreamed(
    source: Any,
    shape: tuple[int, int] | None,
    layers: Any,
    kinds: tuple[str, ...] | None = ("image", "argument", "unknown_layer", "memory"),
    **options: Any,
) -> bool:
    """Whether there was a dream; there may be an error of some kinds instead, but no other."""
    CAME.append(False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeepDreamWarning)
        try:
            result = dream(source, layers, **options)
        except DeepDreamError as error:
            assert kinds is None or error.kind in kinds
            assert error.kind != "internal" and len(str(error)) < 3000
            return False
    check(result, shape or result.shape)
    CAME[-1] = True
    return True


# ---- The real network ----------------------------------------------------------------------------


def fits(shape: tuple[int, int], layer: str, recipe: Recipe) -> bool:
    """Whether the smallest octave is large enough for the layer."""
    return min(octave_shapes(shape, recipe)[0]) >= smallest_size(inception_v3(), [layer])


@pytest.mark.slow
@few
@given(sources(), st.sampled_from(["mixed0", "mixed2", "mixed3"]), st.integers(1, 2))
@example((np.zeros((27, 140, 3)), (27, 140)), "mixed0", 1)
@example((np.zeros((140, 26, 3)), (140, 26)), "mixed0", 1)
@example((np.zeros((1, 1, 3)), (1, 1)), "mixed0", 1)
def test_any_picture(source: Any, layer: Any, octaves: Any) -> None:
    picture, shape = source
    recipe = RECIPES["rblog"].replace(octaves=octaves, iterations=1)
    came = dreamed(picture, shape, layer, recipe=recipe, seed=1)
    assert came == fits(shape, layer, recipe)


@pytest.mark.slow
@few
@given(st.sampled_from(sorted(RECIPES)), SIZES, SIZES)
def test_any_size_by_every_recipe(name: Any, height: Any, width: Any) -> None:
    above = min(1, RECIPES[name].octaves_above)
    recipe = RECIPES[name].replace(octaves=2, octaves_above=above, iterations=1)
    picture = noise((height, width, 3), 0)
    came = dreamed(picture, (height, width), "mixed0", recipe=recipe, seed=1)
    assert came == fits((height, width), "mixed0", recipe)


@pytest.mark.slow
@settings(few, max_examples=12)
@given(TERMS, st.booleans(), st.sampled_from(["warn", "error"]))
def test_any_layers(terms: Any, training: Any, missing: Any) -> None:
    shape, options = (78, 81), dict[str, Any](octaves=1, iterations=1, seed=1)
    options |= {"training": training, "missing": missing}
    dreamed(noise((*shape, 3), 1), shape, terms, **options)


# ---- A small network: any settings ---------------------------------------------------------------


@pytest.fixture(scope="module")
def toy() -> Any:
    return small_model()


@settings(few, max_examples=60)
@given(CHANGES, st.sampled_from(sorted(RECIPES)), st.integers(2, 60), st.integers(2, 60))
def test_any_settings(toy: Any, changes: Any, recipe: Any, height: Any, width: Any) -> None:
    options = {"recipe": recipe, "octaves_above": 0, "network": toy, "seed": 0}
    dreamed(noise((height, width, 3), 2), (height, width), "second_relu", **options, **changes)


ANY_NUMBER = st.none() | st.booleans() | st.integers() | st.floats()
ANYTHING = ANY_NUMBER | st.text(max_size=5) | st.binary(max_size=5)
ANYTHING |= st.sampled_from([[], {}, (1, 2), [[]], {"a": 1}, object, np.nan, np.float32(2), 1j])


@settings(few, max_examples=150)
@given(st.sampled_from(sorted(SETTINGS)), ANYTHING)
def test_a_setting_of_any_type(toy: Any, name: Any, value: Any) -> None:
    quick: dict[str, Any] = {"octaves": 1, "octaves_above": 0, "iterations": 1}
    if name in quick and isinstance(value, int | float):
        value = quick[name]  # a run without end is no error
    options = {"network": toy, "seed": 0, **quick, name: value}
    dreamed(noise((20, 22, 3), 2), (20, 22), "pool", **options)


ARGUMENTS = [*OF_A_CALL, "on_step", "progress", "preview"]


@settings(few, max_examples=150)
@given(st.sampled_from(ARGUMENTS), ANYTHING)
def test_an_argument_of_any_type(
    toy: Any, tmp_path_factory: pytest.TempPathFactory, name: Any, value: Any
) -> None:
    if name in ("save_octaves", "checkpoint") and isinstance(value, str):
        value = tmp_path_factory.mktemp("any") / value
    options = {"image": noise((20, 22, 3), 2), "layers": "pool", "network": toy, "seed": 0}
    options |= {"octaves": 1, "iterations": 1, name: value}
    source, layers = options.pop("image"), options.pop("layers")
    if source is None:
        options["size"] = (20, 22)
    if name in ("on_step", "progress") and value is object:
        options[name] = print
    dreamed(source, None, layers, kinds=None, **options)
