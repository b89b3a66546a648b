"""Processes that have only a dataset's recipe: beginning a session is as robust as a read."""

from __future__ import annotations

import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from google.auth.credentials import AnonymousCredentials

from tests.client.earthengine.front import Front, front_of, raw
from tests.client.scenes import ID, filled, stack
from xee_lite import (
    DeadlineError,
    InputError,
    PermanentError,
    QuotaError,
    XeeLiteError,
    XeeLiteWarning,
    emulator,
    set_options,
)
from xee_lite.earthengine import starting
from xee_lite.earthengine.session import Session
from xee_lite.emulator import Faults
from xee_lite.traffic.cancellation import CancelledError, new_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.client.scenes import Serve

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_SPREAD_SECONDS", 0.0)


@pytest.fixture
def front() -> Iterator[Front]:
    """A front before a local Earth Engine for which ``ee`` is not initialised."""
    ee.Reset()
    assets, _ = stack(1)
    with emulator.start(assets=assets) as earth, front_of(earth, initialize=False) as front, set_options(
        request_deadline=0
    ):  # fmt: skip
        front.part = "discovery"
        yield front
    ee.Reset()


def recipe(url: str, project: str = "a-project") -> Session:
    return Session(url, project, anonymous=True)


@pytest.mark.parametrize(
    ("discovery", "algorithms"),
    [("503", "reset"), ("429", "429"), ("html", "html"), ("wrong-magic", "truncated"), ("short", "wrong-magic")],
)
def test_a_worker_reads_although_its_start_stumbles(serve: Serve, discovery: str, algorithms: str) -> None:
    assets, truth = stack(1)
    earth = serve(assets=assets)
    data = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    ee.Reset()
    earth.requests.clear()
    earth.faults.next("discovery", [discovery])
    earth.faults.next("algorithms", [algorithms])
    with set_options(request_deadline=60):
        np.testing.assert_array_equal(data.values, filled(truth, "f4"))
    assert [(request.kind, request.fault) for request in earth.requests] == [
        ("discovery", discovery), ("discovery", ""), ("algorithms", algorithms), ("algorithms", ""),
        ("computePixels", ""),
    ]  # fmt: skip


def test_a_process_begins_once_whatever_the_number_of_threads(serve: Serve) -> None:
    assets, _ = stack(1)
    earth = serve(assets=assets)
    session = Session.current()
    ee.Reset()
    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(session.ensure) for _ in range(64)]:
            future.result(PATIENCE)
    assert [request.kind for request in earth.requests] == ["discovery", "algorithms"]
    assert ee.Number(1).getInfo() == 1, "and all of ee works"


def test_nothing_of_the_users_is_changed(serve: Serve) -> None:
    assets, _ = stack(1)
    earth = serve(assets=assets)
    session = Session.current()
    ee.Reset()
    ee.data.setMaxRetries(3)
    ee.data.setUserAgent("my-app/1")
    session.ensure()
    state = ee.data._get_state()
    assert (state.max_retries, state.user_agent, state.http_transport) == (3, "my-app/1", None)
    assert (state.cloud_api_base_url, state.cloud_api_user_project) == (earth.url, earth.project)
    earth.faults.next("computeValue", ["503"])
    assert ee.Number(1).getInfo() == 1, "the client library's own retries are as they were"
    ee.data.setDeadline(9000)
    assert ee.Number(1).getInfo() == 1


def test_an_outage_ends_within_the_deadline_and_leaves_ee_as_it_was() -> None:
    ee.Reset()
    began = time.monotonic()
    with set_options(request_deadline=1), pytest.raises(DeadlineError, match=r"a session with http.*given up"):
        recipe("http://127.0.0.1:1").ensure()
    assert time.monotonic() - began < 10, "it took a hundred seconds"
    state = ee.data._get_state()
    assert (state.initialized, state.cloud_api_base_url, state.credentials, state.http_transport) == (
        False, None, None, None,
    )  # fmt: skip


def test_who_waits_for_a_start_that_fails_fails_with_it(front: Front) -> None:
    """25 requests waited for each other's deadlines, one after the other."""
    front.always = raw("503 Busy")
    session = recipe(front.url)
    together, failed = threading.Barrier(25), []

    def ensure() -> None:
        together.wait(PATIENCE)
        try:
            session.ensure()
        except XeeLiteError as error:
            failed.append((time.monotonic(), error))

    began = time.monotonic()
    with set_options(request_deadline=2), ThreadPoolExecutor(25) as pool:
        for _ in range(25):
            pool.submit(ensure)
    assert [type(error) for _, error in failed] == [DeadlineError] * 25
    assert max(when for when, _ in failed) - began < 12


@pytest.mark.parametrize("what", ["a pause", "a reply", "another thread"])
def test_a_start_can_be_cancelled(front: Front, what: str) -> None:
    session = recipe(front.url)
    front.answers = [raw("503 Busy", retry_after="600")] if what != "a reply" else []
    release = threading.Event()
    if what == "a reply":
        front.own_answer = lambda _: release.wait(PATIENCE) or None  # type: ignore[method-assign, assignment, return-value]
    with set_options(request_deadline=900), new_scope() as outer, ThreadPoolExecutor(1) as pool:
        if what == "another thread":
            other = pool.submit(_within, outer, session)
            while not front.asked:
                time.sleep(0.01)
        with new_scope() as scope:
            threading.Timer(0.3, scope.cancel).start()
            with pytest.raises(CancelledError):
                session.ensure()
        outer.cancel()
        if what == "another thread":
            assert isinstance(other.exception(PATIENCE), CancelledError)
    release.set()
    assert not ee.data._get_state().initialized


def _within(outer: Any, session: Session) -> None:
    with new_scope() as scope, outer.waking(scope.cancel):
        session.ensure()


@pytest.mark.parametrize("part", ["discovery", "algorithms"])
@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (raw("429 Slow", b'{"error": {"message": "Too many."}}'), QuotaError, "Too many"),
        (raw("503 Busy"), DeadlineError, "HTTP 503"),
        (raw("404 No", b'{"error": {"message": "Not here."}}'), PermanentError, "Not here"),
        (raw("403 No", b'{"error": {"message": "Not signed up for Earth Engine."}}'), PermanentError, "Not signed up"),
        (raw("401 No", b'{"error": {"message": "Who are you?"}}'), PermanentError, "Who are you"),
        (raw("200 OK", b"<html>Log in, please.</html>"), DeadlineError, "no JSON"),
        (raw("200 OK", b"{}"), DeadlineError, "does not describe the service"),
        (raw("200 OK", b"[" * 10**5 + b"]" * 10**5), DeadlineError, "JSON"),
        (raw("200 OK", b'{"algorithms": [{"name": 7}], "rootUrl": 5}'), DeadlineError, "does not describe"),
        (raw("302 Found"), DeadlineError, "status 302"),
        (raw("204 No Content"), DeadlineError, "status 204"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{", DeadlineError, "broke"),
        (b"nonsense", DeadlineError, "broke"),
    ],
)
def test_no_failure_of_a_start_is_foreign(front: Front, part: str, answer: bytes, kind: type, text: str) -> None:
    front.part, front.always = part, answer
    with pytest.raises(kind, match=text) as caught:
        recipe(front.url).ensure()
    assert isinstance(caught.value, XeeLiteError)
    assert front.url in str(caught.value)
    assert "process " in str(caught.value)
    front.always = None
    recipe(front.url).ensure()
    assert ee.Number(1).getInfo() == 1, "the next start is not spoilt"


def test_workers_that_start_together_do_not_ask_together(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_SPREAD_SECONDS", 1.0)
    pauses: list[float] = []
    monkeypatch.setattr(starting, "pause", pauses.append)
    for _ in range(8):
        ee.Reset()
        recipe(front.url).ensure()
    assert all(0 <= seconds <= 1 for seconds in pauses)
    assert len({round(seconds, 3) for seconds in pauses}) > 4


@pytest.mark.parametrize("found", ["nothing", "rubbish"])
def test_a_worker_without_credentials_says_who_it_is_and_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    ee.Reset()
    for name, value in {"HOME": tmp_path, "CLOUDSDK_CONFIG": tmp_path, "NO_GCE_CHECK": "true"}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    if found == "rubbish":
        (tmp_path / ".config" / "earthengine").mkdir(parents=True)
        (tmp_path / ".config" / "earthengine" / "credentials").write_text("{")
    with pytest.raises(InputError) as caught:
        Session("https://earthengine.example.com", "my-project", anonymous=False).ensure()
    text = str(caught.value)
    for part in ("process ", "https://earthengine.example.com", "'my-project'", "GOOGLE_APPLICATION_CREDENTIALS"):
        assert part in text
    assert "\n" not in text
    assert text.count(". ") == 0, "one sentence"


def test_another_project_is_told_once_by_both_names(serve: Serve) -> None:
    assets, truth = stack(2)
    earth = serve(assets=assets)
    data = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    ee.Initialize(AnonymousCredentials(), url=earth.url, project="another-project")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            np.testing.assert_array_equal(data.values, filled(truth, "f4"))
    (told,) = [str(warning.message) for warning in caught if warning.category is XeeLiteWarning]
    assert repr(earth.project) in told
    assert "'another-project'" in told


def test_restricted_mode_narrows_what_goes_out_and_is_told_once(serve: Serve) -> None:
    assets, truth = stack(3)
    serve(assets=assets, faults=Faults(restricted=True))
    data = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    gateway = Session.current().gateway
    assert gateway.limiter.open == 40  # type: ignore[attr-defined]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _ = data.isel(time=0).values
        narrow = gateway.limiter.open  # type: ignore[attr-defined]
        for _ in range(5):
            np.testing.assert_array_equal(data.values, filled(truth, "f4"))
    (told,) = caught  # the client library's own is not among them
    assert told.category is XeeLiteWarning
    assert "restricted mode" in str(told.message)
    assert narrow == 3
    assert gateway.limiter.open > 3, "what passes opens it again"  # type: ignore[attr-defined]
