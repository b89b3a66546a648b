"""exportImage: pixels against the arrays that are served."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture
from pyproj import Transformer

from tests.emulator.imageserver.imaging import (
    CRS,
    DAY,
    DEGREES,
    NORTH,
    PIXEL,
    SERIES,
    SHAPE,
    SHIFT,
    START,
    WEST,
    assets,
    lock,
    mosaic,
    opened,
    scene,
    service,
)
from xee_lite import emulator
from xee_lite.emulator.imageserver.lerc_1 import encode_lerc_1

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.emulator.imageserver.imaging import Service

WIDTH, HEIGHT = SHAPE[1] + 2 * SHIFT, SHAPE[0]


def test_a_whole_mosaic_bit_for_bit(series: Service) -> None:
    values, profile = opened(series.export((0, WIDTH), (0, HEIGHT), noData=65535))
    for band in (0, 1):
        np.testing.assert_array_equal(values[band], mosaic([0, 1, 2], band).filled(65535))
    assert profile["nodata"] == 65535
    assert profile["transform"][:6] == (PIXEL, 0, WEST, 0, -PIXEL, NORTH)
    assert profile["crs"].to_epsg() == CRS
    assert profile["dtype"] == "uint16"


@pytest.mark.parametrize("cols", [(0, 7), (13, 60), (80, 90)])
@pytest.mark.parametrize("rows", [(0, 1), (5, 33)])
def test_windows(series: Service, cols: tuple[int, int], rows: tuple[int, int]) -> None:
    values, _ = opened(series.export(cols, rows, noData=0, bandIds="1"))
    expected = mosaic([0, 1, 2], 1).filled(0)[rows[0] : rows[1], cols[0] : cols[1]]
    np.testing.assert_array_equal(values, expected[np.newaxis])


def test_without_no_data_missing_pixels_are_0_and_nothing_says_so(series: Service) -> None:
    values, profile = opened(series.export((-5, 10), (0, 10), mosaicRule=lock(1)))
    assert profile["nodata"] is None
    assert not values[:, :, :5].any()
    np.testing.assert_array_equal(values[0, :, 5:], scene(0, 0).filled(0)[:10, :10])


def test_a_service_with_no_data_says_it(serving: Callable[..., Service]) -> None:
    values, profile = opened(serving(no_data=60_001).export((-5, 10), (0, 10), mosaicRule=lock(1)))
    assert profile["nodata"] == 60_001
    assert (values[:, :, :5] == 60_001).all()


def test_outside_of_all_rasters_the_file_is_hollow(series: Service) -> None:
    reply = series.export((1000, 1200), (0, 150))
    values, _ = opened(reply)
    assert not values.any()
    assert len(reply.body) < 3000  # no tile is stored


def test_no_data_that_the_type_does_not_hold_counts_as_none(series: Service) -> None:
    values, profile = opened(series.export((-5, 10), (0, 10), noData=-9999))
    assert profile["nodata"] is None
    assert not values[:, :, :5].any()


def test_no_data_of_each_band(series: Service) -> None:
    """As a list it holds where all bands are missing, unless the request says otherwise."""
    a, b = scene(0, 0), scene(0, 1)
    both = a.mask & b.mask
    every, _ = opened(series.export((0, 50), (0, 40), noData="61000,62000", mosaicRule=lock(1)))
    np.testing.assert_array_equal(every[0], np.where(both, 61_000, a.filled(0)))
    np.testing.assert_array_equal(every[1], np.where(both, 62_000, b.filled(0)))
    any_, profile = opened(
        series.export(
            (0, 50), (0, 40), noData="61000,62000", noDataInterpretation="esriNoDataMatchAny", mosaicRule=lock(1)
        )
    )
    np.testing.assert_array_equal(any_, np.stack([a.filled(61_000), b.filled(62_000)]))
    assert profile["nodata"] is None  # one tag tells one number


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_locked_raster(series: Service, number: int) -> None:
    first = (number - 1) * SHIFT
    values, _ = opened(series.export((first, first + SHAPE[1]), (0, HEIGHT), noData=0, mosaicRule=lock(number)))
    np.testing.assert_array_equal(values[0], scene(number - 1, 0).filled(0))
    image = series.get(
        f"/{number}/image",
        bbox=f"{WEST + first * PIXEL},{NORTH - HEIGHT * PIXEL},{WEST + (first + SHAPE[1]) * PIXEL},{NORTH}",
        size=f"{SHAPE[1]},{SHAPE[0]}",
        f="image",
        format="tiff",
        interpolation="RSP_NearestNeighbor",
    )
    np.testing.assert_array_equal(opened(image)[0], values)


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ({"mosaicMethod": "esriMosaicNorthwest"}, [0, 1, 2]),
        (lock(3, 1, 2), [2, 0, 1]),
        ({"mosaicMethod": "esriMosaicAttribute", "sortField": "cloud", "ascending": False}, [2, 1, 0]),
        ({"mosaicMethod": "esriMosaicAttribute", "sortField": "cloud", "sortValue": 13}, [1, 2, 0]),
        ({"where": "cloud > 10 AND sat = 'a'"}, [2]),
        ({"mosaicMethod": "esriMosaicAttribute", "sortField": "sat", "where": "OBJECTID < 3"}, [0, 1]),
    ],
)
def test_orders_of_a_mosaic(series: Service, rule: dict[str, Any], order: list[int]) -> None:
    values, _ = opened(series.export((0, WIDTH), (0, HEIGHT), noData=0, mosaicRule=rule))
    np.testing.assert_array_equal(values[0], mosaic(order, 0).filled(0))


def test_operations_of_a_mosaic(series: Service) -> None:
    layers = np.ma.array(np.zeros((3, HEIGHT, WIDTH)), mask=True)
    for number in range(3):
        layers[number, :, number * SHIFT : number * SHIFT + SHAPE[1]] = scene(number, 0)
    truths = {
        "MT_MIN": layers.min(axis=0),
        "MT_MAX": layers.max(axis=0),
        "MT_MEAN": layers.mean(axis=0),
        "MT_SUM": layers.sum(axis=0),
        "MT_LAST": mosaic([0, 1, 2], 0, last=True),
    }
    for operation, truth in truths.items():
        values, _ = opened(
            series.export(
                (0, WIDTH), (0, HEIGHT), noData=-1, pixelType="F64", mosaicRule={"mosaicOperation": operation}
            )
        )
        np.testing.assert_allclose(values[0], truth.astype("f8").filled(-1), rtol=1e-14, err_msg=operation)


@pytest.mark.parametrize(
    ("time", "order"),
    [
        (START + DAY, [1]),
        (f"{START},{START + DAY}", [0, 1]),
        (f"null,{START}", [0]),
        (f"{START + DAY},null", [1, 2]),
    ],
)
def test_times(series: Service, time: object, order: list[int]) -> None:
    values, _ = opened(series.export((0, WIDTH), (0, HEIGHT), noData=0, time=time))
    np.testing.assert_array_equal(values[0], mosaic(order, 0).filled(0))


def test_the_extent_grows_until_pixels_are_square(series: Service) -> None:
    """A box of 1000 m by 700 m in 100 x 71 pixels is 710 m high."""
    found = series.get("/exportImage", bbox="400000,4599300,401000,4600000", size="100,71").json
    assert (found["width"], found["height"]) == (100, 71)
    assert (found["extent"]["ymin"], found["extent"]["ymax"]) == (4_599_295.0, 4_600_005.0)
    assert (found["extent"]["xmin"], found["extent"]["xmax"]) == (400_000.0, 401_000.0)
    kept = series.get(
        "/exportImage", bbox="400000,4599300,401000,4600000", size="100,71", adjustAspectRatio="false"
    ).json
    assert kept["extent"]["ymin"] == 4_599_300.0


def test_the_link_of_f_json(series: Service) -> None:
    found = series.get("/exportImage", bbox=f"{WEST},4599600,400500,{NORTH}", size="50,40", format="tiff").json
    assert found["href"].startswith(series.url.split("/rest/")[0])
    path = found["href"].removeprefix(series.url[: series.url.index("/arcgis")])
    values, profile = opened(series.send("GET", path, None))
    assert values.shape == (2, 40, 50)
    extent = found["extent"]
    assert (extent["xmin"], extent["ymax"]) == (profile["transform"].c, profile["transform"].f)
    missing = series.send("GET", f"{path[:-5]}x.tif?f=json", None)
    assert (missing.status, missing.error[0]) == (404, 404)


def test_a_box_upside_down_and_one_as_json(series: Service) -> None:
    right, _ = opened(series.export((0, 50), (0, 40)))
    flipped = series.export((0, 50), (0, 40), bbox=f"{WEST},{NORTH},{WEST + 500},{NORTH - 400}")
    box = {"xmin": WEST, "ymin": NORTH - 400, "xmax": WEST + 500, "ymax": NORTH, "spatialReference": {"wkid": CRS}}
    for reply in (flipped, series.export((0, 50), (0, 40), bbox=box)):
        np.testing.assert_array_equal(opened(reply)[0], right)


def test_names_of_parameters_in_any_case_and_by_post(series: Service) -> None:
    box = f"{WEST},{NORTH - 400},{WEST + 500},{NORTH}"
    right, _ = opened(series.export((0, 50), (0, 40)))
    given = {"BBOX": box, "Size": "50,40", "FORMAT": "tiff", "F": "image", "INTERPOLATION": "RSP_NearestNeighbor"}
    for ask in (series.get, series.post):
        reply = ask("/exportImage", **{**given, "f": "image"})
        np.testing.assert_array_equal(opened(reply)[0], right)


def test_another_crs(series: Service) -> None:
    """Each pixel is that of the raster which holds its centre."""
    to_metres = Transformer.from_crs(4326, CRS, always_xy=True)
    west, north = to_metres.transform(WEST + 20, NORTH - 30, direction="INVERSE")
    east, south = west + 0.005, north - 0.003
    reply = series.get(
        "/exportImage",
        bbox=f"{west},{south},{east},{north}",
        bboxSR=4326,
        imageSR=4326,
        size="50,30",
        f="image",
        format="tiff",
        interpolation="RSP_NearestNeighbor",
        mosaicRule=lock(1),
        noData=0,
    )
    values, profile = opened(reply)
    assert profile["crs"].to_epsg() == 4326
    lon, lat = np.meshgrid(west + (np.arange(50) + 0.5) * 1e-4, north - (np.arange(30) + 0.5) * 1e-4)
    x, y = to_metres.transform(lon, lat)
    col, row = np.floor((x - WEST) / PIXEL).astype(int), np.floor((NORTH - y) / PIXEL).astype(int)
    inside = (col >= 0) & (col < SHAPE[1]) & (row >= 0) & (row < SHAPE[0])
    truth = np.where(inside, scene(0, 0).filled(0)[row % SHAPE[0], col % SHAPE[1]], 0)
    assert inside.any()
    np.testing.assert_array_equal(values[0], truth)


def test_interpolation(images: emulator.Emulator) -> None:
    """Half a pixel off, bilinear values are means of four neighbours; on the grid itself they are the pixels."""
    asking, pixels = service(images, DEGREES), scene(7, 0, "f4")
    for shift, expected in (
        (0.0, pixels),
        (0.5, (pixels[:-1, :-1] + pixels[1:, :-1] + pixels[:-1, 1:] + pixels[1:, 1:]) / 4),
    ):
        west, north = 1.8 + 0.001 * (2 + shift), 41.6 - 0.001 * (3 + shift)
        reply = asking.get(
            "/exportImage",
            bbox=f"{west!r},{north - 0.02!r},{west + 0.03!r},{north!r}",
            size="30,20",
            f="image",
            format="tiff",
            noData=-1,
            adjustAspectRatio="false",
            interpolation="RSP_BilinearInterpolation",
        )
        values, _ = opened(reply)
        truth = expected[3:23, 2:32]
        known = ~np.ma.getmaskarray(truth) & (values[0] != -1)
        assert known.sum() > 200
        np.testing.assert_allclose(values[0][known], truth.data[known], rtol=1e-6)


@pytest.mark.parametrize(("name", "dtype"), [("U8", "uint8"), ("S16", "int16"), ("F32", "float32"), ("F64", "float64")])
def test_pixel_types(series: Service, name: str, dtype: str) -> None:
    values, profile = opened(series.export((0, 50), (0, 40), pixelType=name, mosaicRule=lock(1)))
    assert profile["dtype"] == dtype
    high = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else np.inf
    np.testing.assert_array_equal(values[0], np.minimum(scene(0, 0).filled(0), high).astype(dtype))


@pytest.mark.parametrize("compression", ["None", "LZ77"])
def test_compressions_lose_nothing(series: Service, compression: str) -> None:
    values, _ = opened(series.export((0, 50), (0, 40), compression=compression, mosaicRule=lock(2)))
    np.testing.assert_array_equal(values, opened(series.export((0, 50), (0, 40), mosaicRule=lock(2)))[0])


def test_lerc(series: Service) -> None:
    lerc = pytest.importorskip("lerc", reason="pip install pylerc")
    reply = series.export((0, 50), (0, 40), format="lerc", lercVersion=2, mosaicRule=lock(1))
    assert reply.body[:6] == b"Lerc2 "
    code, values, mask = lerc.decode(reply.body)
    assert code == 0
    for band in (0, 1):
        truth = scene(0, band)
        np.testing.assert_array_equal(mask[band], ~truth.mask)
        np.testing.assert_array_equal(values[band][mask[band]], truth.compressed())
    assert len(reply.body) < values.nbytes * 1.2
    assert series.export((0, 50), (0, 40), format="lerc").error[0] == 400


@pytest.mark.parametrize("cols", [(0, 50), (-5, 30), (-60, -10), (5, 6)])
def test_lerc_of_version_1(series: Service, cols: tuple[int, int]) -> None:
    """The default; decoded by Esri's library."""
    lerc = pytest.importorskip("lerc", reason="pip install pylerc")
    reply = series.export(cols, (0, 40), format="lerc", bandIds="1", mosaicRule=lock(1))
    assert reply.body[:10] == b"CntZImage "
    code, values, mask = lerc.decode(reply.body)
    assert code == 0
    truth = np.ma.array(np.zeros((40, cols[1] - cols[0])), mask=True)
    inside = slice(max(cols[0], 0), max(min(cols[1], 50), 0))
    truth[:, inside.start - cols[0] : inside.stop - cols[0]] = scene(0, 1)[:, inside] if cols[1] > 0 else np.ma.masked
    valid = np.ones(values.shape, bool) if mask is None else mask
    np.testing.assert_array_equal(valid, ~np.ma.getmaskarray(truth))
    np.testing.assert_array_equal(values[valid], truth.compressed())


def test_pictures(series: Service) -> None:
    reply = series.export((0, 50), (0, 40), format="png32", bandIds="0", mosaicRule=lock(1))
    assert reply.content_type == "image/png"
    picture = np.asarray(Picture.open(io.BytesIO(reply.body)))
    np.testing.assert_array_equal(picture[..., 3] == 255, ~scene(0, 0).mask)
    for name, magic in (
        ("jpg", b"\xff\xd8"),
        ("gif", b"GIF8"),
        ("bmp", b"BM"),
        ("png8", b"\x89PNG"),
        ("png24", b"\x89PNG"),
    ):
        assert series.export((0, 50), (0, 40), format=name).body.startswith(magic)


def test_limits(serving: Callable[..., Service]) -> None:
    small = serving(max_image_width=60, max_image_height=30, max_pixels=1000)
    assert len(opened(small.export((0, 50), (0, 20)))[0]) == 2
    for cols, rows in (((0, 61), (0, 10)), ((0, 10), (0, 31)), ((0, 60), (0, 17))):
        reply = small.export(cols, rows)
        assert (reply.status, reply.error) == (200, (400, "The requested image exceeds the size limit."))
        assert reply.json["error"]["extendedCode"] == -2147024809


def test_only_so_many_rasters_join(serving: Callable[..., Service]) -> None:
    values, _ = opened(serving(max_mosaic_images=2).export((0, WIDTH), (0, HEIGHT), noData=0))
    np.testing.assert_array_equal(values[0], mosaic([0, 1], 0).filled(0))


def test_tiles_only(serving: Callable[..., Service]) -> None:
    assert serving(capabilities="Image,TilesOnly,Catalog").export((0, 5), (0, 5)).error == (400, "It needs Image.")


def test_a_content_type_that_lies(serving: Callable[..., Service]) -> None:
    reply = serving(lying_content_type=True, max_pixels=10).export((0, 5), (0, 5))
    assert reply.content_type == "image/tiff"
    assert reply.body.startswith(b"{")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("renderingRule", {"rasterFunction": "Hillshade"}),
        ("interpolation", "RSP_Majority"),
        ("format", "bip"),
        ("mosaicRule", {"mosaicMethod": "esriMosaicSeamline"}),
        ("mosaicRule", {"mosaicOperation": "MT_BLEND"}),
        ("pixelType", "C64"),
    ],
)
def test_what_is_not_implemented_is_refused(series: Service, name: str, value: object) -> None:
    code, details = series.export((0, 5), (0, 5), **{name: value}).error
    assert code == 400
    assert "does not implement" in details


@pytest.mark.parametrize("rule", [{"rasterFunction": "None"}, {}])
def test_the_rule_none_changes_nothing(series: Service, rule: dict[str, str]) -> None:
    np.testing.assert_array_equal(
        opened(series.export((0, 50), (0, 40), renderingRule=rule))[0], opened(series.export((0, 50), (0, 40)))[0]
    )


def test_an_extent_that_has_to_be_valid(series: Service) -> None:
    assert series.export((-1, 5), (0, 5), validateExtent="true").error[0] == 400
    assert len(opened(series.export((0, 5), (0, 5), validateExtent="true"))[0]) == 2


def test_faults(images: emulator.Emulator, series: Service) -> None:
    images.faults.next(
        "ImageServer/exportImage", ["hollow", "wrong-shape", "wrong-type", "wrong-bands", "html", "500", "memory"]
    )
    holed, _ = opened(series.export((0, 50), (0, 40), noData=0))
    assert not holed.any()  # of its one tile
    values, _ = opened(series.export((0, 90), (0, 40)))
    assert values.shape == (2, 39, 90)
    assert opened(series.export((0, 9), (0, 4)))[1]["dtype"] == "float64"
    reversed_bands, _ = opened(series.export((0, 9), (0, 4)))
    page = series.export((0, 9), (0, 4))
    assert (page.status, page.body[:9]) == (200, b"<!DOCTYPE")
    busy = series.export((0, 9), (0, 4))
    assert (busy.status, busy.error) == (200, (500, "Unable to complete operation."))
    assert series.export((0, 9), (0, 4)).error[1] == "The requested image exceeds the size limit."
    np.testing.assert_array_equal(opened(series.export((0, 9), (0, 4)))[0], reversed_bands[::-1])


def test_every_second_tile_can_be_missing(images: emulator.Emulator) -> None:
    asking = service(images, "USGS/SRTMGL1_003")
    images.faults.next("ImageServer/exportImage", [None, "hollow"])
    box = {"bbox": "8,46,8.1,46.1", "size": "360,360", "f": "image", "format": "tiff"}
    whole, holed = (opened(asking.get("/exportImage", **box))[0][0] for _ in range(2))
    tiles = [(slice(row, row + 128), slice(col, col + 128)) for row in (0, 128, 256) for col in (0, 128, 256)]
    for number, tile in enumerate(tiles):
        np.testing.assert_array_equal(holed[tile], whole[tile] if number % 2 else 0)


def test_rates_concern_exports_by_default() -> None:
    faults = emulator.Faults(rates={"429": 1}, retry_after=3)
    with emulator.start(assets=assets(), faults=faults) as earth:
        asking = service(earth, SERIES)
        assert asking.get().json["name"] == "folder_series"
        reply = asking.export((0, 5), (0, 5))
        assert (reply.status, reply.error) == (429, (429, "Too many requests."))
        (request,) = earth.requests.of("ImageServer/exportImage")
        assert (request.fault, request.query["format"]) == ("429", "tiff")


def test_replies_can_be_kept() -> None:
    with emulator.start(assets=assets(), cache_replies=True) as earth:
        asking = service(earth, SERIES)
        first, second = (asking.export((0, 50), (0, 40), mosaicRule=lock(2)).body for _ in range(2))
        assert first == second
        assert asking.export((0, 50), (0, 40), mosaicRule=lock(1)).body != first


def test_forms_of_replies(series: Service) -> None:
    assert series.export((0, 5), (0, 5), f="kmz").error[0] == 400
    assert series.export((0, 5), (0, 5), f="html").content_type.startswith("text/html")


def test_lerc_of_version_1_without_missing_pixels() -> None:
    lerc = pytest.importorskip("lerc", reason="pip install pylerc")
    values = np.arange(12, dtype="i2").reshape(3, 4)
    code, found, _ = lerc.decode(encode_lerc_1(values, np.ones((3, 4), bool)))
    assert code == 0
    np.testing.assert_array_equal(found, values)


@given(
    left=st.integers(-20, 100),
    top=st.integers(-20, 50),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    order=st.permutations([0, 1, 2]),
    bands=st.lists(st.integers(0, 1), min_size=1, max_size=3),
)
def test_any_window_bands_and_order(
    series: Service, left: int, top: int, size: tuple[int, int], order: list[int], bands: list[int]
) -> None:
    cols, rows = (left, left + size[0]), (top, top + size[1])
    rule = lock(*(number + 1 for number in order))
    values, _ = opened(series.export(cols, rows, noData=0, mosaicRule=rule, bandIds=",".join(map(str, bands))))
    for place, band in enumerate(bands):
        whole = np.pad(mosaic(order, band).filled(0), 90)
        np.testing.assert_array_equal(values[place], whole[top + 90 : rows[1] + 90, left + 90 : cols[1] + 90])


def test_rasters_of_other_crss_and_grids() -> None:
    """Each pixel is that of the first raster which has one at its centre, in that raster's own grid."""
    corner = Transformer.from_crs(CRS, 32632, always_xy=True).transform(WEST + 200, NORTH)
    left, top = (round(value) for value in corner)
    other = emulator.memory_image(
        {"b": scene(1, 0)},
        crs="EPSG:32632",
        transform=[12, 0, left, 0, -12, top],
        properties={"system:index": "b"},
    )
    first = emulator.memory_image(
        {"b": scene(0, 0)},
        crs=f"EPSG:{CRS}",
        transform=[PIXEL, 0, WEST, 0, -PIXEL, NORTH],
        properties={"system:index": "a"},
    )
    with emulator.start(assets={SERIES: emulator.memory_collection([first, other])}) as earth:
        asking = service(earth, SERIES)
        info = asking.get("/2/info").json
        extent = asking.get().json["extent"]
        assert (info["pixelSizeX"], info["extent"]["spatialReference"]["wkid"]) == (12, 32632)
        west, south, east, north = (extent[name] for name in ("xmin", "ymin", "xmax", "ymax"))
        size = 300, 200
        reply = asking.get(
            "/exportImage",
            bbox=f"{west!r},{south!r},{east!r},{north!r}",
            size=f"{size[0]},{size[1]}",
            f="image",
            format="tiff",
            noData=0,
            adjustAspectRatio="false",
            interpolation="RSP_NearestNeighbor",
        )
        values, _ = opened(reply)
    x = west + (np.arange(size[0]) + 0.5) * (east - west) / size[0]
    y = north - (np.arange(size[1]) + 0.5) * (north - south) / size[1]
    x, y = np.meshgrid(x, y)
    truth, clear = np.zeros(x.shape, "u2"), np.ones(x.shape, bool)
    there = Transformer.from_crs(CRS, 32632, always_xy=True).transform(x, y)
    for pixels, (x0, y0, pixel), (here_x, here_y) in (
        (scene(1, 0), (left, top, 12), there),
        (scene(0, 0), (WEST, NORTH, PIXEL), (x, y)),
    ):
        across, down = (here_x - x0) / pixel, (y0 - here_y) / pixel
        col, row = np.floor(across).astype(int), np.floor(down).astype(int)
        inside = (col >= 0) & (col < SHAPE[1]) & (row >= 0) & (row < SHAPE[0])
        found = pixels.filled(0)[row % SHAPE[0], col % SHAPE[1]]
        assert inside.sum() > 1000
        truth = np.where(inside & (found > 0), found, truth)
        for position in (across, down):  # on an edge, within a millionth of a pixel, either neighbour is right
            clear &= np.abs(position - np.rint(position)) > 2e-6
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(values[0][clear], truth[clear])
