"""Where a dream grows, in which colours, and how much of it is seen."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr import dream, layer_sheet, plan, replay
from deepdreamr.errors import (
    ArgumentError,
    DreamInterrupted,
    ImageError,
    ImageWarning,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.pictures.masks import sized
from deepdreamr.pictures.mixing import mixed, recolored
from deepdreamr.pictures.picture import Picture, picture_uint8, shrunk, to_uint8
from deepdreamr.recipes.published import RECIPES
from deepdreamr.runs import memory
from deepdreamr.runs.checking import check
from deepdreamr.runs.places import Place, Region
from deepdreamr.runs.record import parse_record
from deepdreamr.runs.request import Request

HEIGHT, WIDTH = 80, 92
LAYERS = {"mixed0": 1.0}
SMALL: dict[str, Any] = {"octaves": 2, "iterations": 2, "seed": 5}
RAMP = np.zeros((HEIGHT, WIDTH), np.float32)
RAMP[:, 30:60] = np.linspace(0, 1, 32)[1:-1]
RAMP[:, 60:] = 1
BLACK = RAMP == 0
LARGE = {"octaves": 1, "iterations": 1, "seed": 1}


def tiled(array: np.ndarray) -> np.ndarray:
    """The array beside itself, to 300 x 308 pixels."""
    return np.tile(array, (4, 4, 1) if array.ndim == 3 else (4, 4))[:300, :308]


@pytest.fixture(scope="module")
def picture(photo: np.ndarray) -> np.ndarray:
    """uint8 (80, 92, 3)."""
    return to_uint8(photo[:, 20:100, 30:122])


@pytest.fixture(scope="module")
def plain(picture: np.ndarray) -> Any:
    return dream(picture, LAYERS, **SMALL)


def same(first: Any, second: Any) -> None:
    np.testing.assert_array_equal(first.image, second.image)


# ---- The black part ------------------------------------------------------------------------------


HOW: dict[str, dict[str, Any]] = {
    "as it is": {},
    "rolled": {"jitter": 13},
    "larger octaves": {"octaves": 3, "octaves_above": 2, "octave_scale": 1.2},
    "tiles": {"tile_size": 40, "tile_start": "random", "tile_normalize": True},
    "no detail": {"carry": "image", "resize": "half_pixel"},
    "blended": {"carry": "blend", "octave_sigma": 0.5},
    "detail": {"carry": "detail", "octave_chain": True},
    "smooth": {"sigma": 2.0, "clip": True},
    "small": {"max_size": 60, "octaves": 1},
    "colours": {"keep_colors": True},
    "half": {"strength": 0.5},
    "turned": {"transforms": "pad(4), rotate(10), scale(0.95, 1.05)"},
    "phases": {"recipe": "lucid", "octaves": 1},
    "bands": {"recipe": "laplace2015", "octaves": 1, "octaves_above": 0},
    "a guide": {"guide": RAMP},
    "narrow tiles": {"tile_size": 78},
    "stopped": {"step": 1e30},
}


@pytest.mark.filterwarnings("ignore::deepdreamr.errors.DreamStoppedWarning")
@pytest.mark.parametrize("how", HOW)
def test_the_black_part_is_the_original_to_the_last_bit(how: Any, picture: np.ndarray) -> None:
    options = {**SMALL, **HOW[how]}
    result = dream(picture, LAYERS, mask=RAMP, **options)
    original = picture_uint8(shrunk(Picture(picture), options.get("max_size", WIDTH)))
    black = sized(RAMP, result.shape) == 0
    assert black[:, : result.shape[1] // 4].all() and result.shape == original.shape[:2]
    np.testing.assert_array_equal(result.image[black], original[black])
    if how != "stopped":
        assert np.abs(result.image[~black].astype(int) - original[~black]).mean() > 0.2


def test_the_black_part_in_windows(picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    large, mask = tiled(picture), tiled(RAMP)
    result = dream(large, LAYERS, mask=mask, jitter=9, **LARGE)
    assert result.record["window_pixels"] is not None
    np.testing.assert_array_equal(result.image[mask == 0], large[mask == 0])
    assert np.abs(result.image[mask > 0].astype(int) - large[mask > 0]).mean() > 1


def test_the_black_part_of_a_picture_of_16_bits(picture: np.ndarray, tmp_path: Path) -> None:
    deep = picture.astype(np.uint16) * 257 + np.uint16(100)
    with pytest.warns(ImageWarning, match="16 bits"):
        result = dream(deep, LAYERS, mask=RAMP, **SMALL)
    nearest = np.rint(deep / 257).astype(np.uint8)
    np.testing.assert_array_equal(result.image[BLACK], nearest[BLACK])


def test_the_black_part_of_a_picture_with_transparency(picture: np.ndarray) -> None:
    clear = np.dstack([picture, np.rint(RAMP[::-1, ::-1] * 255).astype(np.uint8)])
    result = dream(clear, LAYERS, mask=RAMP, **SMALL)
    np.testing.assert_array_equal(np.dstack([result.image, result.alpha])[BLACK], clear[BLACK])
    same(result, dream(picture, LAYERS, mask=RAMP, **SMALL))


def test_pictures_of_octaves_have_the_original_of_their_size(
    picture: np.ndarray, tmp_path: Path, plain: Any
) -> None:
    result = dream(picture, LAYERS, mask=RAMP, save_octaves=tmp_path, **SMALL)
    untouched = tmp_path / "untouched"
    dream(picture, LAYERS, strength=0, save_octaves=untouched, **SMALL)
    for height, width in result.octaves:
        name = f"at_scale_{height}x{width}.png"
        seen, original = (np.asarray(Image.open(f / name)) for f in (tmp_path, untouched))
        black = sized(RAMP, (height, width)) == 0
        np.testing.assert_array_equal(seen[black], original[black])
        assert (seen != original).any()
    np.testing.assert_array_equal(seen, result.image)
    np.testing.assert_array_equal(original, picture)


def test_images_of_steps_and_animations_have_the_original_too(
    picture: np.ndarray, tmp_path: Path
) -> None:
    seen: list[Any] = []
    path = tmp_path / "ascent.png"
    dream(picture, LAYERS, mask=RAMP, every=1, on_step=seen.append, save_steps=path, **SMALL)
    for step in seen[2:]:
        np.testing.assert_array_equal(step.image[BLACK], picture[BLACK])
    with Image.open(path) as film:
        for frame in range(3, film.n_frames):
            film.seek(frame)
            np.testing.assert_array_equal(np.asarray(film.convert("RGB"))[BLACK], picture[BLACK])


# ---- White and grey ------------------------------------------------------------------------------


def test_a_white_mask_is_none(picture: np.ndarray, plain: Any) -> None:
    same(dream(picture, LAYERS, mask=np.ones((HEIGHT, WIDTH)), **SMALL), plain)


def test_a_grey_mask_is_as_much_of_the_dream(picture: np.ndarray, plain: Any) -> None:
    for share in (0.2, 0.5, 0.9):
        grey = dream(picture, LAYERS, mask=np.full((HEIGHT, WIDTH), share), **SMALL)
        same(grey, dream(picture, LAYERS, strength=share, **SMALL))
        expected = (1 - share) * picture.astype(float) + share * plain.image
        assert np.abs(grey.image - expected).max() <= 0.501


def test_a_white_part_far_from_the_black_is_nearly_as_without_a_mask(
    picture: np.ndarray, plain: Any
) -> None:
    """What lies beside it is another picture then, which the network sees too."""
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[:, :8] = False
    result = dream(picture, LAYERS, mask=mask, **SMALL)
    far = np.abs(result.image[:, 60:].astype(int) - plain.image[:, 60:])
    assert far.mean() < 0.2 * np.abs(plain.image[:, 60:].astype(int) - picture[:, 60:]).mean()


def test_a_dream_is_seamless_where_its_mask_is_soft(picture: np.ndarray, plain: Any) -> None:
    """From black to white the change begins at nothing, and no column is far from the next."""
    result = dream(picture, LAYERS, mask=RAMP, **SMALL)
    change = np.abs(result.image.astype(int) - picture).mean(axis=(0, 2))
    assert (change[:30] == 0).all() and change[30:33].max() < 0.15 * change[60:80].mean()
    assert np.abs(np.diff(change)).max() < 0.3 * change.max()


def test_steps_are_taken_where_a_mask_is_not_black() -> None:
    place = Place(RAMP)
    full = np.asarray(place.steps((HEIGHT, WIDTH)))
    assert full.shape == (1, HEIGHT, WIDTH, 1)
    np.testing.assert_array_equal(full[0, :, :, 0], RAMP > 0)
    half = np.asarray(place.steps((HEIGHT // 2, WIDTH // 2)))[0, :, :, 0]
    assert (half[:, :14] == 0).all() and (half[:, 16:] == 1).all()
    assert Place().steps((9, 9)) is None and Place(RAMP + 0.1).steps((9, 9)) is None


def test_the_picture_s_own_transparency(picture: np.ndarray) -> None:
    alpha = (np.rint(RAMP * 255)).astype(np.uint8)
    clear = np.dstack([picture, alpha])
    own = dream(clear, LAYERS, mask="alpha", **SMALL)
    same(own, dream(picture, LAYERS, mask=alpha, **SMALL))
    np.testing.assert_array_equal(own.alpha, alpha)
    np.testing.assert_array_equal(own.image[alpha == 0], picture[alpha == 0])


# ---- Colours and strength ------------------------------------------------------------------------


def test_colours_are_kept(picture: np.ndarray, plain: Any) -> None:
    kept = dream(picture, LAYERS, keep_colors=True, **SMALL)
    np.testing.assert_array_equal(kept.image, recolored(picture, plain.image))
    chroma = [np.asarray(Image.fromarray(p).convert("YCbCr"))[..., 1:].astype(int)
              for p in (picture, kept.image, plain.image)]  # fmt: skip
    inside = (kept.image > 0).all(axis=-1) & (kept.image < 255).all(axis=-1)
    assert np.abs(chroma[1] - chroma[0])[inside].max() <= 1
    assert np.abs(chroma[2] - chroma[0])[inside].mean() > 1


def test_a_strength_of_1_is_the_dream_and_of_0_the_original(
    picture: np.ndarray, plain: Any
) -> None:
    same(dream(picture, LAYERS, strength=1, keep_colors=False, **SMALL), plain)
    np.testing.assert_array_equal(dream(picture, LAYERS, strength=0, **SMALL).image, picture)


@pytest.mark.parametrize("given", [{"strength": 0.3}, {"keep_colors": True, "strength": 0.6}])
def test_a_dream_can_be_mixed_when_it_is_there(picture: np.ndarray, plain: Any, given: Any) -> None:
    later, whole = plain.mixed(**given), plain.image.copy()
    asked = dream(picture, LAYERS, **given, **SMALL)
    np.testing.assert_array_equal(later.image, asked.image)
    np.testing.assert_array_equal(plain.image, whole)
    told = {**later.record, "versions": {}}
    assert told == {**asked.record, "versions": {}}
    with pytest.raises(ArgumentError, match="mixed with its original already"):
        later.mixed(strength=0.5)


def test_what_cannot_be_mixed(plain: Any) -> None:
    np.testing.assert_array_equal(plain.mixed().image, plain.image)
    with pytest.raises(ArgumentError, match="`strength` must be"):
        plain.mixed(strength=1.5)
    with pytest.raises(ArgumentError, match="`keep_colors` must be"):
        plain.mixed(keep_colors="yes")
    with pytest.raises(ArgumentError, match="from noise"):
        dream(None, size=(80, 96), octaves=1, iterations=1, layers="mixed0").mixed(strength=0.5)


def test_mask_colours_and_strength_are_taken_in_this_order(picture: np.ndarray) -> None:
    alone = dream(picture, LAYERS, mask=RAMP, **SMALL)
    together = dream(picture, LAYERS, mask=RAMP, keep_colors=True, strength=0.7, **SMALL)
    expected = mixed(picture, recolored(picture, alone.image), 0.7)
    np.testing.assert_array_equal(together.image, expected)


# ---- Several masks -------------------------------------------------------------------------------


PAIRS = [(RAMP, {"mixed0": 1.0}), (1 - RAMP, {"conv2d_2": 1.0})]


def test_each_mask_has_its_own_layers(picture: np.ndarray) -> None:
    result = dream(picture, masks=PAIRS, **SMALL)
    left, right = (dream(picture, layers, **SMALL) for _, layers in PAIRS[::-1])

    def distance(one: Any, other: Any, part: slice) -> float:
        return float(np.abs(one.image[:, part].astype(int) - other.image[:, part]).mean())

    for part, near, far in ((slice(0, 20), left, right), (slice(72, WIDTH), right, left)):
        assert distance(result, near, part) < 0.5 * distance(result, far, part)
    assert [term.layer for term in result.layers] == ["mixed0", "conv2d_2"]


def test_one_mask_with_layers_is_a_mask_and_layers(picture: np.ndarray) -> None:
    for options in ({}, {"jitter": 11}, {"sigma": 1.0, "normalize": "std"}):
        one = dream(picture, masks=[(RAMP, LAYERS)], **SMALL, **options)
        other = dream(picture, LAYERS, mask=RAMP, **SMALL, **options)
        assert np.abs(one.image.astype(int) - other.image).mean() < 0.05


def test_a_mapping_is_a_pair(picture: np.ndarray) -> None:
    same(
        dream(picture, masks=[{"mask": m, "layers": layers} for m, layers in PAIRS], **SMALL),
        dream(picture, masks=PAIRS, **SMALL),
    )


@pytest.mark.slow
@pytest.mark.parametrize("how", ["rolled", "turned", "phases", "a guide", "tiles", "small"])
def test_what_is_black_in_all_masks_is_the_original(how: str, picture: np.ndarray) -> None:
    half = RAMP.copy()
    half[40:] = 0
    masks, options = [(half, LAYERS), (RAMP - half, "conv2d_2")], {**SMALL, **HOW[how]}
    result = dream(picture, masks=masks, **options)
    original = picture_uint8(shrunk(Picture(picture), options.get("max_size", WIDTH)))
    black = sized(half, result.shape) + sized(RAMP - half, result.shape) == 0
    np.testing.assert_array_equal(result.image[black], original[black])
    assert (result.image[~black] != original[~black]).any()


def test_shares_add_up_to_1_everywhere() -> None:
    overlapping = np.clip(RAMP[:, ::-1] + 0.3, 0, 1) * (RAMP > 0)
    place = Place(RAMP, (Region(RAMP, ()), Region(overlapping, ())))
    for shape in ((HEIGHT, WIDTH), (33, 41)):
        one, two = (np.asarray(share)[0, :, :, 0] for share in place.shares(shape))
        np.testing.assert_allclose(one + two, 1, atol=1e-6)
    assert (one[:, :9] == 0.5).all()
    one, two = (np.asarray(share)[0, :, :, 0] for share in place.shares((HEIGHT, WIDTH)))
    expected = (RAMP / np.maximum(RAMP + overlapping, 1e-9))[~BLACK]
    np.testing.assert_allclose(one[~BLACK], expected, atol=1e-6)


@pytest.mark.slow
def test_masks_in_windows_and_in_tiles(
    picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, mask = tiled(picture), tiled(RAMP)
    pairs = [(mask, {"mixed0": 1.0}), (1 - mask, {"conv2d_2": 1.0})]
    whole = dream(large, masks=pairs, jitter=9, **LARGE)
    monkeypatch.setattr(memory, "WHOLE_PIXELS", 260**2)
    parts = dream(large, masks=pairs, jitter=9, **LARGE)
    assert parts.record["window_pixels"] is not None and whole.record["window_pixels"] is None
    assert (np.abs(parts.image.astype(int) - whole.image) > 1).mean() < 1e-3
    tiles = dream(picture, masks=PAIRS, tile_size=40, tile_start="random", **SMALL)
    assert tiles.losses[1].loss > tiles.losses[0].loss


def test_the_recipe_s_limit_is_not_that_of_several_masks(picture: np.ndarray) -> None:
    layers = RECIPES["rblog"].layers
    job = check(Request(image=picture, masks=[(RAMP, layers)], settings={"octaves": 1}))
    assert job.recipe.max_loss is None
    job = check(Request(image=picture, mask=RAMP, settings={"octaves": 1}))
    assert job.recipe.max_loss == RECIPES["rblog"].max_loss


def test_layers_that_the_network_does_not_have(picture: np.ndarray) -> None:
    with pytest.warns(UnknownLayerWarning, match="left out: inception_v3 has no layer mixed77"):
        job = check(
            Request(
                image=picture, masks=[(RAMP, {"mixed0": 1, "mixed77": 1})], settings={"octaves": 1}
            )
        )
    assert [term.layer for term in job.place.regions[0].terms] == ["mixed0"]
    pairs = [(RAMP, "mixed0"), (1 - RAMP, "mixed77")]
    with pytest.raises(UnknownLayerError, match="mixed77"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(Request(image=picture, masks=pairs, settings={"octaves": 1}))
    with pytest.raises(UnknownLayerError) as caught:  # and not those of a recipe
        check(Request(image=picture, masks=[(RAMP, "mixd0")], settings={"octaves": 1}))
    assert str(caught.value).endswith("297 more (see layer_names).")


# ---- Kept, made again ----------------------------------------------------------------------------


CALLS: dict[str, dict[str, Any]] = {
    "mask": {"mask": RAMP, "layers": LAYERS},
    "masks": {"masks": PAIRS},
    "colours": {"layers": LAYERS, "keep_colors": True, "strength": 0.25},
}


def again(call: dict[str, Any]) -> dict[str, Any]:
    masks = {"masks": [mask for mask, _ in call["masks"]]} if "masks" in call else {}
    return {"mask": call.get("mask"), **masks}


@pytest.mark.parametrize("name", CALLS)
def test_a_dream_is_made_again_with_its_masks(name: Any, picture: np.ndarray) -> None:
    call = CALLS[name]
    first = dream(picture, jitter=5, **call, **SMALL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(replay(first.png(), picture, **again(call)), first)
        same(replay(replay(first, picture, **again(call)), picture, **again(call)), first)


def test_masks_must_be_given_again(picture: np.ndarray, plain: Any) -> None:
    one, several = (dream(picture, **CALLS[name], **SMALL) for name in ("mask", "masks"))
    single = dream(picture, masks=CALLS["masks"]["masks"][:1], **SMALL)
    for result, given, message in (
        (one, {}, "was made with a mask. Give it again as `mask`"),
        (one, {"mask": RAMP, "masks": [RAMP]}, "was made without `masks`"),
        (several, {}, "was made with 2 masks. Give them again as `masks`, in their order"),
        (several, {"masks": [RAMP]}, "was made with 2 masks"),
        (single, {}, "was made with 1 mask. Give it again as `masks`.$"),
        (several, {"masks": RAMP}, "was made with 2 masks"),
        (several, {"mask": RAMP}, "was made without a mask"),
        (plain, {"mask": RAMP}, "was made without a mask"),
        (plain, {"masks": [RAMP]}, "was made without `masks`"),
    ):
        with pytest.raises(ArgumentError, match=message):
            replay(result, picture, **given)


def test_another_mask_is_noticed(picture: np.ndarray, tmp_path: Path) -> None:
    first = dream(picture, **CALLS["mask"], **SMALL)
    with pytest.warns(match="since these do: the mask$"):
        replay(first, picture, mask=1 - RAMP)
    several = dream(picture, **CALLS["masks"], **SMALL)
    with pytest.warns(match="since these do: the masks or their layers$"):
        replay(several, picture, masks=[1 - RAMP, RAMP])


@pytest.mark.parametrize("name", CALLS)
def test_a_dream_goes_on_from_a_checkpoint(name: Any, picture: np.ndarray, tmp_path: Path) -> None:
    call, path = CALLS[name], tmp_path / "kept"
    whole = dream(picture, jitter=5, **call, **SMALL)

    def interrupt(step: Any) -> None:
        if step.octave == 2:
            raise KeyboardInterrupt

    def begun() -> Any:
        with pytest.raises(DreamInterrupted) as caught:
            dream(picture, jitter=5, checkpoint=path, on_step=interrupt, **call, **SMALL)
        return caught.value.dream

    broken = begun()
    if name == "mask":
        np.testing.assert_array_equal(broken.image[BLACK], picture[BLACK])
    others: dict[str, Any] = {"mask": {"mask": 1 - RAMP}, "masks": {"masks": PAIRS[:1]}}
    other = others.get(name, {"strength": 0.3})
    with pytest.raises(ArgumentError, match="is of another dream: .*(mask|strength)"):
        dream(picture, jitter=5, checkpoint=path, **{**call, **other}, **SMALL)
    same(dream(picture, jitter=5, checkpoint=path, **call, **SMALL), whole)
    assert not path.exists()


def test_records_of_older_pictures_have_no_place(plain: Any) -> None:
    text = plain.record.json()
    fields = ("mask_sha256", "masks", "keep_colors", "strength")
    old = {name: value for name, value in json.loads(text).items() if name not in fields}
    found = parse_record(json.dumps(old))
    assert [found[name] for name in fields] == [None, [], False, 1.0]
    wrongs: list[dict[str, Any]] = [{"strength": 2}, {"keep_colors": 1}, {"masks": [{}]}]
    for wrong in [*wrongs, {"mask_sha256": "x"}]:
        with pytest.raises(ImageError, match=f"{next(iter(wrong))} is wrong"):
            parse_record(json.dumps({**old, **wrong}))


# ---- What cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": (80, 80), "mask": RAMP}, "`mask` needs a picture"),
        ({"size": (80, 80), "masks": PAIRS}, "`masks` needs a picture"),
        ({"size": (80, 80), "keep_colors": True}, "`keep_colors` needs a picture"),
        ({"size": (80, 80), "strength": 0.5}, "`strength` needs a picture"),
        ({"mask": RAMP, "masks": PAIRS}, "`mask` and `masks` cannot both be given"),
        ({"layers": LAYERS, "masks": PAIRS}, "`layers` and `masks`, which have their own, cannot"),
        ({"mask": RAMP * 0}, "`mask` is black everywhere"),
        ({"masks": [(RAMP, LAYERS), (RAMP * 0, LAYERS)]}, "`masks` is black everywhere"),
        ({"mask": "alpha"}, "the picture has no transparency"),
        ({"mask": "nowhere.png"}, "`mask`: there is no file 'nowhere.png'"),
        ({"mask": b"none"}, "`mask`: the data is not a picture"),
        ({"mask": 3}, "`mask`: a picture must be a path, .* Received: int"),
        ({"mask": RAMP * 255}, r"`mask`: a float array must lie in \[0, 1\]"),
        ({"mask": RAMP[None]}, "`mask`: an array must have the shape"),
        ({"mask": RAMP[:0]}, "`mask`: a picture must have pixels"),
        ({"masks": [("nowhere.png", LAYERS)]}, "`masks`: there is no file 'nowhere.png'"),
        ({"masks": RAMP}, r"`masks` must be pairs \(mask, layers\)"),
        ({"masks": [RAMP]}, "`masks` must be pairs .* has layers of its own.$"),
        ({"masks": {}}, "`masks` must be pairs"),
        ({"masks": [(RAMP, None)]}, "`masks` must be pairs"),
        ({"masks": [(RAMP,)]}, "`masks` must be pairs"),
        ({"masks": [{"mask": RAMP}]}, "`masks` must be pairs"),
        ({"masks": []}, "`masks` must name at least one mask"),
        ({"masks": [(RAMP, {})]}, "`layers` must name at least one layer"),
        ({"masks": [(RAMP, {"mixed0": "much"})]}, "the weight of mixed0 must be a number"),
        ({"strength": 1.5}, "`strength` must be a number >= 0 and <= 1"),
        ({"strength": math.nan}, "`strength` must be a number"),
        ({"strength": True}, "`strength` must be a number"),
        ({"keep_colors": "yes"}, "`keep_colors` must be true or false"),
    ],
)
def test_what_cannot_be_is_refused_on_one_line(
    given: Any, message: str, picture: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start = {} if "size" in given else {"image": picture}
    with pytest.raises((ArgumentError, ImageError), match=message) as caught:
        dream(**start, **given, **SMALL)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700


def test_a_sheet_of_layers_takes_a_mask_but_not_several(picture: np.ndarray) -> None:
    sheet = layer_sheet(picture, ["mixed0", "conv2d_2"], mask=RAMP, **SMALL)
    for one in sheet.dreams:
        np.testing.assert_array_equal(one.image[BLACK], picture[BLACK])
    with pytest.raises(ArgumentError, match="`masks` must be None on a sheet"):
        layer_sheet(picture, masks=PAIRS, **SMALL)


def test_a_mask_that_would_be_overwritten(picture: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "at_scale_80x92.png"
    Image.fromarray((RAMP * 255).astype(np.uint8)).save(path)
    options = {"save_octaves": tmp_path, "overwrite": True, **SMALL}
    with pytest.raises(ArgumentError, match="`mask` and `save_octaves` would be one file"):
        dream(picture, LAYERS, mask=path, **options)
    with pytest.raises(ArgumentError, match=r"`masks\[1\]` and `save_octaves`|masks.1"):
        dream(picture, masks=[(RAMP, "mixed0"), (path, "mixed0")], **options)


def test_a_plan_says_what_there_is_to_say_of_a_mask(picture: np.ndarray) -> None:
    planned = plan(picture, LAYERS, mask=np.ones((40, 20)), measure=False, octaves=1)
    assert any("`mask` is stretched" in note for note in planned.notes)
    one, two, none = (
        plan(picture, measure=False, octaves=1, **call)
        for call in ({"masks": PAIRS[:1]}, {"masks": PAIRS}, {"layers": LAYERS})
    )
    assert two.memory > one.memory > none.memory
    assert [term.layer for term in two.layers] == ["mixed0", "conv2d_2"]
