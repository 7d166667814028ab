"""Damaged files: read, or refused by an error of ours, and nothing else.

`make fuzz` reads as many as half an hour allows.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from fuzzing import fuzz, made_case, seeds_of
from mutations import ODD, damaged, damaged_zip, odd_json


@pytest.mark.parametrize(
    ("kind", "count"),
    [("picture", 500), pytest.param("record", 150, marks=pytest.mark.slow), ("clip", 150)],
)
def test_damaged_files_are_read_or_refused(kind: str, count: int, tmp_path: Path) -> None:
    if kind == "clip":
        pytest.importorskip("av")
    counts, found = fuzz(kind, iter(range(count)))
    assert not found, "\n".join(map(str, found))
    assert counts.total() == count and counts["read"] > count / 50
    assert counts.total() - counts["read"] > count / 50  # and many were refused


@pytest.mark.slow
def test_damaged_networks_are_read_or_refused() -> None:
    counts, found = fuzz("network", iter(range(150)))
    assert not found, "\n".join(map(str, found))
    assert counts["read"] > 5 and counts["NetworkError"] > 5


@pytest.mark.slow
def test_a_fault_is_found_with_its_number_and_its_file(tmp_path: Path) -> None:
    counts, found = fuzz("broken", iter(range(12)), tmp_path)
    came = {one.seed: one.what for one in found}
    assert came["raise"].startswith("!error: KeyError in fuzzing.py:")
    assert came["crash"] == "!process: it ended with SIGABRT"
    assert came["hangs"] == "!process: not read in 2 s"
    assert came["grows"].startswith("!process: more than 400,000,000 bytes")
    assert "whole" not in came and counts["read"] == 12 - len(found)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept == {f"case-{one.number}": one.seed.encode() for one in found}


def test_a_case_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    seeds = seeds_of("picture", tmp_path / "seeds")
    cases = [[made_case(seeds, n, tmp_path).read_bytes() for n in range(40)] for _ in range(2)]
    assert cases[0] == cases[1]
    assert len(set(cases[0])) > 35
    whole = {seed.path.read_bytes() for seed in seeds}
    assert len(whole.intersection(cases[0])) < 10


@pytest.mark.slow
def test_nothing_is_too_odd_to_be_damaged() -> None:
    for number in range(300):
        random = Random(number)
        damaged(bytes(number % 7), random)
        json.dumps(odd_json([{}, {"a": [1, {"b": "c"}]}, *ODD], random))
    value = {"a": [1, 2], "b": {"c": 3}}
    assert odd_json(value, Random(1)) != value == {"a": [1, 2], "b": {"c": 3}}
    with pytest.raises(Exception, match="zip"):
        damaged_zip(b"no zip", Random(0))
