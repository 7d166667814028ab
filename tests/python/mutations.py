"""Files damaged at random by a seeded generator: bytes, what a zip or an HDF5 file holds, and JSON.

The same generator makes the same damage of the same file.
"""

from __future__ import annotations

import copy
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import h5py

LARGEST = 2_000_000  # bytes of a damaged file
NUMBERS = (0, 1, 2, 7, 127, 128, 255, 256, 32767, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**80, 0.5, -0.0, 1e308, float("nan")),
    *(float("inf"), "", "x", "\0", "\ud800", "..", "/etc/passwd", "http://localhost/x", "%s{0}"),
    *("x" * 70_000, [], {}, [[]], [None], {"": ""}, {"class_name": "x"}, [0] * 3000),
)
"""What stands in JSON where something else is expected."""
_PNG = b"\x89PNG\r\n\x1a\n"


def damaged(content: bytes, random: Random) -> bytes:
    """Bytes with one to eight changes."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        random.choice(_CHANGES)(data, random)
    if data.startswith(_PNG) and random.random() < 0.7:
        return _with_checksums(data)[:LARGEST]
    return bytes(data[:LARGEST])


def damaged_zip(content: bytes, random: Random) -> bytes:
    """A zip with one of its members damaged; JSON stays JSON two times in three."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = random.choice([name for name in names if name.endswith(".json")] or names)
        chosen = random.choice((chosen, random.choice(names)))
        for name in names:
            member = old.read(name)
            if name == chosen and name.endswith(".json") and random.random() < 0.67:
                member = json.dumps(odd_json(json.loads(member), random)).encode()
            elif name == chosen:
                member = damaged(member, random)
            new.writestr(name, member)
    return out.getvalue()


def damaged_hdf5(content: bytes, random: Random) -> bytes:
    """A Keras file in HDF5 with another configuration."""
    out = io.BytesIO(content)
    with h5py.File(out, "r+") as file:
        config = odd_json(json.loads(file.attrs["model_config"]), random)
        del file.attrs["model_config"]
        file.attrs["model_config"] = json.dumps(config)[:60_000]  # an attribute holds 64 kB
    return out.getvalue()


def odd_json(value: Any, random: Random) -> Any:
    """A copy of a JSON value with one to three of its values odd, gone, moved or doubled."""
    value = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = _places(value)
        if places:
            holder, key = random.choice(places)
            random.choice(_ODDITIES)(holder, key, random)
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """All containers in a JSON value, each with each of its keys."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


# ---- Changes of JSON -----------------------------------------------------------------------------


def _odd(holder: Any, key: Any, random: Random) -> None:
    holder[key] = copy.deepcopy(random.choice(ODD))


def _gone(holder: Any, key: Any, random: Random) -> None:
    del holder[key]


def _larger(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder[key], int | float):
        holder[key] = holder[key] * random.choice((-1, 2, 1000, 10**9))
    else:
        holder[key] = [holder[key]] * random.choice((1, 2, 300))


def _moved(holder: Any, key: Any, random: Random) -> None:
    other = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _renamed(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder, dict):
        holder[f"{key}_"[random.choice((0, 1)) :]] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(holder[key]))


_ODDITIES: tuple[Callable[[Any, Any, Random], None], ...] = (
    *(_odd, _odd, _odd, _gone, _larger, _moved, _renamed),
)


# ---- Changes of bytes ----------------------------------------------------------------------------


def _place(data: bytearray, random: Random) -> int:
    """Often in the head or at the end, where lengths stand."""
    length = max(1, len(data))
    near = min(400, length)
    return random.choice(
        (random.randrange(near), random.randrange(length), length - 1 - random.randrange(near))
    )


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[_place(data, random)] ^= 1 << random.randrange(8)


def _set(data: bytearray, random: Random) -> None:
    if data:
        data[_place(data, random)] = random.choice(
            (0, 1, 127, 128, 254, 255, random.randrange(256))
        )


def _number(data: bytearray, random: Random) -> None:
    """Another number where there may be one: a length, an offset, a count."""
    place, kind = _place(data, random), random.choice("BHIQ")
    size = struct.calcsize(kind)
    value = random.choice((*NUMBERS, len(data), random.getrandbits(8 * size)))
    data[place : place + size] = struct.pack(random.choice("<>") + kind, value % 2 ** (8 * size))


def _cut(data: bytearray, random: Random) -> None:
    del data[random.choice((_place(data, random), random.randrange(len(data) + 1))) :]


def _drop(data: bytearray, random: Random) -> None:
    place = _place(data, random)
    del data[place : place + random.choice((1, 2, 4, 16, 300))]


def _double(data: bytearray, random: Random) -> None:
    place, size = _place(data, random), random.choice((1, 4, 30, 300, 5000))
    data[place:place] = data[place : place + size] * random.choice((1, 1, 2, 50))


def _move(data: bytearray, random: Random) -> None:
    first, second, size = _place(data, random), _place(data, random), random.choice((4, 16, 64))
    data[second : second + size] = data[first : first + size]


_CHANGES: tuple[Callable[[bytearray, Random], None], ...] = (
    *(_flip, _flip, _set, _set, _number, _number, _number, _cut, _drop, _double, _move),
)


def _with_checksums(data: bytearray) -> bytes:
    """A PNG whose chunks have the checksums of what is in them, as far as it is one."""
    place = len(_PNG)
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        end = place + 8 + size
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(data)
