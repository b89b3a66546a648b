"""Resampling: how a pixel of the grid gets its value, by an interpolation or by a reducer of the pixels it covers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError, XeeLiteWarning, brief
from .combining import keeps_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..stack import Band

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")
REDUCERS = ("mean", "median", "mode", "min", "max", "sum", "count", "stdDev", "variance")
"""The names of the reducers are those of ``ee.Reducer``."""

Resampling = str | Mapping[str, str]
"""One method for all bands, or a mapping by band; bands that it leaves out are "nearest"."""

_CHOOSING = {"nearest", "mode", "min", "max"}
"""Methods that give values of the source, so that classes stay classes."""


def check_resampling(resampling: Resampling) -> Resampling:
    """The resampling that was passed; simply "nearest" where a mapping names nothing else.

    Raises
    ------
    InputError
        If it is neither a known name nor a mapping of such by band.
    """
    named = resampling.values() if isinstance(resampling, Mapping) else (resampling,)
    for name in named:
        if not isinstance(name, str) or name not in (*INTERPOLATIONS, *REDUCERS):
            known = ", ".join((*INTERPOLATIONS, *REDUCERS))
            raise InputError(
                f"resampling={brief(name)} is unknown: pass one of {known}, or a mapping of these by band."
            )
    if isinstance(resampling, Mapping):
        nameless = next((band for band in resampling if not isinstance(band, str)), None)
        if nameless is not None:
            raise InputError(f"resampling= names {brief(nameless)}, which is no band: pass names of bands as text.")
    return "nearest" if set(named) <= {"nearest"} else resampling


def resampling_of(band: str, resampling: Resampling) -> str:
    """The method for one band."""
    return resampling.get(band, "nearest") if isinstance(resampling, Mapping) else resampling


def methods_of(resampling: Resampling) -> tuple[str, ...]:
    """All methods that are used; of a mapping "nearest" too, for bands that it leaves out."""
    if isinstance(resampling, Mapping):
        return tuple(dict.fromkeys(("nearest", *resampling.values())))
    return (resampling,)


def check_bands(bands: Iterable[Band], source: str, resampling: Resampling) -> None:
    """Refuse a mapping that names an unknown band.

    Raises
    ------
    InputError
        With the bands that there are.
    """
    known = [band.name for band in bands]
    unknown = [name for name in resampling if name not in known] if isinstance(resampling, Mapping) else []
    if unknown:
        raise InputError(
            f"resampling= names {brief(unknown[0])}, which is no band of {source}: it has {', '.join(known)}."
        )


def with_lasting_classes(bands: tuple[Band, ...], resampling: Resampling, combine: str) -> tuple[Band, ...]:
    """The bands, without classes where resampling or combining makes other numbers of them, which a warning says."""
    lost = [
        band.name
        for band in bands
        if band.classes and not (resampling_of(band.name, resampling) in _CHOOSING and keeps_values(combine))
    ]
    if lost:
        method = f"combine={combine!r}" if not keeps_values(combine) else f"resampling={brief(resampling)}"
        advice = (
            "pass combine='mode', or open them apart"
            if not keeps_values(combine)
            else f"pass resampling={{{lost[0]!r}: 'mode', ...}}, or open them apart"
        )
        warnings.warn(
            f"{method} makes numbers between classes of {', '.join(lost)}, whose values are the classes of a table: "
            f"{advice}.",
            XeeLiteWarning,
            stacklevel=2,
        )
    return tuple(replace(band, classes={}) if band.name in lost else band for band in bands)
