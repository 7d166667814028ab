"""arguments → **request** → job: what a call asks for, as it was asked. No TensorFlow.

`Request` is the only list of a call's arguments: the signature of `dream`, the options of the
command and the formals of R's `dream()` are made from it or tested against it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from ..backend import PRECISIONS
from ..errors import ArgumentError, received, unknown_name
from ..networks.activations import ENGINES
from ..networks.conventions import CONVENTIONS
from ..recipes.settings import SETTINGS
from ..recipes.terms import MISSING


def argument(
    default: Any,
    group: str,
    help: str,
    *,
    type: type | None = None,
    metavar: str | None = None,
    choices: tuple[str, ...] | None = None,
    words: int | None = None,
) -> Any:
    """A field of `Request`, with what the command's help says of it.

    Parameters
    ----------
    group : what it is about; see `GROUPS`
    type : of the option's value, where that is not a text
    metavar : what stands for the value in the help
    choices : the words that are allowed
    words : of how many the value is, where the option may be given several times
    """
    metadata = {"group": group, "help": help, "type": type, "metavar": metavar}
    more = {"choices": choices, "words": words}
    return dataclasses.field(default=default, metadata={**metadata, **more})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; see `dream` for what each argument means.

    `settings` are the fields of the recipe that the call changes.
    """

    image: Any = argument(None, "picture", "the picture")
    layers: Any = argument(
        None,
        "loss",
        "layers whose activations the dream makes larger, and how strongly each; of single "
        "channels mixed4:66+143=2 or mixed4:60-69=2; with an objective of its own "
        "'mixed4=2 neuron(66)'  [default: the recipe's]",
        metavar="NAME=WEIGHT,...",
    )
    recipe: Any = argument(
        "rblog", "loss", "the published system to dream like: see `deepdreamr recipes`"
    )
    network: Any = argument(
        "inception_v3", "network", "a name (see `deepdreamr networks`), or a file"
    )
    weights: Any = argument(
        "auto",
        "network",
        "where its parameters come from: auto, bundled, imagenet, untrained, download or a file",
    )
    convention: str | None = argument(
        None, "network", "pixel values that a network from a file expects", choices=CONVENTIONS
    )
    engine: str = argument(
        "fast",
        "network",
        "what runs it: this package's fast engine, or plain Keras to check it against",
        choices=ENGINES,
    )
    guide: Any = argument(
        None, "loss", "a picture whose features the dream goes towards", metavar="FILE"
    )
    size: Any = argument(
        None,
        "picture",
        "start from noise of this height and width, without a picture",
        metavar="HxW",
    )
    max_size: int | None = argument(
        None,
        "picture",
        "shrink the picture first if its longer side has more pixels than this",
        type=int,
    )
    mask: Any = argument(
        None,
        "place",
        "where the dream grows: a picture, white where it does; or `alpha`, for where the picture "
        "itself is not transparent",
        metavar="FILE",
    )
    masks: Any = argument(
        None,
        "place",
        "where other layers' dream grows, such as --masks sky.png mixed3=1; may be given again",
        metavar="FILE LAYERS",
        words=2,
    )
    keep_colors: bool = argument(
        False,
        "place",
        "take no more than the dream's brightness, and keep the colours",
        type=bool,
    )
    strength: float = argument(
        1.0, "place", "how much of the dream is mixed into the picture, from 0 to 1", type=float
    )
    missing: str = argument(
        "warn", "loss", "what to do about layers that the network does not have", choices=MISSING
    )
    training: bool = argument(
        False,
        "network",
        "normalise batches with the picture's own statistics, not the network's",
        type=bool,
    )
    seed: int | None = argument(
        None, "network", "of everything random; the same seed gives the same dream", type=int
    )
    precision: str = argument(
        "float32", "network", "number format in which it computes", choices=PRECISIONS
    )
    max_memory: Any = argument(
        None,
        "memory",
        "how much may be used, such as 2GB  [default: half of what is free]",
        metavar="BYTES",
    )
    save_octaves: Any = argument(
        None,
        "keeping",
        "also write the picture after each octave, into this folder",
        metavar="FOLDER",
    )
    save_steps: Any = argument(
        None,
        "keeping",
        "also write the ascent as an animation of at most 100 frames: .gif, .webp, .png or .apng",
        metavar="FILE",
    )
    every: int | None = argument(
        None,
        "keeping",
        "how many steps lie between two of its frames  [default: as few as there may be]",
        type=int,
    )
    checkpoint: Any = argument(
        None,
        "keeping",
        "keep the dream here after each octave; if it is interrupted, the same command (with "
        "--overwrite, where it left a picture) goes on after the last whole octave",
        metavar="FILE",
    )
    overwrite: bool = argument(False, "output", "replace files that exist", type=bool)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


ARGUMENTS: dict[str, dataclasses.Field[Any]] = {
    field.name: field for field in dataclasses.fields(Request) if field.metadata
}
"""The arguments of a call by name, without the recipe's settings."""

READ = ("image", "guide", "mask", "network", "weights")
"""The arguments that may name files which a call reads."""

NOT_KEEPING = ("picture", "place", "loss", "network", "memory")
GROUPS = (*NOT_KEEPING, "keeping", "output")
"""What arguments are about: the picture, where and how much of it is dreamed, the loss, the
network, the memory that may be used, files kept on the way of a dream, and what is written. The
recipe's settings go with the loss."""


def request_of(
    image: Any,
    layers: Any,
    arguments: Mapping[str, Any],
    groups: Collection[str] = NOT_KEEPING,
    own: Collection[str] = (),
    without: Collection[str] = (),
) -> Request:
    """The request of a call that takes the arguments of some groups only.

    Parameters
    ----------
    own : names of arguments that the call takes besides, for the message
    without : names of those in the groups that it does not take

    Raises
    ------
    ArgumentError
        If an argument is not among them; the message names near ones, and all.
    """
    known = [name for name, field in ARGUMENTS.items() if field.metadata["group"] in groups]
    known = [name for name in known if name not in ("image", "layers", *without)]
    settings = list(SETTINGS) if "loss" in groups else []
    for name in arguments:
        if name not in (*known, *settings):
            raise ArgumentError(unknown_name("argument", name, [*own, *known, *settings]))
    given = {name: value for name, value in arguments.items() if name in known}
    changed = {name: value for name, value in arguments.items() if name not in known}
    return Request(image=image, layers=layers, **given, settings=changed)


def files_read(request: Request) -> dict[str, Any]:
    """The arguments of `READ` by name, and each of several masks."""
    masks = {f"masks[{n}]": mask for n, (mask, _) in enumerate(mask_pairs(request.masks))}
    return {name: getattr(request, name) for name in READ} | masks


def mask_pairs(masks: Any) -> list[tuple[Any, Any]]:
    """Masks and their layers, from pairs of them or from mappings with both.

    Raises
    ------
    ArgumentError
        If they are of another form.
    """
    if masks is None:
        return []
    pairs = []
    for item in masks if isinstance(masks, list | tuple) else [None]:
        if isinstance(item, Mapping) and set(item) == {"mask", "layers"}:
            item = item["mask"], item["layers"]
        if not isinstance(item, list | tuple) or len(item) != 2 or item[1] is None:
            raise ArgumentError(
                "`masks` must be pairs (mask, layers), as each mask has layers of its own."
            )
        pairs.append((item[0], item[1]))
    if not pairs:
        raise ArgumentError(f"`masks` must name at least one mask. {received('masks', masks)}")
    return pairs
