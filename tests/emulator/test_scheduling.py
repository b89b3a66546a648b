"""Whose turn it is to make pixels."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from xee_lite.emulator import scheduling
from xee_lite.emulator.scheduling import LARGE, ComputeSlots

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30
"""Seconds after which a test gives up; none of them waits for so long."""


class Worker(threading.Thread):
    """Takes a turn, and notes its name at each step, as far as it is told to go; capitals ask for many pixels."""

    def __init__(self, of: ComputeSlots, log: list[str], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._turns = of
        self._values = LARGE if name.isupper() else LARGE - 1
        self._log = log
        self._steps = threading.Semaphore(0)
        self._told: list[bool] = []
        self.start()

    def run(self) -> None:
        """Note each step in the log."""
        with self._turns.hold(self._values):
            while True:
                self._log.append(self.name)
                assert self._steps.acquire(timeout=PATIENCE)
                if self._told.pop(0):
                    return
                scheduling.pause()

    def tell(self, *, end: bool = False) -> None:
        """Go on after a pause, or end."""
        self._told.append(end)
        self._steps.release()


def until(true: Callable[[], bool]) -> None:
    """Wait for what other threads are about to do."""
    tick = threading.Event()
    for _ in range(PATIENCE * 100):
        if true():
            return
        tick.wait(0.01)
    pytest.fail("It did not come true.")


def queued(of: ComputeSlots, log: list[str], *names: str) -> list[Worker]:
    """Workers that stand in line in this order."""
    workers = []
    for name in names:
        before = of.waiting
        workers.append(Worker(of, log, name))
        until(lambda before=before: of.waiting == before + 1)  # type: ignore[misc]
    return workers


def test_no_more_than_the_slots_compute_at_once() -> None:
    of, log = ComputeSlots(2), list[str]()
    first = [Worker(of, log, name) for name in "ab"]
    until(lambda: len(log) == 2)
    others = queued(of, log, "c", "d", "e")
    assert sorted(log) == ["a", "b"]
    for count, worker in enumerate([*first, *others], start=3):
        worker.tell(end=True)
        until(lambda count=count: len(log) == min(count, 5))  # type: ignore[misc]
        worker.join(PATIENCE)
    assert log[2:] == ["c", "d", "e"]
    assert of.waiting == 0


def test_a_long_one_lets_another_in_and_goes_on_after_it() -> None:
    of, log = ComputeSlots(1, seconds=(0, 0)), list[str]()
    long = Worker(of, log, "long")
    until(lambda: log == ["long"])
    (short,) = queued(of, log, "short")
    long.tell()
    until(lambda: log == ["long", "short"])
    assert of.waiting == 1
    short.tell(end=True)
    until(lambda: log == ["long", "short", "long"])
    long.tell(end=True)
    long.join(PATIENCE)


def test_everybody_stands_in_line_anew() -> None:
    of, log = ComputeSlots(1, seconds=(0, 0)), list[str]()
    long = Worker(of, log, "long")
    until(lambda: log == ["long"])
    workers = [long, *queued(of, log, "a", "b")]
    for worker in workers * 2:
        before = len(log)
        worker.tell()
        until(lambda before=before: len(log) == before + 1)  # type: ignore[misc]
    assert log == ["long", "a", "b"] * 2 + ["long"]
    for worker in workers:
        worker.tell(end=True)
        worker.join(PATIENCE)


def test_small_and_large_ones_are_let_in_alternately() -> None:
    of, log = ComputeSlots(1), list[str]()
    first = Worker(of, log, "first")
    until(lambda: log == ["first"])
    others = queued(of, log, "A", "B", "C", "D", "x", "y")
    first.tell(end=True)
    by_name = {worker.name: worker for worker in others}
    for count in range(2, 8):
        until(lambda count=count: len(log) == count)  # type: ignore[misc]
        by_name[log[-1]].tell(end=True)
    assert log == ["first", "x", "A", "y", "B", "C", "D"]


def test_who_comes_new_goes_before_those_who_had_a_turn() -> None:
    """However many long ones there are, a short one waits for the turn that runs, and for no more."""
    of, log = ComputeSlots(1, seconds=(0, 0)), list[str]()
    first = Worker(of, log, "first")
    until(lambda: log == ["first"])
    workers = [first, *queued(of, log, *(f"long {number}" for number in range(6)))]
    for worker in workers[:-1]:  # each has a turn, and goes to the end
        before = len(log)
        worker.tell()
        until(lambda before=before: len(log) == before + 1)  # type: ignore[misc]
    running = workers[-1]
    (short,) = queued(of, log, "short")
    running.tell()
    until(lambda: log[-1] == "short")
    short.tell(end=True)
    for worker in workers:
        worker.tell(end=True)
        worker.join(PATIENCE)


def test_a_first_turn_may_be_shorter() -> None:
    of = ComputeSlots(1, seconds=(PATIENCE, PATIENCE), first=0)
    log: list[str] = []
    long = Worker(of, log, "long")
    until(lambda: log == ["long"])
    (short,) = queued(of, log, "short")
    long.tell()
    until(lambda: log == ["long", "short"])
    short.tell(end=True)
    until(lambda: log == ["long", "short", "long"])
    (late,) = queued(of, log, "late")
    long.tell()  # its second turn is a long one
    until(lambda: log == ["long", "short", "long", "long"])
    long.tell(end=True)
    until(lambda: log[-1] == "late")
    late.tell(end=True)
    late.join(PATIENCE)


def test_who_comes_last_does_not_wait_for_all_before() -> None:
    """Where many come at once, none of whom had a turn."""
    of = ComputeSlots(1, latest=True)
    log: list[str] = []
    first = Worker(of, log, "first")
    until(lambda: log == ["first"])
    others = queued(of, log, "a", "b", "c", "d", "e")
    first.tell(end=True)
    by_name = {worker.name: worker for worker in others}
    for count in range(2, 7):
        until(lambda count=count: len(log) == count)  # type: ignore[misc]
        by_name[log[-1]].tell(end=True)
    assert log == ["first", "e", "a", "d", "b", "c"]


def test_those_who_go_on_are_not_starved_by_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "NEW_IN_A_ROW", 2)
    of, log = ComputeSlots(1, seconds=(0, 0)), list[str]()
    long = Worker(of, log, "long")
    until(lambda: log == ["long"])
    short = queued(of, log, "a", "b", "c")
    long.tell()
    for count, worker in zip((2, 3), short, strict=False):
        until(lambda count=count: len(log) == count)  # type: ignore[misc]
        worker.tell(end=True)
    until(lambda: log == ["long", "a", "b", "long"])
    long.tell(end=True)
    until(lambda: log[-1] == "c")
    short[-1].tell(end=True)
    short[-1].join(PATIENCE)


def test_who_waits_for_another_slot_hands_the_first_back() -> None:
    outer, inner = ComputeSlots(1), ComputeSlots(1)
    log: list[str] = []
    with outer.hold():
        with inner.hold():
            (other,) = [Worker(outer, log, "other")]
            until(lambda: log == ["other"])
            other.tell(end=True)
            other.join(PATIENCE)
        late = queued(outer, log, "late")
        assert log == ["other"]
    late[0].tell(end=True)
    late[0].join(PATIENCE)


def test_a_turn_goes_on_while_nobody_waits() -> None:
    of = ComputeSlots(1, seconds=(0, 0))
    with of.hold():
        assert scheduling.pause() == 0


def test_a_turn_is_not_cut_short() -> None:
    of, log = ComputeSlots(1, seconds=(PATIENCE, PATIENCE)), list[str]()
    with of.hold():
        (other,) = queued(of, log, "other")
        assert scheduling.pause() == 0
        assert log == []
    other.tell(end=True)
    other.join(PATIENCE)
    assert log == ["other"]


def test_a_slot_is_free_again_after_a_failure() -> None:
    of = ComputeSlots(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no pixels"), of.hold():
            raise ValueError("no pixels")


def test_without_a_turn_there_is_nothing_to_pause() -> None:
    assert scheduling.pause() == 0
