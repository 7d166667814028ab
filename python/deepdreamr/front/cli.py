"""The command `deepdreamr`: files in, files out. The options are those of `Request` and `Recipe`.

A command imports what it needs when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from ..errors import DeepDreamError, system_said
from ..machine import is_shortage
from ..many.request import RUNNING
from ..runs.request import ARGUMENTS, GROUPS, NOT_KEEPING
from ._later import Later
from ._options import (
    Commands,
    argument_option,
    metadata_option,
    output_options,
    request_options,
    running_options,
)
from ._progress import on_one_line, say, tell
from ._signals import Signals

_OTHERS = {
    **{"app": "_app", "completion": "_completing", "show": "_finished", "mix": "_finished"},
    **dict.fromkeys(("classes", "layers", "networks", "recipes"), "_listing"),
    **dict.fromkeys(("sheet", "channels", "gradient", "features"), "_inspecting"),
    **{"video": "_video", "clip-sheet": "_video", "zoom": "_zoom"},
}
"""The commands that are not written here, and their modules."""


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from ..version import version

        click.echo(f"deepdreamr, version {version()}")
        ctx.exit()


@click.group(
    cls=Commands,
    commands=Later(_OTHERS),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """DeepDream: let a trained network paint what it sees in a picture."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


@cli.command(name="dream")
@click.argument("images", metavar="[IN]...", nargs=-1)
@output_options
@metadata_option
@request_options(GROUPS)
@running_options
@click.option("--dry-run", is_flag=True, help="say what many pictures would take, and dream none")
@click.option("--json", "as_json", is_flag=True, help="say what comes of each picture as JSON")
def dream_command(
    images: tuple[str, ...],
    output: str,
    strip_metadata: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Dream of the picture IN, of many, or of noise.

    The dream is written to OUT. IN may also be `sample:jelly`, the picture that comes with the
    package; without IN, --size says how large the noise is. `-` is standard input, and as OUT
    standard output, to which a PNG file goes and nothing else. Of several pictures, a folder or a
    glob the dreams go into the folder OUT, or where a pattern such as "{stem}-dream.png" says; the
    same command goes on where it ended.
    """
    from ._many import are_many, dream_all, refuse_running

    if are_many(images, output):
        many = {**options, "strip_metadata": strip_metadata}
        dream_all(images, output, many, dry_run=dry_run, as_json=as_json)
        return
    refuse_running(options, dry_run=dry_run, as_json=as_json)
    options = {name: value for name, value in options.items() if name not in RUNNING}
    image = images[0] if images else None
    from ..runs.dreaming import run
    from ._keeping import keep_dream, output_path
    from ._parsing import parse_image, parse_request

    path, checkpoint = output_path(output, options, image=parse_image(image)), options["checkpoint"]
    request = parse_request(image, options)
    keep_dream(
        lambda kept, on_step: run(dataclasses.replace(request, checkpoint=kept), on_step, None),
        path,
        checkpoint=checkpoint,
        overwrite=request.overwrite,
        strip_metadata=strip_metadata,
    )


@cli.command(name="plan")
@click.argument("image", metavar="[IN]", required=False)
@click.option(
    "--measure/--no-measure",
    default=True,
    show_default=True,
    help="load the network and time a small gradient",
)
@request_options(NOT_KEEPING)
def plan_command(image: str | None, measure: bool, **options: Any) -> None:
    """Say what a dream of IN would do and take.

    Nothing is dreamed or downloaded. The exit status is 2 if the dream cannot run.
    """
    from ..runs.planning import plan_request
    from ._parsing import parse_request
    from .tables import in_words, plan_table

    result = plan_request(parse_request(image, options, NOT_KEEPING), measure=measure)
    say(plan_table(in_words(result, _spelled)))
    if result.problems:
        raise click.exceptions.Exit(2)


@cli.command(name="replay")
@click.argument("picture")
@click.argument("source", required=False)
@output_options
@metadata_option
@argument_option("guide", help="the guide, if there was one")
@argument_option("mask", help="the mask, if there was one")
@argument_option("masks", words=1, metavar="FILE", help="each of several masks, in order")
@argument_option("network", default=None, metavar="FILE", help="the network, if it was a file")
@argument_option(
    "weights", default=None, metavar="FILE", help="the network's parameters, if they were a file"
)
@argument_option(
    "engine", default=None, help=f"{ARGUMENTS['engine'].metadata['help']}  [default: as before]"
)
@argument_option("max_memory")
@request_options(["keeping"])
@click.option(
    "--consent",
    is_flag=True,
    help="make it whatever it takes: downloads, very large pictures, hours of work",
)
def replay_command(
    picture: str,
    source: str | None,
    output: str,
    strip_metadata: bool,
    **options: Any,
) -> None:
    """Make PICTURE again from its SOURCE.

    PICTURE is one that deepdreamr has saved, and SOURCE the picture that it was dreamed from (none
    if that was noise). The dream is written to OUT.
    """
    from ..runs.replaying import replay
    from ._keeping import keep_dream, output_path
    from ._parsing import given, parse_dreamed, parse_image

    image, checkpoint = parse_image(source), options.pop("checkpoint")
    files = {"picture": picture, "source": image, "checkpoint": checkpoint}
    path, arguments = output_path(output, options, **files), given(options)
    made = parse_dreamed(picture)
    keep_dream(
        lambda kept, on_step: replay(made, image, checkpoint=kept, on_step=on_step, **arguments),
        path,
        checkpoint=checkpoint,
        overwrite=options["overwrite"],
        strip_metadata=strip_metadata,
    )


def _spelled(message: object) -> str:
    """A message on one line, in the shell's words."""
    from ._words import in_shell_words, shell_names

    return in_shell_words(on_one_line(message), shell_names(cli))


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning as one line, in place of `warnings.showwarning`."""
    tell(f"warning: {_spelled(message)}")


def _refused(error: OSError) -> int:
    """Say what the system has refused; standard output is not tried again at the end."""
    from ._streams import give_up_output

    give_up_output()
    what = error if error.filename else system_said(error)
    tell(f"error: {on_one_line(what)}.")
    return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status.

    That is 0, or 1 if some of many pictures failed, or 2 for bad input, or 128 and the number of
    the signal that ended it: 130 for Ctrl-C.
    """
    warnings.showwarning = _show_warning
    with Signals() as signals:
        try:
            name = "deepdreamr"
            status = cli.main(arguments, prog_name=name, standalone_mode=False, obj=signals)
        except click.ClickException as error:
            tell(f"error: {on_one_line(error.format_message())}")
            return 2
        except DeepDreamError as error:
            tell(f"error: {_spelled(error)}")
            return 2
        except (KeyboardInterrupt, click.Abort):
            tell("stopped.")
            return signals.status
        except OSError as error:  # such as that standard output is full
            if signals.number is None:
                return _refused(error)
            return signals.status  # nothing can be said to a terminal that was closed
        except Exception as error:
            if not is_shortage(error):
                raise
            tell("error: there is too little memory.")
            return 2
        return int(status or (signals.number and signals.status) or 0)


if __name__ == "__main__":
    sys.exit(main())
