"""The layers of InceptionV3 (Szegedy et al. 2015, arXiv:1512.00567) under Keras's names, as nodes.

Written down here so that its layer names and sizes are known, and a part of it can be built,
without building Keras's model; the tests hold it against that model.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

from ._costs import gradient_bytes
from .engine.reordering import reordered
from .nodes import NetworkBuilder, Node, needed_nodes
from .sizes import activation_shapes


class _Builder(NetworkBuilder):
    def conv(
        self, x: str, filters: int, kernel: tuple[int, int], stride: int = 1, padding: str = "same"
    ) -> str:
        """A convolution, batch normalisation without scale, and a ReLU."""
        x = self.add(
            "conv",
            "conv2d",
            x,
            filters=filters,
            kernel_size=kernel,
            strides=(stride, stride),
            padding=padding,
        )
        x = self.add("batch_norm", "batch_normalization", x, epsilon=1e-3)
        return self.add("activation", "activation", x, function="relu")

    def chain(self, x: str, *convolutions: tuple[int, tuple[int, int]], stride: int = 1) -> str:
        """Convolutions one after another; a stride of 2 is that of the last one, unpadded."""
        for filters, kernel in convolutions[:-1]:
            x = self.conv(x, filters, kernel)
        filters, kernel = convolutions[-1]
        return self.conv(x, filters, kernel, stride, "same" if stride == 1 else "valid")

    def max_pool(self, x: str) -> str:
        return self.add(
            "max_pool", "max_pooling2d", x, kernel_size=(3, 3), strides=(2, 2), padding="valid"
        )

    def pooled(self, x: str, filters: int) -> str:
        x = self.add(
            "average_pool",
            "average_pooling2d",
            x,
            kernel_size=(3, 3),
            strides=(1, 1),
            padding="same",
        )
        return self.conv(x, filters, (1, 1))

    def concat(self, *inputs: str, name: str | None = None) -> str:
        return self.add("concat", "concatenate", *inputs, name=name)


@functools.cache
def inception_v3() -> tuple[Node, ...]:
    """The nodes of InceptionV3 without its top, in Keras's order of creation."""
    net = _Builder()
    x = net.conv("input", 32, (3, 3), 2, "valid")
    x = net.conv(x, 32, (3, 3), padding="valid")
    x = net.max_pool(net.conv(x, 64, (3, 3)))
    x = net.conv(x, 80, (1, 1), padding="valid")
    x = net.max_pool(net.conv(x, 192, (3, 3), padding="valid"))
    for index, filters in enumerate((32, 64, 64)):
        x = _block_35(net, x, filters, f"mixed{index}")
    x = _reduce_35(net, x, "mixed3")
    for index, filters in enumerate((128, 160, 160, 192), start=4):
        x = _block_17(net, x, filters, f"mixed{index}")
    x = _reduce_17(net, x, "mixed8")
    for index in range(2):
        x = _block_8(net, x, index)
    return tuple(net.nodes)


def pixel_bytes(
    layers: Iterable[str], size: int, value_bytes: int, *, frugal: bool = False
) -> float:
    """Bytes that a gradient takes for each pixel of an image.

    The same as `Trunk.gradient_bytes`, known without TensorFlow.

    Parameters
    ----------
    size : of an image of size x size pixels
    value_bytes : of one number
    frugal : whether ReLUs keep a byte for each number, where that is enough
    """
    layers = tuple(layers)
    nodes = reordered(needed_nodes(inception_v3(), layers), layers)
    channels: dict[str, int] = {}
    for node in nodes:
        before = sum(channels[name] for name in node.inputs) or 3
        channels[node.name] = node.options.get("filters", before)
    shapes = activation_shapes(nodes, (size, size))
    values = {name: math.prod(shapes[name]) * n for name, n in channels.items()}
    return gradient_bytes(nodes, layers, values, value_bytes, frugal=frugal) / size**2


def _block_35(net: _Builder, x: str, filters: int, name: str) -> str:
    return net.concat(
        net.conv(x, 64, (1, 1)),
        net.chain(x, (48, (1, 1)), (64, (5, 5))),
        net.chain(x, (64, (1, 1)), (96, (3, 3)), (96, (3, 3))),
        net.pooled(x, filters),
        name=name,
    )


def _reduce_35(net: _Builder, x: str, name: str) -> str:
    return net.concat(
        net.chain(x, (384, (3, 3)), stride=2),
        net.chain(x, (64, (1, 1)), (96, (3, 3)), (96, (3, 3)), stride=2),
        net.max_pool(x),
        name=name,
    )


def _block_17(net: _Builder, x: str, n: int, name: str) -> str:
    row, column = (1, 7), (7, 1)
    return net.concat(
        net.conv(x, 192, (1, 1)),
        net.chain(x, (n, (1, 1)), (n, row), (192, column)),
        net.chain(x, (n, (1, 1)), (n, column), (n, row), (n, column), (192, row)),
        net.pooled(x, 192),
        name=name,
    )


def _reduce_17(net: _Builder, x: str, name: str) -> str:
    return net.concat(
        net.chain(x, (192, (1, 1)), (320, (3, 3)), stride=2),
        net.chain(x, (192, (1, 1)), (192, (1, 7)), (192, (7, 1)), (192, (3, 3)), stride=2),
        net.max_pool(x),
        name=name,
    )


def _block_8(net: _Builder, x: str, index: int) -> str:
    first = net.conv(x, 320, (1, 1))
    y = net.conv(x, 384, (1, 1))
    second = net.concat(net.conv(y, 384, (1, 3)), net.conv(y, 384, (3, 1)), name=f"mixed9_{index}")
    z = net.chain(x, (448, (1, 1)), (384, (3, 3)))
    third = net.concat(net.conv(z, 384, (1, 3)), net.conv(z, 384, (3, 1)))
    return net.concat(first, second, third, net.pooled(x, 192), name=f"mixed{9 + index}")
