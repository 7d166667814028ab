"""configuration → **configuration of today**: what earlier Keras and HDF5 files say otherwise.

Plain data to plain data; whatever comes out is still checked (`configs`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from ...errors import NetworkError
from .configs import is_operation

_MODELS = ("Functional", "Sequential", "Model")
_LAMBDAS = ("TFOpLambda", "SlicingOpLambda")
_NUMPY, _NN = "keras.src.ops.numpy", "keras.src.ops.nn"
_CONSTANT = "_CONSTANT_VALUE"
_Operation: TypeAlias = "tuple[str, str, tuple[str, ...]]"
"""Its module, its class, and what it takes."""


def _named(
    starts: tuple[str, ...], place: str, takes: tuple[str, ...], **kinds: str
) -> dict[str, _Operation]:
    """Functions of TensorFlow by their names, as the operations that they are."""
    return {
        f"{start}.{name}": (place, kind, takes) for start in starts for name, kind in kinds.items()
    }


_FUNCTIONS = {
    **_named(
        ("math", "__operators__"),
        _NUMPY,
        ("x", "y"),
        add="Add",
        subtract="Subtract",
        multiply="Multiply",
        truediv="TrueDivide",
        divide="TrueDivide",
        pow="Power",
        maximum="Maximum",
        minimum="Minimum",
    ),
    **_named(
        ("math",),
        _NUMPY,
        ("x",),
        negative="Negative",
        abs="Absolute",
        square="Square",
        sqrt="Sqrt",
        exp="Exp",
        tanh="Tanh",
    ),
    **_named(
        ("nn", "math"),
        _NN,
        ("x",),
        relu="Relu",
        relu6="Relu6",
        sigmoid="Sigmoid",
        softplus="Softplus",
        elu="Elu",
        selu="Selu",
        silu="Silu",
    ),
    "nn.bias_add": (_NUMPY, "Add", ("x", "bias")),
    "concat": (_NUMPY, "Concatenate", ("values",)),
    "stack": (_NUMPY, "Stack", ("values",)),
    "__operators__.getitem": (_NUMPY, "GetItem", ("x", "slice_spec")),
}
_HARMLESS: dict[str, tuple[Any, ...]] = {
    "name": (None,),
    "data_format": (None, "NHWC"),
    "beta": (1.0,),
    "features": (None,),
}
"""Arguments that say nothing, with the values for which that is so."""


def of_today(config: Any) -> Any:
    """A model's configuration, of any version, as Keras 3 would write it into a `.keras` file.

    Operations get their modules, which HDF5 files leave out; functions of TensorFlow that Keras 2
    kept become operations; the calls of nested models are counted from 0.

    Raises
    ------
    NetworkError
        If it has a function of TensorFlow that is none of those.
    """
    if isinstance(config, list):
        return [of_today(part) for part in config]
    if not isinstance(config, dict):
        return config
    config = {key: of_today(value) for key, value in config.items()}
    if isinstance(config.get("layers"), list) and "input_layers" in config:
        config = _counted_from_0(config)
        config["layers"] = [_layer(layer) for layer in config["layers"]]
    return config


def _layer(layer: Any) -> Any:
    if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict):
        return layer
    if layer.get("class_name") in _LAMBDAS:
        return _operation(layer)
    place = _place_of_operation(layer)
    if place is None:
        return layer
    nodes = layer.get("inbound_nodes", [])
    if layer["class_name"] == "GetItem":
        nodes = [_with_a_tuple(node) for node in nodes]
    return {**layer, "module": place, "registered_name": None, "inbound_nodes": nodes}


def _place_of_operation(layer: dict[str, Any]) -> str | None:
    """Where an operation is that a file names without its module; layers say `trainable`."""
    kind = layer.get("class_name")
    if "module" in layer or "trainable" in layer["config"] or not isinstance(kind, str):
        return None
    return next((place for place in (_NUMPY, _NN) if is_operation(kind, place)), None)


def _with_a_tuple(node: dict[str, Any]) -> dict[str, Any]:
    return {
        **node,
        "args": [_tuple(part) if isinstance(part, list) else part for part in node["args"]],
    }


def _operation(layer: dict[str, Any]) -> dict[str, Any]:
    """A function of TensorFlow, as Keras 2 kept it, as an operation of Keras 3."""
    name, function = layer["name"], str(layer["config"].get("function"))
    if function not in _FUNCTIONS:
        raise NetworkError(
            f"the file's layer {name!r} is the function tf.{function[:99]} of TensorFlow, which is "
            "not read.",
            "Save the model as a SavedModel, and give its folder.",
        )
    place, kind, names = _FUNCTIONS[function]
    calls = [_call(name, node, names) for node in layer["inbound_nodes"]]
    config = {"name": name}
    if calls and calls[0][1]:
        config["axis"] = calls[0][1]["axis"]
    return {
        "module": place,
        "class_name": kind,
        "config": config,
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": args, "kwargs": {}} for args, _ in calls],
    }


def _call(name: str, node: list[Any], names: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call by their places, and the axis if it has one."""
    several = isinstance(node[0], list)
    first = [_value(part[:3]) for part in node] if several else _value(node[:3])
    more = dict((node[0] if several else node)[3])
    axis = {"axis": more.pop("axis")} if names == ("values",) and "axis" in more else {}
    args = [first]
    for argument in names[1:]:
        given = more.pop(argument)
        args.append(_slices(given) if argument == "slice_spec" else _value(given))
    for argument, value in more.items():
        if value not in _HARMLESS.get(argument, ()):
            raise NetworkError(
                f"the file's layer {name!r} has an argument that is not read: {argument[:99]}"
            )
    return args, axis


def _value(given: Any) -> Any:
    """A tensor by its place in the graph, or a constant."""
    if isinstance(given, list) and len(given) == 3 and isinstance(given[0], str):
        if given[0] == _CONSTANT:
            return _value(given[2])
        about = {"shape": [], "dtype": "float32", "keras_history": given}
        return {"class_name": "__keras_tensor__", "config": about}
    if isinstance(given, list):
        return {"class_name": "__numpy__", "config": {"value": given, "dtype": "float32"}}
    return given


def _slices(given: Any) -> Any:
    parts = given if isinstance(given, list) else [given]
    return _tuple([_slice(part) for part in parts])


def _slice(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if part.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    ends = {key: part.get(key) for key in ("start", "stop", "step")}
    return {"class_name": "__slice__", "config": ends}


def _tuple(parts: list[Any]) -> dict[str, Any]:
    return {"class_name": "__tuple__", "items": parts}


def _counted_from_0(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a graph whose nested models count their calls from 0.

    Keras 2 counted from 1, as a model's own making was a call of it too.
    """
    nested = {layer.get("name") for layer in config["layers"] if layer.get("class_name") in _MODELS}
    first: dict[str, int] = {}
    places = list(_places(config, nested))
    for place in places:
        first[place[0]] = min(first.get(place[0], place[1]), place[1])
    for place in places:
        place[1] -= first[place[0]]
    return config


def _places(part: Any, names: set[Any]) -> Iterator[list[Any]]:
    """All that stands for what a nested model gives: its name, the call, the output."""
    parts = [part]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            config = part.get("config")
            known = isinstance(config, dict) and "keras_history" in config
            parts.extend(part[key] for key in part if key != "config" or known)
        elif isinstance(part, list) and _is_place(part, names):
            yield part
            parts.extend(part[3:])
        elif isinstance(part, list):
            parts.extend(part)


def _is_place(part: list[Any], names: set[Any]) -> bool:
    return (
        len(part) in (3, 4)
        and isinstance(part[0], str)
        and part[0] in names
        and all(isinstance(number, int) for number in part[1:3])
    )
