"""Nodes → activations, fast: the same numbers as Keras's (`networks.plain`), and their gradients.

What others may use, the trunk through `networks.activations`:

- `trunk`: `Trunk` (a network cut off at some layers); `sharing`: `SharedTrunks` (of several
  layers, one at a time, with one graph for what they have in common)
- `operations`: `WITH_PARAMETERS` (which operations have arrays of their own)
- `reordering`: `reordered`; `gradients`: gradients that are cheaper than TensorFlow's
"""
