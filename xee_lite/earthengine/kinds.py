"""What a collection's images are like: their bands' types and their CRSs, each kind of image told once."""

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
"""Pairs of a resampling and a combination."""

MOST = 1000
"""Kinds that are asked for: each image is one of its own where it was made with a number of its own, as its date."""

_TYPES, _CRS = "xee_lite_types", "xee_lite_crs"
"""Properties that are put on every image of the metadata request."""


def ways_of(query: Query, *, combined: bool) -> Ways:
    """All that gives bands types of their own: how they are resampled, alone and before they are combined."""
    methods = methods_of(query.resampling)
    ways = [(method, MOSAIC) for method in methods]
    if combined and query.combine != MOSAIC:
        ways += [(method, query.combine) for method in methods]
    return tuple(ways)


def types_of(image: ee.Image, way: tuple[str, str]) -> ee.Dictionary:
    """The pixel types that a way of reading gives an image's bands: a mean of integers is none, for example."""
    resampling, combine = way
    if resampling in REDUCERS:
        image = image.reduceResolution(getattr(ee.Reducer, resampling)())
    elif resampling != "nearest":
        image = image.resample(resampling)
    return (image if combine == MOSAIC else getattr(ee.ImageCollection([image]), combine)()).bandTypes()


def kinds_of(collection: ee.ImageCollection, ways: Ways) -> ee.List:
    """For each kind of image its types by way and its CRS, in the order in which the kinds first appear.

    Duplicates are told by the service while it goes through the images, so that a hundred thousand of them make a
    short answer.
    """
    names = [*(f"{_TYPES}{number}" for number in range(len(ways))), _CRS]

    def with_kind(image: ee.Image) -> ee.Image:
        # An image may have no bands; of one that has some the first tells the CRS.
        crs = image.addBands(ee.Image.constant(0)).select([0]).projection().crs()
        out = image.set(_CRS, crs)
        for name, way in zip(names, ways, strict=False):
            out = out.set(name, types_of(image, way))
        return out

    unlike = collection.map(with_kind).distinct(names).limit(MOST)
    return unlike.reduceColumns(ee.Reducer.toList(len(names), 1), names).get("list")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of images, as the service told them.

    Attributes
    ----------
    types : sequence of mapping
        For each kind of image, by way, the pixel types by band.
    crs_names : tuple of str
        In the order in which they first appear.
    """

    types: Sequence[Mapping[tuple[str, str], Mapping[str, PixelType]]]
    crs_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], ways: Ways) -> Kinds:
        """From the answer to :func:`kinds_of`."""
        types, crs_names = [], []
        for *by_way, crs in rows:
            types.append(dict(zip(ways, by_way, strict=True)))
            # An image without bands lies nowhere.
            crs_names += [crs] if isinstance(crs, str) and any(by_way) else []
        return cls(types, tuple(dict.fromkeys(crs_names)))

    @property
    def band_sets(self) -> list[frozenset[str]]:
        """The names of the bands of each kind."""
        return [frozenset(next(iter(types.values()))) for types in self.types]

    def of_band(self, band: str, query: Query) -> BandKinds | None:
        """The types that a band has in those images that have it; None where none does."""
        method = resampling_of(band, query.resampling)
        having = [types for types in self.types if band in types[method, MOSAIC]]
        if not having:
            return None
        last = (method, query.combine)
        return BandKinds(
            members=[types[method, MOSAIC][band] for types in having],
            results=[types.get(last, types[method, MOSAIC])[band] for types in having],
        )
