"""Means and standard deviations of bands, by which images are normalised: from a sample, or from the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InputError, brief

if TYPE_CHECKING:
    import xarray as xr

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Of each band the mean and the standard deviation of its valid pixels.

    Parameters
    ----------
    bands : tuple of str
        Their names.
    mean, std : ndarray of float, shape (bands,)
        Finite numbers, in the units of the bands.

    Examples
    --------
    >>> import numpy as np
    >>> from xee_lite import ml
    >>> statistics = ml.Statistics(("B4", "B8"), np.array([900.0, 3500.0]), np.array([170.0, 200.0]))
    >>> statistics.normalised(np.full((2, 1, 1), 900.0)).ravel().tolist()
    [0.0, -13.0]
    """

    bands: tuple[str, ...]
    mean: Floats
    std: Floats

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            numbers = np.asarray(getattr(self, name), dtype=np.float64)
            if numbers.shape != (len(self.bands),) or not np.isfinite(numbers).all():
                raise InputError(f"{name}={brief(getattr(self, name))}: pass a finite number for each of {self.bands}.")
            object.__setattr__(self, name, numbers)

    @classmethod
    def of_reduced(cls, mean: xr.Dataset, std: xr.Dataset) -> Statistics:
        """Statistics that the service has made, such as those of ``xee_lite.reduce`` over a region.

        Parameters
        ----------
        mean, std : Dataset
            A variable for each band, of the means and of the standard deviations of regions and times, each of which
            counts alike.
        """
        bands = tuple(map(str, mean.data_vars))
        means = [float(mean[band].mean()) for band in bands]
        # Of several regions or times, what they differ by counts too.
        parts = [float((std[band] ** 2).mean()) + float(mean[band].var()) for band in bands]
        return cls(bands, np.array(means), np.sqrt(parts))

    def normalised(self, images: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Images (..., band, y, x) with a mean of 0 and a standard deviation of 1 in each band; NaN stays NaN.

        A band that does not vary is only moved.
        """
        mean, scale = self.mean.astype(np.float32), (1 / np.where(self.std > 0, self.std, 1)).astype(np.float32)
        found = images.astype(np.float32)
        found -= mean[:, None, None]
        found *= scale[:, None, None]
        return found


@dataclass(slots=True)
class Sums:
    """Sums over valid pixels, batch by batch, in float64."""

    count: Floats
    mean: Floats
    squares: Floats

    @classmethod
    def of_none(cls, bands: int) -> Sums:
        """Of no pixels yet."""
        return cls(np.zeros(bands), np.zeros(bands), np.zeros(bands))

    def add(self, images: npt.NDArray[np.generic], valid: npt.NDArray[np.bool_]) -> None:
        """Count images (patch, ..., band, y, x)."""
        axis = images.ndim - 3
        for band in range(images.shape[axis]):
            values = np.asarray(images.take(band, axis))[valid.take(band, axis)].astype(np.float64)
            if values.size:
                # Two sets of values joined: the squares of their differences do not cancel, as those of values would.
                total, mean = self.count[band] + values.size, values.mean()
                apart = mean - self.mean[band]
                self.squares[band] += ((values - mean) ** 2).sum() + apart**2 * self.count[band] * values.size / total
                self.mean[band] += apart * values.size / total
                self.count[band] = total

    def statistics(self, bands: tuple[str, ...]) -> Statistics:
        """Of all pixels that were counted.

        Raises
        ------
        InputError
            If a band has no valid pixel.
        """
        if not self.count.all():
            empty = [band for band, count in zip(bands, self.count, strict=True) if not count]
            raise InputError(
                f"The sample has no valid pixel of {', '.join(empty)}: pass a larger count, or other patches."
            )
        return Statistics(bands, self.mean, np.sqrt(self.squares / self.count))
