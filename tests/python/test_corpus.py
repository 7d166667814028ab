"""Bad and odd files: each comes to its own error, early, in one line; none hangs or crashes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import CASES, Case, picture, write, write_all
from hypothesis import given, settings
from hypothesis import strategies as st

import deepdreamr
from deepdreamr import dream, replay, show
from deepdreamr.errors import ArgumentError, ImageError, ImageWarning
from deepdreamr.front.bridge import dream as bridge_dream
from deepdreamr.pictures.reading import read_picture

BAD = [case for case in CASES if case.expected == "image"]
GOOD = [case for case in CASES if case.expected == "ok"]
NAMES = [ascii(case.name)[:40] for case in CASES]


def test_there_are_enough_cases() -> None:
    assert len(BAD) >= 80 and len(GOOD) >= 15
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_file_is_read_or_refused(tmp_path: Path, case: Case) -> None:
    path = write(tmp_path, case)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read = read_picture(path)
        except ImageError as error:
            assert case.expected != "ok", error
            assert case.message in str(error)
            assert "\n" not in str(error)
            return
    assert case.expected != "image", "it was read"
    assert read.pixels.dtype == np.float32 and np.abs(read.pixels).max() <= 1
    assert read.shape in ((90, 100), (9, 9), (10, 10))
    assert all(issubclass(warning.category, ImageWarning) for warning in caught)
    if case.expected == "ok":
        assert case.message in " ".join(str(warning.message) for warning in caught)


@pytest.mark.parametrize("case", BAD, ids=[ascii(case.name)[:40] for case in BAD])
def test_nothing_else_takes_a_bad_file(tmp_path: Path, case: Case) -> None:
    path = write(tmp_path, case)
    for take in (show, lambda p: replay(p, p), lambda p: dream(np.zeros((90, 90)), guide=p)):
        with pytest.raises(ImageError):
            take(path)
    answer = bridge_dream(os.fsdecode(path))
    assert (answer["ok"], answer["type"]) == (False, "image")
    assert case.message in f"{answer['message']} {answer['hint']}" and not answer["traceback"]


_CHILD = """
import contextlib, io, json, sys
from pathlib import Path
from deepdreamr import dream
from deepdreamr.front.cli import main
from deepdreamr.errors import DeepDreamError

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
seen = []
for case in json.loads((folder / "cases.json").read_text()):
    path = folder / case["name"]
    if case["expected"] == "image":
        try:
            dream(path)
            error = "nothing was raised"
        except DeepDreamError as caught:
            error = caught.kind
        streams = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            status = main(["dream", str(path), "-o", str(out / "dream.png")])
        seen.append([case, error, status, *(stream.getvalue() for stream in streams)])
print(json.dumps([seen, "tensorflow" in sys.modules, len(list(out.iterdir()))]))
"""


def test_every_bad_file_through_dream_and_the_command_before_tensorflow(tmp_path: Path) -> None:
    files, out = tmp_path / "files", tmp_path / "out"
    files.mkdir()
    out.mkdir()
    write_all(files)
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _CHILD, files, out],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(deepdreamr.__file__).parents[1])},
    )
    seen, tensorflow, written = json.loads(child.stdout)
    assert child.stderr == "" and not tensorflow and written == 0
    assert len(seen) == len(BAD)
    for case, error, status, output, line in seen:
        assert (error, status, output) == ("image", 2, ""), case
        assert line.startswith("error: ") and line.endswith("\n") and line.count("\n") == 1
        assert " ".join(case["message"].split()) in " ".join(line.split())


# ---- Damage anywhere -----------------------------------------------------------------------------

_WHOLE = {kind: picture(kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")}


@settings(max_examples=300)
@given(st.sampled_from(sorted(_WHOLE)), st.data())
def test_any_damage_is_survived(kind: Any, data: Any) -> None:
    content = bytearray(_WHOLE[kind])
    places = st.integers(0, 400) | st.integers(0, len(content) - 1)  # often in the head
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        content[place % len(content)] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.sampled_from([len(content), 300, 2000]))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageWarning)
        for take in (read_picture, show):
            try:
                take(bytes(content))
            except ImageError as error:
                assert len(str(error)) < 500


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_behind_any_signature(rest: Any) -> None:
    signatures = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF89a", b"BM")
    for signature in (*signatures, b"RIFF\x40\0\0\0WEBPVP8 ", b"P6 9 9 255\n", b"8BPS", b"qoif"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImageWarning)
            try:
                read = read_picture(signature + rest)
            except ImageError:
                continue
            assert min(read.shape) > 0


# ---- Arrays --------------------------------------------------------------------------------------

ARRAYS = {
    "not a number": np.full((90, 90, 3), np.nan),
    "infinite": np.full((90, 90), np.inf),
    "too bright": np.full((90, 90, 3), 1.5),
    "negative": np.full((90, 90, 3), -0.1),
    "whole numbers": np.zeros((90, 90, 3), np.int64),
    "complex": np.zeros((90, 90, 3), complex),
    "objects": np.full((90, 90), None),
    "texts": np.full((90, 90), "a"),
    "five colours": np.zeros((90, 90, 5)),
    "channels first": np.zeros((3, 90, 90)),
    "a batch": np.zeros((2, 90, 90, 3)),
    "a number": np.array(0.5),
    "a line": np.zeros(90),
    "nothing": np.zeros((0, 90, 3)),
    "no colour": np.zeros((90, 90, 0)),
    "a list": [[0.5]],
    "a stream of text": io.StringIO("a text"),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_that_are_no_pictures(case: str) -> None:
    with pytest.raises(ImageError, match="must|Received"):
        dream(ARRAYS[case])
    with pytest.raises(ImageError):
        dream(np.zeros((90, 90)), guide=ARRAYS[case])


@pytest.mark.parametrize(
    "path", ["-", "", ".", "/", "picture\0.png", "~nobody-here/a.png", "\udcff"]
)
def test_odd_paths(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ImageError, ArgumentError)):
        dream(path)
    with pytest.raises((ImageError, ArgumentError)):
        show(Path(path))
