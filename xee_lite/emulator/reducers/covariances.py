"""Covariance matrices of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..values.array import Array
from .records import rows_of
from .reduce import Columns, Reducer

if TYPE_CHECKING:
    from collections.abc import Callable

Values = npt.NDArray[np.float64]


def _of_vectors(name: str, function: Callable[[Values], Values]) -> Reducer:
    """A reducer of one-dimensional arrays of one length to a matrix; null where there are none.

    Every array counts alike, whatever its weight. That, and the name of the output, which shows in columns only, are
    this emulator's choice: the service documents neither.
    """

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        vectors = [_vector(row[0], name) for row in rows_of(columns, weights, 0)]
        lengths = sorted({len(vector) for vector in vectors})
        if len(lengths) > 1:
            raise EarthError(f"Reducer.{name}: The arrays must be of one length; there are {lengths}.")
        return [Array(function(np.stack(vectors))) if vectors else None]

    return Reducer(1, ("covariance",), reduce_columns, None, lambda _: [], of_arrays=True)


def _vector(value: Any, name: str) -> Values:  # noqa: ANN401 - what a list or a pixel holds
    values = value.values if isinstance(value, Array) else value
    if not isinstance(values, np.ndarray) or values.ndim != 1:
        raise EarthError(f"Reducer.{name}: The inputs must be arrays of one dimension.")
    return values.astype(np.float64)


def _mean_product(vectors: Values) -> Values:
    """The mean of the outer products: divided by the number of arrays, as ``Reducer.variance`` is.

    Whether the service divides by one less is not documented.
    """
    found: Values = vectors.T @ vectors / len(vectors)
    return found


COVARIANCE = _of_vectors("covariance", lambda vectors: _mean_product(vectors - vectors.mean(axis=0)))
CENTERED_COVARIANCE = _of_vectors("centeredCovariance", _mean_product)
"""Takes the data as they are: they must be centred already, as the served description warns."""
