"""Frozen TensorFlow graphs and SavedModels from strangers → networks; nothing of them is run.

What others may use, through `networks.loading`:

- `files`: `load_graph_file` (a `.pb`, or a zip with one)
- `saved_models`: `load_saved_model` (a folder)
- `frozen`: `graph_network` (from either of them)

`inlining` and `reading` make a graph plain: without calls of functions, without variables;
`following`, `computable` and `chance` rework it so that it can be dreamed with at any size;
`operations`, `claims`, `variables` and `indexes` check what they hold before TensorFlow sees it.
"""
