"""Classifiers by distance: from the means of classes, or from the nearest records."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..request_limits import check_time
from .classifier import Learn, Rule, Values, majority_vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

Metric = Callable[[Values, Values], Values]
"""From records, shaped (record, 1, input), and centres, shaped (centre, input), to distances (record, centre)."""

HELD = 2**22
"""Numbers that are held at once."""


def _cosine(records: Values, centres: Values) -> Values:
    """The angle between two spectra."""
    products = (records * centres).sum(axis=-1)
    lengths = np.linalg.norm(records, axis=-1) * np.linalg.norm(centres, axis=-1)
    found: Values = np.arccos(np.clip(products / lengths, -1, 1))
    return found


def _euclidean(records: Values, centres: Values) -> Values:
    away = records - centres
    found: Values = np.sqrt(np.einsum("...i,...i", away, away))
    return found


def _manhattan(records: Values, centres: Values) -> Values:
    found: Values = np.abs(records - centres).sum(axis=-1)
    return found


def _bray_curtis(records: Values, centres: Values) -> Values:
    found: Values = np.abs(records - centres).sum(axis=-1) / np.abs(records + centres).sum(axis=-1)
    return found


METRICS: dict[str, Metric] = {
    "euclidean": _euclidean,
    "cosine": _cosine,
    "manhattan": _manhattan,
    "braycurtis": _bray_curtis,
}


def minimum_distance(metric: str, nearest: int) -> Learn:
    """The class whose mean is nearest; in other modes the distance to it, or, class by class, to all.

    With several, arrays of them, the nearest first.
    """

    def learn(records: Values, classes: Values) -> dict[str, Rule]:
        values, which = np.unique(classes, return_inverse=True)
        means = np.stack([records[which == i].mean(axis=0) for i in range(len(values))])
        count = min(nearest, len(values))

        def distances(asked: Values) -> Values:
            return np.concatenate(list(_distances(asked, means, METRICS[metric])))

        def ranked(found: Values) -> npt.NDArray[np.intp]:
            return np.argsort(found, axis=1, kind="stable")[:, :count]

        def one_or_more(found: Values) -> Values:
            return found[:, 0] if count == 1 else found

        return {
            "CLASSIFICATION": lambda asked: one_or_more(values[ranked(distances(asked))]),
            "REGRESSION": lambda asked: one_or_more(np.sort(distances(asked), axis=1)[:, :count]),
            "RAW": distances,
        }

    return learn


def nearest_neighbours(count: int, metric: str) -> Learn:
    """The class that most of the nearest records have; of several the least.

    Which of records count that are equally far is left open: the service says that it varies with the search method.
    """

    def learn(records: Values, classes: Values) -> dict[str, Rule]:
        k = min(count, len(records))

        def vote(asked: Values) -> Values:
            parts = _distances(asked, records, METRICS[metric])
            nearest = [np.argpartition(part, k - 1, axis=1)[:, :k] for part in parts]
            return majority_vote(classes[np.concatenate(nearest)])

        return {"CLASSIFICATION": vote}

    return learn


def _distances(records: Values, centres: Values, metric: Metric) -> Iterator[Values]:
    """Part by part; at least one, if it is empty."""
    parts = max(math.ceil(records.shape[0] * centres.size / HELD), 1)
    for part in np.array_split(records, parts):
        check_time()
        with np.errstate(all="ignore"):
            yield metric(part[:, np.newaxis], centres)
