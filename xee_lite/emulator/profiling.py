"""What a request costs, as its profile tells: deterministic, and of the emulator's own making.

Earth Engine's costs follow the images and bands that are loaded, and the pixels little. Two were measured: 60 images of
6 bands at 51 points took about 100 EECU-seconds, 94 of them to load assets, and a tile of 512 x 512 pixels of one band
0.25. The numbers here fit these two, and say nothing of other computations.
"""

from __future__ import annotations

from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

LOAD = 0.25
"""EECU-seconds for each band of each image that is read."""
PIXEL = 1e-8
"""EECU-seconds for each pixel of a band that is read."""
BAND = 0.005
"""EECU-seconds for each band that is computed, once for each grid."""
CALL = 0.0001
"""EECU-seconds for each call of an algorithm."""
REQUEST = 0.005
"""EECU-seconds for a request that does nothing."""
PLUMBING = "(plumbing)"
"""What the service's profiles call all that is no algorithm and no asset."""


@dataclass(slots=True)
class Entry:
    """One line of a profile.

    Attributes
    ----------
    seconds : float
        EECU-seconds.
    memory : int
        Bytes, at most at a time.
    count : int
        How often it was done.
    """

    seconds: float = 0.0
    memory: int = 0
    count: int = 0

    def add(self, seconds: float, memory: int = 0, count: int = 1) -> None:
        """Count something more of the kind."""
        self.seconds += seconds
        self.memory = max(self.memory, memory)
        self.count += count


def _entries() -> defaultdict[str, Entry]:
    return defaultdict(Entry)


@dataclass(slots=True)
class Profile:
    """The costs of one request, by their description."""

    entries: defaultdict[str, Entry] = field(default_factory=_entries)
    loaded: set[Hashable] = field(default_factory=set)


_CURRENT: ContextVar[Profile | None] = ContextVar("profile", default=None)


def start() -> Profile:
    """Begin the profile of the request that this thread serves."""
    profile = Profile()
    profile.entries[PLUMBING].add(REQUEST)
    _CURRENT.set(profile)
    return profile


def note_load(asset: str, band: Hashable, pixels: int, size: int) -> None:
    """Note that pixels of one of an asset's bands were read, of so many bytes."""
    profile = _CURRENT.get()
    if profile is not None:
        key = asset, band
        profile.entries[f"Loading assets: {asset}"].add(PIXEL * pixels + LOAD * (key not in profile.loaded), size)
        profile.loaded.add(key)


def note_band(size: int) -> None:
    """Note that a band was computed on a grid, of so many bytes."""
    profile = _CURRENT.get()
    if profile is not None:
        profile.entries[PLUMBING].add(BAND, size)


def note_call(algorithm: str) -> None:
    """Note that an algorithm was called."""
    profile = _CURRENT.get()
    if profile is not None:
        profile.entries[f"Algorithm {algorithm}"].add(CALL)
