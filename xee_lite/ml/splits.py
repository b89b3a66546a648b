"""Sets of patches that lie apart: blocks of the grid are dealt out to them, so that no pixel is in two sets."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InputError, brief
from ..grids.user_values import number_of, whole_numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .patches import Patches

    Integers = npt.NDArray[np.intp]


def split(
    patches: Patches, shares: Mapping[str, float], *, block: int, buffer: int = 0, seed: int = 0
) -> dict[str, Patches]:
    """Split patches by geography.

    The grid is cut into square blocks. They are dealt out at random, each as a whole to one set. A patch belongs to the
    set of the blocks that it lies in; one that lies in blocks of several sets, or nearer to them than the buffer
    allows, is left out. So no pixel of one set is in another one. Blocks are counted from the origin of the grid's
    lattice: the same pixels are in one block, whichever region of a raster was opened.

    Parameters
    ----------
    patches : Patches
        To be dealt out.
    shares : mapping of str to float
        Of the patches that each set gets, about, such as ``{"train": 0.7, "test": 0.3}``; they sum to 1.
    block : int
        Side of a block in pixels: several times that of a patch, and more than the distance within which places are
        alike.
    buffer : int, default 0
        Pixels that lie between the patches of two sets at least.
    seed : int, default 0
        The same seed gives the same sets.

    Returns
    -------
    dict of str to Patches
        In the order of `shares`; the patches keep theirs.

    Raises
    ------
    InputError
        If the shares do not sum to 1, or a set is left empty.

    Examples
    --------
    >>> from xee_lite import Grid, ml
    >>> grid = Grid("EPSG:32631", (10, 0, 500000, 0, -10, 4800000), (1024, 1024))
    >>> sets = ml.split(ml.grid_patches(grid, 32), {"train": 0.8, "test": 0.2}, block=128)
    >>> list(sets)
    ['train', 'test']
    """
    _check(shares)
    side, apart = _pixels(block, "block", 1), _pixels(buffer, "buffer", 0)
    names = list(shares)
    first, last = _touched(patches, side, math.ceil(apart / 2))
    sets = _deal(_counted(patches, side, first, last), [float(shares[name]) for name in names], seed)
    own = _sets_within(first, last, sets)
    found = {name: patches.take(own == number) for number, name in enumerate(names)}
    empty = [name for name, part in found.items() if not len(part)]
    if empty:
        raise InputError(
            f"The split leaves {', '.join(map(repr, empty))} without a patch: {len(patches)} patches lie in "
            f"{len(sets)} blocks of {side} x {side} pixels, and {int((own < 0).sum())} of them are too near to "
            "another set. Pass a smaller block= or buffer=, more patches, or fewer sets."
        )
    return found


Block = tuple[int, int]


def _touched(patches: Patches, side: int, margin: int) -> tuple[Integers, Integers]:
    """The first and the last row and column of blocks that each patch touches with a margin around it."""
    first = np.stack([patches.rows, patches.columns]) + np.array(patches.grid.origin)[:, None]
    last = first + np.array(patches.size)[:, None] - 1
    return (first - margin) // side, (last + margin) // side


def _counted(patches: Patches, side: int, first: Integers, last: Integers) -> dict[Block, int]:
    """All blocks that are touched, and how many patches have their middle in each."""
    counts = {block: 0 for blocks, _ in _each_touched(first, last) for block in blocks}
    row, column = patches.grid.origin
    rows = (patches.rows + row + patches.size[0] // 2) // side
    columns = (patches.columns + column + patches.size[1] // 2) // side
    for block in zip(rows.tolist(), columns.tolist(), strict=True):
        counts[block] += 1
    return counts


def _each_touched(first: Integers, last: Integers) -> Iterator[tuple[list[Block], npt.NDArray[np.bool_]]]:
    """For each place among the blocks that a patch touches, the block of each patch there, and which have one."""
    most = (last - first).max(axis=1, initial=0)
    for down, right in product(range(most[0] + 1), range(most[1] + 1)):
        block = np.minimum(first + np.array([[down], [right]]), last)
        inside = (first + np.array([[down], [right]]) <= last).all(axis=0)
        yield list(zip(*block.tolist(), strict=True)), inside


def _deal(counts: Mapping[Block, int], shares: list[float], seed: int) -> dict[Block, int]:
    """The set that each block goes to, in random order: the one that lacks most of its share."""
    blocks = sorted(counts)
    total = sum(counts.values())
    lacking = [share * total for share in shares]
    sets: dict[Block, int] = {}
    for number in np.random.default_rng(seed).permutation(len(blocks)):
        block = blocks[number]
        chosen = max(range(len(shares)), key=lacking.__getitem__)
        lacking[chosen] -= counts[block]
        sets[block] = chosen
    return sets


def _sets_within(first: Integers, last: Integers, sets: Mapping[Block, int]) -> Integers:
    """The set of all blocks that each patch touches, -1 where they are of several."""
    own: Integers | None = None
    for blocks, inside in _each_touched(first, last):
        found = np.array([sets[block] for block in blocks], dtype=np.intp)
        own = found if own is None else np.where(inside & (found != own), -1, own)
    return np.empty(0, dtype=np.intp) if own is None else own


def _check(shares: Mapping[str, float]) -> None:
    numbers = [number_of(share) for share in shares.values()]
    if not all(number is not None and 0 < number <= 1 for number in numbers) or not math.isclose(
        sum(number or 0 for number in numbers), 1, abs_tol=1e-6
    ):
        raise InputError(f"shares={brief(dict(shares))}: pass numbers above 0 that sum to 1, by the names of the sets.")


def _pixels(value: object, argument: str, least: int) -> int:
    found = whole_numbers_of((value,), 1)
    if found is None or found[0] < least:
        raise InputError(f"{argument}={brief(value)}: pass pixels, a whole number of at least {least}.")
    return found[0]
