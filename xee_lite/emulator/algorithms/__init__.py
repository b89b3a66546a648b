"""The algorithms, grouped as in the API reference; importing this package registers them all."""
