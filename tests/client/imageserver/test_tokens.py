"""Signing in: a token in a header, renewed once, and in nothing that a user could pass on."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

import xee_lite
from tests.client.imageserver.services import assets, floats, hard, opened
from tests.client.scenes import ID
from xee_lite import InputError, PermanentError
from xee_lite.emulator.imageserver.options import ImageServerOptions
from xee_lite.imageserver import sign_in, sign_out
from xee_lite.imageserver.tokens import credentials_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

ASSET = f"{ID}_u1"
OPTIONS = ImageServerOptions(users={"ann": "her secret"})


@pytest.fixture
def earth(serve: Serve) -> Iterator[Emulator]:
    found = serve(assets=assets(), image_server=OPTIONS)
    yield found
    sign_out(found.image_server_url(ASSET))


def test_without_a_token_the_way_to_one_is_said(earth: Emulator) -> None:
    with pytest.raises(PermanentError, match=r"Token Required.*xee_lite\.imageserver\.sign_in"):
        opened(earth, ASSET)


def test_a_wrong_password_is_said_without_it(earth: Emulator) -> None:
    sign_in(earth.image_server_url(ASSET), "ann", "a wrong secret")
    with pytest.raises(PermanentError) as failed:
        opened(earth, ASSET)
    assert "a wrong secret" not in str(failed.value)


def test_a_token_is_made_and_made_again(earth: Emulator) -> None:
    sign_in(earth.image_server_url(ASSET), "ann", "her secret")
    found = opened(earth, ASSET)
    np.testing.assert_array_equal(found.a, floats(hard("u1", 1), "f4"))
    earth.revoke_tokens()
    np.testing.assert_array_equal(found.b, floats(hard("u1", 2), "f4"))
    assert len(earth.requests.of("generateToken")) == 2


def test_tokens_of_others_are_asked_for_again(earth: Emulator) -> None:
    url = earth.image_server_url(ASSET)
    sign_in(url, "ann", "her secret")
    opened(earth, ASSET)
    made = credentials_for(url)
    assert made is not None
    good = made._token
    given = iter(["an old one", good])
    sign_in(url, token=lambda: str(next(given)))
    assert opened(earth, ASSET).sizes["x"] == 83


def test_nothing_that_travels_holds_a_secret(earth: Emulator) -> None:
    url = earth.image_server_url(ASSET)
    sign_in(url, "ann", "her secret")
    found = opened(earth, ASSET, chunks={})
    found.load()
    made = credentials_for(url)
    assert made is not None
    token = str(made._token)
    assert len(token) > 8
    for text in (pickle.dumps(opened(earth, ASSET, chunks={})), repr(found), repr(made), repr(xee_lite.explain(found))):
        whole = text if isinstance(text, bytes) else text.encode()
        assert token.encode() not in whole
        assert b"her secret" not in whole
    logged = [repr(request) for request in earth.requests]
    assert not [line for line in logged if token in line], "a token in an address"
    with pytest.raises(TypeError, match="credentials stay in their process"):
        pickle.dumps(made)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "needs either username= and password=, or token="),
        ({"username": "ann"}, "needs either"),
        ({"username": "ann", "password": "x", "token": "y"}, "needs either"),
    ],
)
def test_half_a_credential_is_refused(arguments: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        sign_in("https://example.org/arcgis/rest/services/a/ImageServer", **arguments)  # type: ignore[arg-type]


def test_a_password_goes_over_tls_alone() -> None:
    with pytest.raises(InputError, match="not reached over TLS"):
        sign_in("http://example.org/arcgis/rest/services/a/ImageServer", "ann", "x")
