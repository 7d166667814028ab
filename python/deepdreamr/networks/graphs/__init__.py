"""The wing `networks/graphs`."""
