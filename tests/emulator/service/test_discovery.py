from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient import discovery as client

from xee_lite.emulator.service.discovery import make_document
from xee_lite.emulator.service.methods import METHODS

if TYPE_CHECKING:
    from tests.emulator.serving import Ask
    from xee_lite import emulator
    from xee_lite.emulator.service.method import Method


def test_its_root_is_the_server_that_was_asked(ask: Ask, earth: emulator.Emulator) -> None:
    served = ask("GET", "/$discovery/rest?version=v1&prettyPrint=false").json
    assert served["rootUrl"] == served["baseUrl"] == f"{earth.url}/"
    other = ask("GET", "/$discovery/rest?version=v1", headers={"Host": "earth.example:81"}).json
    assert other["rootUrl"] == "http://earth.example:81/"


def test_the_client_library_builds_itself_from_it() -> None:
    api: Any = client.build_from_document(make_document("http://127.0.0.1:1/"), http=object())
    request = api.projects().assets().listAssets(parent="projects/p/assets/c", pageSize=2, filter="x", view="BASIC")
    assert request.uri.startswith("http://127.0.0.1:1/v1/projects/p/assets/c:listAssets?")
    assert api.projects().listAssets_next(request, {"nextPageToken": "t"}).uri.endswith("pageToken=t")


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.id)
def test_every_method_in_it_is_served(method: Method, ask: Ask) -> None:
    name = re.sub(r"\.\*\$$", "one", method.pattern.removeprefix("^").replace("[^/]+", "xee-lite")).removesuffix("$")
    assert re.match(method.pattern, name)
    suffix = re.sub(r"{\w+}", "0", method.suffix)
    reply = ask(method.verb, f"/v1/{name}{suffix}", {} if method.body else None)
    assert "Method not found" not in reply.body.decode("latin-1")
    # What reads is answered or is not there; what writes has nothing that it may write to.
    assert reply.status in (200, 400, 403, 404)
