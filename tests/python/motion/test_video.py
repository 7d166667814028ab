"""A clip's dream, by the real network: whole, interrupted, and in parts."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needing import present
from PIL import Image

from deepdreamr.runs.gradients import new_gradient

pytest.importorskip("av")
pytest.importorskip("cv2")
from deepdreamr import LayerTerm, dream, dream_video, feature_maps  # noqa: E402
from deepdreamr.backend import compute_threads  # noqa: E402
from deepdreamr.errors import (  # noqa: E402
    ArgumentError,
    CheckpointWarning,
    ClipError,
    MemoryLimitError,
    OutputError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.motion.carrying import image_of, rms  # noqa: E402
from deepdreamr.motion.clips import ClipInfo, open_clip, write_clip  # noqa: E402
from deepdreamr.motion.filming import Film  # noqa: E402
from deepdreamr.motion.states import FrameFiles, disk_of  # noqa: E402
from deepdreamr.motion.video import VideoInterrupted, run_video  # noqa: E402
from deepdreamr.motion.video_plan import plan_video  # noqa: E402
from deepdreamr.motion.videos import VideoRequest  # noqa: E402
from deepdreamr.pictures.reading import read_picture  # noqa: E402
from deepdreamr.runs import gradients, graphs, settling  # noqa: E402

FEW = {"layers": {"mixed3": 1}, "recipe": "vivid", "octaves": 1, "seed": 3, "progress": False}
FEW |= {"first_iterations": 4, "iterations": 1}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Six frames of a camera that turns to the right, then another scene, as PNG files."""
    from skimage import data

    photo = data.coffee()
    frames = [photo[100:180, 100 + 3 * i : 196 + 3 * i] for i in range(4)]
    frames += [255 - photo[200:280, 300 - 3 * i : 396 - 3 * i] for i in range(2)]
    folder = tmp_path_factory.mktemp("video") / "in"
    times = [Fraction(i, 25) for i in range(len(frames))]
    write_clip(
        folder, ClipInfo((80, 96)), zip(map(np.ascontiguousarray, frames), times, strict=True)
    )
    return folder


def on_disk(file: Any) -> Any:
    """Bytes that a file takes, in blocks of 4 kB."""
    return -(-file.stat().st_size // 4096) * 4096


def frames_of(folder: Any) -> Any:
    with open_clip(folder) as clip:
        return [frame.pixels for frame in clip.frames()]


@pytest.mark.slow
def test_a_guide_and_masks_are_read_once_and_each_warning_comes_once(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are files, which another dream than this one reads for each picture."""
    from deepdreamr.motion import painting

    guide, mask = tmp_path / "guide.png", tmp_path / "mask.png"
    Image.fromarray(frames_of(source)[5]).save(guide)
    Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 48, 1).repeat(80, 0)).save(mask)
    read: list[str] = []

    def reads(source: Any, name: str) -> Any:
        read.extend([name] * isinstance(source, str | Path))
        return read_picture(source, name)

    monkeypatch.setattr(painting, "read_picture", reads)
    layers = [LayerTerm("mixed3", objective="guide"), LayerTerm("mixed99")]
    options = {**FEW, "layers": layers, "guide": guide, "mask": mask}
    with pytest.warns(UnknownLayerWarning) as caught:
        made = dream_video(source, output=tmp_path / "out", **options)
    assert len(caught) == 1 and "mixed99" in str(caught[0].message)
    assert made.frames == 6 and sorted(read) == ["guide", "mask"]
    for before, after in zip(frames_of(source), frames_of(tmp_path / "out"), strict=True):
        assert np.array_equal(before[:, :40], after[:, :40])  # black in the mask
        assert not np.array_equal(before[:, 56:], after[:, 56:])


def test_a_clip_is_dreamed_and_interrupted_to_the_same_bytes(source: Any, tmp_path: Path) -> None:
    steps: list[Any] = []
    made = dream_video(source, output=tmp_path / "a.mkv", **{**FEW, "progress": steps.append})
    assert (made.frames, made.scenes, made.shape) == (6, 2, (80, 96))
    assert [step.frame for step in steps] == [1, 2, 3, 4, 5, 6] and steps[-1].left == 0
    assert [step.scene for step in steps] == [1] * 4 + [2] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]

    for stop in (1, 3, 5):

        def ends(step: Any, stop: Any = stop) -> None:
            if step.frame == stop:
                raise KeyboardInterrupt

        with pytest.raises(VideoInterrupted, match="the same call goes on"):
            dream_video(source, output=tmp_path / "b.mkv", **{**FEW, "progress": ends})
    last: list[Any] = []
    dream_video(source, output=tmp_path / "b.mkv", **{**FEW, "progress": last.append})
    assert [step.frame for step in last] == [6]
    assert (tmp_path / "b.mkv").read_bytes() == (tmp_path / "a.mkv").read_bytes()


@pytest.mark.parametrize("name", ["a.mkv", "out"])
def test_a_call_that_was_killed_when_the_clip_was_there_ends(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    few = {**FEW, "layers": {"mixed0": 1}, "first_iterations": 2, "end": 0.08}
    with monkeypatch.context() as killed:
        killed.setattr(FrameFiles, "delete", lambda files: files.path)
        made = dream_video(source, output=tmp_path / name, **few)
    place = tmp_path / f".{name}.dreams"
    assert place.is_dir()
    again = dream_video(source, output=tmp_path / name, **few)
    assert (again.frames, again.scenes) == (made.frames, made.scenes)
    assert [path.name for path in tmp_path.iterdir()] == [name]

    with monkeypatch.context() as killed:
        killed.setattr(FrameFiles, "delete", lambda files: files.path)
        dream_video(source, output=tmp_path / name, overwrite=True, **few)
    file = tmp_path / name / "frame-000001.png" if name == "out" else tmp_path / name
    file.write_bytes(b"other")
    with pytest.raises(OutputError, match="exists already|has frames"):
        dream_video(source, output=tmp_path / name, **few)
    assert file.read_bytes() == b"other"
    (place / "frame-000001.png").unlink()
    with pytest.raises(OutputError, match="exists already|has frames"):
        dream_video(source, output=tmp_path / name, **{**few, "progress": pytest.fail})


@pytest.mark.slow
def test_strength_is_held_and_the_first_frame_is_a_whole_dream(source: Any, tmp_path: Path) -> None:
    made = dream_video(source, output=tmp_path / "out", keep_frames=True, **FEW)
    before, after = frames_of(source), frames_of(tmp_path / "out")
    whole = dream(before[0], {"mixed3": 1}, recipe="vivid", octaves=1, seed=3, iterations=4)
    assert (after[0] == whole.image).all()
    strength = [rms(image_of(a) - image_of(b)) for a, b in zip(after, before, strict=True)]
    assert strength[3] == pytest.approx(strength[0], rel=0.1)
    kept = list(made.kept.glob("frame-*.png"))
    assert len(kept) == 6 and len(list(made.kept.glob("state-*"))) == 2
    used = sum(map(on_disk, made.kept.iterdir()))
    assert used == pytest.approx(disk_of((80, 96), 6, 1), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_without_motion_each_frame_is_its_own_dream(
    source: Any, tmp_path: Path, workers: int
) -> None:
    options = {**FEW, "motion": "none", "workers": workers, "threads": compute_threads()}
    dream_video(source, output=tmp_path / "out", end=0.08, **options)
    before, after = frames_of(source), frames_of(tmp_path / "out")
    assert len(after) == 2
    for pixels, frame in zip(after, before, strict=False):
        alone = dream(frame, {"mixed3": 1}, recipe="vivid", octaves=1, seed=3, iterations=4)
        assert (pixels == alone.image).all()


@pytest.mark.slow
@pytest.mark.parametrize("motion", ["blend", "delta"])
def test_other_ways(source: Any, tmp_path: Path, motion: str) -> None:
    dream_video(source, output=tmp_path / "out", end=0.1, motion=motion, **FEW)
    before, after = frames_of(source), frames_of(tmp_path / "out")
    assert len(after) == 3
    assert all(not (a == b).all() for a, b in zip(after, before, strict=False))


@pytest.mark.slow
def test_masks_colours_and_key_frames(source: Any, tmp_path: Path) -> None:
    mask = np.zeros((80, 96), np.uint8)
    mask[:, 48:] = 255
    options = {**FEW, "layers": {0: {"mixed3": 1}, 0.1: {"mixed4": 1}}, "step": {0: 0.01, 1: 0.02}}
    dream_video(source, output=tmp_path / "out", mask=mask, keep_colors=True, end=0.1, **options)
    before, after = frames_of(source), frames_of(tmp_path / "out")
    for a, b in zip(after, before, strict=False):
        assert (a[:, :48] == b[:, :48]).all() and not (a[:, 48:] == b[:, 48:]).all()


@pytest.mark.slow
def test_weights_that_change_trace_one_network(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: Any, **how: Any) -> Any:
        made.append(given)
        return new_gradient(*given, **how)

    monkeypatch.setattr(graphs, "new_gradient", counted)
    layers = {0: {"mixed2": 1, "mixed3": 1}, 0.2: {"mixed2": -1, "mixed3": 3}}
    dream_video(source, output=tmp_path / "out", **{**FEW, "layers": layers})
    assert len(made) == 1
    dream_video(source, output=tmp_path / "one", end=0.1, **{**FEW, "layers": layers[0]})
    after, still = frames_of(tmp_path / "out"), frames_of(tmp_path / "one")
    assert (after[0] == still[0]).all() and not (after[2] == still[2]).all()


@pytest.mark.slow
def test_windows_are_settled_once(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever memory is free when a call goes on, the windows are the same."""
    few = {**FEW, "layers": {"mixed0": 1}, "first_iterations": 2, "end": 0.08}
    used, windowed = [], gradients.windowed

    def noted(gradient: Any, job: Any, limit: Any) -> Any:
        used.append(limit)
        return windowed(gradient, job, limit)

    def ends(step: Any) -> None:
        raise KeyboardInterrupt

    def limits(name: Any, before: Any, now: Any) -> Any:
        """Those of the first frame and of the second, which another call dreams."""
        used.clear()
        monkeypatch.setattr(settling, "window_pixels", lambda job, activations: before)
        with pytest.raises(VideoInterrupted):
            dream_video(source, output=tmp_path / name, **{**few, "progress": ends})
        monkeypatch.setattr(settling, "window_pixels", lambda job, activations: now)
        dream_video(source, output=tmp_path / name, **few)
        return used

    monkeypatch.setattr(gradients, "windowed", noted)
    assert limits("less", 4000, 3600) == [4000, 4000]
    assert limits("more", 4000, None) == [4000, 4000]
    assert limits("none", None, 4000) == []
    few["max_memory"] = "9GB"
    with pytest.warns(CheckpointWarning, match="less memory"):
        assert limits("asked", 4000, 3600) == [4000, 3600]


@pytest.mark.slow
def test_a_preview_is_small_and_beside_the_output(source: Any, tmp_path: Path) -> None:
    made = dream_video(source, output=tmp_path / "out.gif", preview=True, max_size=64, **FEW)
    assert made.output.name == "out-preview.gif" and made.shape == (53, 64)
    assert not (tmp_path / "out.gif").exists()


def test_what_cannot_be_is_said_before_anything_is_dreamed(source: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    with pytest.raises(ArgumentError, match="`motion` must be one of"):
        dream_video(source, output=out, motion="fast")
    with pytest.raises(ArgumentError, match="`decay` must be"):
        dream_video(source, output=out, decay=2)
    with pytest.raises(ArgumentError, match="`size` is of a dream from noise"):
        dream_video(source, output=out, size=(80, 80))
    with pytest.raises(ArgumentError, match="`clip` must be true or false"):
        dream_video(source, output=out, clip="cut")  # the recipe's setting
    with pytest.raises(ArgumentError, match="unknown argument") as unknown:
        dream_video(source, output=out, checkpoint="x")
    known = str(unknown.value).split("Known: ")[1].split(", ")
    assert "max_size" in known and "size" not in known
    with pytest.raises(UnknownLayerError):
        dream_video(source, {"mixed99": 1}, output=out)
    with pytest.raises(ClipError):
        dream_video(tmp_path / "none.mp4", output=out)
    with pytest.raises(OutputError, match="is the clip to dream of|has frames"):
        dream_video(source, output=source, overwrite=True, **FEW)
    assert not list(tmp_path.iterdir())


def test_pictures_of_other_sizes_are_refused_before_anything_is_dreamed(
    source: Any, tmp_path: Path
) -> None:
    folder, other = tmp_path / "in", tmp_path / "in" / "frame-000003.png"
    shutil.copytree(source, folder)
    Image.open(other).resize((100, 80)).save(other)
    few = {**FEW, "progress": pytest.fail}
    with pytest.raises(ClipError, match="frame-000003.png' has 100x80 pixels, the first one 96x80"):
        dream_video(folder, output=tmp_path / "out.mkv", **few)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_fails_before_the_first_frame_leaves_no_folder(source: Any, tmp_path: Path) -> None:
    with pytest.raises(MemoryLimitError):
        dream_video(source, output=tmp_path / "out.mkv", max_memory="1MB", **FEW)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_files_beside_the_pictures_are_not_of_the_clip(source: Any, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(source, folder)
    few = {**FEW, "layers": {"mixed0": 1}, "first_iterations": 2, "end": 0.12}

    def ends(step: Any) -> None:
        raise KeyboardInterrupt

    for name in ("Thumbs.db", ".DS_Store"):
        with pytest.raises(VideoInterrupted):
            dream_video(folder, output=tmp_path / "out.mkv", **{**few, "progress": ends})
        (folder / name).write_bytes(b"a view of the folder")
    assert dream_video(folder, output=tmp_path / "out.mkv", **few).frames == 3
    with pytest.raises(OutputError, match="would be one of the frames"):
        dream_video(folder, output=folder / "out.gif", **few)
    pattern, more = str(tmp_path / "i?" / "*0.png"), tmp_path / "im"
    with pytest.raises(VideoInterrupted):
        dream_video(pattern, output=tmp_path / "glob.mkv", **{**few, "progress": ends})
    shutil.copytree(source, more)
    with pytest.raises(OutputError, match="another call has left"):
        dream_video(pattern, output=tmp_path / "glob.mkv", **few)


@pytest.mark.slow
def test_the_strongest_channels_are_those_of_the_first_frame(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: Any, **how: Any) -> Any:
        made.append(given)
        return new_gradient(*given, **how)

    def ends(step: Any) -> None:
        if step.frame == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(graphs, "new_gradient", counted)
    few = {**FEW, "layers": LayerTerm("mixed3", 1, objective="strongest(3)")}
    dream_video(source, output=tmp_path / "a", **few)
    assert len(made) == 1
    with pytest.raises(VideoInterrupted):
        dream_video(source, output=tmp_path / "b", **{**few, "progress": ends})
    dream_video(source, output=tmp_path / "b", **few)
    after = frames_of(tmp_path / "a")
    assert np.array_equal(after, frames_of(tmp_path / "b"))
    channels = feature_maps(frames_of(source)[0], "mixed3").ordered()[:3].tolist()
    named = {**FEW, "layers": LayerTerm("mixed3", 1, channels=channels)}
    dream_video(source, output=tmp_path / "c", **named)
    assert np.array_equal(after, frames_of(tmp_path / "c"))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_seen_while_it_is_read_is_told(
    source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """As damage is, which no look at the first frame tells."""
    frames = Film.frames

    def noting(film: Any, clip: Any) -> Iterator[Any]:
        for frame in frames(film, clip):
            if frame.number == 2:
                clip.note("a note")
            yield frame

    monkeypatch.setattr(Film, "frames", noting)
    few = {**FEW, "layers": {"mixed0": 1}, "first_iterations": 1, "end": 0.12}
    made = dream_video(source, output=tmp_path / "out", workers=workers, **few)
    assert made.notes.count("a note") == 1


@pytest.mark.slow
def test_another_calls_frames_are_not_mixed_in(source: Any, tmp_path: Path) -> None:
    def ends(step: Any) -> None:
        raise KeyboardInterrupt

    options = {**FEW, "progress": ends}
    for _ in range(2):  # the first frame, and the second
        with pytest.raises(VideoInterrupted):
            dream_video(source, output=tmp_path / "a.mkv", **options)
    with pytest.raises(OutputError, match="another call has left"):
        dream_video(source, output=tmp_path / "a.mkv", decay=0.5, **options)
    with pytest.raises(VideoInterrupted) as error:
        dream_video(source, output=tmp_path / "a.mkv", decay=0.5, overwrite=True, **options)
    assert error.value.done == 1


@pytest.mark.slow
def test_a_plan_says_what_it_would_take(source: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {n: value for n, value in FEW.items() if n != "progress"}
    own = ("first_iterations", "iterations", "layers")
    asked = VideoRequest(
        clip=source,
        output=tmp_path / "out.mkv",
        **{name: options.pop(name) for name in own},
        options=options,
    )
    plan = plan_video(Film(asked))
    assert (plan.frames, plan.done, plan.shape) == (6, 0, (80, 96))
    assert min(map(present, (plan.seconds, plan.first, plan.each))) > 0
    assert "6 frames of 96x80" in str(plan) and not list(tmp_path.iterdir())
    for ending in (".mkv", ".gif", ""):
        asked = dataclasses.replace(asked, output=tmp_path / f"out{ending}", keep_frames=True)
        plan, made = plan_video(Film(asked)), run_video(asked)
        files = made.output.iterdir() if made.output.is_dir() else [made.output]
        used = sum(map(on_disk, [*present(made.kept).iterdir(), *files]))
        assert plan.disk == pytest.approx(used, rel=0.1), ending
    asked = dataclasses.replace(asked, overwrite=True)
    assert plan_video(Film(asked), measure=False).disk == pytest.approx(used, rel=0.3)


@pytest.mark.slow
def test_scenes_are_dreamed_by_workers_to_the_same_pixels(source: Any, tmp_path: Path) -> None:
    few = {**FEW, "threads": compute_threads()}
    alone = dream_video(source, output=tmp_path / "one", **few)
    steps: list[Any] = []
    how = {**few, "workers": 2, "progress": steps.append}
    made = dream_video(source, output=tmp_path / "two", keep_frames=True, **how)
    assert (made.frames, made.scenes) == (alone.frames, alone.scenes) == (6, 2)
    assert np.array_equal(frames_of(tmp_path / "two"), frames_of(tmp_path / "one"))
    assert {(step.scene, step.frame) for step in steps} == {(1 + (n > 4), n) for n in range(1, 7)}
    assert [step.done for step in steps] == [1, 2, 3, 4, 5, 6]
    assert not list(made.kept.glob("state-*"))  # of scenes that are finished

    for stop in (2, 5):

        def ends(step: Any, stop: Any = stop) -> None:
            if step.done == stop:
                raise KeyboardInterrupt

        with pytest.raises(VideoInterrupted):
            dream_video(source, output=tmp_path / "again", **{**how, "progress": ends})
    dream_video(source, output=tmp_path / "again", **how)
    assert np.array_equal(frames_of(tmp_path / "again"), frames_of(tmp_path / "one"))


def test_what_workers_cannot_have_is_told(source: Any, tmp_path: Path) -> None:
    local = {**FEW, "layers": [LayerTerm("mixed3", objective=lambda activation: activation)]}
    with pytest.raises(ArgumentError, match="other processes"):
        dream_video(source, output=tmp_path / "out", workers=2, **local)


def test_a_clip_is_read_from_any_frame_on(source: Any, tmp_path: Path) -> None:
    copy = tmp_path / "in.mkv"
    with open_clip(source) as clip:
        write_clip(copy, clip.info, ((f.pixels, f.time) for f in clip.frames()))
    spans: list[dict[str, Any]] = [{}, {}, {"start": 0.04, "every": 2}]
    for path, span in zip((source, copy, copy), spans, strict=True):
        asked = VideoRequest(
            clip=path, layers="mixed3", output=tmp_path / "out", options={"octaves": 1}, **span
        )
        film = Film(asked)
        with film.clip() as clip:
            frames = list(film.frames(clip))
        for number, first in enumerate(frames):
            found = list(film.frames_from(first))
            assert [f[:2] for f in found] == [f[:2] for f in frames[number:]]
            assert np.array_equal([f.pixels for f in found], [f.pixels for f in frames[number:]])


def test_a_scene_goes_on_where_its_own_frames_end(tmp_path: Path) -> None:
    from deepdreamr.motion.carrying import first_carried

    frame = np.zeros((8, 9, 3), np.uint8)
    carried = first_carried(image_of(frame) + np.float32(0.1), frame, 3.0, 0.02)
    with FrameFiles(tmp_path / "a.mkv", "asked") as files:
        for number in (0, 1, 4, 5, 6):
            files.keep(number, frame, carried, since=4 if number >= 4 else 0)
        assert files.next(followed=True) == 2 and files.next(4, followed=True) == 7
        assert [files.carried(n) is not None for n in range(7)] == [1, 1, 0, 0, 0, 1, 1]
        files.forget(6)
        assert files.next(4, followed=True) == 4 and files.next(4, followed=False) == 7


def test_which_frame_comes_next(tmp_path: Path) -> None:
    from deepdreamr.motion.carrying import first_carried

    frame = np.zeros((8, 9, 3), np.uint8)
    carried = first_carried(image_of(frame) + np.float32(0.1), frame, 3.0, 0.02)
    with FrameFiles(tmp_path / "a.mkv", "asked") as files:
        assert files.next(followed=True) == 0
        for number in range(5):
            files.keep(number, frame, carried)
        assert files.next(followed=True) == 5 == files.next(followed=False)
        again = present(files.carried(4))
        assert (again.change == carried.change).all() and again[2:] == carried[2:]
        assert files.carried(2) is None
        (files.path / "state-000004.npz").write_bytes(b"half")
        assert files.next(followed=True) == 4 and files.next(followed=False) == 5
        files.file(1).unlink()
        assert files.next(followed=True) == 0 and files.next(followed=False) == 1
