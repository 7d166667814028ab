"""Where a network comes from: names, paths, objects, and words for weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from toys import small_model

from deepdreamr.errors import ArgumentError, NetworkError, WeightsError
from deepdreamr.networks.sources import NETWORKS, find_network


@pytest.mark.parametrize(
    "spelled", ["VGG16", "vgg16", "InceptionV3", "inception-v3", "ResNet50V2", "EfficientNetV2B0"]
)
def test_names_are_taken_as_people_spell_them(spelled: str) -> None:
    source = find_network(spelled, weights="untrained")
    assert source.name in NETWORKS and source.kind == "application"


def test_an_unknown_name_lists_the_known_ones_and_near_ones() -> None:
    with pytest.raises(NetworkError, match=r"'vgg15'. Did you mean vgg1.*Known: .*mobilenet"):
        find_network("vgg15")


def test_a_path_that_is_not_there() -> None:
    for path in ("models/mine.keras", Path("mine.h5")):
        with pytest.raises(NetworkError, match="there is no file"):
            find_network(path)


@pytest.mark.parametrize("network", [3, None, object(), ["vgg16"]])
def test_something_else_than_a_network(network: Any) -> None:
    with pytest.raises(NetworkError, match="must be a name, a path or a keras.Model"):
        find_network(network)


def test_a_network_known_by_name_keeps_its_convention() -> None:
    assert find_network("vgg16", weights="untrained", convention="caffe").convention == "caffe"
    with pytest.raises(ArgumentError, match="vgg16 has the convention 'caffe'"):
        find_network("vgg16", weights="untrained", convention="tf")
    with pytest.raises(ArgumentError, match="unknown convention 'rgb'"):
        find_network(small_model(), convention="rgb")


def test_own_networks_bring_their_own_parameters() -> None:
    with pytest.raises(WeightsError, match='must be "auto"'):
        find_network(small_model(), weights="untrained")


def test_words_for_weights() -> None:
    assert find_network("inception_v3").weights == "bundled"
    assert find_network("vgg16").weights == "imagenet"
    with pytest.raises(WeightsError, match="vgg16 has no bundled weights"):
        find_network("vgg16", weights="bundled")
    with pytest.raises(WeightsError, match="must be one of auto.*or a file that exists"):
        find_network("vgg16", weights="nowhere.h5")
    with pytest.raises(WeightsError, match="inception5h has no imagenet weights"):
        find_network("inception5h", weights="imagenet")
