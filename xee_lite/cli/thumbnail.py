"""``xee-lite thumbnail``: a small picture of a source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .group import debug_option
from .looks import Command
from .output import json_option, print_json
from .service import service_options
from .source_options import CHOICES, source_options

if TYPE_CHECKING:
    from .service import Access
    from .source_options import Selection

_FORMATS = {".png": "png", ".jpg": "jpg", ".jpeg": "jpg"}

Numbers = list[float] | float | None


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> Numbers:
    """A number, or numbers that commas separate, one for each band."""
    if value is None:
        return None
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is neither a number nor numbers that commas separate.") from error
    return numbers[0] if len(numbers) == 1 else numbers


def _dimensions(_: click.Context, __: click.Parameter, value: str) -> int | tuple[int, int]:
    sizes = re.fullmatch(r"(\d+)(?:x(\d+))?", value)
    if sizes is None:
        raise click.BadParameter(f"{value!r} is no size: pass the pixels of the longer side, as 512, or WIDTHxHEIGHT.")
    return int(sizes[1]) if sizes[2] is None else (int(sizes[1]), int(sizes[2]))


@click.command(cls=Command)
@source_options
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--dimensions", default="512", show_default=True, metavar="SIZE", callback=_dimensions,
    help="Pixels of the longer side, or WIDTHxHEIGHT.",
)  # fmt: skip
@click.option("--min", "low", metavar="NUMBERS", callback=_numbers, help="Value that is black; one for each band.")
@click.option("--max", "high", metavar="NUMBERS", callback=_numbers, help="Value that is full; one for each band.")
@click.option("--gamma", metavar="NUMBERS", callback=_numbers, help="More than 1 brightens.")
@click.option("--palette", metavar="COLOURS", help="Colours of one band, such as black,green,white.")
@service_options
@json_option
@debug_option
def thumbnail(
    selection: Selection,
    target: Path,
    dimensions: int | tuple[int, int],
    low: Numbers,
    high: Numbers,
    gamma: Numbers,
    palette: str | None,
    service: Access,
    as_json: bool,
) -> None:
    """Draw ID, an image or the mosaic of a collection, to TARGET: .png or .jpg."""
    useless = ("crs", "scale", "like", "groupby", "nodata", "resampling", "rasters", "transport")
    selection.refuse("thumbnail", (*useless, *(CHOICES if selection.is_image_service else ())))
    kind = _FORMATS.get(target.suffix.lower())
    if kind is None:
        raise click.BadParameter(
            f"{str(target)!r} ends in {target.suffix!r}, which says no format: pass a name that ends in .png or .jpg.",
            param_hint="TARGET",
        )
    given = selection.arguments()
    region = given.get("bbox", given.get("geometry"))
    with service.session():
        from ..outputs.thumbnail import thumbnail as draw  # noqa: PLC0415 - with the machinery of grids

        picture = draw(
            selection.source(), bands=given.get("bands"), region=region, dimensions=dimensions, min=low, max=high,
            gamma=gamma, palette=palette, format=kind,
        )  # fmt: skip
    target.write_bytes(picture)
    if as_json:
        width, height = picture.size
        print_json({"path": str(target), "width": width, "height": height, "bytes": len(picture)})
    else:
        click.echo(f"{target}: {picture!r}")
