"""The wing `core`."""
