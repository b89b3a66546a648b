"""The bearer token, with the official client's own credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials

from tests.emulator.serving import asking
from xee_lite import emulator

from .test_thumbnails import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.serving import Ask

TOKEN = "ya29.a-token"  # noqa: S105 - of a server that lives for this file


@pytest.fixture(scope="module")
def earth() -> Iterator[emulator.Emulator]:
    with emulator.start(token=TOKEN) as running:
        yield running
    ee.Reset()


@pytest.fixture
def ask(earth: emulator.Emulator) -> Ask:
    return asking(earth.url)


def test_the_client_is_let_in_with_its_token(earth: emulator.Emulator) -> None:
    earth.requests.clear()
    ee.Initialize(credentials=Credentials(TOKEN), url=earth.url, project=earth.project)
    assert ee.Number(1).add(1).getInfo() == 2
    (request,) = earth.requests.of("computeValue")
    assert (request.status, request.user_project) == (200, earth.project)
    earth.initialize()
    assert ee.Number(1).add(1).getInfo() == 2


def test_the_client_is_not_let_in_with_another(earth: emulator.Emulator) -> None:
    ee.Reset()  # what it knows of algorithms, it does not ask for again
    # It reads 401 as a token that has expired, and this one can not be refreshed.
    with pytest.raises(RefreshError):
        ee.Initialize(credentials=Credentials("other"), url=earth.url, project=earth.project)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Request is missing required authentication credential. Expected OAuth 2 access token"),
        ("Basic eDp5", "Request is missing required authentication credential. "),
        ("Bearer", "Request is missing required authentication credential. "),
        ("Bearer x", "Request had invalid authentication credentials. Expected OAuth 2 access token"),
        (f"Bearer {TOKEN}x", "Request had invalid authentication credentials. "),
        ("Bearer \xe9", "Request had invalid authentication credentials. "),
    ],
)
def test_others_are_told_in_the_services_shape(ask: Ask, header: str | None, message: str) -> None:
    for method, path in (
        ("GET", "/v1/projects/p/algorithms"),
        ("POST", "/v1/projects/p/value:compute"),
        ("POST", "/v1/projects/p/assets?assetId=x"),
        ("GET", "/v1/projects/p/operations"),
    ):
        reply = ask(method, path, None, {"Authorization": header} if header else {})
        assert reply.status == 401
        assert reply.json["error"]["code"] == 401
        assert reply.json["error"]["status"] == "UNAUTHENTICATED"
        assert reply.message.startswith(message)


def test_the_scheme_has_no_case(ask: Ask) -> None:
    assert ask("GET", "/v1/projects/p/config", None, {"Authorization": f"bearer {TOKEN}"}).status == 200


def test_pictures_are_fetched_without_a_token(earth: emulator.Emulator) -> None:
    earth.initialize()
    image = ee.Image.constant(5)
    assert fetch(image.getThumbURL({"dimensions": 2, "region": [0, 0, 1, 1], "format": "png"}))[:4] == b"\x89PNG"
    assert fetch(ee.data.getTileUrl(ee.data.getMapId({"image": image, "format": "png"}), 0, 0, 0))[:4] == b"\x89PNG"
    assert fetch(ee.FeatureCollection([]).getDownloadURL("csv"))


def test_tags_are_in_the_log(earth: emulator.Emulator) -> None:
    earth.initialize()
    earth.requests.clear()
    with ee.data.workloadTagContext("a-tag"):
        ee.Number(1).getInfo()
        ee.data.getMapId({"image": ee.Image(1)})
    ee.Number(1).getInfo()
    assert [request.workload_tag for request in earth.requests] == ["a-tag", "a-tag", None]
