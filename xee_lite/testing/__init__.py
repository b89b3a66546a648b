"""A kit for tests: a local Earth Engine, and readers whose every pixel says where it comes from or that are watched.

The pytest fixture is in `xee_lite.testing.plugin`.
"""

from __future__ import annotations

from .local import local_earth
from .readers import CodedReader, CountingReader

__all__ = ["CodedReader", "CountingReader", "local_earth"]
