"""The times of a service become a dimension: each step is the mosaic of the rasters of that time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.client.imageserver.services import assets, exports, hard, opened
from tests.client.scenes import DAY, ID, START, image
from xee_lite import InputError
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

DAYS = (0, 1, 1, 4)
"""Of four images, two of which are of the same day."""


def served() -> dict[str, Any]:
    images = [image({"a": hard("u1", number)}, f"i{number}", START + day * DAY) for number, day in enumerate(DAYS)]
    return {**assets(), ID: memory_collection(images)}


def truth() -> npt.NDArray[Any]:
    """(time, y, x): of the second day the first raster, and the other where that has no value."""
    own = [np.ma.filled(hard("u1", number).astype("f4"), np.nan) for number in range(4)]
    return np.stack([own[0], np.where(np.isnan(own[1]), own[2], own[1]), own[3]])


@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("transport", ["tiff", "lerc"])
def test_each_time_is_a_step(serve: Serve, transport: str, chunks: Any) -> None:
    earth = serve(assets=served())
    dataset = opened(earth, rasters="time", transport=transport, chunks=chunks)
    assert dataset.a.dims == ("time", "y", "x")
    days = [START, START + DAY, START + 4 * DAY]
    assert dataset.time.to_numpy().astype("M8[ms]").astype(int).tolist() == days
    np.testing.assert_array_equal(dataset.a, truth())
    np.testing.assert_array_equal(dataset.a.sel(time="2020-01-02").squeeze(), truth()[1])


def test_opening_asks_for_the_times_alone(serve: Serve) -> None:
    earth = serve(assets=served())
    opened(earth, rasters="time")
    assert exports(earth) == 0
    assert [request.kind for request in earth.requests if "ImageServer" in request.kind].count("ImageServer/query") == 2


def test_a_region_leaves_out_what_lies_elsewhere(serve: Serve) -> None:
    earth = serve(assets=served())
    with pytest.raises(InputError, match="no raster with a time that touches the region"):
        opened(earth, rasters="time", bbox=(50, 10, 51, 11))


def test_another_grid_has_steps_too(serve: Serve) -> None:
    earth = serve(assets=served())
    whole = opened(earth, rasters="time")
    grid = opened(earth, rasters="time", like=whole.isel(y=slice(3, 9), x=slice(5, 20)))
    np.testing.assert_array_equal(grid.a, truth()[:, 3:9, 5:20])


@pytest.mark.parametrize(
    ("asset", "options", "message"),
    [
        (f"{ID}_u1", {}, "'Catalog'"),
        (ID, {"properties": ["Name"]}, "has no properties"),
        (ID, {"groupby": "month"}, "groupby= combines rasters of a catalogue"),
        (ID, {"transport": "download"}, "not a mosaic"),
        (ID, {"rasters": "times"}, "'time', or ids"),
    ],
)
def test_what_has_no_steps(serve: Serve, asset: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        opened(serve(assets=served()), asset, **{"rasters": "time", **options})


def test_without_times_there_are_no_steps(serve: Serve) -> None:
    timeless = memory_image({"a": hard("u1")}, crs="EPSG:32631", transform=(30, 0, 399945, 0, -30, 4600035))
    earth = serve(assets={ID: memory_collection([timeless])})
    with pytest.raises(InputError, match="has no time: leave out rasters='time'"):
        opened(earth, rasters="time")
