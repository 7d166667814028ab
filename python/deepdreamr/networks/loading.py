"""source → **network**: networks by name, from files and from Keras models, loaded."""

from __future__ import annotations

import dataclasses
import functools
import os
from pathlib import Path
from typing import Any

from ..backend import import_keras, import_tensorflow, keras_defaults
from ..checksums import signed
from ..errors import DeepDreamError, DeepDreamWarning, NetworkError
from ._formats import is_keras_file
from ._refusals import first_line
from ._rehearsal import rehearse
from .inception import inception_v3
from .nodes import Network, Node, tensors_of
from .nodes import layer_names as names_of
from .sources import Source, find_network
from .weights import BUNDLED_TEXT, bundled_parameters, random_parameters


def known_nodes(network: Any) -> tuple[Node, ...] | None:
    """The nodes of a network (or of its `Source`) if they are known without loading it."""
    source = network if isinstance(network, Source) else find_network(network)
    known = source.kind == "application" and source.name == "inception_v3"
    return inception_v3() if known else None


def layer_names(
    network: Any = "inception_v3",
    *,
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
) -> tuple[str, ...]:
    """Names of the layers of a network, in forward order.

    Parameters
    ----------
    network : a name of `NETWORKS`, a path to a model, or a Keras model
    weights, convention : as for `dream`; they change no name

    Raises
    ------
    NetworkError, WeightsError, ArgumentError
        If there is no such network, parameters or convention.

    Examples
    --------
    >>> layer_names()[-1]
    'mixed10'
    """
    source = find_network(network, weights=weights, convention=convention)
    if source.kind == "application" and source.weights != "file":
        source = dataclasses.replace(source, weights="untrained", seed=0)
    return names_of(known_nodes(source) or load_source(source).nodes)


def load_network(
    network: Any = "inception_v3",
    *,
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    seed: int | None = None,
) -> Network:
    """A network with its parameters; the arguments are those of `find_network`.

    Raises
    ------
    NetworkError, WeightsError, ArgumentError
        If there is no such network, or it or its parameters cannot be had.
    """
    return load_source(find_network(network, weights=weights, convention=convention, seed=seed))


def load_source(source: Source) -> Network:
    """The network that a source stands for; TensorFlow is imported here.

    Raises
    ------
    NetworkError, WeightsError
        If it or its parameters cannot be had.
    MemoryLimitError
        If it takes more memory than there is.
    BackendError
        If TensorFlow cannot be imported, or Keras where it is needed.
    """
    compared = rehearse(source)
    import_tensorflow()
    if source.kind == "application":
        return _load_application(source)
    if source.kind == "model":
        import_keras()  # which it was made with, it may be on something else
        return _keras_network(source, source.model, f"own (sha256 {source.stamp})")
    try:
        return _load_file(source, compared)
    except (DeepDreamError, DeepDreamWarning):  # a warning, where warnings are errors
        raise
    except Exception as error:  # whatever a damaged or malicious file makes TensorFlow say
        raise NetworkError(f"{source.name!r} cannot be read: {first_line(error)}") from error


def _load_application(source: Source) -> Network:
    nodes = known_nodes(source)
    if nodes and source.weights in ("bundled", "untrained"):
        return _load_inception(source, nodes)
    with keras_defaults():
        return _build_application(source)


def _build_application(source: Source) -> Network:
    from . import applications

    if source.weights == "file":
        path = source.file()
        model, text = applications.with_file(source.name, path), f"file: {signed(path)}"
    elif source.weights == "imagenet":
        model, text = applications.with_imagenet(source.name), "imagenet: Keras's own"
    else:
        model, text = applications.with_random(source.name, source.seed), _untrained(source)
    return applications.application_network(source.name, model, text)


def _load_inception(source: Source, nodes: tuple[Node, ...]) -> Network:
    """InceptionV3 from the nodes written down here; Keras's own is built only if asked for."""
    from .applications import inception_tensors

    if source.weights == "bundled":
        arrays, text = bundled_parameters(source.scale), BUNDLED_TEXT
    else:
        arrays, text = random_parameters(nodes, source.seed), _untrained(source)
    tensors = functools.partial(inception_tensors, arrays)
    return Network(source.name, nodes, arrays, source.convention, text, keras_tensors=tensors)


def _untrained(source: Source) -> str:
    return f"untrained: random, seed {source.seed}"


def _load_file(source: Source, compared: bool) -> Network:
    """A network from a file: of a stranger, or the frozen graph that is known by name.

    Parameters
    ----------
    compared : whether its activations have been compared with Keras's own
    """
    path, limit = source.file(), source.max_memory
    origin = "file" if source.kind == "graph" else "own"
    if path.is_dir():
        from .graphs.saved_models import load_saved_model

        return _graph_network(
            source, load_saved_model(path, limit), path / "saved_model.pb", origin
        )
    if source.kind == "file" and is_keras_file(path):
        return _load_keras_file(source, path, origin, compared)
    from .graphs.files import load_graph_file

    return _graph_network(source, load_graph_file(path, limit), path, origin)


def _load_keras_file(source: Source, path: Path, origin: str, compared: bool) -> Network:
    with keras_defaults():
        from .keras.files import load_keras_file

        model = load_keras_file(path, source.max_memory)
        network = _keras_network(source, model, f"{origin}: {signed(path)}", compared)
        return dataclasses.replace(network, keras_tensors=None)  # Keras alone runs no such file


def _keras_network(source: Source, model: Any, text: str, compared: bool = False) -> Network:
    from ._agreement import check_agreement
    from .keras.inputs import channels_of
    from .keras.models import model_nodes

    nodes, parameters = model_nodes(model)
    tensors = functools.partial(tensors_of, nodes)
    convention, channels = source.convention, channels_of(nodes[0].tensor)
    network = Network(
        source.name, nodes, parameters, convention, text, channels=channels, keras_tensors=tensors
    )
    if not compared:
        check_agreement(network, model)
    return network


def _graph_network(source: Source, graph: Any, path: Path, origin: str) -> Network:
    from .graphs.frozen import graph_network

    return graph_network(source.name, graph, source.convention, f"{origin}: {signed(path)}")
