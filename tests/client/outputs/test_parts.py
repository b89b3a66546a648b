"""Parts of a dataset: each element in exactly one, and no two in one chunk of the target."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.outputs.parts import Part, chunks_of, parts_of

SIDES = st.integers(0, 9)
CHUNKS = st.integers(1, 6)


@st.composite
def datasets(draw: st.DrawFn) -> tuple[xr.Dataset, dict[str, dict[str, int]], dict[str, int]]:
    """Variables of some of three dimensions, with the chunks of their target, and where they begin in it."""
    sizes = {dim: draw(SIDES) for dim in ("time", "y", "x")}
    variables, chunks = {}, {}
    for name in "abc"[: draw(st.integers(1, 3))]:
        dims = draw(st.sampled_from([("time", "y", "x"), ("y", "x"), ("time",), ()]))
        variables[name] = xr.Variable(dims, np.zeros([sizes[dim] for dim in dims], draw(st.sampled_from(["u1", "f8"]))))
        chunks[name] = {dim: draw(CHUNKS) for dim in dims}
    return xr.Dataset(variables), chunks, {"time": draw(st.integers(0, 7))}


@given(datasets(), st.integers(1, 400))
@examples(100)
def test_each_element_is_in_one_part_and_each_chunk_is_written_by_one(found: Any, max_bytes: int) -> None:
    dataset, chunks, start = found
    parts = parts_of(dataset, chunks, max_bytes, start)
    assert len({part.key for part in parts}) == len(parts)
    assert sum(part.bytes for part in parts) == dataset.nbytes
    for name, array in dataset.data_vars.items():
        mine = [part for part in parts if name in part.names]
        hits = np.zeros(array.shape, int)
        writers: Counter[tuple[int, ...]] = Counter()
        for part in mine:
            assert [dim for dim, _, _ in part.region] == list(array.dims)
            hits[tuple(part.slices.values())] += 1
            spans = []
            for dim, low, high in part.region:
                begin = start.get(dim, 0)
                spans.append(range((low + begin) // chunks[name][dim], -(-(high + begin) // chunks[name][dim])))
            writers.update(product(*spans))
        assert (hits == 1).all()
        assert set(writers.values()) <= {1}


@given(datasets())
@examples(50)
def test_variables_share_a_part_only_within_its_bytes(found: Any) -> None:
    dataset, chunks, start = found
    for part in parts_of(dataset, chunks, 60, start):
        pixels = int(np.prod(list(chunks[part.names[0]].values())))
        assert len(part.names) == 1 or sum(pixels * (dataset[name].dtype.itemsize + 1) for name in part.names) <= 60


def test_keys_tell_names_with_commas_apart() -> None:
    assert Part(("a,b",), (), 0).key != Part(("a", "b"), (), 0).key


def test_chunks_are_those_of_dask_or_planned_or_all() -> None:
    plain = xr.Variable(("y", "x"), np.zeros((7, 0)))
    assert chunks_of(plain) == {"y": 7, "x": 1}
    assert chunks_of(plain.chunk({"y": 3})) == {"y": 3, "x": 1}
    planned = xr.Variable(("y", "x"), np.zeros((7, 5)), encoding={"preferred_chunks": {"y": 100, "x": 2}})
    assert chunks_of(planned) == {"y": 7, "x": 2}
    assert chunks_of(xr.Variable("y", np.zeros(7)).chunk({"y": (2, 4, 1)})) == {"y": 4}
