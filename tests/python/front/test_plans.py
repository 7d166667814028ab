"""A plan for people: the arguments of `dream`, a table, and the command's exit status."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdreamr import Plan, plan, plan_video, plan_zoom
from deepdreamr.errors import ArgumentError
from deepdreamr.front.cli import main
from deepdreamr.front.tables import plan_table
from deepdreamr.recipes.settings import SETTINGS
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs.planning import OctavePlan, plan_request
from deepdreamr.runs.request import ARGUMENTS, NOT_KEEPING, Request

GREY = np.full((120, 150, 3), 128, np.uint8)


def made(**fields: object) -> Plan:
    values: dict[str, object] = {
        "source": "grey.png",
        "shape": (120, 150),
        "octaves": (OctavePlan((60, 75), 1, (60, 75), ("mixed10",)),),
        "layers": (),
        "unknown": (),
        "notes": (),
        "problems": (),
        "memory": None,
        "seconds": None,
        "recipe": "rblog",
        "network": "inception_v3",
        "weights": "bundled",
        "loads": "TensorFlow alone",
    }
    return Plan(**(values | fields))


def test_a_plan_is_that_of_the_request_and_prints_as_a_table() -> None:
    planned = plan(GREY, "mixed0", octaves=1, measure=False, seed=3)
    request = Request(image=GREY, layers="mixed0", seed=3, settings={"octaves": 1})
    found = plan_request(request, measure=False)
    for field in dataclasses.fields(found):
        if field.name not in ("memory", "allowed"):  # the process may have grown
            assert getattr(planned, field.name) == getattr(found, field.name)
    assert isinstance(planned, Plan) and planned.can_run
    assert repr(planned) == str(planned) == plan_table(planned)
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.memory = 0


def test_a_plan_takes_what_a_dream_takes_and_keeps_nothing() -> None:
    with pytest.raises(ArgumentError, match="unknown argument 'octavs'. Did you mean octaves"):
        plan(GREY, octavs=1)
    for name in ("save_octaves", "checkpoint", "overwrite", "on_step", "progress"):
        with pytest.raises(ArgumentError, match=f"unknown argument '{name}'"):
            plan(GREY, **{name: None})
    taken = {name for name, field in ARGUMENTS.items() if field.metadata["group"] in NOT_KEEPING}
    with pytest.raises(ArgumentError) as raised:
        plan(GREY, no_such=1)
    known = str(raised.value).rpartition("Known: ")[2].rstrip(".").split(", ")
    assert set(known) == taken - {"image", "layers"} | set(SETTINGS)


def test_the_table_of_a_plan() -> None:
    octaves = (
        OctavePlan((60, 75), 1, (60, 75), ("mixed10",)),
        OctavePlan((120, 150), 4, (100, 100), ()),
    )
    text = plan_table(made(octaves=octaves, memory=1_234_000_000, seconds=12.4, notes=("grey",)))
    assert text.splitlines() == [
        "Plan: grey.png 120x150, recipe rblog",
        "  network  inception_v3, bundled",
        "  loads    TensorFlow alone",
        "  layers   none",
        "  octave   height x width  gradient of",
        "  1        60x75           the whole; nothing in mixed10",
        "  2        120x150         4 parts of at most 100x100",
        "  memory   about 1.23 GB at the peak",
        "  time     about 12 s, if no octave ends early",
        "  note     grey",
        "  can run",
    ]


def test_the_table_says_how_much_memory_there_is() -> None:
    text = plan_table(made(memory=1_234_000_000, allowed=2 * 10**9))
    assert "  memory   about 1.23 GB at the peak, of 2.00 GB that there are" in text.splitlines()


def test_the_table_of_a_plan_that_cannot_run() -> None:
    octaves = (OctavePlan((60, 75), 0, (0, 0), ()),)
    lines = plan_table(made(source=None, octaves=octaves, problems=("too small",))).splitlines()
    assert lines[0] == "Plan: picture 120x150, recipe rblog"
    assert lines[5:] == ["  1        60x75           -", "  problem  too small", "  CANNOT RUN"]


def test_the_command_prints_the_plan_and_its_status_says_whether_it_can_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(GREY).save(path)
    common = ["plan", str(path), "--no-measure", "--layers", "mixed10"]
    assert main([*common, "--octaves", "1"]) == 0
    assert "1        120x150         the whole" in capsys.readouterr().out
    assert main([*common, "--octaves", "6"]) == 2
    assert "octaves=2 fit" in capsys.readouterr().out
    assert main(["plan", str(tmp_path / "none.png")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_single_channels_are_in_a_plan_as_in_a_dream() -> None:
    term = LayerTerm("mixed4", weight=2.0, channels=[66])
    found = plan(np.zeros((400, 400, 3)), [term], measure=False)
    assert "  layers   mixed4[66] 2" in repr(found).splitlines()


@pytest.mark.slow
def test_plans_of_clips_take_the_arguments_of_clips(tmp_path: Path) -> None:
    pytest.importorskip("av")
    pytest.importorskip("cv2")
    (tmp_path / "in").mkdir()
    for name in ("1.png", "2.png", "3.png"):
        Image.fromarray(GREY[:60, :70] + np.uint8(name[0])).save(tmp_path / "in" / name)
    common = {"output": tmp_path / "out", "octaves": 1, "seed": 3}
    planned = plan_video(tmp_path / "in", {"mixed0": 1}, first_iterations=2, clip=False, **common)
    assert (planned.frames, planned.done, planned.shape) == (3, 0, (60, 70))
    assert planned.seconds > 0 and "3 frames of 70x60" in str(planned)
    with pytest.raises(ArgumentError, match="unknown argument 'evry'. Did you mean every"):
        plan_video(tmp_path / "in", evry=2, **common)
    planned = plan_zoom(GREY[:60, :70], {"mixed0": 1}, seconds=2, **common)
    assert (planned.frames, planned.dreams, planned.shape) == (48, 7, (60, 70))
    with pytest.raises(ArgumentError, match="unknown argument 'sconds'. Did you mean seconds"):
        plan_zoom(GREY, sconds=2, **common)
    with pytest.raises(ArgumentError, match="`zoom` must be"):
        plan_zoom(GREY, zoom="fast", **common)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_package_lists_each_of_its_names_once() -> None:
    import deepdreamr

    names = dir(deepdreamr)
    assert len(names) == len(set(names))
    assert set(deepdreamr.__all__) <= set(names) and "importlib" not in names
