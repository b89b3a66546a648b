"""Confusion matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionMatrix:
    """How often which class was taken for which.

    Attributes
    ----------
    counts : ndarray of int64, shape (classes, classes)
        Rows are the actual classes, columns the predicted ones.
    order : tuple of int
        The classes of the rows, and of the columns.
    """

    counts: npt.NDArray[np.int64]
    order: tuple[int, ...]
