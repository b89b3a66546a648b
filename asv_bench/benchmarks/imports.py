"""What importing costs, each in an interpreter of its own."""

from __future__ import annotations


def timeraw_import_xarray() -> str:
    """The part that nobody can save."""
    return "import xarray"


def timeraw_import_xee_lite() -> str:
    """Xarray and this package."""
    return "import xee_lite"


def timeraw_import_engine() -> str:
    """The same with the engine, as xarray loads it when it looks for one; the client library comes with an open."""
    return "import xee_lite.backend"


def timeraw_import_xee() -> str:
    """Xee, for comparison."""
    return "import xee"
