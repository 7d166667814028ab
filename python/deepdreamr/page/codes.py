"""call → **code**: the same call for Python, R and the shell, texts quoted as each language does.

Names of files are strangers' words: nothing of them is more than a text in what is written here.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..recipes.terms import LayerTerm
from .calls import Call, arguments_of, call_terms
from .layers import in_one_line, is_plain, term_arguments

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_R_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_R_WORDS = {"if", "else", "repeat", "while", "function", "for", "next", "break", "TRUE", "FALSE"}
_R_WORDS |= {"NULL", "Inf", "NaN", "NA", "in"}


@dataclasses.dataclass(frozen=True)
class Files:
    """What the code reads and writes.

    Attributes
    ----------
    picture : the name of the picture's file, or of the clip's, or None for noise
    output : the name of the file that is written
    sample : whether the picture is the one that comes with the package
    mask : the name of the mask's file, or None
    """

    picture: str | None
    output: str
    sample: bool = False
    mask: str | None = None


def codes(call: Call, files: Files) -> dict[str, str]:
    """The call as code.

    Returns
    -------
    A text each for `python`, `r` and `shell`, which give the same pixels where the picture, or the
    clip, lies in the current folder; and so does the mask, if there is one, as what `mask` says.
    """
    taken = str(files.picture).lower() == "mask.png"
    mask = None if call.mask is None else "painted.png" if taken else "mask.png"
    files = dataclasses.replace(files, mask=mask)
    texts = {name: write(call, files) for name, write in _LANGUAGES.items()}
    return {**texts, **({} if mask is None else {"mask": mask})}


def in_python(call: Call, files: Files) -> str:
    """The call in Python."""
    image = 'sample_image("jelly")' if files.sample else repr(files.picture)
    terms = call_terms(call)
    layers = [] if terms is None else [_python_layers(terms)]
    given = [image, *layers] if files.picture is not None else [f"layers={text}" for text in layers]
    named = _named(call, files)
    given += [f"{name}={repr(value)}" for name, value in named.items()]
    does = _function(call)
    names = [does, *(["sample_image"] if files.sample else [])]
    names = ["LayerTerm", *names] if any("LayerTerm(" in text for text in layers) else names
    lines = [f"d = {does}(", *(f"    {text}," for text in given), ")"]
    save = [] if call.film else [f"d.save({files.output!r})"]
    return "\n".join([f"from deepdreamr import {', '.join(names)}", "", *lines, *save])


def _python_layers(terms: Sequence[LayerTerm]) -> str:
    if all(map(is_plain, terms)):
        return repr({term.layer: term.weight for term in terms})
    texts = []
    for term in terms:
        more = [f"{name}={value!r}" for name, value in term_arguments(term).items()]
        texts.append(f"LayerTerm({', '.join([repr(term.layer), repr(term.weight), *more])})")
    return f"[{', '.join(texts)}]"


def in_r(call: Call, files: Files) -> str:
    """The call in R."""
    given = ["NULL" if files.picture is None else r_text(files.picture)]
    if files.sample:
        given = ["sample_image()"]
    terms = call_terms(call)
    if terms is not None:
        given.append(_r_layers(terms))
    named = _named(call, files)
    given += [f"{_r_name(name)} = {_r(value)}" for name, value in named.items()]
    lines = [f"d <- {_function(call)}(", ",\n".join(f"  {text}" for text in given), ")"]
    save = [] if call.film else [f"save_dream(d, {r_text(files.output)})"]
    return "\n".join(["library(deepdreamr)", "", *lines, *save])


def _r_layers(terms: Sequence[LayerTerm]) -> str:
    if all(map(is_plain, terms)):
        return f"c({_joined({term.layer: term.weight for term in terms}, _r)})"
    texts = []
    for term in terms:
        more = [f"{name} = {_r_of_term(value)}" for name, value in term_arguments(term).items()]
        texts.append(f"layer_term({', '.join([r_text(term.layer), _r(term.weight), *more])})")
    return f"c({', '.join(texts)})"


def _r_of_term(value: Any) -> str:
    """An argument of a term; weights of channels are a vector with the numbers as names."""
    if isinstance(value, Mapping):
        return f"c({_joined({str(n): w for n, w in value.items()}, _r)})"
    return _r(value)


def in_shell(call: Call, files: Files) -> str:
    """The call as a command."""
    words = ["deepdreamr", call.film or "dream"]
    if files.picture is not None:
        words.append("sample:jelly" if files.sample else shell_path(files.picture))
    words += ["-o", shell_path(files.output)]
    if call.layers is not None:
        words += ["--layers", in_one_line(call.layers)]
    words += [] if files.mask is None else ["--mask", files.mask]
    for name, value in arguments_of(call).items():
        words += _option(name, value)
    return " ".join(map(shlex.quote, words))


_LANGUAGES = {"python": in_python, "r": in_r, "shell": in_shell}


def _function(call: Call) -> str:
    """The function of Python and R that makes it."""
    return f"dream_{call.film}" if call.film else "dream"


def _named(call: Call, files: Files) -> dict[str, Any]:
    """The arguments that are given by name."""
    output = {"output": files.output} if call.film else {}
    mask = {} if files.mask is None else {"mask": files.mask}
    return {**output, **mask, **arguments_of(call)}


def _option(name: str, value: Any) -> list[str]:
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{flag}" if value else f"--no-{flag}"]
    if value is None:
        return [f"--{flag}", "none"]
    if name == "size":
        return [f"--{flag}", "x".join(map(str, value))]
    if isinstance(value, list | tuple):
        return [f"--{flag}", ", ".join(value)]
    return [f"--{flag}", str(value)]


def shell_path(name: str) -> str:
    """A file's name that the command takes for nothing else, such as an option or a sample."""
    return f"./{name}" if name.startswith(("-", "sample:", "~")) else name


def r_text(text: str) -> str:
    """A text as R writes it, with everything escaped that is not to be seen."""
    return f'"{"".join(map(_r_character, text))}"'


def _r_character(character: str) -> str:
    if character in _R_ESCAPES:
        return _R_ESCAPES[character]
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 2**16 else f"\\U{ord(character):08x}"


def _r(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, str):
        return r_text(value)
    if isinstance(value, Mapping):
        return f"list({_joined(value, _r)})"
    if isinstance(value, list | tuple):
        return f"c({', '.join(map(_r, value))})" if value else "list()"
    return json.dumps(value)


def _joined(values: Mapping[str, Any], write: Callable[[Any], str]) -> str:
    return ", ".join(f"{_r_name(name)} = {write(value)}" for name, value in values.items())


def _r_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and name not in _R_WORDS else r_text(name)
