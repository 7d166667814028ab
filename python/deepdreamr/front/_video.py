"""clip → **dream** → clip, clip → **sheet**: the commands `video` and `clip-sheet`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click

from ..motion.videos import FILMING, NOT_FILMED, VIDEO_GROUPS, video_arguments
from ._changing import given_changing, may_change
from ._clips import clip_path, tell_clip
from ._options import Command, clip_output, options_of, output_options, request_options
from ._progress import on_one_line, say


@click.command(name="video", cls=Command)
@click.argument("video", metavar="IN")
@clip_output
@options_of(FILMING)
@may_change
@request_options(VIDEO_GROUPS, *NOT_FILMED)
@click.option("--dry-run", is_flag=True, help="say what it would take, and dream only a few frames")
@click.option("--json", "as_json", is_flag=True, help="say what comes of it as JSON")
def video_command(video: str, output: str, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Dream of the clip IN, so that the dream stays on what it grows on.

    IN is a video, an animated GIF or WebP, a folder of pictures or a glob. The clip is written to
    OUT, whose ending names the kind: .mp4, .mkv, .webm, .gif, .webp; without one it is a folder of
    PNG files. It has the size, the times and the sound of IN. Its frames are kept in a hidden
    folder beside it until it is there: the same command goes on where it ended. Layers and other
    options of the loss may change with time: --step "0: 0.02; 10s: 0.05".
    """
    from ..motion.filming import Film
    from ..motion.video import VideoInterrupted, run_video
    from ..motion.video_plan import plan_video
    from ..motion.videos import VideoRequest

    arguments = given_changing(options)
    layers = arguments.pop("layers", None)
    asked = VideoRequest(**video_arguments(video, layers, clip_path(output), arguments))
    if dry_run:
        plan = plan_video(Film(asked))
        click.echo(json.dumps(dataclasses.asdict(plan))) if as_json else say(str(plan))
        return
    tell_clip(lambda: run_video(asked, None), VideoInterrupted, as_json)


@click.command(name="clip-sheet", cls=Command)
@click.argument("video", metavar="IN")
@output_options
@click.option("--frames", type=int, default=12, show_default=True, help="how many, if it has them")
@click.option("--start", metavar="TIME", help="where it begins: 10, 10s or 1:02.5")
@click.option("--end", metavar="TIME", help="where it ends")
@click.option("--rate", type=float, help="frames a second of a folder of pictures  [default: 25]")
@click.option("--columns", type=int, help="frames in a row  [default: for a sheet of about 4:3]")
def clip_sheet_command(video: str, output: str, overwrite: bool, **options: Any) -> None:
    """Show frames of the clip IN side by side, from its first to its last.

    They are written to OUT as one picture, each with its moment.
    """
    from ..motion.sheet import clip_sheet
    from ._keeping import output_path, write

    path = output_path(output, {"overwrite": overwrite}, image=video)
    result = clip_sheet(video, **options)
    write(result, path, overwrite)
    height, width = result.shape
    say(on_one_line(f"{width}x{height}: frames of {video}"))
    click.echo(path)
