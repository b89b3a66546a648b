"""Which services there are: an asset of the catalogue under a name, with its rasters and its grid."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..catalogue.assets import Folder, Table
from ..catalogue.standin.schema import dataset_ids
from ..images.image import Image
from ..values.stored import Query
from .envelope import ServerError
from .raster import OVERVIEW, PIXEL_TYPES, fields_of, make_raster, pixel_size
from .shapes import Extent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalogue.assets import Asset, Catalogue
    from ..catalogue.workspace import Workspace
    from .options import ImageServerOptions
    from .raster import Field, Raster

MAX_RASTERS = 2000
"""Rasters of one service here; a collection of more is not served."""
_NOT_IN_NAMES = re.compile(r"\W", re.ASCII)
_OWN = re.compile(r"projects/[^/]+/assets/")
_EDGE = 0.1
"""Pixels by which an extent may be too long for a whole number of them: Esri's own client rounds so."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageService:
    """One service.

    Attributes
    ----------
    name : str
    rasters : tuple of Raster
        In the order of their ids.
    extent : Extent
        The box around all.
    pixel_size : (width, height)
        In units of the CRS.
    band_names : tuple of str
    dtype : dtype
        Holds the values of all bands of all rasters.
    fields : tuple of Field
    mosaic : bool
        Whether it is a mosaic dataset; else a single raster, without a catalogue.
    """

    name: str
    rasters: tuple[Raster, ...]
    extent: Extent
    pixel_size: tuple[float, float]
    band_names: tuple[str, ...]
    dtype: np.dtype[np.generic]
    fields: tuple[Field, ...]
    mosaic: bool

    @property
    def crs(self) -> str:
        """Code or WKT."""
        return self.extent.crs

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        width, height = self.pixel_size
        return (
            math.ceil(self.extent.height / height - _EDGE),
            math.ceil(self.extent.width / width - _EDGE),
        )

    @property
    def pixel_type(self) -> str:
        """The server's name of the dtype."""
        return PIXEL_TYPES[self.dtype.str[1:]]

    @property
    def variables(self) -> tuple[str, ...]:
        """Of a multidimensional mosaic."""
        return tuple(dict.fromkeys(raster.variable for raster in self.rasters if raster.variable))

    @property
    def times(self) -> list[int]:
        """Of its rasters, each once, in order."""
        return sorted({raster.time for raster in self.rasters if raster.time is not None})

    def raster(self, number: int) -> Raster:
        """The raster of an id.

        Raises
        ------
        ServerError
            If there is none.
        """
        if not 1 <= number <= len(self.rasters):
            raise ServerError(details=f"There is no raster {number}.")  # the server's own text is unknown
        return self.rasters[number - 1]


def service_name(asset_id: str) -> str:
    """The name of an asset's service.

    An id without the ``projects/<project>/assets/`` that it may begin with, in which all but letters, digits and
    underscores are underscores: ``projects/p/assets/folder/dem`` is ``folder_dem``, ``USGS/SRTMGL1_003`` is
    ``USGS_SRTMGL1_003``.
    """
    return _NOT_IN_NAMES.sub("_", _OWN.sub("", asset_id, count=1))


@lru_cache(maxsize=4)
def _ids_by_name(own: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for asset_id in (*sorted(own), *dataset_ids()):
        found.setdefault(service_name(asset_id), asset_id)
    return found


class Services:
    """The services of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
    workspace : Workspace
        The project's own assets; of those that would have one name, the first by its id has it.
    options : ImageServerOptions
    """

    def __init__(self, catalogue: Catalogue, workspace: Workspace, options: ImageServerOptions) -> None:
        self._catalogue = catalogue
        self._workspace = workspace
        self._options = options
        self._made: dict[str, tuple[Asset, ImageService]] = {}
        self._lock = threading.Lock()

    def ids(self) -> Mapping[str, str]:
        """Ids of assets by the names of their services."""
        return _ids_by_name(self._workspace.ids())

    def find(self, name: str) -> ImageService:
        """The service of a name.

        Raises
        ------
        ServerError
            If there is none, or what it would serve is no image, or too many.
        """
        asset_id = self.ids().get(name)
        asset = None if asset_id is None else self._catalogue.find(asset_id)
        if asset is None or isinstance(asset, (Folder, Table)):
            raise ServerError(f"Service {name[:200]}/ImageServer not found", code=404)
        with self._lock:
            if name not in self._made or self._made[name][0] is not asset:
                self._made[name] = asset, make_service(name, asset, self._options)
            return self._made[name][1]


def make_service(name: str, asset: Asset, options: ImageServerOptions) -> ImageService:
    """The service of an image or an image collection.

    Its grid is that of the first image's first band, north up; its extent the box around all rasters.

    Raises
    ------
    ServerError
        If there are no images, or too many, or they have no bounds.
    """
    mosaic = not isinstance(asset, Image)
    images = [asset] if isinstance(asset, Image) else _images(name, asset)
    bands = [band for image in images for band in image.bands]
    if not images[0].bands or any(band.dimensions is None or band.type.dimensions for band in bands):
        raise ServerError(details=f"Service {name} can not be started: its images are no rasters.", code=500)
    first = images[0].bands[0]
    crs = first.projection.crs
    rasters: list[Raster] = []
    multidimensional = mosaic and options.multidimensional and all("system:time_start" in i.properties for i in images)
    for image in images:
        groups = [((band,), band.name) for band in image.bands] if multidimensional else [(image.bands, "")]
        rasters += [
            make_raster(len(rasters) + number, image, crs, group, variable)
            for number, (group, variable) in enumerate(groups, start=1)
        ]
    extents = [raster.extent for raster in rasters]
    extent = Extent(
        min(one.xmin for one in extents),
        min(one.ymin for one in extents),
        max(one.xmax for one in extents),
        max(one.ymax for one in extents),
        crs,
    )
    if mosaic and options.overviews:
        name_of_overview = "Ov_i01_L01_R00000000_C00000000"
        rasters.append(replace(rasters[0], id=len(rasters) + 1, name=name_of_overview, category=OVERVIEW))
    dtype = np.result_type(*(band.type.dtype for band in bands))
    return ImageService(
        name,
        tuple(rasters),
        extent,
        pixel_size(first),
        (first.name,) if multidimensional else tuple(band.name for band in images[0].bands),
        np.dtype("f8") if dtype.kind in "iu" and dtype.itemsize == 8 else dtype,
        fields_of(rasters),
        mosaic,
    )


def _images(name: str, asset: Asset) -> list[Image]:
    assert not isinstance(asset, (Image, Folder, Table))  # noqa: S101 - narrows the type
    images = list(islice(asset.images(Query()), MAX_RASTERS + 1))
    if not images or len(images) > MAX_RASTERS:
        found = f"more than {MAX_RASTERS} images" if images else "no images"
        raise ServerError(details=f"Service {name} can not be started: the collection has {found}.", code=500)
    return images
