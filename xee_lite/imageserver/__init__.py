"""ArcGIS Image Server: queries of a catalogue, downloads of original files, and signing in.

`xarray.open_dataset` opens the services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalogue_table import query
    from .download_rasters import download
    from .raster_files import DownloadedRaster
    from .tokens import sign_in, sign_out

__all__ = ["DownloadedRaster", "download", "query", "sign_in", "sign_out"]

_MODULES = {
    "DownloadedRaster": "raster_files",
    "download": "download_rasters",
    "query": "catalogue_table",
    "sign_in": "tokens",
    "sign_out": "tokens",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whichever is asked for
    """Import what is asked for: HTTP is slow to import, and opening loads this package."""
    from importlib import import_module  # noqa: PLC0415

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
