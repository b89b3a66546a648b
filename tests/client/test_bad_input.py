"""Each mistake gets one sentence: what was found, where, and what to pass."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from xee_lite import InputError, RequestError
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from tests.client.scenes import Serve

ROOT = "projects/test-project/assets"
STACK, IMAGE, MIXED, EMPTY = (f"{ROOT}/{name}" for name in ("stack", "image", "mixed", "empty"))
STRANGERS, HOMONYMS = f"{ROOT}/strangers", f"{ROOT}/homonyms"
GRID = {"crs": "EPSG:32631", "transform": (30, 0, 399945, 0, -30, 4600035)}


@cache
def assets() -> dict[str, Any]:
    def image(*bands: str, index: str = "0") -> Any:
        values = {name: np.ones((4, 5), "u2") for name in bands}
        return memory_image(values, properties={"system:index": index}, **GRID)  # type: ignore[arg-type]

    return {
        STACK: memory_collection([image("B4", "B8", index=name) for name in "ab"]),
        MIXED: memory_collection([image("B4", "B8", index="a"), image("B4", index="b")]),
        STRANGERS: memory_collection([image("B4", index="a"), image("B8", index="b")]),
        HOMONYMS: image("x", "time"),
        IMAGE: image("B4", "B8"),
    }


@pytest.mark.parametrize(
    ("obj", "options", "message"),
    [
        (
            STACK,
            {"bbox": (0, 0, 1, 1), "geometry": {"type": "Point", "coordinates": [0, 0]}},
            r"Two spellings.*pass one",
        ),
        (STACK, {"transform": GRID["transform"], "crs_transform": GRID["transform"]}, r"two names of one thing"),
        (STACK, {"bands": ["B4", "B99"]}, r"'B99' is not a band of .*stack: it has B4, B8"),
        (STACK, {"bands": ["B4", "B4"]}, r"not a list of different names"),
        (STACK, {"bands": []}, r"No band of .* is left"),
        (STACK, {"drop_variables": ["B4", "B8"]}, r"No band of .* is left"),
        (STACK, {"shape": (0, 10)}, r"not positive"),
        (STACK, {**GRID, "shape": (-5, 10)}, r"not positive"),
        (IMAGE, {"bbox": (60, 10, 61, 11)}, r"bbox= lies outside .*image.*pass a region"),
        (IMAGE, {"geometry": {"type": "Point", "coordinates": [5, 41]}}, r"geometry= lies outside .*image"),
        (STACK, {"crs": "EPSG:123456789", "scale": 10}, r"EPSG:123456789.*pass an authority code"),
        (STACK, {"request_bytes": "49MiB"}, r"49MiB.*at most 48"),
        (STACK, {"request_bytes": 0}, r"0 is not a size"),
        (STACK, {"request_bytes": "huge"}, r"huge"),
        (STACK, {"request_bytes": 4}, r"5 B|pixel"),
        (STACK, {"io_chunks": {"time": 1}}, r"io_chunks= is Xee's: .*pass chunks="),
        (STACK, {"band": "B4"}, r"band= is no argument of engine='xee_lite': did you mean bands=\? it has .*bands"),
        (STACK, {"resampling": "cubic"}, r"'cubic' is unknown: pass one of nearest, bilinear, bicubic"),
        (STACK, {"nodata": 70000}, r"70000 does not exist in band 'B4', which is uint16 \(0 to 65535\)"),
        (STACK, {"nodata": "none"}, r"pass 'exact', a number"),
        (MIXED, {}, r"differ in their bands: 'B8' is absent from 1 of 2; pass bands=\['B4'\]"),
        (STRANGERS, {}, r"differ in their bands: 'B4' is absent from 1 of 2; filter the collection to like images"),
        (STRANGERS, {"bands": "B8"}, r"'B8' is absent from 1 of 2"),
        (HOMONYMS, {}, r"Band 'x' of .*homonyms has the name of a coordinate: rename it on the service"),
        (IMAGE, {"crs": "+proj=ortho +lat_0=0 +lon_0=180", "scale": 30}, r"crs"),
        (STACK, {"crs": "EPSG:32661", "bbox": (0, -89, 1, -88), "scale": 30, "filter_bounds": False}, r"EPSG:32661"),
        (f"{ROOT}/nothing", {}, r"nothing' opens neither as an image collection .*not found.* check the id"),
        (5, {}, r"int is nothing that xee_lite opens: pass an ee.ImageCollection"),
        ([], {}, r"list is nothing that xee_lite opens"),
    ],
)
def test_one_clear_sentence(serve: Serve, obj: Any, options: dict[str, Any], message: str) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=message) as caught:
        xr.open_dataset(obj, engine="xee_lite", **options)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_images_that_differ_open_by_what_they_share(serve: Serve) -> None:
    serve(assets=assets())
    assert xr.open_dataset(MIXED, engine="xee_lite", bands="B4")["B4"].shape == (2, 4, 5)


def test_an_empty_collection(serve: Serve) -> None:
    serve(assets=assets())
    nobody = ee.ImageCollection(STACK).filterDate("1900-01-01", "1900-02-01")
    with pytest.raises(InputError, match=r"stack \(computed\) is empty: no image passes its filters"):
        xr.open_dataset(nobody, engine="xee_lite")


def test_a_composite_needs_a_grid(serve: Serve) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=r"composite or a constant without a grid of its own: pass a grid"):
        xr.open_dataset(ee.ImageCollection(STACK).median(), engine="xee_lite")


def test_ee_is_not_initialised() -> None:
    ee.Reset()
    with pytest.raises(InputError, match=r"not initialised in this process: call ee.Initialize"):
        xr.open_dataset(STACK, engine="xee_lite")


def test_a_dataset_of_one_service_is_not_read_from_another(serve: Serve) -> None:
    serve(assets=assets())
    dataset = xr.open_dataset(STACK, engine="xee_lite")
    serve(assets=dict(assets()))
    with pytest.raises(InputError, match=r"was opened on http.* but ee is now initialised for http"):
        dataset["B4"].load()


def test_an_asset_that_vanishes_names_what_was_asked(serve: Serve) -> None:
    serve(assets=assets())
    gone = ee.ImageCollection(STACK).map(
        lambda image: image.addBands(ee.Image(f"{ROOT}/gone").select("B4").rename("C"))
    )
    with pytest.raises(RequestError, match=r"not found"):
        xr.open_dataset(gone, engine="xee_lite")["C"].load()
