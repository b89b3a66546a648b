"""Array values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import EarthError

if TYPE_CHECKING:
    from .value import Value


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array of numbers.

    Attributes
    ----------
    values : ndarray of int64 or float64
        Any number of dimensions.
    """

    values: npt.NDArray[Any]

    @classmethod
    def of(cls, value: Value) -> Array:
        """An array of a number or of nested lists of equal lengths.

        Raises
        ------
        EarthError
            If the lists are ragged or hold something that is not a number.
        """
        try:
            values = np.array(value)
        except ValueError as error:
            raise EarthError("Array: The lists have different lengths.") from error
        if values.size == 0:
            values = values.astype(np.float64)
        if values.dtype.kind not in "biuf":
            raise EarthError("Array: The values must be numbers.")
        return cls(values.astype(np.float64 if values.dtype.kind == "f" else np.int64))
