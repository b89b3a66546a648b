from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tests.examples import examples
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Band, Pixels, Sampler
from xee_lite.emulator.service.image_grid import complete_grid
from xee_lite.emulator.service.pixel_request import GridSpec
from xee_lite.emulator.types import UINT8, WGS84, PixelGrid, Projection

UTM = Projection("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0))


def nothing(sampler: Sampler) -> Pixels:
    return Pixels.nothing(sampler.shape, np.uint8)


BAND = Band("b", UINT8, UTM, nothing, (40, 30))


def test_what_is_given_is_kept() -> None:
    spec = GridSpec("EPSG:3857", (1.0, 0.5, 2.0, 0.25, -3.0, 4.0), (5, 6))
    assert complete_grid(spec, BAND) == PixelGrid("EPSG:3857", (1.0, 0.5, 2.0, 0.25, -3.0, 4.0), 5, 6)


def test_nothing_given_is_the_image() -> None:
    assert complete_grid(GridSpec(), BAND) == PixelGrid(UTM.crs, UTM.transform, 40, 30)


def test_a_clipped_image_starts_at_its_origin() -> None:
    clipped = Band("b", UINT8, UTM, nothing, (7, 5), origin=(3, 4))
    assert complete_grid(GridSpec(), clipped).transform == (10, 0, 500030, 0, -10, 3999960)


def test_the_same_crs_in_other_words_is_native() -> None:
    grid = complete_grid(GridSpec(UTM.pyproj.to_wkt()), BAND)
    assert (grid.transform, grid.width, grid.height) == (UTM.transform, 40, 30)


def test_unbounded_images_need_a_grid() -> None:
    composite = Band("b", UINT8, WGS84, nothing)
    with pytest.raises(EarthError, match=r"^Unable to compute bounds for geometry: .* the grid has no"):
        complete_grid(GridSpec(), composite)
    with pytest.raises(EarthError, match="unbounded"):
        complete_grid(GridSpec(dimensions=(3, 3)), composite)
    clipped = Band("b", UINT8, WGS84, nothing, footprint=Geometry(shapely.box(3.2, 4.1, 5.9, 6.0)))
    grid = complete_grid(GridSpec(), clipped)
    # The lattice of composites has a positive y scale: rows run northward.
    assert (grid.transform, grid.width, grid.height) == ((1, 0, 3, 0, 1, 4), 3, 2)


def test_sheared_grids_need_dimensions() -> None:
    with pytest.raises(EarthError, match="needs its 'dimensions'"):
        complete_grid(GridSpec(transform=(1.0, 0.1, 0.0, 0.0, -1.0, 0.0)), BAND)


def test_a_region_without_area_can_not_be_rescaled() -> None:
    with pytest.raises(EarthError, match="has no area"):
        complete_grid(GridSpec(dimensions=(3, 3)), BAND, {"type": "Point", "coordinates": [3, 36]})


def test_what_is_covered_has_limits_too() -> None:
    with pytest.raises(EarthError, match=r"Pixel grid dimensions \(\d+x\d+\) must be less than or equal to 32768\."):
        complete_grid(GridSpec(transform=(1e-3, 0.0, 0.0, 0.0, -1e-3, 0.0)), BAND)


@given(
    west=st.floats(-170, 160),
    south=st.floats(-70, 60),
    width=st.floats(0.001, 8),
    height=st.floats(0.001, 8),
    pixel=st.floats(500, 90000),
    crs=st.sampled_from(["EPSG:3857", "EPSG:6933", "EPSG:4326"]),
)
@examples(100)
def test_a_region_is_covered_and_no_more(
    west: float, south: float, width: float, height: float, pixel: float, crs: str
) -> None:
    if crs == "EPSG:4326":
        pixel /= 100000
    region = dict(shapely.geometry.mapping(shapely.box(west, south, west + width, south + height)))
    grid = complete_grid(GridSpec(crs, (pixel, 0.0, 7.0, 0.0, -pixel, 3.0)), BAND, region)
    a, _, left, _, e, top = grid.transform
    assert (a, e) == (pixel, -pixel)
    # Corners lie on the lattice that was asked for.
    assert abs((left - 7) / pixel - round((left - 7) / pixel)) < 1e-6
    assert abs((top - 3) / pixel - round((top - 3) / pixel)) < 1e-6
    # In these projections a box of degrees stays a box.
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        [west, west + width], [south, south + height]
    )
    slack = pixel * 1e-5
    assert left <= x[0] + slack
    assert x[1] <= left + pixel * grid.width + slack
    assert top - pixel * grid.height <= y[0] + slack
    assert y[1] <= top + slack
    assert grid.width <= (x[1] - x[0]) / pixel + 2.001
    assert grid.height <= (y[1] - y[0]) / pixel + 2.001
