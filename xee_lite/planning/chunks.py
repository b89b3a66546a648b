"""Chunks: the shape of one request, planned from sizes, costs and limits before any pixel is asked for.

A request reads `k` items, `r` rows and `s` columns, and the plan is the regular grid of such boxes over the whole
array.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from .limits import SLACK
from .sizes import exact_bytes, human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .limits import Limits

Shape = tuple[int, int, int]
"""Sizes (item, y, x)."""
Vector = npt.NDArray[np.int64]


def chunk_shape(
    shape: Shape,
    cost_per_pixel: int,
    bands_per_item: int,
    *,
    budget: int,
    limits: Limits,
    block: tuple[int, int] | None = None,
) -> Shape:
    """Plan the shape of the requests that read an array.

    Searches every balanced way to cut the items and the rows, with columns as wide as still fits. Of the plans that
    need at most 1.05 times the requests that the bytes alone require, ``ceil(bytes / budget)``, the one is taken that
    reads the fewest source tiles twice: small images come whole and many in a request, large ones in wide
    strips or near-square parts. Where whole numbers or the limits leave no plan within the 1.05, the plan needs as
    few requests as any regular chunking can. That is rare: of 210 000 arrays drawn at random once, with budgets from 1
    to 48 MiB and without the other limits, 34 needed more than both 1.05 times the fewest and one request more, at
    worst 20 for 18. ``tests/client/planning/test_chunks.py`` draws others.

    Parameters
    ----------
    shape : (item, y, x)
        Sizes of the whole array. A size of 0 is planned as 1, since a chunk is never empty.
    cost_per_pixel : int
        Bytes that one pixel of one item counts, see `Limits.pixel_cost`.
    bands_per_item : int
        Bands that one item adds to a reply.
    budget : int
        Bytes that one request may count.
    limits : Limits
        What the service accepts.
    block : (rows, columns), optional
        Source tiles that start at the array's first pixel: requests then prefer to end where these do.

    Returns
    -------
    (item, y, x)
        Each at least 1 and at most the array's size, all pieces of nearly one size.

    Raises
    ------
    InputError
        When not even one pixel of one item fits.
    """
    check_chunk(shape, cost_per_pixel, bands_per_item, budget=budget, limits=limits)
    n, h, w = (max(1, size) for size in shape)
    capacity = budget // cost_per_pixel
    # Candidates along three axes: lengths of items, lengths of rows, and columns (balanced, or ending on a block).
    k = _lengths(n, min(capacity, limits.items, limits.bands // bands_per_item))[:, None, None]
    r = _row_lengths(h, min(capacity, limits.side), block)[:, None]
    widest = np.minimum(capacity // (k * r), min(w, limits.side))
    s = np.concatenate([_balanced(w, widest), _on_block(w, widest, block)], axis=-1)

    requests = np.where(s > 0, _parts(n, k) * _parts(h, r) * _parts(w, np.maximum(s, 1)), np.iinfo(np.int64).max)
    fewest = -(-n * h * w * cost_per_pixel // budget)
    allowed = max(int(requests.min()), int(SLACK * fewest))
    tile_y, tile_x = block or (None, None)
    reread = _reread(h, r, tile_y, limits.tile) * _reread(w, np.maximum(s, 1), tile_x, limits.tile)
    reread = np.where(requests <= allowed, reread, np.inf)
    best = np.where(reread == reread.min(), requests, np.iinfo(np.int64).max).argmin()
    i, j, m = np.unravel_index(best, requests.shape)
    return int(k[i, 0, 0]), int(r[j, 0]), int(s[i, j, m])


def check_chunk(shape: Shape, cost_per_pixel: int, bands_per_item: int, *, budget: int, limits: Limits) -> None:
    """Refuse what can not be read within the limits, however it is split into requests.

    The parameters are those of `chunk_shape`.

    Raises
    ------
    InputError
        With both sides of the comparison, and what to pass.
    """
    if min(shape) < 0:
        raise InputError(f"a chunk has the negative size {min(shape)} in its shape {shape}: pass sizes of at least 1.")
    if not 0 < budget <= limits.request_bytes:
        raise InputError(
            f"`request_bytes` is {human_bytes(budget)}, but a request may count from 1 byte to "
            f"{human_bytes(limits.request_bytes)}: pass a size in between, such as "
            f"'{human_bytes(limits.default_bytes)}'."
        )
    if bands_per_item > limits.bands:
        raise InputError(
            f"one image asks for {bands_per_item} bands, but a request may ask for {limits.bands}: "
            "select fewer with `bands`."
        )
    if cost_per_pixel > budget:
        raise InputError(
            f"one pixel of one image counts {human_bytes(cost_per_pixel)} in {bands_per_item} bands, but "
            f"`request_bytes` is {human_bytes(budget)}: select fewer `bands` or pass a larger `request_bytes`, "
            f"up to {human_bytes(limits.request_bytes)}."
        )


def check_request(shape: Shape, cost_per_pixel: int, bands_per_item: int, *, limits: Limits, payload: int = 0) -> None:
    """Check one request against the limits on sides, bands, bytes and its own body, before it is sent.

    Parameters
    ----------
    shape : (item, y, x)
        What the request reads.
    cost_per_pixel, bands_per_item : int
        As for `chunk_shape`.
    payload : int
        Bytes of the request's body.
    limits : Limits
        What the service accepts; equality is allowed.

    Raises
    ------
    InputError
        With both sides of the comparison, and what to pass.
    """
    items, height, width = shape
    counted = items * height * width * cost_per_pixel
    bands = items * bands_per_item
    if max(height, width) > limits.side:
        found = f"{height} x {width} pixels, but at most {limits.side} along a side are"
    elif bands > limits.bands:
        found = f"{bands} bands in {items} images, but at most {limits.bands} are"
    elif counted > limits.request_bytes:
        found = f"{exact_bytes(counted)} of pixels, but at most {exact_bytes(limits.request_bytes)} are"
    elif payload > limits.payload_bytes:
        found = f"an expression of {exact_bytes(payload)}, but at most {exact_bytes(limits.payload_bytes)} are"
    else:
        return
    raise InputError(f"one request asks for {found} accepted: pass smaller `chunks`, or a smaller `request_bytes`.")


def split_windows(shape: Shape, request: Shape) -> Iterator[tuple[slice, slice, slice]]:
    """Cut an array into requests: the slices (item, y, x) of each; the last ones may be smaller.

    Parameters
    ----------
    shape : (item, y, x)
        Sizes of what is read, such as a chunk larger than one request. There are no requests where one is 0.
    request : (item, y, x)
        Largest sizes of one request, as `chunk_shape` gives them.
    """
    axes = [
        [slice(start, min(start + step, size)) for start in range(0, size, step)]
        for size, step in zip(shape, request, strict=True)
    ]
    yield from product(*axes)


def _parts(size: int, length: Vector) -> Vector:
    """How many parts of a length cover a size."""
    return -(-size // length)


def _lengths(size: int, longest: int) -> Vector:
    """Every length up to `longest` that cuts a size into parts as equal as can be: one for each number of parts."""
    # Numbers of parts up to the root of the size, and for larger ones the lengths, which are below it.
    root = np.arange(1, int(size**0.5) + 2)
    lengths = np.unique(_balanced(size, np.concatenate([root, _parts(size, root)])))
    return lengths[lengths <= longest]


def _row_lengths(size: int, longest: int, block: tuple[int, int] | None) -> Vector:
    """The lengths of `_lengths`, and those of whole blocks."""
    lengths = _lengths(size, longest)
    if block is None or block[0] > longest:
        return lengths
    return np.union1d(lengths, np.minimum(size, block[0] * _lengths(-(-size // block[0]), longest // block[0])))


def _balanced(size: int, widest: Vector) -> Vector:
    """Lengths of at most `widest` with the fewest parts, as equal as can be; 0 where not even one pixel fits."""
    return np.where(widest > 0, _parts(size, _parts(size, np.maximum(widest, 1))), 0)


def _on_block(size: int, widest: Vector, block: tuple[int, int] | None) -> Vector:
    """The same in whole blocks; 0 where not even one fits."""
    if block is None:
        return np.zeros_like(widest)
    return np.minimum(size, _balanced(-(-size // block[1]), widest // block[1]) * block[1])


def _reread(size: int, length: Vector, aligned: int | None, tile: int) -> npt.NDArray[np.float64]:
    """How many times source tiles are read along one axis, on the average.

    A cut within a tile has it read from both sides. Where tiles of the size `aligned` begin at the array's first pixel,
    the greatest common divisor says how many cuts at multiples of `length` fall between two of them. Where the offset
    of the tiles is unknown, each cut counts as one within a tile.
    """
    side = tile if aligned is None else aligned
    between = np.zeros_like(length) if aligned is None else np.gcd(length, aligned)
    return 1 + (_parts(size, length) - 1) * (side - between) / size
