"""Every algorithm with arguments that fit and that do not: a value that can be computed, or an error that says why.

``pytest --long tests/emulator/algorithms/test_every_algorithm.py`` tries many more calls of each, for minutes.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.argument_generator import FEATURES, GEOMETRIES, IMAGES, NAMES, Node, call, constant, drawn
from tests.emulator.force import is_refusal, realize
from tests.examples import scaled
from xee_lite.emulator import request_limits
from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 1.0
CALLS = 8
"""Of each algorithm."""
RANDOM = Random(0)  # noqa: S311 - nothing secret
EMPTY_PART = call(
    "GeometryConstructors.MultiGeometry",
    geometries=[GEOMETRIES[1], call("GeometryConstructors.MultiPoint", coordinates=constant([]))],
)
LONG = call("Array.repeat", array=call("Array", values=constant([1, 2])), axis=0, copies=20_000)


def is_good(node: Node, random: Random) -> bool:
    """Whether a node is computed, or refused in words."""
    try:
        realize(node, random)
    except EarthError as error:
        return is_refusal(error)
    return True


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    start = request_limits.start
    monkeypatch.setattr(request_limits, "start", lambda: start(SECONDS))
    yield
    start()  # the tests that follow in this thread have the time of theirs


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of infinities and of what is not a number
@pytest.mark.parametrize("name", NAMES)
def test_every_algorithm(name: str) -> None:
    for seed in range(scaled(CALLS)):
        node = drawn(Random(f"{seed}{name}"), name)  # noqa: S311 - nothing secret
        assert is_good(node, Random(seed)), node  # noqa: S311 - as above


def refused(name: str, /, **arguments: Any) -> str:
    with pytest.raises(EarthError) as caught:
        realize(call(name, **arguments), RANDOM)
    return caught.value.message


def test_latitudes_beyond_the_pole() -> None:
    assert "pass latitudes of -90 to 90" in refused("Geometry.buffer", geometry=GEOMETRIES[3], distance=10)


def test_parts_without_points() -> None:
    """Edges with points put onto them, of a collection with an empty part: in the process that runs all tests."""
    assert is_good(call("Geometry.contains", left=EMPTY_PART, right=GEOMETRIES[0]), RANDOM)
    assert is_good(call("Geometry.area", geometry=EMPTY_PART), RANDOM)


@pytest.mark.parametrize("name", ["ImageCollection.mosaic", "reduce.median", "ImageCollection.toBands"])
def test_features_among_images(name: str) -> None:
    mixed = call("Collection", features=[IMAGES[0], FEATURES[0]])
    assert "holds images only; found an element of type Feature" in refused(name, collection=mixed)


def test_images_as_regions() -> None:
    regions = call("ImageCollection.fromImages", images=[IMAGES[0]])
    realize(call("Image.reduceRegions", image=IMAGES[1], collection=regions, reducer=call("Reducer.mean")), RANDOM)


def test_axes_beyond_all_arrays() -> None:
    assert "dimensions" in refused("Image.arrayCat", image1=IMAGES[9], image2=IMAGES[9], axis=2**31)
    assert "axis" in refused("Image.arraySlice", input=IMAGES[9], axis=2**31)


def test_nulls_among_axes() -> None:
    message = refused("Array.reduce", array=constant([1, 2]), reducer=call("Reducer.mean"), axes=constant([None]))
    assert "Expected type: List<Integer>" in message


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Array.matrixMultiply", {"left": call("Array.reshape", array=LONG, shape=constant([40_000, 1])),
                                  "right": call("Array.reshape", array=LONG, shape=constant([1, 40_000]))}),
        ("Array.matrixSingularValueDecomposition",
         {"array": call("Array.reshape", array=LONG, shape=constant([40_000, 1]))}),
        ("Array.matrixToDiag", {"input": LONG}),
        ("Number.format", {"number": 1, "pattern": "%1000000000d"}),
    ],
)  # fmt: skip
def test_what_would_fill_the_memory(name: str, arguments: dict[str, Any]) -> None:
    assert any(word in refused(name, **arguments) for word in ("larger", "too large", "more characters"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Array.accum", {"array": call("Array.repeat", array=LONG, axis=0, copies=20), "axis": 0}),
        ("FeatureCollection.randomPoints", {"region": GEOMETRIES[1], "points": 1_000_000}),
    ],
)
def test_what_would_take_for_ever(name: str, arguments: dict[str, Any]) -> None:
    assert refused(name, **arguments) == "Computation timed out."


def test_the_fraction_of_the_incomplete_gamma_function_begins_at_a_pole() -> None:
    assert is_good(call("Number.gammainc", left=10**30, right=10**30), RANDOM)
