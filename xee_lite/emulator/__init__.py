"""A local Earth Engine over real HTTP on loopback."""
