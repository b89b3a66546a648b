from __future__ import annotations

import pickle

import pytest

from xee_lite.earthengine.failures import classify
from xee_lite.errors import (
    DailyQuotaError,
    DeadlineError,
    InputError,
    PermanentError,
    QuotaError,
    RequestError,
    TooMuchError,
    TransientError,
    XeeLiteError,
    brief,
    redact,
)

KINDS = [RequestError, TransientError, DeadlineError, QuotaError, DailyQuotaError, TooMuchError, PermanentError]


def failed(kind: type[RequestError] = PermanentError, message: str = "No such band.") -> RequestError:
    return kind(
        message,
        asset="COPERNICUS/S2_SR_HARMONIZED",
        items=("20240101_a", "20240102_b"),
        bands=("B4", "B8"),
        window="rows 0:256, columns 512:768",
        attempts=3,
    )


def test_a_request_error_says_everything_in_one_sentence() -> None:
    assert str(failed()) == (
        "asking for bands B4, B8 of items 20240101_a, 20240102_b of COPERNICUS/S2_SR_HARMONIZED in "
        "rows 0:256, columns 512:768 failed after 3 attempts: No such band."
    )


def test_many_items_are_counted_not_listed() -> None:
    error = PermanentError("No.", items=tuple(f"i{n}" for n in range(48)))
    assert "items i0, i1, i2, … (48 in all)" in str(error)
    assert "i3" not in str(error)


def test_a_metadata_call_speaks_of_no_bands_or_window() -> None:
    assert str(PermanentError("Not found.", asset="X/Y", attempts=1)) == "asking for X/Y failed: Not found."
    assert str(PermanentError("Not found.")) == "asking the service failed: Not found."


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_a_pickle_with_all_its_fields(kind: type[RequestError]) -> None:
    error = failed(kind)
    error.add_note("seen in chunk (0, 1, 2)")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    fields = ("message", "asset", "items", "bands", "window", "attempts", "__notes__")
    assert [getattr(copy, name) for name in fields] == [getattr(error, name) for name in fields]


def test_kinds_that_something_can_be_done_about_say_what() -> None:
    assert "smaller `request_bytes`" in str(failed(TooMuchError))
    assert "max_concurrent_requests" in str(failed(QuotaError))
    assert "request_deadline" in str(failed(DeadlineError))
    assert str(failed(TooMuchError)).count(".") == 1, "one sentence"


def test_families() -> None:
    assert issubclass(DailyQuotaError, QuotaError)
    assert issubclass(InputError, ValueError)
    assert issubclass(DeadlineError, TransientError)
    assert all(issubclass(kind, XeeLiteError) for kind in [*KINDS, InputError])


# Texts and statuses as users of the service have reported them.
ANSWERS = [
    (400, "Total request size (56623104 bytes) must be less than or equal to 50331648 bytes.", TooMuchError),
    (400, "Pixel grid dimensions (40818x1) must be less than or equal to 32768.", TooMuchError),
    (400, "Number of bands (1236) must be less than or equal to 1024.", TooMuchError),
    (400, "Request payload size exceeds the limit: 10485760 bytes.", TooMuchError),
    (400, "User memory limit exceeded.", TooMuchError),
    (400, "Computation timed out.", TooMuchError),
    (
        400,
        "Output of image computation is too large (20 bands for 851968 pixels = 126.8 MiB > 80.0 MiB).",
        TooMuchError,
    ),
    (400, "Collection query aborted after accumulating over 5000 elements.", TooMuchError),
    (
        429,
        "Too Many Requests: Request was rejected because the request rate or concurrency limit was exceeded.",
        QuotaError,
    ),
    (400, "Too many concurrent aggregations.", QuotaError),
    (400, "Quota exceeded: Too many concurrent aggregations.", QuotaError),
    (
        429,
        "Quota exceeded for quota metric 'Number of read requests' and limit 'Number of read requests per minute'.",
        QuotaError,
    ),
    (429, "Slow down.", QuotaError),
    (500, "An internal server error has occurred (c48124).", TransientError),
    (502, "Bad Gateway", TransientError),
    (503, "The service is currently unavailable.", TransientError),
    (504, "Gateway Timeout", TransientError),
    (408, "Request Timeout", TransientError),
    # Texts that pass, whatever the status: the one of these is not known.
    *(
        (status, text, kind)
        for status in (400, 403, 429, 500, 503)
        for text, kind in (
            ("Earth Engine capacity exceeded.", TransientError),
            ("An internal server error has occurred.", TransientError),
            ("Deadline exceeded.", TransientError),
            ("deadline exceeded", TransientError),
            ("Too many concurrent aggregations.", QuotaError),
            ("Quota exceeded.", QuotaError),
            ("Earth Engine memory capacity exceeded.", TooMuchError),
        )
    ),
    # The text is not known; the metric is, and the texts of Google's quotas name metric and limit.
    (
        429,
        "Quota exceeded for quota metric 'Daily EECU usage time' and limit 'Daily EECU usage time per day' of x",
        DailyQuotaError,
    ),
    (429, "Quota exceeded: earthengine.googleapis.com/daily_eecu_usage_time", DailyQuotaError),
    (403, "Quota exceeded for quota metric 'EECU' and limit 'EECU per day'.", DailyQuotaError),
    (400, "Image.select: Band pattern 'daily' did not match any bands.", PermanentError),
    (400, "Image.load: Image asset 'X' not found (does not exist or caller does not have access).", PermanentError),
    (400, "Image.select: Band pattern 'VV' did not match any bands. Available bands: [HH, HV]", PermanentError),
    (403, "Not signed up for Earth Engine. Visit https://earthengine.google.com/signup/", PermanentError),
    (404, "Asset 'X' not found.", PermanentError),
    (401, "Request is missing required authentication credential.", PermanentError),
]


@pytest.mark.parametrize(("status", "message", "kind"), ANSWERS)
def test_answers_of_the_service_are_told_apart(status: int, message: str, kind: type[RequestError]) -> None:
    assert classify(status, message) is kind


@pytest.mark.parametrize(
    "text",
    [
        "Max retries exceeded with url: /v1/projects/p?alt=json&key=SECRET-1 (Caused by timeout)",
        "https://images.example.com/arcgis/rest/services/X/ImageServer?token=SECRET-1&f=json",
        "{'authorization': 'Bearer SECRET-1'}",
        "Authorization: Bearer SECRET-1",
        'refused {"access_token": "SECRET-1", "expires_in": 3599}',
        "got header bearer SECRET-1.abc~def",
        "token ya29.SECRET-1",
        "client_secret=SECRET-1",
        "-----BEGIN RSA PRIVATE KEY-----\nSECRET-1\nSECRET-1\n-----END RSA PRIVATE KEY-----",
        "cut short: -----BEGIN PRIVATE KEY-----\nSECRET-1",
    ],
)
def test_no_credential_reaches_a_message(text: str) -> None:
    assert "SECRET-1" not in redact(text)
    error = TransientError(text, asset=text)
    assert "SECRET-1" not in str(error) + repr(error) + str(error.__dict__)
    assert b"SECRET-1" not in pickle.dumps(error)


@pytest.mark.parametrize(
    "text", ["Dictionary.get: key: 'foo' not found.", "Unexpected token: ')'.", "basic types", "tokens=3"]
)
def test_innocent_texts_stay(text: str) -> None:
    assert redact(text) == text


class Grumpy:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value", ["x" * 10**6, 10**5000, Grumpy(), list(range(10**5))], ids=["text", "number", "grumpy", "list"]
)
def test_a_value_in_a_message_is_short_whatever_it_is(value: object) -> None:
    assert 0 < len(brief(value)) <= 200


def test_a_message_keeps_its_beginning_and_its_end() -> None:
    """What was found stands first, and what to pass last."""
    long = f"bands={'x' * 10**5} is no band: pass others."
    error = InputError(long)
    assert len(str(error)) <= 2000
    assert str(error).startswith("bands=xxx")
    assert str(error).endswith("is no band: pass others.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    refused = PermanentError(long, asset="a" * 10**5, items=("i" * 10**5,), bands=("b" * 10**5,))
    assert len(str(refused)) < 2000
    assert str(InputError("short")) == "short"
