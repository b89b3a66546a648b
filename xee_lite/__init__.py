"""An xarray engine for Earth Engine and ArcGIS Image Servers: sources on a pixel grid become lazy, exact datasets."""

from __future__ import annotations

from . import imageserver as imageserver
from .accessor import load
from .distributed import cap as _cap  # noqa: F401 - registers what shares the limits of a cluster among its workers
from .distributed import gathered as _gathered  # noqa: F401 - registers what brings events of workers to their client
from .errors import (
    BudgetError,
    DailyQuotaError,
    DeadlineError,
    InputError,
    OutputError,
    PermanentError,
    QuotaError,
    ReplacedError,
    RequestError,
    TooMuchError,
    TransientError,
    XeeLiteError,
    XeeLiteWarning,
)
from .explain import CostEstimate, Explanation, explain
from .grids.grid import Grid, Window
from .options import set_options
from .outputs.download import download
from .outputs.geotiff import to_geotiff
from .outputs.netcdf import to_netcdf
from .outputs.progress import Export, FailedPart, Progress
from .outputs.reduce import reduce
from .outputs.sample import sample
from .outputs.thumbnail import Thumbnail, thumbnail
from .outputs.zarr import to_zarr
from .profiling import Cost, Spent, profile
from .traffic.events import Done, Retried, Split, Started, subscribe
from .traffic.recording import FailedRead, failed_reads

__version__ = "0.1.0"

__all__ = [
    "BudgetError",
    "Cost",
    "CostEstimate",
    "DailyQuotaError",
    "DeadlineError",
    "Done",
    "Explanation",
    "Export",
    "FailedPart",
    "FailedRead",
    "Grid",
    "InputError",
    "OutputError",
    "PermanentError",
    "Progress",
    "QuotaError",
    "ReplacedError",
    "RequestError",
    "Retried",
    "Spent",
    "Split",
    "Started",
    "Thumbnail",
    "TooMuchError",
    "TransientError",
    "Window",
    "XeeLiteError",
    "XeeLiteWarning",
    "download",
    "explain",
    "failed_reads",
    "load",
    "profile",
    "reduce",
    "sample",
    "set_options",
    "subscribe",
    "thumbnail",
    "to_geotiff",
    "to_netcdf",
    "to_zarr",
]
