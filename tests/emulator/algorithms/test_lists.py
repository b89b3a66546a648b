"""Lists, against Python's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

numbers = st.lists(st.integers(-5, 5), max_size=8)
LETTERS = ["a", "b", "c", "d"]


def letters() -> ee.List:
    return ee.List(LETTERS)


def test_elements_by_position(info: Info) -> None:
    assert [info(letters().get(i)) for i in (0, 3, -1, -4)] == ["a", "d", "d", "a"]
    assert info(letters().getString(1)) == "b"
    assert info(ee.List([1.5]).getNumber(0)) == 1.5


@pytest.mark.parametrize("index", [4, -5])
def test_a_position_outside_of_the_list_is_refused(info: Info, index: int) -> None:
    with pytest.raises(EarthError, match=f"List index must be between 0 and 3, or -1 and -4. Found {index}"):
        info(letters().get(index))


def test_an_element_of_another_type_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"List\.getNumber: The value is not a Number: a"):
        info(letters().getNumber(0))
    with pytest.raises(EarthError, match=r"List\.getString: The value is not a String: 1"):
        info(ee.List([1]).getString(0))


def test_changing_leaves_the_original_alone(info: Info) -> None:
    changed = [
        letters().add("e"),
        letters().set(0, "z"),
        letters().swap(0, -1),
        letters().remove("a"),
        letters().insert(-1, "x"),
    ]
    expected = [
        [*LETTERS, "e"],
        ["z", "b", "c", "d"],
        ["d", "b", "c", "a"],
        ["b", "c", "d"],
        ["a", "b", "c", "x", "d"],
    ]
    assert info(ee.List([*changed, letters()])) == [*expected, LETTERS]


def test_searching(info: Info) -> None:
    haystack = ee.List([1, 2, 1, 2, 3, [1]])
    questions = [
        haystack.indexOf(2),
        haystack.indexOf("2"),
        haystack.indexOf([1]),
        haystack.indexOfSublist([1, 2]),
        haystack.lastIndexOfSubList([1, 2]),
        haystack.indexOfSublist([2, 2]),
        haystack.frequency(1),
        haystack.contains(True),
        haystack.containsAll([3, 1, 1]),
        haystack.containsAll([3, 4]),
    ]
    assert info(ee.List(questions)) == [1, -1, 5, 0, 2, -1, 2, False, True, False]


def test_replacing_removing_and_joining(info: Info) -> None:
    values = ee.List([1, 2, 1])
    assert info(values.replace(1, 9)) == [9, 2, 1]
    assert info(values.replaceAll(1, 9)) == [9, 2, 9]
    assert info(values.removeAll([1, 7])) == [2]
    assert info(ee.List(["a", 1, 2.5, 3.0, True]).join("-")) == "a-1-2.5-3-true"
    assert info(values.cat([[4]]).flatten()) == [1, 2, 1, 4]
    assert info(ee.List([1, [2, [3, [4]]]]).flatten()) == [1, 2, 3, 4]


@given(values=numbers, start=st.integers(-10, 10), count=st.integers(0, 10))
def test_splice_is_slice_assignment(values: list[int], start: int, count: int) -> None:
    expected = list(values)
    at = max(start + len(values), 0) if start < 0 else start
    expected[at : at + count] = [77]
    assert REGISTRY["List.splice"](values, start, count, [77]) == expected


@given(numbers, st.integers(-9, 9), st.none() | st.integers(-9, 9), st.none() | st.integers(1, 3))
def test_slice_is_pythons(values: list[int], start: int, end: int | None, step: int | None) -> None:
    assert REGISTRY["List.slice"](values, start, end, step) == values[start:end:step]


@given(numbers)
def test_distinct_keeps_the_first_of_each(values: list[int]) -> None:
    assert REGISTRY["List.distinct"](values) == list(dict.fromkeys(values))


@given(numbers, st.integers(-20, 20))
def test_rotate_moves_towards_the_end(values: list[int], distance: int) -> None:
    expected = [values[(i - distance) % len(values)] for i in range(len(values))]
    assert REGISTRY["List.rotate"](values, distance) == expected


@given(numbers, st.integers())
def test_shuffle_permutes_and_repeats_itself(values: list[int], seed: int) -> None:
    shuffled = REGISTRY["List.shuffle"](values, seed)
    assert sorted(shuffled) == sorted(values)
    assert REGISTRY["List.shuffle"](values, seed) == shuffled


def test_distinct_tells_booleans_from_numbers_and_looks_into_lists(info: Info) -> None:
    assert info(ee.List([1, True, 1.0, [1], [1], "1"]).distinct()) == [1, True, [1], "1"]


def test_sorting(info: Info) -> None:
    assert info(ee.List([3, 1.5, 2]).sort()) == [1.5, 2, 3]
    assert info(ee.List(["b", 10, "a", 9]).sort()) == [9, 10, "a", "b"]
    assert info(ee.List(["x", "y", "z"]).sort([3, 1, 2])) == ["y", "z", "x"]
    with pytest.raises(EarthError, match="The list has 3 elements, but there are 2 keys"):
        info(ee.List([1, 2, 3]).sort([1, 2]))


def test_mapping_and_dropping_nulls(info: Info) -> None:
    values = ee.List([1, 2, 3, 4])
    odd = values.map(lambda x: ee.Algorithms.If(ee.Number(x).mod(2), x, None), True)
    assert info(odd) == [1, 3]
    assert info(values.iterate(lambda x, state: ee.Number(x).add(ee.Number(state).multiply(10)), 0)) == 1234


def test_filtering_items_by_the_name_that_the_service_gives_them(info: Info) -> None:
    assert info(ee.List([1, 5, 3]).filter(ee.Filter.gt("item", 2))) == [5, 3]


def test_reducing(info: Info) -> None:
    assert info(ee.List([1, 2, 6]).reduce(ee.Reducer.mean())) == 3
    assert info(ee.List([1, 2, 6]).reduce(ee.Reducer.minMax())) == {"min": 1, "max": 6}
    assert info(ee.List([[0, 1], [1, 3], [2, 5]]).reduce(ee.Reducer.linearFit())) == {"scale": 2, "offset": 1}
    with pytest.raises(EarthError, match="Each element must be a list of the reducer's 2 inputs"):
        info(ee.List([1, 2]).reduce(ee.Reducer.linearFit()))


def test_pairing(info: Info) -> None:
    assert info(ee.List([1, 2, 3]).zip(["a", "b"])) == [[1, "a"], [2, "b"]]
    assert info(ee.List([[1, "a"], [2, "b", "c"]]).unzip()) == [[1, 2], ["a", "b"]]
    with pytest.raises(EarthError, match="Every element must be a list"):
        info(ee.List([1]).unzip())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"start": 1, "end": 4}, [1, 2, 3, 4]),
        ({"start": 0, "end": 1, "step": 0.25}, [0, 0.25, 0.5, 0.75, 1]),
        ({"start": 5, "end": 1, "step": -2}, [5, 3, 1]),
        ({"start": 5, "end": 1}, []),
        ({"start": 2, "count": 3}, [2, 3, 4]),
        ({"start": 2, "count": 3, "step": 10}, [2, 12, 22]),
        ({"start": 0, "end": 1, "count": 5}, [0, 0.25, 0.5, 0.75, 1]),
        ({"start": 3, "end": 9, "count": 1}, [3]),
    ],
)
def test_sequences(info: Info, arguments: dict[str, Any], expected: list[float]) -> None:
    assert info(ee.List.sequence(**arguments)) == expected


def test_a_sequence_of_inexact_steps_reaches_its_end() -> None:
    assert len(REGISTRY["List.sequence"](0, 1, 0.1, None)) == 11


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, None, 1, None), "At least one of 'end' and 'count'"),
        ((0, 1, 0, None), "must not be 0"),
        ((0, None, 1, -1), "The count must be between 0 and"),
        ((0, 1e12, 1, None), "The count must be between 0 and"),
    ],
)
def test_impossible_sequences_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        REGISTRY["List.sequence"](*arguments)


def test_repeating(info: Info) -> None:
    assert info(ee.List.repeat("a", 3)) == ["a", "a", "a"]
    with pytest.raises(EarthError, match="The count must be between 0"):
        info(ee.List.repeat("a", -1))


@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=numbers)
def test_round_trip_through_the_client(info: Info, values: list[int]) -> None:
    assert info(ee.List(values).reverse().reverse()) == values
    assert info(ee.List(values).size()) == len(values)
    assert info(ee.List(values).equals(values)) is True
