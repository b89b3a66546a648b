"""Tokens: how they are given out, where requests carry them, and what happens without a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.imageserver.imaging import ONE, Service, assets, service
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = {"ann": "s3cret"}
ANN = {"username": "ann", "password": USERS["ann"]}
WRONG = {"token": "other"}


@pytest.fixture
def secured() -> Iterator[emulator.Emulator]:
    with emulator.start(assets=assets(), image_server=emulator.ImageServerOptions(users=USERS)) as running:
        yield running


def server(earth: emulator.Emulator) -> Service:
    return Service(f"{earth.url}/arcgis")


def test_the_way_to_a_token(secured: emulator.Emulator) -> None:
    asking = service(secured, ONE)
    refused = asking.get()
    assert (refused.status, refused.json["error"]["code"], refused.json["error"]["message"]) == (
        200,
        499,
        "Token Required",
    )
    info = server(secured).get("/rest/info").json["authInfo"]
    assert info["tokenServicesUrl"] == f"{secured.url}/arcgis/tokens/generateToken"
    reply = server(secured).post("/tokens/generateToken", **ANN, client="requestip").json
    assert reply["expires"] > 1_700_000_000_000
    token = reply["token"]
    for headers in ({"X-Esri-Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token}"}):
        assert asking.get(headers=headers).json["name"] == "one"
    assert asking.get(token=token).json["name"] == "one"
    assert asking.post("/exportImage", token=token, bbox="0,0,1,1").json["width"] == 400
    assert asking.get(**WRONG).json["error"]["code"] == 498
    secured.revoke_tokens()
    assert asking.get(token=token).json["error"]["code"] == 498


def test_a_token_of_a_referer(secured: emulator.Emulator) -> None:
    asking = service(secured, ONE)
    given = {**ANN, "client": "referer", "referer": "https://me.test"}
    token = server(secured).post("/tokens/generateToken", **given).json["token"]
    assert asking.get(token=token).json["error"]["code"] == 498
    assert asking.get(token=token, headers={"Referer": "https://me.test/"}).json["name"] == "one"


def test_a_token_that_is_over(secured: emulator.Emulator) -> None:
    token = server(secured).post("/tokens/generateToken", **ANN, expiration=0).json["token"]
    assert service(secured, ONE).get(token=token).json["error"]["code"] == 498


@pytest.mark.parametrize("given", [{"username": "ann", "password": "x"}, {"username": "bob", "password": "s3cret"}, {}])
def test_wrong_names_and_passwords(secured: emulator.Emulator, given: dict[str, str]) -> None:
    assert server(secured).post("/tokens/generateToken", **given).error == (400, "Invalid username or password.")


def test_passwords_are_taken_by_post_alone(secured: emulator.Emulator) -> None:
    assert server(secured).get("/tokens/generateToken", **ANN).error[0] == 400


def test_passwords_do_not_show() -> None:
    assert "s3cret" not in repr(emulator.ImageServerOptions(users=USERS))
