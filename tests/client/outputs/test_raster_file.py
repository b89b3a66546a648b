"""A file that is written as its pixels come: the order in which they come does not show in its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from xee_lite.grids.grid import Grid
from xee_lite.outputs.raster_file import RasterWriter
from xee_lite.outputs.raster_layout import Pixels, RasterBand, RasterFile
from xee_lite.traffic.cancellation import CancelledError, new_scope

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from xee_lite.outputs.raster_file import Driver

rasterio = pytest.importorskip("rasterio")

SHAPE = (1100, 300)
BANDS = 3
ROWS = 100
"""Of a part, which ends at no tile."""

PARTS = [(band, start) for band in range(BANDS) for start in range(0, SHAPE[0], ROWS)]
VALUES = np.random.default_rng(5).normal(size=(BANDS, *SHAPE)).astype("f4")
GRID = Grid("EPSG:32631", Affine(10, 0, 500000, 0, -10, 4000000), SHAPE)
PIXELS = Pixels(np.dtype("f4"), float("nan"), {"v": float("nan")})


class Arriving:
    """Pixels of which some parts are there; others are read as zeros."""

    def __init__(self) -> None:
        self.there = np.zeros((BANDS, SHAPE[0]), bool)

    def holds(self, band: RasterBand, rows: slice, columns: slice) -> bool:
        assert columns == slice(0, SHAPE[1])
        return bool(self.there[band.where["time"], rows].all())

    def read(self, band: RasterBand, rows: slice, columns: slice) -> npt.NDArray[Any]:
        box: npt.NDArray[Any] = VALUES[band.where["time"], rows, columns]
        return np.where(self.there[band.where["time"], rows, None], box, np.float32(0))


def writer_of(path: Path, source: Arriving, driver: Driver = "GTiff", *, overviews: bool = False) -> RasterWriter:
    bands = tuple(RasterBand("v", {"time": number}, f"step {number}") for number in range(BANDS))
    return RasterWriter(RasterFile(path, bands), GRID, PIXELS, source, driver=driver, overviews=overviews)


def written(path: Path, order: list[tuple[int, int]], driver: Driver, *, overviews: bool) -> bytes:
    source = Arriving()
    writer = writer_of(path, source, driver, overviews=overviews)
    for number, (band, start) in enumerate(order, start=1):
        source.there[band, start : start + ROWS] = True
        assert not writer.can_go_on() or writer.go_on() == (number == len(order))
    writer.finish()
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    content = path.read_bytes()
    with rasterio.open(path) as raster:
        np.testing.assert_array_equal(raster.read(), VALUES)
        assert raster.descriptions == ("step 0", "step 1", "step 2")
    path.unlink()
    return content


@pytest.mark.parametrize(("driver", "overviews"), [("GTiff", False), ("GTiff", True), ("COG", True)])
def test_the_bytes_do_not_depend_on_the_order_of_arrival(
    tmp_path_factory: pytest.TempPathFactory, driver: Driver, overviews: bool
) -> None:
    folder = tmp_path_factory.mktemp("order")
    truth = written(folder / "a.tif", PARTS, driver, overviews=overviews)

    @given(st.permutations(PARTS))
    @settings(max_examples=3)
    def check(order: list[tuple[int, int]]) -> None:
        assert written(folder / "a.tif", order, driver, overviews=overviews) == truth

    check()


def test_it_waits_for_each_window_and_leaves_nothing_when_it_is_discarded(tmp_path: Path) -> None:
    source = Arriving()
    writer = writer_of(tmp_path / "a.tif", source)
    source.there[1:] = True
    assert not writer.can_go_on()
    writer.discard()
    assert list(tmp_path.iterdir()) == []
    source.there[0, :600] = True
    assert writer.can_go_on()
    assert not writer.go_on()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif.partial"]
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_the_export(tmp_path: Path) -> None:
    source = Arriving()
    source.there[:] = True
    writer = writer_of(tmp_path / "a.tif", source)
    with new_scope() as scope:
        scope.cancel()
        with pytest.raises(CancelledError):
            writer.go_on()
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_could_not_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    source = Arriving()
    source.there[:] = True
    (tmp_path / "a.tif" / "in the way").mkdir(parents=True)
    writer = writer_of(tmp_path / "a.tif", source, "COG")
    assert writer.go_on()
    with pytest.raises(OSError, match=r"a\.tif"):
        writer.finish()
    assert len(list(tmp_path.iterdir())) == 2
    writer.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
