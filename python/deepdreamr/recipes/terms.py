"""layers and weights → **terms** → loss: what a loss is made of, as plain data. No TensorFlow."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import (
    ArgumentError,
    UnknownLayerError,
    UnknownLayerWarning,
    near_names,
    received,
    shown,
    warn,
)
from ..values import in_range
from .fields import NONE, Kept
from .objectives import OBJECTIVES, PENALTIES, ClassLogit, Neuron, Objective, checked_objective
from .spelling import spelling_hint
from .units import Unit, units_from

Channels: TypeAlias = tuple[tuple[int, float], ...]
ChannelsGiven: TypeAlias = int | Iterable[int | tuple[int, float]]  # a mapping gives its numbers
MISSING = ("warn", "error")
"""What may be done about layers that a network does not have."""
MOST_WEIGHT = 1e30  # far below what float32 can hold


@dataclasses.dataclass(frozen=True)
class LayerTerm:
    """What one layer adds to the loss.

    Parameters
    ----------
    layer : the layer's name, or "image" for penalties on the picture itself
    weight : its factor in the sum; a negative one suppresses what the layer responds to
    channels : only these count: a number from 0, several, or number → weight; None for all of them
    objective : what of the activation counts, a unit of `recipes.objectives` or its text, such as
        `"neuron(66)"`, `"direction"`, `"strongest(5)"`, `"class_logit('jellyfish')"`, `"guide"`, or
        of "image" `"total_variation"` and `"distance"`; or a function from the activation, float32
        (1, height, width, channels) with the channels' weights, to a scalar, in TensorFlow's
        operations, never in windows; None for the recipe's `objective`

    Raises
    ------
    ArgumentError
        If a weight is not a finite number, a channel not a whole number from 0, or an objective is
        not known or does not go with the layer or the channels.

    Examples
    --------
    >>> LayerTerm("mixed4", 2, channels=[66, 143]).channels
    ((66, 1.0), (143, 1.0))
    >>> LayerTerm("mixed4", objective="neuron(66)").objective
    'neuron(66, y=0.5, x=0.5)'
    """

    layer: str
    weight: float = 1.0
    channels: Kept[Channels | None, ChannelsGiven | None] = NONE
    # some functions have no hash
    objective: Kept[Objective, Objective | Unit] = dataclasses.field(default=NONE, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.layer, str) or not self.layer:
            raise ArgumentError(f"a layer must be named by a text. Received: {shown(self.layer)}")
        object.__setattr__(self, "weight", _finite(f"the weight of {self.layer}", self.weight))
        if self.channels is not None:
            object.__setattr__(self, "channels", _channels(self.layer, self.channels))
        checked = checked_objective(self.layer, self.objective, self.channels)
        object.__setattr__(self, "objective", checked)

    @property
    def unit(self) -> Unit | None:
        """The objective; None for the recipe's own, or for a function."""
        if not isinstance(self.objective, str):
            return None
        return units_from((self.objective,), tuple(OBJECTIVES.items()))[0]

    @property
    def of_image(self) -> bool:
        """Whether it is a penalty on the picture itself."""
        return isinstance(self.unit, PENALTIES)


def _finite(what: str, value: Any) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise ArgumentError(f"{what} must be a number. Received: {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ArgumentError(f"{what} must be finite. Received: {shown(value)}")
    if abs(number) > MOST_WEIGHT:
        raise ArgumentError(f"{what} must be within +-{MOST_WEIGHT:g}. Received: {shown(value)}")
    return number


def _channels(layer: str, channels: Any) -> Channels:
    several = getattr(channels, "ndim", hasattr(channels, "__iter__"))
    listed = channels if several and not isinstance(channels, str | bytes) else [channels]
    items = listed.items() if isinstance(listed, Mapping) else listed
    pairs: list[Any] = [
        item if isinstance(item, tuple | list) and len(item) == 2 else (item, 1.0) for item in items
    ]
    result = []
    for number, weight in pairs:
        whole = isinstance(number, numbers.Real) and not isinstance(number, bool)
        if not whole or number % 1 != 0:
            raise ArgumentError(
                f"a channel of {layer} must be a whole number. Received: {shown(number)}"
            )
        if number < 0:
            raise ArgumentError(f"a channel of {layer} must be >= 0. Received: {shown(number)}")
        result.append((int(number), _finite(f"the weight of {layer}'s channel {number}", weight)))
    if not result:
        raise ArgumentError(f"`channels` of {layer} must name at least one channel.")
    return tuple(result)


def layer_terms(layers: Any) -> tuple[LayerTerm, ...]:
    """The terms of a loss, however they are given.

    Parameters
    ----------
    layers : layer → weight; one layer's name; or a sequence of `LayerTerm`, names, pairs
        (layer, weight), or mappings with the fields of `LayerTerm`

    Raises
    ------
    ArgumentError
        If there is none, or one is of another form.

    Examples
    --------
    >>> layer_terms({"mixed3": 1})
    (LayerTerm(layer='mixed3', weight=1.0, channels=None, objective=None),)
    """
    if isinstance(layers, str | LayerTerm):
        layers = [layers]
    pairs = layers.items() if isinstance(layers, Mapping) else layers
    if not hasattr(pairs, "__iter__") or getattr(pairs, "ndim", 1) == 0:
        raise ArgumentError(
            '`layers` must be layer → weight, like {"mixed4": 2.0}. ' + received("layers", layers)
        )
    if isinstance(pairs, set | frozenset):
        pairs = sorted(pairs, key=repr)  # in an order that is the same in every process
    terms = tuple(_term(item) for item in pairs)
    if not terms:
        raise ArgumentError('`layers` must name at least one layer, like {"mixed4": 2.0}.')
    return terms


def _term(item: Any) -> LayerTerm:
    if isinstance(item, LayerTerm):
        return item
    if isinstance(item, str):
        return LayerTerm(item)
    if isinstance(item, Mapping):
        unknown = set(item) - {f.name for f in dataclasses.fields(LayerTerm)}
        if unknown or "layer" not in item:
            raise ArgumentError(
                f"a layer's fields are layer, weight, channels, objective. Received: {shown(item)}"
            )
        return LayerTerm(**item)
    if isinstance(item, Sequence) and len(item) == 2:
        return LayerTerm(item[0], item[1])
    raise ArgumentError(f"a layer must be a name, a pair or a LayerTerm. Received: {shown(item)}")


def check_missing(missing: Any) -> None:
    """Raise an `ArgumentError` if that cannot be done about layers that a network does not have."""
    in_range("missing", missing, str, choices=MISSING)


def known_terms(
    terms: Sequence[LayerTerm],
    network: str,
    names: Sequence[str],
    missing: str = "warn",
    *,
    hint: str | None = None,
) -> tuple[LayerTerm, ...]:
    """The terms whose layers the network has.

    Parameters
    ----------
    terms : what was asked for
    network : the network's name, for the message
    names : its layers
    missing : "warn" leaves unknown layers out with one warning, "error" takes none
    hint : the error's

    Raises
    ------
    UnknownLayerError
        If no layer is known, or one is not and `missing` is "error".

    Warns
    -----
    UnknownLayerWarning
        Once, naming all that are left out.
    """
    check_missing(missing)
    unknown = unknown_layers(terms, names)
    if not unknown:
        return tuple(terms)
    message = unknown_layers_message(network, unknown, names)
    found = tuple(term for term in terms if term.layer not in unknown)
    if missing == "error" or not found:
        raise UnknownLayerError(message, hint)
    warn(UnknownLayerWarning(f"left out: {message}"))
    return found


def unknown_layers(terms: Sequence[LayerTerm], names: Sequence[str]) -> tuple[str, ...]:
    """The layers of the terms that are not among a network's names, each once."""
    known = set(names)
    layers = (term.layer for term in terms if not term.of_image)
    return tuple(dict.fromkeys(layer for layer in layers if layer not in known))


def unknown_layers_message(network: str, unknown: Sequence[str], names: Sequence[str]) -> str:
    """One sentence for layers that a network does not have: near names, and which exist."""
    blocks = [name for name in names if name.startswith("mixed")] or list(names)
    listed = ", ".join(blocks if len(blocks) <= 40 else [*blocks[:37], "...", *blocks[-2:]])
    rest = len(names) - len(blocks)
    more = f" and {rest} more (see layer_names)" if rest else ""
    near = dict.fromkeys(near for name in unknown for near in near_names(name, names, 1))
    guess = f" Did you mean {', '.join(near)}?" if near else ""
    guess = spelling_hint(unknown, names) or guess
    plural = "s" if len(unknown) > 1 else ""
    return f"{network} has no layer{plural} {', '.join(unknown)}.{guess} It has {listed}{more}."


def check_channels(term: LayerTerm, size: int) -> None:
    """Raise an `ArgumentError` if a term names a channel that its layer does not have."""
    numbers, unit = [number for number, _ in term.channels or ()], term.unit
    if isinstance(unit, Neuron | ClassLogit):
        numbers = [unit.number(term.layer, size)]
    beyond = [number for number in numbers if number >= size]
    if beyond:
        given = ", ".join(map(str, beyond))
        raise ArgumentError(f"{term.layer} has the channels 0 to {size - 1}. Received: {given}")
