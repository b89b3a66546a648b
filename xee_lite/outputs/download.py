"""A download of an image to files, by the words of ``ee.Image.getDownloadURL``, of any size."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..arguments import Arguments
from ..errors import InputError, OutputError, brief
from ..explain import explain
from ..opening import Opening
from ..planning.download_grids import GridWords
from ..planning.limits import Budget
from .download_arguments import DownloadArguments, DownloadFile
from .geotiff import to_geotiff
from .npy_file import write_npy
from .recorder import listener_of
from .regions import region_argument
from .running import unwritten

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from ..grids.grid import Grid
    from .progress import Listener, ProgressArgument
    from .raster_file import Driver

_BAND = "band"
"""The dimension of bands that are written to one file."""


def download(
    image: object,
    path: str | os.PathLike[str],
    *,
    format: str = "GEO_TIFF",  # noqa: A002 - as getDownloadURL has it
    bands: str | Sequence[str] | Sequence[Mapping[str, object]] | None = None,
    region: Sequence[float] | object = None,
    scale: float | None = None,
    crs: object = None,
    crs_transform: object = None,
    dimensions: Sequence[int] | None = None,
    name: str | None = None,
    file_per_band: bool | None = None,
    progress: ProgressArgument = None,
) -> list[Path]:
    """Write an image to a GeoTIFF, to a zip file of GeoTIFFs, or to an NPY file.

    The arguments mean what the reference of ``ee.Image.getDownloadURL`` says, and the pixels lie where its files have
    them. The service is asked for pixels and not for files: in one request for each grid where they fit into one, and
    else in parts that go straight to disk, so that there is no limit of size. Files have the names of their bands,
    exact masks and overviews, which those of the service lack.

    Parameters
    ----------
    image : asset id or ee.Image
        Of a collection choose an image, or make one of it, as ``collection.mosaic()``.
    path : path
        The file. For the zipped formats a name that ends in ".zip" is the zip file; any other is a folder, which is
        made where needed, for its members unpacked.
    format : {"GEO_TIFF", "ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND", "NPY", "COG"}
        "NPY" is a structured array with a field for each band, of the band's type and 0 where masked; "COG" is a Cloud
        Optimized GeoTIFF. The default is "GEO_TIFF", and not the reference's, which is "ZIPPED_GEO_TIFF".
    bands : str, sequence of str, or sequence of dict, default None
        Names, or dictionaries with the key "id" and maybe "crs", "crs_transform", "dimensions" and "scale", which
        replace the arguments of the same name where each band is a file. By default all bands.
    region : (west, south, east, north) in degrees, or a geometry, default None
        The file covers the box around it, and pixels outside of a polygon are not masked. By default the whole image.
        It counts for nothing beside ``crs`` and ``crs_transform``.
    scale : float, default None
        Metres. Pixels have their corners at multiples of it, unless it is the band's own scale and ``crs`` is not
        given: then they are the band's own pixels. By default the band's own scale. It counts for nothing beside
        ``crs`` and ``crs_transform``.
    crs : str, int, pyproj.CRS or ee.Projection, default None
        By default the band's own.
    crs_transform : affine.Affine or six numbers, default None
        From (column, row) to the units of ``crs``, in row-major order.
    dimensions : (width, height), default None
        Pixels of the file: over exactly the region or the image, or from ``crs_transform``.
    name : str, default None
        What names of files in zip files begin with. By default the last part of the image's id, or "download" of a
        computed image.
    file_per_band : bool, default None
        Whether ZIPPED_GEO_TIFF has a file ``name.band.tif`` for each band, which is the default, or one ``name.tif``.
        The other formats decide it themselves. The file of several bands has the grid of the first of them.
    progress : True or callable, optional
        True shows a line on standard error. A callable gets an `xee_lite.Progress` from time to time. Of several files
        each is told by itself, one after the other.

    Returns
    -------
    list of pathlib.Path
        What was written: the file, the zip file, or its members in the folder.

    Raises
    ------
    InputError
        If an argument can not work, or the image is a collection.
    RequestError
        When the service could not give a part.
    OutputError
        When a file could not be written.

    Warns
    -----
    XeeLiteWarning
        If what was passed counts for nothing beside something else.

    Examples
    --------
    >>> import xee_lite
    >>> paths = xee_lite.download("USGS/SRTMGL1_003", "dem.tif", region=(6.8, 45.8, 7.0, 46.0), scale=90)
    >>> print(*paths)
    dem.tif
    """
    tell = listener_of(progress)
    words = GridWords(crs, crs_transform, dimensions, scale)
    arguments = DownloadArguments.of(format, bands, words, name, file_per_band)
    target = _target(path, folder=arguments.is_zipped)
    with region_argument():
        opening = Opening.of(image, Arguments(bands=arguments.names, bbox=region, crs=crs))
        stack = opening.arguments.select(opening.source.stack)
        if not stack.is_image:
            raise InputError(
                f"{stack.source} is a collection of {len(stack.items)} images: pass the id of one, or an image made of "
                "them, as ee.ImageCollection(...).mosaic()."
            )
        plain = opening.arguments
        planned = replace(arguments, words=replace(words, crs=plain.crs)).files(stack, plain.bbox)
    try:
        return _written(opening, arguments, planned, target, tell)
    except OutputError:
        raise
    except OSError as error:
        raise unwritten(error) from error


def _written(
    opening: Opening, arguments: DownloadArguments, planned: list[DownloadFile], target: Path, tell: Listener | None
) -> list[Path]:
    """Write the files, and say where they are."""
    if arguments.format == "NPY":
        write_npy(_bands(opening, planned[0].bands, planned[0].grid, nodata=0), target, tell)
        return [target]
    if not arguments.is_zipped:
        return [_geotiff(_stacked(opening, planned[0]), target, tell, cloud_optimized=arguments.format == "COG")]
    if target.suffix.lower() != ".zip":
        target.mkdir(parents=True, exist_ok=True)
        return _members(opening, planned, target, tell)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        members = _members(opening, planned, Path(folder), tell)
        whole = Path(folder) / "whole"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:  # GeoTIFFs are compressed already
            for member in members:
                archive.write(member, member.name)
        whole.replace(target)
    return [target]


def _members(opening: Opening, planned: list[DownloadFile], folder: Path, tell: Listener | None) -> list[Path]:
    """The GeoTIFFs of a zip file, in a folder; bands on one grid are read together where they fit into a request."""
    grids: dict[Grid, list[DownloadFile]] = {}
    for file in planned:
        grids.setdefault(file.grid, []).append(file)
    written = {}
    for grid, files in grids.items():
        if len(files[0].bands) > 1:
            written[files[0].stem] = _geotiff(_stacked(opening, files[0]), folder / f"{files[0].stem}.tif", tell)
            continue
        together = _bands(opening, tuple(file.bands[0] for file in files), grid)
        if explain(together).count == 1:
            together = together.load()
        for file in files:
            written[file.stem] = _geotiff(together[[file.bands[0]]], folder / f"{file.stem}.tif", tell)
    return [written[file.stem] for file in planned]


def _geotiff(dataset: xr.Dataset, path: Path, tell: Listener | None, *, cloud_optimized: bool = False) -> Path:
    driver: Driver = "COG" if cloud_optimized else "GTiff"
    return Path(to_geotiff(dataset, path, driver=driver, overviews=True, progress=tell).paths[0])


def _stacked(opening: Opening, file: DownloadFile) -> xr.Dataset:
    """Bands of one file as one variable, which has one type and one number for missing pixels."""
    arguments = Arguments(bands=file.bands, grid=file.grid, band_dim=_BAND, mask_and_scale=False)
    return _in_few_requests(opening, arguments)


def _bands(opening: Opening, names: tuple[str, ...], grid: Grid, *, nodata: float | None = None) -> xr.Dataset:
    """Bands as variables of their own types."""
    arguments = Arguments(bands=names, grid=grid, mask_and_scale=False, nodata="exact" if nodata is None else nodata)
    return _in_few_requests(opening, arguments)


def _in_few_requests(opening: Opening, arguments: Arguments) -> xr.Dataset:
    """A dataset that one request reads, if the service takes it; else spread over requests that run side by side.

    The requests do not depend on the options of the process, so that an interrupted download goes on under others.
    """
    dataset = Opening(arguments, opening.source).dataset()
    total, limits = explain(dataset).bytes, opening.source.limits
    budget = Budget(limits.default_bytes, limits.concurrent_requests, limits.least_bytes)
    size = limits.request_bytes if total <= limits.request_bytes else budget.per_request(total)
    return Opening(replace(arguments, request_bytes=size), opening.source).dataset()


def _target(path: str | os.PathLike[str], *, folder: bool) -> Path:
    """Where to write.

    Raises
    ------
    InputError
        If it is no path, its folder does not exist, or a folder is there where a file is to be.
    """
    try:
        target = Path(path)
    except TypeError as error:
        raise InputError(f"path={brief(path)} is no path of a file.") from error
    is_file = not folder or target.suffix.lower() == ".zip"
    if is_file and target.is_dir():
        raise InputError(f"path={brief(str(path))} is a folder: pass the name of a file in it.")
    if is_file and not target.parent.is_dir():
        raise InputError(f"path={brief(str(path))} is in a folder that does not exist: make {target.parent} first.")
    if not is_file and target.exists() and not target.is_dir():
        raise InputError(
            f"path={brief(str(path))} is a file: pass a name that ends in '.zip', or a folder for the unpacked files."
        )
    return target
