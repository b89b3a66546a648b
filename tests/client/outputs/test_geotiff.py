"""GeoTIFFs of exports, as rasterio reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine

import xee_lite
from tests.client.outputs.datasets import CHUNKS, COUNT, ONE, SHAPES, assets, requests
from tests.client.scenes import DTYPES, ID, TRANSFORM, image, opened, pixels
from xee_lite import InputError
from xee_lite.emulator import Faults, memory_collection
from xee_lite.outputs.staging import staging_folder

if TYPE_CHECKING:
    from tests.client.scenes import Serve

rasterio = pytest.importorskip("rasterio")

pytestmark = [
    pytest.mark.filterwarnings("ignore:The specified chunks separate"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]


@pytest.mark.parametrize("driver", ["GTiff", "COG"])
@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("band", DTYPES)
def test_types_masks_and_place(serve: Serve, tmp_path: Path, band: str, mask_and_scale: bool, driver: Any) -> None:
    serve(assets=assets())
    data = opened(mask_and_scale=mask_and_scale)[band]
    xee_lite.to_geotiff(data, tmp_path / "a.tif", driver=driver)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.crs.to_epsg() == 32631
        assert raster.transform == Affine(*TRANSFORM)
        assert set(raster.dtypes) == {data.dtype.name}
        assert raster.is_tiled or min(raster.shape) < 512
        np.testing.assert_array_equal(raster.read(), data.values)
        truth = np.ma.stack([pixels(band, number) for number in range(COUNT)])
        np.testing.assert_array_equal(raster.read_masks() != 0, ~truth.mask)
        assert raster.descriptions[0] == "2020-01-01T00:00:12"


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("unlike dimensions", "no images", "nodata")])
def test_every_dataset(serve: Serve, tmp_path: Path, shape: str) -> None:
    earth = serve(assets=assets())
    ds = SHAPES[shape]()
    if shape in ("raw", "raw with dask"):  # whose marks differ from band to band
        ds = ds[["u2", "i4"]]
    earth.requests.clear()
    export = xee_lite.to_geotiff(ds, tmp_path / "a.tif")
    assert requests(earth) == export.requests
    names = list(ds.data_vars)
    arrays = [ds[name].reset_coords(drop=True) for name in names]
    truth = xr.concat(arrays, "variable") if len(names) > 1 else arrays[0]
    dims = [dim for dim in truth.dims if dim not in ("variable", "y", "x")]
    truth = truth.transpose(*dims, *(["variable"] if len(names) > 1 else []), "y", "x")
    flat = truth.values.reshape(-1, *truth.shape[-2:])
    with rasterio.open(tmp_path / "a.tif") as raster:
        found = raster.read(masked=True)
        assert raster.crs == ds.rio.crs
        transform = ds.rio.transform(recalc=shape == "offsets and steps")
        np.testing.assert_allclose(raster.transform[:6], transform[:6], rtol=1e-12)
    if flat.dtype.kind == "f":
        np.testing.assert_allclose(found.filled(np.nan), flat, rtol=1e-6)
    else:
        marks = [ds[name].attrs.get("_FillValue") for name in names]
        missing = np.concatenate([ds[name].values[:, None] == mark for name, mark in zip(names, marks, strict=True)], 1)
        np.testing.assert_array_equal(found.mask, missing.reshape(flat.shape))
        np.testing.assert_array_equal(found.data[~found.mask], flat[~found.mask])


def test_a_file_for_each_step_and_overviews(serve: Serve, tmp_path: Path) -> None:
    array = np.arange(900 * 1100, dtype="f4").reshape(900, 1100)
    serve(assets={ID: image({"b": array, "c": array.astype("u2")}, "a/../b")})
    ds = opened(ID)
    export = xee_lite.to_geotiff(
        ds.drop_vars("id").expand_dims(["time"]).assign_coords(id=("time", ["a/../b"])),
        tmp_path / "{time:%Y}" / "{id}.tif",
        overviews=True,
    )
    assert export.paths == (str(tmp_path / "2020" / "a_.._b.tif"),), "ids of a service stay within the folder"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["2020", "a_.._b.tif"]
    with rasterio.open(export.paths[0]) as raster:
        assert raster.descriptions == ("b", "c")
        assert raster.overviews(1) == [2, 4]
        np.testing.assert_array_equal(raster.read(1), array)


def test_cogs_are_valid(serve: Serve, tmp_path: Path) -> None:
    cogeo = pytest.importorskip("rio_cogeo")
    serve(assets={ID: image({"b": np.arange(900 * 1100, dtype="f4").reshape(900, 1100)})})
    xee_lite.to_geotiff(opened(), tmp_path / "a.tif", driver="COG")
    assert cogeo.cog_validate(str(tmp_path / "a.tif"))[0]


def with_type(dtype: str) -> xr.Dataset:
    return opened(ONE).assign(c=opened(ONE)["u2"].fillna(0).astype(dtype))


BAD: dict[str, tuple[Any, str, str]] = {
    "two steps": (lambda: opened(bands=["u2"]), "{time:%Y}.tif", "gives '.*2020.tif' to two steps, {'time': 0} and "),
    "unknown": (lambda: opened(bands=["u2"]), "{tile}.tif", "names 'tile', which is no coordinate"),
    "attribute": (lambda: opened(bands=["u2"]), "{time.__class__}.tif", "which is no coordinate"),
    "position": (lambda: opened(bands=["u2"]), "{}.tif", "names '', which is no coordinate"),
    "format": (lambda: opened(bands=["u2"]), "{id:%Y}.tif", "is no pattern of a name"),
    "image": (lambda: opened(ONE), "{time}.tif", "none, since there is no such dimension"),
    "bool": (lambda: with_type("c8"), "a.tif", "can not hold variable 'c' of type complex64"),
    "int64": (lambda: with_type("i8"), "a.tif", "no type of GeoTIFF holds variable 'c'"),
    "order": (lambda: opened(bands=["u2"]).transpose("y", "x", "time"), "a.tif", "needs y and x as the last ones"),
    "nothing": (lambda: opened(bands=["u2"])[[]], "a.tif", "no data variable"),
    "driver": (lambda: opened(ONE), "a.tif", "pass 'GTiff' or 'COG'"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_what_can_not_be_written_is_refused_before_a_request(serve: Serve, tmp_path: Path, bad: str) -> None:
    earth = serve(assets=assets())
    make, name, message = BAD[bad]
    ds = make()
    earth.requests.clear()
    options: dict[str, Any] = {"driver": "PNG"} if bad == "driver" else {}
    with pytest.raises(InputError, match=message):
        xee_lite.to_geotiff(ds, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("chunks", [None, CHUNKS])
def test_files_that_lack_a_part_wait(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    # Dask's graph ends with its first failures, and what is left is asked for again part by part: some fail twice.
    earth = serve(assets=assets(), faults=Faults(rates={"503": 0.4}, seed=1))
    ds = opened(bands=["u2"], **({"chunks": chunks} if chunks else {"request_bytes": 3000}))
    total = xee_lite.explain(ds).count
    first = xee_lite.to_geotiff(ds, tmp_path / "{id}.tif", errors="record")
    assert 0 < len(first.failed) < total
    assert len(first.paths) < COUNT
    earth.faults.next("computePixels", [None] * 1000)
    earth.requests.clear()
    second = xee_lite.to_geotiff(ds, tmp_path / "{id}.tif")
    assert requests(earth) == len(first.failed)
    assert len(second.paths) == COUNT
    assert len(list(tmp_path.iterdir())) == COUNT
    with rasterio.open(tmp_path / "i0.tif") as raster:
        np.testing.assert_array_equal(raster.read(1), ds["u2"].values[0])


def test_the_folder_of_the_parts_of_a_pattern() -> None:
    assert staging_folder(Path("a/b.tif")) == Path("a/b.tif.parts")
    assert staging_folder(Path("a/{id}.tif")) == Path("a/_id_.tif.parts")
    assert staging_folder(Path("a/{time:%Y}/x/{id}.tif")) == Path("a/_time_Y_x_id_.tif.parts")


FULL = """
import resource, signal, sys
import ee
from google.auth.credentials import AnonymousCredentials
import xee_lite, xarray as xr
ee.Initialize(credentials=AnonymousCredentials(), url=sys.argv[1], project=sys.argv[6])
ds = xr.open_dataset(sys.argv[2], engine="xee_lite")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), resource.RLIM_INFINITY))
try:
    options = {"overviews": True} if sys.argv[3] == "to_geotiff" else {}  # by which the file is larger than its parts
    getattr(xee_lite, sys.argv[3])(ds, sys.argv[5], **options)
except xee_lite.OutputError as error:
    print("told", error)
"""


@pytest.mark.parametrize(
    ("way_out", "most"),
    [("to_geotiff", 300_000), ("to_geotiff", 1_100_000), ("to_netcdf", 300_000), ("to_zarr", 300_000)],
)
def test_a_disk_that_is_full_while_a_file_is_written(serve: Serve, tmp_path: Path, way_out: str, most: int) -> None:
    """Files of at most so many bytes: the parts do not fit, or the parts do and the file does not."""
    earth = serve(assets={ID: image({"b": np.random.default_rng(1).normal(size=(512, 520)).astype("f4")})})
    suffix = {"to_geotiff": "tif", "to_netcdf": "nc", "to_zarr": "zarr"}[way_out]
    target = tmp_path / f"a.{suffix}"
    command = [sys.executable, "-c", FULL, earth.url, ID, way_out, str(most), str(target), earth.project]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])  # noqa: S603 - the interpreter itself
    assert done.stdout.startswith("told"), done.stdout + done.stderr
    assert way_out == "to_zarr" or not target.exists()
    with xr.open_dataset(ID, engine="xee_lite") as ds:
        getattr(xee_lite, way_out)(ds, target, **({"overviews": True} if way_out == "to_geotiff" else {}))
        found = xr.open_dataset(target, engine="rasterio" if suffix == "tif" else None)
        values = found["band_data"].values[0] if suffix == "tif" else found["b"].values
        np.testing.assert_array_equal(values, ds["b"].values)


def test_a_file_is_written_while_its_parts_come(serve: Serve, tmp_path: Path) -> None:
    """Interrupted when it is half written, it leaves parts and no half file, and ends as an undisturbed one."""
    rng = np.random.default_rng(2)
    images = [image({"b": rng.random((1300, 300)).astype("f4")}, f"i{number}", number) for number in range(3)]
    earth = serve(assets={ID: memory_collection(images)}, faults=Faults())
    ds = opened(request_bytes=100 * 300 * 3 * 6)
    xee_lite.to_geotiff(ds, tmp_path / "truth.tif")
    earth.faults.next("computePixels", [None] * 9 + ["503"])
    seen: list[list[str]] = []
    with xee_lite.set_options(max_concurrent_requests=1), pytest.raises(xee_lite.RequestError):
        xee_lite.to_geotiff(
            ds, tmp_path / "a.tif", progress=lambda _: seen.append(sorted(path.name for path in tmp_path.iterdir()))
        )
    assert ["a.tif.partial", "a.tif.parts", "truth.tif"] in seen
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif.parts", "truth.tif"]
    export = xee_lite.to_geotiff(ds, tmp_path / "a.tif")
    assert export.reused in (9, 10), "a request more may have been under way"
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "truth.tif").read_bytes()
    with rasterio.open(tmp_path / "a.tif") as raster:
        np.testing.assert_array_equal(raster.read(), ds["b"].values)
