"""Any algorithm with any arguments: a value that can be described, or an error that the service would word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.conftest import scene
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator import call as calling
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures

if TYPE_CHECKING:
    from xee_lite.emulator.catalogue.assets import Folder
    from xee_lite.emulator.images.image import Image
    from xee_lite.emulator.values.stored import StoredCollection

assert calling  # by which the algorithms are registered
Node = dict[str, Any]


class OneImage:
    """A catalogue of one image, ``x``."""

    def find(self, asset_id: str) -> Image | StoredCollection | Folder | None:
        return scene(3) if asset_id == "x" else None


def constant(value: object) -> Node:
    return {"constantValue": value}


def call(name: str, /, **arguments: Node) -> Node:
    return {"functionInvocationValue": {"functionName": name, "arguments": arguments}}


IMAGE = call("Image.load", id=constant("x"))
POINT = call("GeometryConstructors.Point", coordinates=constant([3.5, 0.5]))
SOUND = [
    IMAGE,
    POINT,
    call("GeometryConstructors.BBox", **{side: constant(at) for side, at in zip(
        ("west", "south", "east", "north"), (3, 0, 3.2, 0.2), strict=True)}),
    call("ImageCollection.fromImages", images={"arrayValue": {"values": [IMAGE, IMAGE]}}),
    call("Collection", features={"arrayValue": {"values": [call("Feature", geometry=POINT)]}}),
    call("Feature", geometry=POINT, metadata=constant({"a": 1})),
    call("Reducer.mean"),
    call("Reducer.histogram"),
    call("Date", value=constant("2020-01-01")),
    call("Projection", crs=constant("EPSG:4326")),
    call("Array", values=constant([[1, 2], [3, 4]])),
]  # fmt: skip
ODD = [
    *(None, True, 0, 1, -1, 0.5, -2.5, 7, 30, 1e9, -1e308, 2**53, "", "a", "x", "EPSG:4326", "2020-01-01", "red", {}),
    *([], [1, 2, 3], ["a"], [[1, 2], [3, 4]], {"a": 1}, {"type": "Point", "coordinates": [3, 36]}),
]
leaves = st.sampled_from([constant(value) for value in ODD]) | st.sampled_from(SOUND)
names = st.sampled_from(sorted(REGISTRY.keys() & signatures().keys()))


@st.composite
def calls(draw: st.DrawFn, depth: int) -> Node:
    """A call with the arguments that it must have, and some that it may have."""
    name = draw(names)
    nodes = leaves | calls(depth - 1) if depth else leaves
    given_ones = [one for one in signatures()[name].arguments if not one.optional or draw(st.booleans())]
    return call(name, **{argument.name: draw(nodes) for argument in given_ones})


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of infinities that become integers
@given(calls(depth=2))
def test_any_graph(node: Node) -> None:
    try:
        describe(evaluate({"result": "0", "values": {"0": node}}, OneImage()))
    except EarthError as error:
        assert (error.message != "", error.code // 100) == (True, 4)  # noqa: PT017 - either way is good
