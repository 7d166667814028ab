"""picture and arguments → **plan**: what a dream would do; printed, it is a table."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..runs import planning
from ..runs.request import request_of
from .tables import plan_table


@dataclasses.dataclass(frozen=True, repr=False)
class Plan(planning.Plan):
    __doc__ = (planning.Plan.__doc__ or "").replace("leave out.", "leave out; printed, a table.")

    def __repr__(self) -> str:
        return plan_table(self)


def plan(image: Any = None, layers: Any = None, *, measure: bool = True, **arguments: Any) -> Plan:
    """Find out what `dream` would do with the same arguments, without dreaming.

    Parameters
    ----------
    image, layers : as for `dream`
    measure : whether the network is loaded and one small gradient timed. Otherwise TensorFlow is
        not even imported for inception_v3, and there is no prediction of the time
    **arguments : any other argument of `dream` but `save_octaves`, `checkpoint`, `overwrite`,
        `on_step` and `progress`. Nothing is downloaded: where ImageNet's parameters would be,
        random ones take their place here

    Returns
    -------
    Plan
        With its `problems`: what `dream` would raise because of the picture's size, the layers or
        the memory is listed there.

    Raises
    ------
    ImageError, ArgumentError, NetworkError, WeightsError
        If not even the picture, the arguments or the network can be read.

    Examples
    --------
    >>> from deepdreamr import plan, sample_image
    >>> small = plan(sample_image("jelly"), max_size=200, measure=False)
    >>> small.problems[0].split(":")[0]
    'the picture is too small for octaves=6'
    """
    found = planning.plan_request(request_of(image, layers, arguments), measure=measure)
    return Plan(**vars(found))
