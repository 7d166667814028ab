"""What still turns pictures into tensors here; the other names are in the modules imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .picture import Picture as Picture
from .picture import Shape as Shape

if TYPE_CHECKING:
    import tensorflow as tf


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
