"""name → **Keras application**: the table of networks known by name, and how each is built."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..backend import keras_defaults, keras_folder
from ..errors import DeepDreamError, NetworkError, WeightsError, said
from .nodes import Network, Node, Parameters, Tensors, tensors_of
from .weights import randomize


@dataclasses.dataclass(frozen=True)
class Application:
    """One of `keras.applications`.

    Attributes
    ----------
    class_name : its class there
    convention : of its images
    size : the picture size it must be built with; None for any. NASNet's paddings depend on it:
        one at which every activation has an odd size shows them all
    """

    class_name: str
    convention: str
    size: int | None = None


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
_SIZES = {"NASNetMobile": 67, "NASNetLarge": 67}

APPLICATIONS: dict[str, Application] = {
    _SNAKE.get(name, name.lower()): Application(name, convention, _SIZES.get(name))
    for convention, names in _BY_CONVENTION.items()
    for name in names.split()
}
"""Keras's networks by name."""


def build(name: str, weights: str | None) -> Any:
    """The Keras model without its classifier; `weights` as Keras takes them.

    Raises
    ------
    NetworkError
        If this Keras does not have it.
    """
    import keras

    application = APPLICATIONS[name]
    make = getattr(keras.applications, application.class_name, None)
    if make is None:
        raise NetworkError(f"this Keras {keras.__version__} has no {application.class_name}.")
    size = application.size
    with warnings.catch_warnings():  # of MobileNets, that pictures of any size are unusual
        warnings.filterwarnings("ignore", "`input_shape` is undefined", UserWarning)
        return make(weights=weights, include_top=False, input_shape=(size, size, 3))


def application_network(name: str, model: Any, weights: str) -> Network:
    """A built application as a network, its layers named as in a fresh Keras session."""
    from .keras.models import model_nodes

    application = APPLICATIONS[name]
    nodes, parameters = model_nodes(model)
    if application.size is not None:
        nodes = tuple(less_if_even(node) for node in nodes)
    names = canonical_names(nodes)
    back = {new: old for old, new in names.items()}
    renamed = tuple(
        dataclasses.replace(
            node, name=names[node.name], inputs=tuple(names[i] for i in node.inputs)
        )
        for node in nodes
    )
    return Network(
        name,
        renamed,
        lambda n: parameters(back[n]),
        application.convention,
        weights,
        keras_tensors=functools.partial(_application_tensors, name, renamed),
    )


def _application_tensors(name: str, nodes: tuple[Node, ...]) -> Tensors:
    if APPLICATIONS[name].size is not None:
        raise NetworkError(
            f'engine="keras" does not run {name}, which Keras builds anew for each picture size.'
        )
    return tensors_of(nodes)


@keras_defaults()
def inception_tensors(parameters: Callable[[str], Parameters]) -> Tensors:
    """The tensors of Keras's own InceptionV3, with our parameters set into its layers."""
    network = application_network("inception_v3", build("inception_v3", None), "")
    for node in network.nodes:
        if node.op in ("conv", "batch_norm"):
            arrays = parameters(node.name)
            node.layer.set_weights([arrays[weight.name] for weight in node.layer.weights])
    return tensors_of(network.nodes)


def less_if_even(node: Node) -> Node:
    """A symmetric padding, which Keras makes one smaller for even sizes; other nodes as they are.

    NASNet pads in front of a stride by the size of the picture that it was built for.
    """
    if node.op != "zero_pad" or any(first != last for first, last in node.options["pads"]):
        return node
    return dataclasses.replace(node, options={**node.options, "less_if_even": True})


def canonical_names(nodes: tuple[Node, ...]) -> dict[str, str]:
    """Names as in a fresh Keras session: `conv2d_97` of a second model is `conv2d_3` again.

    A number that stands for a layer's place among its kind is counted from the first one here; all
    other names stay.
    """
    numbered: dict[str, list[tuple[int, str]]] = {}
    for node in nodes:
        stem = _stem(node)
        match = re.fullmatch(rf"{stem}(?:_(\d+))?(/depthwise)?", node.name)
        if node.layer is not None and match:
            numbered.setdefault(stem + (match[2] or ""), []).append((int(match[1] or 0), node.name))
    names = {node.name: node.name for node in nodes}
    for stem, found in numbered.items():
        plain, _, half = stem.partition("/")
        for index, (_, name) in enumerate(sorted(found)):
            names[name] = (f"{plain}_{index}" if index else plain) + (half and f"/{half}")
    return names


def _stem(node: Node) -> str:
    """What Keras calls a layer of this class by default."""
    kind = type(node.layer).__name__
    kind = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", kind).lower()


def imagenet_is_kept(name: str) -> bool:
    """Whether Keras has downloaded an application's ImageNet parameters, as its files' names say.

    Keras is not imported. Names are compared by letters and digits: `vgg16` is in
    `vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`.
    """

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    wanted = re.compile(rf"{plain(name)}(?!v\d).*notop")  # resnet50 is not in resnet50v2
    return any(wanted.search(plain(path.stem)) for path in (keras_folder() / "models").glob("*.h5"))


def with_imagenet(name: str) -> Any:
    """An application with Keras's own ImageNet parameters, which Keras downloads and caches.

    Raises
    ------
    WeightsError
        If they cannot be downloaded; it names the file, and where to put it by hand.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # of a download, where Keras says it
            return build(name, "imagenet")
    except DeepDreamError:
        raise
    except Exception as error:  # Keras raises a bare Exception where it cannot download
        text = said(error)
        found = re.search(r"(https?://[^\s:]+)[\s:]+(.*)", text)
        what, reason = found.groups() if found else (f"the ImageNet weights of {name}", text)
        raise WeightsError(
            f"Keras cannot download {what}: {reason.removeprefix('None -- ')}.",
            f"Put that file into {str(keras_folder() / 'models')!r} by hand, or give its path as "
            '`weights`; inception_v3 runs offline, with weights="bundled".',
        ) from None  # the whole of urllib


def with_file(name: str, path: Path) -> Any:
    """An application with parameters from a file; a `WeightsError` if they do not fit."""
    from .keras.weight_files import load_parameters

    model = build(name, None)
    load_parameters(model, path)
    return model


def with_random(name: str, seed: int | None) -> Any:
    """An untrained application: He-normal kernels from `seed`, the rest as Keras makes it."""
    model = build(name, None)
    randomize(model, seed)
    return model
