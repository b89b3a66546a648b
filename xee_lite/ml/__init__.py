"""Patches of a lazy dataset for machine learning: where they lie, sets that lie apart, batches, and a cache on disk.

Everything here gives NumPy arrays; `xee_lite.ml.torch`, which is imported by itself, gives tensors.
"""

from __future__ import annotations

from .cache import ArrayCache
from .missing import Missing
from .order import Share
from .patches import Patches, grid_patches, point_patches, random_patches
from .reading import PatchReader
from .splits import split
from .statistics import Statistics

__all__ = [
    "ArrayCache",
    "Missing",
    "PatchReader",
    "Patches",
    "Share",
    "Statistics",
    "grid_patches",
    "point_patches",
    "random_patches",
    "split",
]
