"""The type of what an expression may evaluate to."""

from __future__ import annotations

from typing import Any

Value = Any
"""JSON's own types (None, bool, int, float, str, list, dict), bytes, or one of this package's values: Image, Feature,
Collection, Geometry, Projection, PixelType, Date, DateRange, Array, Filter, Reducer, ErrorMargin, Function."""
