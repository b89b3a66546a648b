"""The profiles of requests, which clients fetch by the ids that their replies carry."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..profiling import Profile

REQUEST_HEADER = "x-earth-engine-computation-profiling"
"""By which a client asks for a profile (its module ``ee.data``)."""
REPLY_HEADER = "x-earth-engine-computation-profile"
"""Which carries its id."""
_MOST = 1000
"""Profiles that are kept; the oldest go first. For how long the service keeps them is not known."""


class ProfileStore(Mapping[str, "Profile"]):
    """Profiles by their ids."""

    def __init__(self) -> None:
        self._profiles: OrderedDict[str, Profile] = OrderedDict()
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def add(self, request: bytes, profile: Profile) -> str:
        """Keep the profile of a request; its id."""
        with self._lock:
            name = hashlib.blake2b(request, digest_size=16, salt=next(self._numbers).to_bytes(16)).hexdigest()
            self._profiles[name] = profile
            if len(self._profiles) > _MOST:
                self._profiles.popitem(last=False)
        return name

    def __getitem__(self, name: str) -> Profile:
        return self._profiles[name]

    def __len__(self) -> int:
        return len(self._profiles)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._profiles))
