"""What a dream's settings are, and those of every published system. Plain data, no TensorFlow.

What others may use:

- `settings`: `Recipe`, `SETTINGS` (what each of its fields means and may be), `setting_type`,
  `check_setting`, `UNITS`
- `earlier`: `with_earlier`, `all_earlier` (what a record of 0.1 means besides)
- `published`: `RECIPES`, `LContrib`, `find_recipe`
- `terms`: `LayerTerm` (what a loss is made of), `layer_terms`, `known_terms`, `unknown_layers`,
  `unknown_layers_message`, `check_channels`, `MISSING`, `check_missing`
- `lists`: `parse_layers`, `numbers_of` (layers and channels in one line of text)
- `units`: `Unit` (a small step as plain data, written like a call), `parse_units`, `unit_texts`
- `objectives`: what a term's objective may be: `OBJECTIVES`, `Neuron`, `Direction`, `ClassLogit`,
  `Guide`, `Strongest`, `TotalVariation`, `Distance`, `Function`, `WORDS`, `as_text`, `class_names`
- `chain`: what may be done to a gradient: `CHAIN`, `Smooth`, `Normalize`, `Laplacian`, `Colors`,
  `IN_CHAIN` (the settings that come to one)
- `transforms`: what an image may go through to the network: `TRANSFORMS`, `Transform`, `Pad`,
  `Crop`, `Jitter`, `Scale`, `Rotate`, `Mirror`, `seen_span`, `most_pixels`, `sizes_seen`
- `spectrum`: `COLORS`, `INDEPENDENT`, `DEVIATION`, `falloff` (of the Fourier image)
- `fields`: `setting`, `REQUIRED` (a field with its help and range)
- `schedule`: what a recipe comes to for a picture of a size: `octave_shapes`, `draw_tiles`,
  `Box`, `Shape`, `shown_shapes`, `largest_shape`, `even_length`, `tile_share`, `widened`,
  `neuron_places`
"""
