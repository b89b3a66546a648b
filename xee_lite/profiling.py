"""What requests cost, as the service measures it, added up by dataset."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from .errors import XeeLiteError, XeeLiteWarning, redact, shortened
from .planning.sizes import human_bytes
from .traffic.budget import PROFILES_AT_ONCE
from .traffic.costs import collecting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .traffic.costs import CallRecord


@contextmanager
def profile() -> Iterator[Cost]:
    """Ask the service what the requests cost that are made within a block.

    Counts the requests of all threads of this process, Dask's too, and of the workers of the Dask cluster of which the
    process has a client; not those of other processes. The service makes a profile of each request, which it is asked
    for in batches of up to 100, at the latest when the block ends; these questions are not counted themselves.

    Yields
    ------
    Cost
        Its `total` and `by_asset` are complete when the block has ended. A cost that the service does not tell is
        unknown (None), never 0.

    Warns
    -----
    XeeLiteWarning
        If profiles could not be fetched.

    Examples
    --------
    >>> import xee_lite
    >>> with xee_lite.profile() as cost:
    ...     pass
    >>> print(cost)
    no requests
    """
    cost = Cost()
    try:
        with collecting(cost.add):
            yield cost
    except Exception:
        cost.finish()
        raise
    else:
        cost.finish()


@dataclass(frozen=True, slots=True)
class Spent:
    """What some requests cost.

    Attributes
    ----------
    eecu_seconds : float or None
        EECU-seconds of the requests whose cost is known; None where no cost is known.
    bytes : int
        Of the replies, as they were decompressed.
    requests : int
        Requests that were answered, of pixels and of metadata; the retries of one are not counted, but their cost is.
    unknown : int
        Requests among them whose cost is unknown.
    """

    eecu_seconds: float | None = None
    bytes: int = 0
    requests: int = 0
    unknown: int = 0

    def __add__(self, other: Spent) -> Spent:
        known = [part.eecu_seconds for part in (self, other) if part.eecu_seconds is not None]
        return Spent(
            sum(known) if known else None,
            self.bytes + other.bytes,
            self.requests + other.requests,
            self.unknown + other.unknown,
        )

    def __str__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        sent = f"{requests}, {human_bytes(self.bytes)}"
        if self.eecu_seconds is None:
            return f"{sent}, cost unknown" if self.requests else sent
        known = f"{human_eecu(self.eecu_seconds)}, {sent}"
        return f"at least {known} (cost unknown of {self.unknown})" if self.unknown else known


class Cost:
    """What the requests within a `profile` block cost: complete when the block has ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spent: dict[str, Spent] = {}
        self._pending: dict[tuple[str, str], list[CallRecord]] = {}

    @property
    def by_asset(self) -> Mapping[str, Spent]:
        """By asset id, or by the description of a computed collection; the cost is unknown until it is measured."""
        with self._lock:
            spent = dict(self._spent)
            for (_, asset), records in self._pending.items():
                spent[asset] = spent.get(asset, Spent()) + _unknown(records)
        return spent

    @property
    def total(self) -> Spent:
        """Over all assets."""
        return sum(self.by_asset.values(), Spent())

    def __str__(self) -> str:
        parts = self.by_asset
        if len(parts) < 2:
            return "".join(f"{asset}: {spent}" for asset, spent in parts.items()) or "no requests"
        return "\n".join([f"{self.total}", *(f"  {asset}: {spent}" for asset, spent in parts.items())])

    def __repr__(self) -> str:
        return f"<xee_lite.Cost: {self.total}>"

    def add(self, record: CallRecord) -> None:
        """Count a call that is over; may be called from any thread."""
        if not (record.succeeded or record.profiles):
            return
        asset = shortened(redact(record.asset), 300)
        key = record.service, asset
        spent = Spent(None, record.bytes, int(record.succeeded), int(record.succeeded and not record.profiles))
        full: list[CallRecord] = []
        with self._lock:
            self._spent[asset] = self._spent.get(asset, Spent()) + spent
            if record.profiles:
                waiting = self._pending.setdefault(key, [])
                waiting.append(record)
                if len(waiting) >= PROFILES_AT_ONCE:
                    full = self._pending.pop(key)
        if full:  # not only at the end: the service does not keep profiles for ever
            self._measure(asset, full)

    def finish(self) -> None:
        """Ask for the profiles that are missing."""
        with self._lock:
            waiting, self._pending = self._pending, {}
        for (_, asset), records in waiting.items():
            self._measure(asset, records)

    def _measure(self, asset: str, records: list[CallRecord]) -> None:
        try:
            seconds = records[0].fetch([name for record in records for name in record.profiles])
        except XeeLiteError as error:
            spent = _unknown(records)
            warnings.warn(f"The cost of some requests stays unknown: {error}", XeeLiteWarning, stacklevel=4)
        else:
            spent = Spent(seconds)
        with self._lock:
            self._spent[asset] += spent


def _unknown(records: list[CallRecord]) -> Spent:
    """Calls that succeeded, and whose cost is unknown; those that failed count for nothing."""
    return Spent(unknown=sum(record.succeeded for record in records))


def human_eecu(seconds: float) -> str:
    """EECU-seconds in the unit of Earth Engine's quotas where there are many: "0.25 EECU-seconds", "2.1 EECU-hours"."""
    return f"{seconds / 3600:.3g} EECU-hours" if seconds >= 3600 else f"{seconds:.3g} EECU-seconds"
