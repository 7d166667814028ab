"""The record of a job, and the checksums of what it depends on."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from example_record import a_record
from toys import frozen, saved, small_model, written

from deepdreamr.core.ascent import Step
from deepdreamr.core.octaves import State
from deepdreamr.networks.weights import BUNDLED_SHA256
from deepdreamr.pictures.reading import read_picture
from deepdreamr.runs.checking import check
from deepdreamr.runs.describing import (
    describe,
    parameters_checksum,
    picture_checksum,
    plain_term,
    reached,
    versions,
)
from deepdreamr.runs.record import FIELDS, parse_record
from deepdreamr.runs.request import Request

PIXELS = np.random.default_rng(0).integers(0, 256, (90, 100, 3), np.uint8)


def job(**arguments: Any) -> Any:
    settings = {"octaves": 2, "octave_scale": 1.5}
    given = {"image": PIXELS, "layers": "pool", "seed": 3, **arguments}
    return check(Request(**given, settings=settings))


# ---- The record ----------------------------------------------------------------------------------


def test_a_job_is_described_completely() -> None:
    layers = [{"layer": "mixed0", "weight": -1, "channels": {3: 2}}, "mixed1"]
    record = describe(job(layers=layers, guide=PIXELS[:80], max_size=95, precision="bfloat16"))
    assert list(record) == list(FIELDS) and parse_record(record.json()) == record
    assert record["layers"] == [
        {"layer": "mixed0", "weight": -1.0, "channels": [[3, 2.0]]},
        {"layer": "mixed1", "weight": 1.0, "channels": None},
    ]
    assert (record.network, record.weights_from) == ("inception_v3", "bundled")
    assert record.weights_sha256 == BUNDLED_SHA256
    assert (record.source, record.source_size, record.max_size) == (None, (86, 95), 95)
    assert record.size is None and record.octaves == [(57, 63), (86, 95)]
    assert (record.octave, record.steps, record.last_step, record.stopped) == (2, 0, None, None)
    assert (record.seed, record.precision, record.engine) == (3, "bfloat16", "fast")
    assert record.guide_sha256 == picture_checksum(read_picture(PIXELS[:80]))


def test_noise_has_a_size() -> None:
    record = describe(job(image=None, size=(80, 90), layers="mixed0"))
    assert record.size == record.source_size == (80, 90)


@pytest.mark.parametrize("max_size", [10**9, 2**31, 10**12])
def test_a_size_larger_than_r_can_count_is_kept_as_the_largest(max_size: int) -> None:
    assert describe(job(layers="mixed0", max_size=max_size)).max_size == min(max_size, 2**31)


def test_how_far_the_dream_came() -> None:
    image = np.zeros((1, 2, 2, 3))
    state = State(image, 1, (Step(1, 1, 0.5), Step(1, 2, 0.7)), None, "callback")
    record = reached(a_record(steps=0, last_step=None), state, 40_000)
    changed: dict[str, Any] = {"octave": 1, "last_step": (1, 2), "steps": 2, "stopped": "callback"}
    assert record == dataclasses.replace(a_record(), **changed, window_pixels=40_000)
    assert reached(a_record(), State(image, 2), None).last_step is None


def test_a_term_as_plain_data() -> None:
    term: Any = SimpleNamespace(layer="a", weight=2.0, channels=((1, 2.0),), objective=None)
    assert plain_term(term) == {"layer": "a", "weight": 2.0, "channels": [(1, 2.0)]}


def test_versions_are_of_the_programs_that_make_the_pixels() -> None:
    assert set(versions()) == {"python", "tensorflow", "keras", "numpy", "pillow"}
    assert all(re.match(r"\d+\.\d+", text) for text in versions().values())


# ---- Checksums -----------------------------------------------------------------------------------


def test_a_picture_s_checksum_is_that_of_its_pixels_and_size() -> None:
    whole = picture_checksum(read_picture(PIXELS))
    assert re.fullmatch("[0-9a-f]{64}", whole)
    image = (PIXELS / np.float32(127.5) - 1)[None].astype(np.float32)
    assert picture_checksum(read_picture(image)) == whole
    changed = PIXELS.copy()
    changed[89, 99, 2] ^= 1
    others = (changed, PIXELS[:89], PIXELS.transpose(1, 0, 2), PIXELS.reshape(100, 90, 3))
    assert len({picture_checksum(read_picture(other)) for other in others} | {whole}) == 5


def of_network(network: Any, *layers: str) -> str:
    return parameters_checksum(job(network=network, layers=list(layers)).source, layers)


def test_a_network_s_checksum_is_that_of_the_parameters_that_are_used(tmp_path: Path) -> None:
    first, again = (saved(small_model(), tmp_path / f"{name}.keras") for name in "ab")
    assert of_network(first, "second_relu") == of_network(again, "second_relu")
    assert of_network(first, "second_relu") != of_network(first, "pool")
    model = small_model()
    model.get_layer("second").set_weights([w * 2 for w in model.get_layer("second").get_weights()])
    other = saved(model, tmp_path / "c.keras")
    assert of_network(other, "second_relu") != of_network(first, "second_relu")
    assert of_network(other, "pool") == of_network(first, "pool")  # which lies below


def test_a_graph_s_checksum_is_that_of_its_file(tmp_path: Path) -> None:
    import tensorflow as tf

    def graph(factor: float) -> Any:
        return frozen(lambda x: tf.nn.relu(x * factor, name="pool"))

    one, other = (
        written(graph(factor), tmp_path / f"{name}.pb") for name, factor in (("a", 2.0), ("c", 3.0))
    )
    same = Path(shutil.copy(one, tmp_path / "b.pb"))
    assert of_network(one, "pool") == of_network(same, "pool") != of_network(other, "pool")
