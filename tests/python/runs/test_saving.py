"""The picture after each octave, in a folder."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
import tensorflow as tf
from example_record import a_record

from deepdreamr import dream, show
from deepdreamr.errors import OutputError
from deepdreamr.pictures.reading import read_picture
from deepdreamr.runs.saving import check_folder, write_octave

IMAGE = tf.constant(np.random.default_rng(0).uniform(-1.1, 1.1, (1, 9, 12, 3)), tf.float32)


def test_no_folder_is_none():
    assert check_folder(None) is None


def test_a_folder_is_made(tmp_path):
    assert check_folder(tmp_path / "made" / "here") == tmp_path / "made" / "here"
    assert not list((tmp_path / "made" / "here").iterdir())
    assert check_folder(str(tmp_path)) == tmp_path


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot make the folder .*file'"):
        dream(np.zeros((80, 90)), "mixed0", octaves=1, save_octaves=tmp_path / "file")


@pytest.mark.parametrize("place", ["/dev/null", "nul\0", "x" * 300])
def test_places_where_no_folder_can_be(place, tmp_path):
    with pytest.raises(OutputError, match="^cannot make the folder") as caught:
        check_folder(tmp_path / place)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_in_which_nothing_can_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError):
        check_folder(tmp_path)


def test_an_octave_s_picture_is_named_by_its_size_and_says_how_it_was_made(tmp_path):
    record = dataclasses.replace(a_record(), octave=1)
    for _ in range(2):  # another run takes its place
        write_octave(tmp_path, IMAGE, record)
    (path,) = tmp_path.iterdir()
    assert path.name == "at_scale_9x12.png" and show(path) == record
    expected = np.rint((np.clip(IMAGE[0], -1, 1) + 1) * 127.5)
    np.testing.assert_array_equal(np.rint((read_picture(path).pixels + 1) * 127.5), expected)
