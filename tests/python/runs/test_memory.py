"""How much memory there is, and how large a gradient it allows."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest
from needing import present

from deepdreamr.errors import ArgumentError, MemoryLimitError
from deepdreamr.machine import free_memory, used_memory
from deepdreamr.recipes.settings import Recipe
from deepdreamr.recipes.terms import LayerTerm
from deepdreamr.runs import memory
from deepdreamr.runs.memory import Copies, parse_memory, tile_limit

MEGAPIXEL = (1000, 1000)


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        (1, 1),
        (2e9, 2 * 10**9),
        (1e9 / 3, 333_333_333),
        (np.int64(5), 5),
        (np.float32(4096), 4096),
        ("2GB", 2 * 10**9),
        (" 512 MB ", 512 * 10**6),
        ("1.5g", 1_500_000_000),
        (".5k", 500),
        ("4GiB", 4 * 2**30),
        ("1tb", 10**12),
        ("100", 100),
        ("100 b", 100),
    ],
)
def test_amounts(value: Any, bytes_: int) -> None:
    assert parse_memory(value) == bytes_ and type(parse_memory(value)) is int


@pytest.mark.parametrize(
    "value",
    [0, -1, "0", "-2GB", "much", "", "2 XB", "1.2.3GB", ".", "9" * 400, True, None, [1], 1j]
    + [float("nan"), float("inf")],
    ids=lambda value: repr(value)[:12],
)
def test_what_is_no_amount(value: Any) -> None:
    with pytest.raises(ArgumentError, match='`max_memory` must be bytes, or a text like "2GB"'):
        parse_memory(value)


def test_this_machine_tells() -> None:
    free = free_memory()
    assert free is None or free > 10**6
    assert used_memory() == 0 or used_memory() > 10**7


def test_a_machine_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(builtins, "open", refuse)
    assert free_memory() is None and used_memory() == 0
    assert tile_limit(MEGAPIXEL, 1e9, None) is None  # then it has to be tried


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """From bytes beside those of the process and of the picture's copies to the limit."""
    monkeypatch.setattr(memory, "expected_memory", lambda: 10**8)

    def limit(left: float, shape: Any = MEGAPIXEL, pixel_bytes: Any = 1000) -> Any:
        kept, _ = Copies().bytes(shape)
        return tile_limit(shape, pixel_bytes, int(10**8 + kept + left), kernels=0)

    return limit


def test_a_whole_gradient_is_taken_if_there_is_enough(allowed: Any) -> None:
    assert allowed(memory.WHOLE_PIXELS * 1000) is None
    assert allowed(10**12) is None


def test_one_window_holds_what_does_not_fit_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "expected_memory", lambda: 10**8)
    kept, _ = Copies().bytes(MEGAPIXEL)

    def limit(left: float) -> int | None:
        memory = int(10**8 + kept + left)
        return tile_limit(MEGAPIXEL, 1000, memory, window_bytes=700, kernels=0)

    pixels = MEGAPIXEL[0] * MEGAPIXEL[1]
    assert limit(pixels * 1000 + 1) is None
    of_most = present(limit(pixels * 1000 - 9))
    assert of_most * 700 <= pixels * 1000 < of_most * 750
    assert present(limit(pixels * 750)) >= pixels > present(limit(pixels * 699))


def test_the_usual_limit_is_the_same_however_much_there_is(allowed: Any) -> None:
    large = (3000, 4000)
    assert allowed(10**11, large) == allowed(10**13, large) == memory.WHOLE_PIXELS


def test_with_less_memory_the_limit_is_lowered_until_it_fits(allowed: Any) -> None:
    for share in (0.9, 0.5, 0.3, 0.17):
        left = share * memory.WHOLE_PIXELS * 1000
        limit = allowed(left, (3000, 4000))
        assert limit * 1000 <= left < limit * 1000 * 16 / 15 + 20_000


def test_what_must_not_be_divided_is_taken_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "expected_memory", lambda: 10**8)
    assert tile_limit((3000, 4000), 1000, 10**12, tile=12_000_000) is None
    with pytest.raises(MemoryLimitError, match="needs at least 12.8 GB"):
        tile_limit((3000, 4000), 1000, 4 * 10**9, tile=12_000_000)


def test_tiles_of_a_recipe_s_own_are_not_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "expected_memory", lambda: 10**8)
    kept, working = Copies().bytes((3000, 4000))
    enough = int(10**8 + kept + working)
    assert tile_limit((3000, 4000), 1000, enough, tile=400**2, kernels=0) is None
    with pytest.raises(MemoryLimitError, match="needs at least 1.8 GB"):
        tile_limit((3000, 4000), 1000, enough, tile=400**2, kernels=memory.MOST_KERNELS)


def test_copies_that_are_made_between_gradients_have_to_fit_too(allowed: Any) -> None:
    _, working = Copies().bytes((3000, 4000))
    smallest = 192**2 * 1000
    assert allowed(working, (3000, 4000)) > smallest / 1000
    with pytest.raises(MemoryLimitError, match="3000x4000 needs at least 1.3 GB"):
        allowed(working - 2, (3000, 4000))


def test_rolls_and_blurs_take_copies() -> None:
    plain, rolled = Copies.of(Recipe()), Copies.of(Recipe(jitter=8))
    blurred = Copies.of(Recipe(sigma=0.5))
    assert rolled == plain._replace(kept=plain.kept + 1)
    assert blurred.kept == plain.kept and blurred.working > plain.working


def test_penalties_take_copies() -> None:
    def of(*objectives: str) -> Copies:
        terms = [LayerTerm("image", -1, objective=objective) for objective in objectives]
        return Copies.of(Recipe(), terms=[LayerTerm("mixed0"), *terms])

    plain, distance, variation = of(), of("distance"), of("total_variation")
    assert plain == Copies.of(Recipe())
    assert distance == plain._replace(kept=plain.kept + 1)
    assert variation.kept == plain.kept and variation.working >= 7
    both = of("distance", "total_variation")
    assert (both.kept, both.working) == (distance.kept, variation.working + 1)


def test_too_little_memory_says_how_much_is_needed(allowed: Any) -> None:
    with pytest.raises(MemoryLimitError, match="1000x1000 needs at least 0.2 GB. Received: 0.2"):
        allowed(10**6)
    with pytest.raises(MemoryLimitError, match="max_memory"):
        tile_limit(MEGAPIXEL, 1000, 5)
