"""Questions about texts, statuses and headers: each function asks a service one of them and says what it saw."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import ee

from tests.live.probes_pixels import ERA5, HERE, SRTM, grid

if TYPE_CHECKING:
    from tests.live.service import Reply, Service


def too_many_elements(service: Service) -> str:
    numbers = ee.List.sequence(1, 5001)
    return service.compute(ee.FeatureCollection(numbers.map(lambda number: ee.Feature(None, {"n": number})))).refusal


def too_many_values(service: Service) -> str:
    region = ee.Geometry.Rectangle([3, 43, 4, 44], None, False)
    return service.compute(ee.ImageCollection([ee.Image(SRTM)]).getRegion(region, 30)).refusal


def too_many_bands(service: Service) -> str:
    images = ee.ImageCollection(ee.List.sequence(1, 5001).map(lambda number: ee.Image.constant(ee.Number(number))))
    return service.compute(images.toBands().bandNames().size()).refusal


def order_of_checks(service: Service) -> str:
    return service.pixels(ee.Image.constant(list(range(1025))), grid(0, 60, 1e-4, 40000, 40000)).refusal


def missing_asset(service: Service) -> str:
    return service.get("v1/projects/earthengine-public/assets/USGS/THERE_IS_NO_SUCH_THING").refusal


def missing_asset_in_an_expression(service: Service) -> str:
    return service.compute(ee.Image("USGS/THERE_IS_NO_SUCH_THING").bandNames()).refusal


def missing_version(service: Service) -> str:
    return service.compute(ee.Image.load(SRTM, 1).bandNames()).refusal


def image_without_a_footprint(service: Service) -> str:
    touching = ee.ImageCollection([ee.Image(1)]).filterBounds(ee.Geometry.Point(3, 43))
    return str(service.compute(touching.size()).result)


def cap_of_to_list(service: Service) -> str:
    hours = ee.ImageCollection("ECMWF/ERA5_LAND/HOURLY").toList(10001)
    found = service.compute(hours.size())
    return str(found.result) if found.status == 200 else found.refusal


def index_in_a_new_collection(service: Service) -> str:
    images = ee.ImageCollection([ee.Image(f"{ERA5}/202001"), ee.Image(f"{ERA5}/202002")])
    return ", ".join(service.compute(images.aggregate_array("system:index")).result)


def order_of_mixed_values(service: Service) -> str:
    found = service.compute(ee.List([2, "a", 1]).sort())
    return json.dumps(found.result) if found.status == 200 else found.refusal


def vertices_of_a_buffer(service: Service) -> str:
    ring: list[list[float]] = service.compute(ee.Geometry.Point(0, 0).buffer(1000).coordinates().get(0)).result
    start = max(range(len(ring) - 1), key=lambda number: ring[number][0])
    return f"{len(ring) - 1}, from the {'east' if start == 0 else 'elsewhere'}"


def length_of_a_degree(service: Service) -> str:
    metres = service.compute(ee.Geometry.LineString([[0, 0], [0, 1]]).length()).result
    return f"{metres:.0f} m"


def content_types(service: Service) -> str:
    found = []
    for file_format in ("NPY", "GEO_TIFF", "PNG"):
        visible = ee.Image(1).toByte()
        found.append(_content_type(service.pixels(visible, HERE, file_format)))
    return ", ".join(found)


def _content_type(reply: Reply) -> str:
    return reply.headers.get("Content-Type", "none")


def content_disposition(service: Service) -> str:
    return service.pixels(ee.Image(1), HERE).headers.get("Content-Disposition", "none")


def compression(service: Service) -> str:
    """Of a reply that would shrink much, to a client that takes gzip."""
    return service.pixels(ee.Image(1), grid(0, 60, 0.01, 256, 256)).headers.get("Content-Encoding", "none")


def quota_header(service: Service) -> str:
    return service.compute(ee.Number(1)).headers.get("x-earth-engine-quota-status", "none")


def name_in_a_zip(service: Service) -> str:
    replies = [service.pixels(image, HERE, "ZIPPED_GEO_TIFF") for image in (ee.Image(1).rename("b"), ee.Image(SRTM))]
    if any(reply.status != 200 for reply in replies):
        return ", ".join(reply.refusal for reply in replies)
    return ", ".join(name for reply in replies for name in zipfile.ZipFile(io.BytesIO(reply.content)).namelist())


def methods_of_the_api(service: Service) -> str:
    """The document itself is among the replies that the recorder keeps."""
    document = json.loads(service.get("$discovery/rest", version="v1").content)

    def count(resource: Any) -> int:
        return len(resource.get("methods", {})) + sum(map(count, resource.get("resources", {}).values()))

    return f"{count(document)} methods, {len(document.get('schemas', {}))} schemas"


def too_many_at_once(service: Service) -> str:
    """As many small computations at once as a project may not have, until one is refused."""
    with ThreadPoolExecutor(100) as pool:
        replies = list(pool.map(lambda number: service.compute(ee.Number(number).sqrt()), range(400)))
    refused = next((reply for reply in replies if reply.status != 200), None)
    if refused is None:
        return "none of 400 was refused"
    return f"{refused.refusal} Retry-After: {refused.headers.get('Retry-After', 'none')}"
