"""Groups of images as one: against numpy, and images whose bands differ in set or type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, SHAPE, START, Serve, image, pixels
from xee_lite import InputError, XeeLiteWarning
from xee_lite.emulator import memory_collection
from xee_lite.planning.combining import COMBINATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

NUMPY: dict[str, Callable[..., Any]] = {
    "mean": np.ma.mean,
    "median": np.ma.median,
    "min": np.ma.min,
    "max": np.ma.max,
    "sum": np.ma.sum,
    "count": np.ma.count,
}
PRESERVING = ("mosaic", "mode", "min", "max")


def opened(obj: Any = ID, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", **options)


Stack = np.ma.MaskedArray[Any, Any]


def mosaic(stack: Stack) -> npt.NDArray[Any]:
    """The last valid value."""
    out = np.full(stack.shape[1:], np.nan)
    for array in stack:
        out = np.where(np.ma.getmaskarray(array), out, np.ma.getdata(array))
    return out


def mode(stack: Stack) -> npt.NDArray[Any]:
    """The most frequent valid value, the least of equals."""
    out = np.full(stack.shape[1:], np.nan)
    for at in np.ndindex(*stack.shape[1:]):
        valid = ~np.ma.getmaskarray(stack)[(slice(None), *at)]
        values, counts = np.unique(np.ma.getdata(stack)[(slice(None), *at)][valid], return_counts=True)
        if len(values):
            out[at] = values[counts.argmax()]
    return out


def truth(stack: Stack, combine: str) -> npt.NDArray[Any]:
    if combine in ("mosaic", "mode"):
        return (mosaic if combine == "mosaic" else mode)(np.ma.asarray(stack, dtype="f8"))
    found: npt.NDArray[Any] = np.ma.filled(
        np.ma.asarray(NUMPY[combine](stack.astype("f8"), axis=0), dtype="f8"), np.nan
    )
    return np.where(np.ma.getmaskarray(stack).all(axis=0), np.nan, found)


def few(dtype: str, seed: int) -> Any:
    return (pixels("u1", seed) // 32).astype(dtype)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4"])
@pytest.mark.parametrize("combine", COMBINATIONS)
def test_every_combination_is_numpys(serve: Serve, combine: str, dtype: str) -> None:
    arrays = [few(dtype, seed) for seed in range(7)]
    days = [0, 1, 30, 40, 41, 42, 70]  # two in January, four in February, one in March of 2020
    images = [
        image({"b": array}, f"i{at}", START + day * DAY)
        for at, (day, array) in enumerate(zip(days, arrays, strict=True))
    ]
    earth = serve(assets={ID: memory_collection(images)})
    dataset = opened(groupby="month", combine=combine)
    assert earth.requests.counts() == {"computeValue": 1}
    assert [str(time)[:7] for time in dataset["time"].values] == ["2020-01", "2020-02", "2020-03"]
    groups = [arrays[:3], arrays[3:6], arrays[6:]]
    np.testing.assert_allclose(dataset["b"].values, [truth(np.ma.stack(group), combine) for group in groups], rtol=1e-6)
    assert earth.requests.counts() == {"computeValue": 1, "computePixels": 1}
    own = opened(mask_and_scale=False)["b"].dtype
    got = opened(groupby="month", combine=combine, mask_and_scale=False)["b"].dtype
    if combine in PRESERVING:
        assert got == own
    elif combine in ("mean", "median", "sum"):
        assert got.kind == "f"
    else:
        assert got.kind == "i", "counts are whole, beside a number for what is missing"


@pytest.mark.parametrize("combine", COMBINATIONS)
def test_images_of_several_types_are_cast_before_they_are_combined(serve: Serve, combine: str) -> None:
    """A composite refuses images whose bands differ in type, other bands than those that are read included."""
    arrays = [few("u1", 1), (few("i2", 2) * 100).astype("i2"), (few("f4", 3) / 8).astype("f4")]
    images = [
        image({"b": array, "other": pixels(dtype), **more}, f"i{at}", START + at)
        for at, (array, dtype, more) in enumerate(
            zip(arrays, ("u1", "i4", "f8"), ({}, {"extra": pixels("u1")}, {}), strict=True)
        )
    ]
    serve(assets={ID: memory_collection(images)})
    got = opened(bands="b", groupby="day", combine=combine)["b"].values[0]
    stack = np.ma.stack([array.astype("f8") for array in arrays])
    np.testing.assert_allclose(got, truth(stack, combine), rtol=1e-6)
    both = opened(bands=["other", "b"], groupby="day", combine=combine)
    np.testing.assert_allclose(both["b"].values[0], got, rtol=1e-6)


def test_the_service_would_have_refused_them(serve: Serve) -> None:
    images = [image({"b": few("u1", 1)}, "i0"), image({"b": few("i2", 2), "extra": few("u1", 3)}, "i1", START + 1)]
    serve(assets={ID: memory_collection(images)})
    grid = {"like": opened(f"{ID}/i0")}
    with pytest.raises(Exception, match=r"Expected a homogeneous image collection.*2 bands \(\[b, extra\]\)"):
        opened(ee.ImageCollection(ID).mosaic(), **grid)["b"].load()
    with pytest.raises(Exception, match=r"Mismatched type for band 'b'"):
        opened(ee.ImageCollection(ID).select("b").mosaic(), **grid)["b"].load()
    opened(bands="b", groupby="day", **grid)["b"].load()


def test_members_are_resampled_cast_and_combined(serve: Serve) -> None:
    """Each in its own way by band, in one request."""
    ramp = np.tile(np.arange(SHAPE[1], dtype="f4") * 10, (SHAPE[0], 1))
    images = [image({"b": ramp + 8 * at, "c": ramp.astype("u2")}, f"i{at}", START + at) for at in range(3)]
    earth = serve(assets={ID: memory_collection(images)})
    shifted = {"crs": "EPSG:32631", "transform": (30, 0, 399960, 0, -30, 4600020), "shape": (20, 25)}
    dataset = opened(resampling={"b": "bilinear"}, groupby="day", combine="mean", band_dim="band", **shifted)
    earth.requests.clear()
    got = dataset["band_data"].load()[0]
    assert len(earth.requests) == 1
    np.testing.assert_allclose(got.sel(band="b")[2:-2, 2:-2], np.tile(np.arange(2, 23) * 10 + 13.0, (16, 1)))
    assert set(np.unique(got.sel(band="c")) % 10) == {0}


@pytest.mark.parametrize(
    ("groupby", "expected"),
    [
        ("month", ["i0", "i1,i2", "i3", "i4", "i5", "i6"]),
        ("season", ["i0,i1,i2", "i3", "i4", "i5,i6"]),
        ("year", ["i0", "i1,i2,i3,i4,i5", "i6"]),
    ],
)
def test_months_seasons_and_years(serve: Serve, groupby: str, expected: list[str]) -> None:
    """December belongs to the winter of the next year."""
    dates = ["2019-12-31", "2020-01-01", "2020-01-31", "2020-03-01", "2020-11-30", "2020-12-01", "2021-02-28"]
    times = [int(np.datetime64(date, "ms").astype("i8")) for date in dates]
    images = [image({"b": few("u1", at)}, f"i{at}", time) for at, time in enumerate(times)]
    serve(assets={ID: memory_collection(images)})
    dataset = opened(groupby=groupby)
    assert dataset["id"].values.tolist() == expected
    first = [dates[int(ids.split(",")[0][1:])] for ids in expected]
    assert [str(time)[:10] for time in dataset["time"].values] == first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groupby": "day", "combine": "average"}, r"combine='average' is unknown: pass one of mosaic, mean, median"),
        ({"groupby": "day", "combine": 5}, r"combine=5 is unknown"),
        ({"combine": "median"}, r"combine='median' needs groups of images: pass groupby="),
    ],
)
def test_mistakes_are_a_sentence(serve: Serve, options: dict[str, Any], message: str) -> None:
    earth = serve(assets={ID: memory_collection([image({"b": few("u1", 0)}, "i0")])})
    with pytest.raises(InputError, match=message):
        opened(**options)
    assert not len(earth.requests)


def test_a_mean_of_classes_is_a_warning(serve: Serve) -> None:
    table = {"b_class_values": [0, 1], "b_class_names": ["no", "yes"]}
    serve(assets={ID: memory_collection([image({"b": few("u1", 0), "c": few("u1", 0)}, "i0", START, **table)])})
    with pytest.warns(XeeLiteWarning, match=r"combine='mean' makes numbers between classes of b.*combine='mode'"):
        assert "flag_values" not in opened(groupby="day", combine="mean")["b"].attrs
    assert "flag_values" in opened(groupby="day", combine="mode")["b"].attrs
    assert "flag_values" in opened(resampling={"c": "mean"})["b"].attrs
    opened(bands="c", groupby="day", combine="mean")
