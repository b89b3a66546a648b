"""k-means clustering of pixel values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from ..types import UINT32
from .cellwise import Corner, compute_by_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Labels = npt.NDArray[np.int64]

MAX_CLUSTERS = 256
PERIOD = 4096
"""Cells after which labels may come again, each way: with as many clusters they fill 32 bits."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """How pixels are clustered.

    Attributes
    ----------
    clusters : int
        At most.
    iterations : int
        At most.
    side, margin : int
        Pixels of a cell, which is clustered by itself, and around it.
    converge : bool
        Whether it is an error if the clusters still change after all iterations.
    unique : bool
        Whether labels tell cells apart.
    """

    clusters: int
    iterations: int
    side: int
    margin: int
    converge: bool
    unique: bool


def cluster(bands: Sequence[Band], how: Clustering) -> Band:
    """The number of each pixel's cluster; masked where a band is not fully valid."""

    def cell(sampler: Sampler, corner: Corner) -> dict[str, Pixels]:
        pixels = [sampler(band) for band in bands]
        valid = np.minimum.reduce([one.mask for one in pixels]) >= 1
        points = np.stack([one.values[valid].astype(np.float64) for one in pixels], axis=1)
        labels = np.zeros(sampler.shape, np.int64)
        labels[valid] = k_means(points, how)
        if how.unique:
            labels += ((corner[1] % PERIOD) * PERIOD + corner[0] % PERIOD) * how.clusters
        inner = np.s_[how.margin : how.margin + how.side, how.margin : how.margin + how.side]
        return {"clusters": Pixels(labels[inner].astype(UINT32.storage), valid[inner].astype(np.float32))}

    def compute(sampler: Sampler) -> Pixels:
        return compute_by_cell(sampler, how.side, how.margin, cell)["clusters"]

    return bands[0].derived(compute, name="clusters", type_=UINT32)


def k_means(points: Floats, how: Clustering) -> Labels:
    """Clusters by Lloyd's iteration: to the nearest mean, and the means of these.

    The service documents neither its distance, here Euclidean, nor the first means: here each is the point farthest
    from those before, the first the one farthest from the mean of all.

    Parameters
    ----------
    points : ndarray of float64, shape (n, bands)
    how : Clustering

    Raises
    ------
    EarthError
        If they have to converge and do not.
    """
    labels = np.zeros(len(points), np.int64)
    if not len(points):
        return labels
    means = _apart(points, how.clusters)
    for _ in range(how.iterations):
        check_time()
        before, labels = labels, _nearest(points, means)
        counts = np.bincount(labels, minlength=len(means))[:, np.newaxis]
        sums = np.stack([np.bincount(labels, column, len(means)) for column in points.T], axis=1)
        moved = np.divide(sums, counts, out=means.copy(), where=counts > 0)
        settled = np.array_equal(moved, means)
        means = moved
        if settled and np.array_equal(before, labels):
            return labels
    if how.converge and not np.array_equal(labels, _nearest(points, means)):
        raise EarthError(
            f"Image.Segmentation.KMeans: The clusters did not converge within {how.iterations} iterations."
        )
    return labels


def _apart(points: Floats, max_points: int) -> Floats:
    found = [points[_squares(points, points.mean(axis=0)).argmax()]]
    nearest = _squares(points, found[0])
    while len(found) < max_points and nearest.max() > 0:
        found.append(points[nearest.argmax()])
        nearest = np.minimum(nearest, _squares(points, found[-1]))
    return np.stack(found)


def _nearest(points: Floats, means: Floats) -> Labels:
    least, labels = np.full(len(points), np.inf), np.zeros(len(points), np.int64)
    for number, mean in enumerate(means):
        length = _squares(points, mean)
        nearer = length < least
        least, labels = np.where(nearer, length, least), np.where(nearer, number, labels)
    return labels


def _squares(points: Floats, centre: Floats) -> Floats:
    found: Floats = ((points - centre) ** 2).sum(axis=1)
    return found
