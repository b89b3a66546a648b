"""Spectral distances between pixels, and spectral erosion, dilation and gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..images.image import Band, Pixels, Sampler
from ..images.pixelwise import choose_template
from ..request_limits import check_time
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood, weights_at
from .outputs import make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..values.kernel import Kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Metric = Callable[[Floats, Floats], Floats]
"""From spectra along the first axis to one number for each pair; NaN where it is not defined."""


def _angle(one: Floats, other: Floats) -> Floats:
    lengths = np.sqrt((one * one).sum(axis=0) * (other * other).sum(axis=0))
    found: Floats = np.arccos(np.clip((one * other).sum(axis=0) / lengths, -1, 1))
    return found


def _divergence(one: Floats, other: Floats) -> Floats:
    first, second = one / one.sum(axis=0), other / other.sum(axis=0)
    # Both ways at once: p log(p / q) + q log(q / p). Two zeros are as likely as each other.
    parts = np.where(first == second, 0, (first - second) * np.log(first / second))
    found: Floats = np.where(np.isnan(first).any(axis=0) | np.isnan(second).any(axis=0), np.nan, parts.sum(axis=0))
    return found


def _squares(one: Floats, other: Floats) -> Floats:
    found: Floats = ((one - other) ** 2).sum(axis=0)
    return found


def _movement(one: Floats, other: Floats) -> Floats:
    """What has to be carried from band to band, at the cost of one for each; surpluses stay at the end."""
    found: Floats = np.abs(np.cumsum(one - other, axis=0)).sum(axis=0)
    return found


METRICS: dict[str, Metric] = {"sam": _angle, "sid": _divergence, "sed": _squares, "emd": _movement}
"""Angle, information divergence, squared Euclidean distance and earth mover's distance of spectra.

Whether the service brings spectra to one sum before earth is moved is not documented: here they stay as they are.
"""


def spectral_distance(pairs: Sequence[tuple[Band, Band]], metric: str) -> Band:
    """The distance between two pixels, each a spectrum of bands; masked where one is, or where there is none."""
    inputs = [band for pair in pairs for band in pair]

    def compute(sampler: Sampler) -> Pixels:
        pixels = [sampler(band) for band in inputs]
        values = np.stack([one.values.astype(np.float64) for one in pixels])
        with np.errstate(all="ignore"):
            found = METRICS[metric](values[::2], values[1::2])
        mask = np.minimum.reduce([one.mask for one in pixels])
        return _define(found, mask)

    return choose_template(inputs[0].derived(compute, *inputs, name="distance", type_=DOUBLE), *inputs)


def spectral_extremes(bands: Sequence[Band], metric: str, kernel: Kernel, *, centroid: bool, far: bool) -> list[Band]:
    """Of the spectra under a kernel that which is nearest to, or farthest from, the middle one or their mean.

    After A. Plaza and others, Spatial/spectral endmember extraction by multidimensional morphological operations, 2002.
    The nearest to the middle one is itself, where the kernel has it: so says the served description. Masked pixels are
    not under the kernel; of equals the first one in rows is taken.
    """
    types = {band.name: band.type for band in bands}

    def found(sampler: Sampler) -> dict[str, Pixels]:
        chosen, mask = _choose(sampler, bands, metric, kernel, centroid=centroid)[far]
        return {name: Pixels(values, mask) for name, values in zip(types, chosen, strict=True)}

    return make_output_bands(bands[0], types, types, found)


def spectral_gradient(bands: Sequence[Band], metric: str, kernel: Kernel, *, centroid: bool) -> Band:
    """The distance between the nearest and the farthest; the name of the band is not documented."""

    def compute(sampler: Sampler) -> Pixels:
        (near, mask), (far, _) = _choose(sampler, bands, metric, kernel, centroid=centroid)
        with np.errstate(all="ignore"):
            return _define(METRICS[metric](near, far), mask)

    return bands[0].derived(compute, name="gradient", type_=DOUBLE)


def _choose(
    sampler: Sampler, bands: Sequence[Band], metric: str, kernel: Kernel, *, centroid: bool
) -> list[tuple[Floats, npt.NDArray[np.float32]]]:
    """The nearest and the farthest spectra, each with a mask."""
    weights = weights_at(sampler, kernel)
    pixels = [read_neighbourhood(sampler, band, weights.margins) for band in bands]
    values = np.stack([one.values.astype(np.float64) for one in pixels])
    valid = np.logical_and.reduce([one.mask > 0 for one in pixels])
    left, top = weights.margins[:2]
    height, width = sampler.shape

    def at(col: int, row: int) -> tuple[slice, slice]:
        return slice(top + row, top + row + height), slice(left + col, left + col + width)

    taps = [at(col, row) for col, row, _ in weights.taps]
    middle = values[:, *at(0, 0)]
    if centroid and taps:
        count = np.add.reduce([valid[tap].astype(np.int64) for tap in taps])
        total = np.add.reduce([np.where(valid[tap], values[:, *tap], 0) for tap in taps])
        middle = total / np.maximum(count, 1)
    own = np.minimum.reduce([sampler(band).mask for band in bands])
    found = []
    for sign in (1, -1):
        best, which = np.full((height, width), np.inf), middle.copy()
        for tap in taps:
            check_time()
            with np.errstate(all="ignore"):
                length = sign * METRICS[metric](middle, values[:, *tap])
                better = valid[tap] & (length < best)
            best = np.where(better, length, best)
            which = np.where(better, values[:, *tap], which)
        found.append((which, np.where(np.isinf(best), np.float32(0), own)))
    return found


def _define(values: Floats, mask: npt.NDArray[np.float32]) -> Pixels:
    known = np.isfinite(values)
    return Pixels(np.where(known, values, 0), np.where(known, mask, np.float32(0)))
