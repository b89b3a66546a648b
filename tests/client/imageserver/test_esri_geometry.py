"""Geometries go there and back, with the rings turned as each side wants them."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape

from xee_lite import InputError
from xee_lite.imageserver.esri_geometry import envelope_of, geojson_of, polygon_of

HOLED = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 4, 4).exterior])


@pytest.mark.parametrize("geometry", [box(0, 0, 3, 4), HOLED, MultiPolygon([HOLED, box(20, 0, 30, 10)])])
def test_polygons_go_there_and_back(geometry: Polygon) -> None:
    rings = polygon_of(geometry)
    assert rings["spatialReference"] == {"wkid": 4326}
    assert Polygon(rings["rings"][0]).exterior.is_ccw is False
    again = geojson_of(rings)
    assert again is not None
    assert shape(again).equals(geometry)


def test_a_box_in_degrees() -> None:
    assert envelope_of((7, 46, 8, 47)) == {
        "xmin": 7, "ymin": 46, "xmax": 8, "ymax": 47, "spatialReference": {"wkid": 4326},
    }  # fmt: skip
    assert envelope_of(box(7, 46, 8, 47)) == envelope_of((7, 46, 8, 47))


def test_a_geometry_says_its_crs() -> None:
    crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
    geometry = {**mapping(box(400_000, 5_000_000, 401_000, 5_001_000)), "crs": crs}
    assert envelope_of(geometry)["spatialReference"] == {"wkid": 32632}
    assert polygon_of(geometry)["spatialReference"] == {"wkid": 32632}


def test_esri_s_own_json_is_taken_as_it_is() -> None:
    given = {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4, "spatialReference": {"wkid": 102009}}
    assert envelope_of(given) == given


@pytest.mark.parametrize(
    ("function", "geometry", "said"),
    [
        (envelope_of, (170, -10, -170, 10), "crosses the antimeridian"),
        (envelope_of, {"xmin": 1, "ymin": 2, "xmax": 3}, "is no envelope"),
        (envelope_of, {"xmin": 1, "ymin": 2, "xmax": float("nan"), "ymax": 3}, "not finite"),
        (polygon_of, {"type": "Point", "coordinates": (1, 2)}, "has no area"),
        (polygon_of, {"rings": "x"}, "is no envelope and no polygon"),
        (polygon_of, "here", "is not a geometry"),
    ],
)
def test_what_is_none_is_refused(function: Any, geometry: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        function(geometry)
