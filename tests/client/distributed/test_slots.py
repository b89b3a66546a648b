"""Slots of a cluster: never more than the limit, fair, and given back, whatever the order of messages."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xee_lite
from xee_lite.distributed.lease import PATIENCE, LeasedLimiter
from xee_lite.distributed.slots import LEASE_SECONDS, Grant, Report, SlotTable
from xee_lite.traffic.cancellation import CancelledError, new_scope
from xee_lite.traffic.limiters import RateLimiter


def report(wanted: int, running: int = 0, heard: int = 0, **more: float) -> Report:
    fields = {"succeeded": 0, "refused": -1, "restart": 0, "capacity": 40, "rate": 100.0, **more}
    return Report(wanted, running, heard, **fields)  # type: ignore[arg-type]


class Cluster:
    """Workers whose messages to and from a table wait until somebody delivers them, each connection in order."""

    def __init__(self, workers: int, capacity: int) -> None:
        self.now = 0.0
        self.capacity = capacity
        self.table = SlotTable()
        self.up: dict[str, deque[Report]] = {}
        self.down: dict[str, deque[Grant]] = {}
        self.wanted: dict[str, int] = {}
        self.running: dict[str, int] = {}
        self.slots: dict[str, int] = {}
        self.heard: dict[str, int] = {}
        for number in range(workers):
            self.join(f"w{number}")

    def join(self, name: str) -> None:
        self.up[name], self.down[name] = deque(), deque()
        self.wanted[name] = self.running[name] = self.slots[name] = self.heard[name] = 0

    def tell(self, name: str, **more: float) -> None:
        wanted = max(self.wanted[name], self.running[name])
        told = {"capacity": self.capacity, **more}
        self.up[name].append(report(wanted, self.running[name], self.heard[name], **told))

    def take(self, name: str) -> None:
        if self.up[name]:
            self.send(self.table.report(name, self.up[name].popleft(), self.now))

    def send(self, grants: dict[str, Grant]) -> None:
        for name, grant in grants.items():
            if name in self.down:
                self.down[name].append(grant)

    def hear(self, name: str) -> None:
        if self.down[name]:
            grant = self.down[name].popleft()
            self.slots[name], self.heard[name] = grant.slots, grant.number
            self.tell(name)

    def start(self, name: str) -> None:
        if self.running[name] < min(self.slots[name], self.wanted[name]):
            self.running[name] += 1

    def end(self, name: str) -> None:
        if self.running[name]:
            self.running[name] -= 1
            self.wanted[name] -= 1
            self.tell(name, succeeded=1)

    def ask(self, name: str) -> None:
        self.wanted[name] += 3
        self.tell(name)

    def settle(self) -> None:
        """Deliver everything, and start whatever may start."""
        for _ in range(30):
            self.now += 1
            for name in self.up:
                self.tell(name)
                while self.up[name] or self.down[name]:
                    self.take(name)
                    self.hear(name)
                for _ in range(self.capacity):
                    self.start(name)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 9))
def test_never_more_run_than_the_limit_and_whoever_wants_gets_one(seed: int, workers: int, capacity: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret
    cluster = Cluster(workers, capacity)
    steps = [
        cluster.ask,
        cluster.take,
        cluster.take,
        cluster.hear,
        cluster.hear,
        cluster.start,
        cluster.start,
        cluster.end,
    ]
    for _ in range(300):
        # 300 steps take less than LEASE_SECONDS: slots of a worker that is silent for longer are given to others.
        cluster.now += random.choice((0.0, 0.01, 0.08))
        random.choice(steps)(random.choice(list(cluster.up)))
        assert sum(cluster.running.values()) <= capacity
    cluster.settle()
    assert sum(cluster.running.values()) == min(capacity, sum(cluster.wanted.values()))


def test_a_slot_goes_round_where_there_are_fewer_than_workers() -> None:
    cluster = Cluster(7, 2)
    served = dict.fromkeys(cluster.up, 0)
    for name in cluster.up:
        cluster.wanted[name] = 1000
    for _ in range(100):
        cluster.settle()
        for name, running in cluster.running.items():
            served[name] += running
            for _ in range(running):
                cluster.end(name)
    assert min(served.values()) > 20
    assert max(served.values()) < 40


def test_slots_of_a_worker_that_is_gone_or_silent_come_back() -> None:
    table = SlotTable()
    assert table.report("a", report(40), 0.0)["a"].slots == 40
    assert table.report("b", report(40), 1.0)["b"].slots == 0
    assert table.drop("a", 2.0)["b"].slots == 40
    grants = table.report("c", report(5), 2.0 + LEASE_SECONDS)
    assert grants["c"].slots == 5
    assert table.drop("nobody", 3.0) == {}


def test_a_refusal_of_one_halves_what_all_have_once_and_successes_open_it_again() -> None:
    table = SlotTable()
    table.report("a", report(40), 0.0)
    table.report("b", report(40, refused=0), 1.0)
    table.report("a", report(40, refused=0), 1.1)  # began before the cut as well
    assert table.open == 20
    table.report("a", report(40, refused=1), 1.2)
    assert table.open == 10
    for _ in range(40):
        table.report("a", report(40, succeeded=10), 2.0)
    assert 25 < table.open < 40
    table.report("a", report(40, restart=3), 2.0)
    assert table.open == 3


def test_the_smallest_limit_that_a_worker_allows_counts_and_the_rate_is_shared() -> None:
    table = SlotTable()
    alone = table.report("a", report(10), 0.0)["a"]
    assert (alone.slots, alone.rate) == (10, 100.0)
    grants = table.report("b", report(10, capacity=20, rate=60.0), 1.0)
    assert grants["b"].slots == 10  # both have what they want
    assert grants["b"].rate == pytest.approx(30.0)
    assert grants["a"].rate == pytest.approx(30.0)
    assert table.open == 20


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def leased(sent: list[Report], clock: Clock) -> LeasedLimiter:
    return LeasedLimiter(sent.append, lambda: (40, 100.0), RateLimiter(100.0, clock), clock=clock)


def test_most_requests_cost_no_message() -> None:
    sent: list[Report] = []
    limiter = leased(sent, Clock())
    limiter.receive(Grant(1, 4, 25.0, 0, scarce=False, workers=2))
    for _ in range(1000):
        with limiter:
            limiter.widen()
    assert not sent
    assert limiter.tick()
    assert sent == [report(0, 0, 1, succeeded=1000)]


def test_slots_that_others_wait_for_are_given_back_at_once() -> None:
    sent: list[Report] = []
    limiter = leased(sent, Clock())
    limiter.receive(Grant(1, 4, 25.0, 0, scarce=True, workers=2))
    with limiter:
        pass
    assert sent == [report(0, 0, 1)]


def test_a_smaller_grant_is_confirmed_and_kept_by_what_ends() -> None:
    sent: list[Report] = []
    limiter = leased(sent, Clock())
    limiter.receive(Grant(1, 2, 25.0, 0, scarce=False, workers=1))
    with ExitStack() as stack:
        stack.enter_context(limiter)
        stack.enter_context(limiter)
        limiter.receive(Grant(2, 1, 25.0, 1, scarce=True, workers=2))
        assert sent == [report(2, 2, 2)]
        assert limiter.cuts == 1
    assert [each.running for each in sent] == [2, 1, 0]


def test_an_old_grant_is_not_gone_by() -> None:
    limiter = leased([], Clock())
    limiter.receive(Grant(2, 4, 25.0, 0, scarce=False, workers=1))
    limiter.receive(Grant(1, 9, 25.0, 0, scarce=False, workers=1))
    assert limiter.slots == 4


def test_without_a_word_from_the_scheduler_it_goes_on_with_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xee_lite.distributed.lease.TICK", 0.01)
    sent: list[Report] = []
    clock = Clock()
    limiter = leased(sent, clock)
    limiter.receive(Grant(1, 0, 100.0, 0, scarce=True, workers=10))

    def later(one: Report) -> None:
        sent.append(one)
        clock.now += PATIENCE / 2

    limiter._send = later
    with (
        pytest.warns(xee_lite.XeeLiteWarning, match=r"has not answered for 15 s.* goes on with 4 \(of 10 workers"),
        limiter,
    ):
        pass
    assert limiter.is_alone
    limiter.receive(Grant(2, 7, 100.0, 0, scarce=False, workers=10))
    assert (limiter.is_alone, limiter.slots) == (False, 7)


def test_a_wait_that_is_cancelled_leaves_nothing_behind() -> None:
    sent: list[Report] = []
    limiter = leased(sent, Clock())

    def wait() -> None:
        with new_scope() as scope:
            limiter._send = lambda _: scope.cancel()
            limiter.__enter__()

    with pytest.raises(CancelledError):
        wait()
    assert not limiter._queue
    limiter._send = sent.append
    limiter.receive(Grant(1, 1, 100.0, 0, scarce=False, workers=1))
    with limiter:
        pass
