from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image as Picture
from rasterio.io import MemoryFile

from tests.emulator.evaluating import OWN
from tests.examples import examples

if TYPE_CHECKING:
    from tests.emulator.serving import Ask, Reply

ONE = np.arange(12).reshape(3, 4)


def pixels(ask: Ask, name: str, **body: Any) -> Reply:
    return ask("POST", f"/v1/{OWN}/{name}:getPixels", body)


def array(reply: Reply) -> np.ndarray[Any, Any]:
    assert reply.status == 200, reply.body
    out: np.ndarray[Any, Any] = np.load(io.BytesIO(reply.body))
    return out


def grid(x: float, y: float, width: int, height: int, scale: float = 10, **more: Any) -> dict[str, Any]:
    affine = {"scaleX": scale, "scaleY": -scale, "translateX": x, "translateY": y}
    return {"dimensions": {"width": width, "height": height}, "affineTransform": affine, **more}


def test_no_grid_is_the_whole_image(ask: Ask) -> None:
    table = array(pixels(ask, "one", fileFormat="NPY"))
    assert table.dtype == [("one", "|u1"), ("two", "<f4"), ("three", "<i2")]
    np.testing.assert_array_equal(table["one"], ONE)
    np.testing.assert_array_equal(table["two"], np.where(ONE < 3, 0, ONE))
    np.testing.assert_array_equal(table["three"], ONE[::-1] - 5)


def test_bands_come_in_the_order_asked_for(ask: Ask) -> None:
    assert array(pixels(ask, "one", fileFormat="NPY", bandIds=["three", "one"])).dtype.names == ("three", "one")


def test_a_grid_may_lack_shears_and_crs(ask: Ask) -> None:
    table = array(pixels(ask, "one", fileFormat="NPY", bandIds=["one"], grid=grid(500010, 3999990, 5, 2)))
    np.testing.assert_array_equal(table["one"], [[5, 6, 7, 0, 0], [9, 10, 11, 0, 0]])


def test_a_grid_beside_the_image_is_zeros(ask: Ask) -> None:
    table = array(pixels(ask, "one", fileFormat="NPY", bandIds=["one"], grid=grid(900000, 4000000, 3, 2)))
    assert table.shape == (2, 3)
    assert not table["one"].any()


def test_crs_may_be_wkt(ask: Ask) -> None:
    wkt = rasterio.crs.CRS.from_epsg(32631).to_wkt()
    table = array(pixels(ask, "one", fileFormat="NPY", grid=grid(500000, 4000000, 4, 3, crsWkt=wkt)))
    np.testing.assert_array_equal(table["one"], ONE)


def test_dimensions_alone_rescale_the_image(ask: Ask) -> None:
    body = {"dimensions": {"width": 8, "height": 6}}
    table = array(pixels(ask, "one", fileFormat="NPY", bandIds=["one"], grid=body))
    np.testing.assert_array_equal(table["one"], ONE.repeat(2, axis=0).repeat(2, axis=1))


def test_a_transform_alone_covers_the_image(ask: Ask) -> None:
    body = {"affineTransform": {"scaleX": 5, "scaleY": -5, "translateX": 0, "translateY": 0}}
    table = array(pixels(ask, "one", fileFormat="NPY", bandIds=["one"], grid=body))
    np.testing.assert_array_equal(table["one"], ONE.repeat(2, axis=0).repeat(2, axis=1))


def test_a_crs_alone_takes_the_nominal_scale(ask: Ask) -> None:
    reply = pixels(ask, "one", fileFormat="GEO_TIFF", grid={"crsCode": "EPSG:3857"})
    with MemoryFile(reply.body) as file, file.open() as dataset:
        assert dataset.crs.to_epsg() == 3857
        assert dataset.transform.a == -dataset.transform.e == 10
        assert dataset.transform.c % 10 == dataset.transform.f % 10 == 0
        # The image is 40 by 30 m, and a metre there is 1.24 of Web Mercator's.
        assert (dataset.width, dataset.height) in {(5, 4), (6, 4), (6, 5), (5, 5)}


def test_a_region_is_covered_on_the_lattice(ask: Ask) -> None:
    region = {"type": "Point", "coordinates": [3.0001667, 36.1445814]}  # 15.0 m east, 15.2 m south of the corner
    table = array(pixels(ask, "one", fileFormat="NPY", bandIds=["one"], region=region))
    np.testing.assert_array_equal(table["one"], [[5]])


def test_a_region_is_rescaled_to_dimensions(ask: Ask) -> None:
    outline = [[3.00001, 36.1447], [3.0004, 36.1447], [3.0004, 36.1445], [3.00001, 36.1445], [3.00001, 36.1447]]
    region = {"type": "Polygon", "coordinates": [outline]}
    body = {"dimensions": {"width": 7, "height": 5}}
    assert array(pixels(ask, "one", fileFormat="NPY", region=region, grid=body)).shape == (5, 7)


def test_geo_tiff(ask: Ask) -> None:
    reply = pixels(ask, "one", fileFormat="GEO_TIFF")
    with MemoryFile(reply.body) as file, file.open() as dataset:
        assert dataset.dtypes == ("float32",) * 3
        assert dataset.nodata == -np.inf
        assert dataset.crs.to_epsg() == 32631
        assert dataset.transform[:6] == (10, 0, 500000, 0, -10, 4000000)
        assert dataset.descriptions == (None,) * 3
        np.testing.assert_array_equal(dataset.read(1), ONE)
        np.testing.assert_array_equal(dataset.read(2), np.where(ONE < 3, -np.inf, ONE))


def test_pictures(ask: Ask) -> None:
    png = Picture.open(io.BytesIO(pixels(ask, "one", fileFormat="PNG", bandIds=["one"]).body))
    assert (png.format, png.mode) == ("PNG", "L")
    np.testing.assert_array_equal(np.asarray(png), ONE)
    masked = Picture.open(io.BytesIO(pixels(ask, "one", fileFormat="PNG", bandIds=["two"]).body))
    assert masked.mode == "LA"
    np.testing.assert_array_equal(np.asarray(masked)[..., 1], np.where(ONE < 3, 0, 255))
    jpeg = Picture.open(io.BytesIO(pixels(ask, "one", fileFormat="JPEG", bandIds=["two"]).body))
    assert (jpeg.format, jpeg.mode) == ("JPEG", "L")


def test_auto_is_jpeg_where_all_is_opaque(ask: Ask) -> None:
    assert pixels(ask, "one", bandIds=["one"]).content_type == "image/jpeg"
    assert pixels(ask, "one", bandIds=["two"]).content_type == "image/png"


def test_visualization(ask: Ask) -> None:
    options = {"ranges": [{"min": 0, "max": 11}], "paletteColors": ["000000", "FF0000"]}
    reply = pixels(ask, "one", fileFormat="PNG", bandIds=["one"], visualizationOptions=options)
    shown = np.asarray(Picture.open(io.BytesIO(reply.body)))
    np.testing.assert_array_equal(shown[..., 0], np.floor(ONE / 11 * 255 + 0.5))
    assert not shown[..., 1:].any()


def test_an_unknown_band_is_named_with_those_there_are(ask: Ask) -> None:
    reply = pixels(ask, "one", fileFormat="NPY", bandIds=["VV"])
    assert reply.status == 400
    assert reply.message == (
        "Image.select: Band pattern 'VV' did not match any bands. Available bands: [one, two, three]"
    )


def test_only_images_have_pixels(ask: Ask) -> None:
    assert pixels(ask, "folder/small", fileFormat="NPY").status == 400
    assert pixels(ask, "nothing", fileFormat="NPY").status == 404
    body = {"expression": {"result": "0", "values": {"0": {"constantValue": 1}}}, "fileFormat": "NPY"}
    assert ask("POST", "/v1/projects/p/image:computePixels", body).status == 400


def test_compute_pixels_of_an_asset_is_get_pixels(ask: Ask) -> None:
    load = {"functionName": "Image.load", "arguments": {"id": {"constantValue": f"{OWN}/one"}}}
    expression = {"result": "0", "values": {"0": {"functionInvocationValue": load}}}
    reply = ask("POST", "/v1/projects/p/image:computePixels", {"expression": expression, "fileFormat": "NPY"})
    assert reply.body == pixels(ask, "one", fileFormat="NPY").body


BIG = 2**40
MALFORMED: list[Any] = [
    "{",
    "[]",
    "null",
    "1",
    '"text"',
    "[" * 100_000,
    '{"a":' * 50_000,
    b"\xff\xfe",
    '{"grid": {"affineTransform": {"scaleX": NaN}}}',
    '{"grid": {"affineTransform": {"scaleX": Infinity}}}',
    '{"grid": {"affineTransform": {"scaleX": 1e999, "scaleY": 1}}}',
    {"unknown": 1},
    {"workloadTag": 1},
    {"grid": 1},
    {"grid": []},
    {"grid": {"unknown": 1}},
    {"grid": {"dimensions": 5}},
    {"grid": {"dimensions": {"width": 0, "height": 3}}},
    {"grid": {"dimensions": []}},
    {"grid": {"dimensions": {"width": 0, "height": 5}}},
    {"grid": {"dimensions": {"width": -5, "height": 5}}},
    {"grid": {"dimensions": {"width": BIG, "height": 5}}},
    {"grid": {"dimensions": {"width": 1.5, "height": 5}}},
    {"grid": {"dimensions": {"width": "x", "height": 5}}},
    {"grid": {"dimensions": {"width": True, "height": 5}}},
    {"grid": {"dimensions": {"width": None, "height": 5}}},
    {"grid": {"dimensions": {"width": 10**400, "height": 5}}},
    {"grid": {"affineTransform": {"scaleX": 0, "shearX": 0, "translateX": 5}}},
    {"grid": {"affineTransform": {"scaleX": 0, "scaleY": 1}}},
    {"grid": {"affineTransform": {"scaleX": "NaN", "scaleY": 1}}},
    {"grid": {"affineTransform": {"scaleX": [1], "scaleY": 1}}},
    {"grid": {"affineTransform": {"scaleX": 1e-300, "scaleY": 1e-300}}},
    {"grid": {"affineTransform": {"scaleX": 1e300, "scaleY": 1e300, "shearX": 1e300, "shearY": 1e300}}},
    {"grid": {"affineTransform": {"scaleX": 1e-9, "scaleY": 1e-9}}},
    {"grid": {"crsCode": "EPSG:99999999"}},
    {"grid": {"crsCode": "nonsense"}},
    {"grid": {"crsCode": 4326}},
    {"grid": {"crsCode": "+proj=longlat +nadgrids=/etc/passwd"}},
    {"grid": {"crsCode": "+init=/etc/passwd:x"}},
    {"grid": {"crsCode": "/etc/passwd"}},
    {"grid": {"crsWkt": "GEOGCS["}},
    {"grid": {"crsWkt": 'GEOGCS["x",EXTENSION["PROJ4","+proj=longlat +nadgrids=/etc/passwd"]]'}},
    {"grid": {"crsWkt": "x", "crsCode": "EPSG:4326"}},
    {"bandIds": "one"},
    {"bandIds": [1]},
    {"bandIds": ["one", "one"]},
    {"bandIds": {"one": 1}},
    {"fileFormat": "BMP"},
    {"fileFormat": 1},
    {"fileFormat": "TF_RECORD_IMAGE"},
    {"region": 1},
    {"region": {"type": "Nothing"}},
    {"region": {"type": "Point", "coordinates": "x"}},
    {"region": {"type": "Point", "coordinates": []}},
    {"region": {"type": "Polygon", "coordinates": [[[0, 0]]]}},
    {"region": {"type": "Polygon", "coordinates": [[[1e400, 0], [0, 1], [1, 1], [1e400, 0]]]}},
    {"visualizationOptions": 1},
    {"visualizationOptions": {"unknown": 1}},
    {"visualizationOptions": {"ranges": {"min": 0}}},
    {"visualizationOptions": {"gamma": 1}},
    {"visualizationOptions": {"gamma": {"value": 0}}},
    {"visualizationOptions": {"opacity": 2}},
    {"visualizationOptions": {"paletteColors": ["nocolour"]}},
    {"visualizationOptions": {"paletteColors": ["red"]}},  # a palette colours one band
    {"visualizationOptions": {"ranges": [{"min": 0, "max": 1}] * 2}},
    {"expression": {}},
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda b: str(b)[:60])
def test_what_is_malformed_is_refused(ask: Ask, body: Any) -> None:
    reply = ask("POST", f"/v1/{OWN}/one:getPixels", body)
    assert reply.status == 400, reply.body[:200]
    error = reply.json["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert error["message"]
    assert "Traceback" not in error["message"]
    assert len(error["message"]) < 1000


LOAD = {"functionInvocationValue": {"functionName": "Image.load", "arguments": {"id": {"constantValue": f"{OWN}/one"}}}}
ZEROS: list[Any] = [
    {"grid": {}},
    {"grid": {"dimensions": {"width": 0, "height": 0}}},  # as Xee's own suite sends it
    {"grid": {"dimensions": {"width": "0"}, "affineTransform": {}, "crsCode": "", "crsWkt": None}},
    {"grid": {"affineTransform": {"scaleX": 0, "shearX": 0.0, "translateX": None}, "crsCode": None, "crsWkt": ""}},
    {"region": {}, "visualizationOptions": {}, "bandIds": [], "workloadTag": "", "grid": None},
    {"bandIds": None, "region": None, "workloadTag": None, "visualizationOptions": None},
]
"""What means nothing in the JSON of protocol buffers."""


@pytest.mark.parametrize("body", ZEROS)
def test_a_zero_is_the_same_as_a_field_that_is_absent(ask: Ask, body: Any) -> None:
    plain = ask("POST", f"/v1/{OWN}/one:getPixels", {"fileFormat": "NPY"})
    assert plain.status == 200
    assert ask("POST", f"/v1/{OWN}/one:getPixels", {"fileFormat": "NPY", **body}).body == plain.body
    expression = {"result": "0", "values": {"0": LOAD}}
    body = {name: value for name, value in body.items() if name != "region"}
    reply = ask(
        "POST", "/v1/projects/xee-lite/image:computePixels", {"fileFormat": "NPY", "expression": expression, **body}
    )
    assert reply.body == plain.body


def test_zeros_of_enumerations_and_within_grids(ask: Ask) -> None:
    picture = {"bandIds": ["one"], "visualizationOptions": {"ranges": [{"max": 11}], "opacity": 0}}
    plain = ask(
        "POST", f"/v1/{OWN}/one:getPixels", {"bandIds": ["one"], "visualizationOptions": {"ranges": [{"max": 11}]}}
    )
    assert plain.content_type == "image/jpeg"
    for zero in ("", 0, None, "IMAGE_FILE_FORMAT_UNSPECIFIED"):
        assert ask("POST", f"/v1/{OWN}/one:getPixels", {"fileFormat": zero, **picture}).body == plain.body
    for width in (2, "2"):
        grid = {"dimensions": {"width": width, "height": 2}, "affineTransform": {"scaleX": 0, "scaleY": "0"}}
        reply = ask("POST", f"/v1/{OWN}/one:getPixels", {"fileFormat": "NPY", "grid": grid})
        assert np.load(io.BytesIO(reply.body)).shape == (2, 2)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": None}}, []),
        ({"dictionaryValue": {}}, {}),
        ({"functionInvocationValue": {"functionName": "Image.load", "functionReference": "", "arguments": {}}}, None),
        ({"functionInvocationValue": {"functionName": "Date", "arguments": None}}, None),
        ({"constantValue": 0}, 0),
        ({"constantValue": ""}, ""),
    ],
)
def test_zeros_of_an_expression(ask: Ask, node: Any, value: Any) -> None:
    """A constant that is zero is one."""
    reply = ask("POST", "/v1/projects/xee-lite/value:compute", {"expression": {"result": "0", "values": {"0": node}}})
    if value is None:
        assert "is required" in reply.message
    else:
        assert reply.json == {"result": value}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NUMBER = st.integers(-5, 40) | st.floats(allow_nan=False, width=32) | JSON
GRID = st.fixed_dictionaries(
    {},
    optional={
        "dimensions": st.fixed_dictionaries({}, optional={"width": NUMBER, "height": NUMBER}) | JSON,
        "affineTransform": st.dictionaries(
            st.sampled_from(["scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY"]), NUMBER
        )
        | JSON,
        "crsCode": st.sampled_from(["EPSG:4326", "EPSG:3857", "EPSG:32733", "EPSG:3031", "SR-ORG:6974"]) | JSON,
    },
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "grid": GRID | JSON,
        "bandIds": st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=3) | JSON,
        "fileFormat": st.sampled_from(["NPY", "GEO_TIFF", "PNG", "JPEG", "AUTO_JPEG_PNG"]) | JSON,
        "region": JSON | st.fixed_dictionaries({"type": st.just("Point"), "coordinates": st.lists(NUMBER, max_size=3)}),
        "visualizationOptions": st.dictionaries(st.sampled_from(["ranges", "gamma", "paletteColors", "opacity"]), JSON),
        "expression": JSON,
    },
)


@given(body=BODY)
@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_brings_the_server_down(ask: Ask, body: Any) -> None:
    for path in (f"/v1/{OWN}/one:getPixels", "/v1/projects/p/image:computePixels", "/v1/projects/p/value:compute"):
        reply = ask("POST", path, json.dumps(body))
        assert reply.status in (200, 400), (path, reply.body[:300])
        if reply.status == 400:
            assert reply.message
