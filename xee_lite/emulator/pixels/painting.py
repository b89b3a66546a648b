"""Rasterizing geometries: painting them onto a band, or reducing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.projecting import project, to_pixels
from ..images.casts import convert
from ..images.coverage import burn, geometry_mask
from ..images.image import Band, Mask, Pixels, Sampler, everywhere
from ..images.pixelwise import make_constant
from ..request_limits import hold
from ..types import DOUBLE
from .outputs import compute_in_blocks, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..geometry.geometry import Geometry
    from ..reducers.reduce import Reducer


@dataclass(frozen=True, slots=True)
class Stroke:
    """One geometry to paint.

    Attributes
    ----------
    geometry : Geometry
    colour : float
    width : float, optional
        Pixels of the outline; None fills the geometry.
    """

    geometry: Geometry
    colour: float
    width: float | None


def paint(band: Band, strokes: Sequence[Stroke]) -> Band:
    """A band with geometries painted over it, the last on top; what is painted is valid.

    Of an outline the pixels are painted whose centre is at most half its width away, or which the line touches; which
    ones the service takes is not documented.
    """
    type_ = band.type
    for stroke in strokes:
        type_ = type_.union(make_constant(stroke.colour).type)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        values = np.array(convert(pixels.values, band.type, type_))
        mask = np.array(pixels.mask)
        for stroke in strokes:
            covered = _cover(sampler, stroke) > 0
            values[covered] = values.dtype.type(stroke.colour)
            mask[covered] = 1
        return Pixels(values, mask)

    # What is painted may lie outside of the band's own rectangle.
    return replace(band.derived(compute, band, type_=type_), footprint=None, dimensions=None, origin=(0, 0))


def reduce_features(
    records: Sequence[tuple[Geometry, Sequence[float]]], reducer: Reducer, names: Sequence[str]
) -> list[Band]:
    """A reducer's outputs over the records whose geometry holds a pixel's centre."""
    types = reducer.types([DOUBLE] * reducer.inputs)

    def found(sampler: Sampler) -> dict[str, Pixels]:
        covers = [_hold(geometry_mask(sampler, geometry)) for geometry, _ in records]
        present = [index for index, cover in enumerate(covers) if cover.any()]
        if not present:
            return dict.fromkeys(reducer.outputs, Pixels.nothing(sampler.shape, np.float64))
        shares = [covers[index] for index in present]

        def block(rows: slice, columns: slice) -> dict[str, Pixels]:
            weights = np.stack([share[rows, columns] for share in shares])
            stacks = [
                np.stack([np.full(weights.shape[1:], float(records[index][1][column])) for index in present])
                for column in range(reducer.inputs)
            ]
            return reducer.stack(stacks, [weights] * reducer.inputs)

        return compute_in_blocks(sampler.shape, 8 * len(present) * (reducer.inputs + 1), block)

    return make_output_bands(make_constant(0), names, types, found)


def _hold(cover: Mask) -> Mask:
    if all(cover.strides):
        hold(cover, cover.nbytes)
    return cover


def _cover(sampler: Sampler, stroke: Stroke) -> Mask:
    if stroke.width is None:
        return geometry_mask(sampler, stroke.geometry)
    grid = sampler.grid
    shape = to_pixels(project(stroke.geometry, grid.crs), grid.projection)
    if shape.is_empty:
        return everywhere(sampler.shape, 0.0)
    lines = shape.boundary if shape.geom_type in {"Polygon", "MultiPolygon"} else shape
    thin = burn(lines, sampler.shape, touched=True)
    if stroke.width > 1:
        thin |= burn(lines.buffer(stroke.width / 2), sampler.shape, touched=False)
    return thin.astype(np.float32)
