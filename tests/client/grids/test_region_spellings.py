"""Regions, projections and grids of other libraries, and of the service itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.geom import box as odc_box
from pyproj import CRS, Transformer
from shapely.geometry import Polygon, box, mapping

from tests.client.scenes import ID
from xee_lite import Grid, InputError
from xee_lite.emulator import memory_collection, memory_image
from xee_lite.grids.grid_spec import GridSpec
from xee_lite.grids.lattice import projection_lattice
from xee_lite.grids.region import geometry_bounds

if TYPE_CHECKING:
    from tests.client.scenes import Serve

UTM = "EPSG:32631"
NATIVE = Grid(UTM, Affine(30, 0, 399945, 0, -30, 4600035), (400, 500))
SQUARE = (402_000.0, 4_592_000.0, 405_000.0, 4_596_000.0)
"""A region of the image in its own coordinates."""
PLACE = (1.83, 41.46, 1.85, 41.48)


def resolve(native: Grid | None = NATIVE, lattice: Grid | None = None, **spelling: Any) -> Grid:
    return GridSpec(**spelling).resolve(native, source="the test source", must_intersect=True, lattice=lattice)


def square_in_utm() -> dict[str, Any]:
    return {**mapping(box(*SQUARE)), "crs": {"type": "name", "properties": {"name": UTM}}}


@dataclass(frozen=True)
class Frame:
    """What of a GeoDataFrame counts: its CRS beside its geometries."""

    crs: object
    geometry: Polygon

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        feature = {"type": "Feature", "properties": {}, "geometry": mapping(self.geometry)}
        return {"type": "FeatureCollection", "features": [feature]}


def test_a_geometry_in_the_source_s_crs_is_its_bounds_exactly() -> None:
    expected = NATIVE.covering(*SQUARE)
    assert resolve(geometry=square_in_utm()) == expected
    assert resolve(geometry=Frame(CRS(UTM), box(*SQUARE))) == expected
    assert resolve(geometry=odc_box(*SQUARE, UTM)) == expected
    in_degrees = resolve(geometry=Frame(None, box(*PLACE)))
    assert in_degrees == resolve(geometry=box(*PLACE)), "a frame without a CRS is in degrees, as GeoJSON is"


def test_edges_of_a_geometry_bend_on_the_way_from_its_crs() -> None:
    large = (2_500_000.0, 1_500_000.0, 6_500_000.0, 5_000_000.0)
    found = geometry_bounds(Frame("EPSG:3035", box(*large)), "EPSG:4326")
    way = Transformer.from_crs("EPSG:3035", "EPSG:4326", always_xy=True)
    along = np.linspace(0, 1, 20_001)
    xs, ys = large[0] + along * (large[2] - large[0]), large[1] + along * (large[3] - large[1])
    edges = [way.transform(xs, np.full_like(xs, y)) for y in large[1::2]]
    edges += [way.transform(np.full_like(ys, x), ys) for x in large[::2]]
    x, y = (np.concatenate(axis) for axis in zip(*edges, strict=True))
    np.testing.assert_allclose(found, (x.min(), y.min(), x.max(), y.max()), rtol=0, atol=1e-6)
    corners = np.array([way.transform(x, y) for x in large[::2] for y in large[1::2]])
    by_corners = [*corners.min(axis=0), *corners.max(axis=0)]
    assert np.abs(np.subtract(found, by_corners)).max() > 1, "which corners alone would not show"


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "OGC:CRS84"])
def test_degrees_by_name_are_degrees(name: str) -> None:
    geojson = {**mapping(box(170, -20, 190, 20)), "crs": {"type": "name", "properties": {"name": name}}}
    assert geometry_bounds(geojson, "EPSG:4326") == (170, -20, 190, 20)


def test_a_box_may_be_a_geometry() -> None:
    expected = resolve(bbox=PLACE)
    assert resolve(bbox=box(*PLACE)) == expected
    assert resolve(bbox=mapping(box(*PLACE))) == expected
    assert resolve(bbox=np.array(PLACE)) == expected
    utm = resolve(bbox=square_in_utm()).bounds
    assert utm[0] <= SQUARE[0]
    assert utm[3] >= SQUARE[3]


def test_like_takes_whatever_is_a_grid() -> None:
    grid = Grid("EPSG:4326", Affine(1, 0, 0, 0, -1, 10), (10, 20))
    assert resolve(like=grid) == grid
    assert resolve(like=GeoBox((10, 20), grid.transform, "EPSG:4326")) == grid
    assert resolve(like={"crs": 4326, "transform": grid.transform, "shape": (10, 20)}) == grid
    assert resolve(crs=CRS("EPSG:3035"), bbox=PLACE, scale=30) == resolve(crs="EPSG:3035", bbox=PLACE, scale=30)


# --- sizes -----------------------------------------------------------------------------------------------------------

ERA5 = Grid("EPSG:4326", Affine(0.25, 0, -180, 0, -0.25, 90.125), (721, 1440))
AERIAL = Grid("EPSG:4326", Affine(5e-6, 0, 2, 0, -5e-6, 42), (400_000, 400_000))
SENTINEL = Grid("EPSG:32631", Affine(10, 0, 399960, 0, -10, 4600020), (10980, 10980))


@pytest.mark.parametrize(
    ("native", "spelling", "metres"),
    [
        (ERA5, {"scale": 0.25}, "27829.8727"),
        (ERA5, {"scale": 1, "bbox": (0, 40, 10, 50)}, "111319.4908"),
        (ERA5, {"scale": 0.1, "crs": "EPSG:4326", "bbox": (0, 40, 10, 50)}, "11131.94908"),
        (SENTINEL, {"scale": 0.1, "crs": "EPSG:4326", "bbox": (1.9, 40.6, 3, 41.4)}, "11131.94908"),
        (SENTINEL, {"scale": 0.0001, "crs": "EPSG:4326", "bbox": (2, 41, 2.1, 41.1)}, "11.13194908"),
        (None, {"scale": 0.05, "bbox": (0, 40, 10, 50)}, "5565.97454"),
    ],
)  # fmt: skip
def test_degrees_as_scale_are_refused_with_their_metres(
    native: Grid | None, spelling: dict[str, Any], metres: str
) -> None:
    with pytest.raises(
        InputError, match=rf"scale=.* is in metres, .*: for pixels of .* degrees pass scale={metres}"
    ) as said:
        resolve(native, **spelling)
    again = resolve(native, **{**spelling, "scale": float(metres)})
    assert again.transform.a == pytest.approx(spelling["scale"], rel=1e-9), "what it says to pass gives these degrees"
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("native", "spelling"),
    [
        (ERA5, {"scale": 10, "bbox": (2, 41, 2.1, 41.1)}),
        (ERA5, {"scale": 27830}),
        (ERA5, {"scale": 1, "crs": "EPSG:3035", "bbox": (2, 41, 2.1, 41.1)}),
        (SENTINEL, {"scale": 5, "crs": "EPSG:4326", "bbox": (2, 41, 2.5, 41.3)}),
        (SENTINEL, {"scale": 0.5, "crs": "EPSG:4326", "bbox": (2, 41, 2.01, 41.01)}),
        (AERIAL, {"scale": 0.6, "bbox": (2, 40.1, 3.3, 41)}),
        (None, {"scale": 0.5, "bbox": (2, 41, 2.1, 41.1)}),
        (None, {"scale": 30, "bbox": (-180, -60, 180, 60)}),
    ],
)  # fmt: skip
def test_metres_that_are_meant_are_not_refused(native: Grid | None, spelling: dict[str, Any]) -> None:
    size = resolve(native, **spelling).transform.a
    unit = 1 if spelling.get("crs") == "EPSG:3035" else 111319.49079327358
    assert size * unit == pytest.approx(spelling["scale"])


def test_more_pixels_than_anyone_means_need_a_shape() -> None:
    world: dict[str, Any] = {"crs": "EPSG:4326", "bbox": (-180, -90, 180, 90)}
    with pytest.raises(InputError, match=r"would have 2e\+06 x 4.01e\+06 pixels of 10 m: pass a coarser"):
        resolve(None, scale=10, **world)
    with pytest.raises(InputError, match=r"pixels of 0.5566 m: pass a coarser scale"):
        GridSpec(crs="EPSG:3857", bbox=(-180, -80, 180, 80)).resolve(AERIAL, source="a source", must_intersect=False)
    assert resolve(None, shape=(2_000_000, 4_000_000), **world).width == 4_000_000
    native = Grid("EPSG:4326", Affine(1 / 12000, 0, -180, 0, -1 / 12000, 84), (1_728_000, 4_320_000))
    assert resolve(native, bbox=(-180, -60, 180, 84)).width == 4_320_000, "the source's own pixels are its own word"


# --- lattices of projections -----------------------------------------------------------------------------------------


def test_a_projection_is_a_lattice_with_north_up() -> None:
    lattice = projection_lattice("EPSG:4326", Affine(0.25, 0, 0.125, 0, 0.25, 0.125))
    grid = resolve(None, lattice, bbox=(10.2, 40.2, 11.3, 41.3))
    assert grid == Grid("EPSG:4326", Affine(0.25, 0, 10.125, 0, -0.25, 41.375), (5, 5))
    assert (
        resolve(None, lattice, bbox=(10.2, 40.2, 11.3, 41.3), scale=0.5 * 111319.49079327358).transform.c % 0.5 == 0.125
    )
    assert resolve(None, lattice, bbox=(10.2, 40.2, 11.3, 41.3), crs="EPSG:3035").transform.a == pytest.approx(
        27829.87269
    )
    with pytest.raises(InputError, match="unbounded"):
        resolve(None, lattice)


# --- through the service ---------------------------------------------------------------------------------------------


def scenes() -> dict[str, Any]:
    values = np.arange(400 * 500, dtype="u4").reshape(400, 500)
    grid = {"crs": UTM, "transform": tuple(NATIVE.transform)[:6]}
    images = [
        memory_image({"b": values + number}, properties={"system:index": name}, **grid)  # type: ignore[arg-type]
        for number, name in enumerate("ab")
    ]
    return {ID: memory_collection(images)}


def open_(obj: Any, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", mask_and_scale=False, **options)


def test_values_of_the_service_s_own_types(serve: Serve) -> None:
    serve(assets=scenes())
    image = ee.Image(ee.ImageCollection(ID).first())
    rectangle = ee.Geometry.BBox(*PLACE)
    expected = open_(image, bbox=PLACE)
    assert expected.sizes == {"y": 76, "x": 57}
    for region in (rectangle, ee.Feature(rectangle), ee.FeatureCollection([ee.Feature(rectangle)])):
        for options in ({"bbox": region}, {"geometry": region}):
            xr.testing.assert_identical(open_(image, **options), expected)
    computed = rectangle.centroid(1).buffer(100)
    assert open_(image, bbox=computed).sizes == open_(image, geometry=computed).sizes
    own = NATIVE.covering(*SQUARE)
    in_utm = [ee.Geometry(square_in_utm()), ee.Geometry(mapping(box(*SQUARE)), ee.Projection(UTM), False)]
    in_utm += [ee.Geometry.Rectangle(SQUARE, UTM, False)]
    for region in in_utm:
        assert open_(image, geometry=region).rio.transform() == own.transform
        assert open_(image, geometry=region)["b"].shape == own.shape
    projected = open_(image, bbox=PLACE, crs=ee.Projection("EPSG:3035"), scale=30)
    xr.testing.assert_identical(projected, open_(image, bbox=PLACE, crs="EPSG:3035", scale=30))
    first = image.select(0).projection()
    assert open_(image, bbox=PLACE, crs=first).rio.crs == UTM


def test_a_default_projection_is_the_lattice_of_a_composite(serve: Serve) -> None:
    """The defects: it was refused as having no grid, and with crs and scale half a pixel off what was named."""
    serve(assets=scenes())
    images = ee.ImageCollection(ID)
    named = images.max().setDefaultProjection(images.first().projection())
    native = open_(ee.Image(images.first()), bbox=PLACE)
    for options in ({}, {"crs": UTM, "scale": 30}, {"scale": 30}, {"crs": UTM}):
        composite = open_(named, bbox=PLACE, **options)
        np.testing.assert_array_equal(composite["x"], native["x"])
        np.testing.assert_array_equal(composite["y"], native["y"])
        np.testing.assert_array_equal(composite["b"], native["b"] + 1)
    xr.testing.assert_identical(open_(named, bbox=PLACE, grid="b"), open_(named, bbox=PLACE))
    tree = xr.open_datatree(named, engine="xee_lite", bbox=PLACE)
    np.testing.assert_array_equal(tree["composite"]["x"], native["x"])
    degrees = images.max().setDefaultProjection("EPSG:4326", None, 1000)
    found = open_(degrees, bbox=PLACE).rio.transform()
    assert found.e == -found.a == pytest.approx(-1000 / 111319.49079327358)
    assert found.c / found.a == pytest.approx(round(found.c / found.a), abs=1e-6)
    with pytest.raises(InputError, match="unbounded: pass bbox= or geometry="):
        open_(named)
    with pytest.raises(InputError, match="composite or a constant without a grid"):
        open_(images.max(), bbox=PLACE)


def test_requests_name_the_pixels_of_the_lattice(serve: Serve) -> None:
    """Parts of an inexact lattice: what is asked for differs from the source's own pixels by rounding alone."""
    step = 1 / 12
    values = np.arange(60 * 80, dtype="u2").reshape(60, 80)
    earth = serve(assets={ID: memory_image({"b": values}, crs="EPSG:4326", transform=(step, 0, 5.05, 0, -step, 50.05))})
    part = open_(ID, bbox=(6.3, 46.2, 9.1, 48.8), request_bytes=2000)
    whole = open_(ID)
    earth.requests.clear()
    np.testing.assert_array_equal(part["b"].values, whole["b"].sel(x=part["x"], y=part["y"]).values)
    grids = [request.body["grid"] for request in earth.requests.of("computePixels")]
    assert len(grids) > 2
    for grid in grids:
        affine = grid["affineTransform"]
        for pixel in ((affine["translateX"] - 5.05) / step, (affine["translateY"] - 50.05) / -step):
            assert math.isclose(pixel, round(pixel), abs_tol=1e-9)
        assert (affine["scaleX"], affine["scaleY"]) == (step, -step)
