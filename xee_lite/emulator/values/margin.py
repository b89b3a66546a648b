"""Error margins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorMargin:
    """How far a geometric result may be off.

    Results here are as exact as shapely and pyproj compute them, so a margin is carried and never spent.
    """

    value: float | None
    unit: str = "meters"
