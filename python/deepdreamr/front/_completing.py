"""half a word → **words** → shell: what Tab knows of recipes, networks, layers and files.

Click asks for them (`shell_complete` of options and arguments). A shell learns to ask by a script,
which `deepdreamr completion` prints.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ..pictures.samples import SAMPLES
from ..runs.request import ARGUMENTS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_DEEPDREAMR_COMPLETE"
WORDS = "deepdreamr.words"
"""The key of a context's `meta` for the words before the one that is completed."""
SHELLS = ("bash", "zsh", "fish")
_FOLDERS = ("folder", "save_octaves")
_FILES = (
    *("image", "images", "video", "output", "picture", "source", "guide", "mask", "masks"),
    *("certfile", "keyfile"),
    *("weights", "save_steps", "checkpoint", "each"),
)


def completed(param: click.Parameter, ctx: click.Context, incomplete: str) -> list[Any]:
    """What a word of an option or argument may be, by its name or by its type."""
    from click.shell_completion import CompletionItem

    name = param.name or ""
    words: list[CompletionItem[Any]] = []
    if name == "recipe":
        from ..recipes.published import RECIPES

        words = _beginning(RECIPES, incomplete)
    elif name == "network":
        from ..networks.sources import NETWORKS

        words = _beginning(NETWORKS, incomplete)
    elif name in ("layers", "layer") or (name == "masks" and _is_second(ctx, param)):
        return _layers(ctx, incomplete, several=name != "layer")
    elif name in ("image", "images"):
        words = _beginning([f"sample:{sample}" for sample in SAMPLES], incomplete)
    if name in _FOLDERS:
        return [CompletionItem(incomplete, type="dir")]
    if name in (*_FILES, "network") and not incomplete.startswith("sample:"):
        return [*words, CompletionItem(incomplete, type="file")]
    return words or param.type.shell_complete(ctx, param, incomplete)


def _beginning(names: Any, start: str) -> list[CompletionItem[Any]]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(start)]


def _is_second(ctx: click.Context, param: click.Parameter) -> bool:
    """Whether the layers of a mask are being typed, not its file."""
    words = ctx.meta.get(WORDS) or []
    return len(words) > 1 and words[-2] in param.opts


def _layers(ctx: click.Context, incomplete: str, several: bool) -> list[CompletionItem[Any]]:
    """Layers of the network that the command names, if they are known without loading it."""
    from ..errors import DeepDreamError
    from ..networks.loading import known_nodes
    from ..networks.nodes import layer_names

    network = ctx.params.get("network") or ARGUMENTS["network"].default
    try:
        nodes = known_nodes(network)
    except DeepDreamError:
        return []
    before, comma, start = incomplete.rpartition(",") if several else ("", "", incomplete)
    names = layer_names(nodes) if nodes else ()
    return _beginning([f"{before}{comma}{name}" for name in names], f"{before}{comma}{start}")


@click.command(name="completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """Print what teaches SHELL to complete this command's words.

    For bash: eval "$(deepdreamr completion bash)"
    """
    from click.shell_completion import get_completion_class

    register()
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(root.command, {}, "deepdreamr", VARIABLE).source())


_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response type value files=
    local word="${COMP_WORDS[COMP_CWORD]}"
    [[ $word == [=:] ]] && word=
    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == plain ]]; then
            COMPREPLY+=("$value")
        else
            files=$type
        fi
    done
    if [[ $files == dir ]]; then
        compopt -o dirnames
    elif [[ $files == file && ${#COMPREPLY[@]} == 0 ]]; then
        compopt -o default
    elif [[ $files == file ]]; then
        COMPREPLY+=($(compgen -f -- "$word"))
        compopt -o filenames
    fi
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


def register() -> None:
    """Let click take this module's way of asking in bash.

    Click's own takes the words that bash has made, which break at the `=` and `:` of layers.
    """
    from click.shell_completion import BashComplete, add_completion_class, split_arg_string

    class Bash(BashComplete):
        source_template = _BASH

        def get_completion_args(self) -> tuple[list[str], str]:
            """The words before the cursor, and that which it is in."""
            line = os.environ["COMP_LINE"]
            words = split_arg_string(line)
            incomplete = words.pop() if line and not line[-1].isspace() else ""
            self._tail = incomplete
            if incomplete.startswith("-"):
                self._tail = incomplete.partition("=")[2]
            return words[1:], incomplete

        def format_completion(self, item: CompletionItem[Any]) -> str:
            """A word without what bash takes for words before it."""
            breaks = os.environ.get("COMP_BREAKS", "=:")
            ends = [self._tail.rfind(mark) + 1 for mark in "=:" if mark in breaks]
            value = item.value[max(ends, default=0) :] if item.type == "plain" else item.value
            return f"{item.type},{value}"

    add_completion_class(Bash)
