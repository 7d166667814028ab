"""(c) Time from a cold process to the first gradient of a 640 x 427 picture, phase by phase.

usage: python benchmarks/startup.py [RUNS]
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median

from measuring import machine, print_table

CHILD = """
import json, time
start = time.perf_counter()
phases = {}
def mark(name):
    global start
    now = time.perf_counter()
    phases[name], start = now - start, now
import numpy as np
from deepdreamr.runs.checking import check
from deepdreamr.runs.gradients import gradient_for
from deepdreamr.runs.request import Request
mark("import deepdreamr")
image = np.random.default_rng(0).uniform(-1, 1, (1, 427, 640, 3)).astype(np.float32)
job = check(Request(image=image, recipe="keras", settings={"octaves": 4}))
mark("check the call")
from deepdreamr.backend import import_tensorflow
import_tensorflow()
mark("import TensorFlow")
gradient = gradient_for(job)
mark("parameters and trunk")
import tensorflow as tf
image = tf.constant(image)
float(gradient.whole(image)[0])
mark("trace and first gradient")
float(gradient.whole(image)[0])
mark("second gradient")
print(json.dumps(phases))
"""


def main(runs: int) -> None:
    results = []
    for _ in range(runs):
        run = subprocess.run(
            [sys.executable, "-c", CHILD], capture_output=True, text=True, check=True
        )
        results.append(json.loads(run.stdout))
    phases = {name: median(result[name] for result in results) for name in results[0]}
    first = sum(seconds for name, seconds in phases.items() if name != "second gradient")
    print(f"{machine()}; {runs} processes, medians\n")
    print_table(
        ["phase", "seconds", "share"],
        [
            [name, f"{seconds:.2f}", "-" if name == "second gradient" else f"{seconds / first:.0%}"]
            for name, seconds in phases.items()
        ],
    )
    print(
        f"\nuntil the first gradient: {first:.2f} s, of which without importing TensorFlow: ",
        end="",
    )
    print(f"{first - phases['import TensorFlow']:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
