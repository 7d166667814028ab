"""source → **network** → trunk: networks by name, from files and from Keras models, loaded."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

from .downloads import INCEPTION5H, check_sha256, fetch
from ..errors import DeepDreamError, NetworkError
from .inception import inception_v3
from .nodes import Network, Node
from .nodes import layer_names as names_of
from .sources import NETWORKS, Source, find_network
from .weights import BUNDLED_TEXT, bundled_parameters, random_parameters

__all__ = ["NETWORKS", "find_network", "known_nodes", "layer_names", "load_network", "load_source"]


def known_nodes(network: Any) -> tuple[Node, ...] | None:
    """The nodes of a network (or of its `Source`) if they are known without loading it."""
    source = network if isinstance(network, Source) else find_network(network)
    return (
        inception_v3() if source.kind == "application" and source.name == "inception_v3" else None
    )


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
    NetworkError, WeightsError
        If there is no such network.

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
    """The network that a source stands for; TensorFlow is imported here where it is needed."""
    if source.kind == "application":
        return _load_application(source)
    if source.kind == "model":
        from .keras.models import model_nodes

        return _keras_network(source, model_nodes(source.model), f"own (sha256 {source.stamp})")
    try:
        return _load_known_graph(source) if source.kind == "graph" else _load_file(source)
    except DeepDreamError:
        raise
    except Exception as error:  # whatever a damaged or malicious file makes TensorFlow say
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise NetworkError(f"{source.name!r} cannot be read: {lines[0][:300]}") from error


def _load_application(source: Source) -> Network:
    from . import applications

    nodes = known_nodes(source)
    if nodes and source.weights == "bundled":
        return Network(source.name, nodes, bundled_parameters(), source.convention, BUNDLED_TEXT)
    text = f"untrained: random, seed {source.seed}"
    if nodes and source.weights == "untrained":
        arrays = random_parameters(nodes, source.seed)
        return Network(source.name, nodes, arrays, source.convention, text)
    if source.path:
        model = applications.with_file(source.name, source.path)
        text = f"file: {_signed(source.path)}"
    elif source.weights == "imagenet":
        model, text = applications.with_imagenet(source.name), "imagenet: Keras's own"
    else:
        model = applications.with_random(source.name, source.seed)
    return applications.application_network(source.name, model, text)


def _load_known_graph(source: Source) -> Network:
    from .graphs.frozen import graph_network, load_graph_file

    path = source.path or fetch(INCEPTION5H)
    if source.weights == "download":
        check_sha256(path, INCEPTION5H)
    graph, text = load_graph_file(path), f"file: {_signed(path)}"
    return graph_network(source.name, graph, source.convention, text)


def _load_file(source: Source) -> Network:
    path = source.path or Path()
    if path.is_dir():
        from .graphs.frozen import graph_network
        from .graphs.saved_models import load_saved_model

        graph, text = load_saved_model(path), f"own: {_signed(path / 'saved_model.pb')}"
        return graph_network(source.name, graph, source.convention, text)
    text = f"own: {_signed(path)}"
    if _is_keras_file(path):
        from .keras.files import load_keras_file
        from .keras.models import model_nodes

        return _keras_network(source, model_nodes(load_keras_file(path)), text)
    from .graphs.frozen import graph_network, load_graph_file

    return graph_network(source.name, load_graph_file(path), source.convention, text)


def _keras_network(source: Source, model: Any, text: str) -> Network:
    nodes, parameters = model
    return Network(source.name, nodes, parameters, source.convention, text)


def _is_keras_file(path: Path) -> bool:
    """Whether it is HDF5, or a zip with a Keras configuration, whatever its suffix."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    with path.open("rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def _signed(path: Path) -> str:
    """A file's name and the beginning of its checksum."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return f"{path.name} (sha256 {digest.hexdigest()[:12]})"
