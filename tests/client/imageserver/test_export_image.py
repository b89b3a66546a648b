"""Every pixel that a service exports is the one that it stores, whatever type it has and wherever it lies."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import xarray as xr
from affine import Affine

import xee_lite
from tests.client.imageserver.services import DTYPES, SHAPE, assets, bands_of, exports, floats, hard, opened
from tests.client.scenes import ID
from xee_lite import Grid, InputError
from xee_lite.arguments import Arguments
from xee_lite.emulator import memory_image
from xee_lite.emulator.imageserver.options import ImageServerOptions
from xee_lite.opening import Opening
from xee_lite.planning.nodata import codecs_of
from xee_lite.reader import View
from xee_lite.testing.reader_suite import ReaderSuite

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve
    from xee_lite.reader import Reader, ReadRequest

TRANSPORTS = ("tiff", "lerc")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_value_of_every_type_comes_as_it_is_stored(serve: Serve, dtype: str, transport: str) -> None:
    earth = serve(assets=assets())
    scaled = opened(earth, f"{ID}_{dtype}", transport=transport)
    stored = opened(earth, f"{ID}_{dtype}", transport=transport, mask_and_scale=False)
    for name, seed in (("a", 1), ("b", 2)):
        truth = hard(dtype, seed)
        np.testing.assert_array_equal(scaled[name], floats(truth, scaled[name].dtype))
        fill = stored[name].attrs["_FillValue"]
        np.testing.assert_array_equal(stored[name], np.ma.filled(truth.astype(stored[name].dtype), fill))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_number_for_missing_pixels_is_what_the_user_says(serve: Serve, transport: str) -> None:
    truth = np.ma.filled(hard("u1", 1), 7)
    found = opened(serve(assets=assets()), f"{ID}_u1", nodata=7, mask_and_scale=False, transport=transport)
    assert found.a.dtype == np.uint8
    np.testing.assert_array_equal(found.a, truth)


def test_the_service_s_own_number_needs_no_wider_type(serve: Serve) -> None:
    options = ImageServerOptions(no_data=200)
    truth = np.ma.masked_equal(hard("u1", 1), 200)
    found = opened(serve(assets=assets(), image_server=options), f"{ID}_u1", mask_and_scale=False)
    assert (found.a.dtype, found.a.attrs["_FillValue"]) == (np.uint8, 200)
    np.testing.assert_array_equal(found.a, np.ma.filled(truth, 200))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_floats_are_nan_where_they_have_the_service_s_own_number(serve: Serve, transport: str) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(no_data=-9999))
    np.testing.assert_array_equal(opened(earth, f"{ID}_f4", transport=transport).a, floats(hard("f4", 1), "f4"))


def test_a_grid_is_cut_into_the_requests_that_the_service_allows(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_image_width=16, max_image_height=20))
    found = opened(earth, f"{ID}_u2", chunks={})
    np.testing.assert_array_equal(found.a, floats(hard("u2", 1), "f4"))
    assert exports(earth) == found.a.data.npartitions == -(-SHAPE[0] // 16) * -(-SHAPE[1] // 16)


def test_a_limit_that_the_service_does_not_tell_is_found_by_halves(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_pixels=600))
    found = opened(earth, f"{ID}_i2")
    np.testing.assert_array_equal(found.a, floats(hard("i2", 1), "f4"))
    events: list[object] = []
    stop = xee_lite.subscribe(events.append)
    try:
        np.testing.assert_array_equal(found.b, floats(hard("i2", 2), "f4"))
    finally:
        stop()
    assert not [event for event in events if isinstance(event, xee_lite.Split)], "what was too much is asked for again"


def test_parts_of_any_kind(serve: Serve) -> None:
    found = opened(serve(assets=assets()), f"{ID}_f4").a
    truth = floats(hard("f4", 1), "f4")
    np.testing.assert_array_equal(found[5:50:7, ::-3], truth[5:50:7, ::-3])
    rows, columns = xr.DataArray([3, 56, 3], dims="p"), xr.DataArray([82, 0, 1], dims="p")
    np.testing.assert_array_equal(found.isel(y=rows, x=columns), truth[[3, 56, 3], [82, 0, 1]])


def test_a_grid_that_reaches_beyond_the_service_is_missing_there(serve: Serve) -> None:
    earth = serve(assets=assets())
    transform = Affine(30, 0, 399945 - 2 * 30, 0, -30, 4600035 + 3 * 30)
    grid = Grid("EPSG:32631", transform, (SHAPE[0] + 7, SHAPE[1] + 5))
    found = opened(earth, f"{ID}_u1", grid=grid)
    truth = np.pad(floats(hard("u1", 1), "f4"), ((3, 4), (2, 3)), constant_values=np.nan)
    np.testing.assert_array_equal(found.a, truth)


def test_rows_from_south_to_north_and_columns_from_east(serve: Serve) -> None:
    transform = (-30.0, 0, 399945.0 + 30 * SHAPE[1], 0, 30.0, 4600035.0 - 30 * SHAPE[0])
    found = opened(serve(assets=assets()), f"{ID}_u1", crs="EPSG:32631", transform=transform, shape=SHAPE)
    np.testing.assert_array_equal(found.a, floats(hard("u1", 1), "f4")[::-1, ::-1])


def test_pixels_that_are_not_square_stay_where_they_are(serve: Serve) -> None:
    truth = hard("u2", 4, (30, 11))
    wide = memory_image({"a": truth}, crs="EPSG:4326", transform=(1 / 3, 0, 10, 0, -1 / 7, 50), properties={})
    found = opened(serve(assets={"projects/test-project/assets/wide": wide}), "projects/test-project/assets/wide")
    np.testing.assert_array_equal(found.a, floats(truth, "f4"))


def test_another_crs_is_what_the_same_image_gives_on_earth_engine(serve: Serve) -> None:
    earth = serve(assets=assets())
    options: dict[str, Any] = {"crs": "EPSG:4326", "scale": 40}
    theirs = xr.open_dataset(f"{ID}_u2", engine="xee_lite", **options)
    ours = opened(earth, f"{ID}_u2", **options)
    np.testing.assert_array_equal(ours.a, theirs.a)
    np.testing.assert_array_equal(ours.x, theirs.x)


def test_opening_asks_for_the_root_alone(serve: Serve) -> None:
    earth = serve(assets=assets())
    opened(earth, f"{ID}_u1")
    assert [request.kind for request in earth.requests] == ["ImageServer"]


def test_bands_are_one_dimension_where_they_are_asked_for_so(serve: Serve) -> None:
    earth = serve(assets=assets())
    found = opened(earth, f"{ID}_u1", band_dim="band", bands=["b", "a"])
    assert dict(found.sizes) == {"band": 2, "y": SHAPE[0], "x": SHAPE[1]}
    earth.requests.clear()
    np.testing.assert_array_equal(found.band_data, np.stack([floats(hard("u1", seed), "f4") for seed in (2, 1)]))
    assert exports(earth) == 1


FAULTS = (
    "wrong-shape",
    "wrong-type",
    "short",
    "truncated",
    "reset",
    "wrong-magic",
    "hollow",
    "500",
    "503",
    "429",
    "html",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_cost_time_and_no_pixel(serve: Serve, fault: str) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(max_image_width=30, max_image_height=30))
    earth.faults.next("ImageServer/exportImage", [fault] * 3)
    with xee_lite.set_options(request_deadline=60):
        found = opened(earth, f"{ID}_u1", chunks={}).compute()
    np.testing.assert_array_equal(found.a, floats(hard("u1", 1), "f4"))
    assert sum(request.fault == fault for request in earth.requests) == 3


def test_an_error_under_the_type_of_an_image_is_an_error(serve: Serve) -> None:
    options = ImageServerOptions(lying_content_type=True, max_pixels=100)
    found = opened(serve(assets=assets(), image_server=options), f"{ID}_u1")
    np.testing.assert_array_equal(found.a[:20, :20], floats(hard("u1", 1), "f4")[:20, :20])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"resampling": "median"}, "resampling='median' is not what an image service does"),
        ({"transport": "jpg"}, "transport='jpg' is unknown: pass one of 'tiff', 'lerc', 'download'"),
        ({"rasters": "all"}, "rasters='all' names no rasters"),
        ({"rasters": [1.5]}, "names no rasters"),
        ({"rasters": []}, "names no rasters"),
        ({"rasters": "catalog"}, "has no capability 'Catalog'"),
        ({"bands": "z"}, "bands='z' is not a band"),
    ],
)
def test_what_can_not_be_read_is_refused_in_a_sentence(serve: Serve, options: dict[str, Any], said: str) -> None:
    earth = serve(assets=assets())
    with pytest.raises(InputError, match=said):
        opened(earth, f"{ID}_u1", **options)


@pytest.mark.parametrize("name", ["rasters", "transport"])
def test_other_sources_have_no_choice_of_rasters(serve: Serve, name: str) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=f"{name}= is for the services of an ArcGIS Image Server"):
        xr.open_dataset(ID, engine="xee_lite", **cast("Any", {name: "catalog"}))


def test_tiles_only_is_said(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(capabilities="TilesOnly,Metadata"))
    with pytest.raises(InputError, match=r"no capability 'Image'.*ready-made tiles"):
        opened(earth, f"{ID}_u1")


@pytest.mark.parametrize("kind", ["MapServer", "FeatureServer"])
def test_other_services_are_said_to_be_what_they_are(serve: Serve, kind: str) -> None:
    url = serve(assets=assets()).image_server_url(f"{ID}_u1").replace("ImageServer", kind)
    with pytest.raises(InputError, match=f"is a {kind}, which has no rasters"):
        xr.open_dataset(url, engine="xee_lite")


@pytest.mark.parametrize("west", [170.0, 190.0])
def test_a_service_by_longitudes_beyond_180_is_read_where_it_lies(serve: Serve, west: float) -> None:
    name, truth = "projects/test-project/assets/pacific", hard("u1", 3, (8, 40))
    asset = memory_image({"a": truth}, crs="EPSG:4326", transform=(0.5, 0, west, 0, -0.5, 4), properties={})
    earth = serve(assets={name: asset})
    found = opened(earth, name)
    np.testing.assert_array_equal(found.a, floats(truth, "f4"))
    assert float(found.x[0]) == west + 0.25


def test_properties_are_those_of_rasters(serve: Serve) -> None:
    with pytest.raises(InputError, match="rasters='catalog' opens one by one"):
        opened(serve(assets=assets()), properties=["Name"])


def test_explain_plans_what_is_asked_for(serve: Serve) -> None:
    earth = serve(assets=assets())
    plan = xee_lite.explain(opened(earth, f"{ID}_u2"))
    assert plan.bytes == 2 * SHAPE[0] * SHAPE[1] * 4, "two bands of a wider type, and no mask"
    assert plan.requests[0].limits.concurrent_requests == 4


def test_a_dataset_pickles_and_is_read_elsewhere(serve: Serve) -> None:
    earth = serve(assets=assets())
    found = pickle.loads(pickle.dumps(opened(earth, f"{ID}_u2", chunks={})))
    np.testing.assert_array_equal(found.a, floats(hard("u2", 1), "f4"))


class ExportSuite(ReaderSuite):
    """Two bands of three rasters, over HTTP."""

    transport = "tiff"

    @pytest.fixture(autouse=True)
    def _earth(self, serve: Serve) -> None:
        url = serve(assets=assets()).image_server_url(ID)
        self.truth = np.stack([[floats(bands_of(day)[name], "f4") for name in "ab"] for day in range(3)])
        self.source = Opening.of(url, Arguments(rasters="catalog", transport=self.transport)).source

    def view(self) -> View:
        stack = self.source.stack
        native = stack.finest_grid
        assert native is not None
        return View(stack, native, codecs_of(stack.bands, "exact", mask_and_scale=True))

    def reader(self) -> Reader:
        return self.source.reader(self.view())

    def expected(self, request: ReadRequest) -> npt.NDArray[np.generic]:
        window = request.window
        bands = ["ab".index(name) for name in request.bands]
        rows, columns = slice(window.row, window.row + window.height), slice(window.col, window.col + window.width)
        return self.truth[list(request.items)][:, bands, rows, columns]


class TestTiff(ExportSuite):
    """As TIFF."""


class TestLerc(ExportSuite):
    """As LERC."""

    transport = "lerc"


class TestDownload(ExportSuite):
    """From original files."""

    transport = "download"

    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


del ExportSuite
