"""The limit on what requests cost: none is sent that would exceed ``set_options(eecu_limit=...)``.

The cost of a request is known only after it. So the first of a kind is sent alone. Further ones are sent while what has
been used, what those under way are expected to cost and what the next one is expected to cost stay within the limit.
When the next does not fit and none is under way, it is refused: no request that was paid for is cancelled.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

from ..errors import BudgetError, XeeLiteError
from ..options import OPTIONS, on_change
from .cancellation import CancelledError, current_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from .costs import CallRecord

PROFILES_AT_ONCE = 100
"""Ids of profiles in one request; chosen, since it is not documented how many the service takes: some 3 kB of ids."""

_NO_PROFILE = "the service sent no profile"

_Kind = tuple[str, str, bool]
"""Requests that are expected to cost alike for each image and band: service, asset, pixels or metadata."""


class CostBudget:
    """What the requests of this process have used, and may use.

    ``_dearest`` has the greatest cost for an image and band that was measured of each kind, ``_under_way`` the images
    and bands of calls that are not measured yet, ``_pending`` the calls among them that are over, and ``_unmeasured``
    why a cost is unknown.
    """

    def __init__(self) -> None:
        self._state = Condition()
        self._dearest: dict[_Kind, float] = {}
        self._under_way: Counter[_Kind] = Counter()
        self._pending: list[CallRecord] = []
        self._fetching = False
        self._unmeasured = ""

    @contextmanager
    def admitted(self, record: CallRecord) -> Iterator[None]:
        """Make a call within this block, when there is room for it.

        Raises
        ------
        BudgetError
            If there is no room, and there will be none.
        """
        self._wait(record)
        try:
            yield
        finally:
            with self._state:
                if record.profiles:
                    self._pending.append(record)
                else:  # a call that was cancelled has no profile, and one that failed may have none
                    self._unmeasured = self._unmeasured or (_NO_PROFILE if record.succeeded else "")
                    self._leave(record)
            self._measure()

    def renew(self) -> None:
        """Have waiting calls look at the limit again, which has changed."""
        with self._state:
            self._unmeasured = ""
            self._state.notify_all()

    def _wait(self, record: CallRecord) -> None:
        """Wait until there is room for a call, and count it as under way."""
        scope = current_scope()
        with scope.waking(self._wake):
            while True:
                self._measure()
                with self._state:
                    scope.check()
                    limit = OPTIONS.eecu_limit
                    if limit is None or self._has_room(record, limit):
                        self._under_way[_kind(record)] += _weight(record)
                        return
                    if not self._under_way:
                        raise BudgetError(OPTIONS.eecu_used - OPTIONS.eecu_from, limit, self._unmeasured)
                    if self._fetching or not self._pending:
                        self._state.wait()

    def _wake(self) -> None:
        with self._state:
            self._state.notify_all()

    def _has_room(self, record: CallRecord, limit: float) -> bool:
        """Whether all that is under way and this call are expected to stay within the limit."""
        if self._unmeasured:
            return False
        kind = _kind(record)
        expected = sum(self._dearest.get(other, 0.0) * weight for other, weight in self._under_way.items())
        expected += OPTIONS.eecu_used - OPTIONS.eecu_from
        if kind not in self._dearest:
            return expected < limit and not self._under_way[kind]
        return expected + self._dearest[kind] * _weight(record) <= limit

    def _measure(self) -> None:
        """Ask for the profiles of pending calls, in one thread at a time, so that more gather for the next request."""
        while True:
            with self._state:
                if self._fetching or not self._pending:
                    return
                self._fetching = True
                kind = _kind(self._pending[0])
                batch = [record for record in self._pending if _kind(record) == kind][:PROFILES_AT_ONCE]
            seconds, problem = 0.0, ""
            try:
                seconds = batch[0].fetch([name for record in batch for name in record.profiles])
            except BaseException as error:
                if not isinstance(error, XeeLiteError) or isinstance(error, CancelledError):
                    batch = []  # this thread was interrupted: another one will ask
                    raise
                problem = f"its profile could not be read ({error})"
            finally:
                with self._state:
                    self._fetching = False
                    for record in batch:
                        self._pending.remove(record)
                        self._leave(record)
                    if batch and not problem:
                        OPTIONS.eecu_used += seconds
                        each = seconds / sum(map(_weight, batch))
                        self._dearest[kind] = max(self._dearest.get(kind, 0.0), each)
                    self._unmeasured = self._unmeasured or problem
                    self._state.notify_all()

    def _leave(self, record: CallRecord) -> None:
        """Count a call as no longer under way."""
        kind = _kind(record)
        self._under_way[kind] -= _weight(record)
        if not self._under_way[kind]:
            del self._under_way[kind]
        self._state.notify_all()


def _kind(record: CallRecord) -> _Kind:
    return record.service, record.asset, bool(record.images)


def _weight(record: CallRecord) -> int:
    return record.images or 1


_budget = CostBudget()


def admitted(record: CallRecord) -> AbstractContextManager[None]:
    """Make a call within this block, when the budget of this process has room for it."""
    return _budget.admitted(record)


def _follow_options() -> None:
    _budget.renew()


on_change(_follow_options)


def _renew() -> None:
    """Start afresh in a forked child, which makes none of its parent's calls."""
    global _budget  # noqa: PLW0603 - one for the process
    _budget = CostBudget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
