"""clip → **end** of its command: what is said of a clip that is there, or that was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..errors import OutputError
from ._progress import on_one_line, say, tell
from ._signals import Signals

if TYPE_CHECKING:
    from ..motion.video import VideoClip
    from ..motion.zoom import ZoomClip


def clip_path(output: str) -> str:
    """Where a command writes its clip, which is never standard output."""
    from ._streams import STANDARD

    if output == STANDARD:
        raise OutputError("a clip is a file or a folder: it cannot go to standard output.")
    return output


def tell_clip(
    make: Callable[[], ZoomClip | VideoClip], stopped: type[BaseException], as_json: bool
) -> None:
    """Make a clip, and say what came of it.

    Parameters
    ----------
    stopped : the class of its interrupt
    as_json : whether it is said as JSON
    """
    try:
        made = make()
    except stopped as interrupt:
        tell(str(interrupt))
        status = click.get_current_context().ensure_object(Signals).status
        raise click.exceptions.Exit(status) from None
    for note in made.notes:
        tell(on_one_line(note))
    if as_json:
        click.echo(json.dumps(made.told()))
    else:
        say(on_one_line(made))
        click.echo(made.output)
