"""The layout of a dataset: the dimension of its images, that of its bands, and how its coordinates are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..grids.coordinates import GRID_MAPPING

if TYPE_CHECKING:
    from ..stack import Stack

BAND_DATA = "band_data"
"""The name of the one variable of all bands; rioxarray's engine calls it so too."""

_KNOWN = ("time", "id")
"""Coordinates that every item has without being asked for a property."""

_SPATIAL = ("y", "x", GRID_MAPPING)

COORDINATES = frozenset({*_KNOWN, *_SPATIAL})
"""Names that every dataset has, and that no band and no property may take."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout that the user asked for.

    Attributes
    ----------
    dim : str, optional
        The dimension of the images: "time", "id", or a property of theirs. None means `default_dim` for a collection
        and no dimension for a single image.
    band_dim : str, optional
        The dimension of the bands, which then are one variable; None makes each band a variable.
    lazy_coords : bool
        Whether x and y are computed when they are used, instead of kept in memory.
    default_dim : str
        The dimension of the images where the user names none.
    """

    dim: str | None = None
    band_dim: str | None = None
    lazy_coords: bool = False
    default_dim: str = "time"

    @property
    def item_dim(self) -> str:
        """The dimension of the images; a single image has it too, until it is dropped."""
        return self.default_dim if self.dim is None else self.dim

    @property
    def properties(self) -> tuple[str, ...]:
        """The name of the property that is the dimension, if one is."""
        return () if self.item_dim in _KNOWN else (self.item_dim,)

    def check(self, stack: Stack) -> None:
        """Refuse a dimension and a band that have the name of something else.

        Raises
        ------
        InputError
            If one has the name of a coordinate or of another dimension.
        """
        bands = () if self.band_dim else tuple(band.name for band in stack.bands)
        hidden = next((band for band in bands if band in COORDINATES), None)
        if hidden is not None:
            raise InputError(
                f"Band {hidden!r} of {stack.source} has the name of a coordinate: rename it on the service, as "
                "image.rename(...), leave it out by drop_variables=, or pass band_dim='band'."
            )
        taken = {*_SPATIAL, *bands}
        if self.item_dim in taken:
            raise InputError(
                f"dim={self.item_dim!r} is the name of a band or coordinate of {stack.source}: pass another."
            )
        if self.band_dim in {*taken, *_KNOWN, self.item_dim, *stack.items.properties, BAND_DATA}:
            raise InputError(
                f"band_dim={self.band_dim!r} is the name of another dimension or coordinate: pass one such as 'band'."
            )

    def arrange(self, stack: Stack) -> Stack:
        """Sort the items by their dimension; a stack has them in the order of `default_dim`.

        Raises
        ------
        InputError
            If an item lacks the property, or its values can not be compared.
        """
        if self.item_dim == self.default_dim:
            return stack
        if self.item_dim == "time":
            return replace(stack, items=stack.items.take(np.argsort(stack.items.times, kind="stable")))
        ids = stack.items.ids
        values: list[Any] = ids if self.item_dim == "id" else stack.items.properties.get(self.item_dim, [None])
        if None in values:
            image = ids[values.index(None)]
            raise InputError(
                f"dim={self.item_dim!r} is no property of image {image!r} of {stack.source}: pass one that all images "
                "have, or filter those out."
            )
        try:
            order = sorted(range(len(values)), key=values.__getitem__)
        except TypeError as error:
            raise InputError(
                f"dim={self.item_dim!r} of {stack.source} has values that can not be ordered: pass a property that is "
                "a number in all images, or text in all."
            ) from error
        return replace(stack, items=stack.items.take(order))
