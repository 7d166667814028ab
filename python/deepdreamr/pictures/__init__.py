"""The wing `pictures`."""
