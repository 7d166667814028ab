"""settings → **recipes** → everything else: a constant for each published system."""

from __future__ import annotations

from ..values import known_name
from .google import GOOGLE, NARROW, PIXEL, ROUNDED, STANDS_IN, ZOOMED
from .settings import Recipe

LContrib = {"mixed2": 0.2, "mixed3": 0.8, "mixed4": 2.0, "mixed5": 4.0, "mixed6": 5.0}
"""Layer contributions of "Deep Dreaming in R": those of the published nine that InceptionV3 has."""

_KERAS_IO = {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5}

# ImageNet's deviations, of [0, 1]
_DEVIATIONS = f"colors({0.229 * 2}, {0.224 * 2}, {0.225 * 2})"

_ALL = (
    Recipe(
        name="rblog",
        description="Weighted mean squares of five layers over six octaves, lost detail put back.",
        source="the article and script 'Deep Dreaming in R'; octaves run upwards, as its text says"
        + ZOOMED,
        layers=LContrib,
        octaves=6,
        octave_scale=1.4,
        iterations=20,
        step=0.025,
        max_loss=10.0,
    ),
    Recipe(
        name="keras",
        description="Chollet's dream with the values of 'Lab One': as rblog, without the cells "
        "at each activation's edge.",
        source="F. Chollet, Deep Learning with Python, section 8.2, and its notebook" + ZOOMED,
        layers={"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5},
        octaves=7,
        octave_scale=1.4,
        iterations=50,
        step=0.02,
        max_loss=10.0,
        border=2,
    ),
    Recipe(
        name="chollet1",
        description="The first edition's dream: as keras, with a smaller step at fewer octaves.",
        source="F. Chollet, Deep Learning with Python, 1st edition, section 8.2" + ZOOMED,
        layers={"mixed2": 0.2, "mixed3": 3.0, "mixed4": 2.0, "mixed5": 1.5},
        octaves=3,
        octave_scale=1.4,
        iterations=20,
        step=0.01,
        max_loss=10.0,
        border=2,
    ),
    Recipe(
        name="chollet2",
        description="The second edition's dream: layers as keras-io, means of the inner cells, the "
        "gradient divided by the root of its sum of squares.",
        source="F. Chollet, Deep Learning with Python, 2nd edition, section 12.2" + ROUNDED,
        layers=_KERAS_IO,
        octaves=3,
        octave_scale=1.4,
        iterations=30,
        step=20.0,
        max_loss=15.0,
        max_loss_step="taken",
        border=2,
        mean_over="inner",
        normalize="l2",
        epsilon=1e-12,
        resize="half_pixel",
    ),
    Recipe(
        name="keras-io",
        description="The example on keras.io: as keras, with deeper layers, half-pixel resizing; "
        "the step whose loss exceeds max_loss is taken.",
        source="keras.io/examples/generative/deep_dream" + ROUNDED,
        layers=_KERAS_IO,
        octaves=3,
        octave_scale=1.4,
        iterations=20,
        step=0.01,
        max_loss=15.0,
        max_loss_step="taken",
        border=2,
        epsilon=1e-6,
        resize="half_pixel",
    ),
    Recipe(
        name="inception5h",
        description="Tiles with random starts, each normalised; three gaussians that grow with "
        "the iteration; recursive octaves, blended. smooth_color=False gives pastel colours."
        + STANDS_IN.format("mixed3"),
        source="M. E. H. Pedersen, TensorFlow Tutorial 14: DeepDream, for Google's Inception5h; "
        "columns of tiles start in the range that is meant, not in the wider one for rows"
        + ROUNDED
        + NARROW,
        layers={"mixed3": 1.0},
        octaves=5,
        octave_scale=1 / 0.7,
        octave_chain=True,
        octave_rounding="floor_product",
        octave_sigma=0.5,
        resize="lanczos",
        carry="blend",
        blend=0.2,
        iterations=10,
        step=3.0 * PIXEL,
        normalize="std",
        epsilon=1e-8 / PIXEL,
        tile_size=400,
        tile_start="columns",
        tile_normalize=True,
        sigma=0.5,
        sigma_growth=4.0,
    ),
    Recipe(
        name="tf2",
        description="Plain means of two layers at one size, clipped after each step.",
        source="the TensorFlow tutorial on DeepDream, first part" + ROUNDED,
        layers={"mixed3": 1.0, "mixed5": 1.0},
        octaves=1,
        resize="half_pixel",
        carry="image",
        iterations=100,
        step=0.01,
        clip=True,
        objective="mean",
        normalize="std",
        epsilon=1e-8,
    ),
    Recipe(
        name="tf2-octaves",
        description="Plain means of two layers over five octaves, two of them larger than the "
        "picture, in rolled tiles.",
        source="the TensorFlow tutorial on DeepDream, last part; the last row and column of tiles, "
        "which it skips, are dreamed too, and a tile counts by its area, since a narrow one's own "
        "mean would burn dots; the roll reaches 512 both ways" + ROUNDED + NARROW,
        layers={"mixed3": 1.0, "mixed5": 1.0},
        octaves=5,
        octaves_above=2,
        octave_scale=1.3,
        resize="half_pixel",
        carry="image",
        iterations=100,
        step=0.01,
        clip=True,
        objective="mean",
        normalize="std",
        epsilon=1e-8,
        jitter=512,
        tile_size=512,
    ),
    *GOOGLE,
    Recipe(
        name="gordic",
        description="Gradients smoothed by three small gaussians and standardised, with a random "
        "roll." + STANDS_IN.format("mixed3"),
        source="A. Gordić, pytorch-deepdream; its image and step are in units of ImageNet's "
        "deviations, one for each colour" + ROUNDED,
        layers={"mixed3": 1.0},
        octaves=4,
        octave_scale=1.8,
        octave_rounding="round",
        resize="half_pixel",
        carry="image",
        iterations=10,
        step=0.09,
        clip=True,
        chain=(
            _DEVIATIONS,
            'smooth(0.5, growth=2, phase=1, width=9, color=False, edges="mirror")',
            'normalize("standardize", 1e-8)',
            _DEVIATIONS,
        ),
        jitter=32,
    ),
    # Ours. mixed3 paints the eyes and scales that DeepDream is known for, a little mixed2 gives
    # them fine texture; mean squares of mixed4 and deeper come out as confetti with the bundled
    # parameters. Dividing by the standard deviation keeps a few strong pixels from taking the whole
    # step, and clipping keeps them from running away. The roll hides the network's grid. Smoothing
    # lets forms win over single pixels, and over the colour axis it takes the rainbow sparkle away
    # and keeps the picture's own colours. Five octaves make forms of all sizes.
    Recipe(
        name="vivid",
        description="Eyes, scales and whorls in the picture's own colours: the best-looking "
        "picture from the bundled parameters.",
        source="deepdreamr's own; mixtures of the published systems' parts, chosen by eye",
        layers={"mixed2": 0.3, "mixed3": 1.0},
        octaves=5,
        octave_scale=1.4,
        resize="half_pixel",
        iterations=20,
        step=0.02,
        clip=True,
        normalize="std",
        epsilon=1e-8,
        jitter=32,
        sigma=0.4,
        sigma_growth=0.8,
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}
"""Every recipe by name."""


def find_recipe(recipe: str | Recipe) -> Recipe:
    """The recipe of that name (a `Recipe` is returned as it is).

    Raises
    ------
    ArgumentError
        If there is none; the message lists the names.
    """
    if isinstance(recipe, Recipe):
        return recipe
    return RECIPES[known_name("recipe", recipe, RECIPES)]
