"""The pixels of a download: which lattice they are on, how far they reach, and what may be said together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from xee_lite.errors import InputError
from xee_lite.grids.grid import METRES_PER_DEGREE, Grid
from xee_lite.grids.region import box_bounds
from xee_lite.planning.download_grids import GridWords, download_grid
from xee_lite.stack import Band, Projection

UTM = "EPSG:32631"
NATIVE = Grid(UTM, (30, 0, 399945, 0, -30, 4600035), (4000, 5000))
BAND = Band("b", np.dtype("u2"), grid=NATIVE, projection=Projection(UTM, NATIVE.transform))
COMPOSITE = Band("b", np.dtype("u2"))
POSED = Band("b", np.dtype("u2"), projection=Projection("EPSG:4326", Affine(0.25, 0, -180, 0, 0.25, -90)))
REGION = (1.9, 41.0, 2.1, 41.2)


def grid(region: Any = None, band: Band = BAND, **words: Any) -> Grid:
    return download_grid(GridWords(**words), band, region, "the image")


regions = st.tuples(st.floats(1.85, 2.2), st.floats(40.6, 41.3), st.floats(0.01, 0.2), st.floats(0.01, 0.2)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@settings(max_examples=30)
@given(regions, st.floats(3, 900), st.sampled_from([None, UTM, "EPSG:4326", "EPSG:3035"]))
def test_a_scale_gives_pixels_at_multiples_of_it_that_just_cover_the_region(
    region: tuple[float, ...], scale: float, crs: str | None
) -> None:
    found = grid(region, scale=scale, crs=crs)
    assert found.crs == (crs or UTM)
    size = scale / (METRES_PER_DEGREE if crs == "EPSG:4326" else 1)
    assert found.transform.a == pytest.approx(size, rel=1e-12)
    assert found.transform.e == pytest.approx(-size, rel=1e-12)
    for edge in (found.transform.c, found.transform.f):
        assert abs(edge / size - round(edge / size)) < 1e-6
    wanted = box_bounds(region, "EPSG:4326", found.crs)  # type: ignore[arg-type] # four numbers
    low, high = np.array(wanted).reshape(2, 2)
    first, last = np.array(found.bounds).reshape(2, 2)
    assert (first <= low + 1e-6 * size).all()
    assert (high - 1e-6 * size <= last).all()
    assert (low - first < size * (1 + 1e-6)).all()
    assert (last - high < size * (1 + 1e-6)).all()


@settings(max_examples=30)
@given(regions)
def test_the_bands_own_scale_gives_its_own_pixels(region: tuple[float, ...]) -> None:
    for found in (grid(region), grid(region, scale=30)):
        assert found.lattice == NATIVE.lattice
        column, row = ~NATIVE.transform @ (found.transform.c, found.transform.f)
        assert (column, row) == pytest.approx((round(column), round(row)), abs=1e-6)
    inside = grid(region)
    assert NATIVE.bounds[0] <= inside.bounds[0]
    assert inside.bounds[2] <= NATIVE.bounds[2]


def test_nothing_said_is_the_band_itself() -> None:
    assert grid() == NATIVE
    assert grid(scale=30).transform == NATIVE.transform
    assert grid(dimensions=(50, 40)) == Grid(UTM, NATIVE.transform @ Affine.scale(100), (40, 50))


def test_a_region_reaches_no_further_than_the_band_but_with_a_scale_it_does() -> None:
    beyond = (0.0, 40.0, 1.9, 42.0)
    assert grid(beyond).bounds[0] == NATIVE.bounds[0]
    assert grid(beyond, scale=60).bounds[0] < NATIVE.bounds[0] - 60
    with pytest.raises(InputError, match=r"region= lies outside the image: it spans \(50, 40, 51, 41\) in degrees"):
        grid((50, 40, 51, 41), scale=60)


def test_crs_and_transform_say_all() -> None:
    transform = (60, 0, 400000, 0, -60, 4600000)
    assert grid(REGION, crs=UTM, crs_transform=transform, dimensions=(7, 9), scale=5) == Grid(UTM, transform, (9, 7))
    covering = grid(crs=UTM, crs_transform=transform)
    assert covering.bounds[0] <= NATIVE.bounds[0]
    assert covering.transform.a == 60
    assert math.remainder(covering.transform.c - 400000, 60) == 0


def test_dimensions_stretch_the_region() -> None:
    found = grid(REGION, dimensions=(20, 10), crs="EPSG:4326")
    assert found.bounds == pytest.approx(REGION)
    assert found.shape == (10, 20)


def test_what_has_no_end_or_no_pixels() -> None:
    with pytest.raises(InputError, match="pass scale=, or dimensions="):
        grid(REGION, COMPOSITE)
    with pytest.raises(InputError, match="has no end: pass region="):
        grid(None, COMPOSITE, scale=100)
    with pytest.raises(InputError, match="has no end: pass region="):
        grid(None, COMPOSITE, crs=UTM, crs_transform=(1, 0, 0, 0, -1, 0))
    assert grid(REGION, COMPOSITE, scale=1000).crs == "EPSG:4326"
    assert grid(REGION, POSED).transform == Affine(0.25, 0, 1.75, 0, -0.25, 41.25)


def test_a_point_is_one_pixel() -> None:
    assert grid({"type": "Point", "coordinates": [2.0, 41.1]}).shape == (1, 1)


def test_words_of_a_band_stand_over_the_default() -> None:
    own, default = GridWords(scale=10), GridWords(crs=UTM, scale=30, dimensions=(1, 2))
    assert own.over(default) == GridWords(crs=UTM, scale=10, dimensions=(1, 2))
    assert GridWords().over(default) == default
