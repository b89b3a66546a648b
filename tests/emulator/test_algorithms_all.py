"""Every algorithm of the families without pixels: whatever fits its signature gives a value or an EarthError."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, box

from tests.emulator.shelf import Nothing
from xee_lite.emulator.classifiers.confusion import ConfusionMatrix
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.call import call
from xee_lite.emulator.evaluator.context import Context
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures
from xee_lite.emulator.geometry.error_margin import ErrorMargin
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.reducers import reduce, statistics
from xee_lite.emulator.types import UINT8, Projection
from xee_lite.emulator.values.array import Array
from xee_lite.emulator.values.collection import make_collection
from xee_lite.emulator.values.dates import Date, DateRange
from xee_lite.emulator.values.feature import Feature
from xee_lite.emulator.values.filter import And, Or
from xee_lite.emulator.values.function import Function
from xee_lite.emulator.values.join import Join
from xee_lite.emulator.values.kernel import Size, make_shape

FAMILIES = (
    "AggregateFeatureCollection", "Array", "Collection", "ConfusionMatrix", "Date", "DateRange", "Dictionary",
    "Element", "ErrorMargin", "Feature", "FeatureCollection", "Filter", "Geometry", "GeometryConstructors",
    "IsEqual", "Join", "Kernel", "List", "Number", "ObjectType", "Reducer", "String",
)  # fmt: skip
NAMES = sorted(name for name in REGISTRY if name.split(".")[0] in FAMILIES)


integers = st.sampled_from([0, 1, 2, 3, -1, -7, 50, 100, 2**31, -(2**63), 10**30])
floats = st.sampled_from([0.5, -1.5, 1e-300, 1e18, 1e300, math.inf, -math.inf, math.nan]) | integers
texts = st.sampled_from(
    ["", "a", "n", "x y", "1", "2020-01-01", "day", "month", "(", "%d", "EPSG:4326", "yyyy", "UTC", "g"]
)
scalars = st.none() | st.booleans() | floats | texts
shapes = st.sampled_from(
    [
        Point(1, 2),
        Point(),
        LineString([(0, 0), (1, 1)]),
        box(0, 0, 1, 1),
        box(-180, -90, 180, 90),
        MultiPoint([(0, 0), (179, 80)]),
        GeometryCollection(),
        GeometryCollection([Point(0, 0), box(0, 0, 1, 1)]),
    ]
)
projections = st.sampled_from([Projection("EPSG:4326"), Projection("EPSG:32631", (30, 0, 0, 0, -30, 0))])
geometries = st.builds(Geometry, shapes, st.booleans())
features = st.builds(
    Feature, st.none() | geometries, st.dictionaries(st.sampled_from(["n", "a", "system:index"]), scalars)
)
dates = st.builds(Date, st.sampled_from([0, 86_400_000, -1, 1.5, 1e18]))
lists = st.lists(scalars | st.lists(scalars, max_size=2), max_size=4)
arrays = st.sampled_from([Array(np.arange(4)), Array(np.ones((2, 2))), Array(np.zeros((0,))), Array(np.array(3))])
reducers = st.sampled_from(
    [statistics.MEAN, statistics.MODE, statistics.MIN_MAX, reduce.repeat(statistics.SUM, 2), statistics.COUNT]
)
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "Array": arrays,
    "Boolean": st.booleans(),
    "ConfusionMatrix": st.just(ConfusionMatrix(np.array([[2, 1], [0, 3]]), (0, 1))),
    "Date": dates,
    "DateRange": st.builds(DateRange, integers, integers),
    "Dictionary<Object>": st.dictionaries(texts, scalars, max_size=3),
    "Element": features,
    "ErrorMargin": st.builds(ErrorMargin, st.sampled_from([0, 1, 1000])),
    "Feature": features,
    "FeatureCollection": st.lists(features, max_size=3).map(make_collection),
    "Filter": st.sampled_from([And(()), Or(())]),
    "Float": floats,
    "Geometry": geometries,
    "Image<unknown bands>": st.just(Image(())),
    "Integer": integers,
    "Join": st.sampled_from([Join(lambda primary, _: [primary])]),
    "Kernel": st.sampled_from(
        [make_shape("plus", Size((2.0, 2.0))), make_shape("circle", Size((50.0, 50.0), "meters"))]
    ),
    "List<Array>": st.lists(arrays, max_size=2),
    "List<Element>": st.lists(features, max_size=3),
    "List<Filter>": st.lists(st.sampled_from([And(()), Or(())]), max_size=2),
    "List<Float>": st.lists(floats, max_size=3),
    "List<Geometry>": st.lists(geometries, max_size=3),
    "List<Integer>": st.lists(integers, max_size=3),
    "List<List<Object>>": st.lists(lists, max_size=2),
    "List<Number>": st.lists(floats, max_size=3),
    "List<String>": st.lists(texts, max_size=3),
    "Long": integers,
    "Number": floats,
    "PixelType": st.just(UINT8),
    "Projection": projections,
    "Reducer": reducers,
    "String": texts,
}
anything = scalars | lists | dates | geometries | features | arrays | st.dictionaries(texts, scalars, max_size=2)


@st.composite
def arguments(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Values for the arguments of an algorithm, optional ones left out at times."""
    given_: dict[str, Any] = {}
    for argument in signatures()[name].arguments:
        if argument.optional and draw(st.booleans()):
            continue
        if argument.type == "Algorithm":
            names = tuple("xyz"[: draw(st.integers(1, 2))])
            given_[argument.name] = Function(names, lambda values: next(iter(values.values())))
        else:
            given_[argument.name] = draw(BY_TYPE.get(argument.type, anything))
    return given_


@pytest.mark.parametrize("name", NAMES)
def test_no_arguments_do_worse_than_an_earth_error(name: str) -> None:
    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(arguments(name))
    def check(values: dict[str, Any]) -> None:
        with suppress(EarthError):
            describe(call(name, values, Context(Nothing())))

    check()
