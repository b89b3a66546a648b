"""A store that grows: images appended, written by region, in every format, with all that stands beside the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, image, pixels
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

ZARR_FORMATS: tuple[Literal[2, 3], ...] = (2, 3)
CHUNKS: tuple[Any, ...] = (None, {}, {"time": 1})
DTYPES = ("u1", "u2", "i4", "f4")
PROPERTIES = ["orbit", "cloud", "note"]
NOTES = ["", "cut", "a text that is longer than all before", "é"]


def opened(serve: Serve, **options: Any) -> xr.Dataset:
    """Four images whose ids and texts grow longer."""
    images = [
        image(
            {name: pixels(name, number) for name in DTYPES},
            "i" * (number + 1),
            START + number * DAY + 12_345,
            orbit=number,
            cloud=number / 4 if number else None,
            note=NOTES[number],
        )
        for number in range(4)
    ]
    serve(assets={ID: memory_collection(images)})
    return xr.open_dataset(ID, engine="xee_lite", properties=PROPERTIES, **options)


def growing(dataset: xr.Dataset) -> xr.Dataset:
    """What is appended: without the number that the store has already, which xarray refuses to see twice."""
    part = dataset.copy()
    for variable in part.data_vars.values():
        variable.attrs.pop("_FillValue", None)
    return part


def same(back: xr.Dataset, dataset: xr.Dataset) -> None:
    xr.testing.assert_equal(back.load(), dataset.load())
    for name in (*DTYPES, "time", "orbit", "cloud", "spatial_ref"):
        assert back[name].dtype == dataset[name].dtype, name
    for name in ("id", "note"):
        assert back[name].values.tolist() == dataset[name].values.tolist()


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_images_are_appended(
    serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3], chunks: Any, mask_and_scale: bool
) -> None:
    dataset = opened(serve, chunks=chunks, mask_and_scale=mask_and_scale)
    path = tmp_path / "a.zarr"
    dataset.isel(time=slice(2)).to_zarr(path, zarr_format=zarr_format, consolidated=False)
    for number in (2, 3):
        growing(dataset.isel(time=[number])).to_zarr(path, append_dim="time", consolidated=False)
    same(xr.open_zarr(path, consolidated=False, mask_and_scale=mask_and_scale), dataset)


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("region", ["auto", "slices"])
def test_regions_are_written(
    serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3], chunks: Any, region: Any
) -> None:
    dataset = opened(serve, chunks=chunks)
    path = tmp_path / "a.zarr"
    dataset.chunk(time=1).to_zarr(path, zarr_format=zarr_format, consolidated=False, compute=False)
    for number in (3, 0, 2, 1):
        part = dataset.isel(time=[number]).drop_vars("spatial_ref")
        if region == "slices":
            part = part.drop_vars(["x", "y"])
        where: Any = "auto" if region == "auto" else {"time": slice(number, number + 1)}
        part.to_zarr(path, region=where, consolidated=False)
    same(xr.open_zarr(path, consolidated=False), dataset)


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_parts_put_together_are_appended(serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3], chunks: Any) -> None:
    dataset = opened(serve, chunks=chunks)
    path = tmp_path / "a.zarr"
    for first, second in ((1, 0), (3, 2)):
        parts = [dataset.isel(time=[first]), dataset.isel(time=[second])]
        both = xr.concat(parts, "time", data_vars="minimal", coords="different", compat="equals", join="exact")
        more = {"append_dim": "time"} if first == 3 else {"zarr_format": zarr_format}
        both.sortby("time").to_zarr(path, consolidated=False, **more)
    same(xr.open_zarr(path, consolidated=False), dataset)


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_a_band_dimension_is_appended_to(serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3], chunks: Any) -> None:
    dataset = opened(serve, chunks=chunks, band_dim="band")
    path = tmp_path / "a.zarr"
    dataset.isel(time=slice(2)).to_zarr(path, zarr_format=zarr_format, consolidated=False)
    dataset.isel(time=slice(2, 4)).to_zarr(path, append_dim="time", consolidated=False)
    xr.testing.assert_equal(xr.open_zarr(path, consolidated=False).load(), dataset.load())


@pytest.mark.parametrize("dim", ["id", "note", "orbit"])
def test_other_dimensions_are_appended_to(serve: Serve, tmp_path: Path, dim: str) -> None:
    dataset = opened(serve, chunks={}, dim=dim)
    for start in (0, 2):
        more: dict[str, Any] = {"append_dim": dim} if start else {}
        part = dataset.isel({dim: slice(start, start + 2)})
        part.to_zarr(tmp_path / "a.zarr", consolidated=False, **more)
    same(xr.open_zarr(tmp_path / "a.zarr", consolidated=False), dataset)


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_icechunk_commits_grow(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    icechunk = pytest.importorskip("icechunk")
    dataset = opened(serve, chunks=chunks)
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path / "a")))
    writes: list[tuple[xr.Dataset, dict[str, Any]]] = [
        (dataset.isel(time=slice(2)), {}),
        (dataset.isel(time=[2]), {"append_dim": "time"}),
        (dataset.isel(time=[3]), {"append_dim": "time"}),
        (dataset.isel(time=slice(2)).drop_vars("spatial_ref"), {"region": "auto"}),
    ]
    for part, options in writes:
        session = repository.writable_session("main")
        part.to_zarr(session.store, consolidated=False, **options)
        session.commit(str(options))
    same(xr.open_zarr(repository.readonly_session("main").store, consolidated=False), dataset)


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
def test_trees_come_back(serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    opened(serve)
    tree = xr.open_datatree(ID, engine="xee_lite", chunks={}, properties=PROPERTIES)
    tree.to_zarr(tmp_path / "a.zarr", zarr_format=zarr_format, consolidated=False)
    tree.to_netcdf(tmp_path / "a.nc")
    for back in (
        xr.open_datatree(tmp_path / "a.zarr", engine="zarr", consolidated=False),
        xr.open_datatree(tmp_path / "a.nc"),
    ):
        assert list(back.children) == list(tree.children) != []
        for name, group in tree.children.items():
            same(back[name].to_dataset(), group.to_dataset())
