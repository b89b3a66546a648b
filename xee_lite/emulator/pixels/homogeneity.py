"""Whether images are alike enough to be reduced to one: what the service says of those that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..types import INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..images.image import Band, Image, Pixels, Sampler
    from ..types import PixelType

_EXPECTED = "Expected a homogeneous image collection, but an image with"
_WHOLE = {UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64}
_SIGNED = {"Byte": 8, "Short": 16, "Integer": 32, "Long": 64}
"""Java's integers, by which messages call pixel types.

Seen are ``Short<0, 255>`` for bytes, ``Short``, ``Float<…>`` and ``Long<…>``; that the narrowest that holds the range
is named, and no range where it is the whole, is inferred.
"""


def alike(images: Sequence[Image], make: Callable[[Sequence[Image]], Image]) -> Image:
    """What ``make`` makes of images, or of the first alone, with a refusal in place of pixels where others differ.

    The service refuses (google's words in leftfield-geospatial/geedim#16 and gee-community/geemap#1058) when pixels are
    asked for; until then a composite has the bands of the first image.
    """
    refusal = refusal_of(images)
    if refusal is None:
        return make(images)

    def refuse(_: Sampler) -> Pixels:
        raise EarthError(refusal)

    like = make(images[:1])
    return replace(like, bands=tuple(band.derived(refuse) for band in like.bands))


def refusal_of(images: Sequence[Image]) -> str | None:
    """The service's words about the first image whose bands are others than those of the first; None if none is."""
    if not images:
        return None
    first = {band.name: band for band in images[0].bands}
    for image in images[1:]:
        if len(image.bands) != len(first) or any(band.name not in first for band in image.bands):
            return (
                f"{_EXPECTED} incompatible bands was encountered: First image type: {_spelled(images[0])}. "
                f"Current image type: {_spelled(image)}."
            )
        unlike = next((band for band in image.bands if not _fits(band.type, first[band.name].type)), None)
        if unlike is not None:
            return _mismatch(first[unlike.name], unlike, image)
    return None


def _fits(one: PixelType, other: PixelType) -> bool:
    """Whether images of two types may be reduced together.

    Of types that differ in their range alone both was seen: composites of constants in Google's samples, and a refusal
    in an export of ``Float<0.0, 0.0>`` beside ``Float<1.0, 1.0>``. They pass here, unless both are whole types.
    """
    if one == other:
        return True
    names = [type_name(type_).partition("<")[0] for type_ in (one, other)]
    return names[0] == names[1] and not {one, other} <= _WHOLE and one.dimensions == other.dimensions


def _spelled(image: Image) -> str:
    return f"{len(image.bands)} bands ([{', '.join(image.names)}])"


def _mismatch(expected: Band, actual: Band, image: Image) -> str:
    return (
        f"{_EXPECTED} an incompatible band was encountered. Mismatched type for band '{actual.name}':\n"
        f"Expected type: {type_name(expected.type)}.\n"
        f"  Actual type: {type_name(actual.type)}.\n"
        f"     Image ID: {image.properties.get('system:index')}\n"
        "This band might require an explicit cast."
    )


def type_name(type_: PixelType) -> str:
    """A pixel type as the service's messages spell it."""
    low, high = type_.min, type_.max
    if type_.precision != "int":
        name = type_.precision.capitalize()
        return name if low is None or high is None else f"{name}<{float(low)}, {float(high)}>"
    if low is None or high is None:
        return "Long"
    for name, bits in _SIGNED.items():
        least, greatest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        if least <= low and high <= greatest:
            return name if (low, high) == (least, greatest) else f"{name}<{int(low)}, {int(high)}>"
    return "Long"
