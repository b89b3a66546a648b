from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.errors import InputError
from xee_lite.planning import chunks
from xee_lite.planning.chunks import Shape, check_chunk, check_request, split_windows

if TYPE_CHECKING:
    from xee_lite.planning.limits import Limits

MIB = 2**20
DEFAULT_BUDGET = EARTH_ENGINE.default_bytes
wide = st.tuples(st.integers(0, 20_000), st.integers(0, 200_000), st.integers(0, 200_000))
small = st.tuples(st.integers(1, 14), st.integers(1, 24), st.integers(1, 24))
blocks = st.none() | st.tuples(st.integers(1, 600), st.integers(1, 600))


def chunk_shape(
    shape: Shape,
    cost: int,
    bands: int,
    *,
    budget: int = DEFAULT_BUDGET,
    limits: Limits = EARTH_ENGINE,
    block: tuple[int, int] | None = None,
) -> Shape:
    """The planner, within the limits of Earth Engine where a test names no others."""
    return chunks.chunk_shape(shape, cost, bands, budget=budget, limits=limits, block=block)


def requests(shape: Shape, chunk: Shape) -> int:
    return math.prod(math.ceil(size / step) for size, step in zip(shape, chunk, strict=True))


def bytes_alone(shape: Shape, cost: int, budget: int) -> int:
    return math.ceil(math.prod(shape) * cost / budget)


def fits(chunk: Shape, cost: int, bands: int, budget: int, limits: Limits) -> bool:
    items, rows, columns = chunk
    return (
        items * rows * columns * cost <= budget
        and max(rows, columns) <= limits.side
        and items * bands <= limits.bands
        and min(chunk) >= 1
    )


def fewest_of_all(shape: Shape, cost: int, bands: int, budget: int, limits: Limits) -> int:
    """Every chunk shape there is, tried."""
    k, r, s = np.meshgrid(*(np.arange(1, size + 1) for size in shape), indexing="ij")
    allowed = (k * r * s * cost <= budget) & (np.maximum(r, s) <= limits.side) & (k * bands <= limits.bands)
    counts = np.ceil(shape[0] / k) * np.ceil(shape[1] / r) * np.ceil(shape[2] / s)
    return int(counts[allowed].min())


@examples(200)
@given(wide, st.integers(1, 400), st.integers(1, 1024), st.integers(400, 48 * MIB), blocks)
@example((0, 0, 0), 1, 1, 400, None)
@example((20_000, 200_000, 200_000), 400, 1024, 400, (256, 256))
@example((1, 1, 200_000), 1, 1, 48 * MIB, None)
def test_a_plan_is_never_over_a_limit(
    shape: Shape, cost: int, bands: int, budget: int, block: tuple[int, int] | None
) -> None:
    chunk = chunk_shape(shape, cost, bands, budget=budget, block=block)
    assert fits(chunk, cost, bands, budget, EARTH_ENGINE)
    assert all(step <= max(1, size) for size, step in zip(shape, chunk, strict=True))


@examples(200)
@given(
    small, st.integers(1, 9), st.integers(1, 5), st.integers(9, 9000), st.integers(1, 30), st.integers(5, 40), blocks
)
def test_a_plan_needs_105_hundredths_of_the_bytes_or_else_the_fewest_requests_there_are(
    shape: Shape, cost: int, bands: int, budget: int, side: int, most_bands: int, block: tuple[int, int] | None
) -> None:
    limits = replace(EARTH_ENGINE, side=side, bands=most_bands)
    chunk = chunk_shape(shape, cost, bands, budget=budget, limits=limits, block=block)
    assert fits(chunk, cost, bands, budget, limits)
    fewest = fewest_of_all(shape, cost, bands, budget, limits)
    assert requests(shape, chunk) <= max(1.05 * bytes_alone(shape, cost, budget), fewest)


@examples(200)
@given(wide, st.integers(1, 60), st.integers(1, 20), st.integers(1, 48).map(MIB.__mul__), st.data())
def test_no_chunk_that_anyone_draws_beats_a_plan_by_more_than_the_slack(
    shape: Shape, cost: int, bands: int, budget: int, data: st.DataObject
) -> None:
    chunk = chunk_shape(shape, cost, bands, budget=budget)
    items = data.draw(st.integers(1, max(1, min(shape[0], 1024 // bands, budget // cost))))
    rows = data.draw(st.integers(1, max(1, min(shape[1], 32768, budget // cost // items))))
    columns = max(1, min(shape[2], 32768, budget // cost // items // rows))
    drawn = (items, rows, columns)
    assert fits(drawn, cost, bands, budget, EARTH_ENGINE)
    assert requests(shape, chunk) <= max(1.05 * bytes_alone(shape, cost, budget), requests(shape, drawn))


@examples(200)
@given(wide, st.integers(1, 60), st.integers(1, 48).map(MIB.__mul__))
def test_pieces_are_of_nearly_one_size(shape: Shape, cost: int, budget: int) -> None:
    for size, step in zip(shape, chunk_shape(shape, cost, 1, budget=budget), strict=True):
        pieces = math.ceil(max(1, size) / step)
        assert step == math.ceil(max(1, size) / pieces)


# Shape, cost of a pixel: Sentinel-2 tile (uint16), a year of them, Landsat scene, ERA5 monthly (float32), CHIRPS daily,
# MODIS tiles, SRTM at continental size, a Landsat time series over a farm, one band of doubles.
ARCHIVES = [
    ((1, 10980, 10980), 3),
    ((73, 10980, 10980), 3),
    ((20, 7791, 7651), 3),
    ((480, 721, 1440), 5),
    ((15000, 2000, 7200), 5),
    ((500, 2400, 2400), 3),
    ((1, 144000, 144000), 3),
    ((900, 500, 500), 3),
    ((40, 1500, 1500), 9),
    ((365, 7200, 3600), 2),
]


@pytest.mark.parametrize(("shape", "cost"), ARCHIVES)
@pytest.mark.parametrize("block", [None, (256, 256)])
def test_real_archives_stay_within_105_hundredths(shape: Shape, cost: int, block: tuple[int, int] | None) -> None:
    chunk = chunk_shape(shape, cost, 1, block=block)
    assert requests(shape, chunk) <= 1.05 * bytes_alone(shape, cost, DEFAULT_BUDGET)


def test_small_in_space_means_long_in_time() -> None:
    # 500 x 500 x 5 B = 1.19 MiB an image: 26 fit in 32 MiB, 100 images need 4 requests, so 25 in each.
    assert chunk_shape((100, 500, 500), 5, 1) == (25, 500, 500)


def test_an_array_that_fits_is_one_request() -> None:
    assert chunk_shape((12, 700, 900), 3, 1) == (12, 700, 900)


def test_one_huge_image_is_cut_evenly() -> None:
    # 345 MiB need 11 requests; 3 x 4 parts would be 12, over 1.05 x 11, so 11 strips of 999 rows (the last of 990).
    assert chunk_shape((1, 10980, 10980), 3, 1) == (1, 999, 10980)
    # With 13 bands there is room for near-square parts.
    items, rows, columns = chunk_shape((1, 10980, 10980), 39, 13)
    assert items == 1
    assert max(rows, columns) < 1.25 * min(rows, columns)


def test_the_band_limit_cuts_what_the_bytes_would_allow() -> None:
    # 10000 images of 7500 B need 3 requests by bytes, but 1024 bands allow 1024 images: 10 requests of 1000; with
    # 4 bands each it is 256 images: 40 requests of 250.
    assert chunk_shape((10_000, 50, 50), 3, 1) == (1000, 50, 50)
    assert chunk_shape((10_000, 50, 50), 3, 4) == (250, 50, 50)


def test_the_side_limit_cuts_a_long_row() -> None:
    assert chunk_shape((1, 1, 40_000), 2, 1) == (1, 1, 20_000)
    assert chunk_shape((1, 40_000, 1), 2, 1) == (1, 20_000, 1)
    assert chunk_shape((1, 1, 32_768), 2, 1) == (1, 1, 32_768)


def test_requests_end_where_source_tiles_end_if_that_costs_nothing() -> None:
    # 16 x 16 tiles of 256, budget of 64 of them: 4 requests of whole tiles.
    budget = 64 * 256 * 256 * 3
    chunk = chunk_shape((1, 4000, 4000), 3, 1, budget=budget, block=(256, 256))
    assert requests((1, 4000, 4000), chunk) == 4
    assert all(step % 256 == 0 or step == 4000 for step in chunk[1:])


@pytest.mark.parametrize("shape", [(0, 10, 10), (5, 0, 10), (5, 10, 0), (0, 0, 0)])
def test_an_empty_array_has_chunks_of_at_least_one(shape: Shape) -> None:
    assert chunk_shape(shape, 3, 1) == tuple(max(1, size) for size in shape)
    assert list(split_windows(shape, (1, 1, 1))) == []


def test_a_pixel_counts_its_bytes_and_a_mask_byte_for_each_band() -> None:
    # google/Xee#50: 24 bands of doubles at 512 x 512 were refused as 56623104 bytes.
    assert 512 * 512 * EARTH_ENGINE.pixel_cost([np.dtype("f8")] * 24) == 56623104
    assert EARTH_ENGINE.pixel_cost([np.dtype("u1"), np.dtype("u2"), np.dtype("f4")]) == 2 + 3 + 5


@pytest.mark.parametrize(
    ("shape", "cost", "bands", "budget", "says"),
    [
        ((1, 9, 9), 3, 1, 64 * MIB, r"`request_bytes` is 64\.0 MiB.*48\.0 MiB.*'32\.0 MiB'"),
        ((1, 9, 9), 3, 1, 0, "`request_bytes` is 0 B"),
        ((1, 9, 9), 4096, 1025, DEFAULT_BUDGET, r"1025 bands.*1024.*`bands`"),
        ((1, 9, 9), 3000, 1000, 2048, r"2\.9 KiB in 1000 bands.*2\.0 KiB.*48\.0 MiB"),
        ((1, -9, 9), 3, 1, DEFAULT_BUDGET, "negative size -9"),
    ],
)
def test_what_can_not_fit_is_refused_with_both_sides(
    shape: Shape, cost: int, bands: int, budget: int, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        check_chunk(shape, cost, bands, budget=budget, limits=EARTH_ENGINE)
    with pytest.raises(InputError, match=says):
        chunk_shape(shape, cost, bands, budget=budget)


def test_a_budget_of_exactly_the_limit_and_a_pixel_of_exactly_the_budget_are_allowed() -> None:
    check_chunk((1, 1, 1), 50331648, 1024, budget=50331648, limits=EARTH_ENGINE)
    assert chunk_shape((3, 2, 2), 50331648, 1024, budget=50331648) == (1, 1, 1)


@pytest.mark.parametrize(
    ("shape", "cost", "bands", "payload"),
    [((1, 4096, 4096), 3, 1, 0), ((1, 1, 32768), 2, 1, 0), ((1024, 1, 1), 2, 1, 0), ((1, 1, 1), 2, 1, 10485760)],
)
def test_a_request_may_reach_each_limit_but_not_pass_it(shape: Shape, cost: int, bands: int, payload: int) -> None:
    check_request(shape, cost, bands, limits=EARTH_ENGINE, payload=payload)
    larger = {
        (1, 4096, 4096): ((1, 4096, 4097), 0, r"50343936 bytes \(48\.0 MiB\).*50331648 bytes"),
        (1, 1, 32768): ((1, 1, 32769), 0, "1 x 32769 pixels.*32768"),
        (1024, 1, 1): ((1025, 1, 1), 0, "1025 bands.*1024"),
        (1, 1, 1): ((1, 1, 1), payload + 1, "expression of 10485761 bytes.*10485760 bytes"),
    }
    over, body, says = larger[shape]
    with pytest.raises(InputError, match=says):
        check_request(over, cost, bands, limits=EARTH_ENGINE, payload=body)


@examples(200)
@given(small, small)
def test_windows_cover_every_pixel_once(shape: Shape, request: Shape) -> None:
    seen = np.zeros(shape, dtype=int)
    count = 0
    for window in split_windows(shape, request):
        part = seen[window]
        part += 1
        assert all(size <= most for size, most in zip(part.shape, request, strict=True))
        assert all(key.stop <= size for key, size in zip(window, shape, strict=True))
        count += 1
    assert (seen == 1).all()
    assert count == requests(shape, request)


@given(small, st.integers(1, 3))
def test_a_request_has_no_more_images_than_the_service_gives_at_once(shape: Shape, items: int) -> None:
    limits = replace(EARTH_ENGINE, items=items)
    assert chunk_shape(shape, 2, 1, limits=limits)[0] <= items
