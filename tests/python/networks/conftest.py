"""The one statement about the engine: its activations and gradients are those of plain Keras."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import tensorflow as tf
from toys import with_gradient

from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.nodes import Network
from deepdreamr.networks.plain import PlainActivations


@pytest.fixture(scope="session")
def engine_equals_keras() -> Callable[..., None]:
    """Asserts it for some layers of a network and an image, with and without frugal ReLUs.

    `tolerance` is the largest error of all numbers together, as a share of how much Keras's vary.
    """

    def check(
        network: Network,
        layers: Sequence[str],
        image: tf.Tensor,
        *,
        training: bool = False,
        fold: bool = True,
        tolerance: float = 1e-5,
    ) -> None:
        wanted = with_gradient(PlainActivations(network, layers, training=training), image)
        trunk = Trunk(network, layers, training=training, fold=fold)
        assert np.abs(wanted[-1]).max() > 0
        for frugal in (False, True):
            got = with_gradient(functools.partial(trunk, frugal=frugal), image)
            for name, ours, theirs in zip([*layers, "gradient"], got, wanted, strict=True):
                assert ours.shape == theirs.shape, name
                error = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs - theirs.mean())
                assert error <= tolerance, (name, frugal, error)

    return check
