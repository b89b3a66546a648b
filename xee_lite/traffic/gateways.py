"""The gateways of this process, one for each service, and what limits them: its options, or its cluster."""

from __future__ import annotations

import os
import time
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ..options import OPTIONS, on_change
from .computes import watch_computes
from .gateway import Gateway
from .limiters import AdaptiveLimiter, RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..planning.limits import Limits
    from .limiters import Limiter


_gateways: dict[str, _Served] = {}
_lock = Lock()
_cluster: Cluster | None = None


def gateway_of(service: str, limits: Limits) -> Gateway:
    """The gateway of a service in this process, made on first use with the options in force.

    Parameters
    ----------
    service : str
        What shares one quota: the host, and the project where the service counts by projects.
    limits : Limits
        Requests at once and starts per second, unless the user has set options for these.
    """
    watch_computes()
    with _lock:
        if service not in _gateways:
            _gateways[service] = _Served(limits)
        served = _gateways[service]
    served.follow_cluster(service)
    return served.gateway


class _Served:
    """The gateway of a service, and its limiter: that of this process, or the one that the cluster hands in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        concurrency, rate = self.allowed()
        self._own = AdaptiveLimiter(concurrency)
        self.gateway = Gateway(self._own, RateLimiter(rate, time.monotonic))

    def allowed(self) -> tuple[int, float]:
        """Requests at once and starts per second, by the options of this process."""
        limits = self._limits
        return OPTIONS.concurrency(limits.concurrent_requests), OPTIONS.rate(limits.requests_per_second)

    def follow_cluster(self, service: str) -> None:
        """Go by the limiter of the cluster to which this process belongs now; by its own where it belongs to none."""
        shared = _cluster(service, self.allowed, self.gateway.rate) if _cluster is not None else None
        if shared is None and self.gateway.limiter is not self._own:
            self.gateway.rate.change(self.allowed()[1])
        self.gateway.limiter = shared or self._own

    def follow_options(self) -> None:
        """Change the limits: calls that wait go by the new ones, and calls that run go on."""
        concurrency, rate = self.allowed()
        self.gateway.limiter.resize(concurrency)
        if self.gateway.limiter is self._own:
            self.gateway.rate.change(rate)
        else:
            self._own.resize(concurrency)


class Cluster(Protocol):
    """What divides the limits of a service among processes, such as the workers of a scheduler."""

    def __call__(self, service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> Limiter | None:
        """The limiter of a service in this process; None while the process belongs to no cluster.

        Parameters
        ----------
        service : str
            See `gateway_of`.
        allowed : callable
            Requests at once and starts per second that the options of this process allow for the service.
        rate : RateLimiter
            Gets the share of this process.
        """
        ...


def share_limits(cluster: Cluster) -> None:
    """Let this divide the limits of all services, in processes that belong to a cluster."""
    global _cluster  # noqa: PLW0603 - one for the process
    _cluster = cluster


def _follow_options() -> None:
    with _lock:
        all_served = list(_gateways.values())
    for served in all_served:
        served.follow_options()


on_change(_follow_options)


def _renew() -> None:
    """Start afresh in a forked child: the threads that hold slots and locks of its parent do not exist there."""
    global _gateways, _lock
    _gateways, _lock = {}, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
