"""Whatever a request says, the answer is a picture, JSON or an envelope, and never a failure of the server."""

from __future__ import annotations

import json
import logging
import random
from typing import TYPE_CHECKING

import pytest

from xee_lite import emulator

if TYPE_CHECKING:
    from tests.emulator.imageserver.imaging import Service

PATHS = {
    "/query": ("where", "objectIds", "geometry", "geometryType", "inSR", "spatialRel", "time", "outFields", "outSR",
               "returnIdsOnly", "orderByFields", "resultOffset", "resultRecordCount"),
    "/exportImage": ("bbox", "bboxSR", "imageSR", "size", "format", "pixelType", "noData", "noDataInterpretation",
                     "interpolation", "compression", "bandIds", "mosaicRule", "renderingRule", "time", "sliceId",
                     "adjustAspectRatio", "lercVersion", "compressionTolerance", "validateExtent"),
    "/getSamples": ("geometry", "geometryType", "sampleDistance", "sampleCount", "mosaicRule", "pixelSize",
                    "returnFirstValueOnly", "interpolation", "outFields"),
    "/download": ("rasterIds", "geometry", "geometryType", "format"),
    "/file": ("id", "rasterId"),
    "/multidimensionalInfo": ("returnDimensionValues",),
}  # fmt: skip
VALUES = (
    "",
    "x",
    "0",
    "-1",
    "1",
    "2.5",
    "1e308",
    "1e400",
    "nan",
    "inf",
    "null",
    "true",
    "[]",
    "{}",
    "[1]",
    "[[]]",
    "1,2",
    ",",
    "1,2,3,4",
    "nan,0,1,1",
    "0,0,0,0",
    "-1e300,-1e300,1e300,1e300",
    "400000,4599600,400500,4600000",
    '{"wkid": 4326}',
    '{"wkid": "x"}',
    '{"wkid": 999999}',
    '{"wkt": "GEOGCS["}',
    '{"rings": 1}',
    '{"rings": [[[0]]]}',
    '{"points": [[1, null]]}',
    '{"x": "a", "y": 1}',
    '{"x": 1e400, "y": 1}',
    '{"xmin": null}',
    "{" * 5000,
    '"\ud800"',
    "99999999999999999999",
    "\0",
    "esriGeometryPoint",
    "esriGeometryPolygon",
    "esriGeometryEnvelope",
    "esriGeometryMultipoint",
    "esriGeometryPolyline",
    '{"mosaicMethod": "esriMosaicLockRaster"}',
    '{"mosaicMethod": "esriMosaicLockRaster", "lockRasterIds": [0, "a", null]}',
    '{"mosaicMethod": "esriMosaicAttribute", "sortField": "sat", "sortValue": 3}',
    '{"where": 1}',
    '{"where": "x y z"}',
    '{"multidimensionalDefinition": [{"dimensionName": "StdTime", "values": ["a"]}]}',
    '{"mosaicMethod": 3}',
    "9" * 400,
    '{"multidimensionalDefinition": [{"dimensionName": [], "variableName": {}}]}',
    '{"rasterFunction": 7}',
    "tiff",
    "lerc",
)


@pytest.mark.parametrize("path", PATHS)
def test_parameters_of_any_kind(series: Service, caplog: pytest.LogCaptureFixture, path: str) -> None:
    random_ = random.Random(path)  # noqa: S311 - the same every time
    for _ in range(250):
        names = random_.sample(PATHS[path], min(len(PATHS[path]), random_.randint(1, 4)))
        given = {name: random_.choice(VALUES).encode("utf-8", "replace").decode() for name in names}
        with caplog.at_level(logging.ERROR):
            reply = random_.choice((series.get, series.post))(path, **given)
        assert not caplog.records, given
        assert reply.status in (200, 400), given
        assert isinstance(json.loads(reply.body), dict), given


@pytest.mark.parametrize("body", ["\xff\xfe", "&&&=&", "f=json&f=html", "a" * 100_000, "%zz=%zz"])
def test_bodies_of_any_kind(series: Service, body: str) -> None:
    path = series.url[series.url.index("/arcgis") :]
    reply = series.send("POST", f"{path}/query?f=json", body.encode("latin-1").decode("latin-1"))
    assert reply.status == 200


@pytest.mark.parametrize("path", ["/../../v1", "/nothing", "/1/2/3", "/-1", "/99999999999999999999/info", "/%2e%2e/x"])
def test_paths_of_any_kind(series: Service, path: str) -> None:
    reply = series.get(path)
    assert reply.status in (200, 404)
    assert "error" in reply.json


@pytest.mark.parametrize("options", [{"max_image_width": 0}, {"file_ids": "x"}, {"resampling": "Majority"}])
def test_options_out_of_range(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ImageServerOptions"):
        emulator.ImageServerOptions(**options)  # type: ignore[arg-type]
