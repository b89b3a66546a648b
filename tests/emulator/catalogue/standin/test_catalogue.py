"""What the stand-ins' metadata say: counts, periods, ids, properties, class tables, tables."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import shapely

from ci import stand_ins_table
from ci.tables import updated
from xee_lite.emulator.catalogue.assets import Table
from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.bands import BAND_FIELDS, MASKS
from xee_lite.emulator.catalogue.standin.schema import dataset, dataset_ids
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.values.stored import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xee_lite import emulator

IMAGERY = [name for name in dataset_ids() if dataset(name).tiling != "table"]
OWN = {"incidence", "counts", "sun_zenith", "sun_azimuth", "view_azimuth"}
"""Fields that only an image knows."""


@pytest.fixture
def client(earth: emulator.Emulator) -> Iterator[None]:
    """The official client, pointed at the emulator."""
    earth.initialize()
    yield
    ee.Reset()


ROOT = Path(__file__).parents[4]


def ms(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


def images(name: str, start: str, end: str) -> list[Image]:
    collection: Any = StandIns().find(name)
    return list(collection.images(Query(ms(start), ms(end))))


def test_there_are_45_datasets() -> None:
    kinds = [dataset(name).tiling for name in dataset_ids()]
    assert (len(kinds), kinds.count("image"), kinds.count("table")) == (45, 5, 3)


@pytest.mark.parametrize("name", IMAGERY)
def test_a_dataset_is_complete(name: str) -> None:
    found = dataset(name)
    assert found.bands
    assert found.start < found.end
    assert len({band.name for band in found.bands}) == len(found.bands)
    for band in found.bands:
        assert band.grid in found.grids
        assert band.field in BAND_FIELDS or band.field in OWN
        assert band.mask in ("", *MASKS)
        assert band.pyramiding in ("MEAN", "MODE", "SAMPLE")
        whole = band.type.precision == "int"
        assert whole == (band.type.min is not None)
    names = {band.name for band in found.bands}
    tables = [key for key in found.properties if key.endswith("_class_values")]
    for key in tables:
        band_name = key.removesuffix("_class_values")
        assert band_name in names
        assert len(found.properties[key]) == len(found.properties[f"{band_name}_class_names"])


def test_composites_begin_anew_in_january() -> None:
    starts = [image.properties["system:index"] for image in images("MODIS/061/MOD13Q1", "2018-12-01", "2021-02-01")]
    assert starts[:4] == ["2018_12_03", "2018_12_19", "2019_01_01", "2019_01_17"]
    days = [datetime.strptime(text, "%Y_%m_%d").replace(tzinfo=UTC) for text in starts]
    steps = {(later - earlier).days for earlier, later in pairwise(days)}
    assert steps == {16, 13, 14}  # to the next January, of a year of 365 and of 366 days
    assert "2020_12_18" in starts


def test_the_real_indices_are_there() -> None:
    for asset in (
        "MODIS/061/MOD13Q1/2000_02_18",
        "MODIS/061/MOD13A1/2014_05_09",
        "MODIS/061/MOD11A1/2020_01_01",
        "MODIS/061/MCD43A4/2022_01_01",
        "ECMWF/ERA5/MONTHLY/202001",
        "ECMWF/ERA5/DAILY/19790102",
        "ECMWF/ERA5_LAND/HOURLY/19500101T01",
        "ECMWF/ERA5_LAND/DAILY_AGGR/19500102",
        "ECMWF/ERA5_LAND/MONTHLY_AGGR/202501",
        "UCSB-CHG/CHIRPS/DAILY/20230101",
        "IDAHO_EPSCOR/GRIDMET/20170716",
        "GRIDMET/DROUGHT/20200330",
        "NASA/GPM_L3/IMERG_V07/19980101000000",
        "ESA/WorldCover/v200/2021",
        "NOAA/DMSP-OLS/NIGHTTIME_LIGHTS/F182013",
        "NOAA/VIIRS/DNB/MONTHLY_V1/VCMSLCFG/20171001",
        "LANDSAT/LC08/C02/T1/LC08_044034_20140318",
        "LANDSAT/LC08/C02/T1_L2/LC08_044034_20200606",
        "LANDSAT/LE07/C02/T1_L2/LE07_044034_19990707",
        "LANDSAT/LT05/C02/T1_L2/LT05_044034_20080214",
        "LANDSAT/LT05/C02/T1_TOA/LT05_031034_20110619",
    ):
        image = StandIns().find(asset)
        assert isinstance(image, Image), asset
        assert image.properties["system:index"] == asset.rpartition("/")[2]


@pytest.mark.parametrize(
    ("asset", "start", "end"),
    [
        ("MODIS/061/MOD13Q1/2000_02_18", 950832000000, 952214400000),
        ("ECMWF/ERA5_LAND/HOURLY/19500101T01", -631148400000, -631144800000),
        ("NASA/GPM_L3/IMERG_V07/19980101000000", 883612800000, 883614600000),
        ("CGIAR/SRTM90_V4", 950227200000, 951177600000),
        ("IDAHO_EPSCOR/GRIDMET/20170716", ms("2017-07-16T06:00:00"), ms("2017-07-17T06:00:00")),
    ],
)
def test_times(asset: str, start: float, end: float) -> None:
    image = StandIns().find(asset)
    assert isinstance(image, Image)
    assert (image.properties["system:time_start"], image.properties["system:time_end"]) == (start, end)


@pytest.mark.parametrize(
    "asset", ["ECMWF/ERA5_LAND/HOURLY", "MODIS/061/MOD13A1", "NASA/GDDP-CMIP6", "NOAA/DMSP-OLS/NIGHTTIME_LIGHTS"]
)
def test_a_count_counts_the_images(asset: str) -> None:
    collection: Any = StandIns().find(asset)
    for start, end in (("2011-12-30T00:30", "2012-01-03"), ("1990-01-01", "1990-01-01"), ("1949-01-01", "1950-01-03")):
        query = Query(ms(start), ms(end))
        assert collection.count(query) == len(list(collection.images(query)))


@pytest.mark.usefixtures("client")
def test_forty_years_of_hours_cost_nothing() -> None:
    """Were the images made, each of these would take seconds; ``size`` is also counted another way."""
    hours = ee.ImageCollection("ECMWF/ERA5_LAND/HOURLY").filterDate("1980-01-01", "2020-01-01")
    began = time.process_time()
    assert hours.size().getInfo() == (datetime(2020, 1, 1, tzinfo=UTC) - datetime(1980, 1, 1, tzinfo=UTC)).days * 24
    assert hours.first().get("system:index").getInfo() == "19800101T00"
    assert [one["id"][-11:] for one in hours.limit(2).getInfo()["features"]] == ["19800101T00", "19800101T01"]
    page = ee.data.listAssets({"parent": "projects/earthengine-public/assets/ECMWF/ERA5_LAND/HOURLY", "pageSize": 2})
    assert [asset["id"][-11:] for asset in page["assets"]] == ["19500101T01", "19500101T02"]
    assert time.process_time() - began < 1.5
    some = hours.filterDate("1999-12-31", "2000-01-02")
    assert some.aggregate_max("system:time_start").getInfo() == ms("2000-01-01T23:00")
    assert some.filter(ee.Filter.calendarRange(6, 6, "hour")).size().getInfo() == 2


def test_bands_wait_until_somebody_looks() -> None:
    collection: Any = StandIns().find("ECMWF/ERA5_LAND/DAILY_AGGR")
    image = next(collection.images(Query()))
    assert callable(image._bands)
    assert len(image.bands) == 150
    assert image.bands is image.bands


def test_class_tables_are_properties() -> None:
    image = StandIns().find("ESA/WorldCover/v200/2021")
    assert isinstance(image, Image)
    assert image.properties["Map_class_values"] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100]
    assert image.properties["Map_class_names"][7] == "Permanent water bodies"
    assert image.properties["Map_class_palette"][0] == "006400"
    collection: Any = StandIns().find("COPERNICUS/DEM/GLO30")
    heights = next(collection.images(Query()))
    assert "EDM_class_names" in heights.properties
    assert "EDM_class_palette" not in heights.properties


def test_radar_polarisations_differ_from_image_to_image() -> None:
    collection: Any = StandIns().find("COPERNICUS/S1_GRD")
    day = list(collection.images(Query(ms("2020-06-01"), ms("2020-06-03"), Geometry(shapely.box(0, 60, 60, 75)))))
    kinds = {tuple(image.names) for image in day}
    assert kinds == {("HH", "HV", "angle"), ("VV", "VH", "angle"), ("VV", "angle")}
    for image in day[::5]:
        about = image.properties
        assert [*about["transmitterReceiverPolarisation"], "angle"] == image.names
        assert about["system:index"].startswith(f"S1{about['platform_number']}_IW_GRDH_1S")
        assert about["orbitProperties_pass"] in ("ASCENDING", "DESCENDING")
        assert StandIns().find(image.id) is not None
    passes = {image.properties["orbitProperties_pass"] for image in day}
    assert passes == {"ASCENDING", "DESCENDING"}


@pytest.mark.parametrize("name", ["COPERNICUS/S1_GRD", "USDA/NAIP/DOQQ", "COPERNICUS/DEM/GLO30"])
def test_a_query_by_place_leaves_out_none_that_matches(name: str) -> None:
    collection: Any = StandIns().find(name)
    box = shapely.box(-121.06, 37.99, -120.98, 38.07)
    span = (ms("2010-01-01"), ms("2012-12-31")) if name != "COPERNICUS/S1_GRD" else (ms("2020-06-01"), ms("2020-06-04"))
    near = Geometry(shapely.box(-125, 35, -117, 41)) if name != "USDA/NAIP/DOQQ" else Geometry(box.buffer(0.3))
    found = {image.id for image in collection.images(Query(*span, Geometry(box)))}
    wanted = {
        image.id
        for image in collection.images(Query(*span, near))
        if shapely.intersects(image.properties["system:footprint"].shape, box)
    }
    assert wanted
    assert wanted <= found


@pytest.mark.parametrize(
    ("name", "rows"), [("TIGER/2018/States", 56), ("FAO/GAUL/2015/level0", 40), ("WRI/GPPD/power_plants", 2000)]
)
def test_tables(name: str, rows: int) -> None:
    table = StandIns().find(name)
    assert isinstance(table, Table)
    features = table.features()
    assert len(features) == rows
    assert [feature.properties["system:index"] for feature in features] == [f"{row:020x}" for row in range(rows)]
    assert len({frozenset(feature.properties) for feature in features}) == 1
    assert all(feature.geometry is not None and feature.geometry.shape.is_valid for feature in features)


@pytest.mark.usefixtures("client")
def test_tables_at_the_client() -> None:
    states = ee.FeatureCollection("TIGER/2018/States")
    california = states.filter(ee.Filter.eq("NAME", "California")).first()
    about = california.getInfo()["properties"]
    assert (about["STUSPS"], about["STATEFP"], about["REGION"], about["DIVISION"]) == ("CA", "06", "4", "9")
    area = california.geometry().area().getInfo()
    np.testing.assert_allclose(area, about["ALAND"] + about["AWATER"], rtol=0.01)
    assert states.size().getInfo() == 56
    assert ee.data.getAsset("TIGER/2018/States")["type"] == "TABLE"
    france = ee.FeatureCollection("FAO/GAUL/2015/level0").filterBounds(ee.Geometry.Point(2.5, 47)).first()
    assert france.get("ADM0_CODE").getInfo() == 85
    largest = ee.FeatureCollection("WRI/GPPD/power_plants").sort("capacitymw", False).first().getInfo()
    assert largest["geometry"]["type"] == "Point"
    plants = ee.FeatureCollection("WRI/GPPD/power_plants").filter('country_lg == "Belgium"')
    belgium = ee.FeatureCollection("FAO/GAUL/2015/level0").filter('ADM0_NAME == "Belgium"').geometry()
    assert plants.size().getInfo() == plants.filterBounds(belgium).size().getInfo() == 21
    assert plants.distinct(".geo").size().getInfo() == 21
    assert plants.aggregate_count_distinct("fuel1").getInfo() == 7


def test_the_documentation_lists_them() -> None:
    page = stand_ins_table.PAGE.read_text("utf-8")
    assert updated(page, stand_ins_table.table()) == page, "python -m ci.stand_ins_table writes it"
    assert (ROOT / "docs" / "images" / "stand-ins.png").stat().st_size < 150_000
