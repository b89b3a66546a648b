"""What getInfo gives."""

from __future__ import annotations

import json
import math
from typing import Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from tests.emulator.evaluating import DAY, Info
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.types import FLOAT, UINT8, Projection
from xee_lite.emulator.values.dates import Date, DateRange

FOOTPRINT = {
    "type": "Polygon",
    "geodesic": False,
    "coordinates": [[[4, 0], [4, 1], [3, 1], [3, 0], [4, 0]]],
}


def test_an_image(info: Info) -> None:
    assert info(ee.Image("TEST/DAILY/000003")) == {
        "type": "Image",
        "bands": [
            {
                "id": "B1",
                "data_type": {"type": "PixelType", "precision": "int", "min": 0, "max": 65535},
                "dimensions": [10, 10],
                "crs": "EPSG:4326",
                "crs_transform": [0.1, 0, 3, 0, -0.1, 1],
            }
        ],
        "version": 1_700_000_000_000_000,
        "id": "TEST/DAILY/000003",
        "properties": {
            "system:index": "000003",
            "system:time_start": 3 * DAY,
            "system:footprint": FOOTPRINT,
            "CLOUDS": 11,
        },
    }


def test_a_collection_of_images(info: Info) -> None:
    found = info(ee.ImageCollection("TEST/WEEK").limit(2))
    assert found["features"] == [info(ee.Image("TEST/DAILY/000003")) | image for image in found["features"]]
    assert {key: found[key] for key in found if key != "features"} == {
        "type": "ImageCollection",
        "bands": [],
        "version": 1_700_000_000_000_001,
        "id": "TEST/WEEK",
        "properties": {"title": "Daily scenes"},
    }


def test_a_collection_of_features(info: Info) -> None:
    feature = ee.Feature(ee.Geometry.Point([1, 2]), {"n": 1, "s": "x", "f": 1.5})
    assert info(ee.FeatureCollection([feature])) == {
        "type": "FeatureCollection",
        "columns": {"n": "Integer", "s": "String", "f": "Float", "system:index": "String"},
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [1, 2]},
                "id": "0",
                "properties": {"n": 1, "s": "x", "f": 1.5},
            }
        ],
    }
    assert info(ee.FeatureCollection([])) == {"type": "FeatureCollection", "columns": {}, "features": []}


def test_a_lone_feature_has_no_id(info: Info) -> None:
    assert info(ee.Feature(None, {"a": [1.0]})) == {"type": "Feature", "geometry": None, "properties": {"a": [1]}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Date(5.0), {"type": "Date", "value": 5}),
        (DateRange(0, math.inf), {"type": "DateRange", "dates": [0, "Infinity"]}),
        (
            Projection("EPSG:3857", (30.0, 0, 0.5, 0, -30, 0)),
            {"type": "Projection", "crs": "EPSG:3857", "transform": [30, 0, 0.5, 0, -30, 0]},
        ),
        (UINT8, {"type": "PixelType", "precision": "int", "min": 0, "max": 255}),
        (FLOAT, {"type": "PixelType", "precision": "float"}),
        (b"\x00\x01", "AAE="),
        (np.float32(2), 2),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (2.0**60, 2.0**60),
        (True, True),
        ((1, 2.0), [1, 2]),
        (
            Geometry(Point(5.5, 6), projection=Projection("EPSG:32631")),
            {"type": "Point", "coordinates": [5.5, 6], "crs": {"type": "name", "properties": {"name": "EPSG:32631"}}},
        ),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    found = describe(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_a_function_can_not_be_sent(info: Info) -> None:
    with pytest.raises(EarthError, match="A value of type Reducer can not be sent as JSON"):
        info(ee.Reducer.mean())


@given(
    st.recursive(
        st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_is_described_is_json(value: Any) -> None:
    assert describe(json.loads(json.dumps(describe(value), allow_nan=False))) == describe(value)
