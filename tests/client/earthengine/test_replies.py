"""Replies that are none, through the error path of the official client: each is one of our errors, and soon."""

from __future__ import annotations

import json
import time
import tracemalloc
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import ee
import httplib2
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.client.earthengine.front import Front, front_of, raw
from tests.client.scenes import ID, stack
from xee_lite import PermanentError, QuotaError, RequestError, TransientError, XeeLiteError, set_options
from xee_lite.earthengine.replies import CheckedHttp, refusal
from xee_lite.earthengine.session import Session
from xee_lite.errors import WireError
from xee_lite.traffic.events import RequestInfo, Retried, subscribe
from xee_lite.traffic.failures import retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve

INFO = RequestInfo("X/Y")
DEEP = b"[" * 10**5 + b"]" * 10**5


@pytest.fixture
def front(serve: Serve) -> Iterator[Front]:
    assets, _ = stack(1)
    with front_of(serve(assets=assets)) as front:
        yield front


def error(message: Any, **more: Any) -> bytes:
    return json.dumps({"error": {"message": message, **more}}).encode()


HOSTILE = {
    "a redirect to nowhere": (raw("302 Found"), PermanentError, "status 302"),
    "a redirect in circles": (raw("308 Moved", location="/v1/compute"), TransientError, "connection broke"),
    "status 600": (raw("600 Odd", b"{}"), PermanentError, "status 600"),
    "status 999": (raw("999 Odd", b"{}"), PermanentError, "status 999"),
    "no content": (raw("204 No Content"), PermanentError, "status 204"),
    "part of it": (raw("206 Partial", b"{}"), PermanentError, "status 206"),
    "a number as message": (raw("400 Bad", error(7)), PermanentError, "HTTP 400 Bad Request"),
    "no message": (raw("400 Bad", error(None)), PermanentError, "HTTP 400"),
    "an object as message": (raw("404 Bad", error({"a": [1]})), PermanentError, "HTTP 404"),
    "a list as error": (raw("400 Bad", b'{"error": [1, 2]}'), PermanentError, "HTTP 400"),
    "a text as error": (raw("403 Bad", b'{"error": "message"}'), PermanentError, "HTTP 403"),
    "a number as errors": (raw("403 Bad", error("No.", errors=[7])), PermanentError, "No"),
    "an error in an empty list": (raw("403 Bad", b"[]"), PermanentError, "HTTP 403"),
    "an error in a list": (raw("400 Bad", b"[" + error("So it is.") + b"]"), PermanentError, "So it is"),
    "a deep error": (raw("400 Bad", DEEP), PermanentError, "HTTP 400"),
    "a deep error where rates are limited": (raw("403 Bad", DEEP), PermanentError, "HTTP 403"),
    "a deep message": (raw("503 Bad", b'{"error": {"message": ' + DEEP + b"}}"), TransientError, "HTTP 503"),
    "a broken text": (raw("400 Bad", b"\xff\xfe\x00"), PermanentError, "HTTP 400"),
    "a page": (raw("502 Bad", b"<html>"), TransientError, "HTTP 502 Bad Gateway"),
    "a long message": (raw("400 Bad", error("x" * 10**5)), PermanentError, "xxx"),
    "a wait that is no number": (raw("429 Slow", error("Slow."), retry_after="soon"), QuotaError, "Slow"),
    "a wait of odd digits": (raw("429 Slow", error("Slow."), retry_after="\u00b2"), QuotaError, "Slow"),
    "a wait for ever": (raw("429 Slow", error("Slow."), retry_after="inf"), QuotaError, "Slow"),
    "a wait back in time": (raw("429 Slow", error("Slow."), retry_after="-7"), QuotaError, "Slow"),
    "a wait until a date": (
        raw("429 Slow", error("Slow."), retry_after=formatdate(time.time() + 9e5, usegmt=True)),
        QuotaError,
        "Slow",
    ),
}
"""Reply, what becomes of it, and a part of its message."""


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("call", ["value", "pixels"])
def test_no_reply_fails_in_a_foreign_way(front: Front, call: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = xr.open_dataset(ID, engine="xee_lite", cache=False)

    def value() -> None:
        Session.current().compute_value(ee.serializer.encode(ee.Number(1)), INFO)

    front.always, kind, text = HOSTILE[name]
    monkeypatch.setattr("xee_lite.traffic.gateway._FIRST_DELAY", 0.001)  # five wrong replies would take seconds
    with set_options(request_deadline=1 if kind is PermanentError else 0), pytest.raises(XeeLiteError) as caught:
        value() if call == "value" else dataset["B1"].load()
    assert isinstance(caught.value, kind)
    assert text in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_what_a_refusal_names_beside_its_message_decides_too(front: Front) -> None:
    metric = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_metric": "e.com/daily_eecu_usage_time"}}
    front.always = raw("429 Slow", error("Quota exceeded.", details=[metric]))
    with set_options(request_deadline=900), pytest.raises(QuotaError, match="the next day") as caught:
        Session.current().compute_value(ee.serializer.encode(ee.Number(1)), INFO)
    assert caught.value.attempts == 1


def test_a_date_to_wait_for_is_waited_for(front: Front) -> None:
    """By the service's clock, which need not be ours."""
    now = 1_000_000_000
    front.answers = [
        raw("429 Slow", error("Slow."), date=formatdate(now, usegmt=True), retry_after=formatdate(now + 1, usegmt=True))
    ]
    heard: list[Any] = []
    stop = subscribe(heard.append)
    with set_options(request_deadline=60):
        assert Session.current().compute_value(ee.serializer.encode(ee.Number(1)), INFO) == 1
    stop()
    (retried,) = (event for event in heard if isinstance(event, Retried))
    assert 1 <= retried.delay <= 1.5


@given(st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text() | st.floats().map(str)))
def test_a_time_to_wait_is_sane_whatever_the_reply_says(headers: dict[str, str]) -> None:
    assert 0 <= retry_after(headers) <= 86_400


@given(
    st.integers(400, 599),
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda part: st.lists(part) | st.dictionaries(st.sampled_from(["error", "message", "details", "x"]), part),
    ).map(lambda said: json.dumps(said).encode()),
)
def test_a_refusal_is_readable_whatever_it_was(status: int, content: bytes) -> None:
    said = json.loads(refusal(status, content))["error"]
    assert said["code"] == status
    assert isinstance(said["message"], str)
    assert said["message"].strip()


def test_json_is_bounded_before_it_is_parsed(front: Front) -> None:
    """20 MB of empty lists, as lists, are 700 MB."""
    body = b'{"result": [' + b"[]," * 7_000_000 + b"0]}"
    front.always = raw("200 OK", body, content_type="application/json")
    tracemalloc.start()
    try:
        with pytest.raises(RequestError, match=r"JSON values, but at most 5000000"):
            Session.current().compute_value(ee.serializer.encode(ee.Number(1)), INFO)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_deep_value_is_a_wrong_reply(front: Front) -> None:
    front.always = raw("200 OK", b'{"result": ' + DEEP + b"}", content_type="application/json")
    with pytest.raises(RequestError, match="no JSON object with a 'result'"):
        Session.current().compute_value(ee.serializer.encode(ee.Number(1)), INFO)


class Own:
    """A transport of the user's own, which returns what ours would not."""

    def request(self, *_: object, **__: object) -> tuple[httplib2.Response, bytes]:
        return httplib2.Response({"status": "204"}), b""


def test_a_transport_of_the_users_own_is_checked_too() -> None:
    with pytest.raises(WireError, match="status 204"):
        CheckedHttp(Own(), None, lambda: None).request("http://x/")
