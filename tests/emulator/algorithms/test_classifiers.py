"""Classifiers by their definitions: trees walked by hand, distances by NumPy, polygons by shapely."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.classifiers import nearest_neighbours
from xee_lite.emulator.classifiers.decision_trees import names_of, parse_trees, values_of
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

RNG = np.random.default_rng(31)
BANDS = RNG.integers(0, 100, (2, 6, 8)).astype(np.uint8)
VALID = np.ones((6, 8), bool)
VALID[2, 3] = False
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 6.0), 8, 6)

TREE = """1) root 150 100 1 (0.3 0.4 0.3)
   2) red< 40.5 50 0 1 (1 0 0) *
   3) red>=40.5 100 50 2
     6) nir <= 30 54 5 5 *
     7) nir > 30 46 1 3 (0 0.1 0.9) *
"""


class Assets:
    def find(self, asset_id: str) -> Any:
        red, nir = BANDS[0], np.ma.MaskedArray(BANDS[1], ~VALID)
        image = memory_image({"red": red, "nir": nir}, crs="EPSG:4326", transform=(1.0, 0.0, 0.0, 0.0, -1.0, 6.0))
        return image if asset_id == "T/scene" else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def table(records: Any, classes: Any) -> Any:
    rows = [{"red": float(red), "nir": float(nir), "c": int(c)} for (red, nir), c in zip(records, classes, strict=True)]
    return ee.FeatureCollection([ee.Feature(None, row) for row in rows])


TRAINING = RNG.integers(0, 100, (25, 2)).astype(float)
CLASSES = RNG.integers(1, 4, 25)


def trained(classifier: Any) -> Any:
    return classifier.train(table(TRAINING, CLASSES), "c", ["red", "nir"])


def test_a_tree(pixels: Sampled, info: Value) -> None:
    image = ee.Image("T/scene").classify(ee.Classifier.decisionTree(TREE))
    found = pixels(image, GRID)["classification"]
    red, nir = BANDS.astype(float)
    expected = np.where(red < 40.5, 1, np.where(nir <= 30, 5, 3))
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    np.testing.assert_array_equal(found[VALID], expected[VALID])
    assert info(image.bandTypes())["classification"]["precision"] == "int"
    assert info(ee.Classifier.decisionTree(TREE).schema()) == ["red", "nir"]


def test_many_trees_vote_or_are_averaged(info: Value) -> None:
    """Three stumps, two of them in one text; numbers as programs write them."""
    stumps = [
        f"1) root 9 9999 9999 (9.5)\n2) x <= {limit}.000000 3 0.5 {low} *\n3) x > {limit}.000000 6 0.4 {high} *\n"
        for limit, low, high in ((1, 10, 20), (2, 10, 20), (3, 12, 26))
    ]
    forest = ee.Classifier.decisionTreeEnsemble([stumps[0] + stumps[1], stumps[2]])
    points = ee.FeatureCollection([ee.Feature(None, {"x": x}) for x in (0.5, 1.5, 2.5, 3.5)])

    def results(classifier: Any) -> Any:
        return [one["properties"]["y"] for one in info(points.classify(classifier, "y"))["features"]]

    assert results(forest) == [10, 10, 20, 20]
    assert results(forest.setOutputMode("REGRESSION")) == pytest.approx([32 / 3, 42 / 3, 52 / 3, 22])
    assert results(forest.setOutputMode("RAW"))[2] == [20, 20, 12]
    assert info(forest.setOutputMode("RAW").mode()) == "RAW"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # The service's own message, as a user quotes it.
        ("1) root 9 9 1\n2) x<1 9 9 1\n4) x<0 1 1 1\n3) x>=1 1 1 1 *", "Error parsing line 4: expected 8, got 3"),
        ("1) root 9 9 1\n2) x<1 9 9 1 *", "The tree ends where node 3 is expected"),
        ("", "The tree ends where node 1 is expected"),
        ("1) root 9 9 1\n2) x is 1 9 9 1 *", "Error parsing line 2: '2\\) x is 1 9 9 1 \\*' is no node"),
        ("1) root 9 9 setosa *", "Error parsing line 1: thresholds and values must be numbers"),
    ],
)
def test_texts_that_are_no_trees(text: str, message: str, value_of: Value) -> None:
    with pytest.raises(EarthError, match=message):
        value_of(ee.Classifier.decisionTreeEnsemble([text]))


@given(
    st.recursive(st.integers(0, 9), lambda inner: st.tuples(st.sampled_from("ab"), st.integers(-5, 5), inner, inner))
)
def test_any_tree_is_walked_as_it_is_written(tree: Any) -> None:
    """Trees as nested tuples, written in R's way, against a walk of the tuples."""
    lines: list[str] = []

    def write(node: Any, number: int, condition: str) -> None:
        leaf = isinstance(node, int)
        lines.append(f"{number}) {condition} 1 0 {node if leaf else 99}{' *' if leaf else ''}")
        if not leaf:
            name, limit, low, high = node
            write(low, 2 * number, f"{name}< {limit}")
            write(high, 2 * number + 1, f"{name}>={limit}")

    def walk(node: Any, record: dict[str, float]) -> Any:
        while not isinstance(node, int):
            node = node[2] if record[node[0]] < node[1] else node[3]
        return node

    write(tree, 1, "root")
    (parsed,) = parse_trees("\n".join(lines), "here")
    names = names_of([parsed]) or ("a",)
    records = np.array([[a, b][: len(names)] for a in range(-6, 7, 3) for b in range(-6, 7, 3)], float)
    expected = [walk(tree, dict(zip(names, record, strict=True))) for record in records.tolist()]
    assert values_of(parsed, records, names).tolist() == expected


METRICS: dict[str, Callable[[Any, Any], Any]] = {
    "euclidean": lambda a, b: np.sqrt(((a - b) ** 2).sum(-1)),
    "manhattan": lambda a, b: np.abs(a - b).sum(-1),
    "cosine": lambda a, b: np.arccos((a * b).sum(-1) / np.sqrt((a * a).sum(-1)) / np.sqrt((b * b).sum(-1))),
}


@pytest.mark.parametrize("metric", METRICS)
def test_the_nearest_mean(pixels: Sampled, metric: str) -> None:
    means = np.stack([TRAINING[c == CLASSES].mean(axis=0) for c in (1, 2, 3)])
    records = np.moveaxis(BANDS, 0, -1).astype(float)
    distances = np.stack([METRICS[metric](records, mean) for mean in means], axis=-1)
    classifier = trained(ee.Classifier.minimumDistance(metric))
    image = ee.Image("T/scene")
    found = pixels(image.classify(classifier), GRID)["classification"]
    np.testing.assert_array_equal(found[VALID], (distances.argmin(axis=-1) + 1)[VALID])
    nearest = pixels(image.classify(classifier.setOutputMode("REGRESSION"), "d"), GRID)["d"]
    np.testing.assert_allclose(nearest[VALID], distances.min(axis=-1)[VALID])
    raw = image.classify(classifier.setOutputMode("RAW")).arrayFlatten([["1", "2", "3"]])
    np.testing.assert_allclose(pixels(raw, GRID)["2"][VALID], distances[VALID][:, 1])
    two = image.classify(trained(ee.Classifier.minimumDistance(metric, 2))).arrayFlatten([["first", "second"]])
    np.testing.assert_array_equal(pixels(two, GRID)["second"][VALID], (distances.argsort(axis=-1)[..., 1] + 1)[VALID])


def test_neighbours_vote(info: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_neighbours, "HELD", 60)
    asked = RNG.integers(0, 100, (12, 2)) + 0.25
    features = table(asked, [0] * 12)
    for arguments, metric in (((5,), "euclidean"), ((5, "LINEAR_SEARCH", "MANHATTAN"), "manhattan")):
        found = info(features.classify(trained(ee.Classifier.smileKNN(*arguments))))["features"]
        for record, one in zip(asked, found, strict=True):
            near = CLASSES[np.argsort(METRICS[metric](TRAINING, record), kind="stable")[:5]]
            votes = Counter(near.tolist())
            assert one["properties"]["classification"] == min(c for c in votes if votes[c] == max(votes.values()))


def test_a_region_of_a_plane(info: Value) -> None:
    """A polygon with a hole, by the even-odd rule."""
    outer, inner = [0, 0, 9, 1, 7, 8, 1, 6], [3, 3, 5, 3, 4, 5]
    shape = Polygon(np.reshape(outer, (-1, 2)), [np.reshape(inner, (-1, 2))])
    asked = [(x + 0.37, y + 0.21) for x in range(-1, 10) for y in range(-1, 9)]
    classifier = ee.Classifier.spectralRegion([outer, inner], ["red", "nir"])
    found = info(table(asked, [0] * len(asked)).classify(classifier))["features"]
    assert [one["properties"]["classification"] for one in found] == [int(shape.contains(Point(one))) for one in asked]
    assert info(ee.Classifier.spectralRegion([outer]).schema()) == ["u", "v"]


def test_training_on_samples(info: Value) -> None:
    """Samples tell their bands, of which the class is none of the inputs; each is its own nearest neighbour."""
    image = ee.Image("T/scene").addBands(ee.Image("T/scene").select("red").mod(3).rename("c"))
    samples = image.sample()
    assert info(samples)["properties"] == {"band_order": ["red", "nir", "c"]}
    classifier = ee.Classifier.smileKNN().train(samples, "c")
    assert info(classifier.schema()) == ["red", "nir"]
    assert info(classifier.mode()) == "CLASSIFICATION"
    matrix = info(classifier.confusionMatrix())
    actual = (BANDS[0] % 3)[VALID]
    assert np.trace(matrix) == VALID.sum()
    assert [sum(row) for row in matrix] == [int((actual == c).sum()) for c in range(3)]
    again = info(samples.classify(classifier).errorMatrix("c", "classification"))
    assert again == matrix


def test_what_can_not_be_classified(value_of: Value, info: Value) -> None:
    untrained = ee.Classifier.smileKNN()
    assert info(untrained.schema()) is None
    with pytest.raises(EarthError, match="The smileKNN classifier has to be trained"):
        value_of(ee.Image("T/scene").classify(untrained))
    with pytest.raises(EarthError, match="needs no training"):
        value_of(trained(ee.Classifier.decisionTree(TREE)))
    with pytest.raises(EarthError, match="was not trained"):
        value_of(ee.Classifier.decisionTree(TREE).confusionMatrix())
    with pytest.raises(EarthError, match="no features to train on"):
        value_of(untrained.train(ee.FeatureCollection([]), "c", ["red"]))
    with pytest.raises(EarthError, match="Pass 'inputProperties'"):
        value_of(untrained.train(table(TRAINING, CLASSES), "c"))
    with pytest.raises(EarthError, match="Property 'swir' of feature '0' is missing"):
        value_of(untrained.train(table(TRAINING, CLASSES), "c", ["swir"]))
    with pytest.raises(EarthError, match="output mode PROBABILITY of smileKNN"):
        value_of(ee.Image("T/scene").classify(trained(untrained).setOutputMode("PROBABILITY")))
    with pytest.raises(EarthError, match="'BEST' is no mode"):
        value_of(untrained.setOutputMode("BEST"))
    with pytest.raises(EarthError, match="'mahalanobis', whose covariance is not documented"):
        value_of(ee.Classifier.minimumDistance("mahalanobis"))
    with pytest.raises(EarthError, match="does not implement this algorithm"):
        value_of(ee.Classifier.smileRandomForest(10))
    with pytest.raises(EarthError, match="at least three pairs of numbers; found 4"):
        value_of(ee.Classifier.spectralRegion([[1, 2, 3, 4]]))
