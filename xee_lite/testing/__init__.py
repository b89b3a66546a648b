"""A kit for tests: a local Earth Engine, readers whose pixels say where they come from, and one that counts requests.

The pytest fixture is in `xee_lite.testing.plugin`.
"""

from __future__ import annotations

from .local import local_earth
from .readers import CodedReader, CountingReader

__all__ = ["CodedReader", "CountingReader", "local_earth"]
