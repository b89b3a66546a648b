"""How many requests each worker of a cluster may have under way, such that all of them together stay within a limit.

Pure counting, without clocks or connections of its own: the scheduler keeps one `SlotTable` for each service. A worker
reports what it wants and what runs; the table answers with grants. What a worker may still use is counted until it has
confirmed a smaller grant, so that the sum never exceeds the limit, however late messages come. Shares are fair: nobody
gets a second slot while somebody who wants one has none, as far as there are slots, and where there are not they go
round. A refusal of one worker's request for the quota halves what all have, and successes open it again.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

LEASE_SECONDS = 30.0
"""After which a worker that is not heard of has none of its slots any more, as with ``distributed.Semaphore``."""

REPLY_SECONDS = 3.0
"""Within which a worker that reports hears that the scheduler is there, even if nothing has changed for it."""

_TENURE = 0.5
"""Seconds for which a slot stays with a worker that has confirmed it, before it goes round."""

_RATE_CHANGE = 1.25
"""Factor from which on a new share of the rate is worth a message."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker tells.

    Attributes
    ----------
    wanted, running : int
        Requests that run or wait, and those of them that run.
    heard : int
        Number of the last grant that it goes by; 0 before the first.
    succeeded : int
        Requests that succeeded since its last report.
    refused : int
        For a refusal for the quota, how often the limit had been lowered when the request began; -1 for none.
    restart : int
        With how few slots to go on, since the service says that it gives less now; 0 where it does not.
    capacity : int
        Requests at once that its options allow for the service.
    rate : float
        Starts per second, likewise.
    """

    wanted: int
    running: int
    heard: int
    succeeded: int
    refused: int
    restart: int
    capacity: int
    rate: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What a worker may do.

    Attributes
    ----------
    number : int
        Later grants of a worker have higher ones.
    slots : int
        Requests that may run at once.
    rate : float
        Starts per second.
    cuts : int
        How often the limit was lowered.
    scarce : bool
        Whether others wait, so that a slot that is not needed should be given back at once.
    workers : int
        Workers that are known.
    """

    number: int
    slots: int
    rate: float
    cuts: int
    scarce: bool
    workers: int


@dataclass(slots=True)
class _Holder:
    """What is known of a worker."""

    wanted: int = 0
    running: int = 0
    capacity: int = 0
    rate: float = 0.0
    slots: int = 0
    told_rate: float = 0.0
    number: int = 0
    raised: float = 0.0
    """When it got more slots last, in the grant `raise_number`: it keeps these until `settled_from`."""
    raise_number: int = 0
    settled_from: float = 0.0
    heard_at: float = 0.0
    told_at: float = float("-inf")
    unconfirmed: deque[tuple[int, int]] = field(default_factory=deque)
    """Numbers and slots of the grant that the worker went by in its last report, and of those that it has got since."""

    @property
    def counted(self) -> int:
        """Requests that may be under way there now."""
        return max(self.running, self.slots, *(slots for _, slots in self.unconfirmed), 0)

    def confirm(self, number: int, now: float) -> None:
        """Forget the grants before one that the worker goes by now."""
        if number >= self.raise_number and self.settled_from == math.inf:
            self.settled_from = now + _TENURE
        while self.unconfirmed and self.unconfirmed[0][0] < number:
            self.unconfirmed.popleft()


class SlotTable:
    """The slots of one service, and who has them."""

    def __init__(self) -> None:
        self._holders: dict[str, _Holder] = {}
        self._capacity = 0
        self._open = 0.0
        self._cuts = 0

    @property
    def open(self) -> int:
        """Requests that all workers together may have under way now."""
        return int(self._open)

    @property
    def counted(self) -> int:
        """Requests that may be under way now."""
        return sum(holder.counted for holder in self._holders.values())

    def report(self, name: str, report: Report, now: float) -> dict[str, Grant]:
        """Take the report of a worker; gives the grants that have to be sent, by worker."""
        holder = self._holders.setdefault(name, _Holder(number=report.heard))
        holder.wanted, holder.running = report.wanted, report.running
        holder.capacity, holder.rate = report.capacity, report.rate
        holder.heard_at = now
        holder.confirm(report.heard, now)
        for silent in [key for key, other in self._holders.items() if other.heard_at < now - LEASE_SECONDS]:
            del self._holders[silent]
        self._follow(report)
        grants = self._allocate(now)
        if name not in grants and now - holder.told_at >= REPLY_SECONDS:
            grants[name] = self._grant(holder, holder.slots, now)
        return grants

    def drop(self, name: str, now: float) -> dict[str, Grant]:
        """A worker is gone: its slots are free."""
        return self._allocate(now) if self._holders.pop(name, None) else {}

    def _follow(self, report: Report) -> None:
        """Open or close slots as the service answers: as `AdaptiveLimiter` does for one process."""
        capacity = min(holder.capacity for holder in self._holders.values())
        if capacity != self._capacity:
            self._capacity, self._open = capacity, float(capacity)
        if report.succeeded:
            self._open = min(float(self._capacity), self._open + report.succeeded / self._open)
        if report.refused == self._cuts:
            self._cuts += 1
            self._open = max(1.0, self._open / 2)
        if report.restart:
            self._cuts += 1
            self._open = min(self._open, float(report.restart))

    def _allocate(self, now: float) -> dict[str, Grant]:
        total = self.open
        shares = self._shares(total)
        grants = {}
        too_many = self.counted > total
        for name, share in shares.items():
            holder = self._holders[name]
            kept = min(holder.slots, holder.wanted)
            settled = too_many or now >= holder.settled_from
            lower = share if settled else max(share, kept)
            if lower < holder.slots:
                grants[name] = self._grant(holder, lower, now)
        free = total - self.counted
        for name, share in shares.items():
            holder = self._holders[name]
            slots = min(share, holder.counted + max(0, free))
            if slots > holder.slots:
                free -= max(0, slots - holder.counted)
                grants[name] = self._grant(holder, slots, now)
                holder.raised, holder.raise_number, holder.settled_from = now, holder.number, math.inf
        for name, holder in self._holders.items():
            if holder.slots and not 1 / _RATE_CHANGE < self._rate(holder) / holder.told_rate < _RATE_CHANGE:
                grants[name] = self._grant(holder, holder.slots, now)
        return grants

    def _shares(self, total: int) -> dict[str, int]:
        """A fair share for each worker; what does not divide goes to those who have waited longest for more."""
        waiting = sorted(self._holders, key=lambda name: self._holders[name].raised)
        shares = dict.fromkeys(waiting, 0)
        while total and waiting:
            each, extra = divmod(total, len(waiting))
            for position, name in enumerate(waiting):
                more = min(each + (position < extra), self._holders[name].wanted - shares[name])
                shares[name] += more
                total -= more
            waiting = [name for name in waiting if shares[name] < self._holders[name].wanted]
        return shares

    def _rate(self, holder: _Holder) -> float:
        """A part of the rate as large as that of the slots."""
        total = min(other.rate for other in self._holders.values())
        given = sum(other.slots for other in self._holders.values())
        return total * holder.slots / given if holder.slots else total

    def _grant(self, holder: _Holder, slots: int, now: float) -> Grant:
        holder.number += 1
        holder.slots = slots
        holder.unconfirmed.append((holder.number, slots))
        holder.told_at = now
        holder.told_rate = self._rate(holder)
        scarce = sum(other.wanted for other in self._holders.values()) > self.open
        return Grant(holder.number, slots, holder.told_rate, self._cuts, scarce, len(self._holders))
