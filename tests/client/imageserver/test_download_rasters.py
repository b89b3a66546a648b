"""Download Rasters: every file of a raster, under names that stay in the folder, whole, and once."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio

from tests.client.imageserver.services import assets, bands_of
from tests.client.scenes import ID, TRANSFORM
from xee_lite import InputError, PermanentError, TooMuchError, XeeLiteError, XeeLiteWarning, set_options
from xee_lite.emulator import Faults
from xee_lite.emulator.imageserver.options import ImageServerOptions
from xee_lite.imageserver import download

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.imageserver import DownloadedRaster


def check(found: DownloadedRaster, day: int, *, masked: bool = True) -> None:
    """The file that GDAL opens has the pixels of the raster; its mask is a file beside it, found by its name."""
    (image,) = found.images
    with rasterio.open(image) as source:
        for number, truth in enumerate(bands_of(day).values(), 1):
            mask = source.read_masks(number) == 0
            assert not masked or np.array_equal(mask, truth.mask)
            np.testing.assert_array_equal(source.read(number)[~truth.mask], truth.data[~truth.mask])
        assert tuple(source.transform)[:6] == TRANSFORM


@pytest.mark.parametrize("file_ids", ["path", "name", "url", "handle"])
def test_ids_of_files_of_all_shapes(serve: Serve, tmp_path: Path, file_ids: Any) -> None:
    url = serve(assets=assets(), image_server=ImageServerOptions(file_ids=file_ids)).image_server_url(ID)
    found = download(url, [1, 3], tmp_path / "out")
    for raster, day in zip(found, (0, 2), strict=True):
        check(raster, day, masked=file_ids != "handle")
        assert all(path.parent == tmp_path / "out" / str(raster.raster) for path in raster.files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_what_is_there_is_not_asked_for_again(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets())
    url = earth.image_server_url(ID)
    first = download(url, [1, 2], tmp_path)
    earth.requests.clear()
    assert download(url, [1, 2], tmp_path) == first
    assert [request.kind for request in earth.requests] == ["ImageServer"]
    first[1].images[0].write_bytes(b"short")
    download(url, [1, 2], tmp_path)
    check(download(url, 2, tmp_path)[0], 1)
    assert len(earth.requests.of("ImageServer/file")) == 1


def test_a_download_that_was_interrupted_goes_on(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=dict(assets()))
    earth.faults.next("ImageServer/file", [None] * 5 + ["503"])
    url = earth.image_server_url(ID)
    with pytest.raises(XeeLiteError, match="failed"):
        download(url, [1, 2, 3], tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    for day, raster in enumerate(download(url, [1, 2, 3], tmp_path)):
        check(raster, day)


def test_rasters_come_in_batches(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_download_images=2))
    found = download(earth.image_server_url(ID), [3, 2, 1], tmp_path)
    assert [one.raster for one in found] == [3, 2, 1]
    assert len(earth.requests.of("ImageServer/download")) == 2


def test_more_bytes_than_the_service_gives_at_once_come_in_halves(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_download_megabytes=0.06))
    found = download(earth.image_server_url(ID), [1, 2, 3], tmp_path)
    for day, raster in enumerate(found):
        check(raster, day)
    assert len(earth.requests.of("ImageServer/download")) > 1


def test_a_raster_that_is_too_large_is_said_to_be(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_download_megabytes=0.001))
    with pytest.raises(TooMuchError):
        download(earth.image_server_url(ID), [1], tmp_path)


def test_a_clip_is_cut(serve: Serve, tmp_path: Path) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    box = {"xmin": 400245, "ymin": 4598835, "xmax": 400845, "ymax": 4599735, "spatialReference": {"wkid": 32631}}
    (found,) = download(url, [1], tmp_path, geometry=box)
    truth = bands_of(0)["a"][10:40, 10:30]
    with rasterio.open(found.images[0]) as source:
        mask = source.read_masks(1) == 0
        np.testing.assert_array_equal(source.read(1)[~mask], truth.data[~truth.mask])
    assert found.format == "TIFF"


def test_a_format_that_was_not_honoured_is_said(serve: Serve, tmp_path: Path) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    with pytest.warns(XeeLiteWarning, match=r"Rasters 1 came as TIFF, not as PNG: .*pass convert=True"):
        download(url, [1], tmp_path / "native", geometry=(-10, 30, 30, 60), format="PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (found,) = download(url, [1], tmp_path / "png", format="PNG", convert=True)
    assert found.format in ("PNG", "TIFF")


def test_a_polygon_goes_along(serve: Serve, tmp_path: Path) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    polygon = {"type": "Polygon", "coordinates": [[(1.801, 41.54), (1.805, 41.54), (1.803, 41.545), (1.801, 41.54)]]}
    (found,) = download(url, [2], tmp_path, geometry=polygon, geometry_type="polygon")
    with rasterio.open(found.images[0]) as source:
        assert (source.read_masks(1) == 0).any()


def test_faults_cost_time_and_no_byte(serve: Serve, tmp_path: Path) -> None:
    rates = dict.fromkeys(("truncated", "reset", "500", "short"), 0.12)
    earth = serve(assets=assets(), faults=Faults(rates=rates, calls={"ImageServer/file"}, seed=3))
    with set_options(request_deadline=60):
        for day, raster in enumerate(download(earth.image_server_url(ID), [1, 2, 3], tmp_path)):
            check(raster, day)


def test_registered_data_is_a_refusal_with_words(serve: Serve, tmp_path: Path) -> None:
    url = serve(assets=assets(), image_server=ImageServerOptions(registered_data=True)).image_server_url(ID)
    with pytest.raises(PermanentError, match="400"):
        download(url, [1], tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rasters": [99]}, "rasters=99: .* has no such raster"),
        ({"rasters": []}, "pass ids of rasters"),
        ({"rasters": ["1"]}, "pass ids of rasters"),
        ({"rasters": [1], "format": "XYZ"}, "format='XYZ' is unknown: pass one of TIFF"),
        ({"rasters": [1], "geometry_type": "circle"}, "geometry_type='circle' is unknown"),
        ({"rasters": [1], "convert": "yes"}, "convert='yes' is neither True nor False"),
    ],
)
def test_what_can_not_be_downloaded_is_refused(serve: Serve, tmp_path: Path, arguments: Any, said: str) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    with pytest.raises(InputError, match=said):
        download(url, arguments.pop("rasters"), tmp_path, **arguments)


def test_a_service_without_downloads(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(capabilities="Image,Catalog"))
    with pytest.raises(InputError, match="no capability 'Download', which downloading rasters needs"):
        download(earth.image_server_url(ID), [1], tmp_path)


def test_a_ledger_that_points_elsewhere_is_not_believed(serve: Serve, tmp_path: Path) -> None:
    url = serve(assets=assets()).image_server_url(ID)
    download(url, [1], tmp_path / "out")
    outside = tmp_path / "outside.tif"
    outside.write_bytes(b"1234")
    ledger = tmp_path / "out" / "1" / "xee_lite-download.json"
    entries = json.loads(ledger.read_text("utf-8"))
    entries["files"] = [{"name": "../../outside.tif", "size": 4}]
    ledger.write_text(json.dumps(entries), "utf-8")
    (found,) = download(url, [1], tmp_path / "out")
    check(found, 0)
    assert outside not in found.files
