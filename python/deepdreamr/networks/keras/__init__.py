"""Keras models, from strangers' files or from the user → nodes.

What others may use, through `networks.loading` and `networks.applications`:

- `files`: `load_keras_file` (a `.keras` or `.h5` file; nothing in it can run code)
- `models`: `model_nodes` (from a model to its nodes)
- `weight_files`: `load_parameters` (from a file of parameters into an application)
"""
