"""Sets of patches that share no pixel, nor come nearer than the buffer."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite import Grid, InputError, Window, ml

GRID = Grid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4800000.0), (300, 400))


def apart(one: ml.Patches, other: ml.Patches) -> int:
    """Pixels between the patches of two sets, along the axis along which they are further apart."""
    gaps = []
    for first, second, side in zip(
        (one.rows, one.columns), (other.rows, other.columns), one.size, strict=True
    ):  # fmt: skip
        gaps.append(np.abs(first[:, None] - second[None]) - side)
    return int(np.maximum(*gaps).min())


@given(seed=st.integers(0, 1000), block=st.integers(20, 80), buffer=st.integers(0, 15), size=st.integers(3, 17))
@examples(30)
def test_no_pixel_is_in_two_sets(seed: int, block: int, buffer: int, size: int) -> None:
    patches = ml.random_patches(GRID, 300, size, seed=seed)
    try:
        sets = ml.split(patches, {"train": 0.6, "val": 0.2, "test": 0.2}, block=block, buffer=buffer, seed=seed)
    except InputError:  # a set stayed empty, see below
        return
    for one, other in combinations(sets.values(), 2):
        assert apart(one, other) >= buffer
    everything = {*zip(patches.rows.tolist(), patches.columns.tolist(), strict=True)}
    kept = [place for part in sets.values() for place in zip(part.rows.tolist(), part.columns.tolist(), strict=True)]
    assert len({*kept}) == len(kept)
    assert {*kept} <= everything


def test_shares_are_about_what_was_asked_for() -> None:
    patches = ml.random_patches(GRID, 3000, 4)
    sets = ml.split(patches, {"train": 0.7, "test": 0.3}, block=40)
    counts = {name: len(part) for name, part in sets.items()}
    assert 0.65 < counts["train"] / sum(counts.values()) < 0.75
    assert sum(counts.values()) > 2400


def test_the_same_seed_gives_the_same_sets() -> None:
    patches = ml.random_patches(GRID, 300, 8)
    one, same, other = (
        ml.split(patches, {"train": 0.5, "test": 0.5}, block=50, seed=seed)["test"].rows.tolist() for seed in (3, 3, 4)
    )
    assert one == same != other


def test_blocks_lie_still_whichever_region_was_opened() -> None:
    """A part of a grid has its blocks where the whole has them: only whole blocks of the lattice go together."""
    part = GRID.window(Window(37, 91, 200, 250))
    sets = ml.split(ml.grid_patches(part, 1, stride=3), {"a": 0.5, "b": 0.5}, block=32)
    owners: dict[tuple[int, int], set[str]] = {}
    for name, patches in sets.items():
        rows, columns = patches.rows + part.origin[0], patches.columns + part.origin[1]
        for key in zip((rows // 32).tolist(), (columns // 32).tolist(), strict=True):
            owners.setdefault(key, set()).add(name)
    assert all(len(names) == 1 for names in owners.values())


def test_a_set_that_stays_empty_is_an_error() -> None:
    with pytest.raises(InputError, match=r"leaves 'test' without a patch: 12 patches lie in 1 blocks of 5000 x 5000"):
        ml.split(ml.grid_patches(GRID, 100), {"train": 0.8, "test": 0.2}, block=5000)
    with pytest.raises(InputError, match="too near"):
        ml.split(ml.grid_patches(GRID, 20), {"train": 0.5, "test": 0.5}, block=40, buffer=500)


@pytest.mark.parametrize("shares", [{"a": 0.5}, {"a": 1.5, "b": -0.5}, {}, {"a": "1"}, {"a": 0.5, "b": float("nan")}])
def test_shares_that_do_not_sum_to_one(shares: dict[str, float]) -> None:
    with pytest.raises(InputError, match="shares="):
        ml.split(ml.grid_patches(GRID, 20), shares, block=40)


@pytest.mark.parametrize("arguments", [{"block": 0}, {"block": "3km"}, {"block": 20, "buffer": -1}])
def test_blocks_that_are_none(arguments: dict[str, object]) -> None:
    with pytest.raises(InputError, match="pass pixels"):
        ml.split(ml.grid_patches(GRID, 20), {"a": 0.5, "b": 0.5}, **arguments)  # type: ignore[arg-type]
