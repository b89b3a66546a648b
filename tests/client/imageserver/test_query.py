"""The catalogue as a table equals the rasters that were put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from tests.client.imageserver.services import assets, opened
from tests.client.scenes import DAY, ID, START
from xee_lite import InputError
from xee_lite.emulator.imageserver.options import ImageServerOptions
from xee_lite.imageserver import query

if TYPE_CHECKING:
    from tests.client.scenes import Serve


def test_a_row_for_each_raster(serve: Serve) -> None:
    found = query(serve(assets=assets()).image_server_url(ID))
    assert isinstance(found, geopandas.GeoDataFrame)
    assert found.index.tolist() == [1, 2, 3]
    assert found.index.name == "OBJECTID"
    assert found.Name.tolist() == ["i0", "i1", "i2"]
    assert found.StdTime.tolist() == [pd.Timestamp(START + day * DAY, unit="ms") for day in range(3)]
    dataset = opened(
        serve(assets=assets()), rasters="catalog", crs="EPSG:4326", scale=30, bbox=(1.79, 41.5, 1.84, 41.56)
    )
    there = np.isfinite(dataset.a).any("id")
    ys, xs = there.any("x"), there.any("y")
    bounds = [
        float(dataset.x[xs].min()),
        float(dataset.y[ys].min()),
        float(dataset.x[xs].max()),
        float(dataset.y[ys].max()),
    ]
    np.testing.assert_allclose(found.total_bounds, bounds, atol=0.001)


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ({"where": "Name = 'i1'"}, [2]),
        ({"geometry": (1.79, 41.5, 1.81, 41.6)}, [1, 2, 3]),
        ({"geometry": (50, 10, 51, 11)}, []),
        ({"geometry": box(1.79, 41.5, 1.81, 41.6)}, [1, 2, 3]),
        ({"geometry": box(-1.79, 41.5, -1.70, 41.6)}, []),
        ({"time": np.datetime64(START + DAY, "ms")}, [2]),
        ({"time": (None, np.datetime64(START + DAY, "ms"))}, [1, 2]),
        ({"time": ("2020-01-02T00:00Z", None)}, [2, 3]),
        ({"where": "Name = 'i0'", "time": ("2020-01-02", None)}, []),
    ],
)
def test_filters(serve: Serve, arguments: dict[str, Any], ids: list[int]) -> None:
    found = query(serve(assets=assets()).image_server_url(ID), **arguments)
    assert found.index.tolist() == ids


def test_more_rasters_than_one_reply_tells(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_record_count=2))
    assert query(earth.image_server_url(ID)).index.tolist() == [1, 2, 3]


def test_what_is_too_long_for_an_address_goes_into_a_body(serve: Serve) -> None:
    earth = serve(assets=assets())
    assert len(query(earth.image_server_url(ID), f"Name <> '{'x' * 3000}'")) == 3
    assert "POST" in [request.method for request in earth.requests]


def test_overviews_come_only_where_they_are_asked_for(serve: Serve) -> None:
    url = serve(assets=assets(), image_server=ImageServerOptions(overviews=True)).image_server_url(ID)
    assert len(query(url)) == 3
    assert len(query(url, "Category >= 1")) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"where": 7}, "where=7 is no SQL"),
        ({"time": "yesterday-ish"}, "no time in it that pandas knows"),
        ({"time": (None, None)}, "pass a time, or"),
        ({"geometry": "here"}, "is not a geometry"),
    ],
)
def test_what_is_no_filter_is_refused(serve: Serve, arguments: dict[str, Any], said: str) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    with pytest.raises(InputError, match=said):
        query(url, **arguments)


def test_a_service_without_a_catalogue(serve: Serve) -> None:
    with pytest.raises(InputError, match="no capability 'Catalog'"):
        query(serve(assets=assets()).image_server_url(f"{ID}_u1"))
