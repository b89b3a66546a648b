"""The kinds of images in a collection: the pixel types of their bands and their CRSs, each kind asked for once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from ..planning.combining import MOSAIC
from ..planning.resampling import REDUCERS, methods_of, resampling_of
from .bands import BandKinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..source import Query

PixelType = dict[str, Any]
"""As ``getInfo`` gives it: precision, min, max."""
Ways = tuple[tuple[str, str], ...]
"""Pairs of a resampling and a combination: the ways in which images are read."""

MAX_KINDS = 1000
"""Kinds that are asked for at most (chosen, not measured).

There may be one for each image: the pixel type of a band that holds the image's date, for example, has that number as
its range.
"""

_TYPES, _CRS = "xee_lite_types", "xee_lite_crs"
"""Properties of our own, set on each image within the request for metadata."""


def ways_of(query: Query, *, combined: bool) -> Ways:
    """The ways of reading that may each give a band another pixel type: by each resampling, and combined after it."""
    methods = methods_of(query.resampling)
    ways = [(method, MOSAIC) for method in methods]
    if combined and query.combine != MOSAIC:
        ways += [(method, query.combine) for method in methods]
    return tuple(ways)


def types_of(image: ee.Image, way: tuple[str, str]) -> ee.Dictionary:
    """The pixel types of an image's bands when it is read in one way: the mean of integers is a float, for example."""
    resampling, combine = way
    if resampling in REDUCERS:
        image = image.reduceResolution(getattr(ee.Reducer, resampling)())
    elif resampling != "nearest":
        image = image.resample(resampling)
    return (image if combine == MOSAIC else getattr(ee.ImageCollection([image]), combine)()).bandTypes()


def kinds_of(collection: ee.ImageCollection, ways: Ways) -> ee.List:
    """A row for each kind of image: its pixel types for each way, and its CRS, in the order of first appearance.

    The service itself drops duplicates (``distinct``), so that the reply is short for a hundred thousand images too.
    """
    names = [*(f"{_TYPES}{number}" for number in range(len(ways))), _CRS]

    def with_kind(image: ee.Image) -> ee.Image:
        # The CRS of the first band; the constant is for images without bands, on which projection() would fail.
        crs = image.addBands(ee.Image.constant(0)).select([0]).projection().crs()
        out = image.set(_CRS, crs)
        for name, way in zip(names, ways, strict=False):
            out = out.set(name, types_of(image, way))
        return out

    unlike = collection.map(with_kind).distinct(names).limit(MAX_KINDS)
    return unlike.reduceColumns(ee.Reducer.toList(len(names), 1), names).get("list")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of images of a source.

    Attributes
    ----------
    types : sequence of mapping
        Of each kind of image: for each way the pixel types by band.
    crs_names : tuple of str
        In the order in which they first appear.
    """

    types: Sequence[Mapping[tuple[str, str], Mapping[str, PixelType]]]
    crs_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], ways: Ways) -> Kinds:
        """From the rows that :func:`kinds_of` asks for."""
        types, crs_names = [], []
        for *by_way, crs in rows:
            types.append(dict(zip(ways, by_way, strict=True)))
            # An image without bands has the CRS of the constant above, which says nothing.
            crs_names += [crs] if isinstance(crs, str) and any(by_way) else []
        return cls(types, tuple(dict.fromkeys(crs_names)))

    @property
    def band_sets(self) -> list[frozenset[str]]:
        """The names of the bands of each kind."""
        return [frozenset(next(iter(types.values()))) for types in self.types]

    def of_band(self, band: str, query: Query) -> BandKinds | None:
        """The pixel types of a band over the kinds of images that have it; None where none has."""
        method = resampling_of(band, query.resampling)
        kinds = [types for types in self.types if band in types[method, MOSAIC]]
        if not kinds:
            return None
        return BandKinds(
            members=[types[method, MOSAIC][band] for types in kinds],
            results=[types.get((method, query.combine), types[method, MOSAIC])[band] for types in kinds],
        )
