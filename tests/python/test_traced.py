"""Traced functions: what TensorFlow cannot compute is one line."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from deepdreamr.backend import traced
from deepdreamr.errors import MemoryLimitError, NetworkError

IMAGE = tf.TensorSpec((1, None, None, 3))


def unfitting(image: tf.Tensor) -> tf.Tensor:
    height = tf.shape(image)[1]
    return tf.ones((height, 2)) + tf.ones((height + 1, 2))


def unbuilt(image: tf.Tensor) -> tf.Tensor:
    return image + tf.ones((1, 1, 1, 5))


def huge(image: tf.Tensor) -> tf.Tensor:
    height = tf.shape(image)[1]
    return tf.reduce_sum(tf.zeros((height * 1_000_000, height * 100_000)))


def divided(image: tf.Tensor) -> tf.Tensor:
    return tf.shape(image) // (tf.shape(image)[1] - 9)


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (unfitting, NetworkError, "ncompatible shapes|required broadcastable"),
        (unbuilt, NetworkError, "must be equal|ncompatible shapes"),
        (divided, NetworkError, "ivision by zero"),
        (huge, MemoryLimitError, "OOM when allocating"),
    ],
)
def test_what_an_operation_says_while_it_runs(function: Any, error: Any, said: str) -> None:
    run = traced(function, [IMAGE])
    with pytest.raises(error, match=said) as caught:
        run(tf.zeros((1, 9, 9, 3)))
    assert "\n" not in str(caught.value) and caught.value.__suppress_context__
