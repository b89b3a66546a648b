"""Datasets of several sources: opened at once, put side by side, put end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, TRANSFORM, filled, image, pixels
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.emulator.catalogue.memory import MemoryCollection

FIRST, LATER, OTHER = (f"{ID}/{name}" for name in ("first", "later", "other"))


def collection(band: str, prefix: str, days: range) -> MemoryCollection:
    return memory_collection([image({band: pixels("u1", day)}, f"{prefix}{day}", START + day * DAY) for day in days])


@pytest.fixture
def sources(serve: Serve) -> None:
    serve(
        assets={
            FIRST: collection("a", "f", range(3)),
            LATER: collection("a", "l", range(3, 5)),
            OTHER: collection("b", "o", range(3)),
        }
    )


def opened(source: str, **options: Any) -> xr.Dataset:
    return xr.open_dataset(source, engine="xee_lite", **options)


TOGETHER: dict[str, Callable[[xr.Dataset, xr.Dataset], xr.Dataset]] = {
    "merge": lambda a, b: xr.merge([a, b], compat="minimal", join="exact"),
    "method": lambda a, b: a.merge(b, compat="minimal", join="exact"),
    "the ids of the first": lambda a, b: xr.merge([a, b], compat="override", join="exact"),
    "without ids": lambda a, b: xr.merge([a.drop_vars("id"), b.drop_vars("id")], compat="equals", join="exact"),
    "assign": lambda a, b: a.assign(b=b["b"]),
}


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("way", TOGETHER)
def test_images_of_other_ids_are_put_side_by_side(way: str, chunks: Any) -> None:
    a, b = (opened(source, chunks=chunks) for source in (FIRST, OTHER))
    both = TOGETHER[way](a, b)
    assert list(both.data_vars) == ["a", "b"]
    assert both.sizes == a.sizes
    assert ("id" in both.coords) == (way in ("the ids of the first", "assign"))
    for name in "ab":
        np.testing.assert_array_equal(both[name][1].values, filled(pixels("u1", 1), "f4"))
    assert both.rio.transform() == a.rio.transform()


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("prefix", ["", "ee://"])
def test_sources_are_opened_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, parallel: bool, prefix: str
) -> None:
    """Of plain ids xarray makes absolute paths."""
    monkeypatch.chdir(tmp_path)
    names = [f"{prefix}{source}" for source in (LATER, FIRST)]
    joined = {"data_vars": "minimal", "coords": "different", "compat": "equals", "join": "exact"}
    dataset = xr.open_mfdataset(names, engine="xee_lite", parallel=parallel, **joined)  # type: ignore[arg-type]
    assert dataset["id"].values.tolist() == ["f0", "f1", "f2", "l3", "l4"]
    for day in range(5):
        np.testing.assert_array_equal(dataset["a"][day].values, filled(pixels("u1", day), "f4"))


@pytest.mark.usefixtures("sources")
def test_single_images_are_opened_at_once() -> None:
    dataset = xr.open_mfdataset(
        [f"{FIRST}/f0", f"{FIRST}/f2"], engine="xee_lite", dim="time", data_vars="minimal", coords="different",
        compat="equals", join="exact",
    )  # fmt: skip
    assert dataset["id"].values.tolist() == ["f0", "f2"]
    np.testing.assert_array_equal(dataset["a"][1].values, filled(pixels("u1", 2), "f4"))


def test_groups_are_those_of_the_tree(serve: Serve) -> None:
    a, b, c, d, e, f = TRANSFORM
    fine = memory_image({"fine": pixels("u2", 1)}, crs="EPSG:32631", transform=TRANSFORM)
    coarse = memory_image({"coarse": pixels("u1", 2)}, crs="EPSG:32631", transform=(2 * a, b, c, d, 2 * e, f))
    serve(assets={f"{ID}/fine": fine, f"{ID}/coarse": coarse})
    both = ee.Image(f"{ID}/fine").addBands(ee.Image(f"{ID}/coarse"))
    groups = xr.open_groups(both, engine="xee_lite", chunks={})
    assert list(groups) == ["/", "/30m", "/60m"]
    tree = xr.open_datatree(both, engine="xee_lite", chunks={})
    assert xr.DataTree.from_dict(groups).identical(tree)
    assert groups["/60m"]["coarse"].chunks is not None
    np.testing.assert_array_equal(groups["/60m"]["coarse"].values, filled(pixels("u1", 2), "f4"))
