"""Beyond one machine: Dask clusters, Apache Beam and Apache Spark, each of which is an extra of its own.

On a Dask cluster nothing has to be called: see `xee_lite.distributed.cap` and `xee_lite.distributed.gathered`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from .plugins import WorkerCredentials
    from .scale import Forecast, forecast

__all__ = ["Forecast", "WorkerCredentials", "forecast"]

_MODULES = {
    "Forecast": ("scale", ""),
    "WorkerCredentials": ("plugins", "distributed"),
    "forecast": ("scale", ""),
}
"""The module of each name, and the extra that it needs."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, extra = _MODULES[name]
    try:
        return getattr(import_module(f".{module}", __name__), name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{__name__}.{name} needs {error.name}, which is not installed: pip install 'xee_lite[{extra}]'."
        ) from error
