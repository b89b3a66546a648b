"""Classifiers whose results follow from their descriptions: making, training and applying them.

Forests and other trees that are grown, support vector machines and their like depend on their libraries to the last
choice at random: they are left out, so that no script gets other classes than the service's without a word.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..classifiers.classifier import Classifier, majority_vote
from ..classifiers.decision_trees import names_of, parse_trees, values_of
from ..classifiers.nearest_neighbours import METRICS, minimum_distance, nearest_neighbours
from ..errors import EarthError, NotImplementedHereError
from ..evaluator.coerce import coercion, instance
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..pixels.bands import find_band
from ..pixels.classification import classify
from ..values.array import Array
from ..values.collection import Collection
from ..values.feature import get_property as property_of
from .confusion import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..classifiers.classifier import Rule, Values
    from ..classifiers.confusion import ConfusionMatrix
    from ..classifiers.decision_trees import Tree
    from ..values.feature import Feature

coercion("Classifier")(instance(Classifier))

PART = 10_000
"""Features that are classified at once."""
FEW_DIMENSIONS = 10
"""Below which the search method AUTO of ``smileKNN`` is a KD tree, as its description says."""


@algorithm("Classifier.decisionTree")
def decision_tree(tree_string: str) -> Classifier:
    return _trees(parse_trees(tree_string, "Classifier.decisionTree"), "decisionTree")


@algorithm("Classifier.decisionTreeEnsemble")
def decision_tree_ensemble(tree_strings: list[str | None]) -> Classifier:
    where = "Classifier.decisionTreeEnsemble"
    return _trees([tree for text in tree_strings for tree in parse_trees(text or "", where)], "decisionTreeEnsemble")


def _trees(trees: Sequence[Tree], name: str) -> Classifier:
    """The value that most trees give, of equally many the least, or in regressions their mean, or all of them."""
    schema = names_of(trees)

    def each(records: Values) -> Values:
        return np.column_stack([values_of(tree, records, schema) for tree in trees])

    def mean(records: Values) -> Values:
        found: Values = each(records).mean(axis=1)
        return found

    rules: dict[str, Rule] = {
        "CLASSIFICATION": lambda records: majority_vote(each(records)),
        "REGRESSION": mean,
        "RAW": each,
        "RAW_REGRESSION": each,
    }
    whole = all(node.value.is_integer() for tree in trees for node in tree.values() if node.leaf)
    return Classifier(name, rules, schema, whole=whole)


@algorithm("Classifier.spectralRegion")
def spectral_region(coordinates: list[list[float] | None], schema: list[str] | None) -> Classifier:
    where = "Classifier.spectralRegion"
    names = tuple(["u", "v"] if schema is None else schema)
    if len(names) != 2:
        raise EarthError(f"{where}: The schema must have two names; it has {len(names)}.")
    for ring in coordinates:
        if not ring or len(ring) < 6 or len(ring) % 2 or None in ring:
            raise EarthError(
                f"{where}: A ring is a list of at least three pairs of numbers; found {len(ring or [])} numbers."
            )
    rings = [np.array(ring, np.float64).reshape(-1, 2) for ring in coordinates]

    def inside(records: Values) -> Values:
        u, v = records.T
        crossings = np.zeros(len(records), np.int64)
        for ring in rings:
            for (u0, v0), (u1, v1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                between = (v0 <= v) != (v1 <= v)
                with np.errstate(all="ignore"):
                    crossings += between & (u < u0 + (v - v0) * (u1 - u0) / (v1 - v0))
        return (crossings % 2).astype(np.float64)

    return Classifier("spectralRegion", {"CLASSIFICATION": inside}, names, whole=True)


@algorithm("Classifier.minimumDistance")
def minimum_distance_(metric: str, k_nearest: int) -> Classifier:
    where = "Classifier.minimumDistance"
    if metric == "mahalanobis":
        raise NotImplementedHereError(
            f"{where}: This emulator does not implement the metric 'mahalanobis', whose covariance is not documented."
        )
    if metric not in {"euclidean", "cosine", "manhattan"}:
        raise EarthError(f"{where}: '{metric}' is no metric: need euclidean, cosine, mahalanobis or manhattan.")
    if k_nearest < 1:
        raise EarthError(f"{where}: 'kNearest' must be at least 1, got {k_nearest}.")
    return Classifier("minimumDistance", {}, None, minimum_distance(metric, k_nearest))


@algorithm("Classifier.smileKNN")
def smile_knn(k: int, search_method: str, metric: str) -> Classifier:
    """Every search method finds the same neighbours but for ties; a KD tree only ever looks at Euclidean distances."""
    where = "Classifier.smileKNN"
    if search_method not in {"AUTO", "LINEAR_SEARCH", "KD_TREE", "COVER_TREE"}:
        raise EarthError(f"{where}: '{search_method}' is no searchMethod.")
    if metric not in {"EUCLIDEAN", "MAHALANOBIS", "MANHATTAN", "BRAYCURTIS"}:
        raise EarthError(f"{where}: '{metric}' is no metric.")
    if k < 1:
        raise EarthError(f"{where}: 'k' must be at least 1, got {k}.")

    def learn(records: Values, classes: Values) -> dict[str, Rule]:
        few = search_method == "AUTO" and records.shape[1] < FEW_DIMENSIONS
        used = "euclidean" if few or search_method == "KD_TREE" else metric.lower()
        if used not in METRICS:
            raise NotImplementedHereError(f"{where}: This emulator does not implement the metric '{metric}'.")
        return nearest_neighbours(k, used)(records, classes)

    return Classifier("smileKNN", {}, None, learn)


@algorithm("Classifier.train")
def train(
    classifier: Classifier,
    features: Collection,
    class_property: str,
    input_properties: list[str] | None,
    subsampling: float,
    _subsampling_seed: int,
) -> Classifier:
    where = "Classifier.train"
    if subsampling != 1:
        raise NotImplementedHereError(f"{where}: This emulator does not implement subsampling; got {subsampling}.")
    names = features.properties.get("band_order") if input_properties is None else input_properties
    if not names:
        raise EarthError(f"{where}: Pass 'inputProperties': the collection has no property 'band_order'.")
    schema = tuple(name for name in names if input_properties is not None or name != class_property)
    table = _table(features, (*schema, class_property), where)
    return classifier.trained(schema, table[:, :-1], table[:, -1])


def _table(features: Iterable[Feature], names: Sequence[str], where: str) -> Values:
    rows = [_row(feature, names, where) for feature in features]
    return np.array(rows, np.float64).reshape(len(rows), len(names))


def _row(feature: Feature, names: Sequence[str], where: str) -> list[float]:
    row = []
    for name in names:
        value = property_of(feature, name)
        if not isinstance(value, (int, float)):
            index = feature.properties.get("system:index")
            problem = "is missing" if value is None else "is not a number"
            raise EarthError(f"{where}: Property '{name}' of feature '{index}' {problem}.")
        row.append(float(value))
    return row


@algorithm("Classifier.setOutputMode")
def set_output_mode(classifier: Classifier, mode: str) -> Classifier:
    return classifier.in_mode(mode)


@algorithm("Classifier.mode")
def mode(classifier: Classifier) -> str:
    return classifier.mode


@algorithm("Classifier.schema")
def schema(classifier: Classifier) -> list[str] | None:
    return None if classifier.schema is None else list(classifier.schema)


@algorithm("Classifier.confusionMatrix")
def confusion_matrix(classifier: Classifier) -> ConfusionMatrix:
    """Of the records that it was trained on: rows are their classes, columns what it makes of them."""
    where = "Classifier.confusionMatrix"
    if classifier.training is None:
        raise EarthError(f"{where}: The {classifier.name} classifier was not trained.")
    records, actual = classifier.training
    found = classifier.in_mode("CLASSIFICATION").rule(records)
    return counted(list(zip(actual.tolist(), found.tolist(), strict=True)), None, where)


@algorithm("Image.classify")
def classify_image(image: Image, classifier: Classifier, output_name: str) -> Image:
    bands = [find_band(image, name, "Image.classify") for name in classifier.inputs]
    return Image((classify(bands, classifier, output_name),), image.properties)


@algorithm("FeatureCollection.classify")
def classify_features(features: Collection, classifier: Classifier, output_name: str) -> Collection:
    where = "FeatureCollection.classify"

    def source() -> Iterator[Feature]:
        waiting = iter(features)
        while part := list(islice(waiting, PART)):
            found = classifier.rule(_table(part, classifier.inputs, where))
            for feature, value in zip(part, found, strict=True):
                yield replace(feature, properties={**feature.properties, output_name: _result(value, classifier)})

    return Collection(lambda _: source(), "Feature", features.properties)


def _result(value: Values, classifier: Classifier) -> float | int | Array | None:
    if value.ndim:
        return Array(value)
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if classifier.whole and classifier.mode == "CLASSIFICATION" else number
