"""A session with a token, a client secret and an API key, and everything that might carry one of them away."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import cloudpickle
import ee
import pytest
import xarray as xr
from google.oauth2.credentials import Credentials

from tests.client import scenes
from xee_lite import XeeLiteError, emulator, set_options
from xee_lite.earthengine.session import Session
from xee_lite.traffic.events import subscribe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xee_lite.emulator import Emulator
    from xee_lite.traffic.events import Event

SECRETS = ("ya29.SECRET-TOKEN", "1//SECRET-REFRESH", "GOCSPX-SECRET-CLIENT", "AIzaSySECRETKEYSECRETKEYSECRETKEY")


def assert_no_secret(*found: object) -> None:
    for thing in found:
        raw = thing if isinstance(thing, bytes) else f"{thing}\n{thing!r}".encode()
        for secret in SECRETS:
            assert secret.encode() not in raw, type(thing)


@pytest.fixture
def earth() -> Iterator[Emulator]:
    """A local Earth Engine, and ``ee`` that reaches it with credentials of every kind: it asks for none."""
    token, refresh, client, key = SECRETS
    credentials = Credentials(token, refresh, token_uri="http://127.0.0.1:1/", client_id="c", client_secret=client)  # noqa: S106 - an address
    assets, _ = scenes.stack(3)
    with emulator.start(assets=assets) as running, set_options(request_deadline=0):
        ee.Initialize(credentials, url=running.url, cloud_api_key=key, project=running.project)
        yield running
    ee.Reset()


@pytest.fixture
def events() -> Iterator[list[Event]]:
    heard: list[Event] = []
    stop = subscribe(heard.append)
    yield heard
    stop()


def everything_about(dataset: xr.Dataset) -> Iterator[object]:
    yield dataset
    yield dataset._repr_html_()
    yield dataset.attrs
    yield dataset.encoding
    yield from (part for variable in dataset.variables.values() for part in (variable.attrs, variable.encoding))
    yield pickle.dumps(dataset)
    yield cloudpickle.dumps(dataset)


def test_they_are_really_used(earth: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Else there would be nothing to find below: the client library's lines name the key, its state holds the token."""
    caplog.set_level(logging.DEBUG)
    scenes.opened()
    assert SECRETS[-1] in caplog.text
    assert ee.data._get_state().credentials.token == SECRETS[0]
    assert earth.requests


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize("chunks", [None, {}])
def test_a_dataset_carries_none(chunks: dict[str, int] | None) -> None:
    dataset = scenes.opened(chunks=chunks)
    assert_no_secret(*everything_about(dataset), *everything_about(dataset.load()))
    session = Session.current()
    assert_no_secret(session, pickle.dumps(session))


@pytest.mark.usefixtures("earth")
def test_a_graph_carries_none() -> None:
    dataset = scenes.opened(chunks={})
    graph: Any = dataset["B1"].mean("time").data.dask
    assert_no_secret(dict(graph), pickle.dumps(graph), cloudpickle.dumps(graph))


def test_no_event_log_or_error_carries_one(
    earth: Emulator, events: list[Event], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")  # from then on errors pickle with their causes, as workers send them
    caplog.set_level(logging.DEBUG)
    dataset = scenes.opened()
    dataset["B1"].load()
    missing = ee.Image(f"{scenes.ID}/nothing")
    errors = []
    with pytest.raises(XeeLiteError) as refused:
        xr.open_dataset(missing, engine="xee_lite")
    errors.append(refused.value)
    late = scenes.opened(cache=False)
    earth.stop()
    with pytest.raises(XeeLiteError) as broken:
        late["B1"].load()
    errors.append(broken.value)
    for error in errors:
        assert_no_secret(error, error.__dict__, pickle.dumps(error), "".join(traceback.format_exception(error)))
    assert len(events) > 6
    assert_no_secret(*events, *map(pickle.dumps, events))
    # These two write down, where debugging is on, the address and so the key of whatever anybody asks with them.
    theirs = ("urllib3", "googleapiclient")
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith(theirs)]
    assert_no_secret(*lines, *capfd.readouterr())
