"""A NetCDF file of an export is what xarray reads from the service, and is written when all of it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xarray as xr

import xee_lite
from tests.client.outputs.datasets import SHAPES, assets, requests
from tests.client.scenes import opened
from xee_lite import InputError, OutputError
from xee_lite.emulator import Faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

pytest.importorskip("h5netcdf")

pytestmark = [
    pytest.mark.filterwarnings("ignore:The specified chunks separate"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


@pytest.mark.parametrize("shape", [name for name in SHAPES if name != "uneven chunks"])
def test_it_is_what_xarray_writes(serve: Serve, tmp_path: Path, shape: str) -> None:
    earth = serve(assets=assets())
    ds = SHAPES[shape]()
    earth.requests.clear()
    export = xee_lite.to_netcdf(ds, tmp_path / "a.nc")
    assert requests(earth) == export.requests
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]
    ds.to_netcdf(tmp_path / "xarray.nc")
    for decode in (True, False):
        with (
            xr.open_dataset(tmp_path / "a.nc", mask_and_scale=decode) as found,
            xr.open_dataset(tmp_path / "xarray.nc", mask_and_scale=decode) as truth,
        ):
            (xr.testing.assert_allclose if ds.chunks else xr.testing.assert_identical)(found.load(), truth.load())
            assert [found[name].dtype for name in truth.variables] == [truth[name].dtype for name in truth.variables]


def test_what_failed_is_made_up_for(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    earth.faults.next("computePixels", ["503"])
    first = xee_lite.to_netcdf(ds, tmp_path / "a.nc", errors="record")
    assert len(first.failed) == 1
    assert not (tmp_path / "a.nc").exists()
    with pytest.raises(InputError, match="belongs to an unfinished export of another list of variables"):
        xee_lite.to_netcdf(opened(bands=["u4"], request_bytes=3000), tmp_path / "a.nc")
    earth.requests.clear()
    assert xee_lite.to_netcdf(ds, tmp_path / "a.nc").reused == first.parts - 1
    assert requests(earth) == 1
    with xr.open_dataset(tmp_path / "a.nc") as found:
        xr.testing.assert_identical(found.load(), opened(bands=["u2"]).load())


def test_killed_between_the_file_and_the_end_of_the_journal_asks_for_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earth = serve(assets=assets())
    ds = opened(bands=["u2"], request_bytes=3000)
    with monkeypatch.context() as patch:
        patch.setattr("xee_lite.outputs.staging.Staging.close", lambda self, **_: self.journal.close(complete=False))
        xee_lite.to_netcdf(ds, tmp_path / "a.nc")
    for part in (tmp_path / "a.nc.parts").glob("*.npy"):
        part.unlink()
    earth.requests.clear()
    xee_lite.to_netcdf(ds, tmp_path / "a.nc")
    assert requests(earth) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_a_folder_that_is_none(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    (tmp_path / "file").write_text("hello")
    with pytest.raises(OutputError, match=r"file/a.nc.parts failed|file failed"):
        xee_lite.to_netcdf(opened(bands=["u2"]), tmp_path / "file" / "a.nc")
