"""Types of the fixtures that evaluate ee objects in process, and constants of their catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xee_lite.emulator.types import PixelGrid

Value = Callable[[Any], Any]
"""The fixture ``value_of``: an ee object to a value of the emulator."""
Info = Callable[[Any], Any]
"""The fixture ``info``: an ee object to what getInfo gives."""
Sampled = Callable[[Any, PixelGrid], dict[str, Any]]
"""The fixture ``pixels``: the bands of an ee image on a grid, as masked arrays."""

DAY = 86_400_000
"""Milliseconds."""
OWN = "projects/xee-lite/assets"
"""Where the assets of the project that a server starts with are."""
