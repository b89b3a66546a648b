"""What one request may cost."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite.emulator import request_limits
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 4.0), 4, 4)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Any:
    yield
    request_limits.start()


def test_without_time_nothing_is_computed(value_of: Value) -> None:
    image = value_of(ee.Image(1).add(2))
    request_limits.start(seconds=-1)
    with pytest.raises(EarthError, match=r"^Computation timed out\.$"):
        Sampler(GRID)(image.bands[0])
    request_limits.start()
    assert Sampler(GRID)(image.bands[0]).values[0, 0] == 3


def test_a_graph_stops_where_its_time_ends(value_of: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the allowance alone: servers of other tests run in this process, and wait by the real one."""
    clock = iter(range(10**9))
    monkeypatch.setattr(request_limits, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    numbers = ee.List.sequence(1, 1000)
    with pytest.raises(EarthError, match=r"^Computation timed out\.$"):
        value_of(numbers.map(lambda number: ee.Number(number).add(1)))
    assert next(clock) < 400


def test_a_text_that_is_doubled_again_and_again(value_of: Value) -> None:
    doubled = ee.List.sequence(1, 60).iterate(lambda _, text: ee.String(text).cat(ee.String(text)), "ab")
    with pytest.raises(EarthError, match=r"^User memory limit exceeded\.$"):
        value_of(doubled)


def test_a_list_that_holds_itself_twice_again_and_again(info: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "start", partial(request_limits.start, values=10_000))
    nested = ee.List.sequence(1, 60).iterate(lambda _, items: ee.List([items, items]), ee.List([1]))
    with pytest.raises(EarthError, match=r"^User memory limit exceeded\.$"):
        info(nested)


def test_more_values_than_allowed(value_of: Value) -> None:
    assert len(value_of(ee.List.sequence(1, 1000))) == 1000
    request_limits.start(values=10)
    with pytest.raises(EarthError, match="User memory limit exceeded"):
        request_limits.spend(11)
