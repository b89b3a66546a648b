"""getSamples, multidimensionalInfo and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.emulator.imageserver.imaging import (
    CRS,
    DAY,
    DEGREES,
    NORTH,
    PIXEL,
    SHAPE,
    SHIFT,
    START,
    WEST,
    lock,
    opened,
    scene,
    service,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.imageserver.imaging import Service
    from xee_lite import emulator

MULTIPOINT = "esriGeometryMultipoint"


def points(*cells: tuple[int, int]) -> dict[str, Any]:
    """Somewhere within pixels of the service, by row and column."""
    return {"points": [[WEST + (col + 0.3) * PIXEL, NORTH - (row + 0.8) * PIXEL] for row, col in cells]}


def text(number: int, row: int, col: int) -> str:
    """The value of a pixel of a scene as the server says it."""
    bands = (scene(number, band) for band in (0, 1))
    return " ".join("NoData" if np.ma.getmaskarray(band)[row, col] else str(band.data[row, col]) for band in bands)


def test_values_of_the_first_raster(series: Service) -> None:
    cells = [(row, col) for row in range(0, SHAPE[0], 7) for col in range(0, SHIFT, 3)]
    found = series.get("/getSamples", geometry=points(*cells), geometryType=MULTIPOINT).json["samples"]
    assert [sample["value"] for sample in found] == [text(0, row, col) for row, col in cells]
    assert [sample["locationId"] for sample in found] == list(range(len(cells)))
    assert "NoData" in " ".join(sample["value"] for sample in found)
    assert found[0]["location"]["spatialReference"]["wkid"] == CRS


def test_all_rasters_and_their_attributes(series: Service) -> None:
    found = series.get(
        "/getSamples",
        geometry=points((3, 45)),
        geometryType=MULTIPOINT,
        returnFirstValueOnly="false",
        outFields="StdTime,cloud",
    ).json["samples"]
    assert [sample["rasterId"] for sample in found] == [1, 2, 3]
    assert [sample["value"] for sample in found] == [text(n, 3, 45 - n * SHIFT) for n in range(3)]
    assert found[1]["attributes"] == {"StdTime": START + DAY, "cloud": 12.5}


def test_locations_outside_are_left_out(series: Service) -> None:
    found = series.get("/getSamples", geometry=points((0, 5), (-3, 5), (1, 5)), geometryType=MULTIPOINT).json["samples"]
    assert [sample["locationId"] for sample in found] == [0, 2]


def test_a_rule_and_another_spatial_reference(series: Service) -> None:
    from pyproj import Transformer  # noqa: PLC0415 - only here

    x, y = Transformer.from_crs(CRS, 4326, always_xy=True).transform(WEST + 455, NORTH - 125)
    point = {"x": x, "y": y, "spatialReference": {"wkid": 4326}}
    (found,) = series.post("/getSamples", geometry=point, geometryType="esriGeometryPoint", mosaicRule=lock(2)).json[
        "samples"
    ]
    assert found["value"] == text(1, 12, 45 - SHIFT)
    assert found["location"]["x"] == x


def test_float_values_are_short(images: emulator.Emulator) -> None:
    asking = service(images, DEGREES)
    (sample,) = asking.get("/getSamples", geometry="1.8005,41.5995", geometryType="esriGeometryPoint").json["samples"]
    truth = scene(7, 0, "f4")
    assert sample["value"] == ("NoData" if np.ma.getmaskarray(truth)[0, 0] else str(truth.data[0, 0]))


def test_areas_and_lines(series: Service) -> None:
    box = {"xmin": WEST, "ymin": NORTH - 400, "xmax": WEST + 200, "ymax": NORTH}
    found = series.get("/getSamples", geometry=box, geometryType="esriGeometryEnvelope").json["samples"]
    assert 80 <= len(found) <= 120
    line = {"paths": [[[WEST + 5, NORTH - 5], [WEST + 105, NORTH - 5]]]}
    found = series.get("/getSamples", geometry=line, geometryType="esriGeometryPolyline", sampleDistance=10).json[
        "samples"
    ]
    assert [sample["value"] for sample in found] == [text(0, 0, col) for col in range(11)]


def test_limits_of_samples(serving: Callable[..., Service]) -> None:
    asking = serving(max_samples=2)
    code, details = asking.get("/getSamples", geometry=points((0, 0), (0, 1), (0, 2)), geometryType=MULTIPOINT).error
    assert (code, details) == (400, "There are more than 2 locations.")


@pytest.mark.parametrize("path", ["/multidimensionalInfo", "/multiDimensionalInfo", "/slices"])
def test_a_plain_service_has_no_variables(series: Service, path: str) -> None:
    reply = series.get(path)
    assert (reply.status, reply.error[0]) == (200, 400)


def test_variables_over_time(serving: Callable[..., Service]) -> None:
    cube = serving(multidimensional=True)
    root = cube.get().json
    assert (root["hasMultidimensions"], root["bandCount"], root["defaultVariable"]) == (True, 1, "red")
    info = cube.get("/multidimensionalInfo", returnDimensionValues="always").json["multidimensionalInfo"]
    assert [variable["name"] for variable in info["variables"]] == ["red", "nir"]
    (dimension,) = info["variables"][0]["dimensions"]
    times = [START + number * DAY for number in range(3)]
    assert (dimension["name"], dimension["values"], dimension["hasRanges"]) == ("StdTime", times, False)
    short = cube.get("/multidimensionalInfo").json["multidimensionalInfo"]["variables"][0]["dimensions"][0]
    assert "values" not in short  # regular: the interval alone
    assert (short["extent"], short["interval"], short["intervalUnit"]) == ([times[0], times[-1]], 86400.0, "Seconds")
    slices = cube.get("/slices").json["slices"]
    for one in slices:
        (definition,) = one["multidimensionalDefinition"]
        band = ("red", "nir").index(definition["variableName"])
        number = times.index(definition["values"][0])
        cols = (number * SHIFT, number * SHIFT + SHAPE[1])
        for parameters in (
            {"sliceId": one["sliceId"]},
            {"mosaicRule": {"multidimensionalDefinition": [{**definition, "isSlice": True}]}},
        ):
            values, _ = opened(cube.export(cols, (0, SHAPE[0]), noData=0, **parameters))
            assert values.shape == (1, *SHAPE)
            np.testing.assert_array_equal(values[0], scene(number, band).filled(0))
    features = cube.get("/query", where="Variable='nir'", outFields="*").json["features"]
    assert [feature["attributes"]["StdTime"] for feature in features] == times
    assert cube.get("/exportImage", sliceId=99, f="image").error[0] == 400
