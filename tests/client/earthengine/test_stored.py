"""Pixels are read as they lie exactly where that gives what computing gives."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, SHAPE, START, TRANSFORM, image, pixels
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tests.client.scenes import Serve

BANDS = ("B1", "B2", "B1_1")
OTHER = f"{ID}2"
GRID: dict[str, Any] = {"crs": "EPSG:32631", "transform": TRANSFORM, "shape": SHAPE}


@cache
def assets() -> dict[str, Any]:
    """Two collections; the name of one band is what the service calls a second copy of another."""

    def images(first: int) -> list[Any]:
        return [
            image({name: pixels("i2", first + 10 * at + number) for at, name in enumerate(BANDS)}, f"i{number}", time)
            for number, time in enumerate((START, START + DAY))
        ]

    return {ID: memory_collection(images(1)), OTHER: memory_collection(images(5))}


def whole() -> Any:
    return ee.ImageCollection(ID)


def first() -> Any:
    return ee.Image(f"{ID}/i0")


def mapped(function: Callable[[Any], Any]) -> Any:
    return whole().map(function)


STORED: dict[str, Callable[[], Any]] = {
    "an asset id": lambda: ID,
    "an image": first,
    "filter, sort and limit": lambda: whole().filterDate("2020-01-01", "2021-01-01").sort("system:index").limit(2),
    "a written-out list": lambda: [f"{ID}/i0", f"{OTHER}/i1"],
    "images with exchanged indices": lambda: ee.ImageCollection(
        [first().set("system:index", "i1"), ee.Image(f"{ID}/i1").set("system:index", "i0")]
    ),
    "merged collections": lambda: whole().merge(ee.ImageCollection(OTHER)),
    "merged twice": lambda: whole().merge(ee.ImageCollection(OTHER)).merge(whole()),
    "bands by name": lambda: mapped(lambda one: one.select("B2", "B1")),
    "bands by name, of the collection": lambda: whole().select(["B2"]),
    "a band by number": lambda: first().select(1),
    "bands by a pattern": lambda: first().select("B.*"),
    "renamed by select": lambda: first().select(["B2", "B1"], ["a", "b"]),
    "renamed by select, of the collection": lambda: whole().select(["B2", "B1"], ["B1", "B2"]),
    "renamed after a selection": lambda: mapped(lambda one: one.select(["B1", "B2"]).rename(["B2", "B1"])),
    "renamed twice": lambda: first().select(["B1", "B2"], ["a", "b"]).select(["b", "a"], ["p", "q"]),
    "a name chosen of renamed ones": lambda: first().select(["B1", "B2"], ["B2", "B1"]).select("B1"),
    "properties": lambda: mapped(lambda one: one.set("a", 1).set({"b": one.get("system:index"), "c": "x"})),
    "copied properties": lambda: mapped(lambda one: one.select("B2").copyProperties(one, ["system:time_start"])),
    "the function that does nothing": lambda: mapped(lambda one: one),
    "functions one after the other": lambda: mapped(lambda one: one.select("B1")).map(lambda one: one.set("a", 1)),
}

COMPUTED: dict[str, Callable[[], Any]] = {
    "arithmetic": lambda: mapped(lambda one: one.add(0)),
    "arithmetic before a selection": lambda: mapped(lambda one: one.add(0).select("B1").set("a", 1)),
    "a mask": lambda: first().updateMask(1),
    "an unmasking": lambda: first().unmask(0),
    "a clip": lambda: first().clip(ee.Geometry.BBox(1.8, 41.53, 1.803, 41.54)),
    "a cast": lambda: first().toInt16(),
    "another band": lambda: first().addBands(ee.Image(f"{OTHER}/i0").rename(["a", "b", "c"])),
    "interpolation": lambda: first().resample("bilinear"),
    "another projection": lambda: first().reproject("EPSG:32631", None, 60),
    "a composite": lambda: whole().mosaic().setDefaultProjection(first().projection()),
    "a choice": lambda: ee.Image(ee.Algorithms.If(1, first(), ee.Image(f"{ID}/i1"))),
    "the first of a collection": lambda: whole().first(),
    "a second copy, whose name is another band's": lambda: first().select(["B1", "B1"]),
    "a band that two patterns choose": lambda: first().select(["B1", "B.*"]),
    "one band under two names": lambda: first().select(["B1", "B1"], ["a", "b"]),
    "a pattern that renames": lambda: first().select(["B2.*"], ["a"]),
    "renamed without a selection": lambda: first().rename(["a", "b", "c"]),
    "a pattern of renamed bands": lambda: first().select(["B1", "B2"], ["B2", "B1"]).select("B.*"),
    "a computed name": lambda: first().select([ee.String("B").cat("1")], ["a"]),
    "a footprint": lambda: first().set("system:footprint", ee.Geometry.BBox(1.8, 41.53, 1.803, 41.54)),
    "a computed property": lambda: first().set(ee.String("a").cat("b"), 1),
}


def read(obj: Any, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", mask_and_scale=False, nodata=0, **GRID, **options)


def values(dataset: xr.Dataset, name: Any) -> npt.NDArray[Any]:
    """One image after the other: a request for several of them is always a computation."""
    variable = dataset[name]
    planes = [variable.isel(time=at).values for at in range(variable.sizes["time"])] if "time" in variable.dims else []
    return np.stack(planes or [variable.values])


def by_hand(obj: Any) -> dict[str, npt.NDArray[Any]]:
    """The same source through the official client alone, always computed, image after image."""
    images = ee.ImageCollection([obj] if isinstance(obj, ee.Image) else obj).sort("system:time_start")
    a, b, c, d, e, f = TRANSFORM
    grid = {
        "crsCode": "EPSG:32631",
        "dimensions": {"width": SHAPE[1], "height": SHAPE[0]},
        "affineTransform": {"scaleX": a, "shearX": b, "translateX": c, "shearY": d, "scaleY": e, "translateY": f},
    }
    replies = [
        ee.data.computePixels({
            "expression": ee.Image(images.toList(1, at).get(0)).unmask(0, False),
            "fileFormat": "NUMPY_NDARRAY",
            "grid": grid,
        })
        for at in range(images.size().getInfo())
    ]  # fmt: skip
    return {name: np.stack([reply[name] for reply in replies]) for name in replies[0].dtype.names}


@pytest.mark.parametrize(("case", "kind"), [*((case, "getPixels") for case in STORED),
                                            *((case, "computePixels") for case in COMPUTED)])  # fmt: skip
def test_the_way_that_pixels_take(serve: Serve, case: str, kind: str) -> None:
    earth = serve(assets=assets())
    obj = (STORED | COMPUTED)[case]()
    dataset = read(obj)
    earth.requests.clear()
    got = {name: values(dataset, name) for name in dataset}
    assert set(earth.requests.counts()) == {kind}
    truth = by_hand([ee.Image(name) for name in obj] if isinstance(obj, list) else obj)
    assert set(got) == set(truth)
    for name, planes in truth.items():
        np.testing.assert_array_equal(got[name], planes)


@pytest.mark.parametrize("options", [{"resampling": "bilinear"}, {"resampling": "bicubic"}, {"groupby": lambda _: 1}])
def test_what_the_opening_computes_is_computed(serve: Serve, options: dict[str, Any]) -> None:
    earth = serve(assets=assets())
    dataset = read(ID, **options)
    earth.requests.clear()
    values(dataset, "B2")
    assert set(earth.requests.counts()) == {"computePixels"}


@pytest.mark.parametrize("nodata", ["exact", 1])
def test_a_mask_or_a_fill_is_computed(serve: Serve, nodata: Any) -> None:
    earth = serve(assets=assets())
    dataset = xr.open_dataset(ID, engine="xee_lite", nodata=nodata)
    earth.requests.clear()
    values(dataset, "B2")
    assert set(earth.requests.counts()) == {"computePixels"}


def test_a_group_of_one_is_its_image(serve: Serve) -> None:
    earth = serve(assets=assets())
    dataset = read(ID, groupby="day")
    earth.requests.clear()
    np.testing.assert_array_equal(values(dataset, "B2"), values(read(ID), "B2"))
    assert set(earth.requests.counts()) == {"computeValue", "getPixels"}


def test_another_version_has_no_id(serve: Serve) -> None:
    earth = serve(assets=assets())
    version = first().getInfo()["version"]
    dataset = read(ee.Image.load(f"{ID}/i0", version))
    earth.requests.clear()
    values(dataset, "B2")
    assert set(earth.requests.counts()) == {"computePixels"}
