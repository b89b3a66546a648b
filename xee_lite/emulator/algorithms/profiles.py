"""Profiles of computations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..profiling import Entry

if TYPE_CHECKING:
    from ..evaluator.context import Context

MAX_ENTRIES = 200
"""Of a profile by default, as the description of the algorithm says."""
MERGED = "(...)"
"""How the service's profiles call what was merged."""


@algorithm("Profile.getProfiles")
def get_profiles(ids: list[str], format_: str, max_entries: int | None, *, context: Context) -> Any:  # noqa: ANN401
    """The costs of some computations together, the greatest first.

    The text is laid out as that of the service. The form of its JSON is not known: here it is a list of dictionaries.
    """
    where = "Profile.getProfiles"
    if format_ not in {"text", "json"}:
        raise EarthError(f"{where}: Unknown format '{format_}'; it is 'text' or 'json'.")
    if max_entries is not None and max_entries < 1:
        raise EarthError(f"{where}: 'maxEntries' must be positive, got {max_entries}.")
    total: dict[str, Entry] = {}
    for name in ids:
        profile = context.profiles.get(name)
        if profile is None:
            raise EarthError(f"{where}: Profile '{name[:100]}' not found; it may have expired.")
        for description, entry in profile.entries.items():
            total.setdefault(description, Entry()).add(entry.seconds, entry.memory, entry.count)
    rows = _merged(sorted(total.items(), key=lambda row: (-row[1].seconds, row[0])), max_entries or MAX_ENTRIES)
    if format_ == "text":
        return " EECU·s PeakMem Count  Description\n" + "".join(
            f"{entry.seconds:7.3f} {_size(entry.memory):>7} {entry.count:5d}  {description}\n"
            for description, entry in rows
        )
    return [
        {
            "description": description,
            "eecuSeconds": round(entry.seconds, 6),
            "peakMemoryBytes": entry.memory,
            "count": entry.count,
        }
        for description, entry in rows
    ]


def _merged(rows: list[tuple[str, Entry]], count: int) -> list[tuple[str, Entry]]:
    if len(rows) <= count:
        return rows
    rest = Entry()
    for _, entry in rows[count - 1 :]:
        rest.add(entry.seconds, entry.memory, entry.count)
    return [*rows[: count - 1], (MERGED, rest)]


def _size(memory: int) -> str:
    """Bytes as the service's profiles write them: 200, 59k, 1.0M."""
    for power, unit in ((30, "G"), (20, "M")):
        if memory >= 2**power:
            return f"{memory / 2**power:.1f}{unit}"
    return f"{memory >> 10}k" if memory >= 2**10 else str(memory)
