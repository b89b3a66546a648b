"""An xarray engine for Earth Engine: a collection and a pixel grid become a lazy, exact, Dask-backed Dataset."""

from __future__ import annotations

from . import imageserver as imageserver
from .errors import (
    BudgetError,
    DailyQuotaError,
    DeadlineError,
    InputError,
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
from .profiling import Cost, Spent, profile
from .traffic.events import Done, Retried, Split, Started, subscribe

__version__ = "0.1.0"

__all__ = [
    "BudgetError",
    "Cost",
    "CostEstimate",
    "DailyQuotaError",
    "DeadlineError",
    "Done",
    "Explanation",
    "Grid",
    "InputError",
    "PermanentError",
    "QuotaError",
    "ReplacedError",
    "RequestError",
    "Retried",
    "Spent",
    "Split",
    "Started",
    "TooMuchError",
    "TransientError",
    "Window",
    "XeeLiteError",
    "XeeLiteWarning",
    "explain",
    "profile",
    "set_options",
    "subscribe",
]
