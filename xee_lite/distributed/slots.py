"""How many requests each worker of a cluster may run, so that all together stay within a limit.

This only counts, without a clock or connections: the scheduler keeps one `SlotTable` for each service. A worker reports
how many requests it wants to run and how many run; the table answers with grants. The slots of an earlier, larger grant
count until the worker has confirmed the smaller one, so that the sum never exceeds the limit, however late messages
come. Shares are fair: no worker gets a second slot while another that wants one has none, and where there are fewer
slots than workers they go from one to the next. A request that is refused for the quota halves the slots of all, and
successes add slots again.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

LEASE_SECONDS = 30.0
"""After which a worker that sends no report loses its slots: the default of ``distributed.Semaphore``."""

REPLY_SECONDS = 3.0
"""After which a report is answered even if nothing has changed (chosen, a fifth of `lease.PATIENCE`)."""

_TENURE = 0.5
"""Seconds for which a slot stays with a worker that has confirmed it, before it may go to another (chosen, not
measured)."""

_RATE_CHANGE = 1.25
"""Factor by which the rate of a worker has to change for a message (chosen, not measured)."""


@dataclass(frozen=True, slots=True)
class Report:
    """A message of a worker to the scheduler.

    Attributes
    ----------
    wanted, running : int
        Requests that run or wait, and those of them that run.
    heard : int
        The number of the grant that the worker goes by; 0 before the first.
    succeeded : int
        Requests that succeeded since its last report.
    refused : int
        Where a request was refused for the quota: how often the limit had been lowered when it began; else -1.
    restart : int
        The slots to go on with, since the service says that it gives less; 0 where it does not.
    capacity : int
        Requests at once that the worker's options allow for the service.
    rate : float
        Starts per second that they allow.
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
    """A message of the scheduler to a worker.

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
        How many workers there are.
    """

    number: int
    slots: int
    rate: float
    cuts: int
    scarce: bool
    workers: int


@dataclass(slots=True)
class _Holder:
    """A worker in the table."""

    wanted: int = 0
    running: int = 0
    capacity: int = 0
    rate: float = 0.0
    slots: int = 0
    sent_rate: float = 0.0
    number: int = 0
    raised: float = 0.0
    """When it last got more slots, by the grant `raise_number`: it keeps them until `settled_from`."""
    raise_number: int = 0
    settled_from: float = 0.0
    heard_at: float = 0.0
    sent_at: float = float("-inf")
    unconfirmed: deque[tuple[int, int]] = field(default_factory=deque)
    """Numbers and slots of the grant that the worker went by in its last report, and of all grants since."""

    @property
    def counted(self) -> int:
        """Requests that the worker may have running now."""
        return max(self.running, self.slots, *(slots for _, slots in self.unconfirmed), 0)

    def confirm(self, number: int, now: float) -> None:
        """Forget the grants before the one that the worker goes by now."""
        if number >= self.raise_number and self.settled_from == math.inf:
            self.settled_from = now + _TENURE
        while self.unconfirmed and self.unconfirmed[0][0] < number:
            self.unconfirmed.popleft()


class SlotTable:
    """The slots of one service, and the workers that have them."""

    def __init__(self) -> None:
        self._holders: dict[str, _Holder] = {}
        self._capacity = 0
        self._open = 0.0
        self._cuts = 0

    @property
    def open(self) -> int:
        """Requests that all workers together may run now."""
        return int(self._open)

    @property
    def counted(self) -> int:
        """Requests that all workers together may have running now, by grants that are not confirmed too."""
        return sum(holder.counted for holder in self._holders.values())

    def report(self, name: str, report: Report, now: float) -> dict[str, Grant]:
        """Take the report of a worker, and return the grants that have to be sent, by worker."""
        holder = self._holders.setdefault(name, _Holder(number=report.heard))
        holder.wanted, holder.running = report.wanted, report.running
        holder.capacity, holder.rate = report.capacity, report.rate
        holder.heard_at = now
        holder.confirm(report.heard, now)
        for silent in [key for key, other in self._holders.items() if other.heard_at < now - LEASE_SECONDS]:
            del self._holders[silent]
        self._follow(report)
        grants = self._allocate(now)
        if name not in grants and now - holder.sent_at >= REPLY_SECONDS:
            grants[name] = self._grant(holder, holder.slots, now)
        return grants

    def drop(self, name: str, now: float) -> dict[str, Grant]:
        """Free the slots of a worker that is gone."""
        return self._allocate(now) if self._holders.pop(name, None) else {}

    def _follow(self, report: Report) -> None:
        """Add or remove slots as the service answers, as `AdaptiveLimiter` does for one process."""
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
        """Bring slots to their shares: first lower grants, then higher ones from what is free, then rates."""
        total = self.open
        shares = self._shares(total)
        grants = {}
        too_many = self.counted > total
        for name, share in shares.items():
            holder = self._holders[name]
            kept = min(holder.slots, holder.wanted)
            is_settled = too_many or now >= holder.settled_from
            slots = share if is_settled else max(share, kept)
            if slots < holder.slots:
                grants[name] = self._grant(holder, slots, now)
        free = total - self.counted
        for name, share in shares.items():
            holder = self._holders[name]
            slots = min(share, holder.counted + max(0, free))
            if slots > holder.slots:
                free -= max(0, slots - holder.counted)
                grants[name] = self._grant(holder, slots, now)
                holder.raised, holder.raise_number, holder.settled_from = now, holder.number, math.inf
        for name, holder in self._holders.items():
            if holder.slots and not 1 / _RATE_CHANGE < self._rate(holder) / holder.sent_rate < _RATE_CHANGE:
                grants[name] = self._grant(holder, holder.slots, now)
        return grants

    def _shares(self, total: int) -> dict[str, int]:
        """A fair share for each worker; the remainder goes to those that have waited longest for more."""
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
        """The share of the rate that a worker has of the slots."""
        total = min(other.rate for other in self._holders.values())
        given = sum(other.slots for other in self._holders.values())
        return total * holder.slots / given if holder.slots else total

    def _grant(self, holder: _Holder, slots: int, now: float) -> Grant:
        holder.number += 1
        holder.slots = slots
        holder.unconfirmed.append((holder.number, slots))
        holder.sent_at = now
        holder.sent_rate = self._rate(holder)
        scarce = sum(other.wanted for other in self._holders.values()) > self.open
        return Grant(holder.number, slots, holder.sent_rate, self._cuts, scarce, len(self._holders))
