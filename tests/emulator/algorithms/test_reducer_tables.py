"""Histograms, regressions and correlations against NumPy and arithmetic by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.numerics import special
from xee_lite.emulator.reducers import histograms
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

RNG = np.random.default_rng(51)
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 1.0), 2, 1)
X, Y, Z = RNG.normal(size=(3, 30)).round(3)


def table(**columns: Any) -> Any:
    """A collection with the columns as properties."""
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return ee.FeatureCollection([ee.Feature(None, dict(zip(columns, row, strict=True))) for row in rows])


def reduced(reducer: Any, **columns: Any) -> Any:
    return table(**columns).reduceColumns(reducer, list(columns))


def test_fixed_buckets_leave_out_what_is_outside(info: Value) -> None:
    values = np.array([-1.0, 0, 0.4, 0.5, 1.9, 2.0, 7])
    found = info(reduced(ee.Reducer.fixedHistogram(0, 2, 4), v=values))["histogram"]
    counts, edges = np.histogram([0, 0.4, 0.5, 1.9], 4, (0, 2))
    np.testing.assert_allclose(found, np.column_stack([edges[:-1], counts]))
    summed = info(reduced(ee.Reducer.fixedHistogram(0, 2, 4, True), v=values))["histogram"]
    np.testing.assert_allclose(summed, np.column_stack([edges[:-1], counts.cumsum()]))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.sampled_from([None, 1, 7, 100]),
    st.sampled_from([None, 0.5, 3.0]),
)
def test_automatic_buckets_hold_all_values(values: list[float], most: int | None, width: float | None) -> None:
    found = histograms.full_histogram(most, width).columns([np.array(values)])["histogram"]
    counts = np.array(found["histogram"])
    assert counts.sum() == len(values)
    assert len(counts) <= max(2 ** math.ceil(math.log2(most or 256)), 2)
    assert math.log2(found["bucketWidth"]) % 1 == 0
    assert found["bucketWidth"] >= (width or 0)
    edges = found["bucketMin"] + found["bucketWidth"] * np.arange(len(counts) + 1)
    for value in values:
        assert edges[0] <= value < edges[-1]
    means = np.array(found["bucketMeans"])
    assert (counts * means).sum() == pytest.approx(sum(values), abs=1e-6)
    rows = histograms.automatic_histogram(most, width, cumulative=False).columns([np.array(values)])["histogram"].values
    np.testing.assert_allclose(rows, np.column_stack([edges[:-1], counts]))


def test_buckets_of_pairs(info: Value, pixels: Callable[..., Any]) -> None:
    inside = (X >= -1) & (X < 2) & (Y >= 0) & (Y < 1)
    counts, x_edges, y_edges = np.histogram2d(X[inside], Y[inside], (3, 4), ((-1, 2), (0, 1)))
    found = info(reduced(ee.Reducer.fixed2DHistogram(-1, 2, 3, 0, 1, 4), x=X, y=Y))
    np.testing.assert_array_equal(found["histogram"], counts)
    np.testing.assert_allclose(found["xAxis"], x_edges[:-1])
    np.testing.assert_allclose(found["yAxis"], y_edges[:-1])
    images = ee.ImageCollection([ee.Image.constant(pair) for pair in np.column_stack([X, Y]).tolist()])
    image = images.reduce(ee.Reducer.fixed2DHistogram(-1, 2, 3, 0, 1, 4)).select("histogram")
    flat = pixels(image.arrayFlatten([["0", "1", "2"], ["0", "1", "2", "3"]]), GRID)
    assert [flat[f"{i}_{j}"][0, 1] for i, j in np.ndindex(3, 4)] == counts.ravel().tolist()
    with pytest.raises(EarthError, match="'yMin' must be less than 'yMax', got 1 and 1"):
        info(reduced(ee.Reducer.fixed2DHistogram(0, 1, 2, 1.0, 1, 2), x=X, y=Y))


def test_a_regression_is_that_of_least_squares(info: Value) -> None:
    columns = {"one": np.ones(30), "x": X, "y": Y, "z": Z}
    found = info(reduced(ee.Reducer.linearRegression(2, 2), **columns))
    design = np.column_stack([np.ones(30), X])
    for number, target in enumerate([Y, Z]):
        solution = np.linalg.solve(design.T @ design, design.T @ target)
        np.testing.assert_allclose(np.array(found["coefficients"])[:, number], solution)
        residual = target - design @ solution
        assert found["residuals"][number] == pytest.approx(math.sqrt((residual**2).mean()))
    few = info(reduced(ee.Reducer.linearRegression(2), one=np.ones(2), x=X[:2], y=Y[:2]))
    assert few == {"coefficients": None, "residuals": None}


def tails(t: float, freedom: int) -> float:
    """Both tails of Student's t, by the trapezoidal rule."""
    at = np.linspace(0, abs(t), 200_001)
    density = (1 + at**2 / freedom) ** (-(freedom + 1) / 2)
    density *= math.gamma((freedom + 1) / 2) / math.sqrt(freedom * math.pi) / math.gamma(freedom / 2)
    return 1 - 2 * float(((density[1:] + density[:-1]) / 2 * np.diff(at)).sum())


def test_correlations(info: Value) -> None:
    mixed = X + 0.5 * Y
    found = info(reduced(ee.Reducer.pearsonsCorrelation(), x=X, m=mixed))
    expected = np.corrcoef(X, mixed)[0, 1]
    assert found["correlation"] == pytest.approx(expected)
    statistic = expected * math.sqrt(28 / (1 - expected**2))
    assert found["p-value"] == pytest.approx(tails(statistic, 28), abs=1e-9)
    places = [RNG.permutation(20), RNG.permutation(20)]
    ranked = info(reduced(ee.Reducer.spearmansCorrelation(), x=np.exp(places[0]), y=places[1] ** 3.0))
    assert ranked["correlation"] == pytest.approx(np.corrcoef(places[0], places[1])[0, 1])
    ties = info(reduced(ee.Reducer.spearmansCorrelation(), a=np.array([1, 2, 2, 3]), b=np.array([1, 2, 3, 4])))
    assert ties["correlation"] == pytest.approx(np.corrcoef([1, 2.5, 2.5, 4], [1, 2, 3, 4])[0, 1])


def test_angles_and_runs(info: Value) -> None:
    angles = np.array([3.0, -3.0, 2.9])
    resultant = np.exp(1j * angles).mean()
    assert info(reduced(ee.Reducer.circularMean(), a=angles))["circularMean"] == pytest.approx(np.angle(resultant))
    assert info(reduced(ee.Reducer.circularVariance(), a=angles))["circularVariance"] == pytest.approx(
        1 - abs(resultant)
    )
    assert info(reduced(ee.Reducer.circularStddev(), a=angles))["circularStdDev"] == pytest.approx(
        math.sqrt(-2 * math.log(abs(resultant)))
    )
    assert info(reduced(ee.Reducer.countRuns(), a=np.array([1, 1, 2, 2, 1, 3])))["count"] == 4


def test_buckets_that_make_no_sense(info: Value) -> None:
    with pytest.raises(EarthError, match="'min' must be less than 'max'"):
        info(reduced(ee.Reducer.fixedHistogram(2, 2, 4), v=X))
    with pytest.raises(EarthError, match="'maxBuckets' must be between"):
        info(reduced(ee.Reducer.histogram(-1), v=X))
    with pytest.raises(EarthError, match="at least 1"):
        info(reduced(ee.Reducer.linearRegression(0), v=X))


def test_special_functions_by_their_laws(info: Value) -> None:
    euler = 0.5772156649015329
    assert special.digamma(1) == pytest.approx(-euler)
    assert special.trigamma(1) == pytest.approx(math.pi**2 / 6)
    for x in (0.2, 3.7, -2.3, 40.0):
        assert special.digamma(x + 1) == pytest.approx(special.digamma(x) + 1 / x)
        assert special.trigamma(x + 1) == pytest.approx(special.trigamma(x) - 1 / x**2)
    for x in (-0.99, 0.1, 0.5):
        assert math.erf(special.erf_inv(x)) == pytest.approx(x)
        assert math.erfc(special.erfc_inv(x + 1)) == pytest.approx(x + 1)
    # The beta distribution of (2, 2) has the distribution function 3x² - 2x³.
    assert special.beta_share(0.3, 2, 2) == pytest.approx(3 * 0.09 - 2 * 0.027)
    g = 607 / 128
    for x in (0.5, 3.0, 20.5):
        scale = math.sqrt(2 * math.pi) / x * (x + g + 0.5) ** (x + 0.5) * math.exp(-(x + g + 0.5))
        assert scale * info(ee.Number(x).lanczos()) == pytest.approx(math.gamma(x), rel=1e-13)
    assert info(ee.Array([1.0, 2.0, 5.0]).gamma()) == [1, 1, 24]
    assert info(ee.Number(5).gamma()) == 24
    assert info(ee.Number(0).digamma()) == "-Infinity"


def test_images_take_special_functions_too(pixels: Callable[..., Any]) -> None:
    grid = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 4.0), 2, 2)
    found = pixels(ee.Image(5).gamma(), grid)["constant"]
    assert found[0, 0] == pytest.approx(24)


def test_a_histogram_is_no_pixel(info: Value) -> None:
    with pytest.raises(
        EarthError, match=r"^Reducer: The outputs \['histogram'\] can not be computed for each pixel\.$"
    ):
        info(ee.Image(1).reduce(ee.Reducer.histogram()))
