"""Segments of images."""

from __future__ import annotations

import math

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import choose_template
from ..pixels import clusters, superpixels
from ..pixels.bands import make_names_distinct, some_bands
from ..pixels.cellwise import SIDE

FAMILY = "Image.Segmentation"

MAX_SIZE = 1024
"""Pixels of a cell, of its margin, or between seeds: this emulator's own limit."""


@algorithm(f"{FAMILY}.seedGrid")
def seed_grid(size: int, grid_type: str) -> Image:
    where = f"{FAMILY}.seedGrid"
    if grid_type not in {"square", "hex"}:
        raise EarthError(f"{where}: Unknown gridType '{grid_type}'; it is 'square' or 'hex'.")
    _check(size, "size", where, least=1)
    return Image((superpixels.make_seeds(size, hexagonal=grid_type == "hex"),))


@algorithm(f"{FAMILY}.SNIC")
def snic(
    image: Image,
    size: int,
    compactness: float,
    connectivity: int,
    neighborhood_size: int | None,
    seeds: Image | None,
) -> Image:
    where = f"{FAMILY}.SNIC"
    if connectivity not in {4, 8}:
        raise EarthError(f"{where}: 'connectivity' must be 4 or 8, got {connectivity}.")
    if not (math.isfinite(compactness) and compactness >= 0):
        raise EarthError(f"{where}: 'compactness' must not be negative, got {compactness}.")
    _check(size, "size", where, least=1)
    margin = min(2 * size, MAX_SIZE) if neighborhood_size is None else neighborhood_size
    _check(margin, "neighborhoodSize", where)
    bands = some_bands(image, where)
    seed = (
        superpixels.make_seeds(size, hexagonal=False)
        if seeds is None
        else some_bands(seeds, where, "image of seeds")[0]
    )
    growth = superpixels.Growth(size, compactness, connectivity == 8, margin)
    found = superpixels.make_superpixels(bands, seed, growth)
    if seeds is None:
        found.append(choose_template(seed, bands[0]))
    return Image(tuple(make_names_distinct(found)), image.properties)


@algorithm(f"{FAMILY}.KMeans")
def k_means(
    image: Image,
    num_clusters: int,
    num_iterations: int,
    neighborhood_size: int,
    grid_size: int | None,
    force_convergence: bool,
    unique_labels: bool,
) -> Image:
    """Where cells begin, and the name of the band, are not documented."""
    where = f"{FAMILY}.KMeans"
    if not 0 < num_clusters <= clusters.MAX_CLUSTERS:
        raise EarthError(f"{where}: 'numClusters' must be between 1 and {clusters.MAX_CLUSTERS}, got {num_clusters}.")
    if not 0 < num_iterations <= MAX_SIZE:
        raise EarthError(f"{where}: 'numIterations' must be between 1 and {MAX_SIZE}, got {num_iterations}.")
    if grid_size and neighborhood_size:
        raise EarthError(f"{where}: Give 'gridSize' or 'neighborhoodSize', and not both.")
    _check(neighborhood_size, "neighborhoodSize", where)
    _check(grid_size or 0, "gridSize", where)
    how = clusters.Clustering(
        num_clusters, num_iterations, grid_size or SIDE, neighborhood_size, force_convergence, unique_labels
    )
    return Image((clusters.cluster(some_bands(image, where), how),), image.properties)


def _check(pixels: int, name: str, where: str, least: int = 0) -> None:
    if not least <= pixels <= MAX_SIZE:
        raise EarthError(f"{where}: '{name}' must be between {least} and {MAX_SIZE} pixels, got {pixels}.")
