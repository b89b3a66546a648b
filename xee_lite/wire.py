"""NPY replies: checked against what was asked, viewed without a copy, then turned band-sequential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Column:
    """How one plane (item, band) of the answer is made of the fields of a reply."""

    value: str
    mask: str | None = None
    fill: float = 0


def decode_npy(
    reply: bytes | memoryview, fields: Sequence[tuple[str, np.dtype[np.generic]]], shape: tuple[int, int]
) -> npt.NDArray[np.void]:
    """View a reply as a structured array (height, width)."""
    raise NotImplementedError


def unpack(
    pixels: npt.NDArray[np.void],
    columns: Sequence[Column],
    out: npt.NDArray[np.generic] | Sequence[npt.NDArray[np.generic]],
) -> None:
    """Write column i of every pixel into the plane out[i] of shape (height, width)."""
    raise NotImplementedError
