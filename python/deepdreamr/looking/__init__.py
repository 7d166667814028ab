"""The wing `looking`."""
