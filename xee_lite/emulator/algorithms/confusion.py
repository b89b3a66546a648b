"""Confusion matrices and the accuracies that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..classifiers.confusion import ConfusionMatrix
from ..errors import EarthError
from ..evaluator.coerce import coercion, instance
from ..evaluator.registry import algorithm
from ..values.array import Array
from ..values.feature import get_property

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..value import Value
    from ..values.collection import Collection

coercion("ConfusionMatrix")(instance(ConfusionMatrix))

MAX_CLASSES = 5000
"""Of a matrix that is counted from a collection: this emulator's own limit."""

MAX_BETA = 1e6
"""Beyond it the F-score is the recall: this emulator's own limit."""


@algorithm("ConfusionMatrix")
def confusion_matrix(array: Any, order: list[int] | None) -> ConfusionMatrix:  # noqa: ANN401 - checked below
    if not isinstance(array, Array) or array.values.ndim != 2 or array.values.shape[0] != array.values.shape[1]:
        raise EarthError("ConfusionMatrix: The array must be a square matrix.")
    classes = range(len(array.values)) if order is None else order
    if len(classes) != len(array.values):
        raise EarthError(f"ConfusionMatrix: 'order' must name {len(array.values)} classes, got {len(classes)}.")
    return ConfusionMatrix(array.values.astype(np.int64), tuple(classes))


@algorithm("Collection.errorMatrix")
def error_matrix(collection: Collection, actual: str, predicted: str, order: list[int] | None) -> ConfusionMatrix:
    """Elements whose classes are no integers, or not those of the order, do not count."""
    pairs = [(get_property(element, actual), get_property(element, predicted)) for element in collection]
    return counted(pairs, order, "Collection.errorMatrix")


def counted(pairs: Sequence[tuple[Value, Value]], order: list[int] | None, where: str) -> ConfusionMatrix:
    """The matrix of pairs of an actual and a predicted class."""
    known = [(int(one), int(two)) for one, two in pairs if _is_class(one) and _is_class(two)]
    highest = max((max(pair) for pair in known), default=-1)
    classes = tuple(range(highest + 1)) if order is None and highest < MAX_CLASSES else tuple(order or ())
    if order is None and highest >= MAX_CLASSES:
        raise EarthError(f"{where}: The classes reach {highest}; at most {MAX_CLASSES} are counted.")
    position = {value: index for index, value in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for one, two in known:
        if one in position and two in position:
            counts[position[one], position[two]] += 1
    return ConfusionMatrix(counts, classes)


@algorithm("ConfusionMatrix.array")
def array(matrix: ConfusionMatrix) -> Array:
    return Array(matrix.counts)


@algorithm("ConfusionMatrix.order")
def order_(matrix: ConfusionMatrix) -> list[int]:
    return list(matrix.order)


@algorithm("ConfusionMatrix.accuracy")
def accuracy(matrix: ConfusionMatrix) -> float:
    return float(_share(np.trace(matrix.counts), matrix.counts.sum()))


@algorithm("ConfusionMatrix.consumersAccuracy")
def consumers_accuracy(matrix: ConfusionMatrix) -> Array:
    """Of what was predicted as a class, the part that is of it: a row.

    The served description speaks of rows and the one of producersAccuracy of columns, which says of the results how
    they lie; what they are follows from their names, and from rows being the actual classes.
    """
    return Array(_precision(matrix)[np.newaxis, :])


@algorithm("ConfusionMatrix.producersAccuracy")
def producers_accuracy(matrix: ConfusionMatrix) -> Array:
    """Of what is of a class, the part that was predicted as it: a column."""
    return Array(_recall(matrix)[:, np.newaxis])


@algorithm("ConfusionMatrix.fscore")
def fscore(matrix: ConfusionMatrix, beta: float) -> Array:
    if not 0 <= beta <= MAX_BETA:
        raise EarthError(f"ConfusionMatrix.fscore: 'beta' must be between 0 and {MAX_BETA:g}, got {beta}.")
    precision, recall = _precision(matrix), _recall(matrix)
    square = beta * beta
    return Array(_share((1 + square) * precision * recall, square * precision + recall))


@algorithm("ConfusionMatrix.kappa")
def kappa(matrix: ConfusionMatrix) -> float:
    counts = matrix.counts.astype(np.float64)
    total = counts.sum()
    agreed = _share(np.trace(counts), total)
    chance = _share(counts.sum(axis=0) @ counts.sum(axis=1), total * total)
    return float(_share(agreed - chance, 1 - chance))


def _precision(matrix: ConfusionMatrix) -> npt.NDArray[np.float64]:
    return _share(np.diagonal(matrix.counts), matrix.counts.sum(axis=0))


def _recall(matrix: ConfusionMatrix) -> npt.NDArray[np.float64]:
    return _share(np.diagonal(matrix.counts), matrix.counts.sum(axis=1))


def _share(part: Any, whole: Any) -> npt.NDArray[np.float64]:  # noqa: ANN401 - arrays or NumPy scalars
    """A quotient, 0 of nothing."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.asarray(np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole != 0))


def _is_class(value: Any) -> bool:  # noqa: ANN401 - a property
    return isinstance(value, (int, float)) and value == value and abs(value) < 2**31 and value == int(value)  # noqa: PLR0124 - no NaN
