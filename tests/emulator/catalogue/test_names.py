from __future__ import annotations

import pytest
from ee import _cloud_api_utils as client

from xee_lite.emulator.catalogue.names import asset_id, asset_name, is_root, root_id


@pytest.mark.parametrize(
    "short",
    [
        "USGS/SRTMGL1_003",
        "COPERNICUS/S2_SR_HARMONIZED/20200408T102711_20200408T103802_T31TFJ",
        "users/someone/a/b",
        "projects/old-project/a",
        "projects/my-project/assets/a/b",
        "plain",
    ],
)
def test_names_are_those_of_the_official_client(short: str) -> None:
    name = client.convert_asset_id_to_asset_name(short)
    assert asset_name(short) == name
    assert asset_id(name) == short


@pytest.mark.parametrize("name", ["projects/p", "projects/p/assets", "projects/p/assets/"])
def test_roots(name: str) -> None:
    assert is_root(name)


@pytest.mark.parametrize(
    "name", ["projects", "projects/", "projects/p/assets/x", "projects/p/x", "projects/p/assets//", "x"]
)
def test_what_is_no_root(name: str) -> None:
    assert not is_root(name)


def test_the_id_of_a_root() -> None:
    assert root_id("p") == "projects/p/assets"
