"""One lattice, one coordinate: a pixel has the same x and y, to the last bit, from whatever part it is read."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import odc.geo.xr  # noqa: F401 - gives arrays their .odc
import pytest
import rasterio.windows
import rioxarray
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.scenes import ID
from xee_lite import Grid, Window
from xee_lite.emulator import memory_image
from xee_lite.grids.coordinates import grid_coordinates
from xee_lite.grids.grid_spec import GridSpec

if TYPE_CHECKING:
    from tests.client.scenes import Serve

SCHEMAS = Path(__file__).parents[3] / "xee_lite" / "emulator" / "catalogue" / "standin" / "schemas"


def standin_grids() -> dict[str, Grid]:
    """The native grids of all datasets that the emulator has stand-ins for, those that are the same for each image."""
    found: dict[str, Grid] = {}
    for file in sorted(SCHEMAS.glob("*.json")):
        for asset, entry in json.loads(file.read_text("utf-8")).items():
            for name, grid in entry.get("grids", {}).items() if isinstance(entry, dict) else ():
                if "transform" in grid:
                    width, height = grid["dimensions"]
                    found[f"{asset} {name}"] = Grid(grid["crs"], grid["transform"], (height, width))
    return found


GRIDS = standin_grids()


def test_grids_whose_numbers_are_no_binary_fractions_are_among_them() -> None:
    names = " ".join(GRIDS)
    assert all(name in names for name in ("ERA5_LAND", "MODIS", "SRTM", "JRC", "WorldCover", "VIIRS"))
    assert len(GRIDS) >= 20


@st.composite
def windows_of(draw: st.DrawFn, grid: Grid) -> tuple[Window, Window]:
    """Two windows of a grid that share at least a pixel."""
    row, col = draw(st.integers(0, grid.height - 1)), draw(st.integers(0, grid.width - 1))

    def around(at: int) -> tuple[int, int]:
        before = draw(st.integers(0, 40))
        return at - before, before + 1 + draw(st.integers(0, 40))

    (r1, h1), (c1, w1), (r2, h2), (c2, w2) = around(row), around(col), around(row), around(col)
    return Window(r1, c1, h1, w1), Window(r2, c2, h2, w2)


@st.composite
def lattices(draw: st.DrawFn) -> Grid:
    """A lattice of any size and direction, in degrees or metres, far from its origin or at it."""
    if draw(st.booleans()):
        crs, sizes, origin = "EPSG:4326", st.floats(1e-6, 2), st.floats(-180, 180)
    else:
        crs, sizes, origin = "EPSG:3857", st.floats(1e-3, 1e5), st.floats(-2e7, 2e7)
    a, e = draw(sizes) * draw(st.sampled_from([1, -1])), draw(sizes) * draw(st.sampled_from([1, -1]))
    return Grid(crs, Affine(a, 0, draw(origin), 0, e, draw(origin)), (10**6, 10**6))


def check_windows(grid: Grid, one: Window, two: Window) -> None:
    parts = [grid.window(window) for window in (one, two)]
    # A window of a window, a covering of its own bounds, and a copy by pickle are the same part.
    parts.append(grid.window(Window(one.row - 5, one.col + 7, 3, 3)).window(Window(5, -7, one.height, one.width)))
    parts.append(pickle.loads(pickle.dumps(parts[1])))
    windows = [one, two, one, two]
    top, left = min(one.row, two.row), min(one.col, two.col)
    bottom = max(window.row + window.height for window in windows)
    right = max(window.col + window.width for window in windows)
    around = grid.window(Window(top, left, bottom - top, right - left))
    for part, window in zip(parts, windows, strict=True):
        rows = slice(window.row - top, window.row - top + window.height)
        columns = slice(window.col - left, window.col - left + window.width)
        for lazy in (False, True):
            coordinates = grid_coordinates(part, lazy=lazy)
            np.testing.assert_array_equal(coordinates["x"].values, around.x[columns])
            np.testing.assert_array_equal(coordinates["y"].values, around.y[rows])
        # What a request names is what GDAL computes for the window, but for rounding.
        ours = rasterio.windows.Window(window.col, window.row, window.width, window.height)
        apart = np.subtract(part.transform, rasterio.windows.transform(ours, grid.transform))
        assert (apart[[0, 1, 3, 4]] == 0).all()
        assert abs(apart[2] / part.transform.a) + abs(apart[5] / part.transform.e) < 1e-8
        # So are neighbours: their common edges are one number.
        below = grid.window(Window(window.row + window.height, window.col, 1, window.width))
        assert set(part.bounds) & set(below.bounds)


@pytest.mark.parametrize("name", GRIDS)
@settings(max_examples=settings().max_examples // 5)
@given(data=st.data())
def test_windows_of_every_standin_agree(name: str, data: st.DataObject) -> None:
    check_windows(GRIDS[name], *data.draw(windows_of(GRIDS[name])))


@given(st.data(), lattices())
def test_windows_of_any_lattice_agree(data: st.DataObject, grid: Grid) -> None:
    check_windows(grid, *data.draw(windows_of(grid)))


@pytest.mark.parametrize("name", GRIDS)
def test_the_whole_has_the_coordinates_of_its_parts(name: str) -> None:
    grid = GRIDS[name]
    part = grid.window(Window(grid.height // 3, grid.width // 3, 50, 60))
    np.testing.assert_array_equal(grid.x[grid.width // 3 :][:60], part.x)
    np.testing.assert_array_equal(grid.y[grid.height // 3 :][:50], part.y)
    np.testing.assert_allclose(part.x, part.transform.c + part.transform.a * (np.arange(60) + 0.5), rtol=1e-14)


def test_tiles_of_one_raster_are_parts_of_one_lattice() -> None:
    """Tiles of a degree, half a pixel larger on each side, whose corners are computed one by one."""
    step = 1 / 3600

    def tile(longitude: int) -> Grid:
        transform = Affine(step, 0, longitude - step / 2, 0, -step, 46 + step / 2)
        return Grid("EPSG:4326", transform, (3601, 3601))

    for longitude in range(-180, 179):
        west, east = tile(longitude), tile(longitude + 1)
        assert west.lattice == east.lattice
        assert west.x[-1] == east.x[0]
        assert west.transform.c == longitude - step / 2, "the transform that was passed is kept"
        assert abs(east.x[-1] - longitude - 2) < 1e-12


def test_a_grid_that_is_spelled_out_like_another_has_its_coordinates() -> None:
    part = GRIDS["ECMWF/ERA5_LAND/MONTHLY_AGGR g"].window(Window(700, 1900, 40, 50))
    for again in (Grid(part.crs, part.transform, part.shape), Grid(4326, list(part.transform)[:6], part.shape)):  # type: ignore[arg-type]
        assert again == part
        np.testing.assert_array_equal(again.x, part.x)


def region(grid: Grid, row: int, col: int, height: int, width: int) -> Grid:
    """A part of a native grid by way of a region in degrees, as a user asks for it."""
    bounds = grid.window(Window(row, col, height, width)).bounds
    if grid.pyproj_crs.is_geographic:
        return GridSpec(bbox=bounds).resolve(grid, source="a source", must_intersect=True)
    left, bottom, right, top = bounds
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    crs = {"type": "name", "properties": {"name": grid.crs}}
    geometry = {"type": "Polygon", "coordinates": [ring], "crs": crs}
    return GridSpec(geometry=geometry).resolve(grid, source="a source", must_intersect=True)


def on(grid: Grid, *, lazy: bool = False) -> xr.DataArray:
    coordinates = grid_coordinates(grid, lazy=lazy)
    return xr.DataArray(np.ones(grid.shape, "u1"), coords=coordinates, dims=("y", "x"))


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("name", GRIDS)
def test_two_regions_overlap_in_all_their_pixels(name: str, lazy: bool) -> None:
    """The defect: over ERA5-Land the difference had (21, 46) pixels where (50, 57) overlap."""
    grid = GRIDS[name]
    row, col = grid.height // 2, grid.width * 5 // 9
    a = on(region(grid, row, col, 60, 70), lazy=lazy)
    b = on(region(grid, row + 10, col + 13, 80, 90), lazy=lazy)
    assert (a - b).shape == (50, 57)
    outer = xr.align(a, b, join="outer")[0]
    assert outer.shape == (90, 103)
    shared = b.sel(y=a["y"][10:60], x=a["x"][13:70])
    np.testing.assert_array_equal(shared["x"], a["x"][13:70])
    assert xr.align(a[:30], a[30:], join="outer")[0].sizes == a.sizes


@pytest.mark.parametrize("writer", ["nothing", "netcdf", "zarr", "pickle"])
@pytest.mark.parametrize("name", GRIDS)
def test_like_what_was_written_gives_the_same_bits(name: str, writer: str, tmp_path: Path) -> None:
    grid = GRIDS[name]
    part = grid.window(Window(grid.height // 2 + 1, grid.width * 4 // 7, 20, 30))
    dataset = on(part).to_dataset(name="v")
    dataset["v"].attrs["grid_mapping"] = "spatial_ref"
    if writer == "netcdf":
        dataset.to_netcdf(tmp_path / "part.nc")
        dataset = xr.open_dataset(tmp_path / "part.nc", decode_coords="all")
    elif writer == "zarr":
        dataset.to_zarr(tmp_path / "part.zarr", zarr_format=2, consolidated=False)
        dataset = xr.open_zarr(tmp_path / "part.zarr", consolidated=False)
    elif writer == "pickle":
        dataset = pickle.loads(pickle.dumps(dataset))
    for rows, columns in ((slice(None), slice(None)), (slice(3, 11), slice(5, None)), (slice(2, 3), slice(7, 8))):
        like = dataset.isel(y=rows, x=columns)
        found = GridSpec(like=like).resolve(None, source="a source", must_intersect=False)
        np.testing.assert_array_equal(found.x, part.x[columns])
        np.testing.assert_array_equal(found.y, part.y[rows])
        assert found.lattice == part.lattice


def test_like_lazy_coordinates_keeps_no_labels() -> None:
    side = 10**8
    huge = Grid("EPSG:32631", Affine(0.1, 0, 399945, 0, -0.1, 4600035), (side, side)).window(Window(7, 3, side, side))
    dataset = xr.Dataset(coords=grid_coordinates(huge, lazy=True)).assign(v=((), 0, {"grid_mapping": "spatial_ref"}))
    found = GridSpec(like=dataset).resolve(None, source="a source", must_intersect=False)
    assert (found.lattice, found.origin, found.shape) == (huge.lattice, huge.origin, huge.shape)


@pytest.mark.parametrize("centres", ["linspace", "steps", "float32"])
def test_like_of_others_gives_their_coordinates(centres: str) -> None:
    grid = Grid("EPSG:4326", Affine(0.1, 0, 5.3, 0, -0.1, 47.7), (40, 50))
    x, y = {
        "linspace": (np.linspace(5.35, 10.25, 50), np.linspace(47.65, 43.75, 40)),
        "steps": (5.35 + np.arange(50) * 0.1, 47.65 + np.arange(40) * -0.1),
        "float32": (grid.x.astype("f4"), grid.y.astype("f4")),
    }[centres]
    like = xr.DataArray(np.zeros((40, 50)), {"lat": y, "lon": x}, ("lat", "lon"))
    found = GridSpec(like=like).resolve(None, source="a source", must_intersect=False)
    if centres == "float32":
        np.testing.assert_allclose(found.x, grid.x, rtol=1e-6)
    else:
        np.testing.assert_array_equal(found.x, x)
        np.testing.assert_array_equal(found.y, y)


def test_like_a_raster_gives_the_coordinates_that_rioxarray_has(tmp_path: Path) -> None:
    part = GRIDS["ECMWF/ERA5_LAND/MONTHLY_AGGR g"].window(Window(700, 1900, 40, 50))
    on(part).rio.to_raster(tmp_path / "part.tif")
    raster = rioxarray.open_rasterio(tmp_path / "part.tif")
    for like in (raster, tmp_path / "part.tif", str(tmp_path / "part.tif")):
        found = GridSpec(like=like).resolve(None, source="a source", must_intersect=False)
        np.testing.assert_array_equal(found.x, raster["x"])
        np.testing.assert_array_equal(found.y, raster["y"])
    with rasterio.open(tmp_path / "part.tif") as opened:
        found = GridSpec(like=opened).resolve(None, source="a source", must_intersect=False)
        assert (found.transform, found.shape) == (opened.transform, part.shape)


@pytest.mark.parametrize("name", GRIDS)
def test_a_transform_that_is_written_is_the_grid_s_own_to_the_last_bit(name: str, tmp_path: Path) -> None:
    grid = GRIDS[name]
    part = grid.window(Window(grid.height // 2 + 1, grid.width * 4 // 7, 20, 30))
    array = on(part)
    assert array.rio.transform() == part.transform
    assert array.odc.geobox.transform == part.transform
    array.rio.to_raster(tmp_path / "part.tif", recalc_transform=False)
    with rasterio.open(tmp_path / "part.tif") as raster:
        assert raster.transform == part.transform


def test_coordinates_of_a_part_of_a_unit_are_the_numbers_that_are_meant() -> None:
    """A pixel of 0.05 degrees at 70.025 has that coordinate, and no neighbour of it."""
    rain = GRIDS["UCSB-CHG/CHIRPS/DAILY g"]
    assert rain.x[5000:5003].tolist() == [70.025, 70.075, 70.125]
    assert GRIDS["ECMWF/ERA5_LAND/HOURLY g"].x[1803:1806].tolist() == [0.3, 0.4, 0.5]
    assert rain.window(Window(0, 5001, 1, 1)).transform.c == 70.05


def test_a_written_lattice_that_no_longer_fits_is_not_believed() -> None:
    """Rioxarray and others rewrite GeoTransform and coordinates, and leave attributes that they do not know."""
    grid = Grid("EPSG:4326", Affine(0.1, 0, -180, 0, -0.1, 90), (1800, 3600))
    stale = on(grid.window(Window(100, 200, 10, 10)))
    moved = Grid("EPSG:4326", Affine(0.3, 0, 7, 0, -0.3, 8), (10, 10))
    stale = stale.assign_coords(x=moved.x, y=moved.y)
    stale["spatial_ref"].attrs["GeoTransform"] = "7.0 0.3 0.0 8.0 0.0 -0.3"
    found = GridSpec(like=stale).resolve(None, source="a source", must_intersect=False)
    assert found == moved
    np.testing.assert_array_equal(found.x, moved.x)


def test_regions_across_the_antimeridian_stay_on_the_lattice() -> None:
    native = GRIDS["ECMWF/ERA5_LAND/MONTHLY_AGGR g"]
    across = GridSpec(bbox=(170, -20, -170, 20)).resolve(native, source="a source", must_intersect=True)
    west = GridSpec(bbox=(160, -20, 179, 20)).resolve(native, source="a source", must_intersect=True)
    shared = np.intersect1d(across.x, west.x)
    assert len(shared) == 91  # 170.0 to 179.0
    (seam,) = across.seams
    east = across.window(Window(0, seam, across.height, across.width - seam)).wrapped()
    assert abs(east.x[0] + 180) < 1e-9
    np.testing.assert_allclose(east.x + 360, across.x[seam:], rtol=0, atol=1e-9)


def test_bboxes_and_trees_of_a_dataset_agree(serve: Serve) -> None:
    """Through the whole of opening."""
    values = np.arange(60 * 80, dtype="u2").reshape(60, 80)
    serve(assets={ID: memory_image({"b": values}, crs="EPSG:4326", transform=(0.1, 0, 5.05, 0, -0.1, 50.05))})

    def open_(**options: Any) -> xr.Dataset:
        return xr.open_dataset(ID, engine="xee_lite", mask_and_scale=False, **options)

    whole, one, two = open_(), open_(bbox=(7.01, 45.2, 9.3, 48.7)), open_(bbox=(8.03, 44.7, 11.9, 47.1))
    lazy = open_(bbox=(8.03, 44.7, 11.9, 47.1), lazy_coords=True)
    tree = xr.open_datatree(ID, engine="xee_lite", bbox=(8.03, 44.7, 11.9, 47.1), mask_and_scale=False)
    for part in (one, two, lazy, next(iter(tree.children.values())).to_dataset(), open_(like=two)):
        same = whole["b"].sel(x=part["x"].values, y=part["y"].values)
        np.testing.assert_array_equal(part["b"].values, same.values)
    assert float(np.abs(one["b"].astype(int) - two["b"]).max()) == 0
    assert (one["b"] - two["b"]).sizes == {"y": 20, "x": 14}
    assert open_(like=two.isel(x=slice(3, None)))["x"].equals(two["x"].isel(x=slice(3, None)))
