"""octaves → **checkpoint** → dream: the state after each octave, in a file to go on from."""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, CheckpointWarning, OutputError, warn, whole_number
from ..paths import as_path
from ..pictures.files import check_target, whole_file
from ._comparing import differences, version_differences
from .record import Record, parse_record

if TYPE_CHECKING:
    from ..core.octaves import State


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
    """Read a checkpoint; TensorFlow is not needed.

    Raises
    ------
    ArgumentError
        If it is none, or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            note, image = json.loads(bytes(archive["note"])), archive["image"]
        saved = Saved(
            parse_record(note["record"]),
            image,
            note["octave"],
            [(int(octave), int(number), float(loss)) for octave, number, loss in note["losses"]],
            note["random"],
            note["limit"],
        )
        np.random.default_rng().bit_generator.state = saved.random
        _check(saved)
    except Exception as error:  # whatever NumPy, zipfile and json meet in it
        raise ArgumentError(
            f"{str(path)!r} is no checkpoint, or a damaged one: {str(error).rstrip('.')}.",
            "Name another file, or delete this one.",
        ) from error
    return saved


def _check(saved: Saved) -> None:
    if saved.limit is not None and whole_number(saved.limit, 1) is None:
        raise ValueError(f"the limit {saved.limit!r}")
    if not all(math.isfinite(loss) for _, _, loss in saved.losses):
        raise ValueError("a loss is not finite")
    octaves = saved.record.octaves
    if not (isinstance(saved.octave, int) and 1 <= saved.octave <= len(octaves)):
        raise ValueError(f"octave {saved.octave} of {len(octaves)}")
    wanted = (1, *octaves[saved.octave - 1], 3)
    if saved.image.dtype != np.float32 or saved.image.shape != wanted:
        raise ValueError(f"its picture is {saved.image.dtype} {saved.image.shape}")
    if not np.isfinite(saved.image).all():
        raise ValueError("its picture is not finite")


def restored(saved: Saved) -> State:
    """The state to go on from; TensorFlow is imported by now."""
    import tensorflow as tf

    from ..core.ascent import Step
    from ..core.octaves import State

    steps = tuple(Step(*loss) for loss in saved.losses)
    return State(tf.constant(saved.image), saved.octave, steps, saved.random)
