"""Nodes as plain data: what some layers depend on, and which phase a layer is in."""

from __future__ import annotations

import pytest

from deepdreamr.networks.inception import inception_v3
from deepdreamr.networks.nodes import (
    NetworkBuilder,
    Node,
    in_training_phase,
    layer_names,
    needed_nodes,
)


def test_needed_nodes_leave_out_the_rest() -> None:
    nodes = inception_v3()
    names = [node.name for node in needed_nodes(nodes, ["mixed0"])]
    assert names[-1] == "mixed0" and "mixed1" not in names
    assert set(names) < {node.name for node in nodes}


@pytest.mark.parametrize("training", [False, True])
def test_a_phase_that_the_model_fixes_is_not_the_caller_s(training: bool) -> None:
    assert in_training_phase(Node("free", "batch_norm"), training) == training
    for fixed in (False, True):
        node = Node("fixed", "batch_norm", (), {"training": fixed})
        assert in_training_phase(node, training) == fixed


def test_repeated_layers_are_named_as_keras_names_them() -> None:
    net = NetworkBuilder()
    names = [net.add("add", "add", "input", name=name) for name in (None, None, "own", None)]
    assert names == ["add", "add_1", "own", "add_2"]
    assert layer_names(net.nodes) == tuple(names)
