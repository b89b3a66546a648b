"""A Zarr store of an export is the one that xarray writes, in as many requests as explain says, whatever happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

import xee_lite
from tests.client.outputs.datasets import CHUNKS, COUNT, ONE, SHAPES, assets, requests
from tests.client.scenes import DAY, ID, START, image, opened, pixels
from xee_lite import InputError, OutputError, TransientError, XeeLiteWarning
from xee_lite.emulator import Faults, memory_collection
from xee_lite.outputs import zarr as module
from xee_lite.outputs.parts import chunks_of, parts_of
from xee_lite.outputs.zarr_target import ZarrTarget

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

zarr = pytest.importorskip("zarr")

pytestmark = [
    pytest.mark.filterwarnings("ignore:The specified chunks separate"),
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning"),
]


def back(path: Any, **options: Any) -> xr.Dataset:
    found: xr.Dataset = xr.open_zarr(path, chunks=None, **options).load()
    return found


def all_bytes(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def planned_of(ds: xr.Dataset) -> int:
    return xee_lite.explain(ds).count


def parts(ds: xr.Dataset) -> list[xr.Dataset]:
    chunks = {str(name): chunks_of(array.variable) for name, array in ds.data_vars.items()}
    return [ds[list(part.names)].isel(part.slices) for part in parts_of(ds, chunks, 32 * 2**20, {})]


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_what_xarray_writes(serve: Serve, tmp_path: Path, shape: str) -> None:
    earth = serve(assets=assets())
    ds = SHAPES[shape]()
    planned = sum(xee_lite.explain(part).count for part in parts(ds)) if shape == "small requests" else planned_of(ds)
    earth.requests.clear()
    export = xee_lite.to_zarr(ds, tmp_path / "a.zarr")
    # Bands of Dask's chunks share requests where they meet.
    assert requests(earth) == export.requests
    assert export.requests == planned or (ds.chunks and export.requests < planned)
    assert export.bytes == ds.nbytes - sum(ds[name].nbytes for name in ds.coords)
    assert not (tmp_path / "a.zarr.journal").exists()
    (ds.chunk(dict(ds.sizes)) if ds.chunks else ds).to_zarr(tmp_path / "xarray.zarr", consolidated=False, zarr_format=3)
    for decode in (True, False):
        found, truth = (back(tmp_path / name, mask_and_scale=decode) for name in ("a.zarr", "xarray.zarr"))
        if ds.chunks:
            xr.testing.assert_allclose(found, truth, rtol=1e-6)
        else:
            xr.testing.assert_identical(found, truth)
        for name in truth.variables:
            assert found[name].dtype == truth[name].dtype
            np.testing.assert_equal(found[name].attrs, truth[name].attrs)
            np.testing.assert_equal(found[name].encoding.get("_FillValue"), truth[name].encoding.get("_FillValue"))


def test_a_large_chunk_is_a_shard(serve: Serve, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    array = rng.normal(size=(1500, 1500)).astype("f4")
    serve(assets={ID: image({"b": array})})
    xee_lite.to_zarr(opened(request_bytes=2**25), tmp_path / "a.zarr")
    stored = zarr.open_group(tmp_path / "a.zarr", mode="r")["b"]
    assert stored.shards == (1500, 1500)
    assert np.prod(stored.chunks) * 4 <= 2 * 2**20
    np.testing.assert_array_equal(back(tmp_path / "a.zarr")["b"].values, array)


@pytest.mark.parametrize("chunks", [None, CHUNKS])
def test_the_same_bytes_whatever_the_order(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    serve(assets=assets())
    options: dict[str, Any] = {"request_bytes": 3000} if chunks is None else {"chunks": chunks}
    for name in "ab":
        xee_lite.to_zarr(opened(bands=["u2", "f4"], **options), tmp_path / name)
    assert all_bytes(tmp_path / "a") == all_bytes(tmp_path / "b")


@pytest.mark.parametrize("chunks", [None, CHUNKS])
def test_what_failed_is_recorded_and_made_up_for(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    # Dask's graph ends with its first failures, and what is left is asked for again part by part: some fail twice.
    earth = serve(assets=assets(), faults=Faults(rates={"503": 0.4}, seed=1))
    options: dict[str, Any] = {"request_bytes": 3000} if chunks is None else {"chunks": chunks}
    ds = opened(bands=["u2"], **options)
    total = xee_lite.explain(ds).count
    first = xee_lite.to_zarr(ds, tmp_path / "a.zarr", errors="record")
    assert 0 < len(first.failed) < total
    assert all(isinstance(part.error, TransientError) for part in first.failed)
    missing = back(tmp_path / "a.zarr")["u2"]
    assert all(missing[part.region].isnull().all() for part in first.failed)
    earth.faults.next("computePixels", [None] * 1000)
    earth.requests.clear()
    second = xee_lite.to_zarr(ds, tmp_path / "a.zarr", errors="record")
    assert (second.reused, requests(earth), second.failed) == (total - len(first.failed), len(first.failed), ())
    xr.testing.assert_identical(back(tmp_path / "a.zarr"), opened(bands=["u2"]).load())


def test_a_failure_that_is_raised_leaves_what_was_written(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    total = xee_lite.explain(ds).count
    with xee_lite.set_options(max_concurrent_requests=1):
        earth.faults.next("computePixels", [None, None, None, "503"])
        with pytest.raises(TransientError):
            xee_lite.to_zarr(ds, tmp_path / "a.zarr")
    earth.requests.clear()
    export = xee_lite.to_zarr(ds, tmp_path / "a.zarr")
    assert export.reused + export.requests == total
    assert export.reused >= 2
    xr.testing.assert_identical(back(tmp_path / "a.zarr"), opened(bands=["u2"]).load())


def interrupted(earth: Emulator, ds: xr.Dataset, path: Path, after: int = 1, **options: Any) -> None:
    earth.faults.next("computePixels", [*[None] * after, "503"])
    with xee_lite.set_options(max_concurrent_requests=1), pytest.raises(TransientError):
        xee_lite.to_zarr(ds, path, **options)


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "grid": ({"scale": 60}, "another grid: .* there, .* here"),
    "bands": ({"bands": ["u2"]}, "another list of variables: .*u4.* there, .* here"),
    "collection": ({"filename_or_obj": ONE}, "another source: .*stack there, .*stack_one here"),
    "argument": ({"pin": False}, "another version of the images, or argument"),
    "nodata": ({"nodata": 0}, "another version of the images, or argument"),
    "types": ({"mask_and_scale": False}, "another list of variables: .*float32.* there, .*int32.* here"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_an_unfinished_export_of_something_else_is_refused(serve: Serve, tmp_path: Path, other: str) -> None:
    earth = serve(assets=assets(), faults=Faults())
    same: dict[str, Any] = {"bands": ["u2", "u4"], "request_bytes": 3000}
    interrupted(earth, opened(**same), tmp_path / "a.zarr", after=6)
    changed, message = OTHERS[other]
    options = {**same, **changed}
    ds = opened(options.pop("filename_or_obj", ID), **({} if "filename_or_obj" in changed else options))
    before = all_bytes(tmp_path)
    with pytest.raises(InputError, match=message):
        xee_lite.to_zarr(ds, tmp_path / "a.zarr")
    assert all_bytes(tmp_path) == before


def test_images_that_were_replaced_are_another_export(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=dict(assets()), faults=Faults())
    interrupted(earth, opened(bands=["u2"], request_bytes=3000), tmp_path / "a.zarr")
    images = [
        image({"u2": pixels("u2", number)}, f"i{number}", START + number * DAY + 12_345) for number in range(COUNT)
    ]
    earth.stop()
    serve(assets={ID: memory_collection(images[1:])})
    with pytest.raises(InputError, match=r"another list of images: 4 from i0 to i3, .* there, 3 from i1 to i3"):
        xee_lite.to_zarr(opened(bands=["u2"], request_bytes=3000), tmp_path / "a.zarr")


def test_a_store_that_exists_is_refused(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    xee_lite.to_zarr(opened(ONE), tmp_path / "a.zarr")
    with pytest.raises(InputError, match="exists already: pass another path, remove it, or pass append='time'"):
        xee_lite.to_zarr(opened(ONE), tmp_path / "a.zarr")
    (tmp_path / "file").write_text("hello")
    with pytest.raises(InputError, match="exists already"):
        xee_lite.to_zarr(opened(ONE), tmp_path / "file")
    with pytest.raises(InputError, match=r"file is no Zarr store of format 3"):
        xee_lite.to_zarr(opened(), tmp_path / "file", append="time")
    assert (tmp_path / "file").read_text() == "hello"


@pytest.mark.parametrize("store", ["s3://bucket/a.zarr", "memory://a", zarr.storage.MemoryStore(), 3])
def test_other_stores_are_xarrays(serve: Serve, store: Any) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=r"neither the path of a folder nor an icechunk.Repository"):
        xee_lite.to_zarr(opened(ONE), store)


def test_where_the_store_was_removed_all_is_read_again(serve: Serve, tmp_path: Path) -> None:
    import shutil  # noqa: PLC0415 - of this test alone

    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    interrupted(earth, ds, tmp_path / "a.zarr")
    shutil.rmtree(tmp_path / "a.zarr")
    assert xee_lite.to_zarr(ds, tmp_path / "a.zarr").reused == 0
    xr.testing.assert_identical(back(tmp_path / "a.zarr"), opened(bands=["u2"]).load())


# Appending


@pytest.mark.parametrize("chunks", [None, {"time": 3, "y": 10, "x": 12}])
def test_a_nightly_update_asks_for_what_is_new(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    """The chunk of three images of the second case is filled by two nights."""
    earth = serve(assets=assets())
    options: dict[str, Any] = {} if chunks is None else {"chunks": chunks}
    bands = ["u2", "u4", "f4"]
    for until, new in ((1, 1), (3, 2), (3, 0), (4, 1)):
        ds = opened(bands=bands, **options).isel(time=slice(until))
        earth.requests.clear()
        export = xee_lite.to_zarr(ds, tmp_path / "a.zarr", append="time")
        planned = xee_lite.explain(ds.isel(time=slice(until - new, until))).count if new else 0
        assert requests(earth) == export.requests <= planned * max(1, new)
        xr.testing.assert_identical(back(tmp_path / "a.zarr"), opened(bands=bands).isel(time=slice(until)).load())


@pytest.mark.parametrize("consolidated", [True, False])
def test_onto_a_store_of_xarrays(serve: Serve, tmp_path: Path, consolidated: bool) -> None:
    serve(assets=assets())
    opened().isel(time=slice(2)).to_zarr(tmp_path / "a.zarr", consolidated=consolidated, zarr_format=3)
    xee_lite.to_zarr(opened(), tmp_path / "a.zarr", append="time")
    found = xr.open_zarr(tmp_path / "a.zarr", chunks=None, consolidated=consolidated).load()
    xr.testing.assert_identical(found, opened().load())


def test_onto_the_older_format_is_refused(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    opened().isel(time=slice(2)).to_zarr(tmp_path / "a.zarr", consolidated=False, zarr_format=2)
    with pytest.raises(InputError, match="is no Zarr store of format 3"):
        xee_lite.to_zarr(opened(), tmp_path / "a.zarr", append="time")


UNLIKE: dict[str, tuple[Any, str]] = {
    "collection": (lambda: opened(f"{ID}_other", bands=["u2"]), "another source: .*stack' there, .*stack_other' here"),
    "variables": (lambda: opened(bands=["u2", "u4"]), r"another list of variables: .* there, .*u4.* here"),
    "types": (
        lambda: opened(bands=["u2"], mask_and_scale=False),
        "another list of variables: .*float32.* there, .*int32",
    ),
    "grid": (lambda: opened(bands=["u2"], scale=60), "another coordinate y: .* there, .* here"),
    "CRS": (lambda: opened(bands=["u2"], crs="EPSG:32632", scale=60), "another CRS: .*31N.* there, .*32N.* here"),
    "part": (lambda: opened(bands=["u2"]).isel(x=slice(5)), "another coordinate x: .* there, .* here"),
}


@pytest.mark.parametrize("unlike", UNLIKE)
def test_onto_something_else_is_refused(serve: Serve, tmp_path: Path, unlike: str) -> None:
    serve(assets={**assets(), f"{ID}_other": assets()[ID]})
    xee_lite.to_zarr(opened(bands=["u2"]).isel(time=slice(2)), tmp_path / "a.zarr")
    before = all_bytes(tmp_path)
    make, message = UNLIKE[unlike]
    with pytest.raises(InputError, match=message):
        xee_lite.to_zarr(make(), tmp_path / "a.zarr", append="time")
    assert all_bytes(tmp_path) == before


def test_no_dimension_and_no_labels_are_refused(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match="append='times' is no dimension of the dataset: it has time, y, x"):
        xee_lite.to_zarr(opened(), tmp_path / "a.zarr", append="times")
    with pytest.raises(InputError, match="there is no coordinate 'time', by which"):
        xee_lite.to_zarr(opened().drop_vars(["time", "id"]), tmp_path / "a.zarr", append="time")


def test_what_comes_before_the_end_is_a_warning(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    xee_lite.to_zarr(opened(bands=["u2"]).isel(time=[1, 3]), tmp_path / "a.zarr", append="time")
    with pytest.warns(XeeLiteWarning, match=r"begins at 2020-01-01.*, before the end of the store, 2020-01-04"):
        xee_lite.to_zarr(opened(bands=["u2"]), tmp_path / "a.zarr", append="time")
    xr.testing.assert_identical(back(tmp_path / "a.zarr").sortby("time"), opened(bands=["u2"]).load())


class _KilledError(BaseException):
    """The process ends here: nothing that follows is done."""


@pytest.mark.parametrize("step", range(1, 14))
def test_an_append_that_ends_at_any_step_goes_on(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Each resizing, each coordinate, each part: the run after it makes the store of one that was not interrupted."""
    serve(assets=assets())
    options: dict[str, Any] = {"bands": ["u2", "f4"], "chunks": {"time": 3, "y": 10, "x": 31}}
    for name in ("a", "truth"):
        xee_lite.to_zarr(opened(**options).isel(time=slice(2)), tmp_path / name)
    xee_lite.to_zarr(opened(**options), tmp_path / "truth", append="time")
    met = 0

    def counted(of: Any) -> Any:
        def call(*arguments: Any, **more: Any) -> Any:
            nonlocal met
            met += 1
            if met >= step:
                raise _KilledError
            return of(*arguments, **more)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(ZarrTarget, "_resize", counted(ZarrTarget._resize))
        patch.setattr(ZarrTarget, "write", counted(ZarrTarget.write))
        patch.setattr(zarr.Array, "__setitem__", counted(zarr.Array.__setitem__))
        with pytest.raises(_KilledError):
            xee_lite.to_zarr(opened(**options), tmp_path / "a", append="time")
    assert met >= step
    xee_lite.to_zarr(opened(**options), tmp_path / "a", append="time")
    assert all_bytes(tmp_path / "a") == all_bytes(tmp_path / "truth")
    assert not (tmp_path / "a.journal").exists()


def test_an_interrupted_night_is_finished_by_the_next(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), faults=Faults())
    options: dict[str, Any] = {"bands": ["u2"], "request_bytes": 3000}
    xee_lite.to_zarr(opened(**options).isel(time=slice(1)), tmp_path / "a", append="time")
    interrupted(earth, opened(**options).isel(time=slice(3)), tmp_path / "a", append="time")
    with pytest.raises(InputError, match="waiting for 2 images that the dataset does not have, such as 'i1'"):
        xee_lite.to_zarr(opened(**options).isel(time=slice(3, None)), tmp_path / "a", append="time")
    with pytest.raises(InputError, match="unfinished export with append=: run that again"):
        xee_lite.to_zarr(opened(**options), tmp_path / "a")
    earth.requests.clear()
    export = xee_lite.to_zarr(opened(**options), tmp_path / "a", append="time")
    assert export.reused >= 1
    xr.testing.assert_identical(back(tmp_path / "a"), opened(bands=["u2"]).load())


def test_an_interrupted_night_of_another_filter_is_read_again(serve: Serve, tmp_path: Path) -> None:
    import ee  # noqa: PLC0415 - initialised by now

    earth = serve(assets=assets(), faults=Faults())
    options: dict[str, Any] = {"bands": ["u2"], "request_bytes": 3000}
    early = ee.ImageCollection(ID).filterDate("2019-01-01", "2020-12-31")
    xee_lite.to_zarr(opened(early, **options).isel(time=slice(1)), tmp_path / "a", append="time")
    interrupted(earth, opened(early, **options).isel(time=slice(3)), tmp_path / "a", append="time")
    later = ee.ImageCollection(ID).filterDate("2019-01-01", "2021-01-01")
    with pytest.warns(XeeLiteWarning, match="what an interrupted run had added is read again"):
        xee_lite.to_zarr(opened(later, **options), tmp_path / "a", append="time")
    xr.testing.assert_identical(back(tmp_path / "a"), opened(later, bands=["u2"]).load())


# A bad disk


def test_a_disk_that_fails_is_told_and_gone_on_from(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(assets=assets())
    ds = opened(bands=["u2"], request_bytes=3000)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    with monkeypatch.context() as patch:
        patch.setattr(ZarrTarget, "write", full)
        with pytest.raises(OutputError, match=r"^no space is left to write /somewhere: make room and run the same"):
            xee_lite.to_zarr(ds, tmp_path / "a.zarr")
    assert xee_lite.to_zarr(ds, tmp_path / "a.zarr").reused == 0
    xr.testing.assert_identical(back(tmp_path / "a.zarr"), opened(bands=["u2"]).load())


def test_without_zarr_it_says_what_to_install(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(assets=assets())
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    with pytest.raises(InputError, match=r"zarr is needed .*pip install 'xee_lite\[io\]'"):
        xee_lite.to_zarr(opened(ONE), tmp_path / "a.zarr")
    assert module.__name__ == "xee_lite.outputs.zarr"
