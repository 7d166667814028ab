"""Bad and odd picture files, made here: `python corpus.py FOLDER` writes them all and `cases.json`.

`cases.json` is a list of {"name", "expected", "message"}: what reading the file must come to, the
kind of an error (`image`), `ok` (`message` is then that of a warning) or `any` of the two, and what
the message must contain.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

Content = bytes | Callable[[Path], object]  # what is in the file, or a function that makes it


class Case(NamedTuple):
    """A file and what comes of reading it."""

    name: str
    content: Content
    expected: str = "image"
    message: str = ""


def noise(shape: tuple[int, ...] = (90, 100, 3)) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, np.uint8)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    return saved(Image.fromarray(noise()).convert(mode), kind, **options)


def chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def header(width: int, height: int, depth: int = 8, color: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))


def rows(width: int, height: int, channels: int = 3) -> bytes:
    return chunk(b"IDAT", zlib.compress((b"\0" + b"\x7f" * width * channels) * height))


def flipped(content: bytes, place: int | bytes, bits: int = 0xFF, after: int = 0) -> bytes:
    """The content with a byte changed, at a place or so many bytes after a mark."""
    index = content.index(place) + after if isinstance(place, bytes) else place
    return content[:index] + bytes([content[index] ^ bits]) + content[index + 1 :]


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def tiff_entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


def tiff(width: int, height: int, *, compression: int = 1, next_page: int = 0) -> bytes:
    """A grey TIFF without its pixels."""
    short, long = 3, 4
    tags = [
        (256, long, width),
        (257, long, height),
        (258, short, 8),
        (259, short, compression),
        (262, short, 1),
        (273, long, 8),
        (277, short, 1),
        (278, long, height),
        (279, long, width * height),
    ]
    entries = b"".join(tiff_entry(tag, kind, 1, value) for tag, kind, value in tags)
    table = struct.pack("<H", len(tags)) + entries + struct.pack("<I", next_page)
    return b"II*\0" + struct.pack("<I", 8) + table


def with_exif(content: bytes) -> bytes:
    """A JPEG whose EXIF block is what is given."""
    jpeg = picture("JPEG")
    block = b"Exif\0\0" + content
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def cmyk(**options: object) -> bytes:
    return saved(Image.fromarray(noise((90, 100, 4)), "CMYK"), "JPEG", **options)


def float_tiff(value: float) -> bytes:
    array = np.full((90, 100), 0.5, np.float32)
    array[3, 4] = value
    return saved(Image.fromarray(array), "TIFF")


def grey_tiff(kind: type, scale: int = 1) -> bytes:
    return saved(Image.fromarray(noise((90, 100)).astype(kind) * kind(scale)), "TIFF")


def box(*brands: bytes) -> bytes:
    """The start of a HEIC or AVIF file."""
    content = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", len(content) + 4) + content + bytes(200)


def overlapping(tags: int, kind: int = 7, count: int = 100_000) -> bytes:
    """A TIFF whose tags all have the same bytes for their values."""
    start = 8 + 2 + 12 * tags + 4
    entries = b"".join(tiff_entry(40_000 + n % 20_000, kind, count, start) for n in range(tags))
    table = struct.pack("<H", tags) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + table + bytes(count if tags < 1000 else 100_000)


def scans(number: int) -> bytes:
    """A JPEG with the same scan again and again, each of which decodes all pixels."""
    content = picture("JPEG", "L", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * number + content[-2:]


def squeezed() -> bytes:
    return zlib.compress(bytes(50_000_000))


def many_texts(number: int) -> bytes:
    return chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000))) * number


def frames(kind: str) -> bytes:
    colors = [Image.new("RGB", (100, 90), color) for color in ("red", "green", "blue")]
    return saved(colors[0], kind, save_all=True, append_images=colors[1:])


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("picture.png", picture("PNG"))
    return out.getvalue()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**31)


def closed(path: Path) -> None:
    path.write_bytes(picture("PNG"))
    path.chmod(0)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


NOT_ONE = "not a picture that Pillow can read"
DAMAGED = "is a damaged picture"
HUGE = "pixels"

_TRUNCATED = [
    Case(f"cut-{kind.lower()}-{share:g}.{suffix}", cut(picture(kind), share), "image", "picture")
    for kind, suffix in (
        ("PNG", "png"),
        ("JPEG", "jpg"),
        ("WEBP", "webp"),
        ("TIFF", "tif"),
        ("GIF", "gif"),
        ("BMP", "bmp"),
    )
    for share in (0.001, 0.02, 0.5, 0.9)
]
_HUGE = [
    Case("huge.png", png(header(50_000, 50_000), rows(10, 10)), "image", HUGE),
    Case("huger.png", png(header(2**31 - 1, 2**31 - 1), rows(10, 10)), "image", HUGE),
    Case("huge.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";"),
    Case(
        "huge.bmp", picture("BMP")[:18] + struct.pack("<ii", 60_000, 60_000) + picture("BMP")[26:]
    ),
    Case("huge.tif", tiff(60_000, 60_000), "image", HUGE),
    Case("huge.ppm", b"P6 100000 100000 255\n" + bytes(30), "image", HUGE),
    Case("huge.webp", picture("WEBP")[:26] + b"\xff\x3f\xff\x3f" + picture("WEBP")[30:]),
    Case("bomb.png", saved(Image.new("1", (20_000, 20_000)), "PNG"), "image", HUGE),
    Case("no-width.png", png(header(0, 10), rows(0, 10))),
    Case("no-height.jpg", flipped(flipped(picture("JPEG"), b"\xff\xc0", 0, 5), b"\xff\xc0", 90, 6)),
    Case("no-size.tif", tiff(0, 0)),
    Case("no-size.ppm", b"P6 0 0 255\n"),
]
_FLIPPED = [
    Case("flip-signature.png", flipped(picture("PNG"), 1), "image", NOT_ONE),
    Case("flip-header.png", flipped(picture("PNG"), b"IHDR", after=5)),
    Case("flip-depth.png", flipped(picture("PNG"), b"IHDR", after=12)),
    Case("flip-pixels.png", flipped(picture("PNG"), b"IDAT", after=40), "image", DAMAGED),
    Case("flip-length.png", flipped(picture("PNG"), b"IDAT", after=-4), "any"),
    Case("flip-start.jpg", flipped(picture("JPEG"), 0), "image", NOT_ONE),
    Case("flip-table.jpg", flipped(picture("JPEG"), b"\xff\xdb", after=1)),
    Case("flip-length.jpg", flipped(picture("JPEG"), b"\xff\xdb", after=2)),
    Case("flip-format.webp", flipped(picture("WEBP"), b"WEBP")),
    Case("flip-offset.tif", flipped(picture("TIFF"), 5)),
    Case("flip-count.tif", flipped(tiff(10, 10) + bytes(200), 8), "any"),
    Case("flip-bits.gif", flipped(picture("GIF"), b"\x2c", after=9), "any"),
]
_FORMATS = [
    Case("text.png", b"This is a text, not a picture.\n" * 40, "image", NOT_ONE),
    Case("page.jpg", b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "image", NOT_ONE),
    Case("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    Case("document.jpg", b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF", "image", NOT_ONE),
    Case(
        "program.eps",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 90 90\nshowpage\n",
        "image",
        NOT_ONE,
    ),
    Case(
        "program.png",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 90 90\nshowpage\n",
        "image",
        NOT_ONE,
    ),
    Case("zipped.png", zipped(), "image", NOT_ONE),
    Case("gzipped.png", gzip.compress(picture("PNG")), "image", NOT_ONE),
    Case("film.jpg", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200), "image", NOT_ONE),
    Case("zeros.png", bytes(1000), "image", NOT_ONE),
    Case("noise.jpg", noise((4000,)).tobytes(), "image", NOT_ONE),
    Case("array.png", b"\x93NUMPY\x01\0" + bytes(300), "image", NOT_ONE),
    Case("empty.png", b"", "image", "is empty"),
    Case("layers.psd", b"8BPS\0\1" + bytes(100)),
    Case("icon.ico", b"\0\0\1\0\1\0" + bytes(40)),
]
_PARTS = [
    Case("no-palette.png", png(header(9, 9, 8, 3), rows(9, 9, 1)), "ok"),
    Case("short-palette.png", png(header(9, 9, 8, 3), chunk(b"PLTE", b"abc"), rows(9, 9, 1)), "ok"),
    Case("no-pixels.png", png(header(9, 9))),
    Case("no-palette.gif", b"GIF89a\t\0\t\0\0\0\0,\0\0\0\0\t\0\t\0\0\2\2\x8c\x2d\0;"),
    Case("unknown-depth.png", png(header(9, 9, 7, 2), rows(9, 9))),
    Case("unknown-compression.tif", tiff(9, 9, compression=9999)),
    Case("pages-in-a-circle.tif", tiff(9, 9, next_page=8) + bytes(90), "ok"),
    Case("bad-profile.png", picture("PNG", icc_profile=b"no profile"), "ok"),
    Case("bad-profile.jpg", cmyk(icc_profile=b"no profile at all"), "ok"),
    Case("bad-exif.jpg", with_exif(b"MM\0*\xff\xff\xff\xff"), "ok"),
    Case("no-exif.jpg", with_exif(b""), "ok"),
    Case("odd-orientation.jpg", with_exif(b"II*\0\10\0\0\0\1\0" + tiff_entry(274, 3, 1, 99)), "ok"),
    Case("cmyk.jpg", cmyk(), "ok"),
    Case("cmyk.tif", saved(Image.fromarray(noise((90, 100, 4)), "CMYK"), "TIFF"), "ok"),
    Case("lab.tif", saved(Image.fromarray(noise(), "RGB").convert("LAB"), "TIFF"), "ok"),
    Case(
        "16-bit.png", saved(Image.fromarray(noise((90, 100)).astype(np.uint16) * 257), "PNG"), "ok"
    ),
    Case("16-bit.tif", saved(Image.fromarray(noise((90, 100)).astype(">u2") * 257), "TIFF"), "ok"),
    Case("32-bit.tif", grey_tiff(np.int32, 257), "ok"),
    Case("8-in-16.tif", grey_tiff(np.uint16), "image", "only the lower 12 are used"),
    Case("8-in-32.tif", grey_tiff(np.int32), "image", "only the lower 12 are used"),
    Case("24-in-32.tif", grey_tiff(np.int32, 2**16), "image", "must lie in [0, 65535]"),
    Case("photograph.heic", box(b"heic", b"mif1", b"heic"), "image", "pip install pillow-heif"),
    Case("photograph.avif", box(b"mif1", b"avif", b"mif1"), "image"),
    Case("1-bit.png", picture("PNG", "1"), "ok"),
    Case("wrong-suffix.jpg", picture("PNG"), "ok"),
    Case("no-suffix", picture("WEBP"), "ok"),
    Case("moving.png", frames("PNG"), "ok", "only the first of 3 frames"),
    Case("moving.gif", frames("GIF"), "ok", "only the first of 3 frames"),
    Case("moving.webp", frames("WEBP"), "ok", "only the first of 3 frames"),
    Case("float.tif", float_tiff(1.0), "ok"),
    Case("not-a-number.tif", float_tiff(np.nan), "image", "must lie in [0, 1]"),
    Case("infinite.tif", float_tiff(np.inf), "image", "must lie in [0, 1]"),
    Case("too-bright.tif", float_tiff(255.0), "image", "must lie in [0, 1]"),
    Case("long-text.png", png(header(9, 9), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(9**8))))),
]
_BOMBS = [  # small files that would take all memory, or for ever
    Case("many-tags.tif", overlapping(60_000), "image", "tags that are too large"),
    Case("many-numbers.tif", overlapping(1, 4, 2**21), "image", "tags that are too large"),
    Case("exif.png", png(header(9, 9), chunk(b"eXIf", overlapping(9000)), rows(9, 9))),
    Case("exif.jpg", with_exif(overlapping(400, count=60_000)), "image", "tags that are too large"),
    Case("scans.jpg", scans(300), "image", "too many parts"),
    Case("chunks.png", png(header(9, 9), chunk(b"tEXt", b"a\0b") * 200_001, rows(9, 9))),
    Case("empty-data.png", png(header(9, 9), chunk(b"IDAT", b"") * 200_001, rows(9, 9))),
    Case("texts.png", png(header(9, 9), many_texts(100), rows(9, 9))),
    Case("profile.png", png(header(9, 9), chunk(b"iCCP", b"a\0\0" + squeezed()), rows(9, 9))),
]
_PLACES = [
    Case("folder.png", Path.mkdir, "image", "is a folder"),
    Case("missing.png", lambda path: None, "image", "there is no file"),
    Case("pipe.png", os.mkfifo, "image", "is a device or a pipe"),
    Case("null.png", lambda path: path.symlink_to("/dev/null"), "image", "is a device or a pipe"),
    Case("zero.png", lambda path: path.symlink_to("/dev/zero"), "image", "is a device or a pipe"),
    Case("terminal.png", lambda path: path.symlink_to("/dev/tty"), "image", "device or a pipe"),
    Case("kernel.png", lambda path: path.symlink_to("/proc/version"), "image", "is empty"),
    Case("loop.png", loop, "image", "cannot be read"),
    Case("nowhere.png", lambda path: path.symlink_to("nothing"), "image", "there is no file"),
    Case("sparse.png", sparse, "image", "more than 1,073,741,824 bytes"),
    Case("closed.png", closed, "image" if os.geteuid() else "ok"),
    Case("new\nline.png", b"no picture", "image", r"'new\nline.png' is not a picture"),
    Case("x" * 300 + ".png", lambda path: None, "image", "File name too long"),
    Case("in/no/folder.png", lambda path: None, "image", "there is no file"),
    Case("\udcff\udcfe.png", b"a name in no encoding", "image", NOT_ONE),
]

CASES = (*_TRUNCATED, *_HUGE, *_FLIPPED, *_FORMATS, *_PARTS, *_BOMBS, *_PLACES)


def write(folder: Path, case: Case) -> Path:
    """The path of a case's file, made in a folder."""
    path = folder / case.name
    if callable(case.content):
        case.content(path)
    else:
        path.write_bytes(case.content)
    return path


def write_all(folder: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Every file, and the list of them; returned are those of it whose names are ASCII."""
    for case in CASES:
        write(Path(folder), case)
    rows_ = [
        {"name": case.name, "expected": case.expected, "message": case.message} for case in CASES
    ]
    (Path(folder) / "cases.json").write_text(json.dumps(rows_, indent=1))
    return [row for row in rows_ if row["name"].isascii()]


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
