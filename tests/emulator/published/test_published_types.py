"""What the samples of the reference print of filters, features, pixel types, projections and reducers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info


def dated() -> Any:
    dates = {"2021-06-10": 10, "2021-06-20": 11, "2021-07-10": 19, "2021-07-20": 10}
    return ee.FeatureCollection(
        [ee.Feature(None, {"prop": value, "system:time_start": ee.Date(date)}) for date, value in dates.items()]
    )


def shapes() -> Any:
    return ee.FeatureCollection(
        [
            ee.Feature(ee.Geometry.Rectangle([0, 0, 1, 1]), {"x": 0}),
            ee.Feature(ee.Geometry.Rectangle([0, 0, 3, 3]), {"x": "foo"}),
            ee.Feature(ee.Geometry.Point(0, 0)),
        ]
    )


def pixel_type(precision: str, value: float) -> dict[str, Any]:
    return {"type": "PixelType", "precision": precision, "min": value, "max": value}


def projection(crs: str) -> dict[str, Any]:
    return {"type": "Projection", "crs": crs, "transform": [1, 0, 0, 0, 1, 0]}


SAMPLES: dict[str, list[Sample]] = {
    "Filter": [
        (lambda: dated().filter(ee.Filter.date("2021-07-01", "2021-08-01")).aggregate_array("prop"), [19, 10]),
        (lambda: dated().filter(ee.Filter.date(1625875200000, 1626739200001)).aggregate_array("prop"), [19, 10]),
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Point")).size(), 1),
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Polygon")).size(), 2),
        (lambda: shapes().filter(ee.Filter.hasType("x", "Number")).aggregate_array("x"), [0]),
        (lambda: shapes().filter(ee.Filter.hasType("x", "String")).aggregate_array("x"), ["foo"]),
    ],
    "Feature": [
        (lambda: ee.Feature(None), {"type": "Feature", "geometry": None, "properties": {}}),
        (lambda: ee.Feature(None, {"id": "yada"}).id(), None),
        (lambda: ee.Feature(None, {"system:index": "abc123"}).id(), "abc123"),
    ],
    "Image": [
        (lambda: ee.Image.constant(1).bandTypes(), {"constant": pixel_type("int", 1)}),
        (lambda: ee.Image(math.pi).bandTypes(), {"constant": pixel_type("double", math.pi)}),
        (lambda: ee.Image.constant([-1.2, 4]).bandTypes().get("constant_1"), pixel_type("int", 4)),
        (lambda: ee.Image(math.pi).projection(), projection("EPSG:4326")),
        (lambda: ee.Image.constant([-1.2, 4]).bandNames(), ["constant_0", "constant_1"]),
        (lambda: ee.Image([0xFF, 0x88, 0x00]).bandNames(), ["constant", "constant_1", "constant_2"]),
    ],
    "PixelType": [
        (lambda: ee.PixelType("int", -20, -10), {"type": "PixelType", "precision": "int", "min": -20, "max": -10}),
        (lambda: ee.PixelType("double"), {"type": "PixelType", "precision": "double"}),
        (
            lambda: ee.PixelType("double", 1, 3, 2),
            {"type": "PixelType", "precision": "double", "min": 1, "max": 3, "dimensions": 2},
        ),
        (lambda: ee.PixelType("double", None, None, 1e8).dimensions(), 100_000_000),
        (lambda: ee.PixelType("double", None, 2.3, 0), {"type": "PixelType", "precision": "double"}),
        (lambda: ee.PixelType("double", 3.4, None, 0), {"type": "PixelType", "precision": "double"}),
        (lambda: ee.PixelType("int", 0, 1), {"type": "PixelType", "precision": "int", "min": 0, "max": 1}),
        (lambda: ee.PixelType("float"), {"type": "PixelType", "precision": "float"}),
        (lambda: ee.PixelType("double", None, None, 1), {"type": "PixelType", "precision": "double", "dimensions": 1}),
        (lambda: ee.PixelType("double", None, None, 2), {"type": "PixelType", "precision": "double", "dimensions": 2}),
        (lambda: ee.PixelType("double", None, None, 3), {"type": "PixelType", "precision": "double", "dimensions": 3}),
        (
            lambda: ee.PixelType("double", None, None, 10),
            {"type": "PixelType", "precision": "double", "dimensions": 10},
        ),
        (lambda: ee.PixelType("double", None, None, 0), {"type": "PixelType", "precision": "double"}),
        (lambda: ee.PixelType("double", 1, 2, 0), {"type": "PixelType", "precision": "double", "min": 1, "max": 2}),
        (lambda: ee.PixelType("double", -4, -3, 0), {"type": "PixelType", "precision": "double", "min": -4, "max": -3}),
    ],
    "Projection": [
        (
            lambda: ee.Projection("EPSG:3857"),
            projection("EPSG:3857"),
        ),
    ],
    "Reducer": [
        (lambda: ee.List([]).reduce(ee.Reducer.count()), 0),
        (lambda: ee.List([1, None, 3]).reduce(ee.Reducer.count()), 2),
        (lambda: ee.List([1, "", 3]).reduce(ee.Reducer.count()), 3),
        (lambda: ee.Array([1, 0, 3]).reduce(ee.Reducer.count(), [0]), [3]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [0]), [[2, 2, 2]]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [1]), [[3], [3]]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [1, 0]), [[6]]),
    ],
    "ErrorMargin": [
        (lambda: ee.ErrorMargin(0), {"type": "ErrorMargin", "unit": "meters", "value": 0}),
        (lambda: ee.ErrorMargin(1), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(-1), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(1e8), {"type": "ErrorMargin", "unit": "infinite"}),
        (lambda: ee.ErrorMargin(1e7), {"type": "ErrorMargin", "unit": "meters", "value": 10000000}),
        (lambda: ee.ErrorMargin(1, "meters"), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(1, "projected"), {"type": "ErrorMargin", "unit": "projected", "value": 1}),
        (lambda: ee.ErrorMargin(1, "infinite"), {"type": "ErrorMargin", "unit": "infinite"}),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_types_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
