"""What a picture that grows costs in a notebook: dreams with and without it, in turns.

The sample picture by the default recipe, in a real kernel that nbclient drives, so that the
pictures go all of their way. The first dream of each kind does not count.

usage: python benchmarks/notebook.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import sys
from statistics import median

import nbformat
from measuring import machine
from nbclient import NotebookClient

CELL = """
import json, time
from deepdreamr import dream, sample_image

def seconds(preview):
    start = time.perf_counter()
    made = dream(sample_image("jelly"), seed=1, progress=False, preview=preview)
    return time.perf_counter() - start

times = [[seconds(preview) for preview in (True, False)] for _ in range({rounds} + 1)][1:]
print(json.dumps(times))
"""


def main(rounds: int) -> None:
    """Print the ratio."""
    print(machine())
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    cell = nbformat.v4.new_code_cell(CELL.format(rounds=rounds))
    book = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), timeout=3600).execute()
    (text,) = (o["text"] for o in book["cells"][0]["outputs"] if o.get("name") == "stdout")
    times = json.loads(text)
    ratio = median(shown / plain for shown, plain in times)
    seconds = median(plain for _, plain in times)
    print(f"a dream takes {seconds:.2f} s; with a picture that grows {ratio:.3f} times as long")


if __name__ == "__main__":
    main(int((sys.argv[1:] + ["5"])[0]))
