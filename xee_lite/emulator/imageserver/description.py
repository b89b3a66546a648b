"""What a service says about itself, and what else a server has to say before a client reads pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .raster import OBJECT_ID, PIXEL_TYPES, TIME
from .shapes import Extent, finite_bounds, outline

if TYPE_CHECKING:
    from .options import ImageServerOptions
    from .raster import Raster
    from .services import ImageService

VERSION = 10.91
"""The version of the server that the facts were gathered of, mostly."""


def describe_service(service: ImageService, options: ImageServerOptions) -> dict[str, Any]:
    """The root of a service.

    minValues, maxValues and statistics are left empty, as they often are: pixels are not read for a description.
    """
    extent = service.extent.to_json()
    count = len(service.band_names)
    found: dict[str, Any] = {
        "currentVersion": VERSION,
        "serviceDescription": "",
        "name": service.name,
        "description": "",
        "extent": extent,
        "initialExtent": extent,
        "fullExtent": extent,
        "spatialReference": extent["spatialReference"],
        "pixelSizeX": service.pixel_size[0],
        "pixelSizeY": service.pixel_size[1],
        "bandCount": count,
        "bandNames": list(service.band_names),
        "pixelType": service.pixel_type,
        "minPixelSize": 0,
        "maxPixelSize": 0,
        "copyrightText": "",
        "serviceDataType": "esriImageServiceDataTypeGeneric",
        "serviceSourceType": f"esriImageServiceSourceType{'MosaicDataset' if service.mosaic else 'RasterDataset'}",
        "minValues": [],
        "maxValues": [],
        "meanValues": [],
        "stdvValues": [],
        "hasMultidimensions": bool(service.variables),
        "capabilities": ",".join(capabilities(service, options)),
        "defaultMosaicMethod": "Northwest",
        "allowedMosaicMethods": "NorthWest,LockRaster,ByAttribute,None" if service.mosaic else "",
        "sortField": "",
        "sortValue": None,
        "mosaicOperator": "First",
        "defaultResamplingMethod": options.resampling,
        "defaultCompressionQuality": 75,
        "maxImageHeight": options.max_image_height,
        "maxImageWidth": options.max_image_width,
        "maxRecordCount": options.max_record_count,
        "maxDownloadImageCount": options.max_download_images,
        "maxDownloadSizeLimit": options.max_download_megabytes,
        "maxMosaicImageCount": options.max_mosaic_images,
        "allowRasterFunction": True,
        "rasterFunctionInfos": [{"name": "None", "description": "", "help": ""}],
        "rasterTypeInfos": [],
        "hasHistograms": False,
        "hasColormap": False,
        "hasRasterAttributeTable": False,
        "exportTilesAllowed": False,
        "singleFusedMapCache": False,
        "supportsStatistics": False,
        "supportsAdvancedQueries": service.mosaic,
        "editFieldsInfo": None,
        "ownershipBasedAccessControlForRasters": None,
        "useStandardizedQueries": True,
    }
    if service.mosaic:
        found["objectIdField"] = OBJECT_ID
        found["fields"] = [field.to_json() for field in service.fields]
    if service.mosaic and service.times:
        found["timeInfo"] = {
            "startTimeField": TIME,
            "endTimeField": None,
            "timeExtent": [service.times[0], service.times[-1]],
            "timeReference": None,
        }
    if service.variables:
        found["defaultVariable"] = service.variables[0]
    if options.no_data is not None:
        found |= {"noDataValue": options.no_data, "noDataValues": [options.no_data] * count}
    return found


def capabilities(service: ImageService, options: ImageServerOptions) -> list[str]:
    """What a service allows: of a single raster there is no catalogue."""
    found = [part.strip() for part in options.capabilities.split(",")]
    return [part for part in found if service.mosaic or part != "Catalog"]


def describe_raster(raster: Raster, options: ImageServerOptions) -> dict[str, Any]:
    """The ``info`` of a raster: its own grid and type."""
    band = raster.bands[0]
    dtype = np.result_type(*(one.type.dtype for one in raster.bands))
    width, height = raster.pixel_size
    crs = band.projection.crs
    own = Extent(*finite_bounds(outline(band, crs)), crs)
    found: dict[str, Any] = {
        "origin": {"x": own.xmin, "y": own.ymax, "spatialReference": own.to_json()["spatialReference"]},
        "blockWidth": 256,
        "blockHeight": 256,
        "pixelSizeX": width,
        "pixelSizeY": height,
        "pixelSize": {"x": width, "y": height, "spatialReference": own.to_json()["spatialReference"]},
        "extent": own.to_json(),
        "bandCount": len(raster.bands),
        "pixelType": PIXEL_TYPES.get(dtype.str[1:], "F64"),
        "firstPyramidLevel": 1,
        "maxPyramidLevel": 0,
        "format": "TIFF",
    }
    return found if options.no_data is None else {**found, "noDataValue": options.no_data}
