"""SavedModels of TensorFlow 1: what reads, writes and looks at variables, as in its session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from toys import picture, without_control_flow_v2

from deepdreamr.networks.activations import activations_of
from deepdreamr.networks.loading import load_network

v1 = tf.compat.v1
RANDOM = np.random.default_rng(0)
KERNEL = RANDOM.normal(size=(3, 3, 3, 8)).astype(np.float32)
LARGE = RANDOM.normal(size=(2, 3, 3, 3, 200)).astype(np.float32)


def convolved(image: Any, kernel: Any) -> Any:
    return tf.nn.conv2d(image, kernel, 1, "SAME", name="conv")


def variable(value: Any = KERNEL, name: str = "w") -> Any:
    return v1.get_variable(name, initializer=value)


def read(image: Any) -> Any:
    return convolved(image, variable())


def read_where_it_lies(image: Any) -> Any:
    kernel = variable()
    with v1.colocate_with(kernel):
        return convolved(image, kernel * 2)


def waits_for_the_variable_and_the_picture(image: Any) -> Any:
    kernel = variable()
    waited = kernel.handle.op if hasattr(kernel, "handle") else kernel.op
    with tf.control_dependencies([waited, image.op]):
        return convolved(image, tf.constant(KERNEL))


def asks_whether_it_has_a_value(image: Any) -> Any:
    kernel = variable()
    if isinstance(kernel, v1.Variable) and hasattr(kernel, "handle"):
        known = tf.raw_ops.VarIsInitializedOp(resource=kernel.handle)
    else:
        known = v1.is_variable_initialized(kernel)
    return convolved(image, kernel) * tf.cast(known, tf.float32)


def written_and_read(image: Any) -> Any:
    factor = variable(1.0)
    return convolved(image, tf.constant(KERNEL)) * v1.assign(factor, 3.0)


def added_to_and_read(image: Any) -> Any:
    factor = variable(1.0)
    with tf.control_dependencies([v1.assign_add(factor, 2.0)]):
        return convolved(image, tf.constant(KERNEL)) * tf.identity(factor.read_value())


def looked_up(image: Any) -> Any:
    table = variable(RANDOM.normal(size=(50, 8)).astype(np.float32))
    return convolved(image, tf.constant(KERNEL)) + tf.nn.embedding_lookup(table, [7])


def chosen(taken: Any) -> Any:
    def build(image: Any) -> Any:
        first, second = variable(LARGE[0], "a"), variable(LARGE[1], "b")
        which = tf.identity(tf.constant(taken))
        return convolved(image, v1.cond(which, lambda: first * 1, lambda: second * 2))

    return build


def chosen_after_writing(taken: Any) -> Any:
    def build(image: Any) -> Any:
        count = variable(1.0)

        def branch(kernel: Any) -> Any:
            with tf.control_dependencies([v1.assign_add(count, 1.0)]):
                return tf.constant(kernel)

        which = tf.identity(tf.constant(taken))
        return convolved(image, v1.cond(which, *(lambda k=k: branch(k) for k in LARGE)))

    return build


MODELS = {
    **{f.__name__: f for f in (read, read_where_it_lies, waits_for_the_variable_and_the_picture)},
    **{f.__name__: f for f in (asks_whether_it_has_a_value, written_and_read, added_to_and_read)},
    "looked_up": looked_up,
    **{f"chosen_{taken}": chosen(taken) for taken in (True, False)},
    **{f"chosen_after_writing_{taken}": chosen_after_writing(taken) for taken in (True, False)},
}


@pytest.mark.slow
@pytest.mark.parametrize("handles", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_the_numbers_are_those_of_a_session(name: Any, handles: bool, tmp_path: Path) -> None:
    folder, pixels = tmp_path / "old", picture(20, 24)
    with without_control_flow_v2(), tf.Graph().as_default(), v1.Session() as session:
        v1.get_variable_scope().set_use_resource(handles)
        image = v1.placeholder(tf.float32, (None, None, None, 3), name="image")
        result = tf.identity(MODELS[name](image), name="out")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(folder), {"x": image}, {"y": result})
        wanted = session.run(result, {image: pixels.numpy()})
    for _ in range(2):  # what is written is forgotten
        (got,) = activations_of(load_network(folder), ["out"])(pixels)
        np.testing.assert_allclose(got, wanted, atol=1e-4 * np.abs(wanted).max())
