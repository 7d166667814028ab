"""R → **bridge** → dream: what R calls. Each function gives an envelope; see `_envelopes`.

`options` are arguments of the function of the same name, by name; `Request` knows and checks them.
Pictures come as a path, bytes or R's numbers, and go as the bytes of a PNG file.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ArgumentError, unknown_name
from ..many.request import ManyRequest, many_arguments
from ..recipes.published import LContrib
from ..runs.request import ARGUMENTS, GROUPS, request_of
from ..version import installed_version, version
from ._answers import (
    devices_of_tensorflow,
    dreamed,
    dreamed_many,
    known_recipes,
    of_maps,
    of_sheet,
)
from ._bridged import clip_sheet as clip_sheet
from ._bridged import dream_video as dream_video
from ._bridged import dream_zoom as dream_zoom
from ._bridged import plan_video as plan_video
from ._bridged import plan_zoom as plan_zoom
from ._envelopes import enveloped
from ._pages import done_with_page
from ._reports import Report, Shown, layer_steps, of_tiles, previews, steps
from ._words import in_r_words

Options = Mapping[str, Any] | None
PACKAGES = ("tensorflow", "keras", "numpy", "pillow")


# ---- Looking things up ---------------------------------------------------------------------------


@enveloped
def about(devices: bool = False) -> dict[str, Any]:
    """Versions of everything, and TensorFlow's devices if asked (which imports TensorFlow)."""
    return {
        "version": version(),
        "python": sys.executable,
        "python_version": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: installed_version(name) for name in PACKAGES},
        "devices": devices_of_tensorflow() if devices else [],
    }


@enveloped
def arguments() -> dict[str, Any]:
    """The arguments of a dream with their defaults, without the recipe's settings."""
    return {"arguments": {name: field.default for name, field in ARGUMENTS.items()}}


@enveloped
def recipes() -> dict[str, Any]:
    """Every recipe, with the network that its layers belong to; every setting with its help."""
    return known_recipes()


@enveloped
def lcontrib() -> dict[str, Any]:
    """Layer contributions of "Deep Dreaming in R"."""
    return {"layers": LContrib}


@enveloped
def class_names() -> dict[str, Any]:
    """Names of ImageNet's classes, in their order."""
    from ..recipes.objectives import class_names as function

    return {"classes": function()}


@enveloped
def layer_names(network: str | None = None, weights: str | None = None) -> dict[str, Any]:
    """Names of a network's layers, in forward order."""
    from ..networks.loading import layer_names as function

    given = {"network": network, "weights": weights}
    return {"layers": list(function(**{k: v for k, v in given.items() if v is not None}))}


# ---- Dreams --------------------------------------------------------------------------------------


@enveloped
def dream(
    image: Any,
    layers: Any = None,
    options: Options = None,
    on_step: Report | None = None,
    on_preview: Shown | None = None,
) -> dict[str, Any]:
    """Dream: the picture, the losses, and the record as the picture carries it.

    `on_preview` shows it while it grows, at most twice a second, and at the end.
    """
    from ..runs.dreaming import run

    request = request_of(image, layers, options or {}, GROUPS)
    show = previews(on_preview) if on_preview else False
    return dreamed(lambda: run(request, on_step and steps(on_step), preview=show))


@enveloped
def dream_many(
    images: Any, layers: Any, output: Any, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """Dream of many pictures: what came of each; `on_step` is called with each as it gets ready."""
    return dreamed_many(ManyRequest(**many_arguments(images, layers, output, options)), on_step)


@enveloped
def replay(
    picture: Any, source: Any = None, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """Make a picture again; the same answer as from `dream`."""
    from ..runs.replaying import replay as function

    known = [name for name in _keywords(function) if name not in ("layers", "on_step", "progress")]
    for name in options or {}:
        if name not in known:
            raise ArgumentError(unknown_name("argument", name, known))
    report = on_step and steps(on_step)
    return dreamed(
        lambda: function(picture, source, on_step=report, progress=False, **options or {})
    )


@enveloped
def mix(picture: Any, source: Any, options: Options = None) -> dict[str, Any]:
    """A picture mixed with what it was dreamed from; the same answer as from `dream`."""
    from ..runs.mixing import mix as function

    return dreamed(lambda: function(picture, source, **options or {}))


@enveloped
def save(picture: Any, path: Any, options: Options = None) -> dict[str, Any]:
    """Write a picture that R holds, in the format that the path's suffix names."""
    from ..runs.saving import save_png

    return {"path": str(save_png(bytes(picture), path, **options or {}))}


@enveloped
def plan(image: Any = None, layers: Any = None, options: Options = None) -> dict[str, Any]:
    """What a dream would do, without dreaming: the fields of `Plan`, and `text` to print.

    The option `measure` says whether the network is loaded and timed.
    """
    from ..runs.planning import plan_request
    from .tables import in_words, plan_table

    given = dict(options or {})
    measure = given.pop("measure", True)
    request = request_of(image, layers, given)
    planned = in_words(plan_request(request, measure=measure), in_r_words)
    return {"plan": planned, "can_run": planned.can_run, "text": plan_table(planned)}


@enveloped
def show(picture: Any) -> dict[str, Any]:
    """How a picture was made: its record, and `text` to print."""
    from ..runs.record import show as function
    from .tables import readable

    record = function(picture)
    return {"record": record, "text": readable(record)}


@enveloped
def page(what: str, options: Options = None) -> dict[str, Any]:
    """Do something with a page in a process of its own: "open" it, "look" at it, "close" it."""
    return done_with_page(what, options)


# ---- Looking inside a network --------------------------------------------------------------------


@enveloped
def feature_maps(image: Any, layer: Any, options: Options = None) -> dict[str, Any]:
    """A layer's activations and their contact sheet; options of `montage` too."""
    from ..looking.features import feature_maps as function
    from ..looking.maps import FeatureMaps, check_sheet

    given = dict(options or {})
    sheet = {name: given.pop(name) for name in _keywords(FeatureMaps.montage) if name in given}
    check_sheet(layer, **sheet)
    maps = function(image, layer, **given)
    return of_maps(maps, sheet)


@enveloped
def layer_sheet(
    image: Any, layers: Any = None, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """The picture dreamed with each layer alone."""
    from ..looking.layers import layer_sheet as function

    given = of_tiles(options)
    sheet = function(image, layers, on_step=on_step and layer_steps(on_step), **given)
    return {**of_sheet(sheet), "layers": sheet.layers}


@enveloped
def channel_sheet(
    layer: Any, image: Any = None, options: Options = None, on_step: Report | None = None
) -> dict[str, Any]:
    """A dream of each channel of a layer alone."""
    from ..looking.channels import channel_sheet as function

    given = of_tiles(options)
    sheet = function(layer, image, on_step=on_step and layer_steps(on_step), **given)
    return {**of_sheet(sheet), "layer": sheet.layer, "channels": sheet.channels}


@enveloped
def gradient_picture(image: Any, layers: Any = None, options: Options = None) -> dict[str, Any]:
    """The loss's gradient as a picture."""
    from ..looking.gradient import gradient_picture as function

    picture = function(image, layers, **options or {})
    return {
        "png": picture.png(),
        "size": picture.shape,
        "loss": picture.loss,
        "limit": picture.limit,
    }


def _keywords(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names that a function takes by name only."""
    return tuple(getattr(function, "__kwdefaults__", None) or ())
