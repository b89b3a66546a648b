"""Properties of images as coordinates, and groups of images as one step in time."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.client.scenes import DAY, ID, START, filled, image, opened, pixels
from xee_lite import InputError
from xee_lite.emulator import memory_collection
from xee_lite.items import Item
from xee_lite.planning.grouping import grouped

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

HOUR = 3_600_000
HOURS = (1, 2, 23, 24, 30, 47)
"""Hours after midnight UTC of the images; at 179 degrees east the third is on the next solar day."""


@cache
def scenes() -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    arrays: list[npt.NDArray[Any]] = [pixels("u2", number) for number in range(len(HOURS))]
    images = [
        image({"b": array}, f"i{at}", START + hour * HOUR, orbit=at % 2, cloud=at / 4, name=f"n{at}")
        for at, (array, hour) in enumerate(zip(arrays, HOURS, strict=True))
    ]
    return {ID: memory_collection(images)}, arrays


def mosaic(arrays: list[Any]) -> npt.NDArray[Any]:
    """The last valid value, computed by hand."""
    out = np.full(arrays[0].shape, np.nan, "f4")
    for array in arrays:
        out = np.where(np.ma.getmaskarray(array), out, filled(array, "f4"))
    return out


@pytest.mark.parametrize(
    ("groupby", "groups"),
    [
        ("day", [[0, 1, 2], [3, 4, 5]]),
        ("orbit", [[0, 2, 4], [1, 3, 5]]),
        (lambda item: item.id[1] in "05", [[0, 5], [1, 2, 3, 4]]),
        ("name", [[0], [1], [2], [3], [4], [5]]),
    ],
)
@pytest.mark.parametrize("chunks", [None, {}])
def test_a_group_is_the_mosaic_of_its_images(serve: Serve, groupby: Any, groups: list[list[int]], chunks: Any) -> None:
    assets, arrays = scenes()
    earth = serve(assets=assets)
    dataset = opened(groupby=groupby, chunks=chunks)
    assert dataset["id"].values.tolist() == [",".join(f"i{at}" for at in group) for group in groups]
    earth.requests.clear()
    expected = [mosaic([arrays[at] for at in group]) for group in groups]
    np.testing.assert_array_equal(dataset["b"].values, expected)
    assert len(earth.requests) == 1, "the mosaic is made within the chunk's request"


def test_a_solar_day_turns_with_the_longitude() -> None:
    items = [Item(f"i{hour}", np.datetime64(START + hour * HOUR, "ms").astype("M8[ns]")) for hour in HOURS]
    ids = {longitude: [group.id for group in grouped(items, "solar_day", longitude)] for longitude in (0, 179, -179)}
    assert ids[0] == ["i1,i2,i23", "i24,i30,i47"]
    assert ids[179] == ["i1,i2", "i23,i24,i30", "i47"]
    assert ids[-179] == ["i1,i2", "i23,i24,i30", "i47"]


def test_images_without_a_time_stay_alone() -> None:
    items = [Item("a"), Item("b"), Item("c", np.datetime64("2020-01-01", "ns"))]
    assert [group.id for group in grouped(items, "day", 0)] == ["a", "b", "c"]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_groups_hold_every_image_once_and_in_order(keys: list[int]) -> None:
    items = [Item(str(number)) for number in range(len(keys))]
    groups = grouped(items, lambda item: keys[int(item.id)], 0)
    members = [[int(one.id) for one in group.members or (group,)] for group in groups]
    assert sorted(chain.from_iterable(members)) == list(range(len(keys)))
    assert all(member == sorted(member) for member in members)
    assert all(len({keys[one] for one in member}) == 1 for member in members)
    assert len(members) == len(set(keys))


def test_properties_become_coordinates(serve: Serve) -> None:
    assets, _ = scenes()
    earth = serve(assets=assets)
    dataset = opened(properties=["cloud", "name"], chunks={})
    assert len(earth.requests) == 1
    assert dataset["cloud"].values.tolist() == [at / 4 for at in range(6)]
    assert dataset["name"].values.tolist() == [f"n{at}" for at in range(6)]
    assert dataset.sel(time=dataset["cloud"].compute() < 0.5).sizes["time"] == 2
    every = opened(properties="all")
    assert {"cloud", "name", "orbit"} <= set(every.coords)
    assert every["orbit"].dtype.kind == "i"


def test_a_property_that_some_images_lack_is_missing_there(serve: Serve) -> None:
    images = [
        image({"b": pixels("u1")}, "i0", START, number=1, text="a"),
        image({"b": pixels("u1")}, "i1", START + DAY),
    ]
    serve(assets={ID: memory_collection(images)})
    dataset = opened(properties=["number", "text"])
    np.testing.assert_array_equal(dataset["number"], [1, np.nan])
    assert dataset["text"].values.tolist() == ["a", ""]
    with pytest.raises(InputError, match=r"'other' is a property of no image of .*: pass names"):
        opened(properties="other")


def test_a_number_that_is_none_stays_among_numbers(serve: Serve) -> None:
    """Earth Engine's JSON spells NaN and the infinities as text."""
    band = {"b": pixels("u1")}
    values = (1.5, float("nan"), float("-inf"))
    images = [image(band, f"i{at}", START + at * DAY, number=value, word="NaN") for at, value in enumerate(values)]
    serve(assets={ID: memory_collection(images)})
    dataset = opened(properties=["number", "word"])
    np.testing.assert_array_equal(dataset["number"], values)
    assert dataset["word"].values.tolist() == ["NaN"] * 3, "text among text is text"


def test_properties_of_a_single_image(serve: Serve) -> None:
    serve(assets={ID: image({"b": pixels("u1")}, number=4)})
    dataset = xr.open_dataset(ee.Image(ID), engine="xee_lite", properties=["number"])
    assert dataset["number"].item() == 4


def test_a_key_that_is_none(serve: Serve) -> None:
    assets, _ = scenes()
    serve(assets=assets)
    with pytest.raises(InputError, match=r"gave \[1\] for image 'i0', which is no key"):
        opened(groupby=lambda _item: [1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groupby": 5}, r"groupby=5 makes no groups: pass 'day'"),
        ({"groupby": "nothing"}, r"'nothing' is a property of no image"),
        ({"groupby": lambda _item: None}, r"makes no group: it gives none of the \d images a key"),
        ({"properties": ["id"]}, r"'id' has the name of a band or coordinate"),
        ({"properties": ["name", "name"]}, r"properties=.* is not a list of different"),
    ],
)
def test_mistakes_are_a_sentence(serve: Serve, options: dict[str, Any], message: str) -> None:
    assets, _ = scenes()
    serve(assets=assets)
    with pytest.raises(InputError, match=message):
        opened(**options)
