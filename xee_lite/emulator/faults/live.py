"""The faults of a running server: instructed ones, bursts, quotas, and draws."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .kinds import Fault, parse_fault
from .plan import Faults, Occasion, check_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class FaultDecision:
    """The fault of one request, and why.

    Attributes
    ----------
    faults : Faults
        Those that apply to its call; without any if none do.
    occasion : Occasion
    fault : Fault, optional
        Instructed, of a burst, or drawn.
    instructed : bool
        Whether the fault (or None) was instructed, so that no limit applies besides.
    """

    faults: Faults
    occasion: Occasion
    fault: Fault | None
    instructed: bool

    def number(self, purpose: str) -> float:
        """A number from 0 up to 1 for this attempt."""
        return self.occasion.number(self.faults.seed, purpose)


class LiveFaults:
    """The faults of a running server, as ``earth.faults``.

    Parameters
    ----------
    faults : Faults
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._nothing = Faults(seed=faults.seed, stall_seconds=faults.stall_seconds, retry_after=faults.retry_after)
        self._concerned = frozenset() if faults == self._nothing else frozenset(faults.calls)
        self._instructions: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._lock = threading.Lock()
        # What follows is touched by the event loop alone.
        self._attempts: Counter[bytes] = Counter()
        self._arrivals = 0
        self._let_in: deque[float] = deque()
        self._in_flight = 0
        self.stopping = asyncio.Event()

    def next(self, call: str, faults: Sequence[str | None]) -> None:
        """Set the faults of the next requests, whatever the rates and limits are.

        Parameters
        ----------
        call : str
            As the request log has it, one of `CALLS`: ``computePixels``, ``computeValue``, ``getThumbnail``, ...
        faults : sequence of str or None
            Names of `Fault`, in the order of the requests; None is a correct reply. They come after those that were
            set before.

        Raises
        ------
        ValueError
            If a name is unknown.
        TypeError
            If `faults` is one name alone.
        """
        check_call(call)
        if isinstance(faults, str):
            raise TypeError(f"The faults are {faults!r}; pass a sequence of names, such as [{faults!r}].")
        named = [None if name is None else parse_fault(name) for name in faults]
        with self._lock:
            self._instructions[call].extend(named)

    def meet(self, call: str, request: bytes, header: str | None) -> FaultDecision:
        """Decide the fault of a request.

        Parameters
        ----------
        call : str
        request : bytes
            Path and body.
        header : str, optional
            The fault that its header names.

        Raises
        ------
        ValueError
            If the header names no fault.
        """
        concerned = call in self._concerned
        faults = self._faults if concerned else self._nothing
        with self._lock:
            queue = self._instructions[call]
            instructed = header is not None or bool(queue)
            fault = queue.popleft() if queue and header is None else None
        if header is not None:
            fault = parse_fault(header)
        if not instructed and not concerned:
            return FaultDecision(faults, Occasion(call, b"", 0), None, instructed=False)
        occasion = self._occasion(call, request)
        if not instructed:
            fault = self._counted(faults) or faults.draw(occasion)
        return FaultDecision(faults, occasion, fault, instructed)

    def _occasion(self, call: str, request: bytes) -> Occasion:
        digest = hashlib.blake2b(request, digest_size=16).digest()
        attempt = self._attempts[digest]
        self._attempts[digest] += 1
        return Occasion(call, digest, attempt)

    @contextmanager
    def in_flight(self, decision: FaultDecision, now: float) -> Iterator[bool]:
        """Count a request among those that are being answered; whether the quota admits it.

        Parameters
        ----------
        decision : FaultDecision
        now : float
            Seconds of a steady clock.
        """
        quota = decision.faults.quota
        if quota is None:
            yield True
            return
        while self._let_in and self._let_in[0] <= now - 1:
            self._let_in.popleft()
        crowded = quota.concurrent is not None and self._in_flight >= quota.concurrent
        hurried = quota.per_second is not None and len(self._let_in) >= quota.per_second
        if (crowded or hurried) and not decision.instructed:
            yield False
            return
        self._let_in.append(now)
        self._in_flight += 1
        try:
            yield True
        finally:
            self._in_flight -= 1

    def _counted(self, faults: Faults) -> Fault | None:
        """The burst that this arrival falls into."""
        if faults.burst is None:
            return None
        arrival = self._arrivals
        self._arrivals += 1
        return Fault(faults.burst.fault) if faults.burst.strikes(faults.seed, arrival) else None
