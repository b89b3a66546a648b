"""Every algorithm of images: whatever fits its signature gives a value or an EarthError, and so do its pixels."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from tests.emulator.shelf import Nothing
from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.call import call
from xee_lite.emulator.evaluator.context import Context
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures
from xee_lite.emulator.geometry.geometry import EVERYWHERE, Geometry
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.reducers import statistics
from xee_lite.emulator.reducers.records import LINEAR_FIT
from xee_lite.emulator.types import UINT8, PixelGrid, PixelType, Projection
from xee_lite.emulator.values.array import Array
from xee_lite.emulator.values.collection import Collection, make_collection
from xee_lite.emulator.values.feature import Feature
from xee_lite.emulator.values.kernel import Size, fixed, gaussian, make_shape

FAMILIES = {
    "CannyEdgeDetector", "CrossCorrelation", "FMask", "HillShadow", "HoughTransform",
    "Image", "ImageCollection", "PixelType", "Projection", "Terrain", "reduce",
}  # fmt: skip
NAMES = sorted(name for name in REGISTRY if name.split(".")[0] in FAMILIES)
GRIDS = [
    PixelGrid("EPSG:4326", (0.5, 0.0, 9.0, 0.0, -0.5, 3.0), 6, 5),
    PixelGrid("EPSG:32632", (3e4, 0.0, 5e5, 0.0, -3e4, 3e5), 4, 3),
    PixelGrid("EPSG:3857", (1e7, 0.0, -2e7, 0.0, -1e7, 2e7), 4, 4),
]


def stored(dtype: str, *names: str, west: float = 10.0) -> Image:
    values = np.arange(12).reshape(3, 4).astype(dtype) - (5 if dtype.startswith(("i", "f")) else 0)
    bands: dict[str, Any] = {name: np.ma.MaskedArray(values, values == 3) for name in names}
    properties = {"system:index": names[0], "system:time_start": 86_400_000, "n": 3}
    return memory_image(bands, crs="EPSG:4326", transform=(0.5, 0, west, 0, -0.5, 2), properties=properties)


def constant(value: Any) -> Image:
    image: Image = REGISTRY["Image.constant"](value)
    return image


images = st.sampled_from(
    [
        stored("uint8", "a"),
        stored("int16", "a", "b"),
        stored("float32", "f"),
        stored("float64", "b", "a"),
        stored("uint16", "a", west=100.0),
        constant(3),
        constant([1, -2.5]),
        constant(10**30),
        constant(Array(np.array([3, -1, 2]))),
        REGISTRY["Image.toArray"](stored("int16", "a", "b"), 0),
        Image(()),
    ]
)
integers = st.sampled_from([0, 1, 2, 3, -1, 7, 100, 2**31, -(2**63), 10**30])
floats = st.sampled_from([0.5, -1.5, 30, 1e4, 1e6, 1e300, math.inf, -math.inf, math.nan]) | integers
texts = st.sampled_from(
    ["", "a", "b", "n", "(", "a.*", "EPSG:4326", "EPSG:32632", "bilinear", "int", "a + b(0)", "pixels"]
)
scalars = st.none() | st.booleans() | floats | texts
shapes = st.sampled_from(
    [
        Point(11, 1),
        Point(),
        LineString([(10, 0), (11, 1)]),
        box(10.2, 0.2, 11.3, 1.4),
        box(-180, -90, 180, 90),
        Polygon([(10, 0), (12, 2), (12, 0), (10, 2)]),
        MultiPoint([(0, 0), (179, 80)]),
        GeometryCollection([Point(0, 0), box(0, 0, 1, 1)]),
    ]
)
projections = st.sampled_from(
    [
        Projection("EPSG:4326"),
        Projection("EPSG:4326", (0.5, 0, 10, 0, -0.5, 2)),
        Projection("EPSG:32632", (3e4, 0, 0, 0, -3e4, 0)),
        Projection("EPSG:4326", (0.5, 0.1, 10, 0.2, -0.5, 2)),
    ]
)
geometries = st.builds(Geometry, shapes, st.booleans()) | st.just(EVERYWHERE)
features = st.builds(Feature, st.none() | geometries, st.just({"n": 1}))
numbers = st.lists(floats, max_size=3) | st.just([0.5, 0, 10, 0, -0.5, 2]) | st.just([0, 0, 0, 0, 0, 0])
kernels = st.sampled_from(
    [
        make_shape("circle", Size((1.5, 1.5))),
        make_shape("euclidean", Size((5e4, 5e4), "meters", normalize=False)),
        gaussian(1.0, Size((2.0, 2.0))),
        fixed("fixed", np.array([[0.0, -1.0, 0.5]]), (0, 0)),
        fixed("fixed", np.zeros((2, 2))),
    ]
)
collections = st.builds(lambda items: make_collection(items, "Image"), st.lists(images, max_size=3))
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "Boolean": st.booleans(),
    "Dictionary<Object>": st.dictionaries(texts, scalars | st.just(UINT8), max_size=3),
    "Element": features | images,
    "FeatureCollection": st.builds(lambda items: make_collection(items, "Feature"), st.lists(features, max_size=3)),
    "Float": floats,
    "Geometry": geometries,
    "Image<unknown bands>": images,
    "ImageCollection": collections,
    "Integer": integers,
    "Kernel": kernels,
    "List<Float>": numbers,
    "List<Number>": numbers,
    "List<Object>": st.lists(scalars, max_size=3),
    "List<String>": st.lists(texts, max_size=3),
    "Long": integers,
    "Number": floats,
    "Object": scalars | images | geometries | st.lists(scalars, max_size=2),
    "PixelType": st.sampled_from([UINT8, PixelType("float")]),
    "Projection": projections,
    "Reducer": st.sampled_from([statistics.MEAN, statistics.MODE, statistics.MIN_MAX, LINEAR_FIT, statistics.COUNT]),
    "String": texts,
}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_arguments_do_worse_than_an_earth_error(name: str, data: st.DataObject) -> None:
    given_: dict[str, Any] = {}
    for argument in signatures()[name].arguments:
        strategy = BY_TYPE.get(argument.type)
        if strategy is None or (argument.optional and data.draw(st.booleans())):
            continue
        given_[argument.name] = data.draw(strategy, argument.name)
    with suppress(EarthError):
        value = call(name, given_, Context(Nothing()))
        describe(value)
        for image in list(value)[:2] if isinstance(value, Collection) else [value]:
            if isinstance(image, Image):
                _check(image)


def _check(image: Image) -> None:
    assert len(set(image.names)) == len(image.names)
    for grid in GRIDS:
        sampler = Sampler(grid)
        for band in image.bands:
            with suppress(EarthError):
                if band.type.dimensions:
                    found = sampler.arrays(band)
                    known = found.values[found.mask > 0].tolist()
                    assert {array.ndim for array in known} <= {band.type.dimensions}
                pixels = sampler(band)
                assert pixels.values.shape == pixels.mask.shape == (grid.height, grid.width)
                assert pixels.mask.dtype == np.float32
                assert ((pixels.mask >= 0) & (pixels.mask <= 1)).all()
                assert np.can_cast(pixels.values.dtype, band.type.storage), (pixels.values.dtype, band.type)
                if band.type.precision == "int" and band.type.min is not None and band.type.max is not None:
                    seen = pixels.values[pixels.mask > 0]
                    assert ((seen >= band.type.min) & (seen <= band.type.max)).all()
