"""Whatever is passed, an error is an InputError in one short sentence."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.scenes import DAY, ID, START, Serve, image, pixels
from xee_lite import InputError, XeeLiteError, emulator
from xee_lite.arguments import Arguments
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xee_lite.emulator import Emulator

GRID = {"grid", "like", "crs", "scale", "bbox", "geometry", "shape", "transform", "crs_transform", "shape_2d"}
XARRAYS = {"concat_characters", "decode_coords", "decode_timedelta", "use_cftime", "decode_times"}
KNOWN = sorted({field.name for field in fields(Arguments)} - GRID - XARRAYS)


EXAMPLES = int(os.environ.get("XEE_LITE_DRAWN_CALLS", "150"))


class Odd:
    """Has no repr, no order, no truth."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=5),
    st.sampled_from([
        10**400, "x" * 100_000, b"\x00" * 1000, object(), Odd(), nested(100_000), np.nan, np.array([1, 2]),
        np.array("b"), complex(1, 2), range(10**9), lambda: 1, lambda item: item, lambda _item: [], type, ...,
        np.datetime64("NaT"), {"b": {"c": 1}}, {1: 2}, {"b": "mean"}, {"b": None}, {("b",): 0}, {"b"}, iter("b"),
        "b", "day", "time", "id", "y", "x", "all", "exact", "median", "nearest", "mean", "1 MiB", "-3MB",
    ]),
)  # fmt: skip
VALUES = st.one_of(PLAIN, st.lists(PLAIN, max_size=3), st.dictionaries(st.text(max_size=3), PLAIN, max_size=2))


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    images = [image({"b": pixels("u1", at), "c": pixels("i2", at)}, f"i{at}", START + at * DAY, n=at) for at in (0, 1)]
    with emulator.start(assets={ID: memory_collection(images)}) as earth:
        earth.initialize()
        yield earth


def failure_of(source: Any, **arguments: Any) -> XeeLiteError | None:
    """The error of this package that opening ends with; any other one is raised."""
    try:
        xr.open_dataset(source, engine="xee_lite", **arguments)
    except XeeLiteError as error:
        return error
    return None


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(KNOWN), VALUES, min_size=1, max_size=3))
@pytest.mark.filterwarnings("ignore::xee_lite.XeeLiteWarning")
@pytest.mark.usefixtures("served")
def test_no_drawn_call_has_a_foreign_error(arguments: dict[str, Any]) -> None:
    error = failure_of(ID, **arguments)
    assert error is None or isinstance(error, InputError)
    assert len(str(error)) < 1000
    assert "\n" not in str(error)


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(VALUES)
@pytest.mark.usefixtures("served")
def test_no_drawn_source_has_a_foreign_error(source: Any) -> None:
    assert 0 < len(str(failure_of(source))) < 1000


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("region", r"bbox=.*geometry="),
        ("resolution", r"scale="),
        ("bounds", r"bbox="),
        ("time", r"filterDate"),
        ("average", r"mean"),
        ("cubic", r"bicubic"),
        ("projection", r"crs="),
        ("io_chunks", r"is Xee's.*chunks="),
        ("resampling_method", r"did you mean resampling=\?"),
        ("band_dims", r"did you mean band_dim="),
        ("zzz", r"it has drop_variables, .*request_bytes"),
        ("z" * 10_000, r"it has drop_variables"),
    ],
)
def test_a_name_that_there_is_not_hints_at_one_that_there_is(served: Emulator, name: str, hint: str) -> None:
    unknown: dict[str, Any] = {name: 1}
    with pytest.raises(InputError, match=hint) as caught:
        xr.open_dataset(ID, engine="xee_lite", **unknown)
    assert len(str(caught.value)) < 1000
    assert len(served.requests.of("computePixels")) == 0


@pytest.mark.usefixtures("served")
def test_a_list_of_images_opens_as_a_collection() -> None:
    both: Any = [ee.Image(f"{ID}/i1").multiply(2).set("system:time_start", START), ee.Image(f"{ID}/i0"), f"{ID}/i1"]
    dataset = xr.open_dataset(both, engine="xee_lite", bands="c", like=xr.open_dataset(ID, engine="xee_lite"))
    assert dataset["c"].sizes["time"] == 3
    single: Any = [ee.Image(f"{ID}/i0")]
    one = xr.open_dataset(single, engine="xee_lite")
    assert one["b"].dims == ("time", "y", "x")


@pytest.mark.usefixtures("served")
def test_an_array_band_is_said_so() -> None:
    arrays = ee.Image(f"{ID}/i0").addBands(ee.Image(f"{ID}/i0").toArray().rename("a"))
    for source in (arrays, ee.ImageCollection([arrays])):
        with pytest.raises(InputError, match=r"Band 'a' of .* has an array in each pixel.*arrayFlatten"):
            xr.open_dataset(source, engine="xee_lite")
        assert set(xr.open_dataset(source, engine="xee_lite", drop_variables="a").data_vars) == {"b", "c"}


def test_a_month_without_images_is_said_so(serve: Serve) -> None:
    images = [image({"b": pixels("u1", at)}, f"i{at}", START + 40 * at * DAY) for at in (0, 1)]
    serve(assets={ID: memory_collection(images)})
    stored = ee.ImageCollection(ID)
    months = ee.ImageCollection(
        ee.List([0, 31, 60, 91]).map(
            lambda day: (
                stored.filterDate(
                    ee.Date(START).advance(ee.Number(day), "day"), ee.Date(START).advance(ee.Number(day).add(28), "day")
                )
                .median()
                .set("system:time_start", ee.Number(day))
            )
        )
    )
    grid: dict[str, Any] = {"crs": "EPSG:32631", "scale": 30, "bbox": (1.79, 41.53, 1.82, 41.56)}
    with pytest.raises(InputError, match=r"2 of 4 images of .* have no bands: filter them out, for example collection"):
        xr.open_dataset(months, engine="xee_lite", **grid)
    # The advice works.
    full = months.map(lambda one: one.set("n", one.bandNames().size())).filter(ee.Filter.gt("n", 0))
    assert xr.open_dataset(full, engine="xee_lite", **grid)["b"].sizes["time"] == 2
