"""activations → **loss**: a weighted sum of terms, one for each layer."""

from __future__ import annotations

import dataclasses
import math
import numbers
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import (
    ArgumentError,
    UnknownLayerError,
    UnknownLayerWarning,
    near_names,
)

if TYPE_CHECKING:
    import tensorflow as tf

Channels = tuple[tuple[int, float], ...]
MOST_WEIGHT = 1e30  # far below what float32 can hold


@dataclasses.dataclass(frozen=True)
class LayerTerm:
    """What one layer adds to the loss.

    Parameters
    ----------
    layer : the layer's name
    weight : its factor in the sum; a negative one suppresses what the layer responds to
    channels : only these channels count, given as numbers from 0 or as number → weight;
        None for all of them

    Raises
    ------
    ArgumentError
        If a weight is not a finite number, or a channel not a whole number from 0.

    Examples
    --------
    >>> LayerTerm("mixed4", 2, channels=[66, 143]).channels
    ((66, 1.0), (143, 1.0))
    """

    layer: str
    weight: float = 1.0
    channels: Channels | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.layer, str) or not self.layer:
            raise ArgumentError(f"a layer must be named by a text. Received: {self.layer!r}")
        object.__setattr__(self, "weight", _finite(f"the weight of {self.layer}", self.weight))
        if self.channels is not None:
            object.__setattr__(self, "channels", _channels(self.layer, self.channels))


def _finite(what: str, value: Any) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise ArgumentError(f"{what} must be a number. Received: {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ArgumentError(f"{what} must be finite. Received: {value!r}")
    if abs(number) > MOST_WEIGHT:
        raise ArgumentError(f"{what} must be within +-{MOST_WEIGHT:g}. Received: {value!r}")
    return number


def _channels(layer: str, channels: Any) -> Channels:
    if isinstance(channels, str) or not hasattr(channels, "__iter__"):
        channels = [channels]
    items = channels.items() if isinstance(channels, Mapping) else channels
    pairs: list[Any] = [
        item if isinstance(item, tuple | list) and len(item) == 2 else (item, 1.0) for item in items
    ]
    result = []
    for number, weight in pairs:
        whole = isinstance(number, numbers.Real) and not isinstance(number, bool)
        if not whole or number % 1 != 0:
            raise ArgumentError(
                f"a channel of {layer} must be a whole number. Received: {number!r}"
            )
        if number < 0:
            raise ArgumentError(f"a channel of {layer} must be >= 0. Received: {number!r}")
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
    (LayerTerm(layer='mixed3', weight=1.0, channels=None),)
    """
    if isinstance(layers, str | LayerTerm):
        layers = [layers]
    pairs = layers.items() if isinstance(layers, Mapping) else layers
    if not hasattr(pairs, "__iter__"):
        raise ArgumentError(
            f'`layers` must be layer → weight, like {{"mixed4": 2.0}}. Received: {layers!r}'
        )
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
            raise ArgumentError(f"a layer's fields are layer, weight, channels. Received: {item!r}")
        return LayerTerm(**item)
    if isinstance(item, Sequence) and len(item) == 2:
        return LayerTerm(item[0], item[1])
    raise ArgumentError(f"a layer must be a name, a pair or a LayerTerm. Received: {item!r}")


def known_terms(
    terms: Sequence[LayerTerm], network: str, names: Sequence[str], missing: str = "warn"
) -> tuple[LayerTerm, ...]:
    """The terms whose layers the network has.

    Parameters
    ----------
    terms : what was asked for
    network : the network's name, for the message
    names : its layers
    missing : "warn" leaves unknown layers out with one warning, "error" takes none

    Raises
    ------
    UnknownLayerError
        If no layer is known, or one is not and `missing` is "error".

    Warns
    -----
    UnknownLayerWarning
        Once, naming all that are left out.
    """
    if missing not in ("warn", "error"):
        raise ArgumentError(f"`missing` must be warn or error. Received: missing={missing!r}")
    known = set(names)
    unknown = list(dict.fromkeys(term.layer for term in terms if term.layer not in known))
    if not unknown:
        return tuple(terms)
    message = unknown_layers_message(network, unknown, names)
    if missing == "error" or not known.intersection(term.layer for term in terms):
        raise UnknownLayerError(message)
    warnings.warn(UnknownLayerWarning(f"left out: {message}"), stacklevel=3)
    return tuple(term for term in terms if term.layer in known)


def unknown_layers_message(network: str, unknown: Sequence[str], names: Sequence[str]) -> str:
    """One sentence for layers that a network does not have: near names, and which exist."""
    blocks = [name for name in names if name.startswith("mixed")] or list(names)
    listed = ", ".join(blocks if len(blocks) <= 40 else [*blocks[:37], "...", *blocks[-2:]])
    more = (
        f" and {len(names) - len(blocks)} more (see layer_names)"
        if len(blocks) < len(names)
        else ""
    )
    near = [near for name in unknown for near in near_names(name, names, 1)]
    guess = f" Did you mean {', '.join(dict.fromkeys(near))}?" if near else ""
    plural = "s" if len(unknown) > 1 else ""
    return f"{network} has no layer{plural} {', '.join(unknown)}.{guess} It has {listed}{more}."


def check_channels(term: LayerTerm, size: int) -> None:
    """Raise an `ArgumentError` if a term names a channel that its layer does not have."""
    beyond = [number for number, _ in term.channels or () if number >= size]
    if beyond:
        raise ArgumentError(
            f"{term.layer} has the channels 0 to {size - 1}. Received: channels={beyond}"
        )


def term_loss(
    activation: tf.Tensor,
    term: LayerTerm,
    objective: str,
    inner: tuple[Any, Any, Any, Any],
    size: tf.Tensor,
    guide: tf.Tensor | None = None,
) -> tf.Tensor:
    """What a term adds to the loss, weighted.

    Parameters
    ----------
    activation : float32 (1, h, w, channels), or (1, channels)
    objective : "mean_square", "mean" or "half_sum_square"
    inner : the cells (top, bottom, left, right) that are summed
    size : number of cells in height times width that the sum is divided by, the border included
    guide : feature vectors (n, channels) of a guide picture: then each cell counts by its product
        with the one that fits it best (the 2015 notebook's rule)
    """
    import tensorflow as tf

    if activation.shape.rank == 4:
        activation = _cut(activation, inner)
    factors, total = None, None
    if term.channels is not None:
        numbers, factors = zip(*term.channels, strict=True)
        activation = tf.gather(activation, numbers, axis=-1)
        guide = None if guide is None else tf.gather(guide, numbers, axis=-1)
    if guide is not None:
        values = activation * matched(activation, guide)
    elif objective == "mean":
        values = activation
    elif factors is None:
        total = 2 * tf.nn.l2_loss(activation)  # in one pass
    else:
        values = tf.square(activation)
    if factors is not None:
        values = values * tf.constant(factors, tf.float32)
    if total is None:
        total = tf.reduce_sum(values)
    if objective == "half_sum_square":
        return term.weight * (total if guide is not None else total / 2)
    return term.weight * total / (tf.cast(size, tf.float32) * activation.shape[-1])


def _cut(activation: tf.Tensor, inner: tuple[Any, Any, Any, Any]) -> tf.Tensor:
    """The inner cells: `[:, top:bottom, left:right]`, with a gradient that is much faster."""
    import tensorflow as tf

    top, bottom, left, right = inner
    cells = tf.shape(activation)[1:3]
    begin = tf.minimum((top, left), cells)
    size = tf.maximum(tf.minimum((bottom, right), cells) - begin, 0)
    begin, size = tf.unstack(begin), tf.unstack(size)
    return tf.slice(activation, (0, *begin, 0), (1, *size, activation.shape[-1]))


def matched(activation: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """At each position the guide's feature vector with the largest dot product; a constant."""
    import tensorflow as tf

    flat = tf.reshape(activation, (-1, activation.shape[-1]))
    best = tf.argmax(tf.matmul(flat, guide, transpose_b=True), axis=1)
    return tf.stop_gradient(tf.reshape(tf.gather(guide, best), tf.shape(activation)))
