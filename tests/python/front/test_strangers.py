"""Networks of strangers in the shell: one line and exit status 2, whatever is in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tensorflow.core.framework import graph_pb2


def calls_itself(graph: Any) -> None:
    """A function that calls itself: TensorFlow would end the process."""
    function = graph.library.function.add()
    function.signature.name = "f"
    function.node_def.add(name="again", op="f")
    graph.node.add(name="first", op="f")


def one_name(graph: Any) -> None:
    for _ in range(2):
        graph.node.add(name="n", op="NoOp")


def one_value(graph: Any) -> None:
    node = graph.node.add(name="huge", op="Const")
    tensor = node.attr["value"].tensor
    tensor.dtype = node.attr["dtype"].type = 1
    tensor.float_val.append(0)
    for size in (100_000, 100_000, 3, 4):
        tensor.tensor_shape.dim.add(size=size)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("forge", "words", "rehearsal"),
    [
        (calls_itself, "holds a function that calls itself, 'f'", "on"),
        (one_name, "holds two nodes 'n'", "off"),
        (one_value, "would grow from", "off"),
    ],
)
def test_a_forged_graph_is_one_line(forge: Any, words: str, rehearsal: str, tmp_path: Path) -> None:
    graph = graph_pb2.GraphDef()
    forge(graph)
    path = tmp_path / "forged.pb"
    path.write_bytes(graph.SerializeToString())
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DEEPDREAMR_REHEARSAL": rehearsal,
        "DEEPDREAMR_CACHE": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-m", "deepdreamr", "layers", str(path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 2 and not ended.stdout
    assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1
    assert words in ended.stderr
    assert not (tmp_path / "cache").exists()
