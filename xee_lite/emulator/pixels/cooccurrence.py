"""Textures from grey-level co-occurrence matrices.

R. Haralick, K. Shanmugam and I. Dinstein, Textural features for image classification, 1973, and R. Conners, M. Trivedi
and C. Harlow, Segmentation of a high-resolution urban scene using texture operators, 1984. A matrix counts each pair of
pixels in both orders. It is never made here: a mean over matrix entries is one over pairs, and the probability of an
entry is the share of the pairs that are equal.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood
from .outputs import compute_in_blocks, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..images.image import Values

    Floats = npt.NDArray[np.float64]
    Levels = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

Offset = tuple[int, int]
"""Columns and rows to the second pixel of a pair."""

MEASURES = (
    "asm", "contrast", "corr", "var", "idm", "savg", "svar", "sent", "ent", "dvar", "dent", "imcorr1", "imcorr2",
    "maxcorr", "diss", "inertia", "shade", "prom",
)  # fmt: skip
"""In the order of the served description; they follow the band's name and an underscore."""

MAX_LEVEL = 2**30
"""Beyond it no level may lie, so that a pair of them is one number of 64 bits."""


def compute_textures(band: Band, size: int, offsets: Sequence[Offset], *, average: bool) -> list[Band]:
    """All measures of a band, of each direction or of their average.

    Parameters
    ----------
    band : Band
        Of integers.
    size : int
        Pixels that the window reaches from its middle.
    offsets : sequence of (column, row)
        One for each direction. Pairs lie in the window with both pixels; those with a masked one do not count.
    average : bool
        A direction without pairs takes no part.
    """
    offset_groups = [None] if average else list(offsets)
    names = [
        f"{band.name}_{measure}" if offset is None else f"{band.name}_{measure}_{offset[0]}_{offset[1]}"
        for offset in offset_groups
        for measure in MEASURES
    ]

    def found(sampler: Sampler) -> dict[str, Pixels]:
        source = read_neighbourhood(sampler, band, (size,) * 4)
        if source.is_nothing:
            return dict.fromkeys(names, Pixels.nothing(sampler.shape, np.float64))
        valid = source.mask > 0
        levels = np.where(valid, source.values, 0).astype(np.int64)
        if np.abs(levels).max(initial=0) >= MAX_LEVEL:
            raise EarthError(f"Image.glcmTexture: Band '{band.name}' has values of more than 30 bits.")

        def block(rows: slice, columns: slice) -> dict[str, Pixels]:
            window = np.s_[rows.start : rows.stop + 2 * size, columns.start : columns.stop + 2 * size]
            each = [_measure(*_pairs(levels[window], valid[window], size, offset)) for offset in offsets]
            results = _merge(each) if average else chain.from_iterable(each)
            return dict(zip(names, results, strict=True))

        return compute_in_blocks(sampler.shape, 64 * (2 * size + 1) ** 2, block)

    return make_output_bands(band, names, dict.fromkeys(names, DOUBLE), found)


def _pairs(levels: Levels, valid: Flags, size: int, offset: Offset) -> tuple[Levels, Levels, Flags]:
    """First and second levels of the pairs around each pixel, and which of them there are; pairs come first."""
    col, row = offset
    side = 2 * size + 1
    height, width = levels.shape[0] - 2 * size, levels.shape[1] - 2 * size
    firsts, seconds, known = [], [], []
    for top in range(max(-row, 0), side - max(row, 0)):
        for left in range(max(-col, 0), side - max(col, 0)):
            one = np.s_[top : top + height, left : left + width]
            other = np.s_[top + row : top + row + height, left + col : left + col + width]
            firsts.append(levels[one])
            seconds.append(levels[other])
            known.append(valid[one] & valid[other])
    return np.stack(firsts), np.stack(seconds), np.stack(known)


def _measure(first: Levels, second: Levels, known: Flags) -> list[Pixels]:
    """The measures of one direction; masked where there are no pairs.

    The variance of sums is that around their mean: the paper's formula has their entropy in its place, which is held
    for a slip. An undefined correlation, of levels that do not vary, is 0. The description says of the maximal
    correlation coefficient that it is not computed; it is 0. What the service gives there, and which logarithms it
    takes (here natural ones), is not documented.
    """
    check_time()
    count = known.sum(axis=0)
    total = np.maximum(count, 1)
    x, y = first.astype(np.float64), second.astype(np.float64)

    def mean(values: Floats) -> Floats:
        found: Floats = np.where(known, values, 0).sum(axis=0) / total
        return found

    # Each pair is counted in both orders: the rows and the columns of the matrix have the same distribution.
    middle = mean(x + y) / 2
    spread = mean((x - middle) ** 2 + (y - middle) ** 2) / 2
    apart = np.abs(x - y)
    off = x + y - 2 * middle
    low, high = np.minimum(first, second), np.maximum(first, second)
    energy, entropy = _evenness(low * (int(high.max()) - int(low.min()) + 1) + high, known, first != second)
    _, single = _evenness(np.concatenate([first, second]), np.concatenate([known, known]))
    covariance = mean((x - middle) * (y - middle))
    varied = spread > 0
    # Entries of the matrix are independent where its entropy is that of the rows and that of the columns.
    shared = entropy - 2 * single
    measures = {
        "asm": energy,
        "contrast": mean(apart**2),
        "corr": np.divide(covariance, spread, out=np.zeros_like(spread), where=varied),
        "var": spread,
        "idm": mean(1 / (1 + apart**2)),
        "savg": 2 * middle,
        "svar": mean(off**2),
        "sent": _evenness(first + second, known)[1],
        "ent": entropy,
        "dvar": mean(apart**2) - mean(apart) ** 2,
        "dent": _evenness(np.abs(first - second), known)[1],
        "imcorr1": np.divide(shared, single, out=np.zeros_like(spread), where=varied),
        "imcorr2": np.sqrt(np.maximum(1 - np.exp(2 * np.minimum(shared, 0)), 0)),
        "maxcorr": np.zeros_like(spread),
        "diss": mean(apart),
        "inertia": mean(apart**2),
        "shade": mean(off**3),
        "prom": mean(off**4),
    }
    mask = (count > 0).astype(np.float32)
    return [Pixels(measures[name], mask) for name in MEASURES]


def _evenness(values: Levels, known: Flags, halves: Flags | None = None) -> tuple[Floats, Floats]:
    """The sum of the squares of the values' probabilities, and their entropy.

    Parameters
    ----------
    values : ndarray of int64, shape (n, height, width)
    known : ndarray of bool, same shape
    halves : ndarray of bool, same shape, optional
        Which values stand for two of half their probability each.
    """
    lowest, highest = int(values.min()), int(values.max())
    # Neighbours in memory and few bits sort fastest. Missing values sort behind all others.
    dtype = np.uint32 if highest - lowest < 2**30 else np.int64
    coded = 2 * (values - lowest) + (0 if halves is None else halves)
    coded = np.where(known, coded, np.iinfo(dtype).max)
    order = np.sort(np.ascontiguousarray(np.moveaxis(coded, 0, -1), dtype), axis=-1)
    count = known.sum(axis=0)[..., np.newaxis]
    indices = np.arange(order.shape[-1], dtype=np.int32)
    change = order[..., 1:] != order[..., :-1]
    begin, end = np.zeros(order.shape, np.int32), np.full(order.shape, len(indices), np.int32)
    np.maximum.accumulate(np.where(change, indices[1:], 0), axis=-1, out=begin[..., 1:])
    np.minimum.accumulate(np.where(change, indices[1:], len(indices))[..., ::-1], axis=-1, out=end[..., -2::-1])
    total = np.maximum(count, 1)
    share = (end - begin) / np.where(order % 2 == 0, total, 2 * total)
    present = indices < count
    energy: Floats = np.where(present, share, 0).sum(axis=-1) / total[..., 0]
    entropy: Floats = -np.log(share, out=np.zeros(share.shape), where=present).sum(axis=-1) / total[..., 0]
    return energy, entropy


def _merge(directions: Sequence[Sequence[Pixels]]) -> list[Pixels]:
    """The average of several directions."""
    found = []
    for parts in zip(*directions, strict=True):
        weights: Values = np.stack([part.mask for part in parts])
        total = sum(part.values * part.mask for part in parts) / np.maximum(weights.sum(axis=0), 1)
        found.append(Pixels(total, weights.max(axis=0)))
    return found
