"""The pool of connections, against real sockets."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import multiprocessing
import socket
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import ID, filled, stack
from xee_lite import set_options
from xee_lite.earthengine.transport import Transport, process_transport
from xee_lite.errors import TruncatedError, WireError
from xee_lite.traffic.cancellation import new_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve

BODY = bytes(range(256)) * 40
BOMB = gzip.compress(bytes(200_000_000), compresslevel=1)
"""A megabyte that unpacks to two hundred."""


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by path: whole, refused, cut short, drop by drop, in endless chunks, or never."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.path.startswith("/silent"):
            self.server.patience.wait()  # type: ignore[attr-defined]
            return
        if self.path.startswith("/endless"):
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            while not self.server.patience.is_set():  # type: ignore[attr-defined]
                self.wfile.write(b"1000\r\n" + bytes(4096) + b"\r\n")
            return
        if self.path.startswith("/bomb"):
            self.send_response(200)
            self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(BOMB)))
            self.end_headers()
            self.wfile.write(BOMB)
            return
        self.send_response(429 if self.path.startswith("/refused") else 200)
        self.send_header("content-length", str(len(BODY)))
        self.send_header("retry-after", "7")
        self.end_headers()
        for place in range(0, len(BODY), 100) if self.path.startswith("/drops") else ():
            self.wfile.write(BODY[place : place + 100])
            self.server.patience.wait(0.1)  # type: ignore[attr-defined]
        self.wfile.write(BODY[: 100 if self.path.startswith("/cut") else None])
        self.close_connection = self.path.startswith("/cut")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.patience = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.patience.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def asked(url: str, most: int = len(BODY), **more: Any) -> tuple[Any, Any]:
    return Transport().expecting(most).request(url, "POST", body="{}", **more)


def test_a_reply_comes_whole_with_its_status_and_headers(url: str) -> None:
    reply, content = asked(f"{url}/whole")
    assert content == BODY
    assert reply.status == 200
    refused, _ = asked(f"{url}/refused", most=0)
    assert refused.status == 429, "what an error says is not part of what was expected"
    assert refused["retry-after"] == "7"


@pytest.mark.parametrize("path", ["cut?key=AIzaSecretSecretSecretSecret", "silent?key=AIzaSecretSecretSecretSecret"])
def test_what_breaks_is_a_plain_error_without_the_address(url: str, path: str) -> None:
    """An API key is part of the address, and headers hold tokens: neither is in an error."""
    with pytest.raises((ConnectionError, TimeoutError)) as caught, set_options(request_timeout=0.3):
        asked(f"{url}/{path}", headers={"authorization": "Bearer x"})
    assert "Secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nobody_there() -> None:
    with pytest.raises(ConnectionError, match=r"the connection broke"):
        asked("http://127.0.0.1:1/")


@pytest.mark.parametrize("path", ["whole", "endless"])
def test_no_reply_is_taken_that_is_longer_than_its_request_explains(url: str, path: str) -> None:
    with pytest.raises(WireError, match=r"5000 .*were expected"):
        asked(f"{url}/{path}", most=5000)


def test_a_small_reply_that_unpacks_to_a_large_one_is_not_unpacked(url: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match=r"more than the 5000 bytes"):
            asked(f"{url}/bomb", most=5000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_reply_that_trickles_is_given_up(url: str) -> None:
    """Each drop comes in time, and the whole never would."""
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"within 0.4 s"), set_options(request_timeout=0.4):
        asked(f"{url}/drops")
    assert time.monotonic() - began < 5, "the whole takes ten seconds"


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
ENDLESS = {
    "a status that comes letter by letter": (b"", b"H"),
    "headers that come letter by letter": (b"HTTP/1.1 200 OK\r\n", b"x"),
    "headers one after the other": (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
    "continue, and continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "extensions of a chunk": (CHUNKED + b"\r\n", b";a=b"),
    "chunks with extensions": (CHUNKED + b"\r\n", b"1;" + b"e" * 1000 + b"\r\nx\r\n"),
    "trailers": (CHUNKED + b"\r\n0\r\n", b"x: y\r\n"),
    "empty compressed blocks": (
        CHUNKED + b"content-encoding: gzip\r\n\r\n",
        b"%x\r\n%s\r\n" % (len(gzip.compress(b"")), gzip.compress(b"")),
    ),
    "empty compressed blocks of one stream": (
        CHUNKED + b"content-encoding: deflate\r\n\r\n2\r\n\x78\x9c\r\n",
        b"5\r\n\x00\x00\x00\xff\xff\r\n",
    ),
    "a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 10240\r\n\r\n", b"x"),
    "a refusal": (b"HTTP/1.1 500 Bad\r\ncontent-length: 1000000\r\n\r\n", b"x"),
}
"""What begins a reply, and what comes again and again: each in time, and the whole never."""


@contextlib.contextmanager
def dripping(first: bytes, again: bytes, every: float) -> Iterator[str]:
    """A server that answers so."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not over.is_set():
                client, _ = listening.accept()
                client.recv(65536)
                with client, contextlib.suppress(OSError):
                    client.sendall(first)
                    while not over.wait(every):
                        client.sendall(again)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("every", [0.05, 0.0], ids=["drops", "flood"])
@pytest.mark.parametrize("kind", ENDLESS)
def test_one_clock_ends_the_whole_attempt(kind: str, every: float) -> None:
    """The time-out of a socket begins anew with each byte."""
    first, again = ENDLESS[kind]
    began = time.monotonic()
    with dripping(first, again, every) as url, set_options(request_timeout=0.5), pytest.raises((OSError, WireError)):
        asked(url, most=10_000)
    assert time.monotonic() - began < 10, "without a clock it would not end"


def test_an_attempt_that_the_client_library_makes_in_two_has_one_clock(url: str) -> None:
    """A token is renewed over the same object first."""
    with set_options(request_timeout=0.6):
        attempt = Transport().expecting(len(BODY))
        threading.Event().wait(0.7)
        with pytest.raises(TimeoutError, match=r"within 0.6 s"):
            attempt.request(f"{url}/whole", "POST", body="{}")


def test_a_connection_that_was_nearly_too_late_is_used_again_with_new_time(url: str) -> None:
    transport = Transport()
    with set_options(request_timeout=0.5):
        attempt = transport.expecting(len(BODY))
        threading.Event().wait(0.4)
        attempt.request(f"{url}/whole", "POST", body="{}")
    threading.Event().wait(0.2)
    assert transport.expecting(len(BODY)).request(f"{url}/whole", "POST", body="{}")[1] == BODY


def test_a_large_request_has_the_time_of_the_attempt_to_go_out() -> None:
    """Not only that of connecting, and not more than that of the attempt."""
    with socket.create_server(("127.0.0.1", 0)) as listening:  # takes nothing
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        began = time.monotonic()
        with set_options(request_timeout=0.5), pytest.raises(TimeoutError, match=r"within 0.5 s"):
            Transport().expecting(10).request(url, "POST", body=bytes(64_000_000))
        assert time.monotonic() - began < 10


def test_a_cancelled_read_ends_while_it_connects() -> None:
    """A host that answers nothing: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        began = time.monotonic()
        with new_scope() as scope:
            threading.Timer(0.3, scope.cancel).start()
            with pytest.raises(OSError, match="broke"):
                asked(f"http://127.0.0.1:{address[1]}/")
        assert time.monotonic() - began < 10, "connecting would take thirty seconds"
        for client in waiting:
            client.close()


@pytest.mark.parametrize("path", ["silent", "drops"])
def test_a_cancelled_read_hangs_up(url: str, path: str) -> None:
    with new_scope() as scope:
        threading.Timer(0.3, scope.cancel).start()
        with pytest.raises((ConnectionError, TruncatedError)):
            asked(f"{url}/{path}")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_forked_child_reads_over_connections_of_its_own(serve: Serve) -> None:
    """As PyTorch's loaders do: parent and child read at once, and each gets its own pixels."""
    assets, truth = stack(6)
    serve(assets=assets)
    array = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    _ = array[0].values  # a connection lies in the pool when the child is born
    parent = process_transport()
    context: Any = multiprocessing.get_context("fork")
    answers = context.Queue()

    def read() -> None:
        own = process_transport() is not parent
        right = all(np.array_equal(array[at].values, filled(truth[at], "f4"), equal_nan=True) for at in range(0, 6, 2))
        answers.put((own, right))

    child = context.Process(target=read)
    child.start()
    for at in range(1, 6, 2):
        np.testing.assert_array_equal(array[at].values, filled(truth[at], "f4"))
    assert answers.get(timeout=60) == (True, True)
    child.join()
    assert process_transport() is parent
