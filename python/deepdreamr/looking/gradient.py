"""job → gradient → **gradient of a picture**: as numbers, and as colours to look at."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..errors import NetworkError
from ..pictures.picture import to_uint8
from ..pictures.reading import read_picture
from ..pictures.sheets import Sheet
from ..recipes.settings import check_setting
from ..runs.checking import check
from ..runs.gradients import means_for
from ..runs.job import Job
from ..runs.objectives import resolved
from ..runs.request import request_of
from ..runs.running import as_tensor
from ..values import in_range

_GROUPS = ("loss", "network", "memory")
_ONE_OCTAVE = {"octaves": 1, "octaves_above": 0, "transforms": ()}


def loss_and_gradient(image: Any, layers: Any = None, **arguments: Any) -> tuple[float, np.ndarray]:
    """Loss of a picture at its own size, and the loss's gradient with respect to the picture.

    Parameters
    ----------
    image : as for `load_image`
    layers : layer → weight, or a sequence of `LayerTerm`; default: the recipe's own
    **arguments : `recipe`, `guide`, `missing`, `network`, `weights`, `convention`, `engine`,
        `training`, `seed`, `precision`, `max_memory` and the settings of a recipe, as for `dream`.
        Settings of octaves, tiles, transforms, steps and smoothing change nothing here

    Returns
    -------
    loss : float
    gradient : float32 (height, width, 3), per unit of the image's range [-1, 1], neither smoothed
        nor normalised

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, MemoryLimitError
        As `dream`.

    Warns
    -----
    UnknownLayerWarning, ImageWarning
        As `dream`.

    Examples
    --------
    >>> from deepdreamr import loss_and_gradient, sample_image
    >>> loss, gradient = loss_and_gradient(sample_image("jelly"), {"mixed0": 1})
    >>> gradient.shape
    (480, 640, 3)
    """
    picture = read_picture(image)
    for name in _ONE_OCTAVE.keys() & arguments.keys():
        check_setting(name, arguments[name])  # which is then not used
    request = request_of(picture, layers, arguments | _ONE_OCTAVE, _GROUPS)
    job = resolved(_whole(check(request)))
    image, means = as_tensor(picture), means_for(job)
    from ..runs.penalties import penalized

    means = penalized(means, job.terms, lambda octave: image)
    means.enter(0)
    unused = np.random.default_rng(0)  # nothing is drawn where there are no tiles
    loss, gradient = means.gradient(image, unused, (0, 0))
    return float(loss), gradient.numpy()[0]


def _whole(job: Job) -> Job:
    """The job with the picture's own size as its only octave, and without tiles."""
    recipe = job.recipe.replace(tile_size=None)
    return dataclasses.replace(job, recipe=recipe, shapes=(job.picture.shape,))


@dataclasses.dataclass(frozen=True, eq=False)
class GradientPicture(Sheet):
    """The gradient of a loss, as colours around mid grey.

    Attributes
    ----------
    image : uint8 (height, width, 3); 128 is 0, lighter where more of that colour raises the loss
    gradient : float32 (height, width, 3), per unit of the image's range [-1, 1]
    loss : of the picture
    limit : the gradient that is shown as 255, its negative as 0
    """

    gradient: np.ndarray
    loss: float
    limit: float

    def __repr__(self) -> str:
        height, width = self.shape
        return (
            f"<GradientPicture {width}x{height}: loss {self.loss:.3f}, "
            f"black to white is -{self.limit:.3g} to {self.limit:.3g}>"
        )


def gradient_picture(
    image: Any, layers: Any = None, *, percentile: float = 99.5, **arguments: Any
) -> GradientPicture:
    """Show how a picture would have to change for a larger loss.

    Parameters
    ----------
    image, layers : as for `loss_and_gradient`
    percentile : how much of the gradient, in per cent of its absolute values, lies between black
        and white; what is beyond is clipped, as a few values far from 0 would make all others grey
    **arguments : any other argument of `loss_and_gradient`

    Returns
    -------
    GradientPicture

    Raises
    ------
    ImageError, ArgumentError, UnknownLayerError, NetworkError, WeightsError, MemoryLimitError
        As `loss_and_gradient`; also where the gradient is not finite.

    Examples
    --------
    >>> from deepdreamr import gradient_picture, sample_image
    >>> gradient_picture(sample_image("jelly"), {"mixed0": 1}).shape
    (480, 640)
    """
    percentile = in_range("percentile", percentile, float, above=0, most=100)
    loss, gradient = loss_and_gradient(image, layers, **arguments)
    if not np.isfinite(gradient).all():
        raise NetworkError("the gradient is not finite everywhere.", "Try precision float32.")
    sizes = np.abs(gradient)
    limit = float(np.percentile(sizes, percentile) or sizes.max() or 1.0)
    return GradientPicture(to_uint8(gradient / limit), gradient, loss, limit)
