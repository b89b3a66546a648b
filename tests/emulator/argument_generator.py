"""Calls of algorithms with arguments that fit their signatures, the extreme ones among them, and with some that do not.

Nodes of expression graphs, chosen by a `random.Random`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xee_lite.emulator.evaluator import call as calling
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures

if TYPE_CHECKING:
    from random import Random

    from xee_lite.emulator.evaluator.registry import Argument

assert calling  # by which the algorithms are registered
Node = dict[str, Any]

NAMES = sorted(REGISTRY.keys() & signatures().keys())


def constant(value: object) -> Node:
    return {"constantValue": value}


def call(name: str, /, **arguments: object) -> Node:
    """A call of an algorithm; what is not a node is a constant."""
    return {
        "functionInvocationValue": {
            "functionName": name,
            "arguments": {key: _node(value) for key, value in arguments.items()},
        }
    }


def _node(value: object) -> Node:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_node(one) for one in value]}}
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).endswith(("Value", "Reference")):
        return value
    return constant(value)


def _constants(*values: object) -> list[Node]:
    return [constant(value) for value in values]


def _shape(type_: str, coordinates: object, **rest: object) -> Node:
    return call(f"GeometryConstructors.{type_}", coordinates=constant(coordinates), **rest)


def _ring(*flat: float) -> list[list[float]]:
    points = [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]
    return [*points, points[0]]


NAN = call("Number.divide", left=0, right=0)
INFINITE = call("Number.divide", left=1, right=0)
IMAGE = call("Image.load", id="x")
SCENE = call("Image.load", id="y")
TWO = call(
    "Image.addBands",
    dstImg=SCENE,
    srcImg=call("Image.multiply", image1=IMAGE, image2=call("Image.constant", value=2.5)),
)
POINT = _shape("Point", [3.5, 0.5])
SQUARE = _shape("Polygon", [_ring(3.2, 0.2, 3.6, 0.2, 3.6, 0.6, 3.2, 0.6)])
PLANAR = _shape(
    "Polygon",
    [_ring(500000, 0, 500100, 0, 500100, 100, 500000, 100)],
    crs=call("Projection", crs="EPSG:32631"),
    geodesic=False,
)
GEOMETRIES = [
    POINT,
    SQUARE,
    PLANAR,
    _shape("Point", [0, 100]),
    _shape("Point", [1e300, -1e300]),
    _shape("MultiPoint", []),
    _shape("MultiPoint", [[0, 0], [179, 80]]),
    _shape("MultiPoint", [[0, 90], [180, -90], [3.5, 0.5]]),
    _shape("LineString", [[3.2, 0.2], [3.4, 0.4], [3.2, 0.2]]),
    _shape("LineString", [[3, 0], [3, 0]]),
    _shape("LineString", [[170, 80], [-170, 80], [0, 120]]),
    _shape("Polygon", [_ring(0, 0, 4, 4, 4, 0, 0, 4)]),
    _shape("Polygon", [_ring(-180, -90, 180, -90, 180, 90, -180, 90)], geodesic=False),
    _shape("Polygon", [_ring(0, 80, 90, 80, 180, 80, -90, 80)]),
    _shape("Polygon", [_ring(3, 0, 4, 0, 4, 1, 3, 1), _ring(3.4, 0.4, 3.6, 0.4, 3.6, 0.6)], evenOdd=False),
    _shape("MultiPolygon", [[_ring(3, 0, 4, 0, 4, 1)], [_ring(3.5, 0, 4.5, 0, 4.5, 1)]]),
    _shape("MultiGeometry", {}) | call("GeometryConstructors.MultiGeometry", geometries=[]),
    call("GeometryConstructors.MultiGeometry", geometries=[POINT, SQUARE]),
    call("GeometryConstructors.BBox", west=170, south=-95, east=-170, north=95),
    call("Image.geometry", feature=call("Image.constant", value=1)),
    call("Geometry.intersection", left=POINT, right=_shape("Point", [50, 50])),
]
FEATURES = [
    call("Feature", geometry=POINT, metadata=constant({"a": 1, "n": 2.5, "s": "t", "system:time_start": 1e11})),
    call("Feature", geometry=SQUARE, metadata=constant({"a": 2, "n": -1, "s": "", "system:index": "q"})),
    call("Feature", geometry=_shape("Point", [3.3, 0.3]), metadata=constant({"a": 3, "n": 0})),
    call("Feature", metadata=constant({"a": None, "n": "text", "s": [1, 2]})),
    call("Feature", geometry=GEOMETRIES[3]),
    call(
        "Feature",
        geometry=GEOMETRIES[10],
        metadata=constant({"a": 1e308, "n": [1, 2], "style": {"color": "red", "pointSize": 1e9, "width": 1e9}}),
    ),
    call("Element.set", object=call("Feature", geometry=POINT), key="a", value=NAN),
    call("Element.set", object=call("Feature", geometry=POINT), key="a", value=IMAGE),
]
NO_BANDS = call("Image.select", input=IMAGE, bandSelectors=[])
ARRAYS = [
    call("Array", values=constant(value)) for value in (0, [1, 2, 3], [[1, 2], [3, 4]], [[[1, 2]], [[3, 4]]], [[1.5]])
]
ARRAYS += [
    call("Array", values=[], pixelType=call("PixelType.float")),
    call(
        "Array.divide",
        left=call("Array", values=constant([[0, 1], [1, 0]])),
        right=call("Array", values=constant([[0, 0], [1, 2]])),
    ),
    call("Array.identity", size=3),
]
IMAGES = [
    IMAGE,
    SCENE,
    TWO,
    NO_BANDS,
    call("Image.constant", value=1),
    call("Image.constant", value=[1, -2.5, 0]),
    call("Image.divide", image1=IMAGE, image2=call("Image.constant", value=0)),
    call("Image.mask", image=call("Image.toInt8", value=TWO), mask=call("Image.constant", value=0)),
    call("Image.updateMask", image=SCENE, mask=call("Image.gt", image1=SCENE, image2=call("Image.constant", value=5))),
    call("Image.toArray", image=TWO),
    call("Image.constant", value=ARRAYS[2]),
    call("Image.toFloat", value=call("Image.pixelLonLat")),
    call("Image.random"),
    call("Image.clip", input=SCENE, geometry=GEOMETRIES[3]),
    call("Image.clip", input=SCENE, geometry=SQUARE),
    call("Image.reproject", image=SCENE, crs="EPSG:32631", scale=1000),
    call("Image.toInt64", value=call("Image.constant", value=2**62)),
    *(call("Image.load", id=name) for name in ("uint8", "int16", "float32", "float64", "uint16")),
    call("Image.constant", value=10**30),
    call("Image.toArray", image=call("Image.load", id="int16")),
]
DATES = [
    *_constants("2020-01-01", 0, -1, 1e18, 1e308, "", "x"),
    call("Date", value="2020-02-30"),
    call("Date", value="2020-01-01", timeZone="Europe/Berlin"),
    call("DateRange", start="2020-01-01", end="2021-01-01"),
    call("DateRange", start=5, end=1),
    call("DateRange.unbounded"),
]
FLOATS = [*_constants(0, 0.5, 1, -1.5, 2, 3, 7, 30, 1000, 1e9, 1e18, 1e-300, -1e308, 1e308), NAN, INFINITE]
FLOATS += [call("Number.divide", left=-1, right=0), constant(10**30)]
INTEGERS = [*_constants(0, 1, 2, 3, -1, -7, 50, 1000, 2**31, 2**53, -(2**63), 10**30), constant(None)]
TEXTS = _constants(
    *("", "a", "n", "s", "B1", "constant", ".*", "(", "[", "%d", "x y", "1", "2020-01-01", "day", "month", "year", "g"),
    *(
        "EPSG:4326",
        "EPSG:32631",
        "UTC",
        "mean",
        "max",
        "float",
        "meters",
        "pixels",
        "euclidean",
        "red",
        "1 2 3",
        "null",
    ),
    *("{}", "[1, 2]", "system:index", "system:time_start", "b('B1') + 1", "\0", "\ud800", "é" * 50, "B1 > 0 ? 1 : 2"),
    *("regression", "BICUBIC", "bilinear", "sampling", "linear", "1) root 9 9 9 (3)\n2) B1<=4 5 5 1\n3) B1>4 4 4 2"),
)
LISTS = [
    constant([]),
    *_constants(
        [1, 2, 3], [0.5], ["a", "n"], ["B1"], [[1, 2], [3, 4]], [None], [None, 1], [1, "a", None, [2]], [2] * 40
    ),
    *_constants([0], [-1], [0, 1], [0, 255], [[0, "red"], [10, "blue"]], ["red", "00f"], [{}], [1e308, -1e308], [[]]),
    {"arrayValue": {"values": [NAN, INFINITE, constant(1)]}},
    call("List.sequence", start=0, end=300),
]
KERNELS = [
    call("Kernel.plus", radius=2),
    call("Kernel.circle", radius=3000, units="meters"),
    call("Kernel.square", radius=0),
    call("Kernel.fixed", weights=constant([[1, 2], [3, 4]])),
    call("Kernel.gaussian", radius=3, sigma=0.001),
    call("Kernel.square", radius=1e5),
    call("Kernel.euclidean", radius=20),
    call("Kernel.laplacian8"),
    call("Kernel.square", radius=-3),
    call("Kernel.circle", radius=0.01, units="meters"),
]
REDUCERS = [
    *(
        call(f"Reducer.{name}")
        for name in (
            "mean",
            "sum",
            "count",
            "mode",
            "median",
            "minMax",
            "histogram",
            "frequencyHistogram",
            "toList",
            "first",
            "countDistinct",
            "linearFit",
            "covariance",
            "stdDev",
            "skew",
            "product",
            "autoHistogram",
            "kendallsCorrelation",
            "sampleStdDev",
            "circularMean",
            "fixedHistogram",
            "last",
            "anyNonZero",
            "bitwiseAnd",
            "pearsonsCorrelation",
        )
        if f"Reducer.{name}" in REGISTRY and not any(not a.optional for a in signatures()[f"Reducer.{name}"].arguments)
    ),
    call("Reducer.percentile", percentiles=constant([0, 50, 100])),
    call("Reducer.repeat", reducer=call("Reducer.mean"), count=2),
    call("Reducer.group", reducer=call("Reducer.sum"), groupField=1),
    call("Reducer.combine", reducer1=call("Reducer.mean"), reducer2=call("Reducer.count"), sharedInputs=True),
    call("Reducer.linearRegression", numX=1, numY=1),
    call("Reducer.robustLinearRegression", numX=1, numY=1),
    call("Reducer.ridgeRegression", numX=1, numY=1),
    call("Reducer.fixedHistogram", min=0, max=10, steps=5),
    call("Reducer.unweighted", reducer=call("Reducer.mean")),
    call("Reducer.setOutputs", reducer=call("Reducer.mean"), outputs=constant(["m"])),
]
PROJECTIONS = [
    *_constants("EPSG:4326", "EPSG:32631", "EPSG:3857", "EPSG:1", "SR-ORG:6974", "EPSG:3031", ""),
    call("Projection", crs="EPSG:4326", transform=constant([0.1, 0, 3, 0, -0.1, 1])),
    call("Projection", crs="EPSG:32631", transform=constant([1e-9, 0, 0, 0, 1e-9, 0])),
    call("Projection", crs="EPSG:4326", transform=constant([1e30, 0, 0, 0, 1e30, 0])),
    call("Projection", crs="EPSG:4326", transform=constant([0, 0, 0, 0, 0, 0])),
    call("Projection", crs="EPSG:4326", transform=constant([0, 1, 3, 1, 0, 0])),
]
COLLECTIONS = [
    call("Collection", features=[]),
    call("Collection", features=FEATURES[:3]),
    call("Collection", features=FEATURES),
    call("ImageCollection.fromImages", images=[]),
    call("ImageCollection.fromImages", images=[IMAGE, IMAGE, SCENE]),
    call("ImageCollection.fromImages", images=[IMAGE, TWO, NO_BANDS]),
    call("ImageCollection.fromImages", images=[IMAGES[9], IMAGES[10]]),
    call("ImageCollection.load", id="week"),
    call("Collection", features=[IMAGE, FEATURES[0]]),
]
CLASSIFIERS = [
    call(
        "Classifier.train",
        classifier=call(f"Classifier.{name}"),
        features=call("Collection", features=FEATURES[:3]),
        classProperty="a",
        inputProperties=constant(["n"]),
    )
    for name in ("minimumDistance", "smileKNN")
]
CLASSIFIERS += [
    call("Classifier.smileKNN"),
    call("Classifier.minimumDistance", metric="mahalanobis"),
    call("Classifier.spectralRegion", coordinates=constant([[0, 0], [1, 0], [1, 1]])),
]
FILTERS = [
    call("Filter.gt", leftField="n", rightValue=0),
    call("Filter.equals", leftField="a", rightField="a"),
    call("Filter.intersects", leftField=".geo", rightValue=SQUARE),
    call("Filter.withinDistance", distance=1e5, leftField=".geo", rightField=".geo"),
    call("Filter.maxDifference", difference=1, leftField="n", rightField="n"),
    call("Filter.always"),
    call("Filter.and", filters=[]),
]
JOINS = [
    call("Join.simple"),
    call("Join.inverted"),
    call("Join.inner"),
    call("Join.saveAll", matchesKey="m"),
    call("Join.saveBest", matchKey="m", measureKey="d"),
]
PIXEL_TYPES = [
    call("PixelType.uint8"),
    call("PixelType.double"),
    call("PixelType", precision="int", minValue=5, maxValue=1),
    call("PixelType", precision="float", dimensions=2),
    *_constants("uint8", "x"),
]
DICTIONARIES = _constants({}, {"a": 1}, {"a": None, "n": [1]}, {"B1": 3, "": 1e308}, {"b": {"c": {}}})
MARGINS = [
    *_constants(0, 1, 1000, -1, 1e300),
    NAN,
    call("ErrorMargin", value=1, unit="infinite"),
    call("ErrorMargin", value=1, unit="projected"),
]
BODIES: dict[str, Node] = {
    "argument": {"argumentReference": "x"},
    "null": constant(None),
    "three": constant(3),
    "added": call("Image.add", image1={"argumentReference": "x"}, image2=call("Image.constant", value=1)),
    "set": call("Element.set", object={"argumentReference": "x"}, key="b", value=7),
    "number": call("Number.add", left={"argumentReference": "x"}, right=1),
    "more": call("List.add", list={"argumentReference": "y"}, element={"argumentReference": "x"}),
    "list": call("List.repeat", value={"argumentReference": "x"}, count=3),
}
FUNCTIONS = [
    {"functionDefinitionValue": {"argumentNames": names, "body": body}}
    for names in (["x"], ["x", "y"])
    for body in BODIES
    if "y" in names or body != "more"
]
BY_TYPE: dict[str, list[Node]] = {
    "Algorithm": FUNCTIONS,
    "Array": ARRAYS + LISTS[:6],
    "Boolean": _constants(True, False),
    "Classifier": CLASSIFIERS,
    "ConfusionMatrix": [
        call("ConfusionMatrix", array=constant(value)) for value in ([[2, 1], [0, 3]], [[0, 0], [0, 0]], [[5]], [])
    ],
    "Date": DATES,
    "DateRange": DATES,
    "Dictionary": DICTIONARIES,
    "Element": FEATURES + IMAGES + COLLECTIONS,
    "ErrorMargin": MARGINS,
    "Feature": FEATURES,
    "FeatureCollection": COLLECTIONS + FEATURES + GEOMETRIES,
    "Filter": FILTERS,
    "Float": FLOATS,
    "Geometry": GEOMETRIES,
    "Image": IMAGES,
    "ImageCollection": COLLECTIONS[3:],
    "Integer": INTEGERS,
    "Join": JOINS,
    "Kernel": KERNELS,
    "List": LISTS,
    "Long": INTEGERS,
    "Number": FLOATS,
    "PixelType": PIXEL_TYPES,
    "Projection": PROJECTIONS,
    "Reducer": REDUCERS,
    "String": TEXTS,
}
ANYTHING = [node for nodes in BY_TYPE.values() for node in nodes] + _constants(
    None, {"type": "Point", "coordinates": [3, 36]}
)
PRODUCERS: dict[str, list[str]] = {}
for _name in NAMES:
    PRODUCERS.setdefault(signatures()[_name].returns.partition("<")[0], []).append(_name)


def graph(node: Node) -> Node:
    """An expression whose result is the node."""
    return {"result": "0", "values": {"0": node, **BODIES}}


def drawn(random: Random, name: str, depth: int = 1) -> Node:
    """A call with all arguments that it must have, and some that it may have."""
    arguments = [one for one in signatures()[name].arguments if not one.optional or random.random() < 0.4]
    return call(name, **{one.name: _argument(random, one, depth) for one in arguments})


def _argument(random: Random, argument: Argument, depth: int) -> Node:
    base, _, inner = argument.type.partition("<")
    kind = random.random()
    if kind < 0.1 or base not in BY_TYPE:
        return random.choice(ANYTHING)
    if kind < 0.3 and depth and base in PRODUCERS:
        return drawn(random, random.choice(PRODUCERS[base]), depth - 1)
    inner = inner.removesuffix(">").partition("<")[0]
    if base == "List" and inner in BY_TYPE and random.random() < 0.8:
        return {"arrayValue": {"values": [random.choice(BY_TYPE[inner]) for _ in range(random.randrange(4))]}}
    if base == "Dictionary" and inner in BY_TYPE:
        return {"dictionaryValue": {"values": {key: random.choice(BY_TYPE[inner]) for key in ("B1", "a")}}}
    return random.choice(BY_TYPE[base])
