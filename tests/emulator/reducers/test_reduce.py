"""Reducers over columns and over stacks, against NumPy and against each other."""

from __future__ import annotations

import math
import statistics as python_statistics
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xee_lite.emulator.algorithms.reducers import PLAIN
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.reducers import records, reduce, statistics
from xee_lite.emulator.types import DOUBLE, UINT8

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info
    from xee_lite.emulator.reducers.reduce import Reducer

columns = st.lists(st.integers(-50, 50), min_size=1, max_size=12)
SINGLE = {name: r for name, r in PLAIN.items() if r.inputs == 1 and r.reduce_stacks is not None}


@given(columns)
def test_columns_against_pythons_statistics(values: list[int]) -> None:
    expected = {
        statistics.COUNT: len(values),
        statistics.SUM: sum(values),
        statistics.MEAN: python_statistics.fmean(values),
        statistics.MEDIAN: python_statistics.median(values),
        statistics.VARIANCE: python_statistics.pvariance(values),
        statistics.STD_DEV: python_statistics.pstdev(values),
        statistics.MIN: min(values),
        statistics.MAX: max(values),
        statistics.FIRST: values[0],
        statistics.LAST: values[-1],
        statistics.PRODUCT: math.prod(values),
        statistics.COUNT_DISTINCT: len(set(values)),
        statistics.ALL: int(all(values)),
        statistics.ANY: int(any(values)),
        statistics.MODE: min(python_statistics.multimode(values)),
    }
    for reducer, truth in expected.items():
        assert reducer.columns([values])[reducer.outputs[0]] == pytest.approx(truth, rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.floats(0, 100))
def test_percentiles_against_numpy(values: list[float], percent: float) -> None:
    found = statistics.percentile([percent], ["p"]).columns([values])["p"]
    assert found == pytest.approx(np.percentile(values, percent), rel=1e-9, abs=1e-9)


@given(
    hnp.arrays(np.int16, (5, 2, 3), elements=st.integers(-20, 20)),
    hnp.arrays(np.float32, (5, 2, 3), elements=st.sampled_from([0.0, 0.25, 1.0])),
)
def test_a_stack_is_a_column_at_each_pixel(values: Any, weights: Any) -> None:
    for reducer in [*SINGLE.values(), statistics.MEDIAN, statistics.MODE, statistics.percentile([10, 90], None)]:
        stacked = reducer.stack([values], [weights])
        for pixel in np.ndindex(2, 3):
            here = (slice(None), *pixel)
            alone = reducer.columns([values[here]], [weights[here]])
            for name, pixels in stacked.items():
                left = bool((weights[here] > 0).any())
                assert bool(pixels.mask[pixel]) == (left and alone[name] is not None)
                if pixels.mask[pixel]:
                    assert pixels.values[pixel] == pytest.approx(alone[name], rel=1e-6, abs=1e-9)


@given(columns, st.data())
def test_weights_are_repetitions(values: list[int], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    repeated = [value for value, weight in zip(values, weights, strict=True) for _ in range(weight)]
    for reducer in (statistics.MEAN, statistics.SUM, statistics.VARIANCE, statistics.MODE):
        name = reducer.outputs[0]
        assert reducer.columns([values], [weights])[name] == pytest.approx(reducer.columns([repeated])[name], abs=1e-9)


@given(columns, st.data())
def test_unweighted_reducers_count_every_weight_as_one(values: list[int], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.sampled_from([0, 0.1, 1]), min_size=len(values), max_size=len(values)))
    kept = [value for value, weight in zip(values, weights, strict=True) if weight]
    for reducer in (reduce.unweighted(statistics.MEAN), statistics.MAX, statistics.COUNT, statistics.MEDIAN):
        name = reducer.outputs[0]
        assert reducer.columns([values], [weights])[name] == reducer.columns([kept])[name]


def test_integers_stay_integers() -> None:
    for reducer in (statistics.SUM, statistics.MIN, statistics.MAX, statistics.FIRST, statistics.COUNT):
        assert isinstance(reducer.columns([[1, 2, 3]])[reducer.outputs[0]], int)


def test_nulls_are_left_out() -> None:
    assert statistics.MEAN.columns([[1, None, 3]]) == {"mean": 2}
    assert statistics.COUNT.columns([[1, None, 3]]) == {"count": 2}


@pytest.mark.parametrize(
    ("reducer", "expected"),
    [
        (statistics.COUNT, {"count": 0}),
        (statistics.SUM, {"sum": 0}),
        (statistics.MEAN, {"mean": None}),
        (statistics.MIN_MAX, {"min": None, "max": None}),
        (records.LINEAR_FIT, {"scale": None, "offset": None}),
        (records.to_list(None, 0), {"list": []}),
        (records.FREQUENCY_HISTOGRAM, {"histogram": {}}),
    ],
)
def test_nothing_reduces_to(reducer: Reducer, expected: dict[str, Any]) -> None:
    assert reducer.columns([[] for _ in range(reducer.inputs)]) == expected
    assert reducer.columns([[None] for _ in range(reducer.inputs)]) == expected


def test_strings_where_they_make_sense() -> None:
    words = ["b", "a", "b"]
    assert statistics.MIN.columns([words]) == {"min": "a"}
    assert statistics.MODE.columns([words]) == {"mode": "b"}
    assert statistics.LAST.columns([words]) == {"last": "b"}
    assert statistics.COUNT_DISTINCT.columns([words]) == {"count": 2}
    assert records.FREQUENCY_HISTOGRAM.columns([words]) == {"histogram": {"b": 2, "a": 1}}
    with pytest.raises(EarthError, match=r"Reducer\.mean: The inputs must be numbers; found 'b'"):
        statistics.MEAN.columns([words])


def test_a_line_is_found_again() -> None:
    x = np.arange(6.0).reshape(6, 1, 1) + np.array([[[0, 10]]])
    y = 3 * x - 7
    fit = records.LINEAR_FIT.stack([x, y], [np.ones_like(x), np.ones_like(y)])
    assert fit["scale"].values == pytest.approx(np.full((1, 2), 3))
    assert fit["offset"].values == pytest.approx(np.full((1, 2), -7))
    assert records.LINEAR_FIT.columns([[1, 2, None], [5, 7, 100]]) == {"scale": 2, "offset": 3}
    flat = records.LINEAR_FIT.stack([x * 0, y], [np.ones_like(x), np.ones_like(y)])
    assert not flat["scale"].mask.any()


def test_extremes_bring_the_rest_of_their_record() -> None:
    largest = records.extreme("max", 2)
    assert largest.outputs == ("max", "max1")
    assert largest.columns([[3, 9, 5], ["a", "b", "c"]]) == {"max": 9, "max1": "b"}
    values, days = np.array([[[3]], [[9]], [[5]]]), np.array([[[10]], [[11]], [[12]]])
    found = largest.stack([values, days], [np.array([[[1.0]], [[0]], [[1]]]), np.ones((3, 1, 1))])
    assert found["max1"].values.item() == 12


def test_combining() -> None:
    both = reduce.combine(statistics.MEAN, statistics.COUNT, "n_", shared=True)
    assert both.columns([[1, 3]]) == {"mean": 2, "n_count": 2}
    apart = reduce.combine(statistics.MEAN, statistics.SUM)
    assert apart.columns([[1, 3], [10, 20]]) == {"mean": 2, "sum": 30}
    twice = reduce.combine(statistics.MEAN, statistics.MEAN)
    assert len(set(twice.outputs)) == 2
    stacked = both.stack([np.array([[[1]], [[3]]])], [np.ones((2, 1, 1))])
    assert [pixels.values.item() for pixels in stacked.values()] == [2, 2]
    with pytest.raises(EarthError, match="both reducers must have the same number of inputs; found 2 and 1"):
        reduce.combine(records.LINEAR_FIT, statistics.MEAN, shared=True)


def test_a_combined_reducer_weighs_each_part_as_it_would_alone() -> None:
    both = reduce.combine(statistics.SUM, reduce.unweighted(statistics.SUM), "plain_", shared=True)
    assert both.columns([[1, 3]], [[0.5, 0.5]]) == {"sum": 2, "plain_sum": 4}


def test_repeating_and_for_each() -> None:
    assert reduce.repeat(statistics.MEAN, 2).columns([[1, 3], [10, 20]]) == {"mean": [2, 15]}
    assert reduce.for_each(statistics.MAX, ["a", "b"]).columns([[1], [2]]) == {"a": 1, "b": 2}
    assert reduce.for_each(statistics.MIN_MAX, ["a"]).outputs == ("a_min", "a_max")
    with pytest.raises(EarthError, match="The list of output names is empty"):
        reduce.for_each(statistics.MAX, [])
    with pytest.raises(EarthError, match="A reducer has between 1 and 10000 inputs; found 0"):
        reduce.repeat(statistics.MAX, 0)


def test_naming_outputs() -> None:
    renamed = reduce.set_outputs(statistics.MIN_MAX, [None, "top"])
    assert renamed.columns([[1, 5]]) == {"top": 5}
    assert renamed.types([UINT8]) == {"top": UINT8}
    with pytest.raises(EarthError, match=r"Need 2 names for the outputs \['min', 'max'\], got 1"):
        reduce.set_outputs(statistics.MIN_MAX, ["x"])


def test_grouping() -> None:
    grouped = reduce.group(statistics.SUM, 1, "class")
    assert grouped.columns([[1, 2, 4, 8], [7, 3, 7, None]]) == {
        "groups": [{"class": 3, "sum": 2}, {"class": 7, "sum": 5}]
    }
    with pytest.raises(EarthError, match="The group field 5 is not one of the 2 inputs"):
        reduce.group(statistics.SUM, 5, "class")


def test_split_weights_come_from_an_input_of_their_own() -> None:
    assert reduce.split_weights(statistics.MEAN).columns([[1, 5], [3, 1]]) == {"mean": 2}


def test_types() -> None:
    assert statistics.MAX.types([UINT8]) == {"max": UINT8}
    assert statistics.MEAN.types([UINT8]) == {"mean": DOUBLE}


def test_the_number_of_inputs_is_checked() -> None:
    with pytest.raises(EarthError, match=r"Need 2 inputs for the reducer with outputs \['scale', 'offset'\], got 1"):
        records.LINEAR_FIT.columns([[1]])
    with pytest.raises(EarthError, match="can not be computed for each pixel"):
        records.to_list(None, 0).stack([np.ones((1, 1, 1))], [np.ones((1, 1, 1))])


def test_through_the_client(info: Info) -> None:
    reducer = ee.Reducer.mean().combine(ee.Reducer.minMax(), "", True).combine(ee.Reducer.percentile([25]), "", True)
    assert info(ee.List([1, 2, 3, 6]).reduce(reducer)) == {"mean": 3, "min": 1, "max": 6, "p25": 1.75}
    assert info(reducer.getOutputs()) == ["mean", "min", "max", "p25"]
    assert info(ee.List([1, 2, 3, 4]).reduce(ee.Reducer.intervalMean(25, 75))) == 2.5
    collected = ee.List([[1, "a"], [2, "b"]]).reduce(ee.Reducer.toCollection(["n", "s"]))
    assert info(ee.FeatureCollection(collected).aggregate_array("s")) == ["a", "b"]
    with pytest.raises(EarthError, match="Percentiles must lie between 0 and 100"):
        info(ee.List([1]).reduce(ee.Reducer.percentile([101])))
