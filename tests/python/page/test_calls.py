"""What may be asked for, what a stranger's picture may, and the same call as code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from example_record import SHA, a_record
from hypothesis import given
from hypothesis import strategies as st
from needing import present

from deepdreamr import RECIPES, LayerTerm
from deepdreamr.errors import ArgumentError, DeepDreamError
from deepdreamr.page.calls import (
    LARGEST_SEED,
    Call,
    call_of_record,
    parse_call,
    request_of_call,
    seeded,
)
from deepdreamr.page.codes import Files, codes
from deepdreamr.page.words import start_words
from deepdreamr.recipes.lists import parse_layers
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.recipes.terms import layer_terms
from deepdreamr.runs.request import ARGUMENTS

NOISE = {"size": [90, 120], "recipe": "vivid"}
NASTY = [
    "it's.png",
    'a "b" c.png',
    "$(touch pwned).png",
    "`touch pwned`.png",
    "a\nb\r\t.png",
    "a\\b\\'.png",
    "-o.png",
    "~root.png",
    "sample:jelly",
    "a; touch pwned #.png",
    "\u00e9\u4e2d\U0001f600.png",
    "\x07\x1b[0m.png",
    "%s{stem}*?[a].png",
    "$HOME !!.png",
]


# ---- What may come -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"picture": "../../etc/passwd"}, "picture"),
        ({"picture": "/etc/passwd", "size": None}, "picture"),
        ({"picture": "a/b"}, "picture"),
        ({"mask": "alpha.png"}, "mask"),
        ({"size": None}, "either a picture or the size"),
        ({"picture": "abc"}, "either a picture or the size"),
        ({"size": [0, 5]}, "size"),
        ({"size": [90, 1e3]}, "size"),
        ({"recipe": "mine"}, "unknown recipe 'mine'"),
        ({"layers": {"mixed99": 1}}, "unknown layer 'mixed99'"),
        ({"layers": {}}, "at least one layer"),
        ({"layers": {"mixed4:": 1}}, "must be given as"),
        ({"layers": {"mixed4:x": 1}}, "must be given as"),
        ({"layers": {"mixed4=2": 1}}, "has a line, and a weight a field"),
        ({"layers": {"mixed3,mixed4": 1}}, "has a line, and a weight a field"),
        ({"layers": {"mixed99:3": 1}}, "unknown layer 'mixed99'"),
        ({"layers": {"mixed4 exec(1)": 1}}, "exec"),
        ({"layers": {"mixed4 function('a')": 1}}, "no functions of Python"),
        ({"layers": {"mixed3": 1e999}}, "finite"),
        ({"layers": {"mixed3": "1"}}, "layers"),
        ({"network": "vgg16"}, "network"),
        ({"options": {"network": "vgg16"}}, "unknown option 'network'"),
        ({"options": {"weights": "/tmp/a.h5"}}, "unknown option 'weights'"),
        ({"options": {"guide": "http://a.example/b.jpg"}}, "unknown option 'guide'"),
        ({"options": {"checkpoint": "/tmp/a"}}, "unknown option 'checkpoint'"),
        ({"options": {"save_octaves": "/tmp"}}, "unknown option 'save_octaves'"),
        ({"options": {"overwrite": True}}, "unknown option 'overwrite'"),
        ({"options": {"max_memory": "1TB"}}, "unknown option 'max_memory'"),
        ({"options": {"octaves": 0}}, "`octaves` must be"),
        ({"options": {"octaves": "3"}}, "`octaves` must be"),
        ({"options": {"chain": ["exec(1)"]}}, "exec"),
        ({"options": {"seed": LARGEST_SEED + 1}}, "`seed` must be at most"),
        ({"options": {"step": {"a": 1}}}, "options"),
    ],
)
def test_what_is_no_call_is_refused(change: Any, words: str) -> None:
    with pytest.raises(DeepDreamError, match=words.replace("(", r"\(")):
        parse_call({**NOISE, **change})


@pytest.mark.parametrize("value", [None, [], "call", 3, {"size": [9, 9], "x" * 5000: 1}])
def test_what_has_another_form_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError):
        parse_call(value)


def test_what_a_request_reads_are_the_files_of_the_page_alone() -> None:
    """Whatever is asked for, no argument of it but the picture and the mask can name a file."""
    call = parse_call({"picture": "abc", "mask": "def", "options": {"octaves": 2, "max_size": 9}})
    request = request_of_call(call, "the picture", "the mask")
    assert (request.image, request.mask, request.network) == (
        "the picture",
        "the mask",
        "inception_v3",
    )
    for name, field in ARGUMENTS.items():
        if name not in ("image", "mask", "max_size", "recipe", "seed"):
            assert getattr(request, name) == field.default, name
    assert request.settings == {"octaves": 2}


def test_a_call_has_a_seed_when_it_is_begun() -> None:
    call = parse_call(NOISE)
    seed: Any = seeded(call).options["seed"]
    assert "seed" not in call.options and 0 <= seed < 2**31
    for known in (seeded(call), parse_call({**NOISE, "options": {"seed": 3}})):
        assert seeded(known) == known


# ---- What a stranger's picture asks for ----------------------------------------------------------


def test_a_picture_brings_its_settings_along() -> None:
    layers = [{"layer": "mixed3", "weight": 2.0, "channels": None}]
    settings = {**RECIPES["vivid"].settings(), "iterations": 7}
    record = a_record(layers=layers, settings={**settings, "chain": list(settings["chain"])})
    call, notes = call_of_record(record)
    assert notes == []
    assert call == {
        "picture": None,
        "size": None,
        "recipe": "vivid",
        "layers": {"mixed3": 2.0},
        "mask": None,
        "film": None,
        "clip": None,
        "options": {"iterations": 7, "max_loss": None, "max_size": 640, "seed": 2**31},
    }


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_comes_back(name: str) -> None:
    recipe = RECIPES[name]
    layers = [{"layer": n, "weight": w, "channels": None} for n, w in recipe.layers.items()]
    settings = {n: list(v) if isinstance(v, tuple) else v for n, v in recipe.settings().items()}
    record = a_record(recipe=name, settings=settings, layers=layers, max_size=None, seed=4)
    call, notes = call_of_record(record)
    assert call is not None
    assert (call["recipe"], call["layers"], call["options"]) == (name, None, {"seed": 4})


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "/etc/passwd"},
        {"network": "https://a.example/net.keras"},
        {"network": "vgg16", "weights_from": "imagenet"},
        {"weights_from": "file", "weights": "/tmp/a.h5"},
        {"weights_from": "imagenet"},
        {"settings": {"octaves": "many"}},
        {"layers": [{"layer": "$(touch a)", "weight": 1.0, "channels": None}]},
        {"layers": []},
    ],
)
def test_what_a_stranger_s_record_asks_for_beyond_the_page_is_only_said(changes: Any) -> None:
    call, notes = call_of_record(a_record(**changes))
    assert call is None and len(notes) >= 1


def test_no_word_of_a_record_becomes_a_path_an_address_or_a_name_that_is_looked_up() -> None:
    words = {"recipe": "/etc/passwd", "source": "../../secret", "guide_sha256": SHA}
    call, notes = call_of_record(a_record(**words))
    assert call is not None
    assert call["recipe"] in RECIPES and call["picture"] is None and call["mask"] is None
    assert set(call["options"]) <= {*SETTINGS, "seed", "max_size"}
    assert "secret" not in str(call) and "passwd" not in str(call) and len(notes) == 1
    parse_call({**call, "size": [64, 64]})


def test_noise_of_a_record_is_no_larger_than_the_page_takes() -> None:
    assert present(call_of_record(a_record(size=[100, 120]))[0])["size"] == [100, 120]
    assert present(call_of_record(a_record(size=[2**40, 120]))[0])["size"] is None


TERMS = [
    {"layer": "mixed3", "weight": 2.0, "channels": None},
    {"layer": "mixed4", "weight": 1.5, "channels": [[66, 1.0], [143, 1.0]]},
    {"layer": "mixed5", "weight": 1.0, "channels": [[1, 1.0], [2, -0.5]]},
    {"layer": "mixed5", "weight": -1.0, "channels": None, "objective": "neuron(66, y=0.2, x=0.5)"},
    {"layer": "image", "weight": -0.5, "channels": None, "objective": 'total_variation("mean")'},
]
LAYERS = {
    "mixed3": 2.0,
    "mixed4:66+143": 1.5,
    "mixed5:1+2x-0.5": 1.0,
    "mixed5 neuron(66, y=0.2)": -1.0,
    'image total_variation("mean")': -0.5,
}


def test_channels_and_objectives_come_back_and_are_the_terms_that_they_were() -> None:
    call, notes = call_of_record(a_record(layers=TERMS))
    assert call is not None
    assert (call["layers"], notes) == (LAYERS, [])
    wanted = a_record(layers=TERMS).terms()
    asked = request_of_call(parse_call({**call, "size": [64, 64]}), None, None)
    assert tuple(asked.layers) == wanted


def test_what_is_no_name_is_left_out_and_said() -> None:
    others = [
        {"layer": "mixed4", "weight": 1.0, "channels": [[n, 1.0] for n in range(500)]},
        {"layer": "mixed4", "weight": 1.0, "channels": None, "objective": "function('f')"},
    ]
    call, notes = call_of_record(a_record(layers=[*others, *TERMS[:1]]))
    assert present(call)["layers"] == {"mixed3": 2.0} and "none that this page has" in notes[0]
    assert call_of_record(a_record(layers=others))[0] is None


def test_channels_may_be_typed_as_people_type() -> None:
    typed = {" mixed4 : 60-62 ": 1.0, "mixed3:1 + 2": 2.0}
    terms = request_of_call(parse_call({**NOISE, "layers": typed}), None, None).layers
    assert [dict(term.channels) for term in terms] == [{60: 1, 61: 1, 62: 1}, {1: 1, 2: 1}]


# ---- Code ----------------------------------------------------------------------------------------


def python_call(
    code: str, does: str = "dream"
) -> tuple[tuple[Any, ...], dict[str, Any], str | None]:
    """What the Python code calls `dream`, or another function, with, and where it saves."""
    seen: list[Any] = []

    class Saved:
        def save(self, path: str) -> None:
            seen.append(path)

    def dream(*args: Any, **named: Any) -> Saved:
        seen.extend((args, named))
        return Saved()

    module: Any = ModuleType("deepdreamr")
    setattr(module, does, dream)
    module.LayerTerm, module.sample_image = LayerTerm, lambda name: ("sample", name)
    before = sys.modules["deepdreamr"]
    sys.modules["deepdreamr"] = module
    try:
        exec(code, {})
    finally:
        sys.modules["deepdreamr"] = before
    return seen[0], seen[1], seen[2] if len(seen) > 2 else None


def shell_words(code: str, folder: Any) -> list[str]:
    """The words that the command gets from a shell."""
    script = "deepdreamr() { printf '%s\\0' \"$@\"; }\n" + code
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, check=True)
    assert os.listdir(folder) == []
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_a_name_in_every_language(name: str, tmp_path: Path) -> None:
    call = parse_call({"picture": "abc", "options": {"seed": 3}})
    code = codes(call, Files(name, f"{name}-dream.png"))
    image, named, path = python_call(code["python"])
    assert (image, named) == ((name,), {"recipe": "rblog", "seed": 3})
    assert path == f"{name}-dream.png"
    words = shell_words(code["shell"], tmp_path)
    assert words[0] == "dream" and words[1].removeprefix("./") == name
    assert not words[1].startswith(("-", "~", "sample:"))
    assert words[2:4] == ["-o", words[3]] and words[3].removeprefix("./") == f"{name}-dream.png"
    assert words[4:] == ["--recipe", "rblog", "--seed", "3"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_python_reads_any_name_back(name: Any) -> None:
    assert python_call(codes(Call(picture="a"), Files(name, "b.png"))["python"])[0] == (name,)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_r_reads_every_name_back(tmp_path: Path) -> None:
    """R is asked once for all of them: what it makes of each text, in hexadecimal."""
    script = tmp_path / "names.R"
    lines = [
        "library <- function(...) invisible(NULL)",
        "save_dream <- function(d, path) invisible(cat(charToRaw(enc2utf8(path)), '\\n'))",
        "dream <- function(image, ...) {",
        "  cat(charToRaw(enc2utf8(image)), '\\n')",
        "  list(...)",
        "}",
    ]
    call = parse_call({"picture": "abc", "layers": {"mixed3": 0.5}, "options": {"max_loss": None}})
    lines += [codes(call, Files(name, f"{name}-dream.png"))["r"] for name in NASTY]
    lines.append("stopifnot(identical(names(d), c('', 'recipe', 'max_loss')))")
    script.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", "--encoding=UTF-8", str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    told = [bytes.fromhex(line).decode() for line in done.stdout.splitlines()]
    assert told == [text for name in NASTY for text in (name, f"{name}-dream.png")]
    assert os.listdir(tmp_path) == ["names.R"]


def test_the_code_of_channels_and_objectives(tmp_path: Path) -> None:
    call = parse_call({"picture": "abc", "layers": LAYERS, "options": {"seed": 1}})
    code = codes(call, Files("a.png", "b.png"))
    image, named, _ = python_call(code["python"])
    assert layer_terms(image[1]) == a_record(layers=TERMS).terms()
    words = shell_words(code["shell"], tmp_path)
    assert tuple(parse_layers(words[words.index("--layers") + 1])) == layer_terms(image[1])
    assert (
        'c(layer_term("mixed3", 2.0), layer_term("mixed4", 1.5, channels = c(66, 143)), '
        'layer_term("mixed5", 1.0, channels = c("1" = 1.0, "2" = -0.5)), '
        'layer_term("mixed5", -1.0, objective = "neuron(66, y=0.2)"), '
        'layer_term("image", -0.5, objective = "total_variation(\\"mean\\")"))'
    ) in code["r"]


@pytest.mark.parametrize("name", NASTY)
def test_the_code_of_a_clip(name: str, tmp_path: Path) -> None:
    options = {"seed": 3, "preview": True, "every": 1, "iterations": None, "end": "10s"}
    call = parse_call({"film": "video", "clip": "abc", "layers": {"mixed3": 1}, "options": options})
    code = codes(call, Files(name, f"{name}-dream.mp4"))
    args, named, path = python_call(code["python"], "dream_video")
    assert (args, path) == ((name, {"mixed3": 1.0}), None)
    given = {"recipe": "rblog", "seed": 3, "preview": True, "end": "10s"}
    assert named == {"output": f"{name}-dream.mp4", **given}
    words = shell_words(code["shell"], tmp_path)
    assert words[:2] == ["video", words[1]] and words[1].removeprefix("./") == name
    assert words[4:] == [
        *("--layers", "mixed3=1.0", "--recipe", "rblog", "--seed", "3", "--preview"),
        *("--end", "10s"),
    ]


def test_the_code_of_a_zoom_into_noise(tmp_path: Path) -> None:
    call = {"film": "zoom", "size": [60, 80], "options": {"seed": 3, "seconds": 2.5, "loop": True}}
    code = codes(parse_call(call), Files(None, "noise-dream.mp4"))
    args, named, _ = python_call(code["python"], "dream_zoom")
    wanted = {"size": (60, 80), "recipe": "rblog", "seed": 3, "seconds": 2.5, "loop": True}
    assert (args, named) == ((), {"output": "noise-dream.mp4", **wanted})
    assert code["r"].splitlines() == [
        "library(deepdreamr)",
        "",
        "d <- dream_zoom(",
        "  NULL,",
        '  output = "noise-dream.mp4",',
        "  size = c(60, 80),",
        '  recipe = "rblog",',
        "  seed = 3,",
        "  seconds = 2.5,",
        "  loop = TRUE",
        ")",
    ]
    assert shell_words(code["shell"], tmp_path) == [
        *("zoom", "-o", "noise-dream.mp4", "--size", "60x80", "--recipe", "rblog", "--seed", "3"),
        *("--seconds", "2.5", "--loop"),
    ]


def test_a_picture_that_is_called_as_the_mask_is_leaves_it_another_name() -> None:
    call = parse_call({"picture": "abc", "mask": "def"})
    code = codes(call, Files("Mask.png", "a.png"))
    assert code["mask"] == "painted.png" and "mask='painted.png'" in code["python"]
    assert "mask" not in codes(parse_call({"picture": "abc"}), Files("a.png", "b.png"))


def test_the_code_of_a_whole_call(tmp_path: Path) -> None:
    value = {
        "picture": "abc",
        "recipe": "vivid",
        "layers": {"mixed3": 1.0, "mixed4": -0.25},
        "mask": "def",
        "options": {
            **{"max_loss": None, "clip": False, "step": 0.03, "normalize": "l2", "seed": 7},
            **{"transforms": ["pad(12)", "jitter(8)"], "keep_colors": True, "strength": 0.5},
        },
    }
    code = codes(parse_call(value), Files("jelly.jpg", "jelly-dream.png", sample=True))
    assert code["python"].splitlines() == [
        "from deepdreamr import dream, sample_image",
        "",
        "d = dream(",
        '    sample_image("jelly"),',
        "    {'mixed3': 1.0, 'mixed4': -0.25},",
        "    mask='mask.png',",
        "    recipe='vivid',",
        "    max_loss=None,",
        "    clip=False,",
        "    step=0.03,",
        "    normalize='l2',",
        "    seed=7,",
        "    transforms=['pad(12)', 'jitter(8)'],",
        "    keep_colors=True,",
        "    strength=0.5,",
        ")",
        "d.save('jelly-dream.png')",
    ]
    assert shell_words(code["shell"], tmp_path) == [
        *("dream", "sample:jelly", "-o", "jelly-dream.png"),
        *("--layers", "mixed3=1.0,mixed4=-0.25", "--mask", "mask.png", "--recipe", "vivid"),
        *("--max-loss", "none", "--no-clip", "--step", "0.03", "--normalize", "l2", "--seed", "7"),
        *("--transforms", "pad(12), jitter(8)", "--keep-colors", "--strength", "0.5"),
    ]
    assert code["r"].splitlines() == [
        "library(deepdreamr)",
        "",
        "d <- dream(",
        "  sample_image(),",
        "  c(mixed3 = 1.0, mixed4 = -0.25),",
        '  mask = "mask.png",',
        '  recipe = "vivid",',
        "  max_loss = NULL,",
        "  clip = FALSE,",
        "  step = 0.03,",
        '  normalize = "l2",',
        "  seed = 7,",
        '  transforms = c("pad(12)", "jitter(8)"),',
        "  keep_colors = TRUE,",
        "  strength = 0.5",
        ")",
        'save_dream(d, "jelly-dream.png")',
    ]


# ---- What the page shows -------------------------------------------------------------------------


def test_every_setting_is_shown_once_with_its_help_and_range() -> None:
    words = start_words()
    shown = [setting for group in words["groups"] for setting in group["settings"]]
    names = [setting["name"] for setting in shown]
    assert len(names) == len(set(names)) and set(SETTINGS) < set(names)
    for setting in shown:
        assert setting["help"] and setting["kind"] in (
            "number",
            "integer",
            "choice",
            "flag",
            "text",
        )
        assert (setting["kind"] == "choice") == bool(setting["choices"])
    assert {recipe["name"] for recipe in words["recipes"]} == set(RECIPES)
