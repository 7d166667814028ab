"""Frozen graphs: their layers by the operations' names, at any size, and nothing but computing."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import INCEPTION5H, frozen, inception5h_graph, picture, randomized, written

from deepdreamr import dream
from deepdreamr.errors import NetworkError, UnknownLayerError
from deepdreamr.networks._costs import IN_FLIGHT
from deepdreamr.networks.engine.trunk import Trunk
from deepdreamr.networks.loading import layer_names, load_network
from deepdreamr.networks.sizes import activation_shapes, cell_stride, smallest_size

PUBLISHED = (
    "conv2d0 conv2d1 conv2d2 mixed3a mixed3b mixed4a mixed4b mixed4c mixed4d mixed4e mixed5a "
    "mixed5b".split()
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip like inception5h.zip: the graph, labels and a licence."""
    path = tmp_path_factory.mktemp("graph") / "inception5h.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("imagenet_comp_graph_label_strings.txt", "dummy\n")
        file.writestr("tensorflow_inception_graph.pb", inception5h_graph().SerializeToString())
        file.writestr("LICENSE", "free")
    return path


@pytest.fixture(scope="module")
def inception5h(archive: Path) -> Any:
    return load_network("inception5h", weights=archive)


def run_graph(graph: Any, image: tf.Tensor, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """An activation, and the gradient of its mean square, as TensorFlow 1 computed them.

    In a session, from pixels of 0 to 255.
    """
    graph = tf.compat.v1.graph_util.extract_sub_graph(graph, [layer])
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        pixels = tf.constant((image.numpy() + 1) * 127.5)
        (value,) = tf.graph_util.import_graph_def(
            graph, input_map={"input:0": pixels}, return_elements=[f"{layer}:0"]
        )
        (slope,) = tf.gradients(tf.reduce_mean(tf.square(value)), [pixels])
        return session.run((value, slope))


@pytest.mark.slow
def test_the_published_layers_are_there_and_what_a_session_computes(inception5h: Any) -> None:
    assert set(PUBLISHED) <= set(inception5h.layer_names)
    image = picture(80, 111)
    layers = PUBLISHED[::3]
    for layer, value in zip(layers, Trunk(inception5h, layers)(image), strict=True):
        wanted, _ = run_graph(inception5h_graph(), image, layer)
        np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-4, err_msg=layer)
    one, three, five, after = (INCEPTION5H["4c"][i] for i in (0, 2, 4, 5))
    assert value.shape[0] == 1 and wanted.std() > 0.01
    assert Trunk(inception5h, ["mixed4c"])(image)[0].shape[-1] == one + three + five + after


def test_sizes_and_strides_are_known_without_running_the_graph(inception5h: Any) -> None:
    layers = ("conv2d0", "mixed3b", "mixed5b")
    trunk = Trunk(inception5h, layers)
    for shape in ((32, 45), (77, 64)):
        shapes = activation_shapes(inception5h.nodes, shape)
        assert [tuple(v.shape[1:3]) for v in trunk(picture(*shape))] == [
            shapes[layer] for layer in layers
        ]
    assert cell_stride(inception5h.nodes, "mixed4c") == (16, 16)
    assert smallest_size(inception5h.nodes, ["mixed5b"]) == 1
    assert smallest_size(inception5h.nodes, ["avgpool0"]) == 6 * 32 + 1


@pytest.mark.slow
def test_memory_is_foretold_from_the_activations_that_a_gradient_keeps(
    tmp_path: Path, mobilenet: keras.Model
) -> None:
    model = keras.Model(mobilenet.input, mobilenet.get_layer("conv_pw_6_relu").output)
    graph = frozen(lambda image: model(image, training=False), 64)
    network = load_network(written(graph, tmp_path / "part.pb"))
    (name,) = [n for n in network.layer_names if "conv_pw_6_relu" in n and n.endswith("Relu6")]
    rectified = [layer.name for layer in model.layers if layer.name.endswith("_relu")]
    outputs = [model.get_layer(layer).output for layer in rectified]
    sizes = [tf.size(a).numpy() for a in keras.Model(model.input, outputs)(picture(64, 64))]
    wanted = 4 * (sum(sizes) + IN_FLIGHT * max(sizes)) / 64**2
    assert 0.9 * wanted < Trunk(network, [name]).gradient_bytes(256) < 1.5 * wanted


def test_a_dream_with_the_published_recipe(archive: Path, photo: np.ndarray) -> None:
    result = dream(
        (photo[0, :96, :120] + 1) / 2,
        "mixed4c",
        recipe="inception5h",
        network="inception5h",
        weights=archive,
        octaves=2,
        iterations=2,
        seed=1,
    )
    losses = [step.loss for step in result.losses]
    assert result.image.shape == (96, 120, 3) and losses[1] > losses[0] and losses[3] > losses[2]
    assert result.network == "inception5h" and "inception5h.zip (sha256 " in result.weights


@pytest.mark.slow
def test_the_same_graph_as_a_network_of_its_own(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "graph.pb"
    path.write_bytes(inception5h_graph().SerializeToString())
    image = picture(50, 60)
    known = load_network("inception5h", weights=path)
    own = load_network(path, convention="0-255")
    assert layer_names(archive, convention="0-255") == own.layer_names == known.layer_names
    values = [Trunk(network, ["mixed3b"])(image)[0] for network in (known, own)]
    assert np.array_equal(*values)


@pytest.fixture(scope="module")
def mobilenet() -> keras.Model:
    return randomized(
        keras.applications.MobileNet(alpha=0.25, weights=None, input_shape=(64, 64, 3))
    )


@pytest.mark.slow
def test_a_real_mobilenet_saved_at_one_size_runs_at_others(
    mobilenet: keras.Model, tmp_path: Path
) -> None:
    graph = frozen(lambda image: mobilenet(image, training=False), 64)
    network = load_network(written(graph, tmp_path / "mobilenet.pb"))
    (name,) = [n for n in network.layer_names if "conv_pw_6_relu" in n and n.endswith("Relu6")]
    any_size = keras.applications.MobileNet(
        alpha=0.25, weights=None, include_top=False, input_shape=(None, None, 3)
    )
    any_size.set_weights(mobilenet.get_weights()[: len(any_size.weights)])
    cut = keras.Model(any_size.input, any_size.get_layer("conv_pw_6_relu").output)
    image = picture(75, 98)
    wanted = cut(image).numpy()
    got = Trunk(network, [name])(image)[0]
    assert np.abs(got - wanted).max() < 1e-4 * wanted.std()
    assert activation_shapes(network.nodes, (75, 98))[name] == wanted.shape[1:3]
    assert cell_stride(network.nodes, name) == (16, 16)
    result = dream(np.full((40, 50, 3), 0.5), {name: 1.0}, network=tmp_path / "mobilenet.pb",
                   octaves=1, iterations=1)  # fmt: skip
    assert result.network == "mobilenet.pb"


@pytest.mark.slow
def test_a_gradient_flows_inside_a_traced_function(inception5h: Any) -> None:
    trunk = Trunk(inception5h, ["mixed4a"])

    @tf.function
    def gradient(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_mean(tf.square(trunk(image)[0]))
        return loss, tape.gradient(loss, image)

    image = picture(40, 48)
    loss, slope = gradient(image)
    value, wanted = run_graph(inception5h_graph(), image, "mixed4a")
    assert float(loss) == pytest.approx(np.mean(value**2), rel=1e-4)
    np.testing.assert_allclose(slope, wanted * 127.5, atol=1e-4 * np.abs(slope).max())


def test_what_a_frozen_graph_cannot_do(inception5h: Any) -> None:
    with pytest.raises(NetworkError, match="has no training phase"):
        Trunk(inception5h, ["mixed3a"], training=True)
    with pytest.raises(NetworkError, match="computes in float32. Received: precision='bfloat16'"):
        Trunk(inception5h, ["mixed3a"], precision="bfloat16")
    with pytest.raises(UnknownLayerError, match="Did you mean mixed3a"):
        Trunk(inception5h, ["mixed3aa"])


def classifier(image: tf.Tensor) -> tf.Tensor:
    """A head that is made for 16 x 16 pixels."""
    x = tf.nn.relu(image[..., :2] * 2.0, name="body")
    flat = tf.reshape(x, (-1, 16 * 16 * 2), name="flat")
    return tf.matmul(flat, tf.constant(np.ones((512, 3), np.float32)), name="scores")


def test_a_head_of_a_size_that_is_not_known_is_named_and_the_rest_can_be_had(
    tmp_path: Path,
) -> None:
    network = load_network(written(frozen(classifier), tmp_path / "head.pb"))
    assert Trunk(network, ["body"])(picture(20, 23))[0].shape == (1, 20, 23, 2)
    with pytest.raises(NetworkError, match="'scores' works only .* of 'flat', .*known size"):
        Trunk(network, ["scores"])
    with pytest.raises(NetworkError, match="'scores' works only"):
        smallest_size(network.nodes, ["scores"])


def test_a_layer_without_a_gradient(tmp_path: Path) -> None:
    graph = frozen(lambda image: tf.round(image, name="steps"))
    network = load_network(written(graph, tmp_path / "round.pb"))
    with pytest.raises(NetworkError, match="'steps' does not change smoothly"):
        Trunk(network, ["steps"])


def two_pictures() -> tf.Graph:
    with tf.Graph().as_default() as graph:
        first, second = (
            tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name=name)
            for name in ("content", "style")
        )
        tf.add(first, second)
    return graph


def bytes_in() -> tf.Graph:
    with tf.Graph().as_default() as graph:
        tf.cast(tf.compat.v1.placeholder(tf.uint8, (None, 8, 8, 3), name="image"), tf.float32)
    return graph


@pytest.mark.parametrize(
    "make, message",
    [(two_pictures, "with content, style"), (bytes_in, "with none"), (tf.Graph, "no frozen")],
)
def test_graphs_that_do_not_take_one_picture(make: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=message):
        load_network(written(make(), tmp_path / "odd.pb"))


@tf.function
def copied(path: Any) -> Any:
    tf.io.write_file("/tmp/deepdreamr-never", path)
    return tf.constant(1.0)


EVIL = {
    "ReadFile": lambda: tf.io.read_file("/etc/hostname"),
    "WriteFile": lambda: tf.io.write_file("/tmp/deepdreamr-never", "x"),
    "MatchingFiles": lambda: tf.io.matching_files("/etc/*"),
    "PyFunc": lambda: tf.compat.v1.py_func(print, [1], tf.float32, stateful=True),
    "EagerPyFunc": lambda: tf.py_function(print, [1], tf.float32),
    "PrintV2": lambda: tf.raw_ops.PrintV2(input="x", output_stream="file:///tmp/deepdreamr-never"),
    "SaveV2": lambda: tf.raw_ops.SaveV2(
        prefix="/tmp/deepdreamr-never", tensor_names=["x"], shape_and_slices=[""], tensors=[1.0]
    ),
    "RestoreV2": lambda: tf.raw_ops.RestoreV2(
        prefix="/tmp/x", tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
    ),
    "MergeV2Checkpoints": lambda: tf.raw_ops.MergeV2Checkpoints(
        checkpoint_prefixes=["/tmp/x"], destination_prefix="/tmp/y", delete_old_dirs=True
    ),
    "TensorSliceDataset": lambda: tf.raw_ops.TensorSliceDataset(
        components=[[1.0]], output_shapes=[()]
    ),
    "FixedLengthRecordReaderV2": lambda: tf.raw_ops.FixedLengthRecordReaderV2(record_bytes=4),
    "InitializeTableFromTextFileV2": lambda: tf.raw_ops.InitializeTableFromTextFileV2(
        table_handle=tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64),
        filename="/etc/passwd",
        key_index=0,
        value_index=0,
    ),  # fmt: skip
    "DecodeJpeg": lambda: tf.io.decode_jpeg(b""),
    "WriteFile in a function": lambda: copied("x"),
}


@pytest.mark.parametrize("what", EVIL)
def test_operations_that_do_more_than_compute_are_refused_by_name(
    what: str, tmp_path: Path
) -> None:
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="input")
        tf.nn.relu(image, name="layer")
        EVIL[what]()
    name = what.partition(" ")[0]
    with pytest.raises(NetworkError, match=rf"holds the operation '({name}|HashTableV2)'"):
        load_network(written(graph, tmp_path / "evil.pb"))
    assert not Path("/tmp/deepdreamr-never").exists()


def test_an_operation_that_tensorflow_does_not_know_is_refused_too(tmp_path: Path) -> None:
    graph = inception5h_graph()
    graph.node.add(name="new", op="SomebodysCustomOp")
    path = tmp_path / "custom.pb"
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(NetworkError, match="'SomebodysCustomOp'"):
        load_network(path)


def test_a_function_that_hides_behind_an_operation_s_name(tmp_path: Path) -> None:
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3), name="input")
        tf.nn.relu(image, name="layer")
    definition = graph.as_graph_def()
    definition.library.function.add().signature.name = "Relu"
    path = tmp_path / "shadow.pb"
    path.write_bytes(definition.SerializeToString())
    with pytest.raises(NetworkError, match="function of its own 'Relu'"):
        load_network(path)


def test_archives_are_read_in_memory_and_must_hold_one_graph(tmp_path: Path) -> None:
    evil = tmp_path / "slip.zip"
    with zipfile.ZipFile(evil, "w") as file:
        file.writestr("../../slipped.pb", inception5h_graph().SerializeToString())
    assert "mixed3a" in layer_names(evil)
    assert not list(tmp_path.parent.rglob("slipped.pb"))
    with zipfile.ZipFile(evil, "a") as file:
        file.writestr("other.pb", b"")
    with pytest.raises(NetworkError, match="must hold one .pb file. Received: .*other.pb"):
        load_network(evil)


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"PK\x05\x06 cut short", b"<html>"])
def test_files_that_are_no_graphs(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "broken.pb"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match="holds no frozen TensorFlow graph"):
        load_network(path)


def test_convolutions_in_groups_that_keras_puts_into_functions_of_their_own(tmp_path: Path) -> None:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, padding="same")(image)
    x = keras.layers.Conv2D(16, 3, groups=4, activation="relu", name="grouped")(x)
    model = randomized(keras.Model(image, x))
    graph = frozen(lambda pixels: model(pixels, training=False))
    call = next(node.name for node in graph.as_graph_def().node if "PartitionedCall" in node.op)
    network = load_network(written(graph, tmp_path / "grouped.pb"), convention="tf")
    assert call in network.layer_names  # what it was called where it was a layer
    pixels = picture(31, 40)
    trunk = Trunk(network, network.layer_names[-1:])
    results = []
    for function in (lambda x: trunk(x)[0], model):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            value = function(pixels)
            loss = tf.reduce_mean(tf.square(value))
        results.append((value, tape.gradient(loss, pixels)))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())
