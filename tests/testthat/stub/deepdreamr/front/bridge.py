"""What R calls, answered without a network: the same envelopes, made-up numbers.

The option `network` chooses how to behave: "long_error", "memory", "raise", "slow", "one".
The picture is plain; its red value is the number of steps done.
"""

import os
import struct
import sys
import time
import zlib

LAYERS = ["conv", "mixed0", "mixed1", "mixed2", "mixed3", "mixed4", "mixed5", "mixed6"]
SETTINGS = {"octaves": 2, "octave_scale": 1.4, "iterations": 3, "step": 0.025, "max_loss": None}
OPTIONS = ["recipe", "network", "weights", "missing", "training", "seed", "precision", "max_memory",
           "guide", "size", "save_octaves", "order", "channels", "colormap", "columns", "folder"]


def about(devices=False):
    return {
        "ok": True,
        "version": os.environ.get("DEEPDREAMR_STUB_VERSION", "0.0.0"),
        "python": sys.executable,
        "python_version": os.environ.get("DEEPDREAMR_STUB_PYTHON", "3.11.2"),
        "platform": sys.platform,
        "packages": {"tensorflow": os.environ.get("DEEPDREAMR_STUB_TENSORFLOW"), "numpy": "2.1.0"},
        "devices": ["CPU:0"] if devices else [],
    }


def recipes():
    return {
        "ok": True,
        "recipes": [
            {"name": "rblog", "description": "The blog's.", "source": "a blog",
             "network": "inception_v3", "layers": {"mixed2": 0.2, "mixed3": 0.8},
             "settings": dict(SETTINGS)},
            {"name": "keras", "description": "The notebook's.", "source": "a notebook",
             "network": "inception_v3", "layers": {"mixed4": 2.0},
             "settings": dict(SETTINGS, octaves=7, max_loss=10.0)},
        ],
        "settings": [{"name": name, "type": type(value).__name__, "help": "About %s." % name}
                     for name, value in SETTINGS.items()],
    }


def defaults():
    return {"ok": True, "dream": {"recipe": "rblog", "missing": "warn"}}


def layer_names(network=None, weights=None):
    if network == "one":
        return {"ok": True, "layers": ["only"]}
    return {"ok": True, "layers": list(LAYERS)}


def echo(value=None):
    """How a value arrived, for the tests of coercion."""
    return {"ok": True, "repr": repr(value)}


def dream(image, layers, options, on_step=None):
    network = options.get("network", "inception_v3")
    if network == "long_error":
        return error("argument", "x" * 10000 + " end", traceback="Traceback: " + "y" * 10000)
    if network == "raise":
        raise RuntimeError("not caught")
    if network == "memory":
        return error("memory", "Too large.", hint="Give a smaller `max_memory`.")
    unknown = [name for name in options if name not in OPTIONS and name not in SETTINGS]
    if unknown:
        return error("argument", "unknown option %s" % unknown[0])
    wanted = layers or {"mixed2": 0.2, "mixed3": 0.8}
    names = list(wanted) if isinstance(wanted, dict) else [term["layer"] for term in wanted]
    missing = [name for name in names if name not in LAYERS]
    if missing and (options.get("missing") == "error" or len(missing) == len(names)):
        return error("unknown_layer", "unknown layers: %s" % ", ".join(missing), hint="in Python")
    settings = {**SETTINGS, **{key: value for key, value in options.items() if key in SETTINGS}}
    height, width = options.get("size", (30, 40))
    losses = {"octave": [], "iteration": [], "loss": []}
    stopped = None
    for octave, iteration in steps(settings):
        if network == "slow":
            work_slowly()
        loss = octave + iteration / 10
        for key, value in (("octave", octave), ("iteration", iteration), ("loss", loss)):
            losses[key].append(value)
        scale = settings["octave_scale"] ** (settings["octaves"] - octave)
        record = {"octave": octave, "octaves": settings["octaves"], "height": int(height / scale),
                  "width": int(width / scale), "iteration": iteration,
                  "iterations": settings["iterations"], "loss": loss}
        if on_step is not None and on_step(record) is False:
            stopped = "callback"
            break
    return {
        "ok": True, "png": png(height, width, len(losses["loss"])), "size": [height, width],
        "losses": losses,
        "octaves": [[height // 2, width // 2], [height, width]][-settings["octaves"]:],
        "recipe": options.get("recipe", "rblog"), "settings": settings,
        "layers": terms(wanted),
        "network": network, "weights": "no parameters", "seed": options.get("seed"),
        "seconds": 1.5, "stopped": stopped, "source": image if isinstance(image, str) else None,
        "warnings": [{"class": "unknown_layer", "message": "skipped: " + ", ".join(missing)}]
        if missing else [],
    }


def work_slowly():
    """Take a moment, after leaving a mark for whoever wants to interrupt."""
    mark = os.environ.get("DEEPDREAMR_STUB_MARK")
    if mark and not os.path.exists(mark):
        with open(mark, "w"):
            pass
    time.sleep(0.1)


def terms(layers):
    """The layers as the real bridge gives them back: terms, each channel with its weight."""
    if isinstance(layers, dict):
        layers = [{"layer": name, "weight": weight} for name, weight in layers.items()]
    return [{"layer": term["layer"], "weight": float(term["weight"]),
             "channels": term.get("channels") and [[c, 1.0] for c in term["channels"]]}
            for term in layers if term["layer"] in LAYERS]


def steps(settings):
    for octave in range(1, settings["octaves"] + 1):
        for iteration in range(1, settings["iterations"] + 1):
            yield octave, iteration


def feature_maps(image, layer, options):
    if layer not in LAYERS:
        return error("unknown_layer", "unknown layer: %s" % layer, hint="in Python")
    values = [y * 100 + x * 10 + channel for y in range(3) for x in range(4) for channel in range(2)]
    return {"ok": True, "png": png(12, 20, 7), "shape": [3, 4, 2], "layer": layer,
            "activations": bytearray(struct.pack("<%df" % len(values), *values)),
            "network": "inception_v3", "weights": "no parameters"}


def layer_sheet(image, layers, options, on_step=None):
    names = list(LAYERS[1:4]) if layers is None else list(layers)
    stopped = None
    for number, name in enumerate(names, 1):
        step = {"octave": 1, "octaves": 1, "height": 30, "width": 40, "iteration": 1,
                "iterations": 1, "loss": 1.5, "layer": name, "number": number, "layers": len(names)}
        if on_step is not None and on_step(step) is False:
            stopped = "callback"
            break
    return {"ok": True, "png": png(16, 24, 9), "layers": names[:number], "size": [16, 24],
            "recipe": "rblog", "network": "inception_v3", "weights": "no parameters", "seed": 1,
            "stopped": stopped}


def plan(image=None, layers=None, options=None):
    octaves = [{"height": height, "width": height + 1, "windows": 1, "window_height": height,
                "window_width": height + 1, "silent": []} for height in (10, 20)]
    return {"ok": True, "text": "Plan: a picture\n  two lines", "can_run": True, "size": [20, 21],
            "octaves": octaves, "layers": terms(layers or {"mixed2": 1}), "notes": ["a note"],
            "problems": [], "unknown": ["mixed11"], "memory": 3e9, "seconds": 2.5,
            "recipe": "rblog", "network": "inception_v3", "weights": "no parameters",
            "source": None, "warnings": []}


def show(picture):
    return {"ok": True, "recipe": "rblog", "seed": 3, "text": "recipe rblog\nseed 3"}


def replay(picture, source=None, options=None, on_step=None):
    return dream(source, None, {"size": [20, 21], **options}, on_step)


def gradient_picture(image, layers, options):
    return {"ok": True, "png": png(30, 40, 5), "loss": 1.25}


def error(kind, message, hint=None, traceback="Traceback (stub)"):
    return {"ok": False, "type": kind, "message": message, "hint": hint, "traceback": traceback}


def png(height, width, red):
    """A plain picture (red, 100, 200) as the bytes of a PNG file."""
    rows = (b"\0" + bytes([red % 256, 100, 200]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return bytearray(b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, body) for kind, body in
        ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
