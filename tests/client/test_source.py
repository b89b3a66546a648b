"""A source that is not Earth Engine opens through the same seam; and every reader passes the same suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine

import xee_lite
from tests.client.memory_source import LIMITS, BusyError, MemoryArray
from tests.client.scenes import DAY, ID, START, filled, image, pixels
from xee_lite import Grid
from xee_lite.arguments import Arguments
from xee_lite.emulator import memory_collection
from xee_lite.opening import EARTH_ENGINE, Opening
from xee_lite.planning.nodata import codecs_of
from xee_lite.reader import View
from xee_lite.source import driver_of
from xee_lite.testing.reader_suite import ReaderSuite

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve
    from xee_lite.reader import Reader, ReadRequest

GRID = Grid("EPSG:32631", Affine(10, 0, 500_000, 0, -10, 5_000_000), (37, 23))


def array() -> MemoryArray:
    values = np.arange(4 * 2 * 37 * 23, dtype=np.float32).reshape(4, 2, 37, 23)
    values[values % 7 == 3] = np.nan
    return MemoryArray(values, GRID)


def opened(source: MemoryArray, **options: Any) -> xr.Dataset:
    return xr.open_dataset(source, engine="xee_lite", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("chunks", [None, {}])
def test_an_array_in_memory_opens_like_any_source(chunks: dict[str, int] | None) -> None:
    source = array()
    dataset = opened(source, chunks=chunks)
    assert dataset.sizes == {"time": 4, "y": 37, "x": 23}
    np.testing.assert_array_equal(np.stack([dataset.a, dataset.b], axis=1), source.values)
    assert (dataset.x[0], dataset.y[0]) == (500_005, 4_999_995)
    for request in source.asked:
        items, bands, height, width = request.shape
        assert items * bands <= LIMITS.bands
        assert max(height, width) <= LIMITS.side
        assert items * bands * height * width * 4 <= LIMITS.default_bytes


def test_a_region_is_cut_out_of_its_own_grid() -> None:
    source = array()
    part = opened(source, like=opened(source).isel(y=slice(5, 9), x=slice(2, 8)))
    np.testing.assert_array_equal(part.b, source.values[:, 1, 5:9, 2:8])


def test_its_failures_mean_what_it_says_and_its_gateway_is_its_own() -> None:
    source = array()
    source.stumbles.append(BusyError("busy"))
    events: list[Any] = []
    stop = xee_lite.subscribe(events.append)
    try:
        value = float(opened(source).a[0, 0, 0])
    finally:
        stop()
    assert value == 0
    assert [type(event).__name__ for event in events] == ["Started", "Retried", "Started", "Done"]
    source.stumbles.append(OverflowError("too much"))
    np.testing.assert_array_equal(opened(source).a[:2, :4, :4], source.values[:2, 0, :4, :4])


def test_explain_goes_by_its_limits() -> None:
    plan = xee_lite.explain(opened(array()))
    assert plan.bytes == 4 * 2 * 37 * 23 * (4 + 1), "a value and its mask, and no byte of overhead"
    assert plan.largest <= LIMITS.default_bytes
    assert plan.seconds(1.0) == -(-plan.count // LIMITS.concurrent_requests)


def test_a_larger_request_than_it_takes_is_refused() -> None:
    with pytest.raises(xee_lite.InputError, match=r"request_bytes='1MiB'.*pass at most 2.0 KiB"):
        opened(array(), request_bytes="1MiB")


def test_what_no_driver_recognizes_is_asked_of_earth_engine() -> None:
    assert driver_of("COPERNICUS/S2") is None
    assert driver_of("ee://COPERNICUS/S2") is EARTH_ENGINE


def part(values: npt.NDArray[np.float32], request: ReadRequest) -> npt.NDArray[np.float32]:
    """What NumPy takes for a request of an array whose bands are called a and b."""
    window = request.window
    bands = ["ab".index(name) for name in request.bands]
    rows, columns = slice(window.row, window.row + window.height), slice(window.col, window.col + window.width)
    return values[list(request.items)][:, bands, rows, columns]


class TestMemoryReader(ReaderSuite):
    def view(self) -> View:
        stack = Opening.of(array(), Arguments()).source.stack
        return View(stack, GRID, codecs_of(stack.bands, "exact", mask_and_scale=True))

    def reader(self) -> Reader:
        return Opening.of(array(), Arguments()).source.reader(self.view())

    def expected(self, request: ReadRequest) -> npt.NDArray[np.generic]:
        return part(array().values, request)


class TestEarthEngineReader(ReaderSuite):
    """Two bands of three images, computed and with masks, over HTTP."""

    @pytest.fixture(autouse=True)
    def _earth(self, serve: Serve) -> None:
        bands = [{"a": pixels("u1", day), "b": pixels("i2", 9 + day)} for day in range(3)]
        images = [image(arrays, f"i{day}", START + day * DAY) for day, arrays in enumerate(bands)]
        serve(assets={ID: memory_collection(images)})
        self.truth = np.stack([[filled(arrays[name], "f4") for name in "ab"] for arrays in bands])
        self.source = Opening.of(ID, Arguments()).source

    def view(self) -> View:
        stack = self.source.stack
        native = stack.finest_grid
        assert native is not None
        return View(stack, native, codecs_of(stack.bands, "exact", mask_and_scale=True))

    def reader(self) -> Reader:
        return self.source.reader(self.view())

    def expected(self, request: ReadRequest) -> npt.NDArray[np.generic]:
        return part(self.truth, request)
