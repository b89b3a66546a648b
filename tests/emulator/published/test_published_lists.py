"""What the samples of the reference print of lists, dictionaries, and objects of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info


SAMPLES: dict[str, list[Sample]] = {
    "List": [
        (lambda: ee.List([None]), [None]),
        (lambda: ee.List([[], [[]], [1, [], "a"]]), [[], [[]], [1, [], "a"]]),
        (lambda: ee.List(["a"]).add(True), ["a", True]),
        (lambda: ee.List(["a"]).add(["b"]), ["a", ["b"]]),
        (lambda: ee.List(["a"]).add(ee.Dictionary()), ["a", {}]),
        (lambda: ee.List([["a", "b"]]).cat([["1", 1]]), [["a", "b"], ["1", 1]]),
        (lambda: ee.List([]).cat([2]), [2]),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(-2), 25),
        (lambda: ee.List([0, 1, 2, 2, 3, 4]).frequency(2), 2),
        (lambda: ee.List([0, 1, 2, 2, 3, 4]).frequency(9), 0),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 1), [0, 1, 3, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(-2, 1), [0, 1, 2, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 0, ["X", "Y", "Z"]), [0, 1, "X", "Y", "Z", 2, 3, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 3, ["X", "Y", "Z"]), [0, 1, "X", "Y", "Z"]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.gt("item", 4)), [6, 7]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.notNull(["item"])), [1, 2, 3, 6, 7]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.inList("item", [1, 98, 99])), [1]),
        (lambda: ee.List.sequence(0, 5), [0, 1, 2, 3, 4, 5]),
        (lambda: ee.List.sequence(0, None, -2, 6), [0, -2, -4, -6, -8, -10]),
        (lambda: ee.List.sequence(0, 10, 2, 999).length(), 999),
        (lambda: ee.List.sequence(0, 10, 2, 3), [0, 5, 10]),
        (lambda: ee.List.sequence(start=10, count=3), [10, 11, 12]),
        (lambda: ee.List.sequence(start=3, step=2, end=6), [3, 5]),
        (lambda: ee.List.sequence(start=-1e9, end=1e9, count=3), [-1_000_000_000, 0, 1_000_000_000]),
        (lambda: ee.List(["a"]).add(ee.ImageCollection([])), ["a", {"type": "ImageCollection", "bands": []}]),
        (lambda: ee.List([]), []),
        (lambda: ee.List([True]), [True]),
        (lambda: ee.List([ee.Number(1)]), [1]),
        (lambda: ee.List([ee.List([])]), [[]]),
        (lambda: ee.List([]).add("b"), ["b"]),
        (lambda: ee.List(["a"]).add(ee.String("b")), ["a", "b"]),
        (lambda: ee.List(["a"]).add(1), ["a", 1]),
        (lambda: ee.List(["a"]).add(ee.Number(1)), ["a", 1]),
        (lambda: ee.List(["a"]).add([]), ["a", []]),
        (lambda: ee.List(["a"]).add(ee.List(["b"])), ["a", ["b"]]),
        (lambda: ee.List(["a"]).add(ee.Dictionary({"b": "c"})), ["a", {"b": "c"}]),
        (lambda: ee.List(["moose"]).cat(["&", "squirrel"]), ["moose", "&", "squirrel"]),
        (lambda: ee.List([]).cat([]), []),
        (lambda: ee.List([1]).cat([]), [1]),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(1), 10),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(3), 20),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(-1), 30),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(ee.List([5, 10]).get(0)), 30),
        (lambda: ee.List([0, 1, 2, 2, 3, 4]).frequency(0), 1),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(1, 3), [0, 4]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.eq("item", 3)), [3]),
        (lambda: ee.List.sequence(0, 10, 2), [0, 2, 4, 6, 8, 10]),
        (lambda: ee.List.sequence(0, None, 2, 6), [0, 2, 4, 6, 8, 10]),
    ],
    "Dictionary": [
        (lambda: ee.Dictionary(["B1", 182, "B2", 219]), {"B1": 182, "B2": 219}),
        (lambda: ee.Dictionary({"A": ee.Array([182, 219])}).getArray("A"), [182, 219]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).select(["B[1-2]"]), {"B1": 182, "B2": 219}),
        (lambda: ee.Dictionary({"B1": 182}).select(["B1", "Region"], ignoreMissing=True), {"B1": 182}),
        (lambda: ee.Dictionary({"B1": 182, "B3": 443}).set("B3", -9999), {"B1": 182, "B3": -9999}),
        (lambda: ee.Dictionary({"B1": 182}).combine({"B1": -9999, "x": 1}, overwrite=False), {"B1": 182, "x": 1}),
        (lambda: ee.Dictionary({"B1": 182}).combine({"B1": -9999}, overwrite=True), {"B1": -9999}),
        (lambda: ee.Dictionary.fromLists(["B1", "B2"], [182, 219]), {"B1": 182, "B2": 219}),
        (lambda: ee.Dictionary({"B1": 182}).contains("B1"), True),
        (lambda: ee.Dictionary({"B1": 182}).contains("Band_1"), False),
        (lambda: ee.Dictionary({"B1": 182}).get("B1"), 182),
        (lambda: ee.Dictionary({"B1": 182}).get("Band_1", -9999), -9999),
        (lambda: ee.Dictionary({"B1": 182}).getNumber("B1"), 182),
        (lambda: ee.Dictionary({"R": "park"}).getString("R"), "park"),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).keys(), ["B1", "B2"]),
        (
            lambda: ee.Dictionary({"B1": 182, "B2": 219}).map(lambda _, value: ee.Number(value).divide(1e4)),
            {"B1": 0.0182, "B2": 0.0219},
        ),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).remove(["B2", "B3"]), {"B1": 182}),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).remove(["B2", "Region"], ignoreMissing=True), {"B1": 182}),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).rename(["B2"], ["Band_2"]), {"B1": 182, "Band_2": 219}),
        (
            lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).rename(["B3"], ["B1"], overwrite=True),
            {"B1": 443, "B2": 219},
        ),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).size(), 3),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).toArray(["B1", "B2"]), [182, 219]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).toArray(), [182, 219]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).toImage(["B1", "B2"]).bandNames(), ["B1", "B2"]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).toImage().bandNames(), ["B1", "B2"]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).values(["B1", "B2"]), [182, 219]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219}).values(), [182, 219]),
    ],
    "Algorithms": [
        (lambda: ee.Algorithms.If(condition=False, trueCase="*true*", falseCase="*false*"), "*false*"),
        (lambda: ee.Algorithms.If(condition=True, trueCase="*true*", falseCase="*false*"), "*true*"),
        (lambda: ee.Algorithms.ObjectType(ee.Number(1)), "Integer"),
        (lambda: ee.Algorithms.ObjectType(ee.String("a string")), "String"),
        (lambda: ee.Algorithms.ObjectType(ee.List([1, "a string"])), "List"),
        (lambda: ee.Algorithms.ObjectType(ee.Feature(None, {"int": 42}).get("int")), "Integer"),
        (lambda: ee.Algorithms.ObjectType(ee.Feature(None, {"n": ee.Number(-3).int8()}).get("n")), "Long"),
        (lambda: ee.Algorithms.If(ee.String("Tree").compareTo("Tree"), 0, 1), 1),
        (lambda: ee.Algorithms.If(ee.String("NotTree").compareTo("Tree"), 0, 1), 0),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_lists_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
