"""The graph of one image, made from the graph of its collection."""

from __future__ import annotations

from typing import Any

import pytest

from xee_lite.earthengine.graph import Graph, Node
from xee_lite.earthengine.rewriting import item_of
from xee_lite.earthengine.stored import Stored, stored_image


def graph_of(root: Node, **values: Node) -> Graph:
    return Graph({"result": "r", "values": {"r": root, **values}})


def call(name: str, **arguments: Any) -> Node:
    nodes = {key: value if isinstance(value, dict) else {"constantValue": value} for key, value in arguments.items()}
    return {"functionInvocationValue": {"functionName": name, "arguments": nodes}}


def spelled(graph: Graph, node: Node) -> Any:
    """A node as nested names, which is easy to compare."""
    node = graph.resolve(node)
    if "constantValue" in node:
        return node["constantValue"]
    if "argumentReference" in node:
        return f"${node['argumentReference']}"
    if "functionDefinitionValue" in node:
        return ("function", spelled(graph, {"valueReference": node["functionDefinitionValue"]["body"]}))
    if "dictionaryValue" in node:
        return {key: spelled(graph, value) for key, value in node["dictionaryValue"]["values"].items()}
    invocation = node["functionInvocationValue"]
    name = invocation.get("functionName") or spelled(graph, {"valueReference": invocation["functionReference"]})
    return (name, {key: spelled(graph, value) for key, value in invocation["arguments"].items()})


LOAD = call("ImageCollection.load", id="A/B")
FILTERED = call("Collection.filter", collection=LOAD, filter=call("Filter.equals", leftField="c", rightValue=1))


def mapped(collection: Node, body: Node, name: str = "x") -> tuple[Node, dict[str, Node]]:
    function = {"functionDefinitionValue": {"argumentNames": [name], "body": "body"}}
    return call("Collection.map", collection=collection, baseAlgorithm=function), {"body": body}


@pytest.mark.parametrize(
    "collection",
    [
        LOAD,
        FILTERED,
        call("Collection.limit", collection=FILTERED, limit=7),
        call("Collection.limit", collection=FILTERED, limit=7, key="cloud", ascending=False),
        call("Collection.distinct", collection=LOAD, properties=["p"]),
    ],
)
def test_choosing_images_leaves_the_image(collection: Node) -> None:
    graph = graph_of(collection)
    item = item_of(graph, graph.root, "i7", None)
    assert spelled(graph, item) == ("Image.load", {"id": "A/B/i7"})
    assert stored_image(graph, item) == Stored("A/B/i7", "i7")


def test_a_mapped_function_is_applied_to_the_one_image() -> None:
    root, values = mapped(FILTERED, call("Image.add", image1={"argumentReference": "x"}, image2=5))
    graph = graph_of(call("Collection.limit", collection=root, limit=3), **values)
    item = item_of(graph, graph.root, "i7", None)
    function = ("function", ("Image.add", {"image1": "$x", "image2": 5}))
    assert spelled(graph, item) == (function, {"x": ("Image.load", {"id": "A/B/i7"})})
    assert stored_image(graph, item) is None, "computed pixels are never the stored ones"


def test_merged_collections_lose_their_prefix_and_keep_their_index() -> None:
    other = call("ImageCollection.load", id="C/D")
    graph = graph_of(call("ImageCollection.merge", collection1=LOAD, collection2=other))
    item = item_of(graph, graph.root, "2_i7", None)
    expected = ("Image.load", {"id": "C/D/i7"})
    assert spelled(graph, item) == ("Element.set", {"object": expected, "key": "system:index", "value": "2_i7"})


@pytest.mark.parametrize(
    "body",
    [
        call("Element.set", object={"argumentReference": "x"}, key="system:index", value="i7"),
        call(
            "Element.setMulti", object={"argumentReference": "x"}, properties={"constantValue": {"system:index": "a"}}
        ),
        call(
            "Element.setMulti",
            object={"argumentReference": "x"},
            properties={"dictionaryValue": {"values": {"system:index": call("String", input="a")}}},
        ),
        call(
            "Image.copyProperties",
            destination={"argumentReference": "x"},
            source=call("Image.load", id="C"),
            properties=["system:index"],
        ),
    ],
)
def test_what_may_change_the_index_is_asked_for_by_index(body: Node) -> None:
    root, values = mapped(LOAD, body)
    graph = graph_of(root, **values)
    name, arguments = spelled(graph, item_of(graph, graph.root, "i7", None))
    assert name == "Collection.first"
    assert arguments["collection"][0] == "Collection.filter"
    assert arguments["collection"][1]["filter"] == (
        "Filter.equals",
        {"leftField": "system:index", "rightValue": "i7"},
    )


@pytest.mark.parametrize("reading", ["Element.get", "Element.getString"])
def test_what_only_reads_the_index_leaves_the_image_alone(reading: str) -> None:
    index = call(reading, object={"argumentReference": "x"}, property="system:index")
    root, values = mapped(LOAD, call("Element.set", object={"argumentReference": "x"}, key="name", value=index))
    graph = graph_of(root, **values)
    item = item_of(graph, graph.root, "i7", None)
    assert spelled(graph, item)[1] == {"x": ("Image.load", {"id": "A/B/i7"})}
    assert stored_image(graph, item) == Stored("A/B/i7", "i7")


def test_joins_are_asked_for_by_index_and_repeated_indices_by_position() -> None:
    joined = call("Join.apply", join=call("Join.inner"), primary=LOAD, secondary=LOAD, condition=1)
    graph = graph_of(joined)
    assert spelled(graph, item_of(graph, graph.root, "i7", None))[0] == "Collection.first"
    name, arguments = spelled(graph, item_of(graph, graph.root, "i7", 4))
    assert (name, arguments["list"][0]) == ("List.get", "Collection.toList")
    assert arguments["list"][1]["offset"] == 4


def test_a_list_of_images_gives_the_image_itself() -> None:
    images = {"arrayValue": {"values": [call("Image.load", id="A/B/i1"), call("Image.load", id="A/B/i2")]}}
    graph = graph_of(call("ImageCollection.fromImages", images=images))
    assert spelled(graph, item_of(graph, graph.root, "i2", None)) == ("Image.load", {"id": "A/B/i2"})


def test_a_graph_carries_only_what_it_needs() -> None:
    root, values = mapped(FILTERED, call("Image.add", image1={"argumentReference": "x"}, image2=5))
    graph = graph_of(root, **values, unused=call("Image.constant", value=1))
    expression = graph.expression(item_of(graph, graph.root, "i7", None))
    text = str(expression)
    assert "unused" not in expression["values"]
    assert "Collection.filter" not in text
    assert "Image.add" in text


def test_the_given_expression_is_left_alone() -> None:
    expression = {"result": "r", "values": {"r": LOAD}}
    graph = Graph(expression)
    graph.call("Image.constant", value=1)
    assert list(expression["values"]) == ["r"]
