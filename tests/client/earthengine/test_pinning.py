"""What is read is what was opened: an image that is replaced meanwhile is an error, unless pinning is off."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from xee_lite import InputError, ReplacedError
from xee_lite.earthengine.pinning import loads_of, version_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

ROOT = "projects/xee-lite/assets"
DAYS = f"{ROOT}/days"
OTHER = f"{ROOT}/other"
ONE = f"{DAYS}/d1"
BEFORE, AFTER = 7, 9
BESIDE = 5
"""The value of all images that stay."""


def write(file: Path, value: int) -> None:
    with rasterio.open(
        file, "w", driver="GTiff", width=4, height=3, count=1, dtype="uint16", crs="EPSG:32631",
        transform=rasterio.Affine(30, 0, 399945, 0, -30, 4600035),
    ) as dataset:  # fmt: skip
        dataset.write(np.full((3, 4), value, "uint16"), 1)
        dataset.set_band_description(1, "b")


@pytest.fixture
def earth(serve: Serve, tmp_path: Path) -> Emulator:
    """A collection of two images, of which the first will be replaced, and another of one."""
    for folder in ("days", "other"):
        (tmp_path / folder).mkdir()
    write(tmp_path / "days" / "d1.tif", BEFORE)
    write(tmp_path / "days" / "d2.tif", BESIDE)
    write(tmp_path / "other" / "e1.tif", BESIDE)
    write(tmp_path / "new.tif", AFTER)
    return serve(data=tmp_path)


def replace() -> None:
    """As a user would, through the client."""
    ee.data.copyAsset(f"{ROOT}/new", ONE, allowOverwrite=True)


def days() -> Any:
    return ee.ImageCollection(DAYS)


def opened(source: Any, **options: Any) -> xr.DataArray:
    dataset = xr.open_dataset(source, engine="xee_lite", **options)
    return dataset[next(iter(dataset))]


def with_one(image: Any) -> Any:
    """A function's result that depends on an image beside its argument."""
    return image.multiply(0).add(ee.Image(ONE))


PINNED: dict[str, Callable[[], Any]] = {
    "an asset id": lambda: ONE,
    "an image": lambda: ee.Image(ONE),
    "a computed image": lambda: ee.Image(ONE).multiply(1),
    "an image of two": lambda: with_one(ee.Image(f"{OTHER}/e1")),
    "a collection id": lambda: DAYS,
    "filtered and sorted": lambda: days().filter(ee.Filter.neq("system:index", "d2")).sort("system:index"),
    "a list": lambda: [ONE, f"{OTHER}/e1"],
    "a mapped list": lambda: ee.ImageCollection([ee.Image(ONE), ee.Image(f"{OTHER}/e1")]).map(lambda i: i.add(0)),
    "a selection": lambda: days().select(["b"]),
    "a function that drops all properties": lambda: days().map(lambda image: image.multiply(1)),
    "two of these": lambda: days().map(lambda image: image.multiply(1)).map(lambda image: image.add(0)),
    "a filter on a function's result": lambda: (
        days().map(lambda image: image.multiply(1).set("a", 1)).filter(ee.Filter.eq("a", 1))
    ),
    "merged": lambda: days().merge(ee.ImageCollection(OTHER)),
    "merged and mapped": lambda: days().merge(ee.ImageCollection(OTHER)).map(lambda image: image.add(0)),
    "mapped and merged": lambda: days().map(lambda image: image.add(0)).merge(ee.ImageCollection(OTHER)),
    "an image in a function": lambda: ee.ImageCollection(OTHER).map(with_one),
}


@pytest.mark.parametrize("options", [{}, {"nodata": 0, "mask_and_scale": False}, {"groupby": lambda _: 1}])
@pytest.mark.parametrize("source", PINNED)
def test_an_image_that_is_replaced_is_an_error(earth: Emulator, source: str, options: dict[str, Any]) -> None:
    assert earth.url
    found = opened(PINNED[source](), **options)
    replace()
    with pytest.raises(ReplacedError, match=rf"'{ONE}' not found at version \d+.*open the dataset again.*pin=False"):
        found.load()


@pytest.mark.parametrize("source", PINNED)
def test_without_pinning_the_new_image_is_read(earth: Emulator, source: str) -> None:
    assert earth.url
    found = opened(PINNED[source](), pin=False)
    replace()
    assert AFTER in found.values
    assert BEFORE not in found.values


@pytest.mark.parametrize("source", PINNED)
def test_opening_again_reads_the_new_image(earth: Emulator, source: str) -> None:
    assert earth.url
    assert BEFORE in opened(PINNED[source]()).values
    replace()
    assert AFTER in opened(PINNED[source]()).values


def test_what_was_not_replaced_is_read(earth: Emulator) -> None:
    assert earth.url
    found = opened(days())
    replace()
    assert (found[1].values == BESIDE).all()
    with pytest.raises(ReplacedError):
        found[0].load()


def test_a_read_with_dask_is_an_error_too(earth: Emulator) -> None:
    assert earth.url
    found = pickle.loads(pickle.dumps(opened(days(), chunks={})))
    replace()
    with pytest.raises(ReplacedError, match=ONE):
        found.compute()


@pytest.mark.parametrize("pin", [True, False])
@pytest.mark.parametrize("source", PINNED)
def test_opening_takes_one_round_trip(earth: Emulator, source: str, pin: bool) -> None:
    obj = PINNED[source]()
    earth.requests.clear()
    opened(obj, pin=pin)
    # An id does not tell that it is no collection, for which one more is needed.
    assert earth.requests.counts() == {"computeValue": 2 if obj == ONE else 1}


def test_reads_name_the_version_unless_pinning_is_off(earth: Emulator) -> None:
    version = int(ee.Image(ONE).getInfo()["version"])
    earth.requests.clear()
    opened(days())[0].load()
    assert f"'version': {{'constantValue': {version}}}" in str(earth.requests[-1].body)
    opened(days(), pin=False)[0].load()
    assert "version" not in str(earth.requests[-1].body)


def test_stored_pixels_are_computed_where_a_version_is_asked_for(earth: Emulator) -> None:
    plain: dict[str, Any] = {"nodata": 0, "mask_and_scale": False}
    pinned, loose = opened(ONE, **plain), opened(ONE, pin=False, **plain)
    earth.requests.clear()
    np.testing.assert_array_equal(pinned.values, loose.values)
    assert [request.kind for request in earth.requests] == ["computePixels", "getPixels"]


def test_a_version_of_the_users_own_stays(earth: Emulator) -> None:
    version = int(ee.Image(ONE).getInfo()["version"])
    found = opened(ee.Image.load(ONE, version), pin=False)
    replace()
    with pytest.raises(ReplacedError, match=f"version {version}"):
        found.load()
    assert earth.requests[-1].kind == "computePixels"


UNPINNED: dict[str, Callable[[], Any]] = {
    "a composite": lambda: days().mosaic().setDefaultProjection("EPSG:32631", [30, 0, 399945, 0, -30, 4600035]),
    "renamed images": lambda: days().map(lambda image: image.set("system:index", ee.String("n").cat(image.id()))),
    "a computed list": lambda: ee.ImageCollection(days().toList(2)),
    "a choice": lambda: ee.Image(ee.Algorithms.If(1, ee.Image(ONE), ee.Image(f"{ROOT}/none"))),
}
"""What hides which images there are."""


@pytest.mark.parametrize("source", UNPINNED)
def test_what_hides_its_images_is_read_as_it_is(earth: Emulator, source: str) -> None:
    assert earth.url
    place: dict[str, Any] = {"crs": "EPSG:32631", "transform": (30, 0, 399945, 0, -30, 4600035), "shape": (3, 4)}
    found = opened(UNPINNED[source](), **place)
    replace()
    assert BEFORE not in found.values


def test_a_function_that_drops_images_opens(earth: Emulator) -> None:
    assert earth.url
    kept = days().map(lambda image: ee.Algorithms.If(ee.String(image.id()).equals("d1"), None, image), dropNulls=True)
    assert (opened(kept).values == BESIDE).all()


def test_pin_is_true_or_false() -> None:
    with pytest.raises(InputError, match="pin='yes' is neither True nor False"):
        opened(ONE, pin="yes")


numbers = st.floats() | st.integers()


@given(numbers | st.booleans() | st.none() | st.text() | st.lists(numbers))
def test_a_version_is_a_number_of_microseconds(value: Any) -> None:
    found = version_of(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    assert found == (int(value) if is_number and 0 < value < 1e17 else None)


def test_the_images_of_a_graph_are_found_once_and_outside_of_choices(earth: Emulator) -> None:
    assert earth.url
    choice = ee.Image(ee.Algorithms.If(1, ee.Image("A"), ee.Image("B")))
    whole = ee.Image("C").add(choice).add(ee.Image("D")).add(ee.Image("C")).add(ee.Image.load("E", 1))
    expression = ee.serializer.encode(whole, for_cloud_api=True)
    assert sorted(loads_of(expression)) == ["C", "D"]
