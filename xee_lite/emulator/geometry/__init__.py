"""Shapes on the Earth and coordinates: what is computed without an image."""
