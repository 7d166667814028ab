"""The wing `recipes`."""
