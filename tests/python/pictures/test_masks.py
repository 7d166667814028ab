"""A mask is read from any picture: its transparency, or else its brightness."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdreamr.errors import ArgumentError, ImageError, ImageWarning
from deepdreamr.pictures.masks import read_mask, sized
from deepdreamr.pictures.picture import Picture

HEIGHT, WIDTH = 20, 30
GREY = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)
GREY[0, :2] = 0, 255
PICTURE = Picture(np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def a_file(path: Any, image: Image.Image) -> Any:
    image.save(path / "mask.png")
    return path / "mask.png"


FORMS: dict[str, Callable[[Path], Any]] = {
    "uint8": lambda _: GREY,
    "RGB": lambda _: np.dstack([GREY] * 3),
    "float": lambda _: GREY / 255,
    "uint16": lambda _: GREY * np.uint16(257),
    "image": lambda _: (np.dstack([GREY] * 3) / 127.5 - 1)[None],
    "Pillow": lambda _: Image.fromarray(GREY),
    "bytes": lambda _: png(Image.fromarray(GREY)),
    "file": lambda path: a_file(path, Image.fromarray(GREY)),
    "path": lambda path: str(a_file(path, Image.fromarray(GREY))),
    "16 bits": lambda path: a_file(path, Image.fromarray(GREY * np.uint16(257))),
    "a Picture": lambda _: Picture(np.dstack([GREY] * 3)),
    "opaque": lambda _: np.dstack([GREY, GREY, GREY, np.full_like(GREY, 255)]),
    "alpha": lambda _: np.dstack([np.zeros_like(GREY)] * 3 + [GREY]),
    "white under alpha": lambda _: np.dstack([np.full_like(GREY, 255)] * 3 + [GREY]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_mask_has_the_same_numbers(form: str, tmp_path: Path) -> None:
    mask = read_mask(FORMS[form](tmp_path), PICTURE)
    assert mask.dtype == np.float32 and mask.shape == (HEIGHT, WIDTH)
    np.testing.assert_allclose(mask, GREY / 255, atol=1e-6)
    assert ((mask == 0) == (GREY == 0)).all() and ((mask == 1) == (GREY == 255)).all()


def test_truth_is_black_and_white() -> None:
    mask = read_mask(GREY > 100, PICTURE)
    assert (mask == (GREY > 100)).all()


def test_the_picture_s_own_transparency() -> None:
    picture = Picture(np.zeros((HEIGHT, WIDTH, 3), np.uint8), alpha=GREY)
    np.testing.assert_allclose(read_mask("alpha", picture), GREY / 255, atol=1e-7)
    opaque = Picture(np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full_like(GREY, 255))
    assert (read_mask("alpha", opaque) == 1).all()
    with pytest.raises(ArgumentError, match="`mask` is 'alpha', and the picture has no"):
        read_mask("alpha", PICTURE)


def test_a_mask_is_a_fraction_of_the_picture() -> None:
    left = np.zeros((200, 300), bool)
    left[:, :150] = True
    small = np.zeros((2, 3), bool)
    small[:, :1] = True
    mask = read_mask(left, PICTURE)
    assert (mask[:, :14] == 1).all() and (mask[:, 16:] == 0).all()
    mask = read_mask(small, PICTURE)
    assert (mask[:, :5] == 1).all() and (mask[:, 15:] == 0).all()
    assert (np.diff(mask, axis=1) <= 0).all()  # between the two it fades


def test_where_a_mask_shrinks_its_numbers_are_means() -> None:
    stripes = np.zeros((40, 60), np.float32)
    stripes[:, ::2] = 1
    assert abs(sized(stripes, (HEIGHT, WIDTH))[2:-2, 2:-2] - 0.5).max() < 1e-6
    white = np.ones((61, 47), np.float32)
    for shape in ((20, 30), (61, 46), (100, 200), (1, 1)):
        assert (sized(white, shape) == 1).all() and (sized(white * 0, shape) == 0).all()


def test_other_proportions_are_stretched_with_a_warning() -> None:
    with pytest.warns(ImageWarning, match="it has 30x20, the picture 20x30") as caught:
        read_mask(np.ones((30, 20)), PICTURE)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shape in ((200, 300), (7, 10), (13, 20), (1, 5), (5, 1), (1, 1)):
            read_mask(np.ones(shape), PICTURE)


def test_a_mask_that_is_black_or_nearly() -> None:
    with pytest.raises(ImageError, match="`masks` is black everywhere: nothing could be dreamed"):
        read_mask(np.zeros((HEIGHT, WIDTH)), PICTURE, "masks")
    with pytest.warns(ImageWarning, match="`mask` is nearly black: at most 1 of 255"):
        read_mask((GREY > 100).astype(np.uint8), PICTURE)


@pytest.mark.parametrize("odd", [3, "no such file.png", b"", np.ones((2, 3, 5)), [[0, 1]], None])
def test_what_is_no_picture_is_refused(odd: Any) -> None:
    with pytest.raises((ImageError, ArgumentError)):
        read_mask(odd, PICTURE)
