"""Damaged files for whatever reads files of strangers: `python fuzzing.py --minutes 30`.

Each case has a number, from which all of it is drawn. It is read in another process, whose time and
memory are watched. A file may be read, or refused by an error of `deepdreamr.errors`; whatever else
happens is printed with its number, and the file is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from mutations import damaged, damaged_hdf5, damaged_zip, odd_json

from deepdreamr.networks._processes import Process

HERE = Path(__file__).parent
START_SECONDS = 180


class Limits(NamedTuple):
    """What the reading of one damaged file may take."""

    seconds: float
    bytes: int


LIMITS = {
    "picture": Limits(20, 700_000_000),
    "record": Limits(20, 1_200_000_000),  # TensorFlow alone takes 0.6 to 0.7 GB
    "clip": Limits(20, 900_000_000),
    "network": Limits(40, 2_500_000_000),
    "rehearsed": Limits(200, 2_500_000_000),
    "broken": Limits(2, 400_000_000),
}
"""The kinds of file; "rehearsed" is a network read as a user's is, with another process before it,
and "broken" a reader that has a fault."""
KINDS = ("picture", "record", "clip", "network")
PIXELS = 2**21  # that a picture or frame may have here, so that its memory tells a fault


# ---- The process that reads ----------------------------------------------------------------------


def main(kind: str) -> None:
    """Read one file after the other, whose paths come by lines, and say what came of each."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="ascii")
    os.dup2(2, 1)
    os.environ["DEEPDREAMR_REHEARSAL"] = "on" if kind == "rehearsed" else "off"
    warnings.simplefilter("ignore")
    read = READERS[kind]()
    answers.write('"ready"\n')
    for line in sys.stdin:
        answers.write(json.dumps(_came(read, Path(json.loads(line)))) + "\n")


def _came(read: Callable[[Path], None], path: Path) -> str:
    """ "read", the class of an error of ours, or a text that begins with "!" for any other."""
    from deepdreamr.errors import DeepDreamError

    try:
        read(path)
    except DeepDreamError as error:
        text = str(error)
        return type(error).__name__ if len(text) < 3000 else f"!a text of {len(text)} letters"
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return f"!error: {type(error).__name__} in {where}: {str(error)[:300]}"
    return "read"


def _small() -> None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS


def _picture_reader() -> Callable[[Path], None]:
    import numpy as np

    from deepdreamr.pictures.reading import read_picture, read_shape

    _small()

    def read(path: Path) -> None:
        read_shape(path)
        picture = read_picture(path)
        if picture.pixels.dtype != np.float32 or not np.abs(picture.pixels).max() <= 1:
            raise AssertionError("no picture in [-1, 1]")

    return read


def _record_reader() -> Callable[[Path], None]:
    """What a picture says, asked again by the page and by `replay`, until it would be dreamed."""
    import numpy as np

    from deepdreamr.front.bridge import show as bridge_show
    from deepdreamr.page.calls import call_of_record
    from deepdreamr.runs import replaying
    from deepdreamr.runs.record import show

    class Reached(Exception):
        pass

    def run_job(*arguments: Any) -> Any:
        raise Reached

    _small()
    setattr(replaying, "run_job", run_job)  # noqa: B010
    source = np.zeros((200, 240, 3), np.uint8)

    def read(path: Path) -> None:
        answer = bridge_show(str(path))
        if not answer["ok"] and answer["type"] == "internal":
            raise AssertionError(answer["message"])
        record = show(path)
        call_of_record(record)
        str(record), record.terms()
        with contextlib.suppress(Reached):
            replaying.replay(path, None if record.size else source)

    return read


def _clip_reader() -> Callable[[Path], None]:
    from itertools import islice

    from deepdreamr.motion.clips import open_clip

    _small()

    def read(path: Path) -> None:
        with open_clip(path) as clip:
            for frame in islice(clip.frames(), 40):
                if frame.pixels.shape != (*clip.info.shape, 3):
                    raise AssertionError(f"a frame of {frame.pixels.shape}")

    return read


def _network_reader() -> Callable[[Path], None]:
    """Read and exercised, as by the process that tries a stranger's network."""
    from deepdreamr.backend import import_keras
    from deepdreamr.networks import _rehearsing
    from deepdreamr.networks.loading import load_source
    from deepdreamr.networks.sources import find_network

    import_keras()

    def read(path: Path) -> None:
        network = load_source(find_network(path))
        _rehearsing._exercise(network)

    return read


def _rehearsed_reader() -> Callable[[Path], None]:
    from deepdreamr.networks.loading import load_network

    return lambda path: (load_network(path), None)[1]


def _broken_reader() -> Callable[[Path], None]:
    """What the file's first word says is done: no error of ours."""

    def read(path: Path) -> None:
        word = path.read_bytes()[:5]
        if word == b"raise":
            raise KeyError("planted")
        if word == b"crash":
            os.abort()
        while word == b"hangs":
            time.sleep(1)
        if word == b"grows":
            kept = [bytearray(b"x" * 10**7) for _ in range(60)]
            time.sleep(len(kept))

    return read


READERS: dict[str, Callable[[], Callable[[Path], None]]] = {
    "picture": _picture_reader,
    "record": _record_reader,
    "clip": _clip_reader,
    "network": _network_reader,
    "rehearsed": _rehearsed_reader,
    "broken": _broken_reader,
}


class Reader:
    """A process that reads files of a kind; a new one after each that had to be ended."""

    def __init__(self, kind: str, cache: Path) -> None:
        self._kind, self._limits = kind, LIMITS[kind]
        self._environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
        self._environment["DEEPDREAMR_CACHE"] = str(cache)
        self._process: Process | None = None

    def came(self, path: Path) -> str:
        """What comes of a file; it begins with "!" if it must not."""
        process = self._started()
        process.tell(json.dumps(str(path)))
        try:
            answer = process.answer(self._limits.seconds, self._limits.bytes)
        except TimeoutError:
            answer = f"!process: not read in {self._limits.seconds} s"
        except MemoryError:
            answer = f"!process: more than {self._limits.bytes:,} bytes of memory"
        else:
            if answer is not None:
                return str(answer)
            answer = f"!process: it ended with {process.end()}"
        self.close()
        return answer

    def _started(self) -> Process:
        if self._process is None:
            self._process = Process("fuzzing", self._kind, self._environment)
            if self._process.answer(START_SECONDS) != "ready":
                raise OSError(f"the reader did not start: {self._process.end()}")
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.__exit__(None, None, None)
        self._process = None


# ---- The files that are damaged ------------------------------------------------------------------


class Seed(NamedTuple):
    """A whole file, or the folder of a SavedModel, and how it is damaged."""

    path: Path
    damage: Callable[[bytes, Random], bytes] = damaged


def seeds_of(kind: str, folder: Path) -> list[Seed]:
    """The whole files of a kind, made in a folder; none if what makes them is missing."""
    folder.mkdir(exist_ok=True)
    return list(_SEEDS[kind](folder))


def _pictures(folder: Path) -> Iterator[Seed]:
    import numpy as np
    from corpus import frames, noise, picture, saved
    from PIL import Image

    made = {
        f"small.{kind.lower()}": picture(kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
    }
    made |= {
        "palette.gif": picture("GIF"),
        "deflate.tif": picture("TIFF", compression="tiff_deflate"),
    }
    made |= {
        "moving.png": frames("PNG"),
        "moving.gif": frames("GIF"),
        "moving.webp": frames("WEBP"),
    }
    made["16-bit.png"] = saved(Image.fromarray(noise((90, 100)).astype(np.uint16) * 257), "PNG")
    made["record.png"] = _with_note(json.dumps(_record()), "PNG")
    made["record.jpg"] = _with_note(json.dumps(_record()), "JPEG")
    for name, content in made.items():
        yield Seed(_kept(folder / name, content))


def _records(folder: Path) -> Iterator[Seed]:
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        path = _kept(folder / f"record.{kind.lower()}", _with_note(json.dumps(_record()), kind))
        yield Seed(path, _odd_record(kind))


def _record() -> dict[str, Any]:
    from example_record import made

    from deepdreamr.recipes.published import RECIPES

    settings = {**RECIPES["vivid"].settings(), "octaves": 2}
    return made(settings=json.loads(json.dumps(settings)), source_size=[200, 240])


def _with_note(text: str, kind: str) -> bytes:
    import io

    from PIL import Image

    from deepdreamr.pictures.metadata import Note, metadata_options

    out = io.BytesIO()
    options = metadata_options(Note(text, "a dream", "deepdreamr"), kind)
    Image.linear_gradient("L").resize((80, 60)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def _odd_record(kind: str) -> Callable[[bytes, Random], bytes]:
    """What makes a picture with an odd record, whatever it is told to damage."""

    def made(content: bytes, random: Random) -> bytes:
        text = json.dumps(odd_json(_record(), random))
        if random.random() < 0.2:
            text = (
                damaged(text.encode(), random).decode("latin-1").encode("ascii", "ignore").decode()
            )
        return _with_note(text.replace("\0", " "), kind)

    return made


def _clips(folder: Path) -> Iterator[Seed]:
    from corpus import frames

    for kind in ("GIF", "WEBP", "PNG"):
        yield Seed(_kept(folder / f"moving.{kind.lower()}", frames(kind)))
    try:
        from fractions import Fraction

        from made_clips import even_times, video
    except ImportError:  # the extra `video` is not there
        return
    kinds = {
        "a.mp4": ("libx264", "aac"),
        "b.mkv": ("libx264", "flac"),
        "c.webm": ("libvpx-vp9", None),
    }
    kinds |= {
        "d.avi": ("mpeg4", "mp2"),
        "e.mpg": ("mpeg1video", None),
        "f.mov": ("mjpeg", "pcm_s16le"),
    }
    for name, (codec, sound) in kinds.items():
        form = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        times = even_times(12)
        options: dict[str, str] | None = None if "264" in codec else {}
        path = folder / name
        tick = Fraction(1, 25) if codec.startswith("mpeg") else Fraction(1, 12800)
        video(path, times, codec=codec, sound=sound, format=form, options=options, tick=tick)
        yield Seed(path)


def _networks(folder: Path) -> Iterator[Seed]:
    from toys import exported, frozen, saved, small_model, written

    model = small_model(32)
    keras = saved(model, folder / "small.keras")
    yield from (Seed(keras), Seed(keras, damaged_zip), Seed(keras, damaged_zip))
    hdf5 = saved(model, folder / "small.h5")
    yield from (Seed(hdf5), Seed(hdf5, damaged_hdf5))
    yield Seed(written(frozen(small_model(32)), folder / "small.pb"))
    yield Seed(exported(small_model(32), folder / "small"))


def _broken(folder: Path) -> Iterator[Seed]:
    for word in ("raise", "crash", "hangs", "grows", "whole"):
        yield Seed(_kept(folder / word, word.encode()), lambda content, random: content)


_SEEDS: dict[str, Callable[[Path], Iterator[Seed]]] = {
    "picture": _pictures,
    "record": _records,
    "clip": _clips,
    "network": _networks,
    "broken": _broken,
}


def _kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def made_case(seeds: list[Seed], number: int, folder: Path) -> Path:
    """The damaged file of a case, in a folder."""
    random = Random(number)
    seed = random.choice(seeds)
    path = folder / f"case-{number}{seed.path.suffix}"
    if not seed.path.is_dir():
        return _kept(path, seed.damage(seed.path.read_bytes(), random))
    shutil.copytree(seed.path, path)
    file = random.choice(sorted(part for part in path.rglob("*") if part.is_file()))
    _kept(file, seed.damage(file.read_bytes(), random))
    return path


# ---- Many cases ----------------------------------------------------------------------------------


class Found(NamedTuple):
    """A case that came to what it must not."""

    kind: str
    number: int
    seed: str
    what: str


def fuzz(
    kind: str, numbers: Iterator[int], keep: Path | None = None, until: float | None = None
) -> tuple[Counter[str], list[Found]]:
    """Read the cases of a kind by their numbers: how many came to what, and those that must not.

    Parameters
    ----------
    keep : folder for the files of those, or None
    until : by `time.monotonic`, when no case is begun any more
    """
    counts, found = Counter[str](), list[Found]()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        seeds = seeds_of(kind, folder / "seeds")
        reader, slow = Reader(kind, folder / "cache"), Reader("rehearsed", folder / "cache")
        stack.callback(reader.close)
        stack.callback(slow.close)
        for number in numbers:
            if until is not None and time.monotonic() > until:
                break
            path = made_case(seeds, number, folder)
            what = reader.came(path)
            if kind == "network" and what.startswith("!process"):
                what = slow.came(path)  # as a user's, whose own process never sees such a file
            counts[what.split(":")[0]] += 1
            if what.startswith("!"):
                seed = Random(number).choice(seeds).path.name
                found.append(Found(kind, number, seed, what))
                _keep(path, keep)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return counts, found


def _keep(path: Path, folder: Path | None) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, folder / path.name)


def command(arguments: list[str] | None = None) -> int:
    """Fuzz by the command line; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--count", type=int, default=10**9, help="cases of each kind, at most")
    parser.add_argument("--keep", type=Path, default=Path("build") / "fuzz")
    asked = parser.parse_args(arguments)
    kinds, status = [asked.only] if asked.only else KINDS, 0
    for kind in kinds:
        until = time.monotonic() + asked.minutes * 60 / len(kinds)
        numbers = iter(range(asked.first, asked.first + asked.count))
        counts, found = fuzz(kind, numbers, asked.keep / kind, until)
        told = ", ".join(f"{count} {what}" for what, count in counts.most_common())
        print(f"{kind}: {counts.total()} cases: {told}", flush=True)
        for one in found:
            print(f"  case {one.number} ({one.seed}): {one.what}", flush=True)
        status |= bool(found)
    return status


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    sys.path.insert(0, str(HERE))
    sys.exit(command())
