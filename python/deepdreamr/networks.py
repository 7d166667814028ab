"""weights → **network** → trunk: the networks by name, and how each takes its image."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

from .errors import ArgumentError, NetworkError, WeightsError, unknown_name
from .inception import inception_v3
from .nodes import Network, Node
from .nodes import layer_names as names_of
from .weights import BUNDLED_TEXT, bundled_parameters, random_parameters, randomize

WEIGHTS = ("auto", "bundled", "imagenet", "untrained")


@dataclasses.dataclass(frozen=True)
class Application:
    """One of `keras.applications`: its class there, and the convention of its images."""

    class_name: str
    convention: str


_BY_CONVENTION = {
    "tf": "Xception InceptionV3 InceptionResNetV2 MobileNet MobileNetV2 NASNetMobile NASNetLarge "
    "ResNet50V2 ResNet101V2 ResNet152V2",
    "caffe": "VGG16 VGG19 ResNet50 ResNet101 ResNet152",
    "torch": "DenseNet121 DenseNet169 DenseNet201",
    "0-255": "MobileNetV3Small MobileNetV3Large EfficientNetB0 EfficientNetB1 EfficientNetB2 "
    "EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7 "
    "EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
    "EfficientNetV2M EfficientNetV2L ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge "
    "ConvNeXtXLarge",
}
_SNAKE = {"InceptionV3": "inception_v3", "InceptionResNetV2": "inception_resnet_v2"}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


NETWORKS: dict[str, Application] = {
    _SNAKE.get(name, name.lower()): Application(name, convention)
    for convention, names in _BY_CONVENTION.items()
    for name in names.split()
}
"""The networks by name; the spelling of Keras's classes (`VGG16`, `InceptionV3`) is taken too."""

_SPELLINGS = {_plain(name): name for name in NETWORKS}


def find_network(network: str) -> str:
    """The name in `NETWORKS` of a network, however it is spelled.

    Raises
    ------
    NetworkError
        If there is none; the message lists the names.
    """
    name = _SPELLINGS.get(_plain(network)) if isinstance(network, str) else None
    if name is None:
        raise NetworkError(unknown_name("network", network, NETWORKS))
    return name


def known_nodes(network: Any) -> tuple[Node, ...] | None:
    """The network's nodes if they are known without loading it, else None."""
    if isinstance(network, str) and _SPELLINGS.get(_plain(network)) == "inception_v3":
        return inception_v3()
    return None


def layer_names(network: Any = "inception_v3") -> tuple[str, ...]:
    """Names of the layers of a network, in forward order.

    Parameters
    ----------
    network : a name of `NETWORKS`, a path to a model, or a Keras model

    Raises
    ------
    NetworkError
        If there is no such network.

    Examples
    --------
    >>> layer_names()[-1]
    'mixed10'
    """
    nodes = known_nodes(network)
    if nodes is None:
        nodes = load_network(network, weights="untrained").nodes
    return names_of(nodes)


def check_weights(network: str, weights: str | os.PathLike[str]) -> str:
    """The kind of weights with "auto" resolved: bundled, imagenet, untrained or file.

    Raises
    ------
    WeightsError
        If they are of no known kind, or the network has no bundled ones.
    """
    bundled = find_network(network) == "inception_v3"
    if weights == "auto":
        return "bundled" if bundled else "imagenet"
    if weights == "bundled" and not bundled:
        raise WeightsError(
            f"only inception_v3 has bundled weights. Received: network={network!r}",
            'Use weights="imagenet" (downloaded by Keras), "untrained" or a file.',
        )
    if not isinstance(weights, str | os.PathLike):
        raise ArgumentError(f"`weights` must be a text or a path. Received: {weights!r}")
    if weights in WEIGHTS:
        return os.fspath(weights)
    if not Path(weights).expanduser().is_file():
        raise WeightsError(
            f"`weights` must be one of {', '.join(WEIGHTS)} or a file that exists. "
            f"Received: weights={str(weights)!r}"
        )
    return "file"


def load_network(
    network: str = "inception_v3", *, weights: str = "auto", seed: int | None = None
) -> Network:
    """A network with its parameters.

    Parameters
    ----------
    network : a name of `NETWORKS`
    weights : "auto", "bundled", "imagenet", "untrained" (random, from `seed`), or a file
    seed : where random parameters come from

    Raises
    ------
    NetworkError, WeightsError
        If there is no such network, or its parameters cannot be had.
    """
    name = find_network(network)
    kind = check_weights(name, weights)
    nodes = known_nodes(name)
    if nodes and kind == "bundled":
        return Network(name, nodes, bundled_parameters(), "tf", BUNDLED_TEXT)
    if nodes and kind == "untrained":
        return Network(name, nodes, random_parameters(nodes, seed), "tf", _untrained(seed))
    return _application(name, kind, weights, seed)


def _untrained(seed: int | None) -> str:
    return f"untrained: random, seed {seed}"


def _application(name: str, kind: str, weights: str, seed: int | None) -> Network:
    from .keras_models import application_network  # imports Keras

    application = NETWORKS[name]
    text = {"imagenet": "imagenet: Keras's own", "untrained": _untrained(seed)}.get(
        kind, f"file: {Path(weights).name}"
    )
    model = _build(application.class_name, kind, weights)
    if kind == "untrained":
        randomize(model, seed)
    return application_network(name, model, application.convention, text)


def _build(class_name: str, kind: str, weights: str) -> Any:
    import keras

    build = getattr(keras.applications, class_name, None)
    if build is None:
        raise NetworkError(f"this Keras {keras.__version__} has no {class_name}.")
    options = {"include_top": False, "input_shape": (None, None, 3)}
    if kind != "imagenet":
        model = build(weights=None, **options)
        return _with_file(model, Path(weights).expanduser()) if kind == "file" else model
    try:
        return build(weights="imagenet", **options)
    except Exception as error:  # Keras raises a bare Exception where it cannot download
        folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"
        raise WeightsError(
            f"Keras could not download the ImageNet weights of {class_name}: {error}.",
            f"Put the file that it names into {str(folder)!r} by hand, or give its path as "
            '`weights`; inception_v3 runs offline with weights="bundled".',
        ) from error


def _with_file(model: Any, path: Path) -> Any:
    try:
        model.load_weights(path)
    except Exception as error:  # whatever the file's reader meets
        raise WeightsError(f"{path.name!r} does not fit {model.name}: {error}.") from error
    return model
