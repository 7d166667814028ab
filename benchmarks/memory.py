"""(d) Peak resident memory and seconds per megapixel as the picture grows, each in its own process.

Two octaves of four iterations with the layers of recipe keras, float32. The time is that of the
steps; the start-up is left out. `max_memory` is 4 GB.

usage: python benchmarks/memory.py [MEGAPIXELS...]    default: 0.25 1 4 12 24
"""

from __future__ import annotations

import json
import subprocess
import sys

from measuring import LAYERS, machine, print_table

CHILD = """
import json, sys, time
import numpy as np
from PIL import Image
from deepdreamr import dream, sample_image
megapixels, layers = float(sys.argv[1]), json.loads(sys.argv[2])
scale = (megapixels * 1e6 / (640 * 480)) ** 0.5
size = round(640 * scale), round(480 * scale)
image = np.asarray(Image.open(sample_image()).resize(size, Image.Resampling.BICUBIC))
small = dream(image[:256, :256], layers, recipe="keras", octaves=1, iterations=1)
start = time.perf_counter()
result = dream(image, layers, recipe="keras", octaves=2, iterations=4, max_loss=None,
               max_memory="4GB")
seconds = time.perf_counter() - start
peak = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) * 1024
pixels = sum(h * w for h, w in result.octaves) * 4
print(json.dumps([size, peak, seconds, pixels]))
"""


def main(sizes: list[float]) -> None:
    rows = []
    for megapixels in sizes:
        command = [sys.executable, "-c", CHILD, str(megapixels), json.dumps(LAYERS)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        size, peak, seconds, pixels = json.loads(run.stdout.splitlines()[-1])
        cells = [f"{megapixels:g}", "{} x {}".format(*size), f"{peak / 1e9:.2f} GB"]
        rows.append([*cells, f"{seconds:.1f} s", f"{seconds / pixels * 1e6:.2f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    print(f"{machine()}\n")
    print_table(["megapixels", "size", "peak memory", "time", "seconds per megapixel"], rows)


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [0.25, 1, 4, 12, 24])
