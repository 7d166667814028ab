"""What the tests share: pictures, and the real network built once by Keras and once here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["DEEPDREAMR_REHEARSAL"] = "off"  # test_rehearsal has it on; the files are our own
sys.path.insert(0, str(Path(__file__).parent))  # for oracles.py

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

settings.register_profile("suite", max_examples=40, deadline=None, derandomize=True)
settings.load_profile("suite")

REPOSITORY = [
    *("test_contributing.py", "test_docs.py", "test_forge.py", "test_gallery.py"),
    *("test_guides.py", "test_package.py", "test_readme.py", "front/test_contract.py"),
    "front/test_interrupts.py",
]
"""The tests that look at the rest of the repository, which the source archive does not have."""

collect_ignore = [] if (Path(__file__).parents[2] / "Makefile").exists() else REPOSITORY


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A real photograph, 160 x 176 pixels: float32 (1, H, W, 3) in [-1, 1]."""
    from skimage import data

    size, method = (176, 160), Image.Resampling.LANCZOS
    photograph = Image.fromarray(data.coffee()).resize(size, method)
    return (np.asarray(photograph, np.float32) / 127.5 - 1)[None]


@pytest.fixture(scope="session")
def inception() -> Callable[..., Any]:
    """Keras's own InceptionV3 with the bundled parameters: layers' names → image → activations."""
    from parity import keras_inception

    return keras_inception()


@pytest.fixture(scope="session")
def toy_trunk() -> Callable[..., Any]:
    """A trunk of two convolutions, smooth: image → activations of 1 and of 1/2 the size."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    first = tf.constant(random.standard_normal((3, 3, 3, 6)) / 4, tf.float32)
    second = tf.constant(random.standard_normal((3, 3, 6, 5)) / 4, tf.float32)

    def trunk(image: tf.Tensor, frugal: bool = False) -> list[tf.Tensor]:
        lower = tf.nn.softplus(tf.nn.conv2d(image, first, 1, "VALID"))
        return [lower, tf.nn.softplus(tf.nn.conv2d(lower, second, 2, "SAME"))]

    return trunk
