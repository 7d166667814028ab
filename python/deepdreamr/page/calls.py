"""what a browser, or a stranger's picture, asks for → **call** → request, checked for its form.

Neither can name a file, an address or a network to fetch: pictures and masks are those that were
sent here before, and nothing else is known.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from ..errors import ArgumentError, UnknownLayerError, unknown_name
from ..motion.videos import FILMING
from ..motion.zooms import ZOOMING
from ..recipes.earlier import with_earlier
from ..recipes.published import RECIPES
from ..recipes.settings import SETTINGS, UNITS, Recipe, check_setting
from ..recipes.terms import LayerTerm
from ..runs.request import ARGUMENTS, Request
from ..values import known_name
from .layers import LONGEST, NETWORK, names_of, terms_of

if TYPE_CHECKING:
    from ..runs.record import Record

OPTIONS = ("max_size", "keep_colors", "strength", "training", "precision", "seed")
"""The arguments of a dream that the page has besides those of a call of their own, and settings."""

FILM_OPTIONS: dict[str, tuple[str, ...]] = {
    "video": (
        *("motion", "iterations", "first_iterations", "decay", "renewal", "start", "end", "every"),
        *("rate", "preview"),
    ),
    "zoom": ("seconds", "fps", "zoom", "rotate", "outward", "loop", "growth", "preview"),
}
"""The arguments of what moves that the page has, besides those of a dream that stands still."""

MOST_LAYERS = 400
LARGEST_SIDE = 2**16  # pixels
LARGEST_SEED = 2**53 - 1  # the largest whole number that a browser is sure of
_PLAIN: dict[str, Any] = {
    "max_size": None,
    "keep_colors": False,
    "strength": 1.0,
    "training": False,
}
_PLAIN |= {"precision": "float32"}

Id = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
_Name = Annotated[str, msgspec.Meta(max_length=100)]
_Layer = Annotated[str, msgspec.Meta(max_length=LONGEST)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Text = Annotated[str, msgspec.Meta(max_length=1000)]
_Units = Annotated[list[_Text], msgspec.Meta(max_length=100)]


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dream as the page asks for it.

    Attributes
    ----------
    picture : what is dreamed on, by its number, or None for noise
    size : (height, width) of the noise
    recipe : its name
    layers : name, as `layers` has them → weight, or None for the recipe's
    mask : by its number, or None
    options : settings of the recipe, and those of `OPTIONS`
    film, clip : what moves, if anything does: the dream of a clip, by its number, or a zoom into
        that of the picture or noise; then `options` has those of `FILM_OPTIONS` too
    """

    picture: Id | None = None
    size: tuple[_Side, _Side] | None = None
    recipe: _Name = "rblog"
    layers: Annotated[dict[_Layer, float], msgspec.Meta(max_length=MOST_LAYERS)] | None = None
    mask: Id | None = None
    options: Annotated[
        dict[_Name, None | bool | int | float | _Text | _Units], msgspec.Meta(max_length=100)
    ] = {}
    film: Literal["video", "zoom"] | None = None
    clip: Id | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**msgspec.to_builtins(self), "size": self.size and list(self.size)}


def parse_call(value: Any) -> Call:
    """A call of plain values that anybody may have sent.

    Raises
    ------
    ArgumentError, UnknownLayerError
        If it asks for what there is not, or for nothing.
    """
    try:
        call = msgspec.convert(value, Call)
    except msgspec.ValidationError as error:
        raise ArgumentError(f"this is no call of the page: {error}.") from None
    given = [call.picture, call.size, call.clip]
    if given.count(None) != 2 or (call.clip is not None) != (call.film == "video"):
        raise ArgumentError("either a picture or the size of noise must be given, or a clip.")
    if call.film is not None and call.mask is not None:
        raise ArgumentError("the page has no masks for what moves.")
    known_name("recipe", call.recipe, RECIPES)
    if call.layers is not None:
        terms_of(call.layers)
    return msgspec.structs.replace(call, options=_checked(call))


def _checked(call: Call) -> dict[str, Any]:
    """Options in their types; those that a dream itself checks when it is begun as they are."""
    options, films = call.options, FILM_OPTIONS[call.film] if call.film else ()
    known = [*films, *OPTIONS, *SETTINGS]
    for name in options:
        if name not in known:
            raise ArgumentError(unknown_name("option", name, known))
    settings = {n: v for n, v in options.items() if n in SETTINGS and n not in films}
    checked = {n: check_setting(n, v) for n, v in settings.items()}
    own = {n: v for n, v in checked.items() if n not in UNITS}  # lists stay as they were written
    seed = options.get("seed")
    if isinstance(seed, int | float) and seed > LARGEST_SEED:
        raise ArgumentError(f"`seed` must be at most {LARGEST_SEED:,} here.")
    return {**options, **own}


def seeded(call: Call) -> Call:
    """The call with a seed, drawn where it has none, so that it can be made again."""
    if call.options.get("seed") is not None:
        return call
    options = {**call.options, "seed": secrets.randbelow(2**31)}
    return msgspec.structs.replace(call, options=options)


def request_of_call(call: Call, picture: Any, mask: Any) -> Request:
    """What is asked of the dream; the picture and the mask are those of the numbers."""
    own: dict[str, Any] = {n: v for n, v in call.options.items() if n in OPTIONS}
    settings = {name: value for name, value in call.options.items() if name in SETTINGS}
    size = call.size and tuple(call.size)
    return Request(
        image=picture,
        layers=call_terms(call),
        recipe=call.recipe,
        network=NETWORK,
        size=size,
        mask=mask,
        settings=settings,
        **{name: value for name, value in own.items() if value is not None},
    )


def call_terms(call: Call) -> list[LayerTerm] | None:
    """The terms of the loss that a call asks for; None for the recipe's."""
    return None if call.layers is None else terms_of(call.layers)


def film_options(call: Call) -> dict[str, Any]:
    """The options of what moves that were given; None is none, but of a setting."""
    own = (*FILM_OPTIONS[call.film or "zoom"], "max_size")
    return {
        name: value for name, value in call.options.items() if value is not None or name not in own
    }


def arguments_of(call: Call) -> dict[str, Any]:
    """The arguments of a call, besides picture, layers and mask, that are not the defaults."""
    given: dict[str, Any] = {"size": call.size and tuple(call.size), "recipe": call.recipe}
    given |= film_options(call) if call.film else call.options
    fields = {**ARGUMENTS, **({"video": FILMING, "zoom": ZOOMING}[call.film] if call.film else {})}
    own = FILM_OPTIONS[call.film] if call.film else ()
    settings = [name for name in SETTINGS if name not in own]
    return {n: v for n, v in given.items() if n in ("recipe", *settings) or v != fields[n].default}


def call_of_record(record: Record) -> tuple[dict[str, Any] | None, list[str]]:
    """The settings that a picture was made with, as a call without picture; and what is left out.

    That is what the page does not have. Anybody may have written the record.
    """
    if record.network != NETWORK or record.weights_from != "bundled":
        return None, ["It was made with a network, or parameters, that this page does not have."]
    notes = []
    if record.guide_sha256 or record.mask_sha256 or record.masks:
        notes.append("It was made with a mask or a guide, which a picture does not hold.")
    try:
        layers, others = names_of(record.terms()[:MOST_LAYERS])
        if others or not layers or len(record.layers) > MOST_LAYERS:
            notes.append("Some of its layers, or their objectives, are none that this page has.")
        if not layers:
            return None, notes
        recipe = RECIPES.get(record.recipe, RECIPES[str(ARGUMENTS["recipe"].default)])
        made = Recipe().replace(**with_earlier(_known(record.settings)))
        options = {n: v for n, v in made.settings().items() if v != recipe.settings()[n]}
        same = dict(recipe.layers) == layers
        if not same:
            options["max_loss"] = made.max_loss
        plain = {"recipe": recipe.name, "layers": None if same else layers, "size": [64, 64]}
        call = parse_call({**plain, "options": json.loads(json.dumps({**options, **_own(record)}))})
    except (ArgumentError, UnknownLayerError, ValueError) as error:
        return None, [*notes, f"Its settings are not those of this version: {error}"]
    fits = record.size is not None and max(record.size) <= LARGEST_SIDE
    size = list(record.size) if fits and record.size else None
    return {**call.plain(), "size": size}, notes


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in SETTINGS}


def _own(record: Record) -> dict[str, Any]:
    """The arguments of `OPTIONS` that a record says, which are not the defaults."""
    found = {name: getattr(record, name) for name in _PLAIN}
    found = {name: value for name, value in found.items() if value != _PLAIN[name]}
    return {**found, **({"seed": record.seed} if record.seed <= LARGEST_SEED else {})}
