"""A dream that is stopped or killed goes on from its checkpoint, to the same pixels."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from example_record import RECORD, a_record
from needing import present

import deepdreamr
from deepdreamr import Recipe, dream, show
from deepdreamr.core.ascent import Step
from deepdreamr.core.octaves import State
from deepdreamr.errors import (
    ArgumentError,
    CheckpointWarning,
    DeepDreamWarning,
    DreamInterrupted,
    ImageError,
    OutputError,
)
from deepdreamr.front.cli import main
from deepdreamr.pictures import files
from deepdreamr.runs.checkpoints import Checkpoint, load_checkpoint, restored, save_checkpoint
from deepdreamr.runs.steps import AscentStep

RANDOM = Recipe(octaves=3, iterations=2, step=0.05, jitter=8, sigma=0.5, normalize="std")
LAYERS = {"mixed0": 1.0}


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    y, x = np.mgrid[:92, :80]
    waves = np.stack([np.sin(x / 5), np.cos(y / 7), np.sin((x + y) / 9)], axis=-1)
    return ((waves + 1) * 127).astype(np.uint8)


class Killed(Exception):
    """Stands for whatever ends a run without its being asked."""


def end_at(octave: int, iteration: int = 1) -> Any:
    def on_step(step: AscentStep) -> None:
        if (step.octave, step.iteration) == (octave, iteration):
            raise Killed

    return on_step


def broken_off(picture: np.ndarray | None, path: Path, octave: int, **options: Any) -> None:
    options = {"recipe": RANDOM, "seed": 5, **options}
    with pytest.raises(Killed):
        dream(
            picture,
            options.pop("layers", LAYERS),
            checkpoint=path,
            on_step=end_at(octave),
            **options,
        )


@pytest.fixture(scope="module")
def unbroken(picture: np.ndarray) -> Any:
    return dream(picture, LAYERS, recipe=RANDOM, seed=5)


# ---- The file ------------------------------------------------------------------------------------


def a_state(octave: int = 1, **changes: Any) -> State:
    random = np.random.default_rng(3)
    random.normal(size=7)
    shape = RECORD["octaves"][octave - 1]
    image = np.random.default_rng(4).uniform(-2, 2, (1, *shape, 3)).astype(np.float32)
    steps = tuple(Step(1, i, 1 / 3 * i) for i in (1, 2, 3))
    values = {"steps": steps, "random": random.bit_generator.state, **changes}
    return State(tf.constant(image), octave, **values)


def test_a_state_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    state, path = a_state(), tmp_path / "run"
    save_checkpoint(path, state, a_record(), 40_000)
    saved = load_checkpoint(path)
    np.testing.assert_array_equal(saved.image, state.image.numpy())
    assert saved.record == a_record() and saved.octave == 1 and saved.limit == 40_000
    assert saved.losses == [(1, 1, 1 / 3), (1, 2, 2 / 3), (1, 3, 1.0)]
    again = restored(saved)
    np.testing.assert_array_equal(again.image, state.image)
    assert again[1:] == state[1:] and all(type(step) is Step for step in again.steps)
    generators = [np.random.default_rng() for _ in range(2)]
    for generator, random in zip(generators, (state.random, saved.random), strict=True):
        generator.bit_generator.state = random
    assert generators[0].normal() == generators[1].normal()


def test_a_newer_state_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    for octave in (1, 2):
        save_checkpoint(path, a_state(octave), a_record(), None)
    assert present(Checkpoint(path).saved).octave == 2 and Checkpoint(path).seed == RECORD["seed"]
    assert list(tmp_path.iterdir()) == [path]


def no_pickle(path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {path.parent / 'trapped'}",)

    np.savez(path, image=np.array([Trap()], dtype=object), note=np.zeros(3, np.uint8))


def as_note(path: Path, **changes: Any) -> None:
    note = {
        "record": json.dumps(RECORD),
        "octave": 1,
        "losses": [],
        "random": np.random.default_rng().bit_generator.state,
        "limit": None,
        **changes,
    }
    image = np.zeros((1, 342, 457, 3), np.float32)
    text = np.frombuffer(json.dumps(note).encode(), np.uint8)
    np.savez(path, image=image, note=text)


def of_image(image: np.ndarray) -> Any:
    def write(path: Path) -> None:
        as_note(path)
        with np.load(path) as archive:
            note = archive["note"]
        np.savez(path, image=image, note=note)

    return write


def small_note(**changes: Any) -> bytes:
    record = json.dumps({**RECORD, "octaves": [[6, 7], [8, 9]]})
    random = np.random.default_rng().bit_generator.state
    note = {"record": record, "octave": 1, "losses": [], "random": random, "limit": None}
    return json.dumps({**note, **changes}).encode()


def as_array(values: np.ndarray, **header: Any) -> bytes:
    """An array's file, with a header that may say something else."""
    stream = io.BytesIO()
    told = {**np.lib.format.header_data_from_array_1_0(values), **header}
    np.lib.format.write_array_header_1_0(stream, told)
    return stream.getvalue() + values.tobytes()


def as_zip(path: Path, packed: int = zipfile.ZIP_STORED, **members: bytes) -> None:
    """A checkpoint of 6 x 7 pixels with some members changed, or others besides."""
    note = np.frombuffer(small_note(), np.uint8)
    arrays = {"image": as_array(np.zeros((1, 6, 7, 3), np.float32)), "note": as_array(note)}
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, content in {**arrays, **members}.items():
            archive.writestr(f"{name}.npy", content)


def of_header(values: Any = None, **header: Any) -> Any:
    values = np.zeros((1, 6, 7, 3), np.float32) if values is None else values
    return lambda path: as_zip(path, image=as_array(values, **header))


def of_note(**changes: Any) -> Any:
    def write(path: Path) -> None:
        note = np.frombuffer(small_note(**changes), np.uint8)
        as_zip(path, note=as_array(note))

    return write


def with_two_pictures(path: Path) -> None:
    as_zip(path)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("image.npy", as_array(np.zeros((1, 6, 7, 3), np.float32)))


def with_bytes(old: bytes, new: bytes, count: int = -1) -> Any:
    """With bytes of the zip's own changed, such as in the directory at its end."""

    def write(path: Path) -> None:
        as_zip(path)
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, count))

    return write


IMAGE_SIZE = struct.pack("<LL", *[128 + 4 * 6 * 7 * 3] * 2)  # as in a zip's headers
HUGE_SIZE = struct.pack("<LL", *[4_000_000_000] * 2)
PIECES = [("f", "<f4")]

FORGERIES = {
    "a shape of 4 GB": of_header(shape=(1, 20_000, 17_000, 3)),
    "a shape of 2**70": of_header(shape=(1, 2**35, 2**35, 3)),
    "a negative shape": of_header(shape=(1, -6, -7, 3)),
    "another shape of as many": of_header(shape=(1, 7, 6, 3)),
    "the other order": of_header(fortran_order=True),
    "big-endian": of_header(descr=">f4"),
    "objects": of_header(descr="|O"),
    "pieces": of_header(np.zeros((1, 6, 7, 3), PIECES)),
    "voids of 1 GB": of_header(descr="|V1000000000"),
    "too few bytes": lambda path: as_zip(path, image=as_array(np.zeros((1, 6, 7, 3), "f4"))[:-9]),
    "too many bytes": lambda path: as_zip(path, image=as_array(np.zeros((1, 6, 7, 3), "f4")) * 2),
    "a header that is no dict": lambda path: as_zip(
        path, image=b"\x93NUMPY\1\0" + struct.pack("<H", 60_000) + b"(" * 60_000
    ),
    "a later version": lambda path: as_zip(path, image=b"\x93NUMPY\3\0" + bytes(500)),
    "packed": lambda path: as_zip(path, zipfile.ZIP_DEFLATED),
    "a bomb": lambda path: as_zip(path, zipfile.ZIP_DEFLATED, note=as_array(np.zeros(10**7, "u1"))),
    "packed by LZMA": lambda path: as_zip(path, zipfile.ZIP_LZMA),
    "another array": lambda path: as_zip(path, more=as_array(np.zeros(3))),
    "a name that leads out": lambda path: as_zip(path, zipfile.ZIP_STORED, **{"../image": b""}),
    "two pictures": with_two_pictures,
    "a size of 4 GB": with_bytes(IMAGE_SIZE, HUGE_SIZE),
    "encrypted": with_bytes(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
    "a long note": lambda path: as_zip(path, note=as_array(np.full(2**25 + 1, 32, "u1"))),
    "a note of floats": lambda path: as_zip(path, note=as_array(np.zeros(9))),
    "a note that is a list": lambda path: as_zip(path, note=as_array(np.frombuffer(b"[]", "u1"))),
    "a deep note": lambda path: as_zip(path, note=as_array(np.full(10**6, ord("["), "u1"))),
    "a number of many digits": lambda path: as_zip(
        path, note=as_array(np.frombuffer(b"1" * 10**6, "u1"))
    ),
    "a record that is no text": of_note(record={}),
    "octave true": of_note(octave=True),
    "octave -1": of_note(octave=-1),
    "octave 1e400": of_note(octave=10**400),
    "losses that are none": of_note(losses=[[1, 1, float("nan")]]),
    "losses of other octaves": of_note(losses=[[2, 1, 0.5]]),
    "losses of octave -1": of_note(losses=[[-1, 1, 0.5]]),
    "iteration 2**80": of_note(losses=[[1, 2**80, 0.5]]),
    "losses of two": of_note(losses=[[1, 1]]),
    "limit 0": of_note(limit=0),
    "windows of a pixel": of_note(limit=1),
    "limit 2**80": of_note(limit=2**80),
    "a random state of words": of_note(random={"bit_generator": "os.system"}),
    "a random state too large": of_note(
        random={
            "bit_generator": "PCG64",
            "state": {"state": 2**300, "inc": -1},
            "has_uint32": 0,
            "uinteger": 0,
        }
    ),
}


def test_what_the_forgeries_change_is_a_checkpoint(tmp_path: Path) -> None:
    as_zip(tmp_path / "run")
    assert load_checkpoint(tmp_path / "run").image.shape == (1, 6, 7, 3)


@pytest.mark.memory
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_checkpoint_is_refused_before_anything_is_taken(
    tmp_path: Path, forgery: str
) -> None:
    FORGERIES[forgery](tmp_path / "run")
    tracemalloc.start()
    try:
        with pytest.raises(ArgumentError, match=r"is no checkpoint, or a damaged one") as caught:
            Checkpoint(tmp_path / "run")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_text("not a checkpoint"),
    "a pickle": lambda path: path.write_bytes(pickle.dumps({"image": 1})),
    "a pickle inside": no_pickle,
    "one array": lambda path: np.save(path, np.zeros(3)),
    "no note": lambda path: np.savez(path, image=np.zeros(3)),
    "no image": lambda path: np.savez(path, note=np.zeros(3)),
    "no JSON": lambda path: np.savez(path, image=np.zeros(3), note=np.zeros(3, np.uint8)),
    "no record": lambda path: as_note(path, record="{}"),
    "no losses": lambda path: as_note(path, losses=None),
    "losses of words": lambda path: as_note(path, losses=[["a", "b", "c"]]),
    "no such octave": lambda path: as_note(path, octave=3),
    "octave 0": lambda path: as_note(path, octave=0),
    "no random state": lambda path: as_note(path, random=None),
    "another random state": lambda path: as_note(path, random={"bit_generator": "PCG64"}),
    "a limit of words": lambda path: as_note(path, limit="all"),
    "another size": of_image(np.zeros((1, 342, 456, 3), np.float32)),
    "another type": of_image(np.zeros((1, 342, 457, 3), np.float64)),
    "an endless number": of_image(np.full((1, 342, 457, 3), np.inf, np.float32)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.npz"
    DAMAGES[damage](path)
    path = path if path.exists() else tmp_path / "run.npz.npy"
    before = path.read_bytes()
    with pytest.raises(ArgumentError, match=r"is no checkpoint, or a damaged one") as caught:
        Checkpoint(path)
    assert "delete this one" in present(caught.value.hint) and "\n" not in str(caught.value)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_checkpoint_cut_short_or_with_a_wrong_byte(tmp_path: Path) -> None:
    path = tmp_path / "run"
    small = a_record(octaves=[[6, 7], [8, 9]])
    save_checkpoint(path, State(tf.zeros((1, 6, 7, 3)), 1, (), a_state().random), small, None)
    content, random = path.read_bytes(), np.random.default_rng(0)
    for length in (*range(0, len(content), 211), len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ArgumentError):
            Checkpoint(path)
    refused = 0
    for place in random.choice(len(content), 150, replace=False):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            saved = load_checkpoint(path)
        except ArgumentError:
            refused += 1
        else:  # a byte that says nothing of what is in it, such as a file's time
            assert saved.record == small and not saved.image.any() and saved.octave == 1
    assert refused > 100


@pytest.mark.parametrize("place", ["folder", "none/run", "/dev/null", "x" * 300, "nul\0"])
def test_places_where_no_checkpoint_can_be(tmp_path: Path, picture: np.ndarray, place: Any) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        dream(picture, LAYERS, checkpoint=tmp_path / place)


# ---- Going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("octave", [1, 2, 3])
def test_a_dream_goes_on_to_the_same_pixels(
    tmp_path: Path, picture: np.ndarray, unbroken: Any, octave: int
) -> None:
    path = tmp_path / "run"
    broken_off(picture, path, octave)
    assert path.exists() == (octave > 1)
    seen: list[AscentStep] = []
    result = dream(picture, LAYERS, recipe=RANDOM, seed=5, checkpoint=path, on_step=seen.append)
    assert (seen[0].octave, seen[0].iteration, len(seen)) == (octave, 1, 2 * (4 - octave))
    np.testing.assert_array_equal(result.image, unbroken.image)
    assert result.losses == unbroken.losses and result.record == unbroken.record
    assert not list(tmp_path.iterdir())


def test_a_dream_without_a_seed_goes_on_with_its_own(tmp_path: Path, picture: np.ndarray) -> None:
    broken_off(picture, tmp_path / "run", 2, seed=None)
    seed = load_checkpoint(tmp_path / "run").record.seed
    result = dream(picture, LAYERS, recipe=RANDOM, checkpoint=tmp_path / "run")
    assert result.seed == seed
    again = dream(picture, LAYERS, recipe=RANDOM, seed=seed)
    np.testing.assert_array_equal(result.image, again.image)


def test_noise_goes_on_too(tmp_path: Path) -> None:
    broken_off(None, tmp_path / "run", 3, size=(80, 90), seed=None)
    result = dream(None, LAYERS, recipe=RANDOM, size=(80, 90), checkpoint=tmp_path / "run")
    again = dream(None, LAYERS, recipe=RANDOM, size=(80, 90), seed=result.seed)
    np.testing.assert_array_equal(result.image, again.image)


def test_a_run_that_the_callback_stopped_can_go_on(
    tmp_path: Path, picture: np.ndarray, unbroken: Any
) -> None:
    path = tmp_path / "run"
    options = {"recipe": RANDOM, "seed": 5, "checkpoint": path}
    stopped = dream(picture, LAYERS, on_step=lambda step: step.octave < 2, **options)
    assert stopped.stopped == "callback" and len(stopped.losses) == 3
    assert load_checkpoint(path).octave == 1  # not what was made of the rest
    result = dream(picture, LAYERS, **options)
    np.testing.assert_array_equal(result.image, unbroken.image)
    assert not path.exists()


def test_an_interrupt_between_octaves_keeps_the_picture_and_the_checkpoint(
    tmp_path: Path, picture: np.ndarray, unbroken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepdreamr.runs import checkpoints

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_checkpoint", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            dream(picture, LAYERS, recipe=RANDOM, seed=5, checkpoint=tmp_path / "run")
    assert isinstance(caught.value, DreamInterrupted)
    result = caught.value.dream
    assert result.stopped == "interrupted" and result.shape == (92, 80)
    assert result.losses == unbroken.losses[:2]
    ended = dream(picture, LAYERS, recipe=RANDOM, seed=5, on_step=lambda s: s.iteration < 2)
    np.testing.assert_array_equal(result.image, ended.image)


def test_a_file_that_somebody_else_puts_there_meanwhile_is_left_alone(
    tmp_path: Path, picture: np.ndarray
) -> None:
    path = tmp_path / "run"
    with pytest.warns(CheckpointWarning, match="no checkpoint: .*exists already"):
        dream(
            picture,
            LAYERS,
            recipe=RANDOM,
            seed=5,
            checkpoint=path,
            on_step=lambda step: path.write_bytes(b"theirs") and None,
        )
    assert path.read_bytes() == b"theirs"


def test_a_finished_dream_in_a_checkpoint_is_not_dreamed_again(
    tmp_path: Path, picture: np.ndarray, unbroken: Any
) -> None:
    kept = Checkpoint(tmp_path / "run", keep=True)
    dream(picture, LAYERS, recipe=RANDOM, seed=5, checkpoint=kept)
    assert load_checkpoint(tmp_path / "run").octave == 3
    result = dream(
        picture,
        LAYERS,
        recipe=RANDOM,
        checkpoint=tmp_path / "run",
        on_step=lambda step: pytest.fail("a step was taken"),
    )
    np.testing.assert_array_equal(result.image, unbroken.image)
    assert result.losses == unbroken.losses and not list(tmp_path.iterdir())


def test_octaves_that_are_saved_are_the_same(tmp_path: Path, picture: np.ndarray) -> None:
    options = {"recipe": RANDOM, "seed": 5}
    dream(picture, LAYERS, save_octaves=tmp_path / "one", **options)
    broken_off(picture, tmp_path / "run", 3, save_octaves=tmp_path / "two")
    dream(picture, LAYERS, save_octaves=tmp_path / "two", checkpoint=tmp_path / "run", **options)
    first, second = (
        {p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("one", "two")
    )
    assert len(first) == 3 and first == second
    assert show(tmp_path / "one" / "at_scale_92x80.png")["octave"] == 3


# ---- Another dream's -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, picture: np.ndarray) -> bytes:
    path = tmp_path_factory.mktemp("foreign") / "run"
    broken_off(picture, path, 2)
    return path.read_bytes()


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"step": 0.06}, r"setting step \(was 0.05, is 0.06\)"),
    ({"octaves": 2}, r"setting octaves \(was 3, is 2\), octaves' sizes"),
    ({"jitter": 0, "sigma": None}, r"setting jitter \(was 8, is 0\), setting sigma"),
    ({"seed": 6}, r"seed \(was 5, is 6\)"),
    ({"layers": {"mixed0": 2.0}}, r"layers \("),
    ({"layers": {"mixed0": 1.0, "mixed1": 1.0}}, "layers"),
    ({"training": True}, r"training \(was False, is True\)"),
    ({"precision": "bfloat16"}, r"precision \(was 'float32', is 'bfloat16'\)"),
    ({"weights": "untrained"}, "the network's parameters"),
    ({"guide": np.full((80, 80, 3), 0.5)}, "the guide"),
    ({"max_size": 90}, r"the picture's size \(was \[92, 80\], is \[90, 78\]\)"),
    ({"image": np.full((92, 80, 3), 0.5)}, "the picture's pixels"),
]


@pytest.mark.parametrize(("changes", "message"), OTHERS, ids=[next(iter(c)) for c, _ in OTHERS])
def test_a_checkpoint_of_another_dream_is_refused(
    tmp_path: Path, picture: np.ndarray, foreign: bytes, changes: Any, message: Any
) -> None:
    path = tmp_path / "run"
    path.write_bytes(foreign)
    call = {"image": picture, "layers": LAYERS, "recipe": RANDOM, "seed": 5, **changes}
    with pytest.raises(ArgumentError, match=f"'{path}' is of another dream: .*{message}") as caught:
        dream(checkpoint=path, **call)
    assert caught.value.hint == "Name another file, or delete this one."
    assert path.read_bytes() == foreign


def test_what_changes_no_pixel_may_differ(
    tmp_path: Path, picture: np.ndarray, foreign: bytes, unbroken: Any
) -> None:
    path = tmp_path / "run"
    path.write_bytes(foreign)
    options = RANDOM.settings()
    result = dream(
        picture, [("mixed0", 1)], checkpoint=path, save_octaves=tmp_path / "o", **options
    )
    np.testing.assert_array_equal(result.image, unbroken.image)


def test_other_versions_are_warned_of(tmp_path: Path, picture: np.ndarray, unbroken: Any) -> None:
    path = tmp_path / "run"
    broken_off(picture, path, 2)
    saved = load_checkpoint(path)
    versions = {**saved.record.versions, "tensorflow": "1.0"}
    record = dataclasses.replace(saved.record, versions=versions)
    save_checkpoint(path, restored(saved), record, saved.limit)
    with pytest.warns(CheckpointWarning, match=r"tensorflow \(was '1.0', is '[\d.]+'\)"):
        result = dream(picture, LAYERS, recipe=RANDOM, checkpoint=path)
    np.testing.assert_array_equal(result.image, unbroken.image)


def test_where_no_checkpoint_can_be_written_the_dream_goes_on(
    tmp_path: Path, picture: np.ndarray, unbroken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(CheckpointWarning, match="no checkpoint: .*No space left on device"):
        result = dream(picture, LAYERS, recipe=RANDOM, seed=5, checkpoint=tmp_path / "run")
    np.testing.assert_array_equal(result.image, unbroken.image)
    assert not list(tmp_path.iterdir())


def test_warnings_and_errors_are_the_package_s_own() -> None:
    assert (
        issubclass(CheckpointWarning, DeepDreamWarning) and CheckpointWarning.kind == "checkpoint"
    )


def test_a_bad_picture_leaves_the_checkpoint_alone(tmp_path: Path, foreign: bytes) -> None:
    (tmp_path / "run").write_bytes(foreign)
    with pytest.raises(ImageError):
        dream(tmp_path / "none.jpg", LAYERS, recipe=RANDOM, checkpoint=tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == foreign


# ---- Killed --------------------------------------------------------------------------------------

_CHILD = """
import os, signal, sys
from pathlib import Path
from deepdreamr.backend import import_tensorflow
import_tensorflow()
from deepdreamr.core import ascent, octaves
from deepdreamr.front import cli
from deepdreamr.runs import checkpoints

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def until(place, name, number):
    function, calls = getattr(place, name), []
    def call(*args, **options):
        calls.append(1)
        return kill() if len(calls) == number else function(*args, **options)
    setattr(place, name, call)

phases = {
    "before the first octave": lambda: until(octaves.Pyramid, "base", 1),
    "in the first octave": lambda: until(ascent, "climb", 2),
    "writing the first checkpoint": lambda: until(os, "fsync", 1),
    "naming the first checkpoint": lambda: until(os, "link", 2),
    "in the second octave": lambda: until(ascent, "climb", 4),
    "writing the second checkpoint": lambda: until(os, "fsync", 1),
    "in the last octave": lambda: until(ascent, "climb", 3),
    "writing the picture": lambda: until(os, "fsync", 2),
    "deleting the checkpoint": lambda: until(checkpoints.Checkpoint, "delete", 1),
}
for phase, prepare in phases.items():
    child = os.fork()
    if child == 0:
        prepare()
        os._exit(cli.main(sys.argv[1:]))
    killed = os.WTERMSIG(os.waitpid(child, 0)[1])
    print(phase, killed, *sorted(os.listdir()), sep="|")
"""


@pytest.mark.slow
def test_killed_in_each_phase_and_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.png"
    command = ["dream", "sample:jelly", "--max-size", "90", "--recipe", "vivid", "--octaves", "3"]
    command += ["--iterations", "2", "--layers", "mixed0", "--seed", "5", "--overwrite"]
    assert main([*command, "-o", "whole.png"]) == 0
    whole = Path("whole.png").read_bytes()
    Path("whole.png").unlink()
    command += ["-o", str(out), "--checkpoint", "run"]
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", _CHILD, *command],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(deepdreamr.__file__).parents[1])},
    )
    lines = [line.split("|") for line in child.stdout.splitlines() if "|" in line]
    assert [int(killed) for _, killed, *_ in lines] == [signal.SIGKILL] * 9, child.stderr
    left = {phase: [name for name in names if ".partial" not in name] for phase, _, *names in lines}
    assert list(left.values()) == [[]] * 4 + [["run"]] * 4 + [["out.png", "run"]]
    assert out.read_bytes() == whole and load_checkpoint(Path("run")).octave == 3
    for path in tmp_path.glob(".dream-*.partial"):  # of the one killed between two system calls
        os.utime(path, (0, 0))
    assert len(list(tmp_path.glob(".*"))) <= 1
    files._clean_up.cache_clear()  # as in a new process: it looks once in a while
    assert main(command) == 0
    assert out.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
