"""What one request may cost."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator import request_limits
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Pixels, Sampler, everywhere
from xee_lite.emulator.pixels import outputs
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

MEMORY = r"^User memory limit exceeded\.$"
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
    monkeypatch.setattr(request_limits, "start", partial(request_limits.start, memory=1_000_000))
    nested = ee.List.sequence(1, 60).iterate(lambda _, items: ee.List([items, items]), ee.List([1]))
    with pytest.raises(EarthError, match=r"^User memory limit exceeded\.$"):
        info(nested)


def test_more_values_than_allowed(value_of: Value) -> None:
    assert len(value_of(ee.List.sequence(1, 1000))) == 1000
    request_limits.start(memory=10 * request_limits.VALUE_BYTES)
    with pytest.raises(EarthError, match="User memory limit exceeded"):
        request_limits.spend(11)


def test_memory_counts_as_long_as_its_owner_lives() -> None:
    request_limits.start(memory=1000)
    for _ in range(10):
        array = np.zeros(100)
        request_limits.hold(array, array.nbytes)
        request_limits.hold(array, array.nbytes)
        del array
    kept = np.zeros(100)
    request_limits.hold(kept, kept.nbytes)
    request_limits.check_memory(200)
    with pytest.raises(EarthError, match=MEMORY):
        request_limits.check_memory(201)


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "start", partial(request_limits.start, memory=20_000_000))


def doubled(function: Any, first: Any, times: int = 40) -> Any:
    return ee.List.sequence(1, times).iterate(lambda _, value: function(value), first)


GROWING = {
    "arrays": lambda: doubled(lambda one: ee.Array.cat([ee.Array(one), ee.Array(one)], 0), ee.Array([1])),
    "many arrays": lambda: ee.List.sequence(1, 100).map(lambda one: ee.Array.identity(500).multiply(ee.Number(one))),
    "lists": lambda: doubled(lambda one: ee.List(one).cat(ee.List(one)), ee.List([1])),
    "flattened": lambda: ee.List.repeat(ee.List.sequence(1, 100_000), 1000).flatten(),
    "texts": lambda: doubled(lambda one: ee.String(one).cat(ee.String(one)), "ab"),
    "joined": lambda: ee.List.repeat("x" * 1000, 100_000).join(""),
    "replaced": lambda: ee.String("x" * 100_000).replace("x", "y" * 1000, "g"),
    "encoded": lambda: ee.String.encodeJSON(ee.List.repeat(ee.List.repeat("x" * 1000, 1000), 1000)),
    "matches": lambda: ee.String("x" * 100_000).match("x", "g"),
    "bands": lambda: doubled(lambda one: ee.Image(one).addBands(ee.Image(one)), ee.Image(1)),
    "images": lambda: ee.ImageCollection("TEST/DAILY").toList(1_000_000),
    "sorted images": lambda: ee.ImageCollection("TEST/DAILY").limit(1_000_000).sort("CLOUDS").first(),
    "merged images": lambda: ee.ImageCollection(
        doubled(lambda one: ee.ImageCollection(one).merge(ee.ImageCollection(one)), ee.ImageCollection([ee.Image(1)]))
    ).toList(10**9),
}
"""Expressions that take ever more memory, each of which took gigabytes or as long as it was let."""


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_refused(name: str, value_of: Value) -> None:
    with pytest.raises(EarthError, match=MEMORY):
        value_of(GROWING[name]())


def test_a_sum_over_many_images_holds_none(value_of: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "start", partial(request_limits.start, memory=10_000_000))
    days = ee.ImageCollection("TEST/DAILY").limit(8000)
    assert value_of(days.aggregate_max("CLOUDS")) == 99


def test_pixels_of_many_bands_at_once(value_of: Value) -> None:
    image = value_of(ee.Image.cat([ee.Image.random(seed) for seed in range(30)]).toArray())
    request_limits.start(memory=100_000)
    grid = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 4.0), 40, 40)
    with pytest.raises(EarthError, match=MEMORY):
        Sampler(grid).arrays(image.bands[0])


@given(
    shape=st.tuples(st.integers(0, 20), st.integers(0, 40)),
    size=st.integers(1, 3000),
    block=st.sampled_from([1, 1000, 20_000]),
)
def test_blocks_make_the_whole(shape: tuple[int, int], size: int, block: int) -> None:
    whole = np.arange(shape[0] * shape[1]).reshape(shape)
    seen = []

    def compute(rows: slice, columns: slice) -> dict[str, Pixels]:
        part = whole[rows, columns]
        seen.append(part.shape)
        return {"a": Pixels(part, everywhere((part.shape[0], part.shape[1])))}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "BLOCK", block)
        found = outputs.compute_in_blocks(shape, size, compute)["a"]
    np.testing.assert_array_equal(found.values, whole)
    assert found.mask.shape == shape
    for height, width in seen:
        assert height * width * size <= max(block, size * outputs.NARROWEST)
        assert width > 1 or shape[1] <= 1


def test_a_neighbourhood_that_is_too_much() -> None:
    request_limits.start(memory=10_000)
    with pytest.raises(EarthError, match=MEMORY):
        outputs.compute_in_blocks((1, 1), 10_001, lambda _rows, _columns: {})
