"""The wing `front`."""
