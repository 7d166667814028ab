"""octaves → **checkpoint** → dream: the state after each octave, in a file to go on from."""

from __future__ import annotations

import contextlib
import json
import math
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

import msgspec
import numpy as np

from ..errors import ArgumentError, CheckpointWarning, OutputError, said, warn
from ..paths import as_path
from ..pictures.files import check_target, whole_file
from ..values import parse_json
from ._comparing import differences, version_differences
from .memory import SMALLEST_TILE
from .record import Record, parse_record

if TYPE_CHECKING:
    from ..core.octaves import State


_ENCRYPTED = 1  # a zip's flag
_LONGEST_NOTE = 2**25  # bytes; of some hundred thousand iterations

Number = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]


class _Note(msgspec.Struct):
    """What stands beside the picture."""

    record: str
    octave: Number
    losses: list[tuple[Number, Number, float]]
    random: dict[str, Any]
    limit: Number | None


class Saved(NamedTuple):
    """What a checkpoint holds.

    Attributes
    ----------
    record : of the dream that it belongs to
    image : float32 (1, height, width, 3), after the last octave that was finished
    octave : which one that is, from 1
    losses : (octave, iteration, loss) of each step so far
    random : state of the generator
    limit : how many pixels a window may have, or None where each octave's gradient is one
    """

    record: Record
    image: np.ndarray
    octave: int
    losses: list[tuple[int, int, float]]
    random: Any
    limit: int | None


class Checkpoint:
    """A file that keeps a dream's state after each octave.

    Parameters
    ----------
    path : of the file, which need not exist
    keep : whether it stays when the dream is finished; the caller deletes it then

    A file that somebody else puts there meanwhile is neither replaced nor deleted.

    Raises
    ------
    OutputError
        If no file can be written there.
    ArgumentError
        If there is one that is no checkpoint, or a damaged one.
    """

    def __init__(self, path: str | os.PathLike[str], *, keep: bool = False) -> None:
        self.path = check_target(as_path("checkpoint", path), overwrite=True)
        self.keep = keep
        self.saved = load_checkpoint(self.path) if self.path.exists() else None
        self.ours = self.saved is not None  # whether the file there is this dream's

    @property
    def seed(self) -> int | None:
        """The seed of the dream that is to go on."""
        return None if self.saved is None else self.saved.record.seed

    def delete(self) -> None:
        """Delete the file, if it is there."""
        if self.ours:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def take(self, record: Record) -> Saved | None:
        """What is in the file, taken out of here: a large picture is not kept twice.

        Raises
        ------
        ArgumentError
            If it belongs to another dream than that of `record`.
        """
        saved, self.saved = self.saved, None
        if saved is not None:
            self._check(saved, record)
        return saved

    def write(self, state: State, record: Record, limit: int | None) -> None:
        """Keep a state; a dream whose checkpoint cannot be written goes on without."""
        try:
            save_checkpoint(self.path, state, record, limit, overwrite=self.ours)
            self.ours = True
        except OutputError as error:
            warn(CheckpointWarning(f"no checkpoint: {error}"))

    def _check(self, saved: Saved, record: Record) -> None:
        name = repr(str(self.path))
        if different := differences(saved.record, record):
            raise ArgumentError(
                f"the checkpoint {name} is of another dream: {', '.join(different)}.",
                "Name another file, or delete this one.",
            )
        if different := version_differences(saved.record, record):
            message = f"the pixels may differ a little, since versions do: {', '.join(different)}"
            warn(CheckpointWarning(message))


def find_checkpoint(file: str | os.PathLike[str] | Checkpoint | None) -> Checkpoint | None:
    """The checkpoint, however it is given; the errors are those of `Checkpoint`."""
    return file if file is None or isinstance(file, Checkpoint) else Checkpoint(file)


def save_checkpoint(
    path: Path, state: State, record: Record, limit: int | None, *, overwrite: bool = True
) -> None:
    """Write a state, whole or not at all.

    Parameters
    ----------
    limit : how many pixels a window may have, or None
    overwrite : whether a file that is there may be replaced

    Raises
    ------
    OutputError
        If it cannot be written; an older one is still there then.
    """
    note = {
        "record": record.json(),
        "octave": state.octave,
        "losses": state.steps,
        "random": state.random,
        "limit": limit,
    }
    text = np.frombuffer(json.dumps(note, allow_nan=False).encode(), np.uint8)
    with whole_file(path, overwrite) as file:
        np.savez(file, image=np.asarray(state.image), note=text)


def load_checkpoint(path: Path) -> Saved:
    """Read a checkpoint, which anybody may have written; TensorFlow is not needed.

    Raises
    ------
    ArgumentError
        If it is none, or damaged.
    """
    try:
        with path.open("rb") as file:
            saved = _read(file)
    except Exception as error:  # whatever NumPy, zipfile and json meet in it
        raise ArgumentError(
            f"{str(path)!r} is no checkpoint, or a damaged one: {said(error).rstrip('.')}.",
            "Name another file, or delete this one.",
        ) from error
    return saved


def _read(file: BinaryIO) -> Saved:
    with zipfile.ZipFile(file) as archive:
        _check_members(archive.infolist(), os.fstat(file.fileno()).st_size)
        note = msgspec.convert(parse_json(_array(archive, "note", np.uint8).tobytes()), _Note)
        record = parse_record(note.record)
        _check(note, record)
        image = _array(archive, "image", np.float32, (1, *record.octaves[note.octave - 1], 3))
    if not np.isfinite(image).all():
        raise ValueError("its picture is not finite")
    return Saved(record, image, note.octave, note.losses, note.random, note.limit)


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Raise a `ValueError` unless a zip holds the two arrays alone, and both as they are."""
    if sorted(member.filename for member in members) != ["image.npy", "note.npy"]:
        raise ValueError("it does not hold a picture and a note alone")
    for member in members:
        if member.compress_type or member.flag_bits & _ENCRYPTED or member.file_size > size:
            raise ValueError(f"{member.filename} is not stored as it is")
        if member.filename == "note.npy" and member.file_size > _LONGEST_NOTE:
            raise ValueError(f"its note has {member.file_size:,} bytes")


def _array(
    archive: zipfile.ZipFile, name: str, kind: type, wanted: tuple[int, ...] | None = None
) -> np.ndarray:
    """An array whose header agrees with its bytes, which are read only then."""
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError(f"its {name} is of another version")
        shape, turned, dtype = np.lib.format.read_array_header_1_0(stream)
        size = member.file_size - stream.tell()
        if turned or dtype != kind or shape != (wanted or (size,)):
            raise ValueError(f"its {name} is {dtype} {shape}")
        if size != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"its {name} has {size:,} bytes")
        return np.frombuffer(stream.read(size), dtype).reshape(shape)


def _check(note: _Note, record: Record) -> None:
    if note.octave > len(record.octaves):
        raise ValueError(f"octave {note.octave} of {len(record.octaves)}")
    if not all(octave <= note.octave and math.isfinite(loss) for octave, _, loss in note.losses):
        raise ValueError("its losses are not those of its octaves, or not finite")
    tile = record.settings.get("tile_size")
    side = tile if isinstance(tile, int) and 0 < tile < SMALLEST_TILE else SMALLEST_TILE
    least = math.prod(min(side, length) for length in max(record.octaves))
    if note.limit is not None and note.limit < least:  # it would take very long
        raise ValueError(f"its windows have {note.limit} pixels, fewer than {least}")
    np.random.default_rng().bit_generator.state = note.random


def restored(saved: Saved) -> State:
    """The state to go on from; TensorFlow is imported by now."""
    import tensorflow as tf

    from ..core.ascent import Step
    from ..core.octaves import State

    steps = tuple(Step(*loss) for loss in saved.losses)
    return State(tf.constant(saved.image), saved.octave, steps, saved.random)
