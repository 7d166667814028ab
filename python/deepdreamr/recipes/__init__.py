"""What a dream's settings are, and those of every published system. Plain data, no TensorFlow.

What others may use:

- `settings`: `Recipe`, `SETTINGS` (what each of its fields means and may be), `setting_type`
- `published`: `RECIPES`, `LContrib`, `find_recipe`
- `terms`: `LayerTerm` (what a loss is made of), `layer_terms`, `known_terms`, `unknown_layers`,
  `check_channels`, `MISSING`, `check_missing`
- `schedule`: what a recipe comes to for a picture of a size: `octave_shapes`, `draw_tiles`,
  `iteration_sigma`, `Box`, `Shape`, `even_length`, `widened`
"""
