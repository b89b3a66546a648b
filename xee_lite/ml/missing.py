"""What becomes of missing pixels: patches that are left out, a number in their place, a mask beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import InputError, brief
from ..grids.user_values import number_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

    Pixels = npt.NDArray[np.generic]
    Flags = npt.NDArray[np.bool_]

IGNORED_CLASS = -100
"""Class of a missing pixel of labels: what ``torch.nn.CrossEntropyLoss`` ignores by default (its documentation)."""

MissingArgument = Literal["keep", "drop", "mask"] | float


@dataclass(frozen=True, slots=True)
class Missing:
    """A policy.

    Parameters
    ----------
    fill : float, optional
        The number that stands for missing pixels of images; None keeps NaN, or the ``_FillValue`` of integers.
    mask : bool
        Whether batches have a "mask" beside the "image", of the same shape: True where a pixel is valid.
    drop_above : float, optional
        Patches are left out of which a larger part is missing, in the image or in the label; None keeps all.

    Examples
    --------
    >>> from xee_lite import ml
    >>> ml.Missing(fill=0, drop_above=0.2)
    Missing(fill=0, mask=False, drop_above=0.2)
    """

    fill: float | None = None
    mask: bool = False
    drop_above: float | None = None

    def __post_init__(self) -> None:
        if self.fill is not None and number_of(self.fill) is None:
            raise InputError(f"fill={brief(self.fill)}: pass a number, or None to keep what stands for missing.")
        drop = None if self.drop_above is None else number_of(self.drop_above)
        if self.drop_above is not None and (drop is None or not 0 <= drop < 1):
            raise InputError(f"drop_above={brief(self.drop_above)}: pass a part from 0 to below 1, or None.")

    @classmethod
    def of(cls, policy: object) -> Missing:
        """The policy that an argument spells.

        Raises
        ------
        InputError
            If it spells none.
        """
        if isinstance(policy, cls):
            return policy
        words = {"keep": cls(), "drop": cls(drop_above=0), "mask": cls(fill=0, mask=True)}
        if isinstance(policy, str) and policy in words:
            return words[policy]
        number = number_of(policy)
        if number is None:
            raise InputError(f"missing={brief(policy)}: pass 'mask', 'drop', 'keep', a number, or ml.Missing(...).")
        return cls(fill=number)

    @property
    def asks(self) -> bool:
        """Whether it needs to know which pixels are missing."""
        return self.mask or self.fill is not None or self.drop_above is not None


def fill_of(variable: xr.Variable) -> float | None:
    """What stands for a missing pixel in memory: NaN, a number, or None where no pixel is missing."""
    if variable.dtype.kind in "fc":
        return float("nan")
    fill = variable.attrs.get("_FillValue")
    return None if fill is None else float(fill)


def is_class(variable: xr.Variable) -> bool:
    """Whether the values are of an integer type without a scale, so that they may be classes."""
    stored = variable.dtype
    if stored.kind == "f":
        encoding = variable.encoding
        if encoding.get("scale_factor", 1) != 1 or encoding.get("add_offset", 0) != 0 or "dtype" not in encoding:
            return False
        stored = np.dtype(encoding["dtype"])
    return stored.kind in "iub"


def missing_pixels(pixels: Pixels, fills: tuple[float | None, ...]) -> Flags:
    """Which pixels are missing.

    Parameters
    ----------
    pixels : ndarray, shape (..., band, y, x)
    fills : tuple
        For each band what `fill_of` says.
    """
    if all(fill is not None and np.isnan(fill) for fill in fills):
        return np.isnan(pixels)
    missing = np.zeros(pixels.shape, dtype=np.bool_)
    for band, fill in enumerate(fills):
        if fill is not None:
            plane = pixels[..., band, :, :]
            missing[..., band, :, :] = np.isnan(plane) if np.isnan(fill) else plane == fill
    return missing


def missing_part(missing: Flags) -> npt.NDArray[np.float64]:
    """The part of each patch that is missing, over all its bands and times; patches are the first axis."""
    found: npt.NDArray[np.float64] = missing.reshape(len(missing), -1).mean(axis=1)
    return found
