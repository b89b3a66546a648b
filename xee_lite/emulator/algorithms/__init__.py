"""The algorithms, by family. Each module registers its own when it is imported."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module


@cache
def load() -> None:
    """Import every module of this package, so that what it registers is there."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
