"""picture + layer → **feature maps** → sheet: what a layer's channels see in a picture."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..backend import import_tensorflow
from ..errors import ArgumentError, received
from ..networks.loaded import loaded_network
from ..pictures.reading import read_picture
from ..recipes.settings import Recipe
from ..runs.checking import check
from ..runs.job import Job
from ..runs.request import request_of
from .maps import FeatureMaps

__all__ = ["FeatureMaps", "feature_maps"]


def feature_maps(image: Any, layer: str, **arguments: Any) -> FeatureMaps:
    """What the channels of a layer see in a picture.

    Parameters
    ----------
    image : as for `load_image`
    layer : one of `layer_names(network)` that still has a height and a width
    **arguments : of the network, each as for `dream`: `network`, `weights`, `convention`, `engine`,
        `training`, `seed` (of untrained weights; drawn if not given) and `precision`

    Returns
    -------
    FeatureMaps

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError
        If the picture cannot be read or is too small, or the layer is unknown (the message names
        near ones) or has no height and width.

    Examples
    --------
    >>> from deepdreamr import feature_maps, sample_image
    >>> feature_maps(sample_image("jelly"), "mixed0").shape
    (57, 77, 256)
    """
    if not isinstance(layer, str):
        raise ArgumentError(f"`layer` must be one layer's name. {received('layer', layer)}")
    request = request_of(read_picture(image), layer, arguments, ("network",))
    job = check(dataclasses.replace(request, recipe=Recipe(octaves=1), missing="error"))
    return FeatureMaps(
        activations=_activations(job, layer),
        layer=layer,
        network=job.source.name,
        weights=loaded_network(job.source).weights,
        training=job.training,
        precision=job.precision,
        source=job.picture.name,
    )


def _activations(job: Job, layer: str) -> np.ndarray:
    """The layer's activations for the job's picture, float32 (h, w, channels)."""
    import_tensorflow()
    import tensorflow as tf

    (activation,) = job.activations([layer])(tf.constant(job.picture.image))
    if activation.shape.rank != 4:
        raise ArgumentError(
            "`layer` must have a height and a width. "
            f"Received: layer={layer!r}, of shape {tuple(activation.shape[1:])}"
        )
    return activation.numpy()[0]
