"""Who waits for room in a budget can be cancelled, and takes nothing along."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

import xee_lite
from xee_lite.traffic.budget import CostBudget
from xee_lite.traffic.cancellation import CancelledError, Scope, entered
from xee_lite.traffic.costs import CallRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def record(asset: str = "A", seconds: float = 1.0, images: int = 1) -> CallRecord:
    """A call that costs so much."""

    def fetch(ids: Sequence[str]) -> float:
        return seconds * len(ids)

    return CallRecord("a service", asset, images, fetch)


def succeed(budget: CostBudget, call: CallRecord) -> None:
    with budget.admitted(call):
        call.profiles.append("an id")
        call.succeeded = True


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    with xee_lite.set_options(eecu_limit=3.5):
        yield


def test_waiting_ends_when_its_read_is_cancelled() -> None:
    budget, scope, caught = CostBudget(), Scope(), []

    def wait() -> None:
        try:
            with entered(scope), budget.admitted(record()):
                pass
        except CancelledError as error:
            caught.append(error)

    with budget.admitted(record()):  # whose cost is not known yet
        thread = threading.Thread(target=wait)
        thread.start()
        scope.cancel()
        thread.join(10)
    assert not thread.is_alive()
    assert len(caught) == 1
    succeed(budget, record())


def test_what_is_under_way_is_reckoned_with() -> None:
    budget = CostBudget()
    succeed(budget, record())
    with ExitStack() as stack:
        for call in (record(), record()):
            stack.enter_context(budget.admitted(call))
        refused: list[BaseException] = []

        def ask() -> None:
            try:
                succeed(budget, record())
            except xee_lite.BudgetError as error:
                refused.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(0.05)
        assert thread.is_alive(), "it waits, since those under way may cost less than is expected"
    thread.join(10)
    assert not refused, "they were never answered, and left room"


def test_larger_requests_are_expected_to_cost_more() -> None:
    budget = CostBudget()
    succeed(budget, record())
    with pytest.raises(xee_lite.BudgetError, match=r"1 EECU-seconds of eecu_limit=3\.5"):
        succeed(budget, record(images=3))
    succeed(budget, record(images=2))


def test_an_interrupted_question_is_asked_again() -> None:
    """Its answer belongs to the requests of other threads too."""
    budget, asked = CostBudget(), []

    def fetch(ids: Sequence[str]) -> float:
        asked.append(list(ids))
        if len(asked) == 1:
            raise KeyboardInterrupt
        return 3.0

    call = CallRecord("a service", "A", 1, fetch)
    with pytest.raises(KeyboardInterrupt):
        succeed(budget, call)
    with pytest.raises(xee_lite.BudgetError, match="3 EECU-seconds"):
        succeed(budget, record())
    assert asked == [["an id"], ["an id"]]
