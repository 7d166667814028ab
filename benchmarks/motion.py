"""How steady a clip's dream is, how strong it stays, and how long it takes, way by way.

    python benchmarks/motion.py --frames 24 --size 180x320 --speed 6 --sheets DIR
    python benchmarks/motion.py --clip in.mp4 --start 1s
    python benchmarks/motion.py --ways "each by itself" --iterations 1 2 3 4 8

Made with DIS flow, judged with another's (Farneback): a frame is warped to the one before by the
source's flow; the error is the mean squared difference in [0, 1], over pixels that are not hidden,
and its share of that of dreaming each frame by itself. As a weak dream has a small error, strength
(RMS of dream - frame, in levels of 255) stands beside it, and at the end what is left of the error
where the same dream has a share of its strength. With --iterations there is a row for motion="flow"
of so many steps at each octave. Speed is frames a second as a share of dreaming each by itself, by
the clock and by the processor's time, which other programs disturb less. All ratios are of one run.

Without --clip a camera turns over a still picture, --speed pixels a frame, and a disc crosses it.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from PIL import Image

from deepdreamr import dream_video, sample_image
from deepdreamr.motion.clips import ClipInfo, open_clip, write_clip

APART = (1, 8)
SHARES = (0.5, 0.25, 0.1)
WAYS: dict[str, dict[str, Any]] = {
    "each by itself": {"motion": "none", "workers": 1},
    "blend 0.5": {"motion": "blend", "decay": 0.5},
    "blend 0.85": {"motion": "blend", "decay": 0.15},
    "DeepDreamAnim": {"motion": "delta"},
    "flow": {"motion": "flow"},
}


def turning(frames: int, speed: float, shape: tuple[int, int]) -> list[np.ndarray]:
    """A camera that moves on a circle over the sample picture, and a disc the other way."""
    still = np.asarray(Image.open(sample_image("jelly")).convert("RGB"), np.float32)
    (height, width), radius = shape, 100
    still = cv2.resize(still, (2 * width + 4 * radius, 2 * height + 4 * radius))
    middle = still.shape[1] / 2, still.shape[0] / 2
    disc = np.ascontiguousarray(still[::-1, ::-1][-height:, -width:])
    y, x = np.mgrid[:height, :width]
    made = []
    for number in range(frames):
        angle = number * speed / radius
        left, top = (m + radius * f(angle) - n / 2 for m, f, n in
                     zip(middle, (np.cos, np.sin), (width, height), strict=True))  # fmt: skip
        frame = _shifted(still, (left, top), (height, width))
        left = width * (0.5 + 0.3 * np.cos(number * speed / 120))
        inside = np.clip(height / 5 - np.hypot(x - left, y - height * 0.55) + 0.5, 0, 1)[..., None]
        frame += inside * (_shifted(disc, (width / 2 - left, 0), (height, width)) - frame)
        made.append(np.clip(np.rint(frame), 0, 255).astype(np.uint8))
    return made


def _shifted(image: np.ndarray, corner: tuple[float, float], shape: tuple[int, int]) -> np.ndarray:
    matrix = np.array([[1, 0, corner[0]], [0, 1, corner[1]]], np.float32)
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, shape[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT)


class Judge:
    """Warps frames by the flow of their source."""

    def __init__(self, source: list[np.ndarray]) -> None:
        self.source = source
        self._pairs = {
            (first, gap): _pair(source[first], source[first + gap])
            for gap in APART
            for first in range(len(source) - gap)
        }
        near = [flow for (_, gap), (flow, _) in self._pairs.items() if gap == 1]
        self.motion = np.mean([np.hypot(flow[..., 0], flow[..., 1]).mean() for flow in near])

    def hidden(self, gap: int) -> float:
        """Share of pixels that are hidden in the other frame."""
        return 1 - float(np.mean([m.mean() for (_, g), (_, m) in self._pairs.items() if g == gap]))

    def error(self, frames: list[np.ndarray], gap: int) -> float:
        """The warping error of frames so far apart."""
        errors = []
        for first in range(len(frames) - gap):
            flow, seen = self._pairs[first, gap]
            there = _warped(frames[first + gap].astype(np.float32), flow)
            errors.append(np.square((there - frames[first]) / 255)[seen].mean())
        return float(np.mean(errors)) if errors else float("nan")

    def strength(self, frames: list[np.ndarray]) -> np.ndarray:
        """RMS of dream - frame, of each frame."""
        pairs = zip(frames, self.source, strict=True)
        return np.array([np.sqrt(np.square(a.astype(float) - b).mean()) for a, b in pairs])

    def drift(self, frames: list[np.ndarray], measure: Callable[[np.ndarray], float]) -> float:
        """How much dream / source grows, last frames against first."""
        ends = max(1, min(25, len(frames) // 3))
        ratio = [measure(a) / measure(b) for a, b in zip(frames, self.source, strict=True)]
        return float(np.mean(ratio[-ends:]) / np.mean(ratio[:ends]))


def _pair(first: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flow, back = _farneback(first, other), _farneback(other, first)
    there = _warped(back, flow)
    gap = np.square(flow + there).sum(-1)
    limit = 0.01 * (np.square(flow).sum(-1) + np.square(there).sum(-1)) + 0.5
    place = _places(flow)
    height, width = flow.shape[:2]
    inside = ((place >= 0) & (place <= (width - 1, height - 1))).all(-1)
    return flow, (gap < limit) & inside


def _farneback(first: np.ndarray, other: np.ndarray) -> np.ndarray:
    one, two = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, other))
    return cv2.calcOpticalFlowFarneback(one, two, None, 0.5, 5, 21, 5, 7, 1.5, 0)


def _places(flow: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    return np.stack((x, y), -1) + flow


def _warped(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    places, border = _places(flow), cv2.BORDER_REPLICATE
    return cv2.remap(image, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=border)


def brightness(pixels: np.ndarray) -> float:
    return float(pixels.mean())


def saturation(pixels: np.ndarray) -> float:
    return float((pixels.max(-1).astype(float) - pixels.min(-1)).mean()) + 1e-3


def faded(frames: list[np.ndarray], source: list[np.ndarray], share: float) -> list[np.ndarray]:
    """The dream with a share of its strength."""
    pairs = zip(frames, source, strict=True)
    return [np.rint(b + share * (a.astype(float) - b)).astype(np.uint8) for a, b in pairs]


def seconds_each(took: list[tuple[float, float]]) -> np.ndarray:
    """Of a frame, without the first two, which load and trace the network."""
    return np.diff(took, axis=0)[1:].mean(0) if len(took) > 2 else np.full(2, np.nan)


def dreamed(source: Path, folder: Path, **options: object) -> tuple[list[np.ndarray], np.ndarray]:
    """The frames of a clip's dream, and seconds for each, by the clock and of the processor."""
    took: list[tuple[float, float]] = []
    progress = lambda step: took.append((time.perf_counter(), time.process_time()))  # noqa: E731
    dream_video(source, output=folder, progress=progress, seed=1, **options)
    with open_clip(folder) as clip:
        return [frame.pixels for frame in clip.frames()], seconds_each(took)


def sheet(path: Path, frames: list[np.ndarray], count: int = 12) -> None:
    """A contact sheet: so many frames of a clip, evenly."""
    chosen = [frames[round(i * (len(frames) - 1) / (count - 1))] for i in range(count)]
    rows = [np.concatenate(chosen[i : i + 4], 1) for i in range(0, count, 4)]
    Image.fromarray(np.concatenate(rows)).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="180x320")
    parser.add_argument("--speed", type=float, default=6)
    parser.add_argument("--clip")
    parser.add_argument("--start", default=None)
    parser.add_argument("--octaves", type=int, default=4)
    parser.add_argument("--recipe", default="rblog")
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--iterations", nargs="*", type=int, default=[])
    parser.add_argument("--sheets", type=Path)
    asked = parser.parse_args()
    height, width = (int(n) for n in asked.size.split("x"))
    shape = (height, width)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if asked.clip:
            with open_clip(asked.clip, start=asked.start) as clip:
                some = itertools.islice(clip.frames(), asked.frames)
                way = {"interpolation": cv2.INTER_AREA}
                frames = [cv2.resize(frame.pixels, shape[::-1], **way) for frame in some]
        else:
            frames = turning(asked.frames, asked.speed, shape)
        info = ClipInfo(frames[0].shape[:2])
        write_clip(folder / "in", info, ((f, i / info.rate) for i, f in enumerate(frames)))
        report(frames, folder, asked)


def report(frames: list[np.ndarray], folder: Path, asked: argparse.Namespace) -> None:
    """One row for each way."""
    judge = Judge(frames)
    height, width = frames[0].shape[:2]
    print(
        f"{len(frames)} frames of {width}x{height}, {judge.motion:.2f} px a frame; hidden: "
        f"{judge.hidden(1):.1%} of neighbours, {judge.hidden(8):.1%} of frames 8 apart"
    )
    print(
        "| way | error | 8 apart | strength: first | last | mean | brightness | saturation ", end=""
    )
    print("| s | speed | of the processor |")
    print("|---" * 11 + "|")
    base, curve = [1.0, 1.0], list[tuple[str, list[np.ndarray]]]()
    ways = {way: WAYS[way] for way in asked.ways}
    ways |= {f"flow, {n} steps": {"motion": "flow", "iterations": n} for n in asked.iterations}
    alone = each = np.full(2, np.nan)
    for number, way in enumerate((*ways, "source")):
        made, each = frames, np.full(2, np.nan)
        if way != "source":
            options = {"octaves": asked.octaves, "recipe": asked.recipe, **ways[way]}
            made, each = dreamed(folder / "in", folder / str(number), **options)
        errors = [judge.error(made, gap) for gap in APART]
        base, alone = (errors, each) if way == "each by itself" else (base, alone)
        strength = judge.strength(made)
        cells = [error / whole for error, whole in zip(errors, base, strict=True)]
        cells += [strength[0], strength[-1], strength.mean()]
        cells += [judge.drift(made, measure) for measure in (brightness, saturation)]
        cells += [each[0], *(alone / each)]
        print(f"| {way} | {' | '.join(f'{cell:.3f}' for cell in cells)} |", flush=True)
        if way == "flow":
            curve = [(f"flow, {share:.0%} of it", faded(made, frames, share)) for share in SHARES]
        if asked.sheets and way != "source":
            name = way.replace(" ", "-")
            sheet(asked.sheets / f"{name}.png", made)
            Image.fromarray(made[-1]).save(asked.sheets / f"{name}-last.png")
    for name, made in curve:
        errors = [judge.error(made, gap) / whole for gap, whole in zip(APART, base, strict=True)]
        print(f"| {name} | {errors[0]:.3f} | {errors[1]:.3f} |")


if __name__ == "__main__":
    main()
