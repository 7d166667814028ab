"""call → **job** → dream: what a tab has asked for, and how far it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from .calls import Call
from .uploads import new_id

WAITING, WORKING, STOPPED, DONE, FAILED = "waiting", "working", "stopped", "done", "failed"


@dataclasses.dataclass(eq=False)
class Picture:
    """A picture that was sent here, or that comes with the package.

    Attributes
    ----------
    id, name : its own, and that of its file
    path : of the file here
    view : of what a browser shows of it
    shape : (height, width) in pixels
    sample : whether it comes with the package
    call, notes : the settings that it was made with, if it tells, and what there is to know
    """

    id: str
    name: str
    path: Path
    view: Path
    shape: tuple[int, int]
    sample: bool = False
    call: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As the page has it."""
        return {
            "id": self.id,
            "name": self.name,
            "width": self.shape[1],
            "height": self.shape[0],
            "url": f"api/pictures/{self.id}",
            "call": self.call,
            "notes": list(self.notes),
        }


@dataclasses.dataclass(eq=False)
class ClipFile:
    """A clip that was sent here: its number, its name, and its file."""

    id: str
    name: str
    path: Path


@dataclasses.dataclass(eq=False)
class Job:
    """A dream that was asked for.

    Attributes
    ----------
    id, session, tab : its own, and whose it is
    call : what was asked, with a seed
    picture, mask : what it is dreamed on, and where
    folder : where its files are
    state, message : one of the words above, and a line for the user
    losses : of the steps so far
    preview : the number of the last preview, 0 before
    progress : where it is, as the page has it
    asked, began, ending : whether it was asked to stop, was begun, and is about to end
    again : whether it was given to a second process, as the first one ended before it
    clip : the clip that is dreamed of
    stem : what the files begin with that a job which goes on finds again
    """

    session: str
    tab: str
    call: Call
    picture: Picture | None
    mask: Path | None
    folder: Path
    id: str = dataclasses.field(default_factory=new_id)
    state: str = WAITING
    message: str = ""
    losses: list[float] = dataclasses.field(default_factory=list)
    progress: dict[str, Any] = dataclasses.field(default_factory=dict)
    preview: int = 0
    asked: bool = False
    began: bool = False
    ending: bool = False
    again: bool = False
    clip: ClipFile | None = None
    stem: str = ""

    def __post_init__(self) -> None:
        self.stem = self.stem or self.id

    @property
    def checkpoint(self) -> Path:
        """Where the dream is kept after each octave."""
        return self.folder / f"{self.stem}.checkpoint"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in (STOPPED, DONE, FAILED)

    @property
    def can_go_on(self) -> bool:
        """Whether there is something to go on from."""
        names = (f".{self.stem}{end}.mp4.dreams" for end in ("", "-preview"))
        frames = any((self.folder / name).exists() for name in names)
        there = self.asked or self.checkpoint.exists() or frames
        return self.state in (STOPPED, FAILED) and there

    def heard(self, said: dict[str, Any]) -> list[float]:
        """Take a message of steps in; the losses that are new."""
        self.losses += said["losses"]
        self.progress = {n: v for n, v in said.items() if n not in ("is", "job", "losses")}
        return list(said["losses"])

    def seen(self, said: dict[str, Any]) -> dict[str, Any]:
        """Take a message of a preview in; where it is, and its size."""
        self.preview = said["preview"]
        size = {"width": said["width"], "height": said["height"]}
        return {"job": self.id, "url": self._preview_url, **size}

    @property
    def _preview_url(self) -> str | None:
        return f"api/jobs/{self.id}/preview?n={self.preview}" if self.preview else None

    def plain(self, place: int | None) -> dict[str, Any]:
        """As the page has it; `place` says how many are before it."""
        return {
            "id": self.id,
            "state": self.state,
            "place": place,
            "call": self.call.plain(),
            "preview": self._preview_url,
            "message": self.message,
            "losses": self.losses,
            "progress": self.progress,
            "can_go_on": self.can_go_on,
        }


@dataclasses.dataclass(eq=False)
class FilmFile:
    """A clip that is finished.

    Attributes
    ----------
    id, name, path : its number, its name, and its file
    words : a line about it
    call, source : how it was made, and of what: a picture, a clip, or None for noise
    """

    id: str
    name: str
    path: Path
    words: str
    call: Call
    source: Picture | ClipFile | None

    def plain(self) -> dict[str, Any]:
        """As the page has it."""
        told = {"id": self.id, "name": self.name, "words": self.words, "call": self.call.plain()}
        return {**told, "url": f"api/films/{self.id}"}


@dataclasses.dataclass(eq=False)
class DreamFile:
    """A dream that is finished, or was stopped.

    Attributes
    ----------
    id, name : its own, and that of the file that it is downloaded as, without suffix
    png, thumb : its files
    shape : (height, width)
    original : what it was dreamed on, or None for noise
    call, mask : how it was made
    seconds, stopped, words : how long it took, whether it was stopped, and a line about it
    """

    id: str
    name: str
    png: Path
    thumb: Path
    shape: tuple[int, int]
    original: Picture | None
    call: Call
    mask: Path | None
    seconds: float
    stopped: bool
    words: str
    job: str

    def plain(self) -> dict[str, Any]:
        """As the page has it."""
        original = self.original and f"api/pictures/{self.original.id}"
        return {
            "id": self.id,
            "name": self.name,
            "width": self.shape[1],
            "height": self.shape[0],
            "url": f"api/dreams/{self.id}.png",
            "thumb": f"api/dreams/{self.id}.thumb.jpg",
            "original": original,
            "seconds": self.seconds,
            "call": self.call.plain(),
            "words": self.words,
            "stopped": self.stopped,
            "job": self.job,
        }


def order_of(
    call: Call, picture: Picture | None, mask: Path | None, clip: ClipFile | None
) -> dict[str, Any]:
    """What a call asks for, its files by their paths."""
    paths = {
        "picture": picture and str(picture.path),
        "mask": mask and str(mask),
        "clip": clip and str(clip.path),
    }
    source = clip or picture
    return {"call": call.plain(), "name": source and source.name, **paths}
