"""The wing `networks`."""
