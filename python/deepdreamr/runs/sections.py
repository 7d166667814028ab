"""argument → **section** → help, page: what arguments and settings are about, for people.

`SECTIONS` is the only place where that is written.
"""

from __future__ import annotations

SECTIONS: dict[str, tuple[str, ...]] = {
    "Picture": ("size", "max_size", "mask", "masks", "keep_colors", "strength", "source"),
    "Layers": (
        *("layers", "recipe", "guide", "missing", "objective", "border", "mean_over"),
        *("network", "weights", "weights_scale", "convention", "training", "channels"),
    ),
    "Schedule": (
        *("octaves", "octave_scale", "octaves_above", "octave_rounding", "octave_chain"),
        *("octave_sigma", "resize", "carry", "blend", "iterations", "step", "max_loss"),
        *("max_loss_step", "parameters", "optimizer", "clip"),
    ),
    "Gradient": (
        *("chain", "transforms", "jitter", "normalize", "epsilon", "tile_size", "tile_start"),
        *("tile_weights", "tile_normalize", "sigma", "sigma_growth", "sigma_phase"),
        *("smooth_kernel", "smooth_color"),
    ),
    "Output": (
        *("output", "overwrite", "strip_metadata", "save_octaves", "save_steps", "every"),
        *("folder", "columns", "zoom", "order", "colormap", "scale", "percentile"),
    ),
    "Motion": (
        *("motion", "first_iterations", "decay", "renewal", "start", "end", "rate", "keep_frames"),
        *("seconds", "fps", "rotate", "shift", "outward", "loop", "growth", "preview", "frames"),
    ),
    "Running": ("seed", "engine", "precision", "max_memory", "checkpoint"),
    "Page": ("host", "port", "browser", "token", "certfile", "keyfile", "allow_host", "root_path"),
    "Many pictures": ("each", "workers", "threads", "allow_mixed", "verify", "dry_run", "as_json"),
}
"""What each argument, and each setting of a recipe, is about, in the order of the help."""

OTHERS = "Running"


def section_of(name: str) -> str:
    """The section of an option, by the name of its argument or setting."""
    return next((title for title, names in SECTIONS.items() if name in names), OTHERS)
