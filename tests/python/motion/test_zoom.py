"""A zoom: what it shows, and that nothing of it is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from needing import present
from PIL import Image

from deepdreamr import dream_zoom, sample_image
from deepdreamr.errors import (
    ArgumentError,
    ClipError,
    ImageError,
    OutputError,
    UnknownLayerError,
    UnknownLayerWarning,
)
from deepdreamr.motion import keys as keys_module
from deepdreamr.motion.looks import held, look_of, sharpness_of
from deepdreamr.motion.workplaces import Workplace
from deepdreamr.motion.zoom import ZoomInterrupted
from deepdreamr.motion.zoom_plan import plan_zoom
from deepdreamr.motion.zooming import Zoom
from deepdreamr.motion.zooms import ZOOM_ARGUMENTS, ZoomRequest, zoom_arguments
from deepdreamr.runs.steps import AscentStep

SHAPE = (60, 80)
FEW = {"layers": {"mixed0": 1}, "octaves": 1, "iterations": 2, "seed": 3, "progress": False}


@pytest.fixture
def picture() -> Any:
    sample = Image.open(sample_image("jelly")).convert("RGB")
    return np.asarray(sample.resize(SHAPE[::-1], Image.Resampling.LANCZOS))


class Dreams:
    """In place of dreams: adds detail that depends on the seed; keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.end = None

    def __call__(self, request: Any, report: Any, **how: Any) -> Any:
        if self.end is not None and len(self.asked) == self.end:
            raise KeyboardInterrupt
        self.asked.append(request)
        image = request.image if request.size is None else np.full((*request.size, 3), 128)
        random = np.random.default_rng(request.seed)
        noise = random.normal(0, 20, image.shape)
        return SimpleNamespace(image=np.clip(image + noise, 0, 255).astype(np.uint8))


@pytest.fixture
def dreams(monkeypatch: pytest.MonkeyPatch) -> Any:
    fake = Dreams()
    monkeypatch.setattr(keys_module, "run", fake)
    return fake


def zoomed(picture: Any, output: Any, **options: Any) -> Any:
    """The frames of a zoom, uint8 (frames, height, width, 3)."""
    dream_zoom(picture, output=output, **{**FEW, **options})
    return frames(output)


def frames(folder: Any) -> Any:
    return np.stack([np.asarray(Image.open(path)) for path in sorted(Path(folder).iterdir())])


def psnr(one: Any, other: Any) -> Any:
    error = np.mean((one.astype(float) - other) ** 2)
    return np.inf if error == 0 else 10 * np.log10(255**2 / error)


# ---- Looks ---------------------------------------------------------------------------------------


ALL = (slice(None), slice(None))


def test_what_is_held_is_as_sharp_as_the_look(picture: Any) -> None:
    look = look_of(picture, ALL)
    blurred = np.asarray(Image.fromarray(picture).resize((40, 30)).resize(SHAPE[::-1]))
    assert sharpness_of(blurred) < 0.5 * look.sharpness
    for fine in (False, True):
        found = held(blurred, look, ALL, fine=fine)
        assert sharpness_of(found) == pytest.approx(look.sharpness, rel=0.1)


def test_a_picture_held_at_its_own_look_stays(picture: Any) -> None:
    found = held(picture, look_of(picture, ALL), ALL)
    assert np.abs(found.astype(int) - picture).max() <= 2


def test_colours_are_drawn_back_part_of_the_way(picture: Any) -> None:
    look = look_of(picture, ALL)
    brighter = np.clip(picture.astype(int) + 60, 0, 255).astype(np.uint8)
    found = held(brighter, look, ALL).mean()
    assert picture.mean() + 20 < found < brighter.mean() - 5


def test_a_flat_picture_stays_finite(picture: Any) -> None:
    flat = np.full((*SHAPE, 3), 128, np.uint8)
    assert held(flat, look_of(picture, ALL), ALL).std() < 80
    assert held(picture, look_of(flat, ALL), ALL).std() < picture.std()


# ---- What it shows -------------------------------------------------------------------------------


def test_frames_grow_evenly_and_stay_sharp(picture: Any, tmp_path: Path, dreams: Any) -> None:
    cv2 = pytest.importorskip("cv2")
    found = zoomed(picture, tmp_path / "out", seconds=1, fps=12, zoom=2)
    assert found.shape == (12, *SHAPE, 3)
    assert len(dreams.asked) == 4  # three growths by at most 1.3 make 2, and one key frame more
    sharp = [sharpness_of(frame) for frame in found]
    assert 0.9 < min(sharp) / sharp[0] and max(sharp) / sharp[0] < 1.1
    grey = [cv2.GaussianBlur(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), (0, 0), 1.5) for f in found]
    growths = []
    for before, after in zip(grey, grey[1:], strict=False):
        start = np.eye(2, 3, dtype=np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 300, 1e-7)
        _, matrix = cv2.findTransformECC(before, after, start, cv2.MOTION_AFFINE, stop)
        growths.append(np.sqrt(np.linalg.det(matrix[:, :2])))
    np.testing.assert_allclose(growths, 2 ** (1 / 12), rtol=0.02)


@pytest.mark.parametrize("outward", [False, True])
def test_more_frames_a_second_show_the_same_motion(
    picture: Any, tmp_path: Path, dreams: Any, outward: bool
) -> None:
    how = {"seconds": 0.5, "zoom": 2, "rotate": 10, "shift": (0.05, 0.1), "outward": outward}
    few = zoomed(picture, tmp_path / "few", fps=10, **how)
    many = zoomed(picture, tmp_path / "many", fps=20, **how)
    assert len(many) == 2 * len(few)
    assert min(map(psnr, many[::2], few)) > 40


@pytest.mark.parametrize(
    "how",
    [{}, {"rotate": 60}, {"zoom": 1, "rotate": 45}, {"zoom": 1, "shift": (0.4, -0.3)}],
    ids=str,
)
def test_no_border_is_ever_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    """Of white key frames with black edges every frame is white."""

    def edged(request: Any, report: Any, **how: Any) -> Any:
        image = np.zeros(request.image.shape, np.uint8)
        image[1:-1, 1:-1] = 255
        return SimpleNamespace(image=image)

    monkeypatch.setattr(keys_module, "run", edged)
    monkeypatch.setattr(keys_module, "held", lambda image, look, inner: image)
    white = np.full((*SHAPE, 3), 255, np.uint8)
    assert zoomed(white, tmp_path / "out", seconds=0.6, fps=10, **how).min() == 255


def test_a_loop_ends_where_it_begins(picture: Any, tmp_path: Path, dreams: Any) -> None:
    found = zoomed(picture, tmp_path / "out", seconds=1, fps=24, loop=True).astype(float)
    steps = np.sqrt(np.mean(np.diff(found, axis=0) ** 2, axis=(1, 2, 3)))
    seam = np.sqrt(np.mean((found[-1] - found[0]) ** 2))
    assert seam < 1.2 * np.median(steps) and steps.max() < 1.2 * np.median(steps)
    assert len(dreams.asked) == 3


def test_outward_is_inward_played_backwards(picture: Any, tmp_path: Path, dreams: Any) -> None:
    inward = zoomed(picture, tmp_path / "in", seconds=0.5, fps=10)
    outward = zoomed(picture, tmp_path / "out", seconds=0.5, fps=10, outward=True)
    np.testing.assert_array_equal(outward[:0:-1], inward[1:])  # each begins at its own end


def test_the_first_frame_is_the_first_dream(picture: Any, tmp_path: Path, dreams: Any) -> None:
    found = zoomed(picture, tmp_path / "out", seconds=0.2, fps=10)
    request = dreams.asked[0]
    zoom = Zoom(ZoomRequest(image=picture, output=tmp_path / "new", options={"octaves": 1}))
    dreamed = Dreams()(request, None).image[zoom.place.inner]
    assert psnr(found[0], dreamed) > 45
    np.testing.assert_array_equal(request.image[zoom.place.inner], picture)


def test_settings_change_with_the_time_of_the_clip(
    picture: Any, tmp_path: Path, dreams: Any
) -> None:
    how = {"seconds": 1, "fps": 4, "zoom": 2, "layers": {0: {"mixed0": 1}, 1: {"mixed0": 4}}}
    zoomed(picture, tmp_path / "in", step={0: 0.01, "1s": 0.04}, **how)
    inward = [(r.layers[0].weight, r.settings["step"]) for r in dreams.asked]
    assert inward[0] == (1, 0.01) and inward[-1] == (4, 0.04)
    assert [w for w, _ in inward] == sorted(w for w, _ in inward) and len(set(inward)) == 4
    dreams.asked.clear()
    zoomed(picture, tmp_path / "out", step={0: 0.01, "1s": 0.04}, outward=True, **how)
    outward = [(r.layers[0].weight, r.settings["step"]) for r in dreams.asked]
    assert outward[0] == (4, 0.04)  # the picture comes last


def test_from_noise_it_begins_when_there_is_something_to_see(tmp_path: Path, dreams: Any) -> None:
    found = zoomed(None, tmp_path / "out", seconds=0.3, fps=10, size=SHAPE, octaves=2)
    assert found.shape == (3, *SHAPE, 3)
    first = dreams.asked[0].image
    assert 5 < first.std() < 30 and sharpness_of(first) < 0.5 * first.var()
    sizes = [r.settings["octaves"] for r in dreams.asked]
    assert sizes == [2] * 5


def test_key_frames_after_the_first_are_of_few_octaves_and_end_when_they_are_sharp(
    picture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, asked = [], []

    def stepwise(request: Any, report: Any, **how: Any) -> Any:
        """A dream each of whose steps adds as much noise."""
        asked.append(request)
        image, random = request.image.astype(float), np.random.default_rng(request.seed)
        for number in range(1, 21):
            image = image + random.normal(0, 5, image.shape)
            pixels = np.clip(image, 0, 255).astype(np.uint8)
            seen = pixels if request.every == 1 else None
            if not report(AscentStep(1, 1, pixels.shape[:2], number, 20, 1.0, seen)):
                break
        steps.append(number)
        return SimpleNamespace(image=pixels)

    monkeypatch.setattr(keys_module, "run", stepwise)
    zoomed(picture, tmp_path / "out", seconds=1, fps=4, octaves=5, octave_scale=1.1, max_loss=None)
    assert steps[0] == 20 and all(5 < count < 20 for count in steps[1:])
    assert [r.settings["octaves"] for r in asked] == [5, 3, 3, 3]


@pytest.mark.slow
def test_a_preview_is_one_second_and_small(tmp_path: Path, dreams: Any) -> None:
    large = np.random.default_rng(0).integers(0, 255, (400, 640, 3), np.uint8)
    how = {**FEW, "seconds": 30, "fps": 5, "preview": True}
    made = dream_zoom(large, output=tmp_path / "out", **how)
    assert made.output == tmp_path / "out-preview" and not (tmp_path / "out").exists()
    assert frames(made.output).shape == (5, 200, 320, 3) and len(dreams.asked) == 4
    dreams.asked.clear()
    again = dream_zoom(large, output=tmp_path / "out", **how, loop=True)  # it may be replaced
    assert len(dreams.asked) == 4 and again.output == made.output


# ---- Nothing is lost -----------------------------------------------------------------------------


@pytest.mark.parametrize("end", [0, 1, 3])
def test_started_again_it_goes_on_with_the_same_pixels(
    picture: Any, tmp_path: Path, dreams: Any, end: int
) -> None:
    how = {"seconds": 1, "fps": 4, "seed": None}
    output = tmp_path / "out"
    dreams.end = end
    with pytest.raises(ZoomInterrupted, match="the same call goes on"):
        zoomed(picture, output, **how)
    assert not output.exists() and (tmp_path / ".out.dreams").is_dir() == (end > 0)
    before, dreams.end = len(dreams.asked), None
    found = zoomed(picture, output, **how)
    assert before == end and len(dreams.asked) == 4
    seed = dreams.asked[0].seed
    np.testing.assert_array_equal(found, zoomed(picture, tmp_path / "new", **how | {"seed": seed}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "out"]


def test_a_call_that_was_killed_when_the_clip_was_there_ends(
    picture: Any, tmp_path: Path, dreams: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(Workplace, "delete", lambda workplace: None)
        made = zoomed(picture, tmp_path / "out", seconds=1, fps=4)
    assert (zoomed(picture, tmp_path / "out", seconds=1, fps=4) == made).all()
    assert len(dreams.asked) == 4 and [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_another_call_has_left_is_not_gone_on_with(
    picture: Any, tmp_path: Path, dreams: Any
) -> None:
    dreams.end = 2
    with pytest.raises(ZoomInterrupted):
        zoomed(picture, tmp_path / "out", seconds=1, fps=4)
    dreams.end = None
    with pytest.raises(OutputError, match="another call has left.*Repeat that call"):
        zoomed(picture, tmp_path / "out", seconds=1, fps=4, zoom=3)
    dreams.asked.clear()
    zoomed(picture, tmp_path / "out", seconds=1, fps=4, zoom=3, overwrite=True)
    assert len(dreams.asked) == 6


def test_other_frames_a_second_take_the_same_key_frames(
    picture: Any, tmp_path: Path, dreams: Any
) -> None:
    dreams.end = 2
    with pytest.raises(ZoomInterrupted):
        zoomed(picture, tmp_path / "out", seconds=1, fps=4)
    dreams.end = None
    zoomed(picture, tmp_path / "out", seconds=1, fps=8)
    assert len(dreams.asked) == 4


def test_what_a_deletion_has_left_is_no_key_frame(
    picture: Any, tmp_path: Path, dreams: Any
) -> None:
    dreams.end = 2
    with pytest.raises(ZoomInterrupted):
        zoomed(picture, tmp_path / "out", seconds=1, fps=4)
    (tmp_path / ".out.dreams" / "state.json").unlink()
    dreams.end = None
    dreams.asked.clear()
    zoomed(picture, tmp_path / "out", seconds=1, fps=4, zoom=3)
    assert len(dreams.asked) == 6


def test_two_runs_cannot_have_one_output(picture: Any, tmp_path: Path, dreams: Any) -> None:
    zoom = Zoom(ZoomRequest(image=picture, output=tmp_path / "out", options={"octaves": 1}))
    with zoom.workplace(), pytest.raises(OutputError, match="another run works in"):
        zoomed(picture, tmp_path / "out", seconds=1, fps=4)


def test_an_output_that_exists_stays(picture: Any, tmp_path: Path, dreams: Any) -> None:
    zoomed(picture, tmp_path / "out", seconds=0.5, fps=4)
    with pytest.raises(OutputError, match="has frames"):
        zoomed(picture, tmp_path / "out", seconds=0.5, fps=4)
    assert len(zoomed(picture, tmp_path / "out", seconds=1, fps=4, overwrite=True)) == 4


# ---- What is told --------------------------------------------------------------------------------


def test_progress_tells_of_each_dream_and_each_frame(picture: Any, tmp_path: Path) -> None:
    seen: list[Any] = []
    zoomed(picture, tmp_path / "out", seconds=0.5, fps=4, progress=seen.append)
    keys = [(s.key, s.step.iteration) for s in seen if s.step]
    assert keys[:2] == [(1, 1), (1, 2)] and keys[-1][0] == 3
    assert [s.frame for s in seen if s.step is None] == [1, 2]
    assert all(s.keys == 3 and s.frames == 2 for s in seen)
    assert str(seen[0]).startswith("key frame 1/3, octave 1/1")
    assert seen[-1].left == 0 and str(seen[-1]) == "frame 2/2, 0:00 left"


@pytest.mark.slow
def test_a_warning_comes_once_for_all_key_frames(picture: Any, tmp_path: Path) -> None:
    few: dict[str, Any] = FEW | {"layers": {"mixed0": 1, "mixed99": 1}, "seconds": 1, "fps": 4}
    with pytest.warns(UnknownLayerWarning) as caught:
        made = dream_zoom(picture, output=tmp_path / "out", **few)
    assert (made.frames, made.seed) == (4, 3)
    assert len(caught) == 1 and "mixed99" in str(caught[0].message)


@pytest.mark.slow
def test_a_plan_says_what_it_would_take(picture: Any, tmp_path: Path) -> None:
    asked = ZoomRequest(image=picture, output=tmp_path / "out", seconds=2, fps=10)
    asked = dataclasses.replace(asked, options={"octaves": 1, "iterations": 2})
    plan = plan_zoom(Zoom(asked))
    assert (plan.frames, plan.dreams, plan.done, plan.shape) == (20, 7, 0, SHAPE)
    assert present(plan.seconds) > 0 and not list(tmp_path.iterdir())
    assert "20 frames of 7 dreams" in str(plan)
    guess = plan_zoom(Zoom(asked), measure=False)
    assert guess.seconds is None and guess.disk > 7 * plan.key_shape[0] * plan.key_shape[1] * 3


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".mkv", ".webp", ""])
@pytest.mark.parametrize("how", [{}, {"loop": True, "seconds": 3}, {"outward": True, "zoom": 1.5}])
def test_a_plan_knows_the_disk_within_a_tenth(
    picture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, how: Any
) -> None:
    """All that is there when the clip is written, before the key frames are deleted."""
    output, used = tmp_path / f"out{ending}", []

    def told(workplace: Any) -> None:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        used.append(sum(path.stat().st_size for path in files))

    few = {"octaves": 2, "iterations": 4, "seed": 3, "layers": {"mixed2": 1}} | how
    few = {"seconds": 2, "fps": 12} | few
    plan = planned(picture, output, **few)
    monkeypatch.setattr(Workplace, "delete", told)
    dream_zoom(picture, output=output, progress=False, **few)
    assert plan.disk == pytest.approx(used[0], rel=0.1)


def planned(picture: Any, output: Any, *, layers: Any, **options: Any) -> Any:
    return plan_zoom(Zoom(ZoomRequest(**zoom_arguments(picture, layers, output, options))))


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"zoom": 0.5}, ArgumentError, "`zoom` must be a number >= 1"),
        ({"zoom": 1}, ArgumentError, "`zoom` must be > 1 where nothing turns"),
        ({"seconds": 0}, ArgumentError, "from 1 to"),
        ({"seconds": "soon"}, ArgumentError, "`seconds` must be seconds >= 0"),
        ({"fps": 0}, ArgumentError, "`fps` must be > 0"),
        ({"shift": 0.1}, ArgumentError, "`shift` must be two shares"),
        ({"shift": (1, "a")}, ArgumentError, "`shift` must be a number"),
        ({"growth": 1}, ArgumentError, "`growth` must be a number >= 1.01"),
        ({"mask": "a.png"}, ArgumentError, "`mask` is of a picture that stays"),
        ({"size": SHAPE}, ArgumentError, "`size` is of noise to start from"),
        ({"iteratons": 3}, ArgumentError, "mean iterations\\?"),
        ({"checkpoint": "a.ckpt"}, ArgumentError, "unknown argument 'checkpoint'"),
        ({"layers": {"mixed99": 1}}, UnknownLayerError, "no layer mixed99"),
        ({"layers": {0: "mixed3", 5: "mixed99"}}, UnknownLayerError, "no layer mixed99"),
        ({"network": {0: "inception_v3", 5: "vgg16"}}, ArgumentError, "cannot change with time"),
        ({"octaves": 9}, ImageError, "too small for octaves=9"),
        ({"progress": 3}, ArgumentError, "`progress` must be"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_dreamed(
    picture: Any, tmp_path: Path, dreams: Any, options: Any, error: Any, text: str
) -> None:
    with pytest.raises(error, match=text):
        zoomed(picture, tmp_path / "out", **options)
    assert not dreams.asked and not list(tmp_path.iterdir())


def test_what_is_known_of_a_zoom_is_what_it_takes(picture: Any, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="mean keep_colors") as unknown:
        zoomed(picture, tmp_path / "out", keep_colours=True)
    known = str(unknown.value).split("Known: ")[1].rstrip(".").split(", ")
    assert {"growth", "keep_colors", "size", "step"} <= set(known)
    assert not {"mask", "masks"} & set(known)


def test_a_zoom_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="needs a picture, or else the `size`"):
        dream_zoom(output=tmp_path / "out", **FEW)


def test_an_unknown_ending_is_told(picture: Any, tmp_path: Path) -> None:
    with pytest.raises((OutputError, ClipError), match="unknown kind of clip '.xyz'"):
        zoomed(picture, tmp_path / "out.xyz")


def test_the_signature_has_all_arguments() -> None:
    import inspect

    given = [n for n in inspect.signature(dream_zoom).parameters if n != "progress"]
    assert given == list(ZOOM_ARGUMENTS)


def test_a_video_file(picture: Any, tmp_path: Path, dreams: Any) -> None:
    av = pytest.importorskip("av")
    made = dream_zoom(picture, output=tmp_path / "out.mp4", seconds=0.5, fps=24, **FEW)
    with av.open(str(made.output)) as clip:
        stream = clip.streams.video[0]
        assert (stream.height, stream.width) == SHAPE and stream.average_rate == 24
        assert sum(1 for _ in clip.decode(stream)) == 12 == made.frames
    assert str(made).startswith("0.5 s of 80x60: 12 frames of 3 dreams")
