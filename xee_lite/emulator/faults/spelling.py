"""Faults as one line of text: ``latency=0.5,503=0.02,reset=0.01,seed=7``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .kinds import Fault
from .plan import Burst, Faults, Latency, Quota

if TYPE_CHECKING:
    from collections.abc import Callable


def _whole(text: str) -> int:
    """A whole number, which may come as 1e6."""
    number = float(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _flag(text: str) -> bool:
    """Yes as 1, no as 0."""
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _calls(text: str) -> frozenset[str]:
    return frozenset(text.split("+"))


_KEYS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "latency": ("latency", "seconds", float),
    "latency_per_megapixel": ("latency", "per_megapixel", float),
    "latency_tail": ("latency", "tail", float),
    "concurrent": ("quota", "concurrent", _whole),
    "per_second": ("quota", "per_second", _whole),
    "burst": ("burst", "rate", float),
    "burst_length": ("burst", "length", _whole),
    "burst_fault": ("burst", "fault", str),
    "bandwidth": ("", "bandwidth", float),
    "memory_limit": ("", "memory_limit", _whole),
    "time_limit": ("", "time_limit", _whole),
    "retry_after": ("", "retry_after", _whole),
    "restricted": ("", "restricted", _flag),
    "stall_seconds": ("", "stall_seconds", float),
    "calls": ("", "calls", _calls),
    "seed": ("", "seed", _whole),
    **{fault: ("rates", fault, float) for fault in Fault},
}
"""Of each key: the field of `Faults` that it is within (none: it is one itself), its name there, how it is read."""
_PARTS: dict[str, Callable[..., Any]] = {"latency": Latency, "quota": Quota, "burst": Burst, "rates": dict}


def parse_faults(text: str) -> Faults:
    """Read faults as the command line spells them.

    Parameters
    ----------
    text : str
        ``key=number`` pairs with commas between. A key is the name of a `Fault`, whose rate it sets; a field of
        `Faults`; ``latency``, ``latency_per_megapixel``, ``latency_tail``; ``concurrent``, ``per_second`` (the quota);
        ``burst``, ``burst_length``, ``burst_fault``. Several ``calls`` are joined with ``+``.

    Returns
    -------
    Faults
        What the pairs say; of what they do not name, the default.

    Raises
    ------
    ValueError
        If a key is unknown or twice there, or a value can not be read or is out of its range.
    """
    within: dict[str, dict[str, Any]] = {}
    for pair in filter(None, text.replace(" ", "").split(",")):
        key, _, value = pair.partition("=")
        if key not in _KEYS:
            raise ValueError(f"{key[:50]!r} is no fault; pass key=number pairs of {', '.join(_KEYS)}.")
        part, name, _reader = _KEYS[key]
        if name in within.setdefault(part, {}):
            raise ValueError(f"{key!r} is there twice; pass it once.")
        within[part][name] = _read(key, value)
    if "burst" in within and "rate" not in within["burst"]:
        raise ValueError("A burst needs its rate: pass burst=0.1 for a tenth of the requests.")
    fields = within.pop("", {})
    return Faults(**fields, **{part: _PARTS[part](**values) for part, values in within.items()})


def _read(key: str, value: str) -> Any:  # noqa: ANN401 - a field of one of four dataclasses
    try:
        return _KEYS[key][2](value)
    except (ValueError, OverflowError):
        raise ValueError(f"{key}={value[:50]!r} can not be read; pass a number.") from None
