"""Classifiers: rules that turn records of numbers into classes, or ways to learn such rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError, NotImplementedHereError

Values = npt.NDArray[np.float64]
Rule = Callable[[Values], Values]
"""From records, shaped (record, input), to a number of each, or to an array of each, shaped (record, length). NaN is no
result."""
Learn = Callable[[Values, Values], dict[str, Rule]]
"""From records and their classes to a rule for each mode."""

MODES = ("CLASSIFICATION", "REGRESSION", "PROBABILITY", "MULTIPROBABILITY", "RAW", "RAW_REGRESSION")


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A classifier.

    Attributes
    ----------
    name : str
        The algorithm that makes it.
    rules : dict
        By output mode; empty before it is trained.
    schema : tuple of str, optional
        Names of the inputs; None before it is trained.
    learn : callable, optional
        None if it needs no training.
    mode : str
        One of `MODES`.
    whole : bool
        Whether all classes are integers.
    training : tuple of ndarray, optional
        The records that it was trained on, and their classes.
    """

    name: str
    rules: dict[str, Rule]
    schema: tuple[str, ...] | None
    learn: Learn | None = None
    mode: str = "CLASSIFICATION"
    whole: bool = False
    training: tuple[Values, Values] | None = None

    def trained(self, schema: tuple[str, ...], records: Values, classes: Values) -> Classifier:
        """The classifier with rules that are learnt from records.

        Raises
        ------
        EarthError
            If it can not be trained, or there is nothing to learn from.
        """
        if self.learn is None:
            raise EarthError(f"Classifier.train: A {self.name} classifier needs no training, and can not be trained.")
        if not len(records):
            raise EarthError("Classifier.train: There are no features to train on.")
        rules, whole = self.learn(records, classes), bool((classes == np.round(classes)).all())
        return replace(self, rules=rules, schema=schema, whole=whole, training=(records, classes))

    def in_mode(self, mode: str) -> Classifier:
        """The classifier with another output."""
        if mode not in MODES:
            raise EarthError(f"Classifier.setOutputMode: '{mode}' is no mode; the modes are {', '.join(MODES)}.")
        return replace(self, mode=mode)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The schema of a classifier that can be used."""
        if self.schema is None:
            raise EarthError(f"Classifier: The {self.name} classifier has to be trained before it is used.")
        return self.schema

    @property
    def rule(self) -> Rule:
        """What the classifier does in its mode."""
        if self.inputs and self.mode not in self.rules:
            raise NotImplementedHereError(
                f"Classifier: This emulator does not implement the output mode {self.mode} of {self.name} classifiers."
            )
        return self.rules[self.mode]


def majority_vote(votes: npt.NDArray[Any]) -> Values:
    """The most frequent number of each row, NaN not counted; of several the least."""
    found = np.full(len(votes), np.nan)
    best = np.zeros(len(votes))
    for value in np.unique(votes[np.isfinite(votes)]):
        count = (votes == value).sum(axis=1)
        found[count > best] = value
        best = np.maximum(best, count)
    return found
