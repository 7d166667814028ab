"""frozen graph → **function**: what some layers need of it, and that a gradient leads back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from ...errors import NetworkError
from .._refusals import first_line
from ..conventions import TO_LAST
from .inputs import Picture
from .operations import inputs_of
from .splicing import wait_not_for
from .values import Frozen, captured

if TYPE_CHECKING:
    from ...pictures.picture import Shape


def cut_off(
    frozen: Frozen,
    picture: Picture,
    first: Collection[str],
    layers: tuple[str, ...],
    only: Shape | None = None,
) -> Callable[[Any], tuple[Any, ...]]:
    """What some layers need of the graph, as a function of the picture; channels last.

    Parameters
    ----------
    frozen, picture : a graph and its input
    first : names of the layers whose channels come first
    layers : the names of those asked for
    only : the one size of picture that they can be had at, if there is but one
    """
    source, size = picture.name, only or (None, None)
    taken = tf.TensorSpec((1, *size, picture.channels))
    part, held = _part(frozen, source, layers)

    def run(image: tf.Tensor) -> list[tf.Tensor]:
        names = [f"{layer}:0" for layer in layers]
        # their own gradients, which nobody asks for, would be taken with the picture's
        given = {f"{name}:0": tf.stop_gradient(value) for name, value in captured(held)}
        values = tf.graph_util.import_graph_def(
            part, input_map={f"{source}:0": image, **given}, return_elements=names, name="graph"
        )
        return [
            tf.transpose(value, TO_LAST) if layer in first else value
            for layer, value in zip(layers, values, strict=True)
        ]

    try:
        function = tf.compat.v1.wrap_function(run, [taken])
        # of one layer by the function itself, which keeps what it takes for the gradient
        _check_gradient(run if len(layers) > 1 else function, layers, taken)
    except NetworkError:
        raise
    except Exception as error:  # whatever TensorFlow says to a graph that does not fit together
        names = ", ".join(map(repr, layers))
        raise NetworkError(f"{names} cannot be computed: {first_line(error)}") from error
    return lambda image: tuple(function(image))


def _part(frozen: Frozen, source: str, layers: tuple[str, ...]) -> tuple[Any, dict[str, tf.Tensor]]:
    """The nodes that some layers need, without the placeholder of the picture.

    And what is given for those that have no value.
    """
    graph = frozen.graph
    by_name = {node.name: node for node in graph.node}
    needed, names = set(), list(layers)
    while names:
        name = names.pop()
        if name not in needed and name != source:
            needed.add(name)
            names.extend(inputs_of(by_name[name]))
    held = {name: value for name, value in frozen.values.items() if name in needed}
    part, given = tf.compat.v1.GraphDef(library=graph.library), {source, *held}
    part.node.extend(node for node in graph.node if node.name in needed - given)
    wait_not_for(part.node, given)
    return part, held


def _check_gradient(
    run: Callable[[tf.Tensor], list[tf.Tensor]], layers: tuple[str, ...], taken: tf.TensorSpec
) -> None:
    """Raise a `NetworkError` for a layer whose gradient cannot be had."""

    def check(image: tf.Tensor) -> None:
        for layer, value in zip(layers, run(image), strict=True):
            try:
                (gradient,) = tf.gradients(value, [image])
            except LookupError as error:
                raise NetworkError(f"no gradient leads to {layer!r}: {error}") from error
            if gradient is None:
                raise NetworkError(f"layer {layer!r} does not change smoothly with the picture.")

    tf.compat.v1.wrap_function(check, [taken])
