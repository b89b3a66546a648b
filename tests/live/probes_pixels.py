"""Questions about pixels, types and grids: each function asks a service one of them and says what it saw."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import xarray as xr

import xee_lite

if TYPE_CHECKING:
    from tests.live.service import Json, Reply, Service

ERA5 = "ECMWF/ERA5_LAND/MONTHLY_AGGR"
SRTM = "USGS/SRTMGL1_003"


def grid(left: float, top: float, pixel: float, width: int = 1, height: int = 1) -> Json:
    """A grid in degrees, north up."""
    return {
        "crsCode": "EPSG:4326",
        "affineTransform": {"scaleX": pixel, "translateX": left, "scaleY": -pixel, "translateY": top},
        "dimensions": {"width": width, "height": height},
    }


HERE = grid(3, 44, 1)


def array(reply: Reply) -> np.ndarray[Any, np.dtype[Any]]:
    """The structured array of an NPY reply."""
    if reply.status != 200:
        raise ValueError(reply.refusal)
    found: np.ndarray[Any, np.dtype[Any]] = np.load(io.BytesIO(reply.content), allow_pickle=False)
    return found


def first(service: Service, image: Any, where: Json = HERE) -> np.generic:
    """The first pixel of the first band."""
    pixels = array(service.pixels(image, where))
    found: np.generic = pixels[pixels.dtype.names[0]].flat[0] if pixels.dtype.names else pixels.flat[0]
    return found


def typed(value: np.generic) -> str:
    """A value with its type."""
    return f"{value.dtype.str} {value.item()!r}"


def type_of_long(service: Service) -> str:
    return typed(first(service, ee.Image(2**40 + 1).toLong()))


def type_of_a_wide_sum(service: Service) -> str:
    return typed(first(service, ee.Image(200).toUint8().add(ee.Image(60000).toUint16())))


def type_of_a_comparison(service: Service) -> str:
    return typed(first(service, ee.Image(1).neq(0)))


def type_of_a_mask(service: Service) -> str:
    return typed(first(service, ee.Image(1).mask()))


def type_of_unmask(service: Service) -> str:
    return typed(first(service, ee.Image(7).toUint8().updateMask(0).unmask(-1)))


def not_a_number(service: Service) -> str:
    root = ee.Image(-1).toFloat().sqrt().rename("root")
    pixels = array(service.pixels(root.addBands(root.mask().toByte().rename("mask")), HERE))
    valid = "valid" if pixels["mask"].flat[0] else "masked"
    return f"{typed(pixels['root'].flat[0])}, {valid}"


def under_the_mask_of_a_computation(service: Service) -> str:
    return typed(first(service, ee.Image(5.5).toFloat().updateMask(0)))


def under_the_mask_of_a_stored_float(service: Service) -> str:
    """In the corner of a radar scene, which lies askew in its grid."""
    scenes = ee.ImageCollection("COPERNICUS/S1_GRD").filterBounds(ee.Geometry.Point(3.05, 43.55))
    scene = scenes.filterDate("2023-06-01", "2023-07-01").first().select("VV")
    own = service.compute(scene.projection()).result
    scale_x, shear_x, left, shear_y, scale_y, top = own["transform"]
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    transform = dict(zip(names, (scale_x, shear_x, left, shear_y, scale_y, top), strict=True))
    corner = {"crsCode": own["crs"], "affineTransform": transform, "dimensions": {"width": 1, "height": 1}}
    pixels = array(service.pixels(scene.addBands(scene.mask().gt(0).toByte().rename("mask")), corner))
    return f"{typed(pixels['VV'].flat[0])}, {'valid' if pixels['mask'].flat[0] else 'masked'}"


def tie_of_nearest(service: Service) -> str:
    """Centres exactly on the edges between pixels of one degree."""
    pixels = ee.Projection("EPSG:4326", [1, 0, -180, 0, -1, 90])
    numbers = ee.Image.pixelCoordinates(pixels).floor().reproject(pixels)
    found = array(service.pixels(numbers, grid(10.5, 40.5, 1)))
    across = {190: "left", 191: "right"}.get(int(found["x"].flat[0]), "elsewhere")
    down = {49: "above", 50: "below"}.get(int(found["y"].flat[0]), "elsewhere")
    return f"{across}, {down}"


def outside_of_an_asset(service: Service) -> str:
    reply = service.stored_pixels(SRTM, ["elevation"], grid(3, 80, 0.001))
    return reply.refusal if reply.status != 200 else typed(array(reply)["elevation"].flat[0])


def beyond_180(service: Service) -> str:
    image = ee.Image(f"{ERA5}/202001").select("temperature_2m").unmask(-1)
    there, here = (first(service, image, grid(left, 66, 0.1)) for left in (195, -165))
    if there == here:
        return "as 360 degrees further west"
    return f"{there:g}, where it is {'missing' if here == -1 else 'there'} 360 degrees further west"


def projection_of_a_sum(service: Service) -> str:
    one, other = (ee.Image(1).setDefaultProjection(crs, None, 100) for crs in ("EPSG:32631", "EPSG:3857"))
    return str(service.compute(one.add(other).projection().crs()).result)


def cost_of_computing(service: Service) -> str:  # noqa: ARG001 - through the engine, which knows how to read a profile
    costs = []
    ways: tuple[dict[str, Any], ...] = ({"nodata": 0, "pin": False}, {"pin": False})
    for options in ways:
        dataset = xr.open_dataset(SRTM, engine="xee_lite", bbox=(3.05, 43.55, 3.08, 43.58), **options)
        with xee_lite.profile() as cost:
            dataset.load()
        costs.append(cost.total.eecu_seconds)
    stored, computed = costs
    return "not told" if not stored or computed is None else f"{computed / stored:.2g} times"
