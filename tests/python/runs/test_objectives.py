"""Objectives in a dream: windows, records, replays, classes, guides, penalties, functions."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from needing import UNDRAWN
from skimage import data
from toys import randomized, small_model

from deepdreamr import LayerTerm, dream, loss_and_gradient, plan, replay
from deepdreamr.errors import ArgumentError, NetworkError
from deepdreamr.recipes.objectives import Distance, TotalVariation
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for, windowed
from deepdreamr.runs.penalties import PENALTIES
from deepdreamr.runs.request import request_of

SMALL = {"octaves": 1, "iterations": 10, "seed": 1, "step": 0.02}
PICTURE = data.astronaut()[:96, :112]


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return small_model()


def rises(result: Any) -> bool:
    losses = [step.loss for step in result.losses]
    return len(losses) == 10 and all(a < b for a, b in zip(losses, losses[1:], strict=False))


# ---- Of a layer ----------------------------------------------------------------------------------

TERMS = {
    "mean": LayerTerm("mixed0", 2, objective="mean"),
    "half_sum_square": LayerTerm("mixed0", 1, [3, 70], "half_sum_square"),
    "neuron": LayerTerm("mixed0", 1, None, "neuron(66, y=0.3, x=0.8)"),
    "direction": LayerTerm("mixed0", -1, {3: 1, 70: -2}, "direction(1.5)"),
    "strongest": LayerTerm("mixed0", 1, None, "strongest(4)"),
    "guide by best": LayerTerm("mixed0", 1, None, "guide"),
    "guide by mean": LayerTerm("mixed0", 1, None, "guide('mean')"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TERMS)
def test_windows_together_are_the_whole(name: str) -> None:
    image = data.astronaut()[:440, :460]
    guide = PICTURE if "guide" in name else None
    job = check(request_of(image, [TERMS[name]], {"octaves": 1, "guide": guide, "border": 1}))
    whole = gradient_for(job)
    parts = windowed(whole, job, 300 * 300)
    parts.enter(0)
    x = tf.constant(image[None] / np.float32(127.5) - 1, tf.float32)
    for shift in ((0, 0), (37, -210)):
        loss, expected = whole(x, UNDRAWN, shift)
        for _ in range(2):
            of_parts, found = parts(x, UNDRAWN, shift)
            assert float(of_parts) == pytest.approx(float(loss), rel=1e-4)
            np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.slow
def test_a_neuron_dream_rises_at_each_step() -> None:
    term = LayerTerm("mixed3", objective="neuron(66)")
    result = dream(PICTURE, term, **SMALL)
    assert rises(result) and "mixed3 neuron(66) 1" in repr(result)
    np.testing.assert_array_equal(replay(result.png(), PICTURE).image, result.image)


@pytest.mark.slow
def test_the_strongest_channels_are_named_by_the_record() -> None:
    from deepdreamr import feature_maps

    strongest = feature_maps(PICTURE, "mixed3").ordered()[:3].tolist()
    result = dream(PICTURE, LayerTerm("mixed3", 2, None, "strongest(3)"), **SMALL)
    (term,) = result.record.layers
    assert [number for number, _ in term["channels"]] == strongest and "objective" not in term
    np.testing.assert_array_equal(replay(result, PICTURE).image, result.image)
    again = dream(PICTURE, LayerTerm("mixed3", 2, strongest), **SMALL)
    np.testing.assert_array_equal(again.image, result.image)
    assert loss_and_gradient(PICTURE, LayerTerm("mixed3", 2, None, "strongest(3)"))[0] == (
        pytest.approx(loss_and_gradient(PICTURE, LayerTerm("mixed3", 2, strongest))[0])
    )


def test_more_channels_than_there_are_cannot_be_strongest(model: keras.Model) -> None:
    with pytest.raises(ArgumentError, match="first has 6 channels. Received: strongest"):
        dream(PICTURE, LayerTerm("first", objective="strongest(7)"), network=model, **SMALL)


def test_a_plan_and_a_dream_show_the_objective() -> None:
    planned = plan(PICTURE, [TERMS["neuron"], TERMS["strongest"]], octaves=1, measure=False)
    assert "mixed0 neuron(66, y=0.3, x=0.8) 1, mixed0 strongest(4) 1" in repr(planned)


def test_another_objective_is_another_loss() -> None:
    published = {"mixed2": 0.2, "mixed3": 0.8, "mixed4": 2.0, "mixed5": 4.0, "mixed6": 5.0}
    same = [LayerTerm(*pair, objective="mean_square") for pair in published.items()]
    assert check(request_of(PICTURE, same, {"octaves": 1})).recipe.max_loss == 10
    other = [*same[1:], dataclasses.replace(same[0], objective="mean")]
    assert check(request_of(PICTURE, other, {"octaves": 1})).recipe.max_loss is None


# ---- A guide -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_mean_of_a_guide_s_features() -> None:
    guide = data.astronaut()[200:300, 200:320]

    def features(picture: Any, term: Any) -> Any:
        return loss_and_gradient(picture, term, guide=guide, border=0, recipe="tf2")[0]

    a = activation_of(PICTURE, "mixed0")
    vectors = activation_of(guide, "mixed0").reshape(-1, 256)
    expected = np.mean(a @ vectors.mean(0)) / 256
    term = LayerTerm("mixed0", objective="guide('mean')")
    assert features(PICTURE, term) == pytest.approx(expected, rel=1e-4)
    flat = a.reshape(-1, 256)
    expected = np.mean(np.max(flat @ vectors.T, axis=1)) / 256
    for term in (LayerTerm("mixed0"), LayerTerm("mixed0", objective="guide")):
        assert features(PICTURE, term) == pytest.approx(expected, rel=1e-4)
    both = [LayerTerm("mixed0", objective="guide"), LayerTerm("mixed0", 3, objective="mean")]
    assert features(PICTURE, both) == pytest.approx(expected + 3 * a.mean(), rel=1e-4)


def activation_of(picture: Any, layer: Any) -> np.ndarray:
    from deepdreamr import feature_maps

    return feature_maps(picture, layer).activations.astype(np.float64)


def test_a_guide_must_be_there_and_taken() -> None:
    with pytest.raises(ArgumentError, match="must be given: the objective of mixed0 goes"):
        dream(PICTURE, LayerTerm("mixed0", objective="guide"), **SMALL)
    with pytest.raises(ArgumentError, match="`guide` is given, and no term takes it"):
        dream(PICTURE, LayerTerm("mixed0", objective="mean"), guide=PICTURE, **SMALL)


# ---- The image itself ----------------------------------------------------------------------------


def variation(image: np.ndarray) -> float:
    image = image.astype(float)
    return np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"jitter": 20}, {"tile_size": 60}], ids=str)
def test_penalties_lower_what_they_penalise(settings: Any) -> None:
    call = {**SMALL, "octaves": 2, "octave_scale": 1.2, **settings}
    plain = dream(PICTURE, {"mixed0": 1}, **call)
    penalty = LayerTerm("image", -20, objective="total_variation('mean')")
    smooth = dream(PICTURE, [LayerTerm("mixed0"), penalty], **call)
    assert variation(smooth.image) < 0.9 * variation(plain.image)
    penalty = LayerTerm("image", -90, objective="distance('mean')")
    near = dream(PICTURE, [LayerTerm("mixed0"), penalty], **call)

    def moved(result: Any) -> Any:
        return np.abs(result.image - PICTURE.astype(float)).mean()

    assert moved(near) < 0.9 * moved(plain)
    np.testing.assert_array_equal(replay(near.png(), PICTURE).image, near.image)


def test_penalties_are_their_formulas() -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 1, 6, 7, 3)).astype(np.float32)
    image, original = tf.constant(x), tf.constant(y)
    variation = np.abs(np.diff(x, axis=1)).sum() + np.abs(np.diff(x, axis=2)).sum()
    found = PENALTIES[TotalVariation](image, original, TotalVariation())
    assert float(found) == pytest.approx(variation, rel=1e-5)
    found = PENALTIES[TotalVariation](image, original, TotalVariation("mean"))
    assert float(found) == pytest.approx(variation / x.size, rel=1e-5)
    squares = ((x - y) ** 2).sum(dtype=np.float64)
    found = PENALTIES[Distance](image, original, Distance())
    assert float(found) == pytest.approx(math.sqrt(1e-6 + squares), rel=1e-5)
    found = PENALTIES[Distance](image, original, Distance("mean"))
    assert float(found) == pytest.approx(math.sqrt(1e-6 + squares / x.size), rel=1e-5)


@pytest.mark.slow
def test_a_penalty_is_of_the_whole_image_whatever_windows_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from deepdreamr.runs import gradients

    image = data.astronaut()[:440, :460]
    terms = [
        LayerTerm("mixed0"),
        LayerTerm("image", -1e-4, objective="total_variation"),
        LayerTerm("image", -1e-2, objective="distance"),
    ]
    call = {"octaves": 2, "octave_scale": 1.1, "iterations": 2, "seed": 1, "jitter": 30}
    whole = dream(image, terms, **call)
    monkeypatch.setattr(gradients, "window_pixels", lambda job, activations: 300 * 300)
    parts = dream(image, terms, **call)
    assert parts.record.window_pixels == 90_000 and whole.record.window_pixels is None
    assert [step.loss for step in parts.losses] == pytest.approx(
        [step.loss for step in whole.losses], rel=1e-3
    )


def test_penalties_alone_or_with_normalised_tiles_are_refused() -> None:
    penalty = LayerTerm("image", -1, objective="distance")
    with pytest.raises(ArgumentError, match="besides the picture itself"):
        dream(PICTURE, penalty, **SMALL)
    with pytest.raises(ArgumentError, match="do not go with tile_normalize"):
        dream(PICTURE, [LayerTerm("mixed0"), penalty], recipe="inception5h", octaves=1)


@pytest.mark.slow
def test_penalties_and_a_neuron_in_the_middle_go_with_transforms(model: keras.Model) -> None:
    """A penalty is of the picture and not of what the network is shown of it."""
    call = {**SMALL, "iterations": 2, "network": model, "transforms": "pad(8), crop(4), rotate(5)"}
    distance = LayerTerm("image", -1, objective="distance('mean')")
    result = dream(PICTURE, [LayerTerm("first", objective="neuron(3)"), distance], **call)
    np.testing.assert_array_equal(replay(result, PICTURE, network=model).image, result.image)
    with pytest.raises(ArgumentError, match="a neuron at a position does not go with `transforms`"):
        dream(PICTURE, LayerTerm("first", objective="neuron(3, y=0.2)"), **call)
    with pytest.raises(ArgumentError, match="does not go with `jitter` and `transforms` together"):
        dream(PICTURE, LayerTerm("first", objective="neuron(3)"), **call, jitter=9)


# ---- A class -------------------------------------------------------------------------------------


def classifier(last: str) -> keras.Model:
    """A small classifier of ten classes that ends in one of several ways."""
    layers = keras.layers
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=2, activation="relu", name="conv")(image)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    if last == "softmax in the layer":
        x = layers.Dense(10, activation="softmax", name="predictions")(x)
    elif last == "sigmoid in the layer":
        x = layers.Dense(10, activation="sigmoid", name="predictions")(x)
    else:
        x = layers.Dense(10, name="scores")(x)
        x = {
            "softmax behind it": layers.Activation("softmax", name="predictions"),
            "a softmax layer": layers.Softmax(name="predictions"),
            "logits": layers.Identity(name="predictions"),
        }[last](x)
    return randomized(keras.Model(image, x))


LAST = ("softmax in the layer", "sigmoid in the layer", "softmax behind it", "a softmax layer")


@pytest.mark.parametrize("engine", ["fast", "keras"])
@pytest.mark.parametrize("last", [*LAST, "logits"])
def test_a_class_is_its_logit_before_softmax(last: str, engine: str) -> None:
    network = classifier(last)
    term = LayerTerm("predictions", objective="class_logit(3)")
    dense = network.get_layer("predictions" if "in the layer" in last else "scores")
    pooled = keras.Model(network.input, network.get_layer("pool").output)
    x = (PICTURE[None] / 127.5 - 1).astype(np.float32)
    kernel, bias = dense.get_weights()
    expected = (np.asarray(pooled(x)) @ kernel + bias)[0, 3]
    loss, gradient = loss_and_gradient(PICTURE, term, network=network, engine=engine)
    assert loss == pytest.approx(expected, rel=1e-4)
    assert np.abs(gradient).max() > 0


@pytest.mark.slow
def test_a_class_dream_of_a_trained_classifier_rises_at_each_step() -> None:
    """Of textures: bricks, gravel and grass, told apart by a small network trained here."""
    pictures = [np.stack([t] * 3, -1) for t in (data.brick(), data.gravel(), data.grass())]
    random, patches, labels = np.random.default_rng(0), [], []
    for label, texture in enumerate(pictures):
        for row, column in random.integers(0, 512 - 32, (60, 2)):
            patches.append(texture[row : row + 32, column : column + 32] / 127.5 - 1)
            labels.append(label)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(8, 5, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", name="predictions"),
        ]
    )
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    x, y = np.array(patches, np.float32), np.array(labels)
    network.fit(x, y, epochs=8, verbose=0)
    before = np.asarray(network(PICTURE[None] / 127.5 - 1))[0]
    label = int(before.argmin())
    term = LayerTerm("predictions", objective=f"class_logit({label})")
    result = dream(PICTURE, term, network=network, **SMALL)
    after = np.asarray(network(result.image[None] / 127.5 - 1))[0]
    assert rises(result) and after.argmax() == label
    again = replay(result.png(), PICTURE, network=network)
    np.testing.assert_array_equal(again.image, result.image)


@pytest.mark.slow
def test_a_class_of_an_untrained_inception_with_its_top_by_its_name() -> None:
    keras.utils.set_random_seed(3)
    network = keras.applications.InceptionV3(weights=None)
    term = LayerTerm("predictions", objective="class_logit('jellyfish')")
    assert rises(dream(PICTURE, term, network=network, **SMALL))


def test_a_network_without_a_classifier_says_so() -> None:
    term = LayerTerm("predictions", objective="class_logit('jellyfish')")
    with pytest.raises(NetworkError, match="class_logit needs the network's own classifier, and"):
        dream(PICTURE, [LayerTerm("mixed0"), term], **SMALL)


def test_a_name_needs_a_thousand_classes() -> None:
    term = LayerTerm("predictions", objective="class_logit('jellyfish')")
    with pytest.raises(ArgumentError, match="and predictions gives 10: name that layer"):
        dream(PICTURE, term, network=classifier("logits"), **SMALL)


# ---- A function ----------------------------------------------------------------------------------


def loudest(activation: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.reduce_max(activation, axis=-1))


def test_a_function_of_an_activation(model: keras.Model) -> None:
    term = LayerTerm("first_relu", objective=loudest)
    result = dream(PICTURE, term, network=model, **SMALL)
    assert rises(result)
    assert result.record.layers[0]["objective"] == 'function("loudest")'
    assert 'first_relu function("loudest") 1' in repr(result)
    with pytest.raises(ArgumentError, match="is a function of Python's, 'loudest': it has to be"):
        replay(result.png(), PICTURE, network=model)
    again = replay(result.png(), PICTURE, network=model, layers=term)
    np.testing.assert_array_equal(again.image, result.image)


def test_a_function_is_traced_anew_for_each_dream(model: keras.Model) -> None:
    factor = 1.0
    term = LayerTerm("first_relu", objective=lambda a: factor * tf.reduce_mean(a))
    first = loss_and_gradient(PICTURE, term, network=model)[0]
    factor = 2.0
    assert loss_and_gradient(PICTURE, term, network=model)[0] == pytest.approx(2 * first)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda a: a, r"function\(\"<lambda>\"\) of first must give a scalar. Received: shape"),
        (lambda a: None, "fails: ValueError"),
        (lambda a: 1 / 0, "fails: ZeroDivisionError: division by zero"),
        (lambda a: tf.constant(3.0), "must depend on the activation in TensorFlow"),
        (lambda a: np.mean(a), "of first fails: NotImplementedError"),
        (lambda: 3, "fails: TypeError"),
    ],
)
def test_what_is_wrong_with_a_function_is_said(
    model: keras.Model, function: Any, words: str
) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        dream(PICTURE, LayerTerm("first", objective=function), network=model, **SMALL)
    assert "\n" not in str(caught.value)
    assert "keras.ops, such as tf.reduce_mean(activation), not with NumPy's" in str(caught.value)


def test_a_function_that_is_given_to_the_call_is_told_where_it_goes(model: keras.Model) -> None:
    with pytest.raises(ArgumentError, match=r'of a term, .*`LayerTerm\("mixed3", objective=f\)`'):
        dream(PICTURE, {"first": 1.0}, network=model, objective=loudest, **SMALL)


def test_a_function_has_no_windows(model: keras.Model) -> None:
    from deepdreamr.runs._fitting import window_pixels

    image = np.zeros((2000, 2000, 3), np.uint8)
    terms = {term: [LayerTerm("first", objective=term)] for term in (loudest, None)}
    jobs = [check(request_of(image, terms[t], {"network": model})) for t in terms]
    assert [window_pixels(job, gradient_for(job).activations) is None for job in jobs] == [
        True,
        False,
    ]


# ---- Forged records ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"objective": "neuron(99999999999)"}, "`channel` must be"),
        ({"objective": "neuron(99999)"}, "has the channels 0 to"),
        ({"objective": "__import__('os').system('true')"}, "one objective"),
        ({"objective": "class_logit(3)"}, "class_logit needs the layer of a classifier"),
        ({"objective": "total_variation"}, "its layer must be 'image'"),
        ({"objective": 'function("system")'}, "it has to be given again"),
        ({"objective": "guide"}, "`guide` must be given"),
        ({"objective": "strongest(3)", "channels": [[1, 1.0]]}, "goes without channels"),
    ],
)
def test_a_forged_objective_is_one_line(model: keras.Model, change: Any, words: str) -> None:
    from deepdreamr.runs.record import parse_record

    result = dream(PICTURE, LayerTerm("first"), network=model, **{**SMALL, "iterations": 1})
    forged = json.loads(result.record.json())
    forged["layers"][0] |= change
    record = parse_record(json.dumps(forged))
    with pytest.raises((ArgumentError, NetworkError), match=words) as caught:
        replay(dataclasses.replace(result, record=record), PICTURE, network=model)
    assert "\n" not in str(caught.value)


def test_a_record_s_objective_may_be_written_in_several_ways(model: keras.Model) -> None:
    from deepdreamr.runs.record import parse_record

    call = {**SMALL, "iterations": 1, "network": model}
    result = dream(PICTURE, LayerTerm("first", objective="neuron(3)"), **call)
    written = result.record.json().replace("neuron(3, y=0.5, x=0.5)", "neuron(channel=3)")
    assert written != result.record.json()
    record = parse_record(written)  # as of a version that had other words for it
    again = replay(dataclasses.replace(result, record=record), PICTURE, network=model)
    np.testing.assert_array_equal(again.image, result.image)
