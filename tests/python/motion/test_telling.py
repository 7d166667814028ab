"""The bars of clips and zooms: how far they are, in one line each, which is gone at the end."""

from __future__ import annotations

from typing import Any

import pytest

from deepdreamr.motion.telling import ZoomBar, ZoomStep
from deepdreamr.motion.watching import VideoBar, VideoStep, Watch
from deepdreamr.runs.steps import AscentStep


def drawn(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Each state of the line, without the bar between its two strokes."""
    lines = capsys.readouterr().err.split("\r")
    return [line.partition("|")[0] + line.rpartition("|")[2] for line in lines if line.strip()]


def test_a_clip_s_bar_counts_frames(capsys: pytest.CaptureFixture[str]) -> None:
    bar = VideoBar()
    bar.close()  # nothing has begun
    for done in (4, 5, 10):
        bar(VideoStep(done, 10, 1, 0.25, done, None if done == 4 else 7.2))
    bar.close()
    lines = drawn(capsys)
    assert "3/10" in lines[0] and "10/10" in lines[-1]  # an earlier call has dreamed three
    assert any("loss 0.250, 7 s left" in line for line in lines)


def test_a_clip_of_unknown_length_has_frames_alone(capsys: pytest.CaptureFixture[str]) -> None:
    bar = VideoBar()
    bar(VideoStep(1, None, None, None, 1, None))
    bar.close()
    assert "1frame" in drawn(capsys)[-1] and "loss" not in drawn(capsys)


def test_a_zoom_s_bar_counts_key_frames_and_then_frames(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = ZoomBar()
    step = AscentStep(1, 2, (20, 30), 3, 5, 0.5)
    bar(ZoomStep(2, 3, 0, 24, step, 100.0))
    bar(ZoomStep(3, 3, 0, 24, step, None))
    bar(ZoomStep(3, 3, 8, 24, None, 2.0))
    bar.close()
    lines = drawn(capsys)
    assert "key frames 0/3" in lines[0]
    assert any("key frames 1/3" in line and "loss 0.500" in line for line in lines)
    assert any("key frames 2/3" in line for line in lines)
    assert "frames 8/24" in lines[-1] and "key" not in lines[-1] and "left" in lines[-1]


class Closed:
    """Standard error of a terminal that was closed."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("bar", "step"),
    [
        (VideoBar, VideoStep(1, 2, None, 0.5, 1, None)),
        (ZoomBar, ZoomStep(1, 2, 0, 24, None, None)),
    ],
)
def test_a_terminal_that_was_closed_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, bar: Any, step: Any
) -> None:
    monkeypatch.setattr("sys.stderr", Closed())
    shown = bar()
    shown(step)
    shown.close()


def test_the_time_left_is_that_of_the_latest_frames() -> None:
    watch = Watch(10)
    assert watch.step(0, 1, 1, 0.5) == VideoStep(1, 10, 1, 0.5, 1, None)  # it started everything
    left = watch.step(1, 2, 1, None).left
    assert left is not None and 0 <= left < 10
    assert Watch(None).step(0, 1, None, None).left is None
    assert str(VideoStep(3, 10, 1, 0.25, 3, 7.2)) == "frame 3/10, loss 0.250, 7 s left"
