"""getSamples: the values of bands at points, as texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..images.image import Sampler
from ..types import PixelGrid
from .envelope import invalid, unsupported
from .merging import resampled
from .mosaic_rule import select_rasters
from .parameters import parse_json
from .permissions import require
from .shapes import project, read_geometry
from .spatial_references import read_spatial_reference, spatial_reference_json

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .call import ServerCall
    from .parameters import Parameters
    from .raster import Raster
    from .services import ImageService
    from .state import ImageServerState

_SAMPLES = 100
"""Of an area, where the request does not say (documentation)."""
_INTERPOLATIONS = {
    "": "Nearest",
    "rsp_nearestneighbor": "Nearest",
    "rsp_bilinearinterpolation": "Bilinear",
    "rsp_cubicconvolution": "Cubic",
}


def get_samples(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``getSamples``.

    A location outside of all footprints has no sample; one where the first raster has no value has the word NoData.
    """
    service = state.service(call)
    require(service, state.options, "Image")
    parameters = call.parameters
    if parameters.text("pixelSize"):
        raise unsupported("the parameter 'pixelSize' of getSamples")
    interpolation = _INTERPOLATIONS.get(parameters.text("interpolation").lower())
    if interpolation is None:
        raise unsupported("this interpolation of samples")
    points, crs = _points(service, parameters, state.options.max_samples)
    rasters = select_rasters(service, parameters).rasters
    only_first = parameters.flag("returnFirstValueOnly", default=True)
    names = _fields(service, parameters)
    samples: list[dict[str, Any]] = []
    for number, (x, y) in enumerate(points.tolist()):
        own = project(shapely.Point(x, y), crs, service.crs)
        under = [raster for raster in rasters if raster.shape.covers(own)]
        for raster in under[:1] if only_first else under:
            sample: dict[str, Any] = {
                "location": {"x": x, "y": y, "spatialReference": spatial_reference_json(crs)},
                "locationId": number,
                "value": _value(raster, own.x, own.y, service, interpolation),
                "rasterId": raster.id,
                "resolution": max(service.pixel_size),
            }
            if names:
                sample["attributes"] = {name: raster.attributes.get(name) for name in names}
            samples.append(sample)
    return {"samples": samples}


def _value(raster: Raster, x: float, y: float, service: ImageService, interpolation: str) -> str:
    """Values of the bands with a space between, each as short as tells it from all others of its type."""
    width, height = service.pixel_size
    grid = PixelGrid(service.crs, (width, 0.0, x - width / 2, 0.0, -height, y + height / 2), 1, 1)
    sampler = Sampler(grid)
    texts = []
    for band in raster.bands:
        pixels = sampler(resampled(band, interpolation))
        value = pixels.values[0, 0]
        value = band.type.dtype.type(value) if interpolation == "Nearest" else np.float64(value)
        texts.append(str(value) if pixels.mask[0, 0] > 0 else "NoData")
    return " ".join(texts)


def _fields(service: ImageService, parameters: Parameters) -> list[str]:
    wanted = [name.strip().lower() for name in parameters.text("outFields").split(",")]
    return [field.name for field in service.fields if "*" in wanted or field.name.lower() in wanted]


def _points(service: ImageService, parameters: Parameters, most: int) -> tuple[np.ndarray[Any, Any], str]:
    """The locations, and the CRS that they are in: that of the geometry."""
    text, kind = parameters.text("geometry"), parameters.text("geometryType")
    if not text or not kind:
        raise invalid("Parameter 'geometry' or 'geometryType' is missing.")
    crs = service.crs
    if text.startswith("{"):
        value = parse_json(text, "geometry")
        own = value.get("spatialReference") if isinstance(value, dict) else None
        crs = read_spatial_reference(own, "geometry") or crs
    shape = read_geometry(text, kind, crs)
    points = _spread(shape, parameters) if kind not in _POINTS else np.asarray(shapely.get_coordinates(shape))
    if len(points) > most:
        raise invalid(f"There are more than {most} locations.")  # the server's own text is unknown
    return points, crs


_POINTS = ("esriGeometryPoint", "esriGeometryMultipoint")


def _spread(shape: BaseGeometry, parameters: Parameters) -> np.ndarray[Any, Any]:
    """Locations along lines, or on a lattice within an area; the server's own are unknown."""
    count, distance = parameters.integer("sampleCount"), parameters.number("sampleDistance")
    if (count is not None and not 0 < count <= 10_000) or (distance is not None and distance <= 0):
        raise invalid("Parameters 'sampleCount' and 'sampleDistance' are positive.")
    if shape.area == 0:
        step = distance or shape.length / max((count or _SAMPLES) - 1, 1)
        steps = min(int(shape.length / step) + 1, 10_001) if step else 1
        at = np.arange(steps) * step
        return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(shapely.line_merge(shape), at)))
    step = distance or math.sqrt(shape.area / (count or _SAMPLES))
    xmin, ymin, xmax, ymax = shape.bounds
    if (xmax - xmin) * (ymax - ymin) / step**2 > 1_000_000:
        raise invalid("There are too many locations.")
    x, y = np.meshgrid(np.arange(xmin + step / 2, xmax, step), np.arange(ymax - step / 2, ymin, -step))
    inside = np.asarray(shapely.contains_xy(shape, x.ravel(), y.ravel()), bool)
    points: np.ndarray[Any, Any] = np.column_stack([x.ravel(), y.ravel()])[inside]
    return points
