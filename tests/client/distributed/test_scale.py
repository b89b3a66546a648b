"""The simulation of a large read, where arithmetic knows the answer, and bounds where it does not."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xee_lite import InputError
from xee_lite.distributed import forecast


@settings(max_examples=30)
@given(st.integers(1, 3000), st.integers(1, 60), st.floats(0.05, 20))
def test_without_a_rate_it_is_rounds_of_waiting(requests: int, concurrency: int, seconds: float) -> None:
    found = forecast(requests, seconds=seconds, concurrency=concurrency, rate=1e6)
    assert found.seconds == pytest.approx(math.ceil(requests / concurrency) * seconds, rel=1e-6)
    assert found.refused == 0


def test_the_rate_holds_it_up_where_replies_are_fast() -> None:
    assert forecast(10_000, seconds=0.01, concurrency=40, rate=100).seconds == pytest.approx(100, rel=0.02)


@settings(max_examples=10)
@given(st.integers(2, 30), st.integers(1, 30))
def test_a_smaller_quota_costs_refusals_and_less_than_a_third_more_time(quota: int, more: int) -> None:
    found = forecast(2000, seconds=1.0, concurrency=quota + more, rate=1e6, quota=quota)
    ideal = math.ceil(2000 / quota)
    assert found.refused > 0
    assert ideal <= found.seconds < 2.2 * ideal


def test_what_is_not_simulated_goes_on_in_the_same_way() -> None:
    petabyte = forecast(29_802_323, seconds=2.0, eecu_seconds=1.0)
    assert petabyte.hours == pytest.approx(29_802_323 / 40 * 2 / 3600, rel=0.01)
    assert petabyte.eecu_seconds == 29_802_323
    assert str(petabyte).startswith("29,802,323 requests, ")
    assert forecast(0, seconds=1.0).seconds == 0


@pytest.mark.parametrize(
    "wrong", [{"requests": -1}, {"seconds": 0.0}, {"concurrency": 0}, {"rate": math.nan}, {"quota": 0}, {"bytes": True}]
)
def test_impossible_numbers_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        forecast(**{"requests": 10, "seconds": 1.0, **wrong})
