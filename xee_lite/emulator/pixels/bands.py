"""Choosing and naming bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..values.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..images.image import Band, Image


def find_band(image: Image, name: str, where: str) -> Band:
    """The band of a name.

    Raises
    ------
    EarthError
        If there is none; the message is that of ``Image.select``, under the asking algorithm's name.
    """
    for band in image.bands:
        if band.name == name:
            return band
    raise EarthError(_unmatched_error(image, name, where))


def some_bands(image: Image, where: str, what: str = "image") -> tuple[Band, ...]:
    """All bands of an image that must have one at least.

    Raises
    ------
    EarthError
        If it has none; ``what`` is what the message calls it.
    """
    if not image.bands:
        raise EarthError(f"{where}: The {what} has no bands.")
    return image.bands


def only_band(image: Image, where: str, what: str = "image") -> Band:
    """The band of an image that must have no other.

    Raises
    ------
    EarthError
        If it has none or several; ``what`` is what the message calls it.
    """
    if len(image.bands) != 1:
        raise EarthError(f"{where}: The {what} must have one band, and it has {len(image.bands)}.")
    return image.bands[0]


def integer_bands(image: Image, where: str) -> tuple[Band, ...]:
    """All bands of an image that must be of integers.

    Raises
    ------
    EarthError
        If one holds other numbers, or arrays.
    """
    for band in image.bands:
        if band.type.precision != "int" or band.type.dimensions:
            raise EarthError(f"{where}: The values must be integers, but band '{band.name}' has others; cast it.")
    return image.bands


def select_bands(image: Image, selectors: Iterable[Any], where: str = "Image.select") -> list[Band]:
    """The bands that selectors choose: names, indices, or regular expressions that match a whole name.

    Raises
    ------
    EarthError
        If a selector matches nothing.
    """
    return make_names_distinct(band for selector in selectors for band in _matches(image, selector, where))


def make_names_distinct(bands: Iterable[Band]) -> list[Band]:
    """Bands with a suffix where a name comes again: ``x``, ``x_1``, ``x_2``."""
    found: dict[str, Band] = {}
    for band in bands:
        name, number = band.name, 0
        while name in found:
            number += 1
            name = f"{band.name}_{number}"
        found[name] = band if name == band.name else band.renamed(name)
    return list(found.values())


def rename_bands(bands: Iterable[Band], names: list[str], where: str) -> tuple[Band, ...]:
    """Bands under other names.

    Raises
    ------
    EarthError
        If there are more or fewer names than bands, or a name comes twice.
    """
    bands = list(bands)
    if len(bands) != len(names):
        raise EarthError(f"{where}: The number of names ({len(names)}) must match the number of bands ({len(bands)}).")
    if len(set(names)) != len(names):
        raise EarthError(f"{where}: Band names must be unique, got [{', '.join(names)}].")
    return tuple(band.renamed(name) for band, name in zip(bands, names, strict=True))


def match_bands(image: Image, other: Image, where: str) -> list[tuple[Band, Band]]:
    """Each band of an image with the one of another image that goes with it: its only band, or that in its place.

    Raises
    ------
    EarthError
        If the other image has neither one band nor equally many.
    """
    if len(other.bands) == 1:
        return [(band, other.bands[0]) for band in image.bands]
    if len(other.bands) != len(image.bands):
        raise EarthError(
            f"{where}: The images must have the same number of bands, or the second a single one. "
            f"Got {len(image.bands)} and {len(other.bands)}.",
        )
    return list(zip(image.bands, other.bands, strict=True))


def _matches(image: Image, selector: Any, where: str) -> list[Band]:  # noqa: ANN401 - a name or a number
    if isinstance(selector, (int, float)) and not isinstance(selector, bool):
        if selector not in range(len(image.bands)):
            raise EarthError(f"{where}: Band index {selector} is out of range; the image has {len(image.bands)} bands.")
        return [image.bands[int(selector)]]
    if not isinstance(selector, str):
        raise EarthError(f"{where}: A band selector must be a name or a number, got {type(selector).__name__}.")
    exact = [band for band in image.bands if band.name == selector]
    if exact:
        return exact
    pattern = Pattern(selector, where)
    found = [band for band in image.bands if pattern.matches(band.name)]
    if not found:
        raise EarthError(_unmatched_error(image, selector, where))
    return found


def _unmatched_error(image: Image, pattern: str, where: str) -> str:
    if not image.bands:
        return f"{where}: Band pattern '{pattern}' was applied to an Image with no bands."
    return f"{where}: Band pattern '{pattern}' did not match any bands. Available bands: [{', '.join(image.names)}]"
