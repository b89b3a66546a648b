"""Operations on the neighbourhood of each pixel.

A neighbourhood is one of the pixels that are asked for: at another scale the same kernel in pixels covers another area.
Every operation reads its input on the requested grid with a margin as wide as the kernel, so that the pixels of a tile
are those of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..images import extents
from ..images.image import Band, Mask, Pixels, Sampler, Values
from ..request_limits import check_time
from ..types import DOUBLE
from .outputs import compute_in_blocks, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reducers.reduce import Reducer
    from ..types import PixelType
    from ..values.kernel import Kernel, Weights

Margins = tuple[int, int, int, int]
"""Pixels to the left, at the top, to the right, at the bottom."""

Tap = tuple[int, int, float]

Shape = tuple[int, int]

Reduction = Callable[[Pixels, "Weights", Shape], Pixels]
"""``reduce(source, weights, shape)``: the pixels of a shape out of those of a window that is larger by the kernel's
margins."""

MAX_PIXELS = 50_000_000
"""Pixels that a request and its margins may have: this emulator's own limit."""


def read_neighbourhood(sampler: Sampler, band: Band, margins: Margins) -> Pixels:
    """A band on a sampler's grid and beyond its edges.

    Raises
    ------
    EarthError
        If that is too much.
    """
    left, top, right, bottom = margins
    grid = sampler.grid
    size = grid.width + left + right, grid.height + top + bottom
    if size[0] * size[1] > MAX_PIXELS:
        raise EarthError("User memory limit exceeded.")
    return sampler.at(extents.make_window(grid.projection, (-left, -top), size))(band)


def weights_at(sampler: Sampler, kernel: Kernel) -> Weights:
    """A kernel's weights for the pixels that are asked for."""
    return kernel.at(sampler.grid.projection.nominal_scale)


def convolve(band: Band, kernel: Kernel) -> Band:
    """The sum of the values around a pixel, each times its weight.

    The weight at the left of the centre goes with the pixel to the left: the guide to convolutions calls the result a
    linear combination of the kernel's values and the pixels that it covers. Whether the service turns the kernel, and
    what it makes of masked pixels, is not documented: here a pixel is masked where any that it needs is.
    """

    def compute(sampler: Sampler) -> Pixels:
        weights = weights_at(sampler, kernel)
        source = read_neighbourhood(sampler, band, weights.margins)
        if source.is_nothing:
            return Pixels.nothing(sampler.shape, np.float64)
        total, mask = np.zeros(sampler.shape), np.ones(sampler.shape, np.float32)
        for tap in weights.taps:
            part = _shift(source.values, tap, weights.margins, sampler.shape)
            total += tap[2] * part
            if not source.is_valid:
                np.minimum(mask, _shift(source.mask, tap, weights.margins, sampler.shape), out=mask)
        return Pixels(np.where(mask > 0, total, 0), mask)

    return band.derived(compute, type_=DOUBLE)


def reduce_neighbourhood(
    bands: Sequence[Band],
    reducer: Reducer,
    kernel: Kernel,
    names: Sequence[str],
    *,
    input_weight: str,
    skip_masked: bool,
) -> list[Band]:
    """A reducer's outputs over the pixels around each pixel.

    Parameters
    ----------
    bands : sequence of Band
        The reducer's inputs.
    reducer : Reducer
    kernel : Kernel
        Pixels under a weight of zero do not belong to the neighbourhood.
    names : sequence of str
        For the outputs.
    input_weight : str
        Where the reducer's weights come from: ``kernel``, ``mask``, or ``min``, the smaller of the two.
    skip_masked : bool
        Whether a pixel whose input is masked stays masked.
    """
    types = reducer.types([band.type for band in bands])

    def found(sampler: Sampler) -> dict[str, Pixels]:
        weights = weights_at(sampler, kernel)
        sources = [read_neighbourhood(sampler, band, weights.margins) for band in bands]
        if any(source.is_nothing for source in sources):
            return dict.fromkeys(reducer.outputs, Pixels.nothing(sampler.shape, np.float64))

        def block(rows: slice, columns: slice) -> dict[str, Pixels]:
            stacks = [_stack(source, weights, rows, columns, input_weight) for source in sources]
            return reducer.stack([values for values, _ in stacks], [shares for _, shares in stacks])

        pixels = compute_in_blocks(sampler.shape, 16 * len(bands) * max(len(weights.taps), 1), block)
        if skip_masked:
            here = np.minimum.reduce([sampler(band).mask for band in bands])
            pixels = {name: Pixels(one.values, np.minimum(one.mask, here)) for name, one in pixels.items()}
        return pixels

    return make_output_bands(bands[0], names, types, found)


def apply_focal(band: Band, kernel: Kernel, iterations: int, reduce: Reduction, type_: PixelType) -> Band:
    """A morphological filter, applied so many times."""

    def compute(sampler: Sampler) -> Pixels:
        weights = weights_at(sampler, kernel)
        left, top, right, bottom = weights.margins
        pixels = read_neighbourhood(
            sampler, band, (left * iterations, top * iterations, right * iterations, bottom * iterations)
        )
        for _ in range(iterations):
            height, width = pixels.values.shape
            shape = height - top - bottom, width - left - right
            pixels = Pixels.nothing(shape, type_.storage) if pixels.is_nothing else reduce(pixels, weights, shape)
        return Pixels(pixels.values.astype(type_.storage, copy=False), pixels.mask)

    return band.derived(compute, type_=type_)


def find_extreme(ufunc: np.ufunc, worst: Callable[[np.dtype[Any]], Any]) -> Reduction:
    """The reduction that keeps the least or the greatest valid value, tap by tap."""

    def reduce(source: Pixels, weights: Weights, shape: Shape) -> Pixels:
        values = source.values
        if not source.is_valid:
            values = np.where(source.mask > 0, values, worst(values.dtype))
        found = np.full(shape, worst(values.dtype), values.dtype)
        some = np.zeros(shape, bool)
        for tap in weights.taps:
            ufunc(found, _shift(values, tap, weights.margins, shape), out=found)
            some |= _shift(source.mask, tap, weights.margins, shape) > 0
        return Pixels(np.where(some, found, values.dtype.type(0)), some.astype(np.float32))

    return reduce


def stack_neighbourhood(reducer: Reducer) -> Reduction:
    """The reduction by a reducer of one input and one output, weighted by the kernel."""

    def reduce(source: Pixels, weights: Weights, shape: Shape) -> Pixels:
        def block(rows: slice, columns: slice) -> dict[str, Pixels]:
            values, shares = _stack(source, weights, rows, columns, "kernel")
            return reducer.stack([values], [shares])

        (found,) = compute_in_blocks(shape, 16 * max(len(weights.taps), 1), block).values()
        return found

    return reduce


def neighbourhood_bands(band: Band, kernel: Kernel) -> list[Band]:
    """Each pixel of the neighbourhood as a band, in rows from the top left.

    The names end in the column and the row of the pixel relative to the centre; how the service counts them is not
    documented.

    Raises
    ------
    EarthError
        If the kernel is not one of pixels: how many bands there are must not depend on the scale.
    """
    if not kernel.in_pixels:
        raise EarthError("Image.neighborhoodToBands: This emulator needs a kernel in pixels.")

    def neighbour(tap: Tap) -> Band:
        col, row, _ = tap
        margins = max(-col, 0), max(-row, 0), max(col, 0), max(row, 0)

        def compute(sampler: Sampler) -> Pixels:
            source = read_neighbourhood(sampler, band, margins)
            values = _shift(source.values, tap, margins, sampler.shape)
            return Pixels(values, _shift(source.mask, tap, margins, sampler.shape))

        return band.derived(compute, name=f"{band.name}_{col}_{row}")

    return [neighbour(tap) for tap in kernel.at(1.0).taps]


def compute_entropy(source: Pixels, weights: Weights, shape: Shape) -> Pixels:
    """Minus the sum of p log2(p), p being the share of a value among the valid pixels of the window.

    For each pixel of the window the others of its value are counted: the mean of log2(p) over pixels is the sum of
    p log2(p) over values.
    """

    def block(rows: slice, columns: slice) -> dict[str, Pixels]:
        values, shares = _stack(source, weights, rows, columns, "mask")
        valid = shares > 0
        count = valid.sum(axis=0)
        total = np.zeros(count.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            for one, known in zip(values, valid, strict=True):
                check_time()
                alike = ((values == one) & valid).sum(axis=0)
                total += np.where(known, np.log2(alike / count), 0)
            return {"entropy": Pixels(np.where(count > 0, -total / count, 0), (count > 0).astype(np.float32))}

    return compute_in_blocks(shape, 32 * max(len(weights.taps), 1), block)["entropy"]


def _shift(values: Any, tap: Tap, margins: Margins, shape: Shape) -> Any:  # noqa: ANN401 - values or mask
    """What lies at a tap from each pixel, out of a window with margins."""
    check_time()
    left, top = margins[0] + tap[0], margins[1] + tap[1]
    return values[top : top + shape[0], left : left + shape[1]]


def _stack(source: Pixels, weights: Weights, rows: slice, columns: slice, input_weight: str) -> tuple[Values, Values]:
    """Values and weights of the neighbourhoods of a block, one layer for each pixel of the kernel.

    A negative weight, of which no statistic makes sense, takes its pixel out.
    """
    size = rows.stop - rows.start, columns.stop - columns.start
    # A kernel of zeros has no neighbours: one layer without weight stands for them.
    taps = weights.taps or [(0, 0, 0.0)]
    left, top, right, bottom = weights.margins
    beyond = left + columns.start, top + rows.start, right, bottom
    values = np.stack([_shift(source.values, tap, beyond, size) for tap in taps])
    masks: list[Mask] = [_shift(source.mask, tap, beyond, size) for tap in taps]
    shares = np.empty(values.shape)
    for layer, (mask, (_, _, weight)) in enumerate(zip(masks, taps, strict=True)):
        if input_weight == "mask":
            shares[layer] = mask if weight else 0
        elif input_weight == "min":
            shares[layer] = np.minimum(mask, weight)
        else:
            shares[layer] = np.where(mask > 0, weight, 0)
    return values, np.maximum(shares, 0, out=shares)
