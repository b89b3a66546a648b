"""How long a large read takes, simulated: the gateway's own limiters and delays with a clock that runs ahead."""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from ..planning.sizes import human_bytes
from ..profiling import human_eecu
from ..traffic.gateway import longest_delay
from ..traffic.limiters import AdaptiveLimiter, RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

_SIMULATED = 20_000
"""Requests that are simulated one by one (chosen); the rest is taken to go on as the second half of these."""

_ROUNDS = 40
"""At least so many requests for each slot are simulated (chosen)."""

_REFUSAL_SECONDS = 0.05
"""From a request beyond the quota to its refusal (assumed): a round trip, without work."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a large read is expected to take.

    Attributes
    ----------
    requests : int
    seconds : float
        From the first request to the last reply.
    refused : int
        Attempts that the service refuses for its quota, and that are made again.
    bytes : int
        As the service counts them.
    eecu_seconds : float or None
        None where the cost of a request is not given.
    """

    requests: int
    seconds: float
    refused: int
    bytes: int
    eecu_seconds: float | None

    @property
    def hours(self) -> float:
        """The same time in hours."""
        return self.seconds / 3600

    @property
    def bytes_per_second(self) -> float:
        """The average over the whole read."""
        return self.bytes / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        parts = [f"{self.requests:,} requests", human_bytes(self.bytes), _duration(self.seconds)]
        parts += [f"{human_bytes(int(self.bytes_per_second))}/s"]
        parts += [f"{self.refused:,} refusals"] if self.refused else []
        parts += [human_eecu(self.eecu_seconds)] if self.eecu_seconds is not None else []
        return ", ".join(parts)


def forecast(
    requests: int,
    *,
    seconds: float,
    bytes: int = 32 * 2**20,  # noqa: A002 - what it is called elsewhere
    concurrency: int = 40,
    rate: float = 100.0,
    quota: int | None = None,
    eecu_seconds: float | None = None,
    seed: int = 0,
) -> Forecast:
    """Simulate a read of many requests that share one limit, as in one process or on a cluster.

    Parameters
    ----------
    requests : int
        As `xee_lite.explain` counts them; for a large dataset those of a part, multiplied.
    seconds : float
        From a request to its reply.
    bytes : int
        Bytes of a request, as `xee_lite.explain` counts them.
    concurrency : int
        Requests at once, over all workers.
    rate : float
        Requests that start in a second.
    quota : int, optional
        Requests that the service takes at once, if that is fewer: it refuses others, and the limit adapts.
    eecu_seconds : float, optional
        The cost of a request, as `xee_lite.Explanation.cost` or `xee_lite.profile` measure it.
    seed : int
        For the random delays before attempts that were refused.

    Returns
    -------
    Forecast

    Raises
    ------
    InputError
        For numbers that are not positive.

    Examples
    --------
    >>> from xee_lite.distributed import forecast
    >>> print(forecast(29803, seconds=2.0, eecu_seconds=1.5))
    29,803 requests, 931.3 GiB, 24 min 50 s, 640.0 MiB/s, 12.4 EECU-hours
    """
    for name, value in {"requests": requests, "bytes": bytes, "concurrency": concurrency}.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < (1 if name != "requests" else 0):
            raise InputError(f"{name} is {brief(value)}: pass a whole number, 1 or more.")
    for name, number in {"seconds": seconds, "rate": rate}.items():
        if not isinstance(number, int | float) or isinstance(number, bool) or not 0 < number < math.inf:
            raise InputError(f"{name} is {brief(number)}: pass a number above 0.")
    if quota is not None and (not isinstance(quota, int) or isinstance(quota, bool) or quota < 1):
        raise InputError(f"quota is {brief(quota)}: pass a whole number, 1 or more, or None.")
    simulated = min(requests, max(_SIMULATED, _ROUNDS * concurrency))
    run = _Run(simulated, seconds, concurrency, rate, quota if quota is not None else concurrency, seed)
    half = run.until(simulated // 2)
    refused_half = run.refused
    end = run.until(simulated)
    rest = requests - simulated
    scale = rest / max(1, simulated - simulated // 2)
    return Forecast(
        requests,
        end + (end - half) * scale,
        run.refused + round((run.refused - refused_half) * scale),
        requests * bytes,
        None if eecu_seconds is None else requests * eecu_seconds,
    )


class _Run:
    """A simulation: requests wait, run, are answered or refused, in the order of their times."""

    def __init__(self, requests: int, seconds: float, concurrency: int, rate: float, quota: int, seed: int) -> None:
        self._now = 0.0
        self._seconds = seconds
        self._quota = quota
        self._limiter = AdaptiveLimiter(concurrency)
        self._rate = RateLimiter(rate, lambda: self._now)
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._waiting = deque([1] * requests)  # the number of the next attempt of each
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._slots = 0
        self._served = 0
        self.answered = 0
        self.refused = 0

    def until(self, answered: int) -> float:
        """Go on until so many requests are answered, and return the time."""
        self._start()
        while self.answered < answered:
            self._now, _, happen = heapq.heappop(self._events)
            happen()
            self._start()
        return self._now

    def _start(self) -> None:
        while self._waiting and self._slots < self._limiter.open:
            attempt = self._waiting.popleft()
            self._slots += 1
            self._at(self._rate.reserve(), partial(self._arrive, attempt))

    def _arrive(self, attempt: int) -> None:
        cuts = self._limiter.cuts
        if self._served >= self._quota:
            self._at(_REFUSAL_SECONDS, lambda: self._refuse(attempt, cuts))
        else:
            self._served += 1
            self._at(self._seconds, self._answer)

    def _answer(self) -> None:
        self._served -= 1
        self._slots -= 1
        self.answered += 1
        self._limiter.widen()

    def _refuse(self, attempt: int, cuts: int) -> None:
        self._slots -= 1
        self.refused += 1
        self._limiter.narrow(cuts)
        delay = self._random.random() * longest_delay(attempt)
        self._at(delay, lambda: self._waiting.append(attempt + 1))

    def _at(self, delay: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + delay, next(self._order), happen))


def _duration(seconds: float) -> str:
    """A length of time as a person says it."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.3g} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 2 * 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / 86400:.1f} days"
