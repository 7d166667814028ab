"""The pictures that come with the package."""

from __future__ import annotations

import pytest

from deepdreamr.errors import ArgumentError
from deepdreamr.pictures.reading import read_picture
from deepdreamr.pictures.samples import sample_image


def test_unknown_sample() -> None:
    assert sample_image().is_file() and read_picture(sample_image()).shape == (480, 640)
    with pytest.raises(ArgumentError, match="'jely'. Did you mean jelly"):
        sample_image("jely")
