"""A dream's ascent as an animation, and its images for the callback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from deepdreamr import dream, layer_sheet, replay, show
from deepdreamr.errors import (
    ArgumentError,
    CheckpointWarning,
    DreamInterrupted,
    DreamStoppedWarning,
    OutputError,
)
from deepdreamr.front.cli import main
from deepdreamr.pictures.animations import LONGEST, MOST_FRAMES
from deepdreamr.pictures.picture import to_uint8
from deepdreamr.pictures.writing import encode
from deepdreamr.runs import animating

QUICK: dict[str, Any] = {"layers": "mixed0", "octaves": 1, "iterations": 4, "seed": 3}


@pytest.fixture(scope="module")
def small(photo: np.ndarray) -> np.ndarray:
    """The photograph's middle, uint8 (80, 90, 3)."""
    return to_uint8(photo[:, 30:110, 40:130])


def frames_of(path: Any) -> list[np.ndarray]:
    with Image.open(path) as opened:
        return [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)]


@pytest.mark.parametrize("jitter", [0, 5])
def test_the_images_are_those_of_shorter_dreams(small: np.ndarray, jitter: int) -> None:
    seen: dict[int, Any] = {}
    options = QUICK | {"jitter": jitter}
    result = dream(small, every=2, on_step=lambda s: seen.update({s.iteration: s.image}), **options)
    assert [number for number, image in seen.items() if image is not None] == [2, 4]
    for number in (2, 4):
        shorter = dream(small, **(options | {"iterations": number}))
        np.testing.assert_array_equal(seen[number], shorter.image)
    np.testing.assert_array_equal(seen[4], result.image)
    np.testing.assert_array_equal(dream(small, **options).image, result.image)


def test_an_image_has_its_octave_s_size_and_false_still_ends_the_dream(small: np.ndarray) -> None:
    seen = []

    def look(step: Any) -> bool:
        seen.append(None if step.image is None else (step.octave, step.shape, step.image.shape))
        if step.image is not None:
            step.image[:] = 0  # the callback's own
        return len(seen) < 7

    options = QUICK | {"octaves": 2, "octave_scale": 1.05}
    result = dream(small, every=3, on_step=look, **options)
    assert seen == [
        *(None, None, (1, (76, 85), (76, 85, 3)), None, None, (2, (80, 90), (80, 90, 3))),
        None,
    ]
    assert result.stopped == "callback" and len(result.losses) == 7 and result.image.any()


def test_an_animation_begins_with_the_picture_and_ends_with_the_dream(
    small: np.ndarray, tmp_path: Path
) -> None:
    path, seen = tmp_path / "steps.png", []
    result = dream(small, save_steps=path, every=1, on_step=lambda s: seen.append(s.image), **QUICK)
    frames = frames_of(path)
    assert len(frames) == 5
    for frame, expected in zip(frames, [small, *seen[:-1], result.image], strict=True):
        np.testing.assert_array_equal(frame, expected)
    assert show(path) == result.record
    assert (replay(path, small).image == result.image).all()


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_octaves_are_brought_to_one_size(small: np.ndarray, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"steps{suffix}"
    options = QUICK | {"octaves": 2, "octave_scale": 1.05}
    result = dream(small, save_steps=path, every=3, **options)
    frames = frames_of(path)  # the start, steps 3 and 6 of 8, and the dream
    assert [frame.shape for frame in frames] == [(80, 90, 3)] * 4
    if suffix == ".apng":
        np.testing.assert_array_equal(frames[-1], result.image)  # lost detail put back
    np.testing.assert_array_equal(dream(small, **options).image, result.image)


def test_without_every_there_are_at_most_a_hundred_frames(tmp_path: Path) -> None:
    plain = {"layers": "conv2d", "octaves": 1, "seed": 1, "size": (24, 30)}
    dream(save_steps=tmp_path / "few.png", iterations=3, **plain)
    dream(save_steps=tmp_path / "many.png", iterations=150, **plain)
    assert len(frames_of(tmp_path / "few.png")) == 4
    assert len(frames_of(tmp_path / "many.png")) == 76 <= MOST_FRAMES
    with pytest.raises(ArgumentError, match="`every` must be >= 2 for an animation of at most 100"):
        dream(save_steps=tmp_path / "more.png", iterations=150, every=1, **plain)


def test_frames_of_a_large_picture_are_small(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 2 * LONGEST, 3)).astype(np.uint8)
    dream(picture, "conv2d", octaves=1, iterations=1, save_steps=tmp_path / "a.gif")
    assert [frame.shape for frame in frames_of(tmp_path / "a.gif")] == [(20, LONGEST, 3)] * 2


def test_transparency_comes_along(small: np.ndarray, tmp_path: Path) -> None:
    alpha = np.full((80, 90, 1), 100, np.uint8)
    dream(np.concatenate([small, alpha], axis=2), save_steps=tmp_path / "a.png", **QUICK)
    with Image.open(tmp_path / "a.png") as opened:
        assert np.asarray(opened.convert("RGBA"))[..., 3].max() == 100


def test_a_dream_that_ends_early_has_the_animation_so_far(
    small: np.ndarray, tmp_path: Path
) -> None:
    ended = dream(small, save_steps=tmp_path / "a.png", on_step=lambda s: s.iteration < 2, **QUICK)
    frames = frames_of(tmp_path / "a.png")
    assert len(frames) == 3 and (frames[-1] == ended.image).all()

    def interrupt(step: Any) -> None:
        if step.iteration == 2:
            raise KeyboardInterrupt

    with pytest.raises(DreamInterrupted) as caught:
        dream(small, save_steps=tmp_path / "b.png", on_step=interrupt, **QUICK)
    frames = frames_of(tmp_path / "b.png")
    assert len(frames) == 3 and (frames[-1] == caught.value.dream.image).all()


def test_a_dream_of_nothing_is_a_still(small: np.ndarray, tmp_path: Path) -> None:
    with pytest.warns(DreamStoppedWarning):
        dream(small, save_steps=tmp_path / "a.gif", **(QUICK | {"max_loss": 1e-9}))
    assert len(frames_of(tmp_path / "a.gif")) == 1  # equal frames are one


def test_one_that_goes_on_has_the_animation_from_there(small: np.ndarray, tmp_path: Path) -> None:
    path, kept = tmp_path / "steps.png", tmp_path / "kept"
    options = QUICK | {"octaves": 2, "octave_scale": 1.05, "every": 2, "checkpoint": kept}

    def interrupt(step: Any) -> None:
        if (step.octave, step.iteration) == (2, 2):
            raise KeyboardInterrupt

    with pytest.raises(DreamInterrupted):
        dream(small, save_steps=path, on_step=interrupt, **options)
    assert kept.exists() and not path.exists()
    result = dream(small, save_steps=path, **options)
    frames = frames_of(path)
    assert len(frames) == 3 and (frames[-1] == result.image).all()


def test_its_first_frame_is_mixed_as_the_others_are(small: np.ndarray, tmp_path: Path) -> None:
    path, kept = tmp_path / "steps.png", tmp_path / "kept"
    options = QUICK | {"octaves": 2, "octave_scale": 1.001, "every": 1, "checkpoint": kept}
    options |= {"octave_rounding": "round", "strength": 0.0}

    def interrupt(step: Any) -> None:
        if step.octave == 2:
            raise KeyboardInterrupt

    with pytest.raises(DreamInterrupted):
        dream(small, on_step=interrupt, save_steps=path, **options)
    dream(small, save_steps=path, **options)
    for frame in frames_of(path):
        np.testing.assert_array_equal(frame, small)


def test_where_an_animation_cannot_be_is_noticed_before_the_dream(
    small: np.ndarray, tmp_path: Path
) -> None:
    def fail(step: Any) -> None:
        pytest.fail("a step")

    (tmp_path / "a.gif").write_bytes(b"mine")
    for path, message in (
        (tmp_path / "a.gif", "exists already"),
        (tmp_path / "a.jpg", r"unknown format '\.jpg'"),
        (tmp_path / "none" / "a.gif", "there is no folder"),
    ):
        with pytest.raises(OutputError, match=message):
            dream(small, save_steps=path, on_step=fail, **QUICK)
    with pytest.raises(ArgumentError, match="`save_steps` must be"):
        dream(small, save_steps=3, on_step=fail, **QUICK)
    for wrong in (0, -1, 1.5, "2", True):
        with pytest.raises(ArgumentError, match="`every` must be a whole number >= 1, or None"):
            dream(small, every=wrong, on_step=fail, **QUICK)
    assert (tmp_path / "a.gif").read_bytes() == b"mine"
    dream(small, save_steps=tmp_path / "a.gif", overwrite=True, **QUICK)
    assert len(frames_of(tmp_path / "a.gif")) == 5


def test_no_file_has_two_roles(small: np.ndarray, tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    source.write_bytes(encode(small))
    with pytest.raises(ArgumentError, match="`image` and `save_steps` would be one file"):
        dream(source, save_steps=source, overwrite=True, **QUICK)
    with pytest.raises(ArgumentError, match="`save_steps` and `checkpoint` would be one file"):
        dream(source, save_steps=tmp_path / "a.png", checkpoint=tmp_path / "a.png", **QUICK)
    octave = tmp_path / "at_scale_80x90.png"
    with pytest.raises(ArgumentError, match="`save_steps` and `save_octaves` would be one file"):
        dream(source, save_steps=octave, save_octaves=tmp_path, **QUICK)
    with pytest.raises(ArgumentError, match="`picture` and `save_steps` would be one file"):
        replay(source, source, save_steps=source, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_a_dream_whose_animation_cannot_be_written_is_not_lost(
    small: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutputError("no room")

    monkeypatch.setattr(animating, "write_animation", fail)
    with pytest.warns(CheckpointWarning, match="no animation: no room"):
        assert dream(small, save_steps=tmp_path / "a.gif", **QUICK).losses


def test_sheets_have_no_animation_but_images(small: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="`save_steps` must be None on a sheet"):
        layer_sheet(small, save_steps="a.gif", **QUICK)
    seen = []
    layer_sheet(small, every=2, on_step=lambda s: seen.append(s.step.image is None), **QUICK)
    assert seen == [True, False, True, False]


def test_the_command(small: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out, steps = (tmp_path / name for name in ("in.png", "out.png", "steps.webp"))
    source.write_bytes(encode(small))
    quick = ["--layers", "mixed0", "--octaves", "1", "--iterations", "4", "--seed", "3"]
    call = ["dream", str(source), *quick, "--every", "2", "--save-steps"]
    assert main([*call, str(steps), "-o", str(out)]) == 0
    assert len(frames_of(steps)) == 3
    assert main([*call, str(out), "-o", str(out), "--overwrite"]) == 2
    assert "--save-steps and --output would be one file" in capsys.readouterr().err
    again, steps = tmp_path / "again.png", tmp_path / "again.gif"
    call = ["replay", str(out), str(source), "-o", str(again), "--save-steps", str(steps)]
    assert main(call) == 0 and len(frames_of(steps)) == 5


def test_pictures_that_nobody_asks_for_are_an_error(
    small: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "`every` does nothing without `on_step` or `save_steps`"
    with pytest.raises(ArgumentError, match=words):
        dream(small, every=2, **QUICK)
    made = dream(small, every=2, progress=lambda step: None, **QUICK)
    with pytest.raises(ArgumentError, match=words):
        replay(made, small, every=2)
    made.save(tmp_path / "made.png")
    for command in ("dream", "replay"):
        files = [str(tmp_path / "made.png"), "-o", str(tmp_path / "out.png")]
        assert main([command, *files, "--every", "2"]) == 2
        assert "--every does nothing without" in capsys.readouterr().err
