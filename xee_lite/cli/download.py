"""``xee-lite download``: one image as a file, by the words of ``ee.Image.getDownloadURL``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .group import debug_option, resumable
from .looks import Command
from .output import json_option, print_json
from .progress import shown_progress
from .service import service_options
from .source_options import source_options

if TYPE_CHECKING:
    from .service import Access
    from .source_options import Selection

_FORMATS = ("GEO_TIFF", "COG", "ZIPPED_GEO_TIFF", "ZIPPED_GEO_TIFF_PER_BAND", "NPY")
_RESUMED = ("GEO_TIFF", "COG")
"""Files that are written part by part."""

_OF_SUFFIX = {".tif": "GEO_TIFF", ".tiff": "GEO_TIFF", ".zip": "ZIPPED_GEO_TIFF", ".npy": "NPY"}


@click.command(cls=Command)
@source_options
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS, case_sensitive=False), help="By default, as the suffix says."
)
@click.option("--name", help="What names of files within a zip begin with.")
@service_options
@json_option
@debug_option
def download(
    selection: Selection, target: Path, kind: str | None, name: str | None, service: Access, as_json: bool
) -> None:
    """Write ID, an image, to TARGET: .tif, .zip or .npy.

    Of a collection the options have to leave one image. A large GeoTIFF that was interrupted goes on where it was when
    the same command runs again.
    """
    if selection.is_image_service:
        raise click.UsageError(
            "download has the words of getDownloadURL, which an image service has not: pass its URL to "
            "'xee-lite export', or to 'xee-lite imageserver download' for its original files."
        )
    selection.refuse("download", ("groupby", "nodata", "resampling"))
    found = kind or _OF_SUFFIX.get(target.suffix.lower())
    if found is None:
        raise click.BadParameter(
            f"{str(target)!r} ends in {target.suffix!r}, which says no format: pass a name that ends in .tif, .zip or "
            ".npy, or --format.",
            param_hint="TARGET",
        )
    with service.session():
        from ..outputs.download import download as write  # noqa: PLC0415 - with the machinery of grids

        image, words = selection.image(), _words(selection)
        with resumable() if found in _RESUMED else nullcontext(), shown_progress(quiet=as_json) as progress:
            paths = write(image, target, format=found, name=name, progress=progress, **words)
    if as_json:
        print_json({"paths": list(map(str, paths))})
    else:
        for path in paths:
            click.echo(path)


def _words(selection: Selection) -> dict[str, Any]:
    """The options as getDownloadURL calls them."""
    given = selection.arguments()
    region = given.pop("bbox", None), given.pop("geometry", None)
    words = {**given, "region": next((part for part in region if part is not None), None)}
    if (like := words.pop("like", None)) is not None:
        from ..grids.raster import raster_grid  # noqa: PLC0415 - with pyproj

        grid = raster_grid(like)
        words |= {"crs": grid.crs, "crs_transform": tuple(grid.transform)[:6], "dimensions": grid.shape[::-1]}
    return words
