"""Long English names of time zones, as far as this emulator has them: the time zone database has short ones only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError

if TYPE_CHECKING:
    from datetime import datetime

HALVES = {"S": "Standard Time", "D": "Daylight Time"}
AMERICAN = {
    "A": ("Atlantic", -4),
    "E": ("Eastern", -5),
    "C": ("Central", -6),
    "M": ("Mountain", -7),
    "P": ("Pacific", -8),
    "AK": ("Alaska", -9),
    "H": ("Hawaii", -10),
}
"""By what stands before ST and DT: the name, and the hours of standard time."""
EUROPEAN = {"WE": ("Western European", 0), "CE": ("Central European", 1), "EE": ("Eastern European", 2)}
"""By what stands before T and ST."""


def _names() -> dict[tuple[str, float], str]:
    found = {("UTC", 0.0): "Coordinated Universal Time", ("GMT", 0.0): "Greenwich Mean Time"}
    for letters, (name, hours) in AMERICAN.items():
        found |= {(f"{letters}{half}T", hours + (half == "D")): f"{name} {HALVES[half]}" for half in HALVES}
    for letters, (name, hours) in EUROPEAN.items():
        found |= {(f"{letters}T", hours): f"{name} Time", (f"{letters}ST", hours + 1): f"{name} Summer Time"}
    return found


NAMES = _names()
"""By the short name and the hours from UTC, as some short names stand for several zones."""


def zone_name(moment: datetime) -> str:
    """The long name of the time that is kept at a moment: ``Pacific Daylight Time``.

    Raises
    ------
    EarthError
        If there is none here.
    """
    offset = moment.utcoffset()
    short = moment.tzname() or "UTC"
    name = NAMES.get((short, 0.0 if offset is None else offset.total_seconds() / 3600))
    if name is None:
        raise EarthError(
            f"Date: This emulator has no long name for the time zone '{moment.tzinfo}' ({short}); use 'z' or 'ZZZ'."
        )
    return name
