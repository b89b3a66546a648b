"""Means and standard deviations of bands, by which images are normalised: from a sample, or from the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import InputError, brief
from ..grids.georeference import like_grid
from ..outputs.reduce import reduce
from .windows import Windows

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
    def of_region(cls, data: xr.Dataset | xr.DataArray, region: object = None) -> Statistics:
        """Statistics of all valid pixels of a region, which the service reduces: no pixel is transferred.

        Parameters
        ----------
        data : Dataset or DataArray
            As it was opened, or indexed by ranges: what is computed from it is not known to the service.
        region : polygons, optional
            As ``xee_lite.reduce`` takes them. A pixel on an outline counts by the part of it that lies inside. By
            default the whole grid of the data.

        Raises
        ------
        InputError
            If the service can not reduce it, or a band has no valid pixel there.
        RequestError
            When the service could not give the values.

        Examples
        --------
        >>> import xarray as xr
        >>> from xee_lite import ml
        >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
        >>> ml.Statistics.of_region(ds).bands
        ('elevation',)
        """
        windows = Windows.of(data, "data")
        crs = None
        if region is None:
            grid = like_grid(data)
            left, bottom, right, top = grid.bounds
            corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
            region, crs = {"type": "Polygon", "coordinates": [corners]}, grid.crs

        def reduced(reducer: str) -> Floats:
            """Of each band a number for each region and time."""
            arrays = [array.values for array in reduce(data, region, reducer, polygons_crs=crs).data_vars.values()]
            by_band = np.stack(arrays) if windows.banded else np.moveaxis(arrays[0], -1, 0)
            return by_band.reshape(len(windows.bands), -1)

        # Of several regions or times each counts by its valid pixels; where it has none, it has no mean either.
        counts, means, stds = (np.nan_to_num(reduced(reducer)) for reducer in ("count", "mean", "stdDev"))
        totals = counts.sum(axis=1)
        _require_pixels(windows.bands, totals, "The region", "another region")
        mean = (counts * means).sum(axis=1) / totals
        squares = (counts * (stds**2 + (means - mean[:, None]) ** 2)).sum(axis=1)
        return cls(windows.bands, mean, np.sqrt(squares / totals))

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
        _require_pixels(bands, self.count, "The sample", "a larger count, or other patches")
        return Statistics(bands, self.mean, np.sqrt(self.squares / self.count))


def _require_pixels(bands: tuple[str, ...], counts: Floats, what: str, instead: str) -> None:
    """Refuse bands without a valid pixel.

    Raises
    ------
    InputError
        With their names, and what to pass instead.
    """
    empty = [band for band, count in zip(bands, counts, strict=True) if not count]
    if empty:
        raise InputError(f"{what} has no valid pixel of {', '.join(empty)}: pass {instead}.")
