"""What a DeepDream is, on tensors alone: a loss, its gradient, the ascent, the pyramid of octaves.

Start with `octaves`: the whole algorithm is on its first screen. The core knows no file, no
network's name, no memory limit and no progress bar; it imports TensorFlow, NumPy, the ground and
`recipes`. What others may use:

- `octaves`: `dream`, `Pyramid`, `State`, `resized`
- `ascent`: `ascend`, `climb`, `Step`
- `gradient`: `Gradient` (how a dream asks for its direction), `LossGradient`, `gradient_of`,
  `cropped`
- `transforms`: `shown` (an image as the network is shown it)
- `parameters`: `Climber`, `numbers_of`, `image_of` (other numbers than pixels)
- `chain`: `chained` (what is done to a gradient before the step)
- `loss`: `Activations` (what a network is to a dream), `total_loss`, `term_loss`, `inner_cells`,
  `Image`, `IMAGE`, `INTEGERS`, `MASK`, `NUMBER`
- `objectives`: `Cells` (what counts of an activation)
- `smoothing`: `gaussian_blur`, `CASCADE`
"""
