"""job → **record** → picture file, checkpoint, R: all that makes a dream, as typed plain data."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

import msgspec

from ..errors import ImageError
from ..pictures.metadata import Note, read_text, title
from ..recipes.terms import LayerTerm
from ..values import parse_json

LONGEST = 2**20  # characters of JSON that are read
_MOST_COUNT = 2**128

Text = Annotated[str, msgspec.Meta(max_length=1000)]
ShortText = Annotated[str, msgspec.Meta(max_length=100)]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z_0-9]{1,40}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Size = tuple[Count, Count]
Checksum = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Units = Annotated[list[Text], msgspec.Meta(max_length=100)]
Setting = None | bool | int | float | ShortText | Units
Channels = Annotated[list[tuple[Count, float]], msgspec.Meta(max_length=100_000)]


class _Term(TypedDict):
    layer: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    weight: float
    channels: Channels | None


class Term(_Term, total=False):
    """A term of the loss: layer, weight, channels (number, weight), and an objective of its own."""

    objective: Text


class Masked(TypedDict):
    """A mask of several, and the terms of its own."""

    mask_sha256: Checksum
    layers: Annotated[list[Term], msgspec.Meta(max_length=10_000)]


class Skip(TypedDict):
    """An octave at which nothing was dreamed: its number from 1, why, and its first loss."""

    octave: Count
    why: Literal["max_loss", "no gradient"]
    loss: float


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class _Fields:
    """The fields of a `Record`, as they are decoded from what a stranger's picture says."""

    deepdreamr: Text
    recipe: Text
    settings: dict[Name, Setting]
    layers: Annotated[list[Term], msgspec.Meta(max_length=10_000)]
    network: Text
    weights: Text
    weights_from: Literal["bundled", "imagenet", "untrained", "download", "file", "own"]
    weights_sha256: Checksum
    convention: Text
    training: bool
    precision: Text
    seed: Count
    source: Text | None
    source_size: Size
    source_sha256: Checksum
    guide_sha256: Checksum | None
    size: Size | None
    max_size: Count | None
    window_pixels: Count | None
    octaves: Annotated[list[Size], msgspec.Meta(max_length=1000)]
    octave: Count
    steps: Count
    last_step: Size | None
    stopped: Text | None
    device: Text
    versions: dict[Name, Text]
    engine: Literal["fast", "keras"] = "fast"
    skipped: Annotated[list[Skip], msgspec.Meta(max_length=1000)] = dataclasses.field(
        default_factory=list
    )
    mask_sha256: Checksum | None = None
    masks: Annotated[list[Masked], msgspec.Meta(max_length=1000)] = dataclasses.field(
        default_factory=list
    )
    keep_colors: bool = False
    strength: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    threads: Count | None = None
    processor: Text | None = None

    def __post_init__(self) -> None:
        if self.seed >= _MOST_COUNT:
            raise ValueError("`seed` is too large")


FIELDS = tuple(field.name for field in dataclasses.fields(_Fields))


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Record(_Fields, dict[str, Any]):
    """All that it takes to make a dream again, as a saved picture carries it.

    It is a dict as well, of plain types as JSON has them: `record["seed"]`, `json.dumps(record)`;
    pairs are lists there.

    Attributes
    ----------
    deepdreamr : version of the program
    recipe, settings : the recipe's name, and every setting as it was used
    layers : the terms of the loss
    network : its name; of one from a file, the file's name
    weights, weights_from : where its parameters come from, in words and as one word
    weights_sha256 : checksum of the parameters of the layers that were used
    convention : what the network takes for a picture
    training : whether batch normalisation took the picture's own statistics
    precision : in which the network computed
    seed : of everything random
    source, source_size, source_sha256 : the picture that was dreamed on: its file's name, its
        height and width after `max_size`, and the checksum of its pixels
    guide_sha256 : checksum of the guide's pixels
    size : height and width of the noise that it was instead
    max_size : what the longer side was scaled down to, if larger
    window_pixels : pixels of one gradient at most; None for the whole picture
    octaves : height and width of each octave, the smallest first
    octave : which of them the picture shows, from 1
    steps, last_step : how many iterations there were; octave and iteration of the last, from 1
    stopped : why the dream, or some of its octaves, ended early, or None
    device, versions : what TensorFlow computed on; of the programs
    engine : what ran the network, "fast" or "keras"
    skipped : octaves at which nothing was dreamed: the first loss was above "max_loss", or there
        was "no gradient"
    mask_sha256 : checksum of the mask at the picture's size
    masks : of several masks each one's checksum, and the terms of its own; `layers` has all
    keep_colors, strength : as for `dream`
    threads, processor : how many threads TensorFlow computed with, and the instruction set of the
        processor, on which the last bits depend
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "settings", _plain(self.settings))  # as it is when it is read
        self.update({name: _plain(getattr(self, name)) for name in FIELDS})

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.json())

    def terms(self) -> tuple[LayerTerm, ...]:
        """The terms of the loss."""
        return tuple(LayerTerm(**term) for term in self.layers)

    def json(self) -> str:
        """As JSON, in ASCII."""
        return json.dumps({name: getattr(self, name) for name in FIELDS}, allow_nan=False)

    def summary(self) -> str:
        """One line for programs that show a picture's description."""
        layers = ", ".join(map(_in_few_words, self.layers[:10]))
        more = ", ..." if len(self.layers) > 10 else ""
        line = (
            f"DeepDream of {self.source or 'a picture'}: recipe {self.recipe}; {layers}{more}"
            f"; {self.network}; seed {self.seed}"
        )
        return line.encode("utf-8", "replace").decode()  # a file's name can be no Unicode

    def note(self) -> Note:
        """What is written into a picture file."""
        return Note(self.json(), self.summary(), f"deepdreamr {self.deepdreamr}")


def _in_few_words(term: Term) -> str:
    objective = f" {term['objective']}" if "objective" in term else ""
    return f"{term['layer']}{objective} {term['weight']:g}"


def _plain(value: Any) -> Any:
    """A value as JSON has it: lists for tuples."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def parse_record(text: str, whose: str = "the text") -> Record:
    """A record from JSON that anybody may have written; fields that are not known are left out.

    Raises
    ------
    ImageError
        If it is too long, is not JSON, or if a field is missing or not what it should be.
    """
    damaged = f"what {whose} says of how it was made is damaged"
    if len(text) > LONGEST:
        raise ImageError(f"{damaged}: it has more than {LONGEST:,} characters.")
    try:
        return Record(**vars(msgspec.convert(parse_json(text), _Fields)))
    except msgspec.ValidationError as error:
        raise ImageError(f"{damaged}: {_in_words(error)}.") from None
    except ValueError as error:
        raise ImageError(f"{damaged}: {str(error)[:200]}.") from None


def _in_words(error: msgspec.ValidationError) -> str:
    """Which field is wrong, in a stranger's words."""
    text = str(error)
    if where := re.search(r"`\$\.(\w+)", text):
        return f"{where[1]} is wrong"
    if missing := re.search(r"missing required field `(\w+)`", text):
        return f"{missing[1]} is missing"
    return text.partition(" - at ")[0].rstrip(".")


def show(picture: Any) -> Record:
    """How a picture was made.

    Parameters
    ----------
    picture : path or bytes of a PNG, JPEG, WebP or TIFF file that deepdreamr wrote, or a `Dream`

    Returns
    -------
    Record
        Plain data, read as attributes or as a mapping: `show(picture)["seed"]`.

    Raises
    ------
    ImageError
        If there is no such picture, or it does not say how it was made.
    """
    record = getattr(picture, "record", None)
    if isinstance(record, Record):
        return dataclasses.replace(record)  # the caller's own
    return parse_record(read_text(picture), title(picture))
