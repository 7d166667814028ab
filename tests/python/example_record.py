"""A record as a saved picture carries it, for the tests of all that reads one."""

from __future__ import annotations

import copy
import json
from typing import Any

from deepdreamr.recipes.published import RECIPES
from deepdreamr.runs.record import Record, parse_record

SHA = "0123456789abcdef" * 4

RECORD: dict[str, Any] = {
    "deepdreamr": "1.2.3",
    "recipe": "vivid",
    "settings": json.loads(json.dumps(RECIPES["vivid"].settings())),
    "layers": [
        {"layer": "mixed3", "weight": 1.0, "channels": None},
        {"layer": "mixed4", "weight": -0.5, "channels": [[66, 1.0], [143, 2.5]]},
    ],
    "network": "inception_v3",
    "weights": "bundled: InceptionV3",
    "weights_from": "bundled",
    "weights_sha256": SHA,
    "convention": "tf",
    "training": False,
    "precision": "float32",
    "seed": 2**31,
    "source": "jelly.jpg",
    "source_size": [480, 640],
    "source_sha256": SHA,
    "guide_sha256": None,
    "size": None,
    "max_size": 640,
    "window_pixels": None,
    "octaves": [[342, 457], [480, 640]],
    "octave": 2,
    "steps": 40,
    "last_step": [2, 20],
    "stopped": None,
    "device": "CPU",
    "versions": {"python": "3.11.2", "tensorflow": "2.16.1"},
    "engine": "fast",
    "skipped": [],
    "mask_sha256": None,
    "masks": [],
    "keep_colors": False,
    "strength": 1.0,
    "threads": 2,
    "processor": "avx2",
}


def made(**changes: Any) -> dict[str, Any]:
    """A copy with some fields changed."""
    return {**copy.deepcopy(RECORD), **changes}


def a_record(**changes: Any) -> Record:
    """The record of a copy with some fields changed."""
    return parse_record(json.dumps(made(**changes)))
