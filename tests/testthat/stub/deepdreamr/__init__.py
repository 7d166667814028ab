"""A stand-in for the Python package, without TensorFlow, for the tests of the R package."""
