"""The wing that talks to Earth Engine, and the only one that imports ``ee``."""
