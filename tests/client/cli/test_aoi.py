"""Files with geometries, and what is wrong with some."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from xee_lite.cli.aoi import read_aoi
from xee_lite.errors import InputError
from xee_lite.grids.geojson import lines_of

if TYPE_CHECKING:
    from pathlib import Path

gpd = pytest.importorskip("geopandas")
shapely = pytest.importorskip("shapely")

BOX = shapely.box(3.05, 43.55, 3.25, 43.70)
BOW = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def write(path: Path, geometries: list[Any], crs: str | None = "EPSG:4326", **options: Any) -> Path:
    gpd.GeoDataFrame({"name": range(len(geometries))}, geometry=geometries, crs=crs).to_file(path, **options)
    return path


def test_a_layer_keeps_its_own_crs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [BOX], layer="one")
    moved = gpd.read_file(path).to_crs("EPSG:32631")
    moved.to_file(path, layer="two")
    for layer, crs, shape in (("one", "EPSG:4326", BOX), ("two", "EPSG:32631", moved.geometry.iloc[0])):
        lines, found = lines_of(read_aoi(f"{path}:{layer}"))
        assert found == crs
        np.testing.assert_array_equal(lines[0], shape.exterior.coords)


def test_features_without_a_geometry_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [None, BOX, shapely.Polygon()])
    assert len(read_aoi(str(path))["geometries"]) == 1


def test_a_colon_in_the_name_of_a_file_is_no_layer(tmp_path: Path) -> None:
    path = write(tmp_path / "a:b.geojson", [BOX])
    assert len(read_aoi(str(path))["geometries"]) == 1


def test_positions_in_a_table_are_points(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon,lat\n3,43\n4,44\n")
    lines, crs = lines_of(read_aoi(str(path)))
    assert (np.concatenate(lines).tolist(), crs) == ([[3, 43], [4, 44]], "EPSG:4326")


def bad(folder: Path, kind: str) -> str:
    path = folder / "a.gpkg"
    if kind == "no crs":
        write(path, [BOX], None)
    elif kind == "empty":
        gpd.GeoDataFrame({"name": []}, geometry=[], crs="EPSG:4326").to_file(path)
    elif kind in ("no layer", "several layers"):
        write(path, [BOX], layer="parcels")
        write(path, [BOX], layer="roads")
        return f"{path}:rivers" if kind == "no layer" else str(path)
    elif kind == "invalid":
        write(path, [BOX, BOW])
    elif kind == "no geometries":
        path = folder / "a.csv"
        path.write_text("a,b\n1,2\n")
    elif kind == "no file of geometries":
        path.write_bytes(b"nothing")
    return str(path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no file", "does not exist: pass the path of a file, or FILE:LAYER"),
        ("no crs", "says no CRS.* pass a file that says its CRS"),
        ("empty", "has no geometry"),
        ("no layer", "has no layer 'rivers': it has 'parcels', 'roads'"),
        ("several layers", r"has several layers: pass --aoi='\S+a.gpkg:LAYER' with one of 'parcels', 'roads'"),
        ("invalid", "1 invalid of 2 geometries; feature 1: Self-intersection"),
        ("no geometries", "it needs lon and lat"),
        ("no file of geometries", "is no file that GeoPandas reads"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(kind: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_aoi(bad(tmp_path, kind))
    assert re.search(message, str(caught.value))
