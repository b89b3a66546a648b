"""Error margins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BOUNDLESS = 2e7
"""Metres from which a margin is as good as infinite (a comment in the reference's sample of ErrorMargin)."""


@dataclass(frozen=True, slots=True)
class ErrorMargin:
    """How far a geometric result may be off.

    Results here are as exact as shapely and pyproj compute them, but for edges that can not be kept as they are: those
    of a projection on the sphere, for example.
    """

    value: float | None
    unit: str = "meters"

    @property
    def metres(self) -> float | None:
        """The margin in metres, where it is one of metres and not nothing."""
        return abs(self.value) if self.value and self.unit == "meters" else None

    def to_json(self) -> dict[str, Any]:
        """What getInfo gives: never less than nothing, and without a value where it is infinite."""
        value = abs(self.value or 0)
        if self.unit == "infinite" or (self.unit == "meters" and value >= BOUNDLESS):
            return {"type": "ErrorMargin", "unit": "infinite"}
        return {"type": "ErrorMargin", "unit": self.unit, "value": value}
