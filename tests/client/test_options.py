from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xee_lite
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.errors import brief
from xee_lite.options import OPTIONS, Options, set_options
from xee_lite.traffic.gateways import gateway_of
from xee_lite.traffic.limiters import AdaptiveLimiter

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    with set_options(max_concurrent_requests=None, requests_per_second=None, request_deadline=900.0):
        yield


def in_force() -> tuple[float, float, float]:
    """What the live gateway goes by."""
    gateway = gateway_of("http://127.0.0.1:1 a-project", EARTH_ENGINE)
    assert isinstance(gateway.limiter, AdaptiveLimiter)
    return gateway.limiter.capacity, gateway.rate.rate, OPTIONS.request_deadline


def test_the_gateway_starts_with_the_documented_defaults() -> None:
    assert in_force() == (40, 100.0, 900.0)
    assert Options() == Options(None, None, request_timeout=400.0, request_deadline=900.0)


def test_set_options_reaches_the_live_gateway_and_stays() -> None:
    xee_lite.set_options(max_concurrent_requests=7, request_deadline=0)
    assert in_force() == (7, 100.0, 0)
    assert OPTIONS.max_concurrent_requests == 7


def test_a_with_block_restores_what_it_changed_even_after_an_error() -> None:
    def fail() -> None:
        with set_options(requests_per_second=1.5):
            assert in_force() == (40, 1.5, 900.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert in_force() == (40, 100.0, 900.0)


def test_blocks_nest() -> None:
    with set_options(max_concurrent_requests=3):
        with set_options(max_concurrent_requests=2, requests_per_second=5):
            assert in_force()[:2] == (2, 5)
        assert in_force()[:2] == (3, 100.0)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(xee_lite.InputError, match="'max_requests' is not an option") as caught:
        set_options(max_requests=1)
    for name in ("max_concurrent_requests", "requests_per_second", "request_deadline"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_concurrent_requests", 0),
        ("max_concurrent_requests", 2.5),
        ("max_concurrent_requests", True),
        ("max_concurrent_requests", "many"),
        ("requests_per_second", 0),
        ("requests_per_second", float("inf")),
        ("requests_per_second", float("nan")),
        ("request_deadline", -1),
        ("request_deadline", float("nan")),
        ("request_deadline", None),
        ("max_concurrent_requests", 10**400),
        ("max_concurrent_requests", -(10**400)),
        ("max_concurrent_requests", 10_001),
        ("max_concurrent_requests", [1] * 10**5),
        ("requests_per_second", 10**400),
        ("requests_per_second", 1e300),
        ("requests_per_second", 1e-300),
        ("requests_per_second", 1j),
        ("request_timeout", 0),
        ("request_timeout", 1e-320),
        ("request_timeout", 1e300),
        ("request_timeout", 10**400),
        ("request_timeout", float("inf")),
        ("request_timeout", "x" * 10**6),
        ("request_deadline", 10**400),
        ("request_deadline", 10**5000),
    ],
    ids=lambda value: brief(value)[:30],
)
def test_an_impossible_value_is_refused_and_changes_nothing(name: str, value: Any) -> None:
    with pytest.raises(xee_lite.InputError, match=f"{name} is ") as caught:
        set_options(**{"max_concurrent_requests": 9, "requests_per_second": 9, name: value})
    assert in_force() == (40, 100.0, 900.0)
    assert len(str(caught.value)) < 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*Options.__slots__, "other", "x" * 10**4]),
        st.none() | st.integers() | st.floats() | st.text() | st.booleans() | st.sampled_from([10**400, [], {}, 1j]),
    )
)
def test_options_are_taken_or_refused_as_a_whole(options: dict[str, Any]) -> None:
    before = OPTIONS.max_concurrent_requests, OPTIONS.requests_per_second, OPTIONS.request_timeout, in_force()
    try:
        with set_options(**options):
            assert all(getattr(OPTIONS, name) == value for name, value in options.items())
            in_force()
    except xee_lite.InputError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - which of them are refused is drawn
    after = OPTIONS.max_concurrent_requests, OPTIONS.requests_per_second, OPTIONS.request_timeout, in_force()
    assert after == before
