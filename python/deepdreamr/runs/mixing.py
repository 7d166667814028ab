"""picture + source → **mix** → dream: colours and strength of a dream that was made before."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError, ReplayWarning, warn
from ..pictures.picture import picture_uint8, shrunk
from ..pictures.reading import read_picture
from .describing import picture_checksum
from .record import show
from .result import Dream


def mix(picture: Any, source: Any, *, strength: float = 1.0, keep_colors: bool = False) -> Dream:
    """Mix a picture that deepdreamr made with what it was dreamed from: `Dream.mixed`, of a file.

    Parameters
    ----------
    picture : path or bytes of a picture that deepdreamr saved, or a `Dream`
    source : the picture that it was dreamed from, as for `dream`
    strength : how much of the dream there is, from 0 (the original) to 1
    keep_colors : whether the dream's brightness alone is taken

    Returns
    -------
    Dream
        With the pixels that `dream` makes with these arguments, if the picture's are those of the
        dream (not so in JPEG); without losses, which no picture keeps.

    Raises
    ------
    ImageError
        If the picture does not say how it was made.
    ArgumentError
        If it began as noise, shows an earlier octave, has been mixed before, or if the source is of
        another size.

    Warns
    -----
    ReplayWarning
        If the source has other pixels than it had.

    Examples
    --------
    >>> from deepdreamr import dream, mix, sample_image
    >>> first = dream(sample_image("jelly"), octaves=1, iterations=1, max_size=100)
    >>> half = mix(first.png(), sample_image("jelly"), strength=0.5)
    >>> bool((half.image == first.mixed(strength=0.5).image).all())
    True
    """
    record, seen, original = show(picture), read_picture(picture, "picture"), None
    if not record.size:
        original = read_picture(source, "source")
        original = shrunk(original, record.max_size) if record.max_size else original
        if not original.shape == record.source_size == seen.shape:
            sizes = [f"{height}x{width}" for height, width in (original.shape, seen.shape)]
            raise ArgumentError(
                f"`source` and the picture must be of one size. Received: {' and '.join(sizes)}",
                "Give what it was dreamed from, and the finished dream as it was saved.",
            )
        if picture_checksum(original) != record.source_sha256:
            warn(ReplayWarning("`source` has other pixels than what the picture was dreamed from"))
    whole = Dream(
        image=picture_uint8(seen),
        losses=(),
        seconds=0.0,
        record=record,
        alpha=seen.alpha,
        icc_profile=seen.icc_profile,
        original=None if original is None else picture_uint8(original),
    )
    return whole.mixed(strength=strength, keep_colors=keep_colors)
