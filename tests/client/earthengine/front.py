"""A server between the official client and a local Earth Engine, which answers as a test says."""

from __future__ import annotations

import http.client
import http.server
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import ee
from google.auth.credentials import AnonymousCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xee_lite.emulator import Emulator


class Front(http.server.ThreadingHTTPServer):
    """Passes requests on to a local Earth Engine, but answers some with bytes of its own.

    Attributes
    ----------
    answers : list of bytes or None
        Whole replies, from the status line on, for the next requests whose path has `part`; None passes one on.
    part : str
    always : bytes, optional
        The reply to all such requests after these.
    asked : list of (time, path)
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream.removeprefix("http://")
        self.answers: list[bytes | None] = []
        self.part = "compute"
        self.always: bytes | None = None
        self.asked: list[tuple[float, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hung up."""

    def own_answer(self, path: str) -> bytes | None:
        self.asked.append((time.monotonic(), path))
        if self.part not in path:
            return None
        return self.answers.pop(0) if self.answers else self.always


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = self.server.own_answer(self.path)
        if answer is not None:
            self.wfile.write(answer)
            self.close_connection = True
            return
        upstream = http.client.HTTPConnection(self.server.upstream)
        upstream.request(self.command, self.path, body, dict(self.headers))
        reply = upstream.getresponse()
        content = reply.read()
        self.send_response(reply.status)
        self.send_header("content-type", reply.headers["content-type"])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    do_POST = do_GET  # noqa: N815 - by which http.server finds it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def front_of(earth: Emulator, *, initialize: bool = True) -> Iterator[Front]:
    """A front before a local Earth Engine, and ``ee`` that is initialised through it."""
    with Front(earth.url) as front:
        thread = threading.Thread(target=front.serve_forever, args=[0.01])
        thread.start()
        try:
            if initialize:
                ee.Initialize(AnonymousCredentials(), url=front.url, project=earth.project)
                front.asked.clear()
            yield front
        finally:
            front.shutdown()
            thread.join()


def raw(status: int | str, body: bytes = b"", **headers: str) -> bytes:
    """A whole reply; names of headers are written with underscores."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines += [f"content-length: {len(body)}", "connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + body
