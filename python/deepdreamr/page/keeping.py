"""job → **dream** → history: what is kept of a job that has ended."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from .jobs import DreamFile, FilmFile, Job
from .uploads import new_id


def dream_of(job: Job, said: dict[str, Any]) -> DreamFile:
    """The dream of a job whose process has written it, its files under a name of their own."""
    name = new_id()
    files = {suffix: job.folder / f"{name}{suffix}" for suffix in (".png", ".thumb.jpg")}
    for suffix, path in files.items():
        with contextlib.suppress(OSError):  # its session has been let go
            (job.folder / f"{job.id}{suffix}").rename(path)
    height, width = said["shape"]
    return DreamFile(
        id=name,
        name=dream_name(job),
        png=files[".png"],
        thumb=files[".thumb.jpg"],
        shape=(height, width),
        original=job.picture,
        call=job.call,
        mask=job.mask,
        seconds=said["seconds"],
        stopped=is_stopped(said),
        words=said["words"],
        job=job.id,
    )


def film_of(job: Job, said: dict[str, Any]) -> FilmFile:
    """The clip of a job whose process has written it."""
    made = Path(said["film"])
    path = made.with_name(f"{new_id()}{made.suffix}")
    with contextlib.suppress(OSError):
        made.rename(path)
    name, source = f"{dream_name(job)}{made.suffix}", job.clip or job.picture
    return FilmFile(path.stem, name, path, said["words"], job.call, source)


def is_stopped(said: dict[str, Any]) -> bool:
    """Whether a dream was stopped by somebody."""
    return said["stopped"] in ("callback", "interrupted")


def dream_name(job: Job) -> str:
    """What a dream's file is called, without suffix and braces, which the shell's patterns have."""
    source = job.clip or job.picture
    name = "noise" if source is None else source.name
    stem = (name.rpartition(".")[0] or name).translate({ord("{"): None, ord("}"): None})
    return f"{stem.strip() or 'picture'}-dream"
