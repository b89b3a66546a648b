"""Regressions against the normal equations, and against what is left when the outliers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.reducers import batches, regressions
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 3.0), 4, 3)
RNG = np.random.default_rng(12)
X = RNG.normal(size=(40, 2)).round(3)
Y = (X @ [2.0, -1.0] + 5 + 0.1 * RNG.normal(size=40)).round(3)


def rows(*columns: Any) -> Any:
    return ee.List(np.column_stack(columns).tolist())


def test_a_ridge_shrinks_the_slopes_and_not_the_intercept(info: Value) -> None:
    """Its normal equations, with the penalty on the diagonal but for the intercept."""
    design = np.column_stack([np.ones(40), X])
    for penalty in (0.0, 0.1, 30.0):
        expected = np.linalg.solve(design.T @ design + penalty * np.diag([0.0, 1, 1]), design.T @ Y)
        found = info(rows(X, Y).reduce(ee.Reducer.ridgeRegression(2, 1, penalty)))
        np.testing.assert_allclose(np.array(found["coefficients"])[:, 0], expected)
        np.testing.assert_allclose(found["residuals"], [np.sqrt(np.mean((Y - design @ expected) ** 2))])
        assert found["p-value"] is None


def test_a_ridge_of_several_dependents_is_several_ridges(info: Value) -> None:
    both = np.array(info(rows(X, Y, X[:, 0] ** 2).reduce(ee.Reducer.ridgeRegression(2, 2)))["coefficients"])
    alone = np.array(info(rows(X, X[:, 0] ** 2).reduce(ee.Reducer.ridgeRegression(2)))["coefficients"])
    assert both.shape == (3, 2)
    np.testing.assert_allclose(both[:, 1:], alone)


@pytest.mark.parametrize("beta", [None, 1.0])
def test_outliers_do_not_count(info: Value, beta: float | None) -> None:
    spoilt = Y.copy()
    spoilt[[3, 17, 30]] += [80, -60, 45]
    good = np.delete(np.arange(40), [3, 17, 30])
    design = np.column_stack([np.ones(40), X])
    expected, *_ = np.linalg.lstsq(design[good], Y[good])
    misses = np.abs(Y - design @ expected)
    # The rule that Talwar's cost stands for: of this solution, exactly the good records are within the margin.
    margin = misses[good].max() if beta is None else beta
    assert misses[good].max() <= margin < np.abs(spoilt - design @ expected)[[3, 17, 30]].min()
    reducer = ee.Reducer.robustLinearRegression(3, 1, beta)
    found = info(rows(design, spoilt).reduce(reducer))
    np.testing.assert_allclose(np.array(found["coefficients"])[:, 0], expected, atol=0.05 if beta is None else 1e-9)
    assert found["residuals"][0] < 0.2


def test_records_on_a_plane_stay_though_rounding_moves_them(info: Value) -> None:
    exact = X @ [0.1, 0.7]
    exact[5] += 9
    found = info(rows(X, exact).reduce(ee.Reducer.robustLinearRegression(2)))
    np.testing.assert_allclose(found["coefficients"], [[0.1], [0.7]], atol=1e-9)


def test_too_few_records_determine_nothing(info: Value) -> None:
    two = ee.List([[1, 2, 3], [1, 4, 5]])
    assert info(two.reduce(ee.Reducer.ridgeRegression(2))) == {"coefficients": None, "residuals": None, "p-value": None}
    assert info(two.reduce(ee.Reducer.linearRegression(2))) == {"coefficients": None, "residuals": None}
    np.testing.assert_allclose(
        info(two.reduce(ee.Reducer.robustLinearRegression(2)))["coefficients"], [[1], [1]], atol=1e-9
    )
    dependent = ee.List([[1, 2, 3], [2, 4, 5], [3, 6, 1]])
    assert info(dependent.reduce(ee.Reducer.linearRegression(2))) == {"coefficients": None, "residuals": None}


def test_pixels_equal_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pixels at once, each with its own gaps."""
    monkeypatch.setattr(batches, "HELD", 100)
    stacks = list(RNG.normal(size=(3, 12, 4, 5)))
    weights = (RNG.random((12, 4, 5)) > 0.4).astype(float)
    weights[:, 0, 0] = 0
    for reducer in (
        regressions.linear_regression(2, 1),
        regressions.ridge_regression(2, 1, 0.1),
        regressions.robust_linear_regression(2, 1, None),
    ):
        found = reducer.stack(stacks, [weights] * 3)
        for row, column in np.ndindex(4, 5):
            there = weights[:, row, column] > 0
            expected = reducer.columns([stack[there, row, column] for stack in stacks])
            for name, pixels in found.items():
                assert bool(pixels.mask[row, column]) == (expected[name] is not None)
                if expected[name] is not None:
                    np.testing.assert_allclose(pixels.values[row, column], expected[name].values, atol=1e-9)


def test_a_regression_of_images_makes_arrays(pixels: Callable[..., Any], info: Value) -> None:
    """The series 2 + latitude * t, whose coefficients are known at each pixel."""

    def image(number: int) -> Any:
        value = ee.Image.pixelLonLat().select("latitude").multiply(number).add(2)
        return ee.Image.constant([1, number]).addBands(value).rename(["one", "t", "y"])

    series = ee.ImageCollection([image(number) for number in range(5)])
    for reducer in (ee.Reducer.linearRegression(2, 1), ee.Reducer.robustLinearRegression(2, 1)):
        fit = series.reduce(reducer)
        assert info(fit.bandNames()) == ["coefficients", "residuals"]
        assert info(fit.bandTypes())["coefficients"] == {"type": "PixelType", "precision": "double", "dimensions": 2}
        flat = pixels(fit.select("coefficients").arrayFlatten([["offset", "slope"], ["y"]]), GRID)
        np.testing.assert_allclose(flat["offset_y"], 2, atol=1e-9)
        np.testing.assert_allclose(flat["slope_y"], np.broadcast_to([[2.5], [1.5], [0.5]], (3, 4)), atol=1e-9)


def test_a_correlation_of_images(pixels: Callable[..., Any]) -> None:
    rising, noise = [1.0, 2.0, 3.0, 4.0], [0.3, -0.2, 0.5, 0.1]
    images = [ee.Image.constant([a, b]) for a, b in zip(rising, noise, strict=True)]
    found = pixels(ee.ImageCollection(images).reduce(ee.Reducer.pearsonsCorrelation()), GRID)
    np.testing.assert_allclose(found["correlation"], np.corrcoef(rising, noise)[0, 1])


def test_arguments_are_checked(value_of: Value) -> None:
    with pytest.raises(EarthError, match="'lambda' must not be negative, got -1"):
        value_of(ee.Reducer.ridgeRegression(1, 1, -1))
    with pytest.raises(EarthError, match="'beta' must not be negative, got -2"):
        value_of(ee.Reducer.robustLinearRegression(1, 1, -2))
    image = ee.Image.constant([1, 2]).toArray().toArray(1)
    with pytest.raises(EarthError, match=r"Image\.arrayReduce: The reducer must give numbers"):
        value_of(image.arrayReduce(ee.Reducer.linearRegression(1), [0], 1))
    with pytest.raises(EarthError, match=r"Image\.reduceResolution: The reducer must give numbers"):
        value_of(ee.Image.constant([1, 2]).reduceResolution(ee.Reducer.linearRegression(1)))


def test_a_region_of_pixels(info: Value) -> None:
    """Pixels come as arrays, and those that are masked do not count."""
    place = ee.Image.pixelLonLat()
    image = ee.Image(1).addBands(place.select("longitude")).addBands(place.select("latitude").multiply(3))
    image = image.updateMask(place.select("longitude").gt(2))
    region = ee.Geometry.Rectangle([0, 0, 6, 5], "EPSG:4326", False)
    found = info(image.reduceRegion(ee.Reducer.linearRegression(2), region, crs="EPSG:4326", scale=111319.49079327357))
    x, y = np.meshgrid(np.arange(2.5, 6), np.arange(0.5, 5))
    expected, *_ = np.linalg.lstsq(np.column_stack([np.ones(x.size), x.ravel()]), 3 * y.ravel())
    np.testing.assert_allclose(np.array(found["coefficients"])[:, 0], expected, atol=1e-9)
