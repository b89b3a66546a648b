"""Points and polygons from whatever people have, and what is wrong with them in a sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from xee_lite import InputError
from xee_lite.outputs.points import Points
from xee_lite.outputs.polygons import Features

if TYPE_CHECKING:
    from pathlib import Path

LON, LAT = np.array([3.06, 3.08, -179.5]), np.array([43.56, 43.5, 10.25])
FRAME = gpd.GeoDataFrame(
    {"name": ["a", "b", "c"], "height": [1.5, np.nan, 3], "day": pd.to_datetime(["2020-01-01"] * 3)},
    geometry=gpd.points_from_xy(LON, LAT),
    crs=4326,
)


def written(folder: Path, name: str) -> str:
    path = folder / name
    if name.endswith(".parquet"):
        FRAME.to_parquet(path)
    elif name.endswith(".csv"):
        FRAME.drop(columns="geometry").assign(Longitude=LON, lat=LAT).to_csv(path, index=False)
    else:
        FRAME.to_file(path)
    return str(path)


@pytest.mark.parametrize("name", ["p.gpkg", "p.geojson", "p.parquet", "p.csv", "p.shp"])
def test_files_with_their_attributes(tmp_path: Path, name: str) -> None:
    found = Points.of(written(tmp_path, name), None)
    np.testing.assert_allclose((found.x, found.y), (LON, LAT), rtol=1e-9)
    assert found.crs == "EPSG:4326"
    assert found.attributes["name"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(found.attributes["height"], [1.5, np.nan, 3])


@pytest.mark.parametrize(
    "given",
    [
        (LON, LAT),
        (LON.tolist(), LAT.tolist()),
        (xr.DataArray(LON), xr.DataArray(LAT)),
        np.stack([LON, LAT], axis=1),
        np.stack([LON, LAT], axis=1).tolist(),
        [Point(*one) for one in zip(LON, LAT, strict=True)],
        MultiPoint(list(zip(LON, LAT, strict=True))),
        FRAME,
        FRAME.geometry,
        pd.DataFrame({"LON": LON, "Latitude": LAT}),
        json.loads(FRAME.drop(columns="day").to_json()),
        {"type": "MultiPoint", "coordinates": np.stack([LON, LAT], axis=1).tolist()},
    ],
)
def test_points_of_every_kind(given: Any) -> None:
    if isinstance(given, dict) and given["type"] == "MultiPoint":
        with pytest.raises(InputError, match="MultiPoint"):
            Points.of(given, None)
        return
    found = Points.of(given, None)
    np.testing.assert_array_equal((found.x, found.y), (LON, LAT))
    assert found.crs == "EPSG:4326"


def test_one_point_and_other_crss() -> None:
    assert Points.of((3.0, 43.0), None).x.tolist() == [3.0]
    assert Points.of(Point(3, 43), "EPSG:32631").crs == "EPSG:32631"
    assert Points.of(FRAME.to_crs(3857), None).crs == "EPSG:3857"
    named = {"type": "Point", "coordinates": [1, 2], "crs": {"type": "name", "properties": {"name": "EPSG:3035"}}}
    assert Points.of(named, None).crs == "EPSG:3035"
    assert Points.of(pd.DataFrame({"x": [5], "y": [6]}), 3035).crs == "EPSG:3035"
    labelled = Points.of(FRAME.set_index("name"), None)
    assert labelled.index is not None
    assert labelled.index.tolist() == ["a", "b", "c"]


def test_layers(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    FRAME.to_file(path, layer="stations")
    FRAME.iloc[:1].to_file(path, layer="one")
    assert len(Points.of(f"{path}:one", None)) == 1
    assert len(Points.of(f"{path}:stations", None)) == 3
    with pytest.raises(InputError, match=r"several layers: pass points='.*:LAYER' with one of 'stations', 'one'"):
        Points.of(path, None)
    with pytest.raises(InputError, match="has no layer 'sites': it has 'stations', 'one'"):
        Points.of(f"{path}:sites", None)


def test_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.gpkg"
    FRAME.set_crs(None, allow_override=True).to_file(nowhere)
    with pytest.raises(InputError, match=r"says no CRS.*pass points_crs="):
        Points.of(nowhere, None)
    assert Points.of(nowhere, 4326).crs == "EPSG:4326"
    empty = tmp_path / "empty.gpkg"
    FRAME.iloc[:0].to_file(empty)
    with pytest.raises(InputError, match="has no points"):
        Points.of(empty, None)
    broken = tmp_path / "broken.gpkg"
    broken.write_text("no file of points")
    with pytest.raises(InputError, match=r"no file that GeoPandas reads|has no layer"):
        Points.of(broken, None)
    with pytest.raises(InputError, match="does not exist"):
        Points.of(tmp_path / "absent.gpkg", None)
    table = tmp_path / "table.csv"
    table.write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match="columns x and y, but says no CRS: pass points_crs="):
        Points.of(table, None)
    table.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="it needs lon and lat"):
        Points.of(table, None)
    table.write_text("lon,lat\neast,2\n")
    with pytest.raises(InputError, match="no numbers"):
        Points.of(table, None)


@pytest.mark.parametrize(
    "given",
    [
        "",
        [],
        (),
        5,
        None,
        "points",
        ([1, 2], [3]),
        np.zeros((2, 3)),
        {"type": "Nothing"},
        {},
        [["a", "b"]],
        LineString([(0, 0), (1, 1)]),
        [Point(1, 2), box(0, 0, 1, 1)],
    ],
)
def test_what_are_no_points(given: Any) -> None:
    with pytest.raises(InputError):
        Points.of(given, None)


def test_points_without_a_position_have_none() -> None:
    found = Points.of([Point(1, 2), Point()], None)
    np.testing.assert_array_equal(found.x, [1, np.nan])
    assert Points.of(([np.nan], [1.0]), None).degrees_bounds(0.1) is None


def test_bounds_take_the_short_way_around() -> None:
    west, south, east, north = Points.of(([179.0, -179.0], [0.0, 10.0]), None).degrees_bounds(0.0) or (0, 0, 0, 0)
    assert (west, south, east, north) == (179.0, 0.0, 181.0, 10.0)
    whole = Points.of((np.arange(-180, 180, 10.0), np.zeros(36)), None).degrees_bounds(6.0)
    assert whole == (-180.0, -6.0, 180.0, 6.0)


BOWTIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (BOWTIE, r"Feature 0 of .* is no valid polygon \(Self-intersection.*make_valid"),
        ([box(0, 0, 1, 1), BOWTIE], "Feature 1 of"),
        (Point(1, 2), "xee_lite.sample takes points"),
        ([box(0, 0, 1, 1), Polygon()], "Feature 1 of .* has no geometry"),
        ((1.0, 2.0), "are no polygons"),
        ([[1.0, 2.0]], "are no polygons"),
        (shapely.geometry.GeometryCollection([box(0, 0, 1, 1)]), "GeometryCollection"),
    ],
)
def test_what_are_no_polygons(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Features.of(given, None)
