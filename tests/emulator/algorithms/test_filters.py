"""Filters, over features whose properties say by hand what passes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY
from xee_lite.emulator.values.feature import Feature
from xee_lite.emulator.values.filter import And, Not, Operand, Or, narrow
from xee_lite.emulator.values.stored import Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

ROWS: list[dict[str, Any]] = [
    {"n": 1, "s": "abc", "l": [1, 2], "m": 2},
    {"n": 2, "s": "abd", "l": ["x"], "m": 2},
    {"n": 3, "s": "xyz", "m": 2},
    {"s": 7, "n": "3"},
    {},
]


def passing(info: Info, condition: ee.Filter) -> list[int]:
    rows = ee.FeatureCollection([ee.Feature(None, {**row, "row": i}) for i, row in enumerate(ROWS)])
    found: list[int] = info(rows.filter(condition).aggregate_array("row"))
    return found


def cases() -> list[tuple[Callable[[], ee.Filter], list[int]]]:
    return [
        (lambda: ee.Filter.eq("n", 3), [2]),
        (lambda: ee.Filter.eq("n", "3"), [3]),
        (lambda: ee.Filter.neq("n", 3), [0, 1, 3, 4]),
        (lambda: ee.Filter.lt("n", 2), [0]),
        (lambda: ee.Filter.lte("n", 2), [0, 1, 3, 4]),
        (lambda: ee.Filter.gt("n", 2), [2]),
        (lambda: ee.Filter.gte("n", 2), [1, 2, 3, 4]),
        (lambda: ee.Filter.greaterThanOrEquals("n", 2), [1, 2, 3, 4]),
        (lambda: ee.Filter.lessThanOrEquals("n", 2), [0, 1, 3, 4]),
        (lambda: ee.Filter.gt("s", "abc"), [1, 2]),
        (lambda: ee.Filter.eq("l", [1, 2]), [0]),
        (lambda: ee.Filter.equals(leftField="n", rightField="m"), [1]),
        (lambda: ee.Filter.lessThan(leftField="m", rightField="n"), [2]),
        (lambda: ee.Filter.greaterThan(leftValue=2, rightField="n"), [0]),
        (lambda: ee.Filter.inList("n", [1, 3, "x"]), [0, 2]),
        (lambda: ee.Filter.listContains("l", 2), [0]),
        (lambda: ee.Filter.stringStartsWith("s", "ab"), [0, 1]),
        (lambda: ee.Filter.stringEndsWith("s", "z"), [2]),
        (lambda: ee.Filter.stringContains("s", "b"), [0, 1]),
        (lambda: ee.Filter.rangeContains("n", 1, 2), [0, 1]),
        (lambda: ee.Filter.rangeContains("s", "abc", "abd"), [0, 1]),
        (lambda: ee.Filter.notNull(["n", "l"]), [0, 1]),
        (lambda: ee.Filter.hasType("n", "Number"), [0, 1, 2]),
        (lambda: ee.Filter.hasType("n", "String"), [3]),
        (lambda: ee.Filter.maxDifference(1, "n", 3), [1, 2]),
        (lambda: ee.Filter.Or(ee.Filter.eq("n", 1), ee.Filter.eq("n", 2)), [0, 1]),
        (lambda: ee.Filter.And(ee.Filter.gt("n", 1), ee.Filter.eq("m", 2)), [1, 2]),
        (lambda: ee.Filter.gt("n", 1).Not(), [0, 3, 4]),
        (lambda: ee.Filter.notNull(["n"]).Not(), [4]),
        (lambda: ee.Filter(ee.ComputedObject(ee.ApiFunction.lookup("Filter.always"), {})), [0, 1, 2, 3, 4]),
        (lambda: ee.Filter(ee.ComputedObject(ee.ApiFunction.lookup("Filter.never"), {})), []),
    ]


@pytest.mark.parametrize("number", range(len(cases())))
def test_what_passes(info: Info, number: int) -> None:
    make, expected = cases()[number]
    assert passing(info, make()) == expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_legacy_form(info: Info) -> None:
    rows = ee.FeatureCollection([ee.Feature(None, row) for row in ROWS])
    assert info(rows.filterMetadata("n", "not_less_than", 2).aggregate_array("n")) == [2, 3, "3"]
    assert info(rows.filterMetadata("s", "starts_with", "ab").aggregate_array("n")) == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, 1, None, 1), "At least one of 'leftField' and 'rightField'"),
        (("a", 1, "b", None), "Only one of 'rightField' and 'rightValue'"),
        (("a", None, "b", 1), "Only one of 'leftField' and 'leftValue'"),
    ],
)
def test_operands_that_contradict_each_other_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        REGISTRY["Filter.equals"](*arguments)


def dated(day: datetime) -> Feature:
    return Feature(None, {"system:time_start": day.timestamp() * 1000})


@given(st.integers(-20_000, 40_000), st.integers(1, 12), st.integers(1, 12))
def test_calendar_ranges_wrap(day: int, start: int, end: int) -> None:
    moment = datetime.fromtimestamp(day * 86_400, UTC)
    months = range(start, end + 1) if start <= end else [*range(start, 13), *range(1, end + 1)]
    assert REGISTRY["Filter.calendarRange"](start, end, "month").passes(dated(moment)) is (moment.month in months)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year", 2020),
        ("month", 12),
        ("hour", 13),
        ("minute", 14),
        ("day_of_year", 366),
        ("day_of_month", 31),
        ("day_of_week", 4),
    ],
)
def test_fields_of_the_calendar(field: str, value: int) -> None:
    last = dated(datetime(2020, 12, 31, 13, 14, tzinfo=UTC))  # a Thursday
    assert REGISTRY["Filter.calendarRange"](value, None, field).passes(last)
    assert not REGISTRY["Filter.calendarRange"](value + 1, value + 2, field).passes(last)


def test_days_of_the_year_are_inclusive(info: Info) -> None:
    week = ee.ImageCollection("TEST/WEEK")
    assert info(week.filter(ee.Filter.dayOfYear(2, 3)).size()) == 2


def test_an_unknown_field_of_the_calendar_is_refused() -> None:
    with pytest.raises(EarthError, match=r"Filter\.calendarRange: Unknown field 'moon'"):
        REGISTRY["Filter.calendarRange"](1, 2, "moon")


def test_what_has_no_date_passes_no_filter_of_dates(info: Info) -> None:
    assert passing(info, ee.Filter.date("1900", "2100")) == []
    assert passing(info, ee.Filter.calendarRange(1, 12, "month")) == []


def squares() -> ee.FeatureCollection:
    """Unit squares whose lower left corners are at 0, 2, 4 degrees east, and a feature without geometry."""
    boxes = [ee.Feature(ee.Geometry.BBox(x, 0, x + 1, 1), {"x": x}) for x in (0, 2, 4)]
    return ee.FeatureCollection([*boxes, ee.Feature(None, {"x": -1})])


@pytest.mark.parametrize(
    ("name", "box", "expected"),
    [
        ("intersects", (0.5, 0.5, 2.5, 0.6), [0, 2]),
        ("disjoint", (0.5, 0.5, 2.5, 0.6), [4]),
        ("contains", (2.2, 0.2, 2.8, 0.8), [2]),
        ("isContained", (-1, -1, 3.5, 2), [0, 2]),
    ],
)
def test_places(info: Info, name: str, box: tuple[float, ...], expected: list[int]) -> None:
    condition = getattr(ee.Filter, name)(".geo", ee.Geometry.BBox(*box))
    assert info(squares().filter(condition).aggregate_array("x")) == expected


def test_distances(info: Info) -> None:
    """A degree of longitude at the equator is 111.3 km long."""
    point = ee.Geometry.Point([1.5, 0])
    near = ee.Filter.withinDistance(60_000, ".geo", point)
    assert info(squares().filter(near).aggregate_array("x")) == [0, 2]
    assert info(squares().filter(ee.Filter.withinDistance(50_000, ".geo", point)).size()) == 0


def test_having_a_geometry(info: Info) -> None:
    has = ee.Filter(ee.ComputedObject(ee.ApiFunction.lookup("Filter.hasGeometry"), {}))
    assert info(squares().filter(has).size()) == 3


def test_a_filter_that_is_none_is_refused(info: Info) -> None:
    node = ee.ComputedObject(ee.ApiFunction.lookup("Collection.filter"), {"collection": squares(), "filter": 5})
    with pytest.raises(EarthError, match="The filter must be a Filter"):
        info(node)


TIMES = st.integers(-5, 15)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Any:
    """Any tree of filters on system:time_start and the index."""
    kind = draw(st.sampled_from(["leaf", "and", "or", "not"] if depth else ["leaf"]))
    if kind == "not":
        return Not(draw(conditions(depth=depth - 1)))
    if kind in {"and", "or"}:
        parts = draw(st.lists(conditions(depth=depth - 1), max_size=3))
        return And(tuple(parts)) if kind == "and" else Or(tuple(parts))
    name = draw(
        st.sampled_from(
            ["equals", "notEquals", "lessThan", "greaterThan", "lessThanOrEquals", "range", "index", "indices"]
        )
    )
    if name == "range":
        return REGISTRY["Filter.rangeContains"]("system:time_start", draw(TIMES), draw(TIMES))
    if name == "index":
        return REGISTRY["Filter.eq"]("system:index", str(draw(TIMES)), None, None)
    if name == "indices":
        known = [str(time) for time in draw(st.lists(TIMES, max_size=4))]
        return REGISTRY["Filter.listContains"](None, None, "system:index", known)
    if draw(st.booleans()):
        return REGISTRY[f"Filter.{name}"]("system:time_start", draw(TIMES), None, None)
    return REGISTRY[f"Filter.{name}"](None, None, "system:time_start", draw(TIMES))


@given(conditions(), conditions())
def test_a_hint_never_rules_out_what_passes(first: Any, second: Any) -> None:
    hint = narrow(first.hint(), second.hint())
    for time in range(-6, 17):
        element = Feature(None, {"system:time_start": time, "system:index": str(time)})
        if first.passes(element) and second.passes(element):
            assert hint.start is None or time >= hint.start
            assert hint.end is None or time < hint.end
            assert hint.named is None or str(time) in hint.named


def test_hints_say_what_they_can() -> None:
    late = REGISTRY["Filter.greaterThan"]("system:time_start", 5, None, None)
    early = REGISTRY["Filter.lessThan"]("system:time_start", 9, None, None)
    assert And((late, early)).hint() == Query(5, 9)
    assert Or((And((late, early)), REGISTRY["Filter.equals"]("system:time_start", 20, None, None))).hint() == Query(
        5, 21
    )
    assert Not(late).hint() == Query()
    assert REGISTRY["Filter.listContains"](None, None, "system:index", ["b", "a", "b"]).hint() == Query(
        indices=("a", "b")
    )
    tile = REGISTRY["Filter.equals"]("MGRS_TILE", "32TPT", None, None)
    row = REGISTRY["Filter.equals"]("WRS_ROW", 34, None, None)
    assert And((tile, late, row)).hint() == Query(5, equal=(("MGRS_TILE", "32TPT"), ("WRS_ROW", 34)))
    assert Or((tile, row)).hint() == Not(tile).hint() == Query()
    assert REGISTRY["Filter.equals"]("colour", "red", None, None).hint() == Query()
    assert not And((tile,)).is_its_hint
    assert Operand("a").of(Feature(None, {"a": 1})) == 1


@pytest.mark.parametrize(("west", "east"), [(179.0, -179.0), (179.0, 181.0), (-181.0, -179.0)])
def test_boxes_across_the_antimeridian_touch_what_lies_on_both_sides(info: Any, west: float, east: float) -> None:
    box = ee.Geometry.BBox(west, -1, east, 1)
    points = [ee.Geometry.Point(longitude, 0) for longitude in (179.5, -179.5, 180, -180, 178.5, -178.5, 0)]
    assert [info(box.intersects(point)) for point in points] == [True] * 4 + [False] * 3
    assert [info(box.contains(point)) for point in points] == [True] * 4 + [False] * 3
    assert info(box.intersects(ee.Geometry.BBox(-180, -2, -179.5, 2)))
    assert info(box.disjoint(ee.Geometry.BBox(-178.5, -2, 178.5, 2)))
