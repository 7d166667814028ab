"""recipe + terms → **limits** → job: whether a recipe's `max_loss` is one for this loss."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

from ..recipes.earlier import all_earlier
from ..recipes.published import RECIPES
from ..recipes.settings import Recipe
from ..recipes.terms import LayerTerm, layer_terms
from .job import Job
from .request import ARGUMENTS


def settled(job: Job) -> Job:
    """The job with the recipe that holds for it, and its network's parameters as that says."""
    recipe = climbed(limited(job), job.request.size is not None)
    return dataclasses.replace(job, recipe=recipe, source=job.source.scaled(recipe.weights_scale))


def limited(job: Job) -> Recipe:
    """The job's recipe, without the `max_loss` that was published for another loss.

    What the call says holds; so does what an older dream that goes on had begun with.
    """
    recipe, kept = job.recipe, job.checkpoint and job.checkpoint.saved
    if kept:
        said = kept.record.settings.keys() | job.request.settings.keys()
        recipe = recipe.replace(**{n: value for n, value in all_earlier().items() if n not in said})
    if not has_published_limit(job) or is_published_loss(job):
        return recipe
    if kept and kept.record.settings.get("max_loss") == recipe.max_loss:
        return recipe
    return recipe.replace(max_loss=None)


def climbed(recipe: Recipe, from_noise: bool) -> Recipe:
    """The recipe, with what a "spectrum" comes to: magnitudes of a picture stay as they are."""
    if recipe.parameters != "spectrum":
        return recipe
    return recipe.replace(parameters="fourier" if from_noise else "phases")


def has_published_limit(job: Job) -> bool:
    """Whether the recipe brings a `max_loss` that nobody has changed."""
    published = RECIPES.get(job.recipe.name)
    return (
        published is not None
        and published.max_loss is not None
        and published.max_loss == job.recipe.max_loss
        and "max_loss" not in job.request.settings
    )


def is_published_loss(job: Job) -> bool:
    """Whether a job's loss is the one of the recipe: its layers, weights, network, objective."""
    published = RECIPES[job.recipe.name]
    return (
        job.guide is None
        and not job.place.regions
        and (job.source.kind, job.source.name) == ("application", ARGUMENTS["network"].default)
        and job.recipe.objective == published.objective
        and _counted(job.terms, published) == _counted(layer_terms(published.layers), published)
    )


def _counted(terms: Iterable[LayerTerm], recipe: Recipe) -> Counter[LayerTerm]:
    """How often there is each term, its objective the recipe's where it has none."""
    return Counter(
        term if term.objective else dataclasses.replace(term, objective=recipe.objective)
        for term in terms
    )
