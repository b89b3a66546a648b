"""The configuration of faults, and draws that depend on nothing but their arguments."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

from .kinds import CALLS, PIXEL_CALLS, Fault, parse_fault

if TYPE_CHECKING:
    from types import UnionType

NUMBER = (int | float, "a number")
COUNT = (int | None, "a whole number, or None")
"""Types of fields, and how a sentence calls them."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One attempt of one request, which is what a draw depends on.

    Attributes
    ----------
    call : str
        As the request log has it, such as ``computePixels``.
    digest : bytes
        Of path and body: the same request again has the same.
    attempt : int
        How often this request came before.
    """

    call: str
    digest: bytes
    attempt: int

    def number(self, seed: int, purpose: str) -> float:
        """A number from 0 up to 1, another one for each purpose."""
        return _number(seed, purpose, self.call, self.digest.hex(), self.attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from a request's arrival to the first byte of its reply, or what the computation takes if that is more.

    Attributes
    ----------
    seconds : float
        Of a request for no pixels.
    per_megapixel : float
        Seconds more for each million of pixels, a pixel of each band counting as one.
    tail : float
        0 for the same latency every time; else the sigma of a log-normal factor of median 1: with 0.5, one request in
        a hundred takes 3.2 times as long as the median, with 1 ten times.
    """

    seconds: float = 0.0
    per_megapixel: float = 0.0
    tail: float = 0.0

    def __post_init__(self) -> None:
        for name in ("seconds", "per_megapixel", "tail"):
            _check_type(f"Latency({name}=...)", getattr(self, name), *NUMBER)
            _check_from_zero(f"Latency({name}=...)", getattr(self, name))

    def draw(self, values: int, number: float) -> float:
        """Seconds for a reply of some pixel values, from a number between 0 and 1."""
        plain = self.seconds + self.per_megapixel * values / 1e6
        if not self.tail:
            return plain
        return plain * math.exp(self.tail * NormalDist().inv_cdf(min(max(number, 1e-9), 1 - 1e-9)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Above these, the answer is 429.

    Earth Engine allows a project about 40 requests at once and 100 in a second (its guide on usage); by which window
    it counts is not known, here it is the last second.

    Attributes
    ----------
    concurrent : int, optional
        Requests that are being answered at the same time.
    per_second : int, optional
        Requests let in within any second.
    """

    concurrent: int | None = None
    per_second: int | None = None

    def __post_init__(self) -> None:
        for name in ("concurrent", "per_second"):
            limit = getattr(self, name)
            _check_type(f"Quota({name}=...)", limit, *COUNT)
            if limit is not None and limit < 1:
                raise ValueError(f"Quota({name}={limit}) lets nothing in; pass a number from 1, or None for no limit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Requests that fail in a row, in the order in which they arrive.

    Attributes
    ----------
    rate : float
        The share of requests that fall into a burst, 0 to 1.
    length : int
        Requests of one burst.
    fault : str
        What all of them meet.
    """

    rate: float
    length: int = 10
    fault: str = Fault.UNAVAILABLE

    def __post_init__(self) -> None:
        _check_type("Burst(rate=...)", self.rate, *NUMBER)
        _check_type("Burst(length=...)", self.length, int, "a whole number")
        _check_type("Burst(fault=...)", self.fault, str, "the name of a fault")
        _check_share("Burst(rate=...)", self.rate)
        parse_fault(self.fault)
        if self.length < 1:
            raise ValueError(f"Burst(length={self.length}) is no burst; pass the number of requests in a row, from 1.")

    def strikes(self, seed: int, arrival: int) -> bool:
        """Whether the request that arrived after so many others is in a burst."""
        return _number(seed, "burst", arrival // self.length) < self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong on a server.

    Which request meets what depends on `seed`, the request (path and body) and how often it came before: a run is
    repeated exactly, however its requests overlap, and a request that is tried again draws anew. Only what counts
    requests (`quota`, `burst`) depends on the order in which they come.

    Attributes
    ----------
    rates : mapping of str to float
        The share of requests, 0 to 1, that meets each `Fault`, by its name; a request meets one at most.
    latency : Latency, optional
    bandwidth : float, optional
        Bytes in a second that each connection carries to its client.
    quota : Quota, optional
    burst : Burst, optional
    memory_limit, time_limit : int, optional
        Pixel values (width x height x bands) in one reply above which the answer is "User memory limit exceeded." and
        "Computation timed out.", both HTTP 400. At the service they depend on the computation.
    retry_after : int, optional
        Seconds that each 429 says in its Retry-After. Whether the service's do is not known.
    restricted : bool
        Whether replies say that the project has used up its quota of computing and may run less at once, which does not
        fail them: ``x-earth-engine-quota-status: parallelism_restricted=true``, of which the client warns.
    stall_seconds : float
        Length of the silence of ``stall``.
    calls : collection of str
        What all this concerns: some of `CALLS`. By default the calls for pixels: ``computePixels``, ``getPixels`` and
        the Image Server's ``ImageServer/exportImage``.
    seed : int

    Raises
    ------
    ValueError
        If a name is unknown, a number out of its range, or the rates add up to more than 1.
    TypeError
        If a value is of another type than its field.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    latency: Latency | None = None
    bandwidth: float | None = None
    quota: Quota | None = None
    burst: Burst | None = None
    memory_limit: int | None = None
    time_limit: int | None = None
    retry_after: int | None = None
    restricted: bool = False
    stall_seconds: float = 30.0
    calls: Collection[str] = PIXEL_CALLS
    seed: int = 0

    def __post_init__(self) -> None:
        for field_name, (kind, expected) in _TYPES.items():
            _check_type(f"Faults({field_name}=...)", getattr(self, field_name), kind, expected)
        for name, rate in self.rates.items():
            _check_type("a name in Faults(rates=...)", name, str, "the name of a fault")
            _check_type(f"Faults(rates={{{str(name)!r}: ...}})", rate, *NUMBER)
            parse_fault(name)
            _check_share(f"Faults(rates={{{str(name)!r}: ...}})", rate)
        _check_share("the sum of Faults(rates=...)", sum(self.rates.values()))
        for name in ("memory_limit", "time_limit", "retry_after", "stall_seconds"):
            _check_from_zero(f"Faults({name}=...)", getattr(self, name) or 0)
        if self.bandwidth is not None and not self.bandwidth > 0:
            raise ValueError(
                f"Faults(bandwidth={self.bandwidth}) lets no byte through; pass bytes per second, or None."
            )
        if isinstance(self.calls, str):
            raise TypeError(
                f"Faults(calls=...) is {self.calls!r}; pass a collection of names, such as {{{self.calls!r}}}."
            )
        for call in self.calls:
            _check_type("a name in Faults(calls=...)", call, str, "the name of a call")
            check_call(call)

    def draw(self, occasion: Occasion) -> Fault | None:
        """The fault that an attempt meets by the rates."""
        number = occasion.number(self.seed, "fault")
        for name, rate in sorted(self.rates.items()):
            if number < rate:
                return Fault(name)
            number -= rate
        return None

    def beyond(self, values: int) -> Fault | None:
        """The limit that a reply of so many pixel values breaks."""
        if self.memory_limit is not None and values > self.memory_limit:
            return Fault.MEMORY
        if self.time_limit is not None and values > self.time_limit:
            return Fault.TIMEOUT
        return None


_TYPES: dict[str, tuple[type | UnionType, str]] = {
    "rates": (Mapping, "a mapping such as {'503': 0.1}"),
    "latency": (Latency | None, "a Latency, such as Latency(seconds=0.5)"),
    "bandwidth": (int | float | None, "a number of bytes per second, or None"),
    "quota": (Quota | None, "a Quota, such as Quota(concurrent=40)"),
    "burst": (Burst | None, "a Burst, such as Burst(rate=0.1)"),
    "memory_limit": COUNT,
    "time_limit": COUNT,
    "retry_after": COUNT,
    "restricted": (bool, "True or False"),
    "stall_seconds": NUMBER,
    "calls": (Collection, "a collection of names such as {'computePixels'}"),
    "seed": (int, "a whole number"),
}
"""Of the fields of `Faults`."""


def check_call(call: str) -> None:
    """Insist on a call that can meet faults.

    Raises
    ------
    ValueError
        If it can not, or there is none of that name.
    """
    if call not in CALLS:
        raise ValueError(f"{call!r} meets no faults; pass some of {', '.join(sorted(CALLS))}.")


def _check_type(what: str, value: object, kind: type | UnionType, expected: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{what} is {value!r:.100}; pass {expected}.")


def _number(seed: int, *parts: str | int) -> float:
    text = "\0".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


def _check_share(what: str, value: float) -> None:
    if not 0 <= value <= 1 + 1e-9:
        raise ValueError(f"{what} is {value}; it is a share, so pass 0 to 1.")


def _check_from_zero(what: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(f"{what} is {value}; pass a number from 0.")
