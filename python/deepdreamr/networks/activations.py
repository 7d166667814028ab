"""network → **activations**: by the fast engine, or by plain Keras, which it must equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import NetworkError
from ..values import in_range
from ._refusals import not_for_keras
from .nodes import Network

if TYPE_CHECKING:
    from .engine.trunk import Trunk
    from .plain import PlainActivations
    from .sources import Source

ENGINES = ("fast", "keras")
"""What computes activations and their gradients: our own TensorFlow operations, or Keras alone."""


def check_engine(engine: str, precision: str, source: Source | None = None) -> None:
    """Raise an error if an engine does not exist, or does not run a network so.

    Parameters
    ----------
    precision : "auto" too: plain Keras takes float32 then
    source : where the network comes from, if that is to be checked

    Raises
    ------
    ArgumentError, NetworkError
    """
    in_range("engine", engine, str, choices=ENGINES)
    if engine == "keras" and precision not in ("float32", "auto"):
        raise NetworkError(f'engine="keras" computes in float32. Received: precision={precision!r}')
    if engine == "keras" and source is not None and source.kind not in ("application", "model"):
        raise not_for_keras(source.name)


class OneChannel:
    """The activations of one layer, but of one of its channels alone.

    Parameters
    ----------
    activations : of that layer, as `activations_of` gives them
    number : the channel's, an int32 tensor or variable (1,)
    """

    def __init__(self, activations: Any, number: Any) -> None:
        self._activations, self._number = activations, number

    def __call__(self, image: Any, *, frugal: bool = False) -> tuple[Any]:
        """The channel's activation, float32 (1, …, 1)."""
        import tensorflow as tf

        (activation,) = self._activations(image, frugal=frugal)
        return (tf.gather(activation, self._number, axis=-1),)

    def gradient_bytes(self, size: int, *, frugal: bool = False) -> float:
        """As for the layer."""
        taken: float = self._activations.gradient_bytes(size, frugal=frugal)
        return taken


def activations_of(
    network: Network,
    layers: Iterable[str],
    *,
    engine: str = "fast",
    training: bool = False,
    precision: str = "float32",
) -> Trunk | PlainActivations:
    """A function from an image (1, H, W, 3) in [-1, 1] to one float32 tensor for each layer.

    Called with `frugal=True`, the fast engine's takes less memory for the gradient; Keras's ignores
    it. Only the fast engine's has `gradient_bytes`.

    Parameters
    ----------
    network : loaded
    layers : names of the layers whose activations are wanted
    engine : one of `ENGINES`; "keras" is slower, and for applications and `keras.Model` objects
    training : whether batch normalisation takes the image's own statistics
    precision : "float32", or for the fast engine "bfloat16" or "float16"

    Raises
    ------
    ArgumentError
        If there is no such engine.
    UnknownLayerError
        If the network does not have a layer.
    NetworkError
        If the network does not run so.
    """
    check_engine(engine, precision)
    if engine == "fast":
        from .engine.trunk import Trunk

        return Trunk(network, layers, training=training, precision=precision)
    from .plain import PlainActivations

    return PlainActivations(network, layers, training=training)


def activations_of_each(
    network: Network,
    layers: Iterable[str],
    *,
    engine: str = "fast",
    training: bool = False,
    precision: str = "float32",
) -> Mapping[str, Any]:
    """For each of the layers what `activations_of` gives of it alone, with the same arguments.

    With the fast engine what layers have in common is traced once, and is there once.
    """
    check_engine(engine, precision)
    layers = dict.fromkeys(layers)
    if engine == "fast":
        from .engine.sharing import SharedTrunks

        return SharedTrunks(network, layers, training=training, precision=precision)
    from .plain import PlainActivations

    return {layer: PlainActivations(network, [layer], training=training) for layer in layers}
