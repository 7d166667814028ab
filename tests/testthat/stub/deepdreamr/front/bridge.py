"""What R calls, answered without a network: the same envelopes, made-up numbers.

What does not depend on a picture is the real bridge's answer, in `answers.json`. The option
`network` chooses how to behave: "long_error", "memory", "raise", "slow", "slow_start", "one".
A picture is plain; its red value is the number of steps done. tests/python/front/test_contract.py
holds all of it against the real bridge.
"""

import json
import os
import struct
import sys
import time
import zlib

with open(os.path.join(os.path.dirname(__file__), "answers.json"), encoding="utf-8") as file:
    ANSWERS = json.load(file)

LAYERS = ["conv", "mixed0", "mixed1", "mixed2", "mixed3", "mixed4", "mixed5", "mixed6"]
ARGUMENTS = ANSWERS["arguments"]["arguments"]
RECIPES = {recipe["name"]: recipe for recipe in ANSWERS["recipes"]["recipes"]}
SETTINGS = {**RECIPES["rblog"]["settings"], "octaves": 2, "iterations": 3, "max_loss": None}
OF_SHEETS = [
    "order",
    "channels",
    "colormap",
    "columns",
    "folder",
    "scale",
    "zoom",
    "overwrite",
    "measure",
    "percentile",
]
SHA256 = "0123456789abcdef" * 4


def about(devices=False):
    tensorflow = os.environ.get("DEEPDREAMR_STUB_TENSORFLOW")
    return answer(
        version=os.environ.get("DEEPDREAMR_STUB_VERSION", "0.0.0"),
        python=sys.executable,
        python_version=os.environ.get("DEEPDREAMR_STUB_PYTHON", "3.11.2"),
        platform=sys.platform,
        packages={"tensorflow": tensorflow, "keras": "3.9", "numpy": "2.1.0", "pillow": "11.0.0"},
        devices=["CPU:0"] if devices else [],
    )


def arguments():
    return ANSWERS["arguments"]


def recipes():
    return ANSWERS["recipes"]


def lcontrib():
    return ANSWERS["lcontrib"]


def class_names():
    return answer(classes=[f"class {number}" for number in range(1000)])


def layer_names(network=None, weights=None):
    return answer(layers=["only"] if network == "one" else list(LAYERS))


def echo(value=None):
    """How a value arrived, for the tests of coercion."""
    return answer(repr=repr(value))


def dream(image, layers=None, options=None, on_step=None, on_preview=None):
    options = options or {}
    network = options.get("network", "inception_v3")
    if network == "long_error":
        return error("argument", "x" * 10000 + " end", traceback="Traceback: " + "y" * 10000)
    if network == "raise":
        raise RuntimeError("not caught")
    if network == "memory":
        return error("memory", "Too large.", hint="Give a smaller `max_memory`.")
    wanted = layers or RECIPES["rblog"]["layers"]
    names = list(wanted) if isinstance(wanted, dict) else [term["layer"] for term in wanted]
    missing = [name for name in names if name not in LAYERS]
    wrong = refusal(options, names, missing)
    if wrong is not None:
        return wrong
    settings = {**SETTINGS, **{key: value for key, value in options.items() if key in SETTINGS}}
    height, width = options.get("size", (30, 40))
    losses, stopped = climb(settings, (height, width), network, on_step, options.get("every"))
    if on_preview is not None:  # at the end alone, as of a dream of less than half a second
        on_preview(
            {"image/jpeg": "/9j/", "text/plain": "a dream"},
            {"image/jpeg": {"width": width, "height": height}},
        )
    made = record(
        image,
        layers=terms(wanted),
        options=options,
        settings=settings,
        network=network,
        octaves=[[height // 2, width // 2], [height, width]][-settings["octaves"] :],
        steps=len(losses["loss"]),
        stopped=stopped,
    )
    return answer(
        png=png(height, width, len(losses["loss"])),
        size=[height, width],
        losses=losses,
        seconds=1.5,
        record=made,
        details="<details><summary>a dream</summary></details>",
        warnings=skipped(missing),
    )


def refusal(options, names, missing):
    """The error of a call that is wrong, or None."""
    unknown = [name for name in options if name not in [*ARGUMENTS, *SETTINGS, *OF_SHEETS]]
    if unknown:
        return error("argument", "unknown argument '%s'." % unknown[0])
    if missing and (options.get("missing") == "error" or len(missing) == len(names)):
        return error("unknown_layer", "unknown layers: %s" % ", ".join(missing))
    return None


def climb(settings, size, network, on_step, every=None):
    """The losses of all steps, and why they ended."""
    losses = {"octave": [], "iteration": [], "loss": []}
    for octave, iteration in steps(settings):
        try:
            if network == "slow":
                work_slowly()
            elif network == "slow_start":
                work_slowly(seconds=30)
        except KeyboardInterrupt:
            if not losses["loss"]:
                raise
            return losses, "interrupted"
        loss = octave + iteration / 10
        for key, value in (("octave", octave), ("iteration", iteration), ("loss", loss)):
            losses[key].append(value)
        scale = settings["octave_scale"] ** (settings["octaves"] - octave)
        step = {
            "octave": octave,
            "octaves": settings["octaves"],
            "height": int(size[0] / scale),
            "width": int(size[1] / scale),
            "iteration": iteration,
            "iterations": settings["iterations"],
            "loss": loss,
            "image": None,
        }
        number = (octave - 1) * settings["iterations"] + iteration
        if every and number % every == 0:
            step["image"] = bytearray([number] * (3 * step["height"] * step["width"]))
        said = on_step(step) if on_step is not None else None
        if said is False or said == "interrupt":
            return losses, "interrupted" if said else "callback"
    return losses, None


def work_slowly(seconds=0.1):
    """Take a moment, after leaving a mark for whoever wants to interrupt."""
    mark = os.environ.get("DEEPDREAMR_STUB_MARK")
    if mark and not os.path.exists(mark):
        with open(mark, "w"):
            pass
    time.sleep(seconds)


def is_slow(options):
    return options.get("network") == "slow"


def was_interrupted(options):
    """Whether an interrupt came while a slow network worked."""
    try:
        if is_slow(options):
            work_slowly()
    except KeyboardInterrupt:
        return True
    return False


def steps(settings):
    for octave in range(1, settings["octaves"] + 1):
        for iteration in range(1, settings["iterations"] + 1):
            yield octave, iteration


def record(image, layers, options, settings, network, octaves, steps, stopped):
    """What a picture carries."""
    seed = options.get("seed") or 1
    return {
        "deepdreamr": "0.0.0",
        "recipe": options.get("recipe", "rblog"),
        "settings": settings,
        "layers": layers,
        "network": network,
        "weights": "no parameters",
        "weights_from": "bundled",
        "weights_sha256": SHA256,
        "convention": "tf",
        "training": options.get("training", False),
        "precision": options.get("precision", "float32"),
        "seed": seed if seed < 2**31 else float(seed),
        "source": os.path.basename(image) if isinstance(image, str) else None,
        "source_size": octaves[-1],
        "source_sha256": SHA256,
        "guide_sha256": None,
        "size": options.get("size"),
        "max_size": options.get("max_size"),
        "window_pixels": None,
        "octaves": octaves,
        "octave": len(octaves),
        "steps": steps,
        "last_step": [1, steps],
        "stopped": stopped,
        "device": "CPU",
        "versions": {name: "1.0" for name in ("python", "tensorflow", "keras", "numpy", "pillow")},
        "engine": options.get("engine", "fast"),
        "skipped": [],
        "mask_sha256": None,
        "masks": [],
        "keep_colors": False,
        "strength": 1.0,
        "threads": 2,
        "processor": "avx2",
    }


def terms(layers):
    """The layers as the real bridge gives them back: terms, each channel with its weight."""
    if isinstance(layers, dict):
        layers = [{"layer": name, "weight": weight} for name, weight in layers.items()]
    return [term_of(term) for term in layers if term["layer"] in (*LAYERS, "image")]


def term_of(term):
    channels = term.get("channels") and [
        c if isinstance(c, list) else [c, 1.0] for c in term["channels"]
    ]
    said = {"layer": term["layer"], "weight": float(term["weight"]), "channels": channels}
    return {**said, **({"objective": term["objective"]} if term.get("objective") else {})}


def feature_maps(image, layer, options=None):
    if layer not in LAYERS:
        return error("unknown_layer", "unknown layer: %s" % layer)
    wrong = refusal(options or {}, [], [])
    if wrong is not None:
        return wrong
    values = [
        y * 100 + x * 10 + channel for y in range(3) for x in range(4) for channel in range(2)
    ]
    return answer(
        png=png(12, 20, 7),
        activations=bytearray(struct.pack("<%df" % len(values), *values)),
        shape=[3, 4, 2],
        strength=[1.5, 2.5],
        layer=layer,
        network="inception_v3",
        weights="no parameters",
        training=False,
        precision="float32",
        source=None,
    )


def layer_sheet(image, layers=None, options=None, on_step=None):
    names = list(LAYERS[1:4]) if layers is None else list(layers)
    first, stopped = None, None
    for number, name in enumerate(names, 1):
        place = {"layer": name, "number": number, "layers": len(names)}
        report = on_step and (lambda step: on_step({**step, **place}))
        dreamed = dream(
            image, {name: 1}, {"octaves": 1, "iterations": 1, **(options or {})}, report
        )
        if not dreamed["ok"]:
            return dreamed
        first, stopped = first or dreamed["record"], dreamed["record"]["stopped"]
        if stopped:
            break
    return answer(
        png=png(16, 24, 9), size=[16, 24], layers=names[:number], stopped=stopped, record=first
    )


def channel_sheet(layer, image=None, options=None, on_step=None):
    options = options or {}
    sheet = layer_sheet(image, [layer], {k: v for k, v in options.items() if k != "size"}, on_step)
    if not sheet["ok"]:
        return sheet
    del sheet["layers"]
    channels = list(options.get("channels") or range(12))
    first = {"layer": layer, "weight": 1, "channels": channels[:1]}
    record = {**sheet["record"], "layers": terms([first])}
    return {**sheet, "record": record, "layer": layer, "channels": channels}


def plan(image=None, layers=None, options=None):
    octaves = [
        {
            "shape": [height, height + 1],
            "windows": 1,
            "window_shape": [height, height + 1],
            "silent": ["mixed6"],
        }
        for height in (10, 20)
    ]
    planned = {
        "source": None,
        "shape": [20, 21],
        "octaves": octaves,
        "layers": [{"objective": None, **term} for term in terms(layers or {"mixed2": 1})],
        "unknown": ["mixed11"],
        "notes": ["a note"],
        "problems": [],
        "memory": 3e9,
        "seconds": 2.5,
        "recipe": "rblog",
        "network": "inception_v3",
        "weights": "no parameters",
        "loads": "nothing",
        "allowed": 8e9,
    }
    return answer(plan=planned, can_run=True, text="Plan: a picture\n  two lines")


def show(picture):
    made = record(
        None, terms({"mixed3": 1}), {"seed": 3}, SETTINGS, "inception_v3", [[20, 21]], 3, None
    )
    return answer(record=made, text='{\n  "recipe": "rblog",\n  "seed": 3\n}')


def dream_many(images, layers, output, options=None, on_step=None):
    options = options or {}
    images = images if isinstance(images, list) else [images]
    if options.get("workers") == 99:
        return error("worker", "no worker.")
    rows = []
    for number, image in enumerate(images):
        failed = "bad" in image
        rows.append({
            "image": image, "output": "%s/%d.png" % (output, number),
            "status": "failed" if failed else "done", "why": "it is bad" if failed else None,
            "seconds": 0.5, "warnings": "",
        })
        if on_step and on_step({**rows[-1], "total": len(images)}) == "interrupt":
            rows.pop()
            break
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    return answer(
        outcomes=columns, ignored={"path": ["notes.txt"], "why": ["is no picture by its name"]},
        text="%d of %d dreamed" % (len(rows), len(images)), seed=options.get("seed", 3),
        interrupted=len(rows) < len(images),
    )


def dream_zoom(image, layers, output, options=None, on_step=None):
    options = options or {}
    if options.get("zoom") == 99:
        return error("argument", "`zoom` must be less.")
    for frame in range(1000 if is_slow(options) else 2):
        if was_interrupted(options):
            return answer(interrupted=True, text="the zoom was interrupted; the same call goes on")
        told = {"key": 1, "keys": 1, "frame": frame, "frames": 1, "left": None if frame else 1.5}
        told["loss"] = None if frame else 2.5
        if on_step and on_step(told) == "interrupt":
            return answer(interrupted=True, text="the zoom was interrupted; the same call goes on")
    return answer(
        interrupted=False, output=output, size=[20, 21], frames=1, dreams=1, duration=0.5,
        seconds=1.5, seed=options.get("seed", 3), notes=["a note"], text="0.5 s of 21x20",
    )


def dream_video(clip, layers, output, options=None, on_step=None):
    options = options or {}
    if options.get("decay") == 99:
        return error("argument", "`decay` must be less.")
    told = {"frame": 1, "frames": 2, "scene": 1, "loss": 2.5, "done": 1}
    for left in (None, *(1000 if is_slow(options) else 1) * (1.5,)):
        if was_interrupted(options):
            return answer(interrupted=True, text="interrupted; the same call goes on")
        if on_step and on_step({**told, "left": left}) == "interrupt":
            return answer(interrupted=True, text="interrupted; the same call goes on")
    return answer(
        interrupted=False, output=output, size=[20, 21], frames=2, scenes=1, seconds=1.5,
        seed=options.get("seed", 3), kept=None, notes=["a note"], text="2 frames of 21x20",
    )


def page(what, options=None):
    options = options or {}
    if options.get("port") == 99999:
        return error("argument", "`port` must be less.")
    place = "http://127.0.0.1:1/?token="
    return answer(number=options.get("number", 1), running=what != "close",
                  address=place + "many", once=place + "one")


def plan_zoom(image, layers, output, options=None):
    planned = {
        "frames": 240, "dreams": 28, "done": 2, "shape": [20, 21], "key_shape": [30, 32],
        "duration": 10.0, "seconds": 2.5, "disk": 80640, "memory": 3e9, "allowed": 8e9,
    }
    return answer(plan=planned, text="10 s of 21x20\ntwo lines")


def plan_video(clip, layers, output, options=None):
    planned = {
        "frames": 2, "done": 1, "shape": [20, 21], "duration": 0.08, "seconds": 2.5, "first": 1.5,
        "each": 0.5, "disk": 80640, "memory": 3e9, "allowed": 8e9, "notes": ["a note"],
    }
    return answer(plan=planned, text="2 frames of 21x20\ntwo lines")


def clip_sheet(clip, options=None):
    return answer(png=png(50, 60, 3), size=[50, 60])


def replay(picture, source=None, options=None, on_step=None):
    return dream(source, None, {"size": [20, 21], **(options or {})}, on_step)


def mix(picture, source, options=None):
    made = dream(source, None, {"size": [20, 21], **(options or {})})
    return {**made, "losses": {"octave": [], "iteration": [], "loss": []}, "seconds": 0.0}


def save(picture, path, options=None):
    """The picture as it is, whatever the suffix says."""
    if os.path.exists(path) and not (options or {}).get("overwrite"):
        return error("output", "'%s' exists already." % path, hint="Allow it with overwrite.")
    with open(path, "wb") as file:
        file.write(picture)
    return answer(path=path)


def gradient_picture(image, layers=None, options=None):
    return answer(png=png(30, 40, 5), size=[30, 40], loss=1.25, limit=0.5)


def answer(warnings=(), **fields):
    return {"ok": True, **fields, "warnings": list(warnings)}


def skipped(missing):
    """The warning of layers that are left out."""
    if not missing:
        return []
    return [{"class": "unknown_layer", "message": "skipped: " + ", ".join(missing)}]


def error(kind, message, hint=None, traceback="Traceback (stub)"):
    return {
        "ok": False,
        "type": kind,
        "message": message,
        "hint": hint,
        "py_type": "StubError",
        "traceback": traceback,
        "warnings": [],
    }


def png(height, width, red):
    """A plain picture (red, 100, 200) as the bytes of a PNG file."""
    rows = (b"\0" + bytes([red % 256, 100, 200]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return bytearray(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            chunk(kind, body)
            for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        )
    )


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
