"""Missing pixels: how they are transferred, what stands for them in memory, and how they are written.

What a service sends for a missing pixel (0, for example) may be a valid value too. With ``nodata="exact"`` the mask of
each band is therefore transferred beside its values, one byte a pixel: the values keep their own narrow type, no number
has to be set aside, and no rule of the service about fill values has to be known. With a number for ``nodata`` only the
values are transferred, and whatever equals the number is missing. Where a service sends no masks, its bands say which
number stands for missing pixels, and in which type no valid pixel has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..errors import InputError
from ..stack import Band
from .flags import flag_attrs

Nodata = Literal["exact"] | float
DType = np.dtype[Any]

MASK = np.dtype("u1")
"""The type of a mask on the wire: 0 where the pixel is missing."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How the pixels of one band are transferred, kept and written.

    Attributes
    ----------
    wire : numpy.dtype
        Type of the values on the wire.
    masked : bool
        Whether the mask is transferred beside the values.
    number : float, optional
        The number that means missing on the wire, where no mask is transferred.
    memory : numpy.dtype
        Type of the array that the user sees.
    fill : float
        What stands in that array for a missing pixel (NaN where it can).
    attrs, encoding : dict
        Attributes and encoding of the variable, such that what is written is read back with the same values and type,
        and that a part which was never written is missing.
    """

    wire: DType
    masked: bool
    number: float | None
    memory: DType
    fill: float
    attrs: dict[str, Any] = field(default_factory=dict)
    encoding: dict[str, Any] = field(default_factory=dict)

    @property
    def wire_dtypes(self) -> tuple[DType, ...]:
        """Types of the bands that are transferred for this one: of its values, and of its mask where it has one."""
        return (self.wire, MASK) if self.masked else (self.wire,)

    @property
    def marks_number(self) -> bool:
        """Whether the number that means missing on the wire is also what a file has for it."""
        return self.number is not None and {**self.attrs, **self.encoding}["_FillValue"] == self.number

    @property
    def reserved(self) -> int | None:
        """The value of the wire's type that marks missing pixels in memory or in files, if there is one.

        It lies beyond the range that the source declares; a valid pixel that has it all the same would be lost.
        """
        mark = {**self.attrs, **self.encoding}.get("_FillValue")
        if not self.masked or self.wire.kind == "f" or mark is None or mark.dtype.kind == "f":
            return None
        info = np.iinfo(self.wire)
        return int(mark) if info.min <= mark <= info.max else None

    def blank(self, pixels: np.ndarray[Any, DType]) -> None:
        """Replace the number that means missing by the fill, in place, where the two differ."""
        if self.number is not None and self.fill != self.number:
            np.putmask(pixels, pixels == self.wire.type(self.number), self.fill)


def codecs_of(
    bands: Iterable[Band], nodata: Nodata | Mapping[str, Nodata], mask_and_scale: bool | Mapping[str, bool]
) -> dict[str, Codec]:
    """The codec of each band, by its name; bands that a mapping leaves out get the default.

    Raises
    ------
    InputError
        If ``nodata`` is neither "exact" nor a number of the band's type.
    """
    return {
        band.name: codec(band, nodata_of(band, nodata), mask_and_scale=_is_scaled(band.name, mask_and_scale))
        for band in bands
    }


def shared_codecs(
    name: str, bands: Sequence[Band], nodata: Nodata | Mapping[str, Nodata], mask_and_scale: bool | Mapping[str, bool]
) -> dict[str, Codec]:
    """The codecs of bands that are one variable: each is transferred in its own type, and all are kept in one type.

    Parameters
    ----------
    name : str
        Of the variable, in ``mask_and_scale`` too.
    bands : sequence of Band
    nodata : "exact", number, or mapping of these by band
    mask_and_scale : bool, or mapping of these by variable

    Raises
    ------
    InputError
        As :func:`codecs_of`.
    """
    scaled = _is_scaled(name, mask_and_scale)
    own = codecs_of(bands, nodata, scaled)
    # They keep a number in files only where all have the same one.
    numbers = {each.number if each.marks_number else None for each in own.values()}
    number = numbers.pop() if len(numbers) == 1 else None
    common = codec(_union(name, bands), "exact" if number is None else number, mask_and_scale=scaled)
    memory = np.result_type(*(each.memory for each in own.values()))
    if scaled and memory != common.memory:  # int16 and uint16 are int32 together, but float32 holds both
        common = _for_readers(replace(common, memory=memory, encoding={"_FillValue": memory.type(np.nan)}))
    return {band: replace(common, wire=each.wire, masked=each.masked, number=each.number) for band, each in own.items()}


def codec(band: Band, nodata: Nodata, *, mask_and_scale: bool) -> Codec:
    """The codec of one band.

    Parameters
    ----------
    band : Band
    nodata : "exact" or number
    mask_and_scale : bool
        As in xarray: True for floats with NaN, False for the stored numbers with a ``_FillValue``.

    Raises
    ------
    InputError
        If the number does not exist in the band's type.
    """
    missing = band.missing
    if nodata != "exact":
        chosen = _by_number(band, _checked(band, nodata), mask_and_scale)
    elif missing is not None and missing.wire == band.dtype and band.dtype.kind != "f":
        chosen = _by_number(band, missing.number, mask_and_scale)
    elif band.dtype.kind == "f":
        chosen = _exact_float(band, mask_and_scale)
    else:
        chosen = _exact_integer(band, mask_and_scale)
    if missing is not None and chosen.masked:  # the service sends no mask: the number takes its place on the wire
        chosen = replace(chosen, wire=missing.wire, masked=False, number=missing.number)
    written = np.dtype(chosen.encoding.get("dtype", chosen.memory))
    return _for_readers(replace(chosen, attrs={**chosen.attrs, **flag_attrs(band.classes, written)}))


def nodata_of(band: Band, nodata: Nodata | Mapping[str, Nodata]) -> Nodata:
    """The user's choice for one band: a mapping names some bands, and the others are exact.

    Raises
    ------
    InputError
        If it is neither "exact" nor a number.
    """
    choice = nodata.get(band.name, "exact") if isinstance(nodata, Mapping) else nodata
    if choice != "exact" and (isinstance(choice, (str, bool)) or not np.isscalar(choice)):
        raise InputError(
            f"nodata={choice!r} for band {band.name!r}: pass 'exact', a number, or a mapping of these by band."
        )
    return choice


def _is_scaled(name: str, mask_and_scale: bool | Mapping[str, bool]) -> bool:
    """The user's choice for one variable; True where a mapping leaves it out."""
    return mask_and_scale.get(name, True) if isinstance(mask_and_scale, Mapping) else mask_and_scale


def _union(name: str, bands: Sequence[Band]) -> Band:
    """A band whose type and range hold the values of all bands."""
    dtype = np.result_type(*(band.dtype for band in bands))
    if dtype.kind == "f":
        return Band(name, dtype)
    ranges = [band.range or (np.iinfo(band.dtype).min, np.iinfo(band.dtype).max) for band in bands]
    lows, highs = zip(*ranges, strict=True)
    return Band(name, dtype, (min(lows), max(highs)))


def _exact_float(band: Band, mask_and_scale: bool) -> Codec:
    marked = {"_FillValue": band.dtype.type(np.nan)}
    if mask_and_scale:
        return Codec(band.dtype, True, None, band.dtype, np.nan, encoding=marked)
    return Codec(band.dtype, True, None, band.dtype, np.nan, attrs=marked)


def _exact_integer(band: Band, mask_and_scale: bool) -> Codec:
    stored, fill = _room_for_missing(band)
    if not mask_and_scale:
        return Codec(band.dtype, True, None, stored, fill, attrs={"_FillValue": stored.type(fill)})
    memory = _promoted(band.dtype)
    # What is written must be read back in the same type: where the wider integer would become float64, the float32 in
    # memory is written as it is, in as many bytes.
    fits = _promoted(stored) == memory
    encoding = {"dtype": stored, "_FillValue": stored.type(fill)} if fits else {"_FillValue": memory.type(np.nan)}
    return Codec(band.dtype, True, None, memory, np.nan, encoding=encoding)


def _by_number(band: Band, number: float, mask_and_scale: bool) -> Codec:
    marked = {"_FillValue": band.dtype.type(number)}
    if not mask_and_scale:
        return Codec(band.dtype, False, number, band.dtype, number, attrs=marked)
    memory = band.dtype if band.dtype.kind == "f" else _promoted(band.dtype)
    return Codec(band.dtype, False, number, memory, np.nan, encoding={"dtype": band.dtype, **marked})


def _checked(band: Band, nodata: float) -> float:
    if band.dtype.kind == "f":
        if not np.isfinite(nodata):
            raise InputError(
                f"nodata={nodata!r} for band {band.name!r} can not be asked for: pass a finite number, or 'exact', "
                "which gives NaN."
            )
        return float(nodata)
    info = np.iinfo(band.dtype)
    if not (float(nodata).is_integer() and info.min <= nodata <= info.max):
        raise InputError(
            f"nodata={nodata!r} does not exist in band {band.name!r}, which is {band.dtype.name} ({info.min} to "
            f"{info.max}): pass a number in that range, or 'exact'."
        )
    return int(nodata)


_FAR = -(2**53)
"""Marks missing pixels in 64 bits: float64 and float32 have this number too, and bands of 32 bits none near it."""


def _room_for_missing(band: Band) -> tuple[DType, int]:
    """The narrowest integer type that holds the declared range and a number apart from it, and that number."""
    info = np.iinfo(band.dtype)
    low, high = band.range or (info.min, info.max)
    if band.dtype.itemsize == 8:  # several bands in one, each of at most 32 bits
        return band.dtype, _FAR
    if _apart(info.max, high):
        return band.dtype, int(info.max)
    if _apart(info.min, low):
        return band.dtype, int(info.min)
    return np.dtype(f"i{2 * band.dtype.itemsize}"), _FAR if band.dtype.itemsize == 4 else int(info.min) - 1


def _apart(fill: int, bound: float) -> bool:
    """Whether GDAL tells a number for missing pixels from the nearest valid value.

    By ``ARE_REAL_EQUAL`` of gdal_priv.h, numbers are equal within two units in the last place of a float32; the warper
    goes by it for integers too.
    """
    return abs(fill - bound) > 2 * float(np.finfo("f4").eps) * abs(fill + bound)


def _promoted(dtype: DType) -> DType:
    """The float type to which xarray decodes an integer type: float32 holds 16 bits exactly, float64 holds 32."""
    return np.dtype("f4") if dtype.itemsize <= 2 else np.dtype("f8")


def _for_readers(codec: Codec) -> Codec:
    """Add what some software reads instead of ``_FillValue`` to the encoding; no writer makes attributes of it.

    ``fill_value``: what a chunk reads as that was never written. In Zarr format 2 xarray takes ``_FillValue`` for it,
    but not in format 3, where it is 0 for integers unless the encoding says otherwise.

    ``nodata``: odc-geo takes ``_FillValue`` of the encoding, which is the number in a file, for the number in memory,
    where missing pixels are NaN. It looks for ``nodata`` first.
    """
    mark = {**codec.attrs, **codec.encoding}["_FillValue"]
    in_memory = {"nodata": np.nan} if "_FillValue" in codec.encoding and not np.isnan(mark) else {}
    return replace(codec, encoding={**codec.encoding, "fill_value": mark, **in_memory})
