from __future__ import annotations

import errno
import io
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.emulator.serving import asking
from xee_lite import emulator
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler, everywhere
from xee_lite.emulator.request_limits import check_time
from xee_lite.emulator.scheduling import ComputeSlots
from xee_lite.emulator.service import rest_pixels
from xee_lite.emulator.types import FLOAT, UINT8, Projection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.emulator.serving import Ask

X = "projects/xee-lite/assets/x"
PIXELS_OF_X = f"/v1/{X}:getPixels"


def test_what_lies_under_masks_is_an_option() -> None:
    def compute(sampler: Sampler) -> Pixels:
        return Pixels.nothing(sampler.shape, np.float32)

    image = Image((Band("b", FLOAT, Projection("EPSG:4326"), compute, (1, 2)),))
    for under_mask, expected in (("zero", [0, 0]), ("junk", [float(np.float32(-3.4e38)), -np.inf])):
        with emulator.start(assets={X: image}, under_mask=under_mask) as earth:  # type: ignore[arg-type]
            reply = asking(earth.url)("POST", PIXELS_OF_X, {"fileFormat": "NPY"})
            assert np.load(io.BytesIO(reply.body))["b"].ravel().tolist() == expected
    with pytest.raises(ValueError, match="under_mask='nan': pass 'zero' or 'junk'"):
        emulator.start(under_mask="nan")  # type: ignore[arg-type]


def test_it_takes_a_free_port_of_loopback_and_gives_it_back() -> None:
    earth = emulator.start()
    assert earth.url.startswith("http://127.0.0.1:")
    port = int(earth.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        pass
    earth.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_only_loopback_is_listened_to() -> None:
    with emulator.start() as earth:
        port = int(earth.url.rpartition(":")[2])
        # All of 127/8 is this machine; a server bound to every address would answer here too.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_that_is_taken_is_an_error() -> None:
    with emulator.start() as earth, pytest.raises(OSError, match=r"port \d+ \(Address already in use\)") as caught:
        emulator.start(port=int(earth.url.rpartition(":")[2]))
    assert caught.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize("project", ["", "a/b", "short", "Capitals", "x" * 31])
def test_a_project_needs_a_name_that_clients_take(project: str) -> None:
    with pytest.raises(ValueError, match="names no project"):
        emulator.start(project=project)


@pytest.mark.parametrize("token", ["", "two words", "schlüssel"])
def test_a_token_needs_to_fit_into_a_header(token: str) -> None:
    with pytest.raises(ValueError, match="no bearer token"):
        emulator.start(token=token)


def test_a_data_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        emulator.start(data=tmp_path / "nowhere")


def test_two_run_side_by_side() -> None:
    with emulator.start() as one, emulator.start() as other:
        asking(one.url)("GET", "/v1/projects/p/algorithms")
        assert one.requests.counts() == {"algorithms": 1}
        assert not len(other.requests)


def image_of(compute: Callable[[Sampler], Pixels]) -> Image:
    """A pixel that is computed like this."""
    projection = Projection("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 1.0))
    return Image((Band("b", UINT8, projection, compute, (1, 1)),))


def test_two_requests_make_pixels_at_once() -> None:
    """Each waits, while it computes, until the other one does: one at a time would never end."""
    meeting = threading.Barrier(2, timeout=30)

    def compute(sampler: Sampler) -> Pixels:
        meeting.wait()
        return Pixels.nothing(sampler.shape, np.uint8)

    with emulator.start(assets={X: image_of(compute)}) as earth, ThreadPoolExecutor(8) as pool:
        ask = asking(earth.url)
        replies = list(pool.map(lambda _: ask("POST", PIXELS_OF_X, {"fileFormat": "NPY"}), range(8)))
    assert [reply.status for reply in replies] == [200] * 8


def test_forty_long_reads_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """They go on until the others have their answers: a value, an asset, and pixels that are made at once."""
    # Shorter turns than usual, so that the one behind forty comes soon.
    monkeypatch.setattr(rest_pixels, "COMPUTE_SLOTS", ComputeSlots(2, (0.01, 0.05)))
    answered = threading.Event()

    def compute(sampler: Sampler) -> Pixels:
        while not answered.is_set():
            check_time()
        return Pixels(np.full(sampler.shape, 7, np.uint8), everywhere(sampler.shape))

    def at_once(sampler: Sampler) -> Pixels:
        return Pixels(np.full(sampler.shape, 9, np.uint8), everywhere(sampler.shape))

    assets = {X: image_of(compute), f"{X}2": image_of(at_once)}
    with emulator.start(assets=assets) as earth, ThreadPoolExecutor(40) as pool:
        ask = asking(earth.url)
        long = [pool.submit(ask, "POST", PIXELS_OF_X, {"fileFormat": "NPY"}) for _ in range(40)]
        try:
            value = {"expression": {"result": "0", "values": {"0": {"constantValue": 5}}}}
            assert ask("POST", "/v1/projects/xee-lite/value:compute", value).json == {"result": 5}
            assert ask("GET", f"/v1/{X}").status == 200
            pixels = ask("POST", PIXELS_OF_X.replace("x:", "x2:"), {"fileFormat": "NPY"})
            assert np.load(io.BytesIO(pixels.body))["b"].tolist() == [[9]]
            assert not any(one.done() for one in long)
        finally:
            answered.set()
        assert {int(np.load(io.BytesIO(one.result().body))["b"][0, 0]) for one in long} == {7}


def test_an_unforeseen_failure_is_a_terse_500(caplog: pytest.LogCaptureFixture) -> None:
    def compute(_sampler: Sampler) -> Pixels:
        raise ZeroDivisionError("secret")

    image = Image((Band("b", UINT8, Projection("EPSG:4326"), compute, (1, 1)),))
    with emulator.start(assets={"projects/xee-lite/assets/x": image}) as earth:
        reply = asking(earth.url)("POST", "/v1/projects/xee-lite/assets/x:getPixels", {"fileFormat": "NPY"})
    assert reply.status == 500
    assert reply.json == {
        "error": {"code": 500, "message": "An internal error has occurred.", "status": "INTERNAL"},
    }
    assert "secret" in caplog.text  # for the one who runs the server, not for the client


def test_replies_can_be_cached() -> None:
    computed = []

    def compute(sampler: Sampler) -> Pixels:
        computed.append(sampler.grid)
        return Pixels.nothing(sampler.shape, np.uint8)

    image = Image((Band("b", UINT8, Projection("EPSG:4326"), compute, (2, 2)),))
    with emulator.start(assets={"projects/xee-lite/assets/x": image}, cache_replies=True) as earth:
        ask = asking(earth.url)
        path = "/v1/projects/xee-lite/assets/x:getPixels"
        bodies = [ask("POST", path, {"fileFormat": "NPY"}).body for _ in range(3)]
        assert bodies[0] == bodies[1] == bodies[2]
        assert len(computed) == 1
        ask("POST", path, {"fileFormat": "NPY", "bandIds": ["b"]})
        assert len(computed) == 2
        assert earth.requests.counts() == {"getPixels": 4}


def test_computations_can_be_cached() -> None:
    computed = []

    def compute(sampler: Sampler) -> Pixels:
        computed.append(sampler.grid)
        return Pixels.nothing(sampler.shape, np.uint8)

    def call(name: str, **arguments: object) -> dict[str, object]:
        return {"functionInvocationValue": {"functionName": name, "arguments": arguments}}

    image = Image((Band("b", UINT8, Projection("EPSG:4326"), compute, (2, 2)),))
    point = call("GeometryConstructors.Point", coordinates={"constantValue": [1.5, 1.5]})
    loaded = call("Image.load", id={"constantValue": "projects/xee-lite/assets/x"})
    scale = {"constantValue": 1000}
    node = call("Image.reduceRegion", image=loaded, reducer=call("Reducer.count"), geometry=point, scale=scale)
    with emulator.start(assets={"projects/xee-lite/assets/x": image}, cache_replies=True) as earth:
        ask = asking(earth.url)
        body = {"expression": {"result": "0", "values": {"0": node}}}
        replies = [ask("POST", "/v1/projects/xee-lite/value:compute", body).body for _ in range(2)]
    assert replies == [b'{"result": {"b": 0}}'] * 2
    assert len(computed) == 1


def test_the_log_knows_what_was_asked(earth: emulator.Emulator, ask: Ask) -> None:
    earth.requests.clear()
    reply = ask("POST", "/v1/projects/xee-lite/assets/one:getPixels?alt=json", {"fileFormat": "NPY"})
    ask("GET", "/v1/projects/xee-lite/assets/none")
    ask("GET", "/nowhere")
    pixels, asset, unknown = earth.requests
    assert (pixels.method, pixels.kind, pixels.status) == ("POST", "getPixels", 200)
    assert pixels.path == "/v1/projects/xee-lite/assets/one:getPixels"
    assert pixels.body == {"fileFormat": "NPY"}
    assert pixels.query == {"alt": "json"}
    assert pixels.sent == len(reply.body)
    assert (asset.kind, asset.status) == ("getAsset", 404)
    assert (unknown.kind, unknown.status) == ("unknown", 404)
    assert earth.requests.of("getPixels") == [pixels]
    assert earth.requests[-1] is unknown
    earth.requests.clear()
    assert len(earth.requests) == 0


def test_the_client_library_is_not_imported() -> None:
    code = "import sys, xee_lite.emulator as e; e.start().stop(); print('ee' in sys.modules, 'xarray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.split()[0] == "False"


def test_it_starts_quickly() -> None:
    emulator.start().stop()  # what is imported on first use
    begun = time.perf_counter()
    emulator.start().stop()
    assert time.perf_counter() - begun < 1.5


def exchange(url: str, data: bytes, *, answer: bool = True) -> bytes:
    """Bytes over a bare socket."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        parts = []
        while answer and (part := connection.recv(65536)):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /v1/projects/p/assets/x HTTP/1.1\r\nHost: a/b?c#d\r\nConnection: close\r\n\r\n",
        b"GET /v1/projects/p/assets/x HTTP/1.1\r\nHost: x:port\r\nConnection: close\r\n\r\n",
        b"GET /v1/projects/p/assets/x HTTP/1.0\r\n\r\n",
        b"GET http://elsewhere/v1/projects/p/assets/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    ],
)
def test_hosts_do_not_matter(request_bytes: bytes, earth: emulator.Emulator) -> None:
    reply = exchange(earth.url, request_bytes)
    assert b" 404 " in reply.splitlines()[0]
    assert b"error" in reply


def test_the_document_does_without_a_host(earth: emulator.Emulator) -> None:
    reply = exchange(earth.url, b"GET /$discovery/rest HTTP/1.0\r\n\r\n")
    assert f'"rootUrl": "{earth.url}/"'.encode() in reply


@pytest.mark.parametrize("request_bytes", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_no_http_is_refused(request_bytes: bytes, earth: emulator.Emulator) -> None:
    assert b" 400 " in exchange(earth.url, request_bytes).splitlines()[0]


@pytest.mark.parametrize("override", ["", "x-http-method-override: GET\r\n"])
def test_a_client_that_leaves_does_no_harm(
    earth: emulator.Emulator, ask: Ask, caplog: pytest.LogCaptureFixture, override: str
) -> None:
    head = f"POST /v1/projects/p/value:compute HTTP/1.1\r\nHost: h\r\n{override}Content-Length: 100\r\n\r\n"
    exchange(earth.url, head.encode() + b"{", answer=False)
    assert ask("GET", "/v1/projects/p/algorithms").status == 200
    assert caplog.text == ""


def test_a_missing_library_is_named() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; import xee_lite.emulator"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert "The emulator needs uvicorn, which is not installed: pip install 'xee_lite[emulator]'." in done.stderr
