"""The ways in from outside: the command `deepdreamr`, R's bridge, and plans that print as a table.

What others may use:

- `cli`: `main`, `cli` (the command)
- `plans`: `plan`, `Plan`, `plan_video`, `plan_zoom` (public names of the package)
- `tables`: `plan_table`, `readable` (everything that is laid out for a terminal)
- `bridge`: what R calls; every result is a dict of plain types

No other wing imports from here. Commands import what they need when they run, so that
`deepdreamr --help` imports neither TensorFlow nor NumPy.
"""
