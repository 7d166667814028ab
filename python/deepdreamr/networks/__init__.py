"""From a network's name, file or model to **activations**, which a DeepDream climbs.

What others may use:

- `sources`: `find_network`, `known_network`, `files_of`, `Source`, `NETWORKS`, `WEIGHTS` (where a
  network comes from, checked, not loaded)
- `loading`: `load_source`, `load_network`, `known_nodes`, `layer_names`
- `loaded`: `loaded_network` (kept for the next call that needs it), `nodes_of`
- `classifiers`: `with_logits` (a network whose logits can be asked for)
- `activations`: `activations_of` (a function from an image to activations), `activations_of_each`
  (of several layers, one at a time), `ENGINES`, `OneChannel` (of a layer), `check_engine`
- `nodes`: `Network`, `Node`, `layer_names`, `needed_nodes` (a network as plain data)
- `sizes`: `activation_shapes`, `only_size`, `smallest_size`, `cell_stride`
- `applications`: `imagenet_is_kept` (whether Keras has downloaded a network's parameters)
- `conventions`: `CONVENTIONS` (how an image becomes what a network takes)
- `inception`: `inception_v3`, `pixel_bytes`
- `weights`: `BUNDLED`, `BUNDLED_SHA256`, `BUNDLED_TEXT`
- `engine.operations`: `WITH_PARAMETERS` (which operations have arrays of their own)

`keras` and `graphs` read files from strangers as data; `engine` runs nodes fast; `plain` states in
Keras's own words what the engine must equal. None of the modules listed imports TensorFlow before
a network is loaded.
"""
