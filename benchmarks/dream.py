"""(b) A whole dream with recipe keras against a plain Keras script that does the same work.

The same octaves and iterations, without max_loss. The ascent is chaotic: at the published step a
rounding error grows until the pictures differ visibly, between any two programs; so the pictures
are compared at a fiftieth of the step as well, where it does not.

usage: python benchmarks/dream.py [ROUNDS]
"""

from __future__ import annotations

import sys
from statistics import median

import numpy as np
from measuring import LAYERS, SHAPE, machine, print_table, ratio, timed_in_turn
from PIL import Image

from deepdreamr import RECIPES, dream, sample_image
from deepdreamr.backend import import_tensorflow
from deepdreamr.networks.weights import bundled_parameters

import_tensorflow()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

OCTAVES, ITERATIONS = 4, 10
STEP, SCALE = RECIPES["keras"].step, RECIPES["keras"].octave_scale


def keras_model() -> keras.Model:
    """Keras's InceptionV3 with the bundled parameters, cut at the recipe's layers."""
    keras.utils.clear_session()
    model = keras.applications.InceptionV3(include_top=False, weights=None)
    read = bundled_parameters()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([read(layer.name)["kernel"]])
        if isinstance(layer, keras.layers.BatchNormalization):
            arrays = read(layer.name)
            layer.set_weights([arrays[n] for n in ("beta", "moving_mean", "moving_variance")])
    return keras.Model(model.input, [model.get_layer(name).output for name in LAYERS])


def plain_script(image: np.ndarray, step: float) -> np.ndarray:
    """The notebook's dream, its gradient in a `tf.function`; returns uint8 pixels."""

    @tf.function(reduce_retracing=True)
    def climb(x: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = 0.0
            for a, weight in zip(MODEL(x, training=False), LAYERS.values(), strict=True):
                count = tf.cast(tf.size(a), tf.float32)
                loss += weight * tf.reduce_sum(tf.square(a[:, 2:-2, 2:-2])) / count
        g = tape.gradient(loss, x)
        return loss, x + step * g / tf.maximum(tf.reduce_mean(tf.abs(g)), 1e-7)

    def zoom(x: tf.Tensor, shape: tuple[int, int]) -> tf.Tensor:
        return tf.compat.v1.image.resize_bilinear(x, shape, align_corners=True)

    original = tf.constant(image)
    height, width = image.shape[1:3]
    shapes = [(int(height / SCALE**i), int(width / SCALE**i)) for i in range(OCTAVES)][::-1]
    x, shrunk = original, zoom(original, shapes[0])
    for shape in shapes:
        x = zoom(x, shape)
        for _ in range(ITERATIONS):
            loss, x = climb(x, tf.constant(step))
            float(loss)
        x += zoom(original, shape) - zoom(shrunk, shape)
        shrunk = zoom(original, shape)
    return np.rint((np.clip(x.numpy()[0], -1, 1) + 1) * 127.5).astype(np.uint8)


def ours(image: np.ndarray, step: float, precision: str) -> np.ndarray:
    settings = {"octaves": OCTAVES, "iterations": ITERATIONS, "step": step, "max_loss": None}
    return dream(image, LAYERS, recipe="keras", precision=precision, **settings).image


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


MODEL = keras_model()


def main(rounds: int) -> None:
    photo = Image.open(sample_image()).resize(SHAPE[::-1], Image.Resampling.LANCZOS)
    image = (np.asarray(photo, np.float32) / 127.5 - 1)[None]
    functions = {
        "plain Keras script": lambda: plain_script(image, STEP),
        "deepdreamr float32": lambda: ours(image, STEP, "float32"),
        "deepdreamr bfloat16": lambda: ours(image, STEP, "bfloat16"),
    }
    seconds = timed_in_turn(functions, rounds)
    small = STEP / 50
    references = plain_script(image, STEP), plain_script(image, small)
    print(f"{machine()}; {OCTAVES} octaves x {ITERATIONS} iterations, {rounds} rounds\n")
    rows = [["plain Keras script", f"{median(seconds['plain Keras script']):.1f} s", "1", "-", "-"]]
    for precision in ("float32", "bfloat16"):
        name = f"deepdreamr {precision}"
        pairs = zip((STEP, small), references, strict=True)
        likeness = [psnr(ours(image, step, precision), reference) for step, reference in pairs]
        times = ratio(seconds["plain Keras script"], seconds[name])
        cells = [f"{value:.1f} dB" for value in likeness]
        rows.append([name, f"{median(seconds[name]):.1f} s", f"{times:.2f}", *cells])
    print_table(
        ["dream", "median", "times as fast", "PSNR, published step", "PSNR, step / 50"], rows
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
