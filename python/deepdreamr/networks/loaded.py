"""source → **loaded network**, kept for the next call that needs the same one."""

from __future__ import annotations

import functools

from .loading import known_nodes, load_source
from .nodes import Network, Node
from .sources import Source


@functools.lru_cache(maxsize=2)
def loaded_network(source: Source) -> Network:
    """The network that a source stands for."""
    return load_source(source)


def nodes_of(source: Source) -> tuple[Node, ...]:
    """A network's nodes, without loading it where they are known."""
    return known_nodes(source) or loaded_network(source).nodes
