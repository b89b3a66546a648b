"""Array values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..types import MAX_DIMENSIONS

if TYPE_CHECKING:
    from ..value import Value


SIZE = 10_000_000
"""Elements that an array may have: 80 MB, this emulator's own limit."""


def check_size(elements: float) -> None:
    """Refuse an array of more than `SIZE` elements, before it is made."""
    if elements > SIZE:
        raise EarthError("User memory limit exceeded.")


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array of numbers.

    Attributes
    ----------
    values : ndarray of int64 or float64
        Any number of dimensions.

    Raises
    ------
    EarthError
        If it is larger than an array may be.
    """

    values: npt.NDArray[Any]

    def __post_init__(self) -> None:
        check_size(self.values.size)

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
        except OverflowError as error:
            raise EarthError("Array: A number needs more than 64 bits.") from error
        if values.size == 0:
            values = values.astype(np.float64)
        if values.dtype.kind not in "biuf":
            raise EarthError("Array: The values must be numbers.")
        return cls(values.astype(np.float64 if values.dtype.kind in "fu" else np.int64))

    def lifted(self, axis: int) -> npt.NDArray[Any]:
        """The values with dimensions of length 1 added up to an axis.

        Raises
        ------
        EarthError
            If there is no such axis in any array.
        """
        if not 0 <= axis < MAX_DIMENSIONS:
            raise EarthError(f"Array: The axis must be between 0 and {MAX_DIMENSIONS - 1}; found {axis}.")
        return self.values.reshape(self.values.shape + (1,) * max(axis + 1 - self.values.ndim, 0))
