"""What a dream's settings are, and those of every published system. Plain data, no TensorFlow.

What others may use:

- `settings`: `Recipe`, and `SETTINGS`, what each of its fields means and may be
- `published`: `RECIPES`, `LContrib`, `find_recipe`
- `terms`: `LayerTerm`, what a loss is made of, and how terms may be written
- `schedule`: what a recipe comes to for a picture of a size: octaves, tiles, blurs
"""
