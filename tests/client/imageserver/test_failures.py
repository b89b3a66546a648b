"""What a refusal means, however it is dressed: bodies as public servers have been reported to send them."""

from __future__ import annotations

import pytest

from xee_lite.errors import PermanentError, QuotaError, RequestError, TooMuchError, TransientError
from xee_lite.imageserver.failures import ServiceError, judge, refusal_of
from xee_lite.traffic.transport import HttpReply

SIZE = (
    b'{"error":{"code":400,"extendedCode":-2147024809,"message":"Invalid or missing input parameters.",'
    b'"details":["The requested image exceeds the size limit."]}}'
)
BUSY = b'{"error":{"code":400,"message":"Unable to complete operation.","details":[]}}'


def refused(status: int, content: bytes, **headers: str) -> ServiceError:
    found = refusal_of(HttpReply(status, headers, content), content)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "content", "kind", "tries"),
    [
        (200, SIZE, TooMuchError, 1),
        (400, SIZE, TooMuchError, 1),
        (200, BUSY, PermanentError, 6),
        (500, BUSY, TransientError, 1),
        (200, b'{"error":{"code":499,"message":"Token Required","details":null}}', PermanentError, 1),
        (200, b'{"error":{"code":400,"message":"Invalid SQL"}}', PermanentError, 1),
        (200, b'{"error":{"code":500,"message":"Error exporting image"}}', PermanentError, 6),
        (200, b'{"error":"something"}', PermanentError, 1),
        (200, b'\xef\xbb\xbf {"error":{"code":429,"message":"Too many requests."}}', QuotaError, 1),
        (429, b"slow", QuotaError, 1),
        (503, b"<html>busy</html>", TransientError, 1),
        (413, b"", TooMuchError, 1),
        (404, b"<html>gone</html>", PermanentError, 1),
        (302, b"", PermanentError, 1),
        (200, b"<!DOCTYPE html><html>sign in</html>", PermanentError, 6),
    ],
)
def test_kinds(status: int, content: bytes, kind: type[RequestError], tries: int) -> None:
    found = judge(refused(status, content))
    assert found is not None
    assert (found.kind, found.tries) == (kind, tries)


def test_what_keeps_failing_while_it_is_large_is_too_much() -> None:
    large, small = (judge(refused(200, BUSY), pixels) for pixels in (2_000_000, 1000))
    assert large is not None
    assert small is not None
    assert (large.kind, small.kind) == (TooMuchError, PermanentError)


@pytest.mark.parametrize("content", [b'{"objectIds":null}', b"II*\0", b"<PAMDataset>", b"", b'{"error":'])
def test_answers_are_no_refusals(content: bytes) -> None:
    assert refusal_of(HttpReply(200, {}, content), content) is None


def test_the_server_s_pause_is_kept() -> None:
    found = judge(refused(429, b"", **{"retry-after": "7"}))
    assert found is not None
    assert found.retry_after == 7
