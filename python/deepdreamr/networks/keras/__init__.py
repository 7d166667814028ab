"""The wing `networks/keras`."""
