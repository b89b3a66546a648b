"""Images and their bands: loading, constants, choosing, naming and joining bands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images.arrays import constant_arrays
from ..images.image import Image
from ..images.pixelwise import make_constant
from ..pixels.bands import make_names_distinct, rename_bands, select_bands
from ..values.array import Array
from ..values.pattern import Pattern

if TYPE_CHECKING:
    from ..evaluator.context import Context


@algorithm("Image.load")
def load(id_: str, version: int | None = -1, *, context: Context) -> Image:
    asset = context.catalogue.find(id_)
    if not isinstance(asset, Image):
        kind = "" if asset is None else " It is not an image."
        raise EarthError(
            f"Image.load: Image asset '{id_}' not found (does not exist or caller does not have access).{kind}",
        )
    if version not in (None, -1) and version != asset.version:
        raise EarthError(f"Image.load: Image asset '{id_}' not found at version {version}.")
    return asset


@algorithm("Image.constant")
def constant_image(value: Any) -> Image:  # noqa: ANN401 - a number or a list of numbers
    if isinstance(value, (int, float)):
        return Image((make_constant(value),))
    if isinstance(value, list) and all(isinstance(item, (int, float)) for item in value):
        return Image(tuple(make_constant(item, f"constant_{index}") for index, item in enumerate(value)))
    if isinstance(value, Array):
        return Image((constant_arrays(value.values) if value.values.ndim else make_constant(value.values.item()),))
    if isinstance(value, list):
        raise NotImplementedHereError("Image.constant: This emulator makes constants of lists of numbers only.")
    raise EarthError(f"Image.constant: The value must be a number or a list of numbers, got {type(value).__name__}.")


@algorithm("Image.select")
def select(input_: Image, band_selectors: list[Any], new_names: list[str] | None = None) -> Image:
    bands = select_bands(input_, band_selectors)
    chosen = tuple(bands) if new_names is None else rename_bands(bands, new_names, "Image.select")
    return replace(input_, bands=chosen)


@algorithm("Image.slice")
def slice_(image: Image, start: int, end: int | None = None) -> Image:
    return replace(image, bands=image.bands[start:end])


@algorithm("Image.rename")
def rename(input_: Image, names: list[str]) -> Image:
    return replace(input_, bands=rename_bands(input_.bands, names, "Image.rename"))


@algorithm("Image.regexpRename")
def regexp_rename(input_: Image, regex: str, replacement: str, all_: bool = True) -> Image:
    where = "Image.regexpRename"
    pattern = Pattern(regex, where)
    names = [pattern.replaced(name, replacement, every=all_, where=where) for name in input_.names]
    return replace(input_, bands=rename_bands(input_.bands, names, where))


@algorithm("Image.addBands")
def add_bands(dst_img: Image, src_img: Image, names: list[str] | None = None, overwrite: bool = False) -> Image:
    new = {band.name: band for band in src_img.bands}
    for name in names or ():
        if name not in new:
            raise EarthError(f"Image.addBands: Cannot add band '{name}' because it doesn't appear in srcImg.")
    added = list(src_img.bands) if names is None else [new[name] for name in names]
    # The id stays, by which clients know the dataset of an image with more bands (geedim's addMaskBands, maskClouds).
    if not overwrite:
        return replace(dst_img, bands=tuple(make_names_distinct([*dst_img.bands, *added])))
    bands = {band.name: band for band in [*dst_img.bands, *added]}
    return replace(dst_img, bands=tuple(bands.values()))


@algorithm("Image.cat")
def cat(images: list[Any]) -> Image:
    parts = [image if isinstance(image, Image) else constant_image(image) for image in images]
    properties = parts[0].properties if parts else {}
    return Image(tuple(make_names_distinct(band for part in parts for band in part.bands)), properties)
