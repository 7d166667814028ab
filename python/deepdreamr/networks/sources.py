"""name, path or model → **source** → network: where a network comes from, checked, not loaded."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, NetworkError, WeightsError, unknown_name
from ..paths import as_path, check_file, is_address
from ..values import known_name
from .applications import APPLICATIONS
from .conventions import CONVENTIONS
from .downloads import INCEPTION5H, fetch

WEIGHTS = ("auto", "bundled", "imagenet", "untrained", "download")
"""What `weights` may say instead of the path of a file."""

NETWORKS: dict[str, str] = {
    **{name: application.convention for name, application in APPLICATIONS.items()},
    "inception5h": "0-255",
}
"""The networks by name and the convention of their images; the spelling of Keras's classes
(`VGG16`, `InceptionV3`) is taken too."""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_SPELLINGS = {_plain(name): name for name in NETWORKS}
_SUFFIXES = (".keras", ".h5", ".hdf5", ".pb", ".zip", ".model")


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a network comes from, checked; equal for what would be the same network.

    Attributes
    ----------
    name : for the reader
    kind : "application" (of Keras), "graph" (a frozen graph known by name), "file" or "model"
    weights : where the parameters come from: one of `WEIGHTS` but "auto", "own" or "file"
    convention : how an image in [-1, 1] becomes what the network wants
    path : of the file with the network, or with its parameters
    model : the Keras model
    seed : of random parameters
    scale : precision in which bundled parameters are scaled, "float64" or, as in 0.1, "float32"
    stamp : tells apart what had the same name and path before it was changed
    max_memory : bytes that the process may hold while it is loaded; None for what the machine has
    """

    name: str
    kind: str
    weights: str
    convention: str
    path: Path | None = None
    _: dataclasses.KW_ONLY
    model: Any = None
    seed: int | None = None
    scale: str = "float64"
    stamp: Hashable = None
    max_memory: int | None = dataclasses.field(default=None, compare=False)

    def scaled(self, scale: str) -> Source:
        """The source with bundled parameters scaled in a precision; others are as they are."""
        return dataclasses.replace(self, scale=scale) if self.weights == "bundled" else self

    def file(self) -> Path:
        """Its file on this computer; what is downloaded when asked for is downloaded here.

        Raises
        ------
        NetworkError, WeightsError
            If it has none; if it cannot be downloaded, or is not what it should be.
        """
        if self.weights == "download":
            return fetch(INCEPTION5H)
        if self.path is None:
            raise NetworkError(f"{self.name} has no file.")
        return self.path


def known_network(network: Any) -> str | None:
    """The name in `NETWORKS` that is meant, however it is spelled; None if it is none of them."""
    return _SPELLINGS.get(_plain(network)) if isinstance(network, str) else None


def find_network(
    network: Any,
    *,
    weights: str | os.PathLike[str] = "auto",
    convention: str | None = None,
    seed: int | None = None,
) -> Source:
    """Find out where a network comes from, without loading it.

    Parameters
    ----------
    network : a name of `NETWORKS`, however it is spelled; a path (`.keras`, `.h5`, a SavedModel's
        folder, a frozen graph's `.pb`, or a `.zip` with one); or a `keras.Model`
    weights : "auto"; for a network known by name also "bundled", "imagenet", "untrained",
        "download", or a file
    convention : of a network that is not known by name, one of `CONVENTIONS`; default "tf"
    seed : where untrained parameters come from

    Raises
    ------
    NetworkError, WeightsError, ArgumentError
        If there is no such network, parameters or convention.
    """
    if not (isinstance(weights, str) and weights in WEIGHTS):
        weights = as_path("weights", weights)
    if convention is not None:
        known_name("convention", convention, CONVENTIONS)
    if (name := known_network(network)) is None:
        return _own_source(network, weights, convention or "tf")
    if convention not in (None, NETWORKS[name]):
        raise ArgumentError(
            f"{name} has the convention {NETWORKS[name]!r}. Received: convention={convention!r}"
        )
    return _known_source(name, weights, seed)


def _own_source(network: Any, weights: str | Path, convention: str) -> Source:
    if weights != "auto":
        raise WeightsError(
            f"a network from a file or a model brings its own parameters: `weights` must be "
            f'"auto". Received: weights={str(weights)!r}'
        )
    if not isinstance(network, str | os.PathLike):
        return _model_source(network, convention)
    path = as_path("network", network)
    is_path = path.suffix.lower() in _SUFFIXES or len(path.parts) > 1 or is_address(path)
    if not is_path and not os.path.exists(path):
        raise NetworkError(unknown_name("network", network, NETWORKS))
    check_file(path, NetworkError, "a model", folder=True)
    stamp = _stamp(path)  # before all of a folder that may be anybody's is looked through
    for file in path.rglob("*") if path.is_dir() else ():
        check_file(file, NetworkError, "part of a model", folder=True)
    return Source(path.name, "file", "own", convention, path.resolve(), stamp=stamp)


def _model_source(model: Any, convention: str) -> Source:
    classes = [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(model).__mro__]
    if ("keras", "Model") in classes:
        name = f"Keras model {model.name}"
        return Source(name, "model", "own", convention, model=model, stamp=_checksum(model))
    hint = None
    if ("tf_keras", "Model") in classes or ("tensorflow", "Model") in classes:
        hint = "Models of Keras 2 can be saved as .h5 or as a SavedModel, and given by path."
    raise NetworkError(
        f"`network` must be a name, a path or a keras.Model. Received: {type(model).__name__}", hint
    )


def _checksum(model: Any) -> str:
    """Of a model's parameters: a model that is trained on is another network."""
    digest = hashlib.sha256()
    for values in model.get_weights():
        digest.update(values.tobytes())
    return digest.hexdigest()[:12]


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a network is read from: one, or those of a SavedModel's folder that count.

    Raises
    ------
    NetworkError
        If the folder holds no SavedModel, or a file is missing or no regular one, such as a pipe.
    """
    files = [path]
    if path.is_dir():
        files = [path / "saved_model.pb", *sorted((path / "variables").glob("variables.*"))]
        if not files[0].exists():
            raise NetworkError(f"the folder {str(path)!r} holds no SavedModel (saved_model.pb).")
    for file in files:
        check_file(file, NetworkError, "part of a model")
    return tuple(files)


def _stamp(path: Path) -> Hashable:
    """Of its files, when they were written and how large they are."""
    return tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files_of(path))


def _known_source(name: str, weights: str | Path, seed: int | None) -> Source:
    """The source of a network known by name, with parameters by one of `WEIGHTS` or from a file."""
    convention = NETWORKS[name]
    kind = "application" if name in APPLICATIONS else "graph"
    if isinstance(weights, str):
        choice = _checked_choice(name, weights)
        path = _cached() if choice == "download" else None
        stamp = path and _stamp(path)
        random = seed if choice == "untrained" else None
        return Source(name, kind, choice, convention, path, seed=random, stamp=stamp)
    if not os.path.exists(weights) and not is_address(weights):
        raise WeightsError(
            f"`weights` must be one of {', '.join(WEIGHTS)} or a file that exists. "
            f"Received: weights={str(weights)!r}"
        )
    check_file(weights, WeightsError, "a file of parameters")
    return Source(name, kind, "file", convention, weights.resolve(), stamp=_stamp(weights))


def _cached() -> Path | None:
    """Where inception5h lies, if it has been downloaded or put there by hand."""
    path = INCEPTION5H.path
    return path if path.is_file() else None


def _checked_choice(name: str, weights: str) -> str:
    """The word for the parameters of a network known by name, with "auto" resolved."""
    choices: tuple[str, ...] = ("imagenet", "untrained")
    if name == "inception_v3":
        choices = ("bundled", *choices)
    if name == "inception5h":
        choices = ("download",)
    if weights == "auto":
        return choices[0] if name != "inception5h" else _cached_choice()
    if weights not in choices:
        allowed = " or ".join((*(repr(choice) for choice in choices), "a file"))
        raise WeightsError(
            f"{name} has no {weights} weights: `weights` can be {allowed}. "
            f"Received: weights={weights!r}"
        )
    return weights


def _cached_choice() -> str:
    if _cached() is None:
        raise WeightsError(
            f"inception5h is not in {str(INCEPTION5H.path.parent)!r} yet.",
            f'Use weights="download" to download {INCEPTION5H.address} into it, or give the path '
            "of a copy of that file as `weights`.",
        )
    return "download"
