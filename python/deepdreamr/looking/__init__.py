"""Looking inside: what a layer sees in a picture, and what it makes of it.

What others may use:

- `features`: `feature_maps` (the activations of a layer)
- `maps`: `FeatureMaps`, `check_sheet`, `ORDERS`, `SCALES` (activations as a contact sheet)
- `layers`: `layer_sheet`, `LayerSheet`, `LayerStep` (one dream for each layer, side by side)
- `channels`: `channel_sheet`, `ChannelSheet` (one dream for each channel of a layer)
- `gradient`: `loss_and_gradient`, `gradient_picture`, `GradientPicture` (how a loss would grow)
- `colormaps`: `COLORMAPS`, `find_colormap` (numbers as colours)

TensorFlow is not imported before a function is called. Imports go one way: colormaps ← maps ←
features, tiles ← layers and channels; gradient stands alone.
"""
