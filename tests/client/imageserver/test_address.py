"""URLs of services are recognized without the network, and refused where they are of something else."""

from __future__ import annotations

import pytest

from xee_lite import InputError
from xee_lite.imageserver.address import context_of, is_private_line, is_service_url, origin_of, service_url
from xee_lite.opening import EARTH_ENGINE
from xee_lite.source import driver_of

GOOD = "https://example.org:6443/arcgis/rest/services/folder/Dem/ImageServer"


@pytest.mark.parametrize("url", [GOOD, f"{GOOD}/", f"{GOOD}?f=json", GOOD.replace("https", "HTTPS", 1)])
def test_one_service_has_one_url(url: str) -> None:
    assert is_service_url(url)
    assert service_url(url) == GOOD


@pytest.mark.parametrize("obj", ["USGS/SRTMGL1_003", "ee://a/b", "https://example.org/a.nc", 7, None, "ImageServer"])
def test_other_things_are_none(obj: object) -> None:
    assert not is_service_url(obj)


def test_the_driver_of_a_url() -> None:
    found = driver_of(GOOD)
    assert found is not None
    assert found is not EARTH_ENGINE


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (GOOD.replace("Image", "Map"), "is a MapServer, which has no rasters"),
        (f"{GOOD}/17", r"rasters=\[17\] beside it"),
        (f"{GOOD}/exportImage?bbox=1", "names a part of an image service, 'exportImage'"),
        ("https://example.org/arcgis/rest/services/folder", "is a folder of services"),
        (f"{GOOD}?token=abcdefgh", r"has credentials in it.*sign_in"),
        (GOOD.replace("//", "//ann:secret@"), "has credentials in it"),
    ],
)
def test_what_is_no_image_service_is_said_to_be_what_it_is(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        service_url(url)
    assert "abcdefgh" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_parts_of_a_url() -> None:
    assert origin_of(GOOD) == "https://example.org:6443"
    assert context_of(GOOD) == "https://example.org:6443/arcgis"
    assert is_private_line(GOOD)
    assert is_private_line("http://127.0.0.1:80/x")
    assert not is_private_line("http://127.0.0.1.example.org/x")
