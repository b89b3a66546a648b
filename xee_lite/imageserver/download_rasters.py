"""Download Rasters: the original files of rasters, whole or cut, in the format that is asked for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, XeeLiteWarning, brief
from .address import service_url
from .esri_geometry import envelope_of, polygon_of
from .raster_files import Order, fetch_rasters
from .raster_formats import check_format
from .service import service_of
from .session import Session

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from .raster_files import DownloadedRaster


def download(
    url: str,
    rasters: int | Sequence[int],
    folder: str | os.PathLike[str],
    *,
    geometry: object = None,
    geometry_type: str = "envelope",
    format: str = "TIFF",  # noqa: A002 - what the REST API calls it
    convert: bool = False,
) -> list[DownloadedRaster]:
    """Download the original files of rasters of an image service.

    Each raster gets a folder of its own, named by its id, with all its files: image, world file, overviews and
    statistics. Files that are there already, complete and for the same request, are not fetched again, so that a
    download that was interrupted goes on.

    Parameters
    ----------
    url : str
        ``https://host/.../ImageServer`` of a service with the capabilities Catalog and Download.
    rasters : int or sequence of int
        Their ids, which are the index of `query`.
    folder : path
        It is made where it is not there.
    geometry : (west, south, east, north), geometry, or Esri's JSON, optional
        A region that rasters are cut to: in degrees, or in the CRS that a geometry names.
    geometry_type : "envelope" or "polygon", default "envelope"
        Whether they are cut to the box around the geometry or to the geometry.
    format : str, default "TIFF"
        TIFF, Imagine Image, JPEG, NITF, BIL, BSQ, BIP, ENVI, JP2, GIF, BMP or PNG. A service uses it for rasters that
        are cut; others come in their own format.
    convert : bool, default False
        Whether rasters that are not cut are converted too.

    Returns
    -------
    list of DownloadedRaster
        In the order of the ids.

    Raises
    ------
    InputError
        If the catalogue does not have a raster, or the service offers no downloads.
    RequestError
        When the service could not give a file; files that came before it stay.

    Warns
    -----
    XeeLiteWarning
        If rasters came in another format than was asked for.

    Examples
    --------
    >>> from xee_lite import imageserver
    >>> url = "https://example.org/arcgis/rest/services/Orthos/ImageServer"
    >>> imageserver.download(url, [5, 6], "orthos", geometry=(7.0, 46.0, 7.1, 46.1))  # doctest: +SKIP
    """
    session = Session(service_url(url))
    format_name = check_format(format)
    order = _order(geometry, geometry_type, format_name, convert=convert)
    service = service_of(session.url, session.json())
    ids = [rasters] if isinstance(rasters, int) else list(dict.fromkeys(rasters))
    if not ids or not all(isinstance(raster, int) and not isinstance(raster, bool) for raster in ids):
        raise InputError(f"rasters={brief(rasters)}: pass ids of rasters, which are whole numbers.")
    downloaded = fetch_rasters(session, service, ids, Path(folder), order)
    if order.format is not None:
        _warn_of_formats(downloaded, format_name, convert=convert)
    return downloaded


def _order(geometry: object, geometry_type: str, name: str, *, convert: bool) -> Order:
    if geometry_type not in ("envelope", "polygon"):
        raise InputError(f"geometry_type={brief(geometry_type)} is unknown: pass 'envelope' or 'polygon'.")
    if not isinstance(convert, bool):
        raise InputError(f"convert={brief(convert)} is neither True nor False.")
    spelled = f"{name}:Conversion" if convert else name if geometry is not None else None
    if geometry is None:
        return Order(format=spelled)
    if geometry_type == "polygon":
        return Order(polygon_of(geometry), "esriGeometryPolygon", spelled)
    return Order(envelope_of(geometry), "esriGeometryEnvelope", spelled)


def _warn_of_formats(downloaded: list[DownloadedRaster], wanted: str, *, convert: bool) -> None:
    """Warn of rasters that came in another format than was asked for."""
    others = [raster for raster in downloaded if raster.format not in ("", wanted)]
    if not others:
        return
    names = ", ".join(str(raster.raster) for raster in others[:8]) + (", …" if len(others) > 8 else "")
    came = ", ".join(sorted({raster.format for raster in others}))
    why = (
        "the server writes TIFF where a raster's type or bands do not fit a format; pass format='TIFF'"
        if convert
        else "rasters that lie wholly within geometry= are not cut, and keep their own; pass convert=True"
    )
    warnings.warn(f"Rasters {names} came as {came}, not as {wanted}: {why}.", XeeLiteWarning, stacklevel=3)
