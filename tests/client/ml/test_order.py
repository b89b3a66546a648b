"""The order of an epoch, and who reads what of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.client.ml.pieces import GRID
from tests.examples import examples
from xee_lite import ml
from xee_lite.ml.order import neighbours, rounds

counts = st.integers(1, 5)


def of(patches: ml.Patches, share: ml.Share, *, shuffle: bool = True, epoch: int = 0, size: int = 16) -> list[int]:
    found = rounds(patches, size, share, seed=7, epoch=epoch, shuffle=shuffle)
    assert all(len(part) <= size for part in found)
    return [number for part in found for number in part.tolist()]


@given(count=st.integers(1, 100), ranks=counts, workers=counts, shuffle=st.booleans())
@examples(60)
def test_ranks_and_workers_read_each_patch_once(count: int, ranks: int, workers: int, shuffle: bool) -> None:
    patches = ml.random_patches(GRID, count, 5)
    by_rank: list[list[int]] = []
    for rank in range(ranks):
        shares = [ml.Share(rank, ranks, worker, workers) for worker in range(workers)]
        by_rank.append([number for share in shares for number in of(patches, share, shuffle=shuffle)])
    together = [number for rank in by_rank for number in rank]
    assert len({*together}) == len(together)
    lengths = {len(rank) for rank in by_rank}
    if shuffle:
        assert lengths == {count // ranks}
    else:
        assert together == list(range(count))
        assert max(lengths) - min(lengths) <= 1


def test_epochs_differ_and_repeat() -> None:
    patches = ml.random_patches(GRID, 100, 5)
    first, again, second = (of(patches, ml.Share(), epoch=epoch) for epoch in (0, 0, 1))
    assert first == again != second
    assert sorted(first) == sorted(second) == list(range(100))


def test_what_is_left_out_differs_from_epoch_to_epoch() -> None:
    patches = ml.random_patches(GRID, 10, 5)
    read = [
        {number for rank in range(3) for number in of(patches, ml.Share(rank, 3), epoch=epoch)} for epoch in range(9)
    ]
    assert all(len(numbers) == 9 for numbers in read)
    assert set.union(*read) == set(range(10))


def test_runs_are_of_neighbours() -> None:
    patches = ml.grid_patches(GRID, 4)
    order = neighbours(patches, 16)
    assert sorted(order.tolist()) == list(range(len(patches)))
    extents = [
        (np.ptp(patches.rows[run]) + 4) * (np.ptp(patches.columns[run]) + 4)
        for run in np.array_split(order, len(patches) // 16)
    ]
    assert np.median(extents) <= 2 * 16 * 16


def test_a_shuffled_round_is_of_several_places() -> None:
    patches = ml.grid_patches(GRID, 4)
    first = rounds(patches, 64, ml.Share(), seed=0, epoch=0, shuffle=True)[0]
    blocks = {*zip((patches.rows[first] // 12).tolist(), (patches.columns[first] // 12).tolist(), strict=True)}
    assert len(blocks) >= 8
