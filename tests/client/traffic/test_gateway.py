from __future__ import annotations

import http.client
import http.server
import os
import signal
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.earthengine.failures import classify
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.errors import (
    DailyQuotaError,
    DeadlineError,
    PermanentError,
    QuotaError,
    RequestError,
    TooMuchError,
    TransientError,
    TruncatedError,
    WireError,
)
from xee_lite.options import set_options
from xee_lite.traffic.cancellation import CancelledError, new_scope
from xee_lite.traffic.events import Done, Event, RequestInfo, Retried, Started, subscribe
from xee_lite.traffic.failures import Failure, kind_of_status, network_failure
from xee_lite.traffic.gateway import Gateway
from xee_lite.traffic.gateways import gateway_of
from xee_lite.traffic.limiters import AdaptiveLimiter, RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[[Callable[[], object]], threading.Thread]
    Listen = Callable[[Callable[[Event], None]], Callable[[], None]]

INFO = RequestInfo("COPERNICUS/S2", ("20240101",), ("B4", "B8"), "rows 0:4, columns 0:4")
PATIENCE = 20.0
"""Seconds after which something that should happen at once has not: a deadlock becomes a failure."""


@dataclass
class Clock:
    """Time that only passes when somebody sleeps."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float, over: threading.Event) -> None:  # noqa: ARG002 - nobody wakes a clock
        self.naps.append(seconds)
        self.now += seconds


class ServiceError(Exception):
    """What a client library raises: a status, a text, perhaps a Retry-After."""

    def __init__(self, status: int, text: str, retry_after: float = 0.0, tries: int = 1) -> None:
        super().__init__(text)
        self.failure = Failure(classify(status, text), text, retry_after, tries)


def judge(error: Exception) -> Failure | None:
    return error.failure if isinstance(error, ServiceError) else network_failure(error)


@pytest.fixture(autouse=True)
def _ten_minutes() -> Iterator[None]:
    with set_options(request_deadline=600.0):
        yield


def made(capacity: int = 1, rate: float = 1e6, **options: Any) -> Gateway:
    """A gateway of its own, in the time of its own clock."""
    clock = options.setdefault("clock", time.monotonic)
    return Gateway(AdaptiveLimiter(capacity), RateLimiter(rate, clock), **options)


def timed(clock: Clock, *, jitter: float = 1.0, cap: int = 1) -> Gateway:
    return made(cap, clock=clock, sleep=clock.sleep, jitter=lambda: jitter)


@pytest.fixture
def heard() -> Iterator[Listen]:
    """Subscribe for the length of a test."""
    ends: list[Callable[[], None]] = []

    def listen(listener: Callable[[Event], None]) -> Callable[[], None]:
        ends.append(subscribe(listener))
        return ends[-1]

    yield listen
    for end in ends:
        end()


class Service:
    """Fails as told, then answers 42."""

    def __init__(self, *failures: Exception, forever: bool = False) -> None:
        self.failures = list(failures)
        self.forever = forever
        self.attempts = 0

    def __call__(self) -> int:
        self.attempts += 1
        if self.forever:
            raise self.failures[0]
        if self.failures:
            raise self.failures.pop(0)
        return 42


def test_what_works_goes_through_once() -> None:
    clock, service = Clock(), Service()
    assert timed(clock).call(service, info=INFO, judge=judge) == 42
    assert (service.attempts, clock.naps) == (1, [])


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ServiceError(400, "Image.select: Band pattern 'B99' did not match any bands."), PermanentError),
        (ServiceError(403, "Not signed up for Earth Engine."), PermanentError),
        (ServiceError(404, "Asset 'X' not found."), PermanentError),
        (ServiceError(400, "User memory limit exceeded."), TooMuchError),
        (ServiceError(400, "Computation timed out."), TooMuchError),
    ],
)
def test_what_does_not_pass_is_raised_after_exactly_one_attempt(failure: Exception, kind: type[RequestError]) -> None:
    clock, service = Clock(), Service(failure, forever=True)
    with pytest.raises(kind) as caught:
        timed(clock).call(service, info=INFO, judge=judge)
    assert (service.attempts, clock.naps) == (1, [])
    error = caught.value
    assert type(error) is kind
    assert error.__cause__ is failure
    assert (error.asset, error.items, error.bands, error.window) == (INFO.asset, INFO.items, INFO.bands, INFO.window)
    assert error.attempts == 1
    assert str(failure).rstrip(".") in str(error)


@pytest.mark.parametrize(
    "failure",
    [
        ServiceError(500, "An internal error has occurred"),
        ServiceError(503, "unavailable"),
        ServiceError(429, "Too Many Requests"),
        ServiceError(400, "Too many concurrent aggregations."),
        ConnectionResetError("reset by peer"),
        TimeoutError("timed out"),
        http.client.IncompleteRead(b"12"),
        TruncatedError("the reply ends after 3 bytes"),
    ],
)
def test_what_passes_is_tried_again(failure: Exception) -> None:
    clock, service = Clock(), Service(failure, failure)
    assert timed(clock).call(service, info=INFO, judge=judge) == 42
    assert service.attempts == 3


def test_a_wrong_reply_is_asked_for_again_a_few_times() -> None:
    """A page of a proxy passes sooner than a service that misunderstands."""
    wrong = WireError("the reply has the shape (3, 3), but (4, 4) was asked for")
    service = Service(wrong, wrong)
    assert timed(Clock()).call(service, info=INFO, judge=judge) == 42
    service = Service(wrong, forever=True)
    with pytest.raises(PermanentError, match=r"after 5 attempts: the reply has the shape"):
        timed(Clock()).call(service, info=INFO, judge=judge)


@pytest.mark.parametrize("outage", [ServiceError(503, "busy"), ServiceError(429, "slow"), ConnectionResetError()])
def test_wrong_replies_are_counted_by_themselves(outage: Exception) -> None:
    wrong = WireError("no such file")
    service = Service(*[outage] * 4, wrong, outage, outage, wrong, wrong, wrong)
    assert timed(Clock()).call(service, info=INFO, judge=judge) == 42
    service = Service(*[outage] * 9, *[wrong] * 5)
    with pytest.raises(PermanentError, match=r"after 14 attempts: no such file"):
        timed(Clock()).call(service, info=INFO, judge=judge)


@pytest.mark.parametrize(
    ("failures", "confirmed"),
    [
        (["a"] * 5, True),
        (["b", "b", "b", "a", "a"], True),
        (["b", "a", "b", "c", "a"], False),
        (["busy", "a", "a", "busy", "a", "a", "a"], True),
        (["busy", "b", "c", "d", "e", "a"], False),
    ],
)
def test_a_wrong_reply_is_confirmed_by_one_that_says_the_same(failures: list[str], confirmed: bool) -> None:
    service = Service(*[ServiceError(503, text) if text == "busy" else WireError(text) for text in failures])
    with pytest.raises(PermanentError) as caught:
        timed(Clock()).call(service, info=INFO, judge=judge)
    cause = caught.value.__cause__
    assert isinstance(cause, WireError)
    assert cause.confirmed is confirmed


@pytest.mark.parametrize(("before", "confirmed"), [([], True), ([ServiceError(503, "busy")], False)])
def test_a_single_wrong_reply_is_believed_where_nothing_else_went_wrong(
    before: list[Exception], confirmed: bool
) -> None:
    clock = Clock()

    def slow() -> None:
        clock.now += 100
        raise before.pop() if before else WireError("wrong")

    with set_options(request_deadline=150 if before else 50), pytest.raises(DeadlineError) as caught:
        timed(clock).call(slow, info=INFO, judge=judge)
    assert isinstance(caught.value.__cause__, WireError)
    assert caught.value.__cause__.confirmed is confirmed


def test_what_may_be_too_much_is_tried_as_it_is_before_it_is_believed() -> None:
    full = ServiceError(400, "Earth Engine memory capacity exceeded.", tries=3)
    assert timed(Clock()).call(Service(full, full), info=INFO, judge=judge) == 42
    with pytest.raises(TooMuchError) as caught:
        timed(Clock()).call(Service(full, forever=True), info=INFO, judge=judge)
    assert caught.value.attempts == 3
    with set_options(request_deadline=0), pytest.raises(TooMuchError, match="given up"):
        timed(Clock()).call(Service(full, forever=True), info=INFO, judge=judge)


def test_a_quota_of_the_day_is_told_at_once() -> None:
    clock, gateway = Clock(), timed(Clock(), cap=8)
    spent = Service(ServiceError(429, "Quota exceeded for 'Daily EECU usage time'", 3600.0), forever=True)
    with pytest.raises(DailyQuotaError, match=r"after|failed: Quota .*the next day"):
        gateway.call(spent, info=INFO, judge=judge)
    assert (spent.attempts, clock.naps) == (1, [])
    assert isinstance(gateway.limiter, AdaptiveLimiter)
    assert gateway.limiter.open == 8, "fewer at once would not help"


def test_a_refusal_for_the_quota_halves_what_goes_out_at_once_and_success_opens_it_again() -> None:
    slots = AdaptiveLimiter(40)
    for expected in (20, 10, 5, 2, 1, 1):
        slots.narrow(slots.cuts)
        assert slots.open == expected
    calls = 0
    while slots.open < 40:
        slots.widen()
        calls += 1
    # One more for each round of as many calls as there are places: the sum of 1 to 39, give or take the rounding.
    assert 700 < calls < 900
    slots.widen()
    assert slots.open == 40


def test_calls_that_were_under_way_together_are_judged_once() -> None:
    slots = AdaptiveLimiter(40)
    before = slots.cuts
    for _ in range(40):
        slots.narrow(before)
    assert slots.open == 20


def test_only_as_many_run_at_once_as_the_quota_left_open() -> None:
    clock = Clock()
    gateway = timed(clock, cap=8)
    busy = Service(*[ServiceError(429, "Too Many Requests")] * 3)
    assert gateway.call(busy, info=INFO, judge=judge) == 42
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: gateway.call(work, info=INFO), range(3)))
    assert most <= 2, "8, 4, 2, 1, and one more for the call that then went well"


def test_a_cancelled_call_leaves_its_pause_and_its_queue() -> None:
    gateway = made()
    with set_options(request_deadline=900.0), new_scope() as scope:
        threading.Timer(0.2, scope.cancel).start()
        with pytest.raises(CancelledError):
            gateway.call(Service(ServiceError(429, "wait", 600.0)), info=INFO, judge=judge)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        leave.wait(PATIENCE)

    holder = threading.Thread(target=gateway.call, args=(hold,), kwargs={"info": INFO})
    holder.start()
    inside.wait(PATIENCE)
    with new_scope() as scope:
        threading.Timer(0.2, scope.cancel).start()
        with pytest.raises(CancelledError):
            gateway.call(Service(), info=INFO)
    leave.set()
    holder.join(PATIENCE)
    assert gateway.call(Service(), info=INFO) == 42, "the queue has no ghost, and the place is free"


def test_the_back_off_doubles_up_to_a_minute_under_full_jitter() -> None:
    for jitter in (1.0, 0.25, 0.0):
        clock = Clock()
        service = Service(*[ServiceError(503, "busy")] * 10)
        assert timed(clock, jitter=jitter).call(service, info=INFO, judge=judge) == 42
        spans = [0.5, 1, 2, 4, 8, 16, 32, 64, 64, 64]
        assert clock.naps == [jitter * span for span in spans if jitter]


@dataclass
class Sleeper(Clock):
    """A clock on whose first long sleep one is really woken, or sleeps on."""

    woken_by: threading.Event | None = None
    slept: threading.Event = field(default_factory=threading.Event)

    def sleep(self, seconds: float, over: threading.Event) -> None:
        self.naps.append(seconds)
        if seconds > 8 and self.woken_by is None:
            self.woken_by = over
            while not (over.wait(0.01) or self.slept.is_set()):
                pass


@pytest.mark.parametrize(
    ("error", "seconds", "naps"),
    [
        # Woken, it waits up to the span of the first retry, and in no case less than the service asked for.
        (ServiceError(503, "busy"), 10, [16.0, 0.5]),
        (ServiceError(503, "busy", 30.0), 10, [30.0 + 16.0, 20.0 + 0.5]),
        # No outage: others worked three seconds before.
        (ServiceError(503, "busy"), 3, [16.0]),
        (ServiceError(429, "slow"), 10, [16.0]),
    ],
)
def test_the_end_of_an_outage_wakes_who_sleeps(
    error: ServiceError, seconds: float, naps: list[float], threads: Start
) -> None:
    """It slept up to 64 s more."""
    clock = Sleeper()
    gateway = made(40, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0)
    service = Service(*[ServiceError(503, "busy")] * 5, error)
    sleeper = threads(lambda: gateway.call(service, info=INFO, judge=judge))
    until(lambda: clock.woken_by is not None)
    assert clock.woken_by is not None
    clock.now += seconds
    gateway.call(Service(), info=INFO)
    assert clock.woken_by.is_set() is (len(naps) == 2)
    if len(naps) == 1:
        clock.slept.set()
    sleeper.join(PATIENCE)
    assert service.attempts == 7
    assert clock.naps == [0.5, 1, 2, 4, 8, *naps]


def test_the_service_is_left_alone_as_long_as_it_asks() -> None:
    clock = Clock()
    service = Service(ServiceError(429, "slow down", 7.0), ServiceError(429, "slow down", 30.0))
    timed(clock, jitter=0.5).call(service, info=INFO, judge=judge)
    assert clock.naps == [7.0 + 0.25, 30.0 + 0.5]


def test_the_deadline_ends_the_retries_without_a_last_useless_wait() -> None:
    clock, service = Clock(), Service(ServiceError(503, "busy."), forever=True)
    given_up = r"after 6 attempts: busy \(given up 16 s after .*request_deadline"
    with set_options(request_deadline=30.0), pytest.raises(DeadlineError, match=given_up) as caught:
        timed(clock).call(service, info=INFO, judge=judge)
    # 0.5 + 1 + 2 + 4 + 8 = 15.5 s have passed; 16 more would pass the deadline.
    assert clock.naps == [0.5, 1, 2, 4, 8]
    assert caught.value.attempts == service.attempts == 6
    assert isinstance(caught.value, TransientError)
    assert isinstance(caught.value.__cause__, ServiceError)


def test_time_that_the_attempts_take_counts() -> None:
    clock = Clock()

    def slow() -> None:
        clock.now += 100.0
        raise ServiceError(503, "busy")

    with set_options(request_deadline=250.0), pytest.raises(DeadlineError) as caught:
        timed(clock).call(slow, info=INFO, judge=judge)
    assert caught.value.attempts == 3


def test_a_quota_that_does_not_recover_is_called_so() -> None:
    with pytest.raises(QuotaError, match=r"given up .*max_concurrent_requests"):
        timed(Clock()).call(Service(ServiceError(429, "slow"), forever=True), info=INFO, judge=judge)


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    clock = Clock()
    with pytest.raises(QuotaError):
        timed(clock).call(Service(ServiceError(429, "slow", 601.0)), info=INFO, judge=judge)
    assert clock.naps == []


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_no_deadline_at_all_means_one_attempt(jitter: float) -> None:
    service = Service(ServiceError(503, "busy"), forever=True)
    with set_options(request_deadline=0.0), pytest.raises(DeadlineError):
        timed(Clock(), jitter=jitter).call(service, info=INFO, judge=judge)
    assert service.attempts == 1


def test_thousands_of_attempts_overflow_nothing() -> None:
    service = Service(*[ServiceError(503, "busy")] * 3000)
    assert timed(Clock(), jitter=0.0).call(service, info=INFO, judge=judge) == 42


@pytest.mark.parametrize("bug", [ZeroDivisionError("bug"), FileNotFoundError("key.json"), ValueError("x")])
def test_an_error_that_is_not_the_service_s_is_raised_as_it_is(bug: Exception, heard: Listen) -> None:
    service, events = Service(bug, forever=True), list[Event]()
    gateway = timed(Clock())
    heard(events.append)
    with pytest.raises(type(bug)) as caught:
        gateway.call(service, info=INFO, judge=judge)
    assert caught.value is bug
    assert service.attempts == 1
    assert events == [Started(INFO, 1), Done(INFO, 1, 0.0, bug)]


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (ConnectionRefusedError(), True),
        (BrokenPipeError(), True),
        (TimeoutError(), True),
        (socket.gaierror(-3, "Temporary failure in name resolution"), True),
        (http.client.RemoteDisconnected("gone"), True),
        (http.client.IncompleteRead(b""), True),
        (ssl.SSLError("unexpected eof"), True),
        (ssl.SSLCertVerificationError("self-signed"), False),
        (PermissionError("key.json"), False),
        (KeyError("x"), False),
    ],
)
def test_broken_connections_are_known_by_themselves(error: Exception, passes: bool) -> None:
    failure = network_failure(error)
    assert (failure is not None) is passes
    if failure is not None:
        assert failure.kind is TransientError
        assert type(error).__name__ in failure.message


def test_events_tell_the_story(heard: Listen) -> None:
    clock, events = Clock(), list[Event]()
    gateway = timed(clock)
    end = heard(events.append)
    gateway.call(Service(ServiceError(503, "busy")), info=INFO, judge=judge)
    started, retried, again, done = events
    assert (started, again, done) == (Started(INFO, 1), Started(INFO, 2), Done(INFO, 2, 0.5, None))
    assert isinstance(retried, Retried)
    assert (retried.attempt, retried.delay, type(retried.error)) == (1, 0.5, TransientError)
    end()
    gateway.call(Service(), info=INFO)
    assert len(events) == 4


def test_a_failure_is_told_with_the_error_that_is_raised(heard: Listen) -> None:
    events = list[Event]()
    gateway = timed(Clock())
    heard(events.append)
    with pytest.raises(TooMuchError) as caught:
        gateway.call(Service(ServiceError(400, "Computation timed out.")), info=INFO, judge=judge)
    assert events[-1] == Done(INFO, 1, 0.0, caught.value)


def test_a_place_is_free_while_its_caller_backs_off() -> None:
    clock = Clock()
    others = []

    def sleep(seconds: float, over: threading.Event) -> None:
        clock.sleep(seconds, over)
        others.append(gateway.call(lambda: "other", info=INFO))  # would wait for ever if the place were held

    gateway = made(clock=clock, sleep=sleep)
    assert gateway.call(Service(ServiceError(503, "busy")), info=INFO, judge=judge) == 42
    assert others == ["other"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_no_error_takes_a_place_along(error: type[BaseException]) -> None:
    gateway = timed(Clock(), cap=1)

    def fail() -> None:
        raise error

    with pytest.raises(error):
        gateway.call(fail, info=INFO)
    assert gateway.call(lambda: 1, info=INFO) == 1


class Room:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.peak = 0

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            self.peak = max(self.peak, self.inside)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1


def test_the_cap_is_reached_and_never_passed_by_many_threads() -> None:
    cap, rounds = 8, 10
    gateway, room = made(cap), Room()
    together = threading.Barrier(cap)  # opens only when as many as the cap are inside at once

    def request() -> None:
        with room:
            together.wait(PATIENCE)

    with ThreadPoolExecutor(3 * cap) as pool:
        for future in [pool.submit(gateway.call, request, info=INFO) for _ in range(cap * rounds)]:
            future.result(PATIENCE)
    assert room.peak == cap


def until(condition: Callable[[], bool]) -> None:
    """Let other threads go on until something is so."""
    tick = threading.Event()
    for _ in range(int(PATIENCE / 0.001)):
        if condition():
            return
        tick.wait(0.001)
    pytest.fail("it never came about")


def waiting(slots: AdaptiveLimiter) -> int:
    return len(slots._queue)


@pytest.fixture
def threads() -> Iterator[Callable[[Callable[[], object]], threading.Thread]]:
    started: list[threading.Thread] = []

    def start(function: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        started.append(thread)
        return thread

    yield start
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def hold(slots: AdaptiveLimiter, gate: threading.Event) -> None:
    with slots:
        gate.wait(PATIENCE)


def test_places_are_given_first_come_first_served(threads: Start) -> None:
    slots, gate, order = AdaptiveLimiter(1), threading.Event(), list[int]()

    def take(number: int) -> None:
        with slots:
            order.append(number)

    threads(lambda: hold(slots, gate))
    until(lambda: slots._taken == 1)
    for number in range(20):
        threads(lambda number=number: take(number))  # type: ignore[misc]
        until(lambda number=number: waiting(slots) == number + 1)  # type: ignore[misc]
    gate.set()
    until(lambda: len(order) == 20)
    assert order == list(range(20))


def test_more_places_let_in_at_once_who_waits(threads: Start) -> None:
    slots, gate = AdaptiveLimiter(1), threading.Event()
    for _ in range(5):
        threads(lambda: hold(slots, gate))
    until(lambda: (slots._taken, waiting(slots)) == (1, 4))
    slots.resize(3)
    assert (slots._taken, waiting(slots)) == (3, 2)
    gate.set()


def test_fewer_places_hold_for_who_comes_after(threads: Start) -> None:
    slots, first, second = AdaptiveLimiter(3), threading.Event(), threading.Event()
    for _ in range(3):
        threads(lambda: hold(slots, first))
    until(lambda: slots._taken == 3)
    for _ in range(3):
        threads(lambda: hold(slots, second))
    until(lambda: waiting(slots) == 3)
    slots.resize(1)
    first.set()
    until(lambda: (slots._taken, waiting(slots)) == (1, 2))
    second.set()


class Interrupted(BaseException):
    """What the signal of the next test raises."""


def test_an_interrupted_wait_leaves_no_ghost_in_the_queue(threads: Start) -> None:
    slots, gate, main = AdaptiveLimiter(1), threading.Event(), threading.main_thread()
    assert threading.current_thread() is main
    threads(lambda: hold(slots, gate))
    until(lambda: slots._taken == 1)

    def interrupt() -> None:
        until(lambda: waiting(slots) == 1)
        assert main.ident is not None
        signal.pthread_kill(main.ident, signal.SIGUSR1)

    def handler(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        threads(interrupt)
        with pytest.raises(Interrupted), slots:
            pytest.fail("the place is taken")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert waiting(slots) == 0
    gate.set()
    until(lambda: slots._taken == 0)
    with slots:
        assert slots._taken == 1


def test_no_second_sees_more_starts_than_the_rate_and_none_waits_in_vain() -> None:
    clock, starts = Clock(), list[float]()
    gateway = made(1, 100.0, clock=clock, sleep=clock.sleep)
    for _ in range(350):
        gateway.call(lambda: starts.append(clock.now), info=INFO)
    # A hundred at once, the next hundred a second later, ...
    assert starts == pytest.approx([1000.0 + n // 100 for n in range(350)])


def test_retries_keep_to_the_rate_as_well() -> None:
    clock = Clock()
    gateway = made(1, 0.1, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    gateway.call(Service(*[ServiceError(503, "busy")] * 5), info=INFO, judge=judge)
    assert clock.now == 1050.0


@given(
    st.floats(0.2, 20.0),
    st.lists(st.floats(0.0, 3.0) | st.just(0.0), min_size=1, max_size=80),
)
def test_arate_holds_in_every_window(rate: float, gaps: list[float]) -> None:
    clock = Clock(0.0)
    pace = RateLimiter(rate, clock)
    starts: list[float] = []
    for gap in gaps:
        clock.now += gap
        starts.append(clock.now + pace.reserve())
    burst = max(1, int(rate))
    for early, late in zip(starts, starts[burst:], strict=False):
        assert late - early >= burst / rate - 1e-9
    assert starts == sorted(starts)


def test_arate_is_shared_by_threads() -> None:
    pace = RateLimiter(10.0, Clock(0.0))
    with ThreadPoolExecutor(8) as pool:
        delays = sorted(pool.map(lambda _: pace.reserve(), range(35)))
    assert delays == pytest.approx([n // 10 for n in range(35)])


def test_arate_can_change_on_the_way() -> None:
    clock = Clock(0.0)
    pace = RateLimiter(2.0, clock)
    assert [pace.reserve() for _ in range(3)] == [0.0, 0.0, 1.0]
    pace.change(1000.0)
    assert pace.reserve() == 0.0
    pace.change(0.5)
    assert pace.reserve() == pytest.approx(2.0)


SERVICE = "http://127.0.0.1:1 a-project"


def test_each_service_has_one_gateway_of_its_own() -> None:
    other = replace(EARTH_ENGINE, concurrent_requests=4, requests_per_second=10.0)
    one, two = gateway_of(SERVICE, EARTH_ENGINE), gateway_of("http://127.0.0.1:2", other)
    assert one is gateway_of(SERVICE, EARTH_ENGINE)
    assert one is not two
    assert (capacity(one), one.rate.rate, capacity(two), two.rate.rate) == (40, 100.0, 4, 10.0)
    with set_options(max_concurrent_requests=7, requests_per_second=3):
        assert (capacity(one), one.rate.rate, capacity(two), two.rate.rate) == (7, 3, 7, 3)
    assert (capacity(one), one.rate.rate, capacity(two), two.rate.rate) == (40, 100.0, 4, 10.0)


def capacity(gateway: Gateway) -> int:
    assert isinstance(gateway.limiter, AdaptiveLimiter)
    return gateway.limiter.capacity


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_forked_child_has_a_gateway_of_its_own_with_the_same_options(threads: Start) -> None:
    gate, parent = threading.Event(), gateway_of(SERVICE, EARTH_ENGINE)
    limiter = parent.limiter
    assert isinstance(limiter, AdaptiveLimiter)
    with set_options(max_concurrent_requests=2, requests_per_second=50, request_deadline=3):
        for _ in range(3):
            threads(lambda: parent.call(lambda: gate.wait(PATIENCE), info=INFO))
        until(lambda: (limiter._taken, waiting(limiter)) == (2, 1))
        with limiter._lock:  # the worst moment: another thread is just moving in
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    signal.alarm(int(PATIENCE))
                    own = gateway_of(SERVICE, EARTH_ENGINE)
                    alike = (capacity(own), own.rate.rate) == (2, 50)
                    code = 0 if own is not parent and alike and own.call(lambda: 42, info=INFO) == 42 else 2
                finally:
                    os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        gate.set()
    assert gateway_of(SERVICE, EARTH_ENGINE) is parent


class Flaky(http.server.BaseHTTPRequestHandler):
    """Answers 503 with Retry-After, then breaks the connection, then cuts the reply short, then answers."""

    asked = 0

    def do_GET(self) -> None:
        Flaky.asked += 1
        if Flaky.asked == 1:
            self.send_response(503, "busy")
            self.send_header("Retry-After", "4")
            self.end_headers()
        elif Flaky.asked == 2:
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"pix" if Flaky.asked == 3 else b"pixel")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_a_real_server_that_stumbles_in_three_ways_is_read_in_the_end(heard: Listen) -> None:
    Flaky.asked = 0
    clock, errors = Clock(), list[Event]()
    gateway = timed(clock, jitter=0.0)
    heard(errors.append)

    def http_failure(error: Exception) -> Failure | None:
        if isinstance(error, urllib.error.HTTPError):
            return Failure(kind_of_status(error.code), error.reason, float(error.headers["Retry-After"]))
        return network_failure(error)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Flaky) as server:
        serving = threading.Thread(target=server.serve_forever, args=[0.01])
        serving.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"

        def read() -> bytes:
            with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
                content: bytes = reply.read()
                return content

        try:
            assert gateway.call(read, info=INFO, judge=http_failure) == b"pixel"
        finally:
            server.shutdown()
            serving.join(PATIENCE)
    assert clock.naps == [4.0]
    assert [event.attempt for event in errors if isinstance(event, Retried)] == [1, 2, 3]
