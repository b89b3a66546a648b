from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tests.examples import examples
from xee_lite.emulator.catalogue.assets import Folder
from xee_lite.emulator.catalogue.standin import StandIns, scene
from xee_lite.emulator.catalogue.standin.mgrs import parse_tile, tiles
from xee_lite.emulator.catalogue.standin.schema import dataset, dataset_ids
from xee_lite.emulator.catalogue.standin.wrs import path_row, path_rows
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.geometry.raster_footprint import raster_footprint
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid, Projection
from xee_lite.emulator.values.stored import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

S2 = "COPERNICUS/S2_SR_HARMONIZED"
L8 = "LANDSAT/LC08/C02/T1_L2"
ERA5 = "ECMWF/ERA5/MONTHLY"
CHIRPS = "UCSB-CHG/CHIRPS/DAILY"
SRTM = "USGS/SRTMGL1_003"
COLLECTIONS = [name for name in dataset_ids() if dataset(name).tiling not in ("image", "table")]
USA = (-121.05, 38.0, -121.0, 38.05)


def ms(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


def images(
    name: str, start: str = "", end: str = "", box: tuple[float, float, float, float] | None = None
) -> Iterator[Image]:
    collection: Any = StandIns().find(name)
    bounds = None if box is None else Geometry(shapely.box(*box))
    yield from collection.images(Query(ms(start) if start else None, ms(end) if end else None, bounds))


def spring(name: str) -> tuple[str, str]:
    """A season in which the dataset has images; years of those with few."""
    found = dataset(name)
    if found.cadence[1] == "year" or found.tiling in ("degrees", "utm"):
        return "2002-01-01", "2023-01-01"
    years = [year for year in (2019, 2022, 2005, 1989) if found.start < ms(f"{year}-01-01") < found.end]
    return f"{years[0]}-03-01", f"{years[0]}-06-01"


def place_of(name: str) -> tuple[float, float, float, float]:
    """A box where the dataset has images."""
    return USA if name == "USDA/NAIP/DOQQ" else (5, 44, 6, 45)


def footprint(image: Image) -> shapely.Geometry:
    geometry: Geometry = image.properties["system:footprint"]
    return geometry.shape


def on(image: Image, band: str, width: int, height: int) -> Any:
    """A band on a coarse grid that covers its whole frame."""
    found = next(one for one in image.bands if one.name == band)
    assert found.dimensions is not None
    a, _, c, _, e, f = found.projection.transform
    transform = (a * found.dimensions[0] / width, 0.0, c, 0.0, e * found.dimensions[1] / height, f)
    return Sampler(PixelGrid(found.projection.crs, transform, width, height))(found)


@pytest.mark.parametrize(
    ("name", "crs", "corner"),
    [
        # Corners of real products.
        ("35RNK", "EPSG:32635", (499980, 3000000)),
        ("31TDF", "EPSG:32631", (399960, 4600020)),
        ("31TFJ", "EPSG:32631", (600000, 4900020)),
        ("10SEG", "EPSG:32610", (499980, 4200000)),
        ("35HKC", "EPSG:32735", (199980, 6300040)),
        ("33UVR", "EPSG:32633", (399960, 5600040)),
    ],
)
def test_tiles_lie_where_the_real_ones_do(name: str, crs: str, corner: tuple[int, int]) -> None:
    tile = parse_tile(name)
    assert tile is not None
    assert (tile.name, tile.crs, tile.corner) == (name, crs, corner)


def test_tiles_have_names_of_their_own() -> None:
    names = [tile.name for tile in tiles()]
    assert len(set(names)) == len(names)
    assert all(len(name) == 5 for name in names)


@given(longitude=st.floats(-180, 180), latitude=st.floats(-55.5, 82.5))
@examples(60)
def test_every_place_has_a_tile(longitude: float, latitude: float) -> None:
    around = list(tiles((longitude - 0.01, latitude - 0.01, longitude + 0.01, latitude + 0.01)))
    inside = []
    for tile in around:
        x, y = Transformer.from_crs("EPSG:4326", tile.crs, always_xy=True).transform(longitude, latitude)
        left, top = tile.corner
        inside.append(left <= x <= left + 109800 and top - 109800 <= y <= top)
    assert any(inside)


@pytest.mark.parametrize("name", ["", "35RN", "35RNKK", "00RNK", "61RNK", "35INK", "35RNW", "35CNK", "xxRNK"])
def test_what_is_no_tile(name: str) -> None:
    assert parse_tile(name) is None


def test_a_scene_lies_where_the_real_one_does() -> None:
    """The frame of LC08_044034_20140318, as the service tells it, has its centre within 2 km of ours."""
    found = path_row(44, 34)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32610", always_xy=True).transform(found.longitude, found.latitude)
    assert abs(x - (460785 + 15 * 7661)) < 2000
    assert abs(y - (4264215 - 15 * 7801)) < 2000


def test_landsat_flies_the_real_days() -> None:
    days = {"20210508": "2021128", "20200606": "2020158", "20140318": "2014077"}
    for day, of_year in days.items():
        index = f"LC08_044034_{day}"
        image = StandIns().find(f"{L8}/{index}")
        assert isinstance(image, Image)
        # 18:45 UTC is when path 44, row 34 is seen.
        assert image.properties["SCENE_CENTER_TIME"].startswith("18:4")
        assert image.properties["LANDSAT_SCENE_ID"].startswith(f"LC8044034{of_year}LGN")
    assert StandIns().find(f"{L8}/LC08_044034_20210509") is None


@pytest.mark.parametrize("name", [S2, L8, ERA5])
def test_images_are_found_by_their_indices(name: str) -> None:
    """As pairs of collections are linked; nothing else is made, though nobody said where or when."""
    some = [
        image.properties["system:index"] for image in itertools.islice(images(name, *spring(name), place_of(name)), 3)
    ]
    collection: Any = StandIns().find(name)
    found = collection.images(Query(indices=(*sorted(some), "none")))
    assert [image.properties["system:index"] for image in found] == some


@pytest.mark.parametrize("name", COLLECTIONS)
def test_images_come_in_the_order_of_their_index(name: str) -> None:
    start, end = spring(name)
    found = list(itertools.islice(images(name, start, end, place_of(name)), 60))
    indices = [image.properties["system:index"] for image in found]
    assert len(found) > (0 if name == "ESA/WorldCover/v200" else 1)
    assert indices == sorted(set(indices))
    for image in found:
        assert image.id == f"{name}/{image.properties['system:index']}"
        assert ms(start) <= image.properties["system:time_start"] < ms(end)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_an_image_is_found_by_its_id(name: str) -> None:
    for image in itertools.islice(images(name, *spring(name), place_of(name)), 3):
        assert image.id is not None
        again = StandIns().find(image.id)
        assert isinstance(again, Image)
        assert dict(again.properties) == dict(image.properties)
        assert StandIns().find(image.id) is not None
    for wrong in ("", "x", "20190230", "201913", "20190301T000000_20190301T000000_T31TFJ", "LC08_999034_20210508"):
        assert StandIns().find(f"{name}/{wrong}") is None


DATE_LINE = [(179.2, -17.5, 180.0, -16.0), (-180.0, 60.0, -179.5, 61.0), (5.9, 44.0, 6.1, 44.1)]


@pytest.mark.parametrize("box", DATE_LINE)
def test_a_query_of_tiles_leaves_out_none_that_matches(box: tuple[float, float, float, float]) -> None:
    near = set()
    for tile in tiles():
        if tile.zone in (1, 2, 31, 32, 59, 60):
            x, y = tile.corner
            shape = raster_footprint(Projection(tile.crs, (60.0, 0.0, x, 0.0, -60.0, y)), (1830, 1830)).shape
            if shapely.intersects(shape, shapely.box(*box)):
                near.add(tile.name)
    assert near <= {tile.name for tile in tiles(box)}
    assert near


@pytest.mark.parametrize("box", DATE_LINE)
def test_a_query_of_scenes_leaves_out_none_that_matches(box: tuple[float, float, float, float]) -> None:
    span = ("2020-01-01", "2020-01-17")
    wide = (-180, box[1] - 8, 180, box[3] + 8)
    near = {image.id for image in images(L8, *span, wide) if shapely.intersects(footprint(image), shapely.box(*box))}
    assert near <= {image.id for image in images(L8, *span, box)}
    assert near


def test_sentinel_2_passes_every_five_days() -> None:
    days = [
        image.properties["system:time_start"] / 86400000
        for image in images(S2, "2021-01-01", "2021-03-01", (4.9, 43.9, 4.95, 43.95))
        if image.properties["MGRS_TILE"] == "31TFJ"
    ]
    assert len(days) in (11, 12)
    assert set(np.diff(days).round(6)) == {5.0}


def test_sentinel_2_has_images_by_the_names_of_real_scenes() -> None:
    name = "20210109T185751_20210109T185931_T10SEG"
    image: Any = StandIns().find(f"{S2}/{name}")
    assert image.id == f"{S2}/{name}"
    assert image.properties["system:index"] == name
    assert ms("2021-01-09") <= image.properties["system:time_start"] < ms("2021-01-10")
    assert image.bands[1].projection.crs == "EPSG:32610"
    listed = [
        one.properties["system:index"] for one in images(S2, "2021-01-09", "2021-01-10", (-122.1, 37, -122, 37.1))
    ]
    assert name not in listed
    for wrong in (name.replace("T10SEG", "T61SEG"), name.replace("T1857", "T2957"), name.replace("2021", "1921")):
        assert StandIns().find(f"{S2}/{wrong}") is None


def test_sentinel_2_has_the_real_bands_and_properties() -> None:
    image = next(images(S2, "2020-04-06", "2020-04-16", (4.9, 43.9, 4.95, 43.95)))
    assert image.names[:12] == ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12"]
    assert len(image.bands) == 26
    by_name = {band.name: band for band in image.bands}
    assert by_name["B2"].dimensions == (10980, 10980)
    assert by_name["B5"].dimensions == (5490, 5490)
    assert by_name["B1"].dimensions == (1830, 1830)
    assert list(by_name["B2"].projection.transform) == [10, 0, 600000, 0, -10, 4900020]
    assert by_name["QA20"].type.dtype.str == "<u4"
    assert by_name["SCL"].pyramiding == "MODE"
    # As in the real dataset, these have no grid before 2024-02-28.
    assert by_name["MSK_CLASSI_OPAQUE"].dimensions is None
    index = image.properties["system:index"]
    assert image.properties["PRODUCT_ID"].startswith("S2")
    assert index.endswith(f"_T{image.properties['MGRS_TILE']}")
    started, seen, _ = index.split("_")
    assert (
        datetime.strptime(seen, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp() * 1000
        == (image.properties["system:time_start"])
    )
    assert started < seen


@pytest.mark.parametrize(
    ("day", "qa60", "classification"),
    [
        ("2022-01-20", True, False),
        ("2022-02-10", False, False),
        ("2024-02-15", False, False),
        ("2024-03-10", True, True),
    ],
)
def test_quality_bands_are_withheld_when_the_real_ones_are(day: str, qa60: bool, classification: bool) -> None:
    later = np.datetime64(day) + np.timedelta64(5, "D")
    image = next(images(S2, day, str(later), (4.9, 43.9, 4.95, 43.95)))
    assert bool(on(image, "QA60", 8, 8).mask.any()) is qa60
    band = next(band for band in image.bands if band.name == "MSK_CLASSI_CIRRUS")
    assert (band.dimensions is not None) is classification


def test_cloud_percentage_agrees_with_the_pixels() -> None:
    told, counted = [], []
    for image in images(S2, "2020-01-01", "2020-06-01", (4.9, 43.9, 4.95, 43.95)):
        classes = on(image, "SCL", 90, 90)
        cloudy = np.isin(classes.values, (8, 9, 10))[classes.mask > 0].mean()
        told.append(image.properties["CLOUDY_PIXEL_PERCENTAGE"])
        counted.append(100 * cloudy)
    np.testing.assert_allclose(told, counted, atol=6)
    assert min(told) < 10
    assert max(told) > 70


def test_every_fourth_pass_sees_a_part_of_the_tile() -> None:
    shares = []
    for image in images(S2, "2020-01-01", "2020-03-01", (4.9, 43.9, 4.95, 43.95)):
        band = on(image, "B2", 60, 60)
        assert 100 * (band.mask == 0).mean() == pytest.approx(image.properties["NODATA_PIXEL_PERCENTAGE"], abs=3)
        share = band.mask.mean()
        whole = shapely.area(footprint(image))
        assert whole == pytest.approx(1.26 * share, rel=0.15)
        shares.append(float(share))
    assert sum(share == 1 for share in shares) >= 2 * sum(share < 1 for share in shares) > 0


def test_landsat_pixels_lie_in_the_footprint() -> None:
    image = StandIns().find(f"{L8}/LC08_044034_20210508")
    assert isinstance(image, Image)
    band = on(image, "SR_B4", 70, 70)
    frame = next(one for one in image.bands if one.name == "SR_B4")
    assert frame.dimensions == (7661, 7801)
    a, _, c, _, e, f = frame.projection.transform
    assert c % 30 == f % 30 == 15
    col, row = np.meshgrid((np.arange(70) + 0.5) * 7661 / 70, (np.arange(70) + 0.5) * 7801 / 70)
    to_degrees = Transformer.from_crs(frame.projection.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(c + a * col, f + e * row)
    inside = shapely.contains_xy(footprint(image), longitude, latitude)
    assert 0.5 < inside.mean() < 0.75
    assert (inside != (band.mask > 0)).mean() < 0.03


def test_neighbouring_landsat_scenes_leave_no_gap() -> None:
    scenes = images(L8, "2020-05-01", "2020-05-17", (-2, 40, 8, 48))
    covered = shapely.union_all([footprint(scene) for scene in scenes])
    assert covered.contains(shapely.box(-2, 40, 8, 48))


def test_periods() -> None:
    assert len(list(images(ERA5))) == 12 * 41 + 6  # 1979-01 to 2020-06
    january = next(images(ERA5, "2020-01-01"))
    assert january.properties["system:time_end"] == ms("2020-02-01")
    assert (january.properties["year"], january.properties["month"]) == (2020, 1)
    assert len(list(images(CHIRPS, "2020-02-27", "2020-03-02"))) == 4  # a leap year
    assert list(images(CHIRPS, "2020-03-02", "2020-02-27")) == []
    first = next(images(CHIRPS))
    assert first.properties["system:index"] == "19810101"


def test_a_single_image() -> None:
    image = StandIns().find(SRTM)
    assert isinstance(image, Image)
    (band,) = image.bands
    assert band.dimensions == (1296001, 417601)
    assert band.type.dtype.str == "<i2"
    assert StandIns().find(f"{SRTM}/x") is None


def test_stand_ins_lie_in_the_folders_of_their_ids() -> None:
    """Every one is found by walking down from the root, and in one folder only."""
    found, folders = list[str](), ["projects/earthengine-public/assets"]
    while folders:
        folder = StandIns().find(folders.pop())
        assert isinstance(folder, Folder)
        for child in folder.children:
            (folders if isinstance(StandIns().find(child), Folder) else found).append(child)
    assert sorted(found) == sorted(dataset_ids())
    assert StandIns().find("USG") is None
    assert StandIns().find("") is None


def test_an_unbounded_query_starts_at_once() -> None:
    """The first of some twenty million images, without making the others."""
    first = list(itertools.islice(images(S2), 3))
    assert [image.properties["system:index"][:8] for image in first] == ["20170328"] * 3


def test_seasons_are_opposite_on_the_hemispheres() -> None:
    def greenness(start: str, end: str, box: tuple[float, float, float, float]) -> float:
        total = []
        for image in images(S2, start, end, box):
            red, infrared = (on(image, name, 40, 40).values.astype(float) for name in ("B4", "B8"))
            clear = np.isin(on(image, "SCL", 40, 40).values, (4, 5))
            total.append(((infrared - red) / np.maximum(infrared + red, 1))[clear])
        return float(np.concatenate(total).mean())

    north, south = (5.0, 44.0, 5.1, 44.1), (20.0, -33.0, 20.1, -32.9)
    assert greenness("2020-07-01", "2020-08-01", north) > greenness("2020-01-01", "2020-02-01", north) + 0.1
    assert greenness("2020-01-01", "2020-02-01", south) > greenness("2020-07-01", "2020-08-01", south) + 0.1


@pytest.mark.parametrize("name", [name for name in dataset_ids() if dataset(name).tiling != "table"])
def test_every_band_computes(name: str) -> None:
    found = StandIns().find(name)
    image = found if isinstance(found, Image) else next(images(name, *spring(name)))
    assert len(image.bands) == len(set(image.names))
    for band in image.bands:
        if band.dimensions is None:
            continue
        pixels = on(image, band.name, 9, 9)
        assert pixels.values.dtype == band.type.dtype
        assert np.isfinite(pixels.values).all()
        assert pixels.values.shape == pixels.mask.shape == (9, 9)


def test_scenes_stay_on_the_map() -> None:
    assert all(-180 <= one.longitude <= 180 and -60 <= one.latitude <= 82 for one in path_rows())


@pytest.mark.parametrize(
    ("asset", "band"), [(f"{L8}/LC08_044034_20210508", "QA_PIXEL"), (f"{CHIRPS}/20200101", "precipitation")]
)
def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch, asset: str, band: str) -> None:
    image = StandIns().find(asset)
    assert isinstance(image, Image)
    whole = on(image, band, 32, 25)
    for name, size in (("BLOCK", 300), ("BLOCK", 1), ("KEPT_PIXELS", 1)):
        monkeypatch.setattr(scene, name, size)
        np.testing.assert_array_equal(on(image, band, 32, 25).values, whole.values)
