"""**weights** → network: where parameters come from. Bundled, random, or a Keras model's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..checksums import sha256
from ..errors import WeightsError
from .nodes import Node, Parameters

BUNDLED = Path(__file__).parents[1] / "data" / "inception_v3_uint8.npz"
BUNDLED_SHA256 = "8a0262a4f96618a2b714194cc28a1ed36bb8d1bf9d61ee62a7e39130fa266745"
BUNDLED_TEXT = (
    "bundled: InceptionV3 fine-tuned from ImageNet, 8 bits a value (not Keras's ImageNet file)"
)


def bundled_parameters(precision: str = "float64") -> Callable[[str], Parameters]:
    """The bundled parameters of InceptionV3, read layer by layer.

    Parameters
    ----------
    precision : that their 8 bits are scaled in; version 0.1 did so in "float32"

    Raises
    ------
    WeightsError
        If the file is missing or not the one that belongs to this version.
    """
    archive = _open_bundled()

    def read(name: str) -> Parameters:
        number = name.rpartition("_")[2]
        index = (int(number) if number.isdigit() else 0) + 1  # conv2d_3 is the fourth
        if name.startswith("conv2d"):
            scale, minimum = archive[f"conv{index:02d}/kernel_affine"].astype(precision)
            kernel = archive[f"conv{index:02d}/kernel"] * scale + minimum
            return {"kernel": kernel.astype(np.float32, copy=False)}
        beta, mean, variance = archive[f"conv{index:02d}/batch_norm"]
        return {"beta": beta, "moving_mean": mean, "moving_variance": variance}

    return read


@functools.cache
def _open_bundled() -> Mapping[str, np.ndarray]:
    try:
        digest = sha256(BUNDLED)
    except OSError as error:
        raise WeightsError(
            f"the bundled parameters are missing: {error}.", "Install deepdreamr again."
        ) from None
    if digest != BUNDLED_SHA256:
        raise WeightsError("the bundled parameters are damaged.", "Install deepdreamr again.")
    archive: Mapping[str, np.ndarray] = np.load(BUNDLED, allow_pickle=False)
    return archive


def random_parameters(nodes: tuple[Node, ...], seed: int | None) -> Callable[[str], Parameters]:
    """Parameters of an untrained network: He-normal kernels, neutral batch normalisation.

    Only for nodes built here (convolutions without bias); a Keras model brings its own.
    """
    channels: dict[str, int] = {"input": 3}
    values: dict[str, Parameters] = {}
    random = np.random.default_rng(seed)
    for node in nodes:
        size = channels.get(node.inputs[0], 0) if node.inputs else 3
        if node.op == "conv":
            shape = (*node.options["kernel_size"], size, node.options["filters"])
            deviation = np.sqrt(2 / np.prod(shape[:3]))
            values[node.name] = {"kernel": (random.standard_normal(shape, np.float32) * deviation)}
            size = node.options["filters"]
        elif node.op == "batch_norm":
            zero, one = np.zeros(size, np.float32), np.ones(size, np.float32)
            values[node.name] = {"beta": zero, "moving_mean": zero, "moving_variance": one}
        elif node.op == "concat":
            size = sum(channels[name] for name in node.inputs)
        channels[node.name] = size
    return values.__getitem__


def randomize(model: Any, seed: int | None) -> None:
    """Fill a Keras model's kernels with He-normal values; the rest stays as Keras made it."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if "kernel" in weight.path.rsplit("/", 1)[-1]:
            fan_in = max(1, int(np.prod(weight.shape[:-1])))
            values = random.standard_normal(weight.shape, np.float32) * np.sqrt(2 / fan_in)
            weight.assign(values)
