"""dream → **bridge** → R: every result is a dict of plain types, pictures are PNG bytes.

A function returns `{"ok": True, ...}` or, for an error, `{"ok": False, "type", "message", "hint",
"traceback"}`: a long Python exception would not reach R whole. KeyboardInterrupt is let through.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import platform
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, DeepDreamError, DeepDreamWarning, unknown_name
from ..recipes.published import RECIPES, LContrib
from ..recipes.settings import SETTINGS, setting_type
from ..version import installed_version, version

if TYPE_CHECKING:
    from ..runs.dreaming import Dream
    from ..recipes.terms import LayerTerm

Envelope = dict[str, Any]
PACKAGES = ("tensorflow", "keras", "numpy", "pillow")


def _enveloped(function: Callable[..., dict[str, Any]]) -> Callable[..., Envelope]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Envelope:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DeepDreamWarning)
            try:
                result = {"ok": True, **function(*args, **kwargs)}
            except Exception as error:
                result = _failure(error)
        result["warnings"] = [
            {"class": w.category.kind, "message": str(w.message)}
            for w in caught
            if issubclass(w.category, DeepDreamWarning)
        ]
        return result

    return call


def _failure(error: Exception) -> Envelope:
    known = isinstance(error, DeepDreamError)
    return {
        "ok": False,
        "type": error.kind if isinstance(error, DeepDreamError) else "internal",
        "message": error.message if isinstance(error, DeepDreamError) else str(error),
        "hint": error.hint if isinstance(error, DeepDreamError) else None,
        "py_type": type(error).__name__,
        "traceback": "" if known else traceback.format_exc(),
    }


@_enveloped
def about(devices: bool = False) -> dict[str, Any]:
    """Versions of everything, and TensorFlow's devices if asked (which imports TensorFlow)."""
    return {
        "version": version(),
        "python": sys.executable,
        "python_version": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: installed_version(name) for name in PACKAGES},
        "devices": _devices() if devices else [],
    }


def _devices() -> list[str]:
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices()]


@_enveloped
def recipes() -> dict[str, Any]:
    """Every recipe, and every setting with its help."""
    return {
        "recipes": [
            {
                "name": recipe.name,
                "description": recipe.description,
                "source": recipe.source,
                "layers": dict(recipe.layers),
                "settings": recipe.settings(),
            }
            for recipe in RECIPES.values()
        ],
        "settings": [
            {"name": name, "type": setting_type(name)[0].__name__, "help": field.metadata["help"]}
            for name, field in SETTINGS.items()
        ],
    }


@_enveloped
def defaults() -> dict[str, Any]:
    """The keyword defaults of `dream`."""
    from ..runs.dreaming import dream as function

    parameters = inspect.signature(function).parameters.values()
    return {"dream": {p.name: p.default for p in parameters if p.default is not p.empty}}


@_enveloped
def lcontrib() -> dict[str, Any]:
    """Layer contributions of "Deep Dreaming in R"."""
    return {"layers": dict(LContrib)}


@_enveloped
def layer_names(network: str | None = None, weights: str | None = None) -> dict[str, Any]:
    """Names of a network's layers, in forward order."""
    from ..networks.loading import layer_names as function

    given = {"network": network, "weights": weights}
    return {"layers": list(function(**{k: v for k, v in given.items() if v is not None}))}


@_enveloped
def dream(
    image: Any,
    layers: Any = None,
    options: Mapping[str, Any] | None = None,
    on_step: Callable[[dict[str, Any]], Any] | None = None,
) -> dict[str, Any]:
    """Dream; see `deepdreamr.dream` for the options."""
    from ..runs.dreaming import dream as function

    given = _options(function, options)
    result = function(image, layers, on_step=on_step and _plain_steps(on_step), **given)
    return _plain_dream(result)


@_enveloped
def plan(
    image: Any = None, layers: Any = None, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a dream would do, without dreaming; options of `plan`."""
    from ..runs.planning import plan as function

    result = function(image, layers, **_options(function, options))
    names = "notes problems unknown seconds recipe network weights loads source"
    return {
        "text": repr(result),
        "can_run": result.can_run,
        "size": list(result.shape),
        "octaves": [
            {
                "height": octave.shape[0],
                "width": octave.shape[1],
                "windows": octave.windows,
                "window_height": octave.window_shape[0],
                "window_width": octave.window_shape[1],
                "silent": list(octave.silent),
            }
            for octave in result.octaves
        ],
        "layers": [_plain_term(term) for term in result.layers],
        "memory": None if result.memory is None else float(result.memory),  # R's ints end at 2^31
        **{name: _plain_list(getattr(result, name)) for name in names.split()},
    }


def _plain_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@_enveloped
def show(picture: Any) -> dict[str, Any]:
    """How a picture was made: the fields of `deepdreamr.metadata.FIELDS`, and `text` to print."""
    from ..runs._old_metadata import readable
    from ..runs._old_metadata import show as function

    record = function(picture)
    return {**record, "text": readable(record)}


@_enveloped
def replay(
    picture: Any,
    source: Any = None,
    options: Mapping[str, Any] | None = None,
    on_step: Callable[[dict[str, Any]], Any] | None = None,
) -> dict[str, Any]:
    """Make a picture again; options of `deepdreamr.replay`, result as that of `dream`."""
    from ..runs.replaying import replay as function

    given = _options(function, options)
    result = function(picture, source, on_step=on_step and _plain_steps(on_step), **given)
    return _plain_dream(result)


def _plain_dream(result: Dream) -> dict[str, Any]:
    return {
        "png": bytearray(result.png()),
        "size": list(result.shape),
        "losses": {
            name: [getattr(loss, name) for loss in result.losses]
            for name in ("octave", "iteration", "loss")
        },
        "octaves": [list(shape) for shape in result.octaves],
        "layers": [_plain_term(term) for term in result.layers],
        **{
            name: getattr(result, name)
            for name in (
                "recipe",
                "network",
                "weights",
                "training",
                "precision",
                "seed",
                "seconds",
                "device",
                "stopped",
                "source",
            )
        },
        "settings": dict(result.settings),
    }


@_enveloped
def feature_maps(
    image: Any, layer: Any, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A layer's activations and their contact sheet; options of `feature_maps` and `montage`."""
    from ..looking.features import FeatureMaps
    from ..looking.features import feature_maps as function

    given = _options(function, options, FeatureMaps.montage)
    sheet = {
        name: given.pop(name)
        for name in inspect.signature(FeatureMaps.montage).parameters
        if name in given
    }
    maps = function(image, layer, **given)
    return {
        "png": bytearray(maps.png(**sheet)),
        "activations": bytearray(maps.activations.astype("<f4").tobytes()),
        "shape": list(maps.shape),
        "strength": maps.strength.tolist(),
        **{
            name: getattr(maps, name)
            for name in ("layer", "network", "weights", "training", "precision", "source")
        },
    }


@_enveloped
def layer_sheet(
    image: Any,
    layers: Any = None,
    options: Mapping[str, Any] | None = None,
    on_step: Callable[[dict[str, Any]], Any] | None = None,
) -> dict[str, Any]:
    """The picture dreamed with each layer alone; options of `layer_sheet` and `dream`."""
    from ..runs.dreaming import dream
    from ..looking.inspection import layer_sheet as function

    given = _options(function, options, dream)
    sheet = function(image, layers, on_step=on_step and _plain_layer_steps(on_step), **given)
    first = sheet.dreams[0]
    return {
        "png": bytearray(sheet.png()),
        "size": list(sheet.shape),
        "layers": list(sheet.layers),
        "stopped": sheet.dreams[-1].stopped,
        **{name: getattr(first, name) for name in ("recipe", "network", "weights", "seed")},
    }


@_enveloped
def gradient_picture(
    image: Any, layers: Any = None, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The loss's gradient as a picture; options of `gradient_picture` and `loss_and_gradient`."""
    from ..runs.dreaming import loss_and_gradient
    from ..looking.inspection import gradient_picture as function

    given = _options(function, options, loss_and_gradient)
    picture = function(image, layers, **given)
    return {
        "png": bytearray(picture.png()),
        "size": list(picture.shape),
        "loss": picture.loss,
        "limit": picture.limit,
    }


def _plain_term(term: LayerTerm) -> dict[str, Any]:
    channels = _plain_channels(term.channels)
    return {"layer": term.layer, "weight": term.weight, "channels": channels}


def _plain_channels(channels: tuple[tuple[int, float], ...] | None) -> list[list[float]] | None:
    return None if channels is None else [[number, weight] for number, weight in channels]


def _options(
    function: Callable[..., Any], options: Mapping[str, Any] | None, *more: Callable[..., Any]
) -> dict[str, Any]:
    """The options, if the function has them all (or one of those that it passes them on to)."""
    parameters = [p for f in (function, *more) for p in inspect.signature(f).parameters.values()]
    known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "on_step"]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        known += SETTINGS
    for name in options or {}:
        if name not in known:
            raise ArgumentError(unknown_name("argument", name, known))
    return dict(options or {})


def _plain_steps(on_step: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    def call(step: Any) -> Any:
        record = dataclasses.asdict(step)
        record["height"], record["width"] = record.pop("shape")
        return on_step(record)

    return call


def _plain_layer_steps(on_step: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """As for a dream, with the layer's name, its number from 1, and how many there are."""

    def call(step: Any) -> Any:
        place = {"layer": step.layer, "number": step.number, "layers": step.layers}
        return _plain_steps(lambda record: on_step({**record, **place}))(step.step)

    return call
