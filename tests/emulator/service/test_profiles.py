"""Profiles of computations, as the official client asks for them and prints them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.evaluating import OWN

if TYPE_CHECKING:
    from tests.emulator.serving import Ask

pytestmark = pytest.mark.usefixtures("client")
GRID = {
    "dimensions": {"width": 512, "height": 512},
    "affineTransform": {"scaleX": 0.0003, "scaleY": -0.0003, "translateX": 8, "translateY": 46},
    "crsCode": "EPSG:4326",
}


def profiled(*requests: Any) -> list[dict[str, Any]]:
    """The profile of some calls."""
    ids: list[str] = []
    with ee.data.profiling(ids.append):
        for request in requests:
            request()
    assert len(ids) == len(set(ids)) == len(requests)
    get = ee.apifunction.ApiFunction.lookup("Profile.getProfiles").call
    found: list[dict[str, Any]] = get(ids=ids, format="json").getInfo()
    return found


def seconds(rows: list[dict[str, Any]], start: str = "") -> float:
    return sum(float(row["eecuSeconds"]) for row in rows if row["description"].startswith(start))


def pixels(image: Any) -> Any:
    return lambda: ee.data.computePixels({"expression": image, "fileFormat": "NPY", "grid": GRID})


def test_a_tile_of_one_band_costs_a_quarter_of_a_second() -> None:
    """As was measured of the service."""
    stored = {"assetId": "USGS/SRTMGL1_003", "fileFormat": "NPY", "grid": GRID}
    for request in (pixels(ee.Image("USGS/SRTMGL1_003")), lambda: ee.data.getPixels(stored)):
        rows = profiled(request)
        assert seconds(rows) == pytest.approx(0.25, rel=0.1)
        assert rows[0]["description"] == "Loading assets: USGS/SRTMGL1_003"


def test_what_is_loaded_is_what_costs() -> None:
    """60 images of 6 bands at 51 points took about 100 EECU-seconds, 94 of them to load assets."""
    images = ee.ImageCollection("ECMWF/ERA5_LAND/HOURLY").filterDate("2020-01-01T00:00", "2020-01-03T12:00")
    images = images.select(ee.Image(images.first()).bandNames().slice(0, 6))
    points = ee.Geometry.MultiPoint([[number / 10, 45] for number in range(51)])
    rows = profiled(lambda: images.getRegion(points, 11132).getInfo())
    loading = seconds(rows, "Loading assets: ECMWF/ERA5_LAND/HOURLY/(...)")
    assert loading == pytest.approx(94, rel=0.1)
    assert seconds(rows) == pytest.approx(100, rel=0.1)
    assert loading / seconds(rows) > 0.9


def test_costs_repeat_themselves_and_add_up() -> None:
    image = ee.ImageCollection("MODIS/061/MOD13Q1").filterDate("2020-01-01", "2020-03-01").select("NDVI").median()
    once, again, twice = profiled(pixels(image)), profiled(pixels(image)), profiled(pixels(image), pixels(image))
    assert once == again
    assert [row["description"] for row in once] == [row["description"] for row in twice]
    assert seconds(twice) == pytest.approx(2 * seconds(once), abs=1e-5)
    counts = {row["description"]: row["count"] for row in once}
    assert counts["Algorithm reduce.median"] == 1


def test_what_the_client_prints() -> None:
    out = io.StringIO()
    with ee.profilePrinting(destination=out):
        ee.Number(1).add(1).getInfo()
    head, *rows = out.getvalue().splitlines()
    assert head == " EECU·s PeakMem Count  Description"
    assert len(rows) == 2
    assert all(re.fullmatch(r" *\d+\.\d{3} +[\d.]+[kMG]? +\d+  \S.*", row) for row in rows)
    assert rows[-1].endswith("1  Algorithm Number.add")


def test_a_request_that_fails_has_a_profile_too() -> None:
    def fails() -> None:
        with pytest.raises(ee.EEException):
            ee.Image("USGS/SRTMGL1_003").select("x").getInfo()

    assert any(row["description"] == "Algorithm Image.select" for row in profiled(fails))


def test_few_entries() -> None:
    ids: list[str] = []
    with ee.data.profiling(ids.append):
        ee.Number(1).add(1).subtract(1).multiply(2).getInfo()
    get = ee.apifunction.ApiFunction.lookup("Profile.getProfiles").call
    every, two = (get(ids=ids, format="json", maxEntries=count).getInfo() for count in (None, 2))
    assert [row["description"] for row in two] == [every[0]["description"], "(...)"]
    assert sum(row["count"] for row in two) == sum(row["count"] for row in every)


def test_who_does_not_ask_gets_none(ask: Ask) -> None:
    expression = {"expression": {"result": "0", "values": {"0": {"constantValue": 1}}}}
    url = "/v1/projects/xee-lite/value:compute"
    header = {"X-Earth-Engine-Computation-Profiling": "1"}
    assert ask("POST", url, expression).profile is None
    assert ask("POST", url, expression, header).profile
    assert ask("GET", f"/v1/{OWN}/one", None, header).profile is None


def test_what_is_wrong() -> None:
    get = ee.apifunction.ApiFunction.lookup("Profile.getProfiles").call
    for arguments, words in (
        ({"ids": ["nothing"]}, "Profile 'nothing' not found"),
        ({"ids": [], "format": "xml"}, "Unknown format 'xml'"),
        ({"ids": [], "maxEntries": 0}, "must be positive"),
    ):
        with pytest.raises(ee.EEException, match=words):
            get(**arguments).getInfo()
