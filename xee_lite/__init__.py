"""An xarray engine for Earth Engine: a collection and a pixel grid become a lazy, exact, Dask-backed Dataset."""

__version__ = "0.1.0"
