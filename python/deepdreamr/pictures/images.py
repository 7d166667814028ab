"""**file / bytes / array → image** → network, and back: the only room that knows file formats.

`image` is everywhere a float32 array or tensor of shape (1, height, width, 3) in [-1, 1];
`shape` is (height, width) in pixels.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import stat
import warnings
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ..errors import ArgumentError, ImageError, ImageWarning, unknown_name, whole_number
from .treatment import GREY, treatment

if TYPE_CHECKING:
    import tensorflow as tf

Shape = tuple[int, int]
SAMPLES = {"jelly": "jelly.jpg"}
MOST_BYTES = 2**30  # of a picture file


@dataclasses.dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes
    ----------
    values : (height, width, 3): float32 in [-1, 1], or uint8 where the picture came in 8 bits,
        which takes a quarter of the memory
    alpha : uint8 (height, width), or None where the picture has no transparency
    icc_profile : the RGB colour profile that came with it, or None
    name : the file's name without its folder, or None
    notes : what was done to it, in words
    """

    values: np.ndarray
    alpha: np.ndarray | None = None
    icc_profile: bytes | None = None
    name: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        height, width = self.values.shape[:2]
        return height, width

    @property
    def pixels(self) -> np.ndarray:
        """float32 (height, width, 3) in [-1, 1], made anew where the values are uint8."""
        return _to_pixels(self.values) if self.values.dtype == np.uint8 else self.values

    @property
    def image(self) -> np.ndarray:
        """The pixels as the core takes them: float32 (1, height, width, 3) in [-1, 1]."""
        return self.pixels[None]


def load_image(source: Any) -> np.ndarray:
    """Read a picture as the core's `image`.

    Parameters
    ----------
    source : path, bytes, Pillow image, or array: uint8, uint16, bool or float in [0, 1], (H, W),
        (H, W, 1), (H, W, 3) or (H, W, 4); or an `image` itself, (1, H, W, 3) in [-1, 1]

    Returns
    -------
    float32 (1, height, width, 3) in [-1, 1]

    Raises
    ------
    ImageError
        If there is no such file, or if it is not a picture.
    """
    return read_picture(source).image


def read_picture(source: Any) -> Picture:
    """Read a picture with its transparency, colour profile and name; see `load_image`."""
    if isinstance(source, Picture):
        return source
    if isinstance(source, str | os.PathLike):
        with open_picture(source) as opened:
            return _from_pillow(opened, os.path.basename(os.fsdecode(source)))
    if isinstance(source, bytes | bytearray | memoryview):
        with open_picture(source) as opened:
            return _from_pillow(opened, None)
    if isinstance(source, Image.Image):
        with _pillow_errors("the Pillow image"):
            return _from_pillow(source, None)
    if hasattr(source, "read_picture"):
        return source.read_picture()
    if hasattr(source, "__array__"):
        return _from_array(np.asarray(source))
    raise ImageError(
        "a picture must be a path, bytes, a Pillow image, an array or a dream. "
        f"Received: {type(source).__name__}"
    )


@contextlib.contextmanager
def open_picture(source: Any) -> Iterator[Image.Image]:
    """A picture file, from its path or its content, decoded by Pillow.

    Raises
    ------
    ImageError
        If it is no picture; also for whatever Pillow raises while it is open.

    Warns
    -----
    ImageWarning
        Of what Pillow finds odd.
    """
    title = "the data"
    if isinstance(source, str | os.PathLike):
        path = Path(os.path.expanduser(os.fsdecode(source)))
        source, title = _read_file(path), f"the file {path.name!r}"
    if not isinstance(source, bytes | bytearray | memoryview):
        raise ImageError(
            f"a picture file must be a path or bytes. Received: {type(source).__name__}"
        )
    content = bytes(source)
    if not content:
        raise ImageError(f"{title} is empty.")
    with warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _pillow_errors(title), Image.open(io.BytesIO(content)) as opened:
            if opened.format == "EPS":  # a program, which Pillow would let Ghostscript run
                raise UnidentifiedImageError
            opened.load()
            yield opened
    for text in dict.fromkeys(str(warning.message) for warning in odd):
        warnings.warn(ImageWarning(f"{title}: {text}"), stacklevel=4)


def _read_file(path: Path) -> bytes:
    name = repr(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(f"{name} is a folder, not a picture.")
        if not stat.S_ISREG(status.st_mode):  # reading one may never end
            raise ImageError(f"{name} is a device or a pipe, not a picture.")
        if status.st_size > MOST_BYTES:
            raise ImageError(f"{name} has more than {MOST_BYTES:,} bytes.")
        return path.read_bytes() if status.st_size else b""
    except FileNotFoundError:
        raise ImageError(
            f"there is no file {name}.", f"The current folder is {str(Path.cwd())!r}."
        ) from None
    except ImageError:
        raise
    except (OSError, ValueError) as error:
        raise ImageError(f"{name} cannot be read: {error}.") from None


@contextlib.contextmanager
def _pillow_errors(title: str) -> Iterator[None]:
    """Whatever Pillow raises as an `ImageError`."""
    try:
        yield
    except UnidentifiedImageError:
        raise ImageError(f"{title} is not a picture that Pillow can read.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            f"{title} has more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels.",
            "Scale it down first.",
        ) from None
    except (ImageError, ImageWarning):  # a warning of ours, where warnings are errors
        raise
    except Exception as error:  # Pillow's decoders raise whatever they meet
        raise ImageError(f"{title} is a damaged picture: {error}.") from error


def _from_pillow(opened: Image.Image, name: str | None) -> Picture:
    picture = _converted(opened, name)
    notes = treatment(opened, picture.icc_profile is not None)
    return dataclasses.replace(picture, notes=notes)


def _converted(opened: Image.Image, name: str | None) -> Picture:
    if getattr(opened, "n_frames", 1) > 1:
        warnings.warn(
            ImageWarning(f"only the first of {opened.n_frames} frames is used"),  # type: ignore[attr-defined]
            stacklevel=2,
        )
    picture = ImageOps.exif_transpose(opened)
    if picture.mode in ("La", "RGBa"):  # colours multiplied by their alpha
        picture = picture.convert(picture.mode.upper())
    profile = opened.info.get("icc_profile")
    if picture.mode == "CMYK" and profile:
        picture, profile = _cmyk_to_rgb(picture, profile), None
    if picture.mode not in ("RGB", "RGBA", "P", "PA"):
        profile = None  # a grey or CMYK profile says nothing about RGB
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return _from_array(np.asarray(picture, np.float64) / 65535, name)
    if picture.mode == "F":
        return _from_array(np.asarray(picture), name)
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = np.asarray(picture.getchannel("A"))
    rgb = np.asarray(picture.convert("RGB"))
    return Picture(rgb, alpha, profile, name)


def _cmyk_to_rgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        converted = None  # a broken profile: Pillow's own conversion has to do
    return converted or picture.convert("RGB")


def _from_array(array: np.ndarray, name: str | None = None) -> Picture:
    if array.ndim == 4 and array.shape[0] == 1 and array.shape[3] == 3:
        return _from_image(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise ImageError(
            "an array must have the shape (height, width), with 1, 3 or 4 colours behind. "
            f"Received: shape={array.shape}"
        )
    if array.size == 0:
        raise ImageError(f"a picture must have pixels. Received: shape={array.shape}")
    array = _to_uint8_or_unit(array)
    alpha = None
    if array.shape[2] == 4:
        alpha = array[..., 3].copy()
        if alpha.dtype != np.uint8:
            alpha = np.rint(alpha * 255).astype(np.uint8)
    rgb = np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array[..., :3]
    notes = (GREY,) if array.shape[2] == 1 else ()
    values = rgb.copy() if rgb.dtype == np.uint8 else _to_pixels(rgb)
    return Picture(values, alpha, None, name, notes)


def _from_image(array: np.ndarray) -> Picture:
    if not np.issubdtype(array.dtype, np.floating) or not np.all(np.abs(array) <= 1):
        raise ImageError("an image of shape (1, height, width, 3) must be float in [-1, 1].")
    if array.size == 0:
        raise ImageError(f"a picture must have pixels. Received: shape={array.shape}")
    return Picture(np.array(array[0], np.float32))


def _to_uint8_or_unit(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.uint16):  # of either byte order
        return array / 65535
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(
            "an array must be uint8, uint16, bool or float in [0, 1]. "
            f"Received: dtype={array.dtype}"
        )
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 1):  # also where there is a NaN
        raise ImageError(
            f"a float array must lie in [0, 1]. Received: values from {low:g} to {high:g}"
        )
    return array


def _to_pixels(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8:
        return (array / np.float32(0.5) - np.float32(1)).astype(np.float32)
    pixels: np.ndarray = array / np.float32(127.5)
    pixels -= 1  # in place: large pictures
    return pixels


def shrunk(picture: Picture, longest: int) -> Picture:
    """The picture, scaled down if its longer side has more than so many pixels.

    Raises
    ------
    ArgumentError
        If `longest` is not a whole number of at least 1.
    """
    if whole_number(longest, 1) is None:
        raise ArgumentError(f"`max_size` must be a whole number >= 1. Received: {longest!r}")
    height, width = picture.shape
    if max(height, width) <= longest:
        return picture
    scale = longest / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = Image.fromarray(picture_uint8(picture)).resize(size, Image.Resampling.LANCZOS)
    alpha = picture.alpha
    if alpha is not None:
        alpha = np.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.LANCZOS))
    return dataclasses.replace(picture, values=np.asarray(pixels), alpha=alpha)


def noise(shape: Shape, seed: int) -> Picture:
    """Mid grey with a little gaussian noise: what a dream starts from when there is no picture.

    Parameters
    ----------
    shape : (height, width) in pixels
    """
    numbers = isinstance(shape, tuple | list) and len(shape) == 2
    if not numbers or any(whole_number(n, 1) is None for n in shape):
        raise ArgumentError(f"`size` must be (height, width) in pixels. Received: size={shape!r}")
    height, width = (int(n) for n in shape)
    if height * width > (most := Image.MAX_IMAGE_PIXELS or 2**31):
        raise ArgumentError(f"`size` must have at most {most:,} pixels. Received: size={shape!r}")
    values = np.random.default_rng((seed, 1)).normal(0, 0.1, (height, width, 3))
    return Picture(np.clip(values, -1, 1).astype(np.float32))


def to_uint8(image: Any) -> np.ndarray:
    """An `image` as uint8 (height, width, 3); values outside of [-1, 1] are clipped."""
    pixels = np.asarray(image).reshape(image.shape[-3:])
    result = np.empty(pixels.shape, np.uint8)
    for rows in row_blocks(len(pixels)):
        values = np.clip(np.asarray(pixels[rows], np.float32), -1, 1)
        values += 1
        values *= 127.5
        result[rows] = np.rint(values, out=values)
    return result


def picture_uint8(picture: Picture) -> np.ndarray:
    """A picture as uint8 (height, width, 3)."""
    return picture.values if picture.values.dtype == np.uint8 else to_uint8(picture.values)


def row_blocks(height: int, size: int = 256) -> list[slice]:
    """Rows of a large picture, to be worked on without a second one of its size."""
    return [slice(top, top + size) for top in range(0, height, size)]


def as_tensor(picture: Picture) -> tf.Tensor:
    """The picture's `image` as a tensor, the same numbers."""
    import tensorflow as tf

    if picture.values.dtype != np.uint8:
        return tf.constant(picture.image)
    image = tf.cast(tf.constant(picture.values[None]), tf.float32)
    image /= 127.5
    return image - 1


def resize(image: tf.Tensor, shape: Shape, method: str) -> tf.Tensor:
    """Bilinear resizing on the float image, without antialiasing.

    Parameters
    ----------
    image : (1, H, W, channels)
    shape : the new (height, width)
    method : "aligned" puts corner pixels on corner pixels (as `scipy.ndimage.zoom` does),
        "half_pixel" corners of pixel areas on each other (as `tf.image.resize` does)
    """
    import tensorflow as tf

    aligned = method == "aligned"
    return tf.raw_ops.ResizeBilinear(
        images=image, size=list(shape), align_corners=aligned, half_pixel_centers=not aligned
    )


def sample_image(name: str = "jelly") -> Path:
    """The path of a picture that comes with the package.

    >>> sample_image("jelly").name
    'jelly.jpg'
    """
    if name not in SAMPLES:
        raise ArgumentError(unknown_name("sample image", name, SAMPLES))
    installed = Path(str(resources.files("deepdreamr"))) / "data" / SAMPLES[name]
    checkout = Path(__file__).parents[3] / "inst" / "extdata" / SAMPLES[name]
    return installed if installed.exists() else checkout
