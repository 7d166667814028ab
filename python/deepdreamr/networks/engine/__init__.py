"""The wing `networks/engine`."""
