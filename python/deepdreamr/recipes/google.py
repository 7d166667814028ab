"""settings → **recipes** → published: those of Google's own notebooks, of 2015 to 2018."""

from __future__ import annotations

from .settings import Recipe

PIXEL = 1 / 127.5
"""One unit of 0-255 in the [-1, 1] that images have here."""

STANDS_IN = " The published layers are another network's; InceptionV3's {} stands in for them."

ROUNDED = "; colours are rounded to 8 bits, not truncated"
ZOOMED = ROUNDED + ", and a last row or column is never zeroed, as SciPy's zoom does at some sizes"
NARROW = ", and tiles too narrow for InceptionV3 are seen with what lies beside them"
"""Where recipes depart from their sources, in words."""

GOOGLE = (
    Recipe(
        name="google2015",
        description="The notebook that began it: half the sum of squares of one layer, a random "
        "roll before each step; what was dreamed is carried from octave to octave."
        + STANDS_IN.format("mixed4"),
        source="A. Mordvintsev, C. Olah, M. Tyka, deepdream/dream.ipynb (2015), for GoogLeNet"
        + ZOOMED,
        layers={"mixed4": 1.0},
        octaves=4,
        octave_scale=1.4,
        octave_chain=True,
        octave_rounding="round",
        carry="detail",
        iterations=10,
        step=1.5 * PIXEL,
        clip=True,
        objective="half_sum_square",
        epsilon=1e-30,
        jitter=32,
    ),
    Recipe(
        name="laplace2015",
        description="The gradient's fine and coarse bands made equally strong by a Laplacian "
        "pyramid: smooth, deep colours, also from noise. Name one channel of a layer for its "
        "pattern." + STANDS_IN.format("mixed4"),
        source="A. Mordvintsev, TensorFlow's example deepdream.ipynb (2015), for Inception5h; the "
        "last tiles, which it leaves out where they are narrow, are dreamed too, a tile counts "
        "by its area, the roll goes both ways, and sizes are resized by pixel areas"
        + ROUNDED
        + NARROW,
        layers={"mixed4": 1.0},
        octaves=3,
        octaves_above=2,
        octave_scale=1.4,
        resize="half_pixel",
        carry="image",
        iterations=10,
        step=1.0 * PIXEL,
        objective="mean",
        chain=("laplacian(4)",),
        jitter=512,
        tile_size=512,
    ),
    Recipe(
        name="lucid",
        description="Feature visualisation: the Fourier coefficients of an image in uncorrelated "
        "colours, climbed by Adam, seen padded, cropped, scaled and turned. From noise all of them "
        "(size 224 or so); from a picture, whose magnitudes stay, the phases, as MACO and feature "
        "accentuation do. Name one channel of a layer for its feature."
        + STANDS_IN.format("mixed4"),
        source="lucid's render_vis with its standard transforms (C. Olah, A. Mordvintsev, L. "
        "Schubert, Feature Visualization, 2017), for Inception5h; a turn is bilinear, where lucid "
        "takes the nearest pixel, and of exactly so many degrees" + ROUNDED,
        layers={"mixed4": 1.0},
        octaves=1,
        resize="half_pixel",
        carry="image",
        iterations=512,
        step=0.05,
        parameters="spectrum",
        optimizer="adam",
        transforms=("pad(12)", "crop(8)", "scale(0.9, 1.1)", "rotate(10, -1)", "crop(4)"),
        objective="mean",
        normalize="none",
    ),
)
