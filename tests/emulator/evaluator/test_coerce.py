"""Checking and promoting arguments."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from shapely.geometry import Point

from tests.emulator.memory_catalogue import EmptyCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.call import call
from xee_lite.emulator.evaluator.coerce import coerce, decode_default
from xee_lite.emulator.evaluator.context import Context
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures
from xee_lite.emulator.geometry.error_margin import ErrorMargin
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.types import WGS84, Projection
from xee_lite.emulator.values.array import Array
from xee_lite.emulator.values.collection import Collection, make_collection
from xee_lite.emulator.values.dates import Date, DateRange
from xee_lite.emulator.values.feature import Feature

WHERE = "Some.algorithm, argument 'x'"
IMAGE = Image(())
POINT = Geometry(Point(1, 2))


def invoke(name: str, **arguments: Any) -> Any:
    return call(name, arguments, Context(EmptyCatalogue()))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_algorithm_is_served_and_takes_as_many_arguments_as_its_signature(name: str) -> None:
    parameters = inspect.signature(REGISTRY[name]).parameters.values()
    positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    required = [p for p in positional if p.default is p.empty]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    count = len(signatures()[name].arguments)
    assert len(required) <= count
    assert count <= len(positional) or variadic
    assert {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} <= {"context"}


def test_a_missing_argument_is_named_in_the_services_words() -> None:
    with pytest.raises(EarthError, match=r"^Date: Parameter 'value' is required\.$"):
        invoke("Date")


def test_a_null_for_a_required_argument_is_named_in_the_services_words() -> None:
    with pytest.raises(EarthError, match=r"^Image\.select: Parameter 'input' is required and may not be null\.$"):
        invoke("Image.select", input=None, bandSelectors=["a"])


def test_an_unknown_argument_is_named() -> None:
    with pytest.raises(EarthError, match="Date: Unrecognized argument 'when'"):
        invoke("Date", value=1, when=2)


def test_a_wrong_type_is_told_in_the_services_words() -> None:
    with pytest.raises(EarthError) as caught:
        invoke("Image.select", input="B1", bandSelectors=["a"])
    assert caught.value.code == 400
    assert caught.value.message == (
        "Image.select, argument 'input': Invalid type.\n"
        "Expected type: Image<unknown bands>.\n"
        "Actual type: String.\n"
        "Actual value: B1"
    )


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (5, "Object", 5),
        (True, "Number", 1),
        (2.5, "Float", 2.5),
        (2.0, "Integer", 2),
        (7, "Long", 7),
        (1, "Boolean", True),
        (0.0, "Boolean", False),
        ("a", "String", "a"),
        ("B1", "List<String>", ["B1"]),
        ([1, 2.0], "List<Integer>", [1, 2]),
        ([1, None], "List<Object>", [1, None]),
        ([["a"], ["b"]], "List<List<String>>", [["a"], ["b"]]),
        ({"a": {"b": 1}}, "Dictionary<Dictionary<Object>>", {"a": {"b": 1}}),
        ({"a": 1}, "Dictionary<Object>", {"a": 1}),
        (1000, "Date", Date(1000)),
        ("1970-01-02", "Date", Date(86_400_000)),
        (Date(5), "DateRange", DateRange(5, 6)),
        (10, "ErrorMargin", ErrorMargin(10)),
        ("EPSG:4326", "Projection", Projection("EPSG:4326")),
        (IMAGE, "Image<unknown bands>", IMAGE),
        (IMAGE, "Element", IMAGE),
        (POINT, "Geometry", POINT),
        (Feature(POINT), "Geometry", POINT),
        ({"type": "Point", "coordinates": [1, 2]}, "Geometry", POINT),
    ],
)
def test_what_is_promoted(value: Any, type_: str, expected: Any) -> None:
    found = coerce(value, type_, WHERE)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (21, "Image<unknown bands>"),
        ("x", "Number"),
        (1.5, "Integer"),
        ("1", "Integer"),
        (5, "String"),
        ([1], "List<String>"),
        ([1, None], "List<Integer>"),
        ("abc", "List<Object>"),
        ([1], "Dictionary<Object>"),
        ({"a": 1}, "Dictionary<Dictionary<Object>>"),
        ([], "Boolean"),
        ("meters", "ErrorMargin"),
        (4326, "Projection"),
        ([1, 2], "Geometry"),
        ({"type": "Point"}, "Geometry"),
        (5, "Element"),
        (IMAGE, "Feature"),
        ([1], "FeatureCollection"),
        (make_collection([Feature(None)], "Feature"), "ImageCollection"),
        (5, "Reducer"),
        (5, "Filter"),
        (5, "Algorithm"),
        (5, "PixelType"),
        ("a", "Array"),
    ],
)
def test_what_is_refused(value: Any, type_: str) -> None:
    with pytest.raises(
        EarthError, match=rf"^{WHERE}: Invalid type\.\nExpected type: {type_}\.\nActual type: "
    ) as caught:
        coerce(value, type_, WHERE)
    assert caught.value.code == 400


def test_a_list_of_images_is_an_image_collection() -> None:
    found = coerce([IMAGE, IMAGE], "ImageCollection", WHERE)
    assert isinstance(found, Collection)
    assert [image.properties["system:index"] for image in found] == ["0", "1"]


def test_a_feature_is_a_collection_of_one() -> None:
    assert len(list(coerce(Feature(None), "FeatureCollection", WHERE))) == 1


def test_numbers_and_lists_are_arrays() -> None:
    assert coerce(3, "Array", WHERE).values.tolist() == 3
    found = coerce([[1, 2], [3, 4]], "Array", WHERE)
    assert found.values.shape == (2, 2)
    assert found.values.dtype == np.int64
    assert coerce(Array(np.array([1, 2])), "List<Integer>", WHERE) == [1, 2]


def test_ragged_lists_are_no_array() -> None:
    with pytest.raises(EarthError, match="different lengths"):
        coerce([[1], [1, 2]], "Array", WHERE)


def test_text_that_is_no_date_is_refused() -> None:
    with pytest.raises(EarthError, match="Bad date/time 'tomorrow'"):
        coerce("tomorrow", "Date", WHERE)


def test_a_crs_that_nobody_knows_is_refused() -> None:
    with pytest.raises(EarthError, match="could not be parsed: 'EPSG:0'"):
        coerce("EPSG:0", "Projection", WHERE)


def test_defaults_of_the_signatures_become_values() -> None:
    assert (
        decode_default({"type": "Projection", "crs": "EPSG:4326", "transform": [1, 0, 0, 0, 1, 0]}, "Projection")
        == WGS84
    )
    assert decode_default({"type": "ErrorMargin", "unit": "meters", "value": 0.0}, "ErrorMargin") == ErrorMargin(0.0)
    default = decode_default(-1.0, "Long")
    assert default == -1
    assert isinstance(default, int)


def test_every_default_of_every_signature_can_be_decoded() -> None:
    for signature in signatures().values():
        for argument in signature.arguments:
            found = decode_default(argument.default, argument.type)
            assert not isinstance(found, dict) or "type" not in found
