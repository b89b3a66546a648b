"""Faults as clients meet them, and the draws behind them."""

from __future__ import annotations

import http.client
import io
import json
import math
import socket
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ee
import numpy as np
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from xee_lite import emulator
from xee_lite.emulator import Burst, Emulator, Fault, Faults, Latency, Quota, memory_image, parse_faults
from xee_lite.emulator.faults.live import LiveFaults
from xee_lite.emulator.faults.plan import Occasion
from xee_lite.emulator.faults.tampering import tamper

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "projects/test-project/assets/x"
VALUES = np.arange(2000, dtype="u2").reshape(40, 50)
ERRORS = {
    "429": (429, "Too Many Requests: Request was rejected because the request rate or concurrency limit was exceeded."),
    "500": (500, "An internal error has occurred."),
    "503": (503, "The service is currently unavailable."),
    "memory": (400, "User memory limit exceeded."),
    "timeout": (400, "Computation timed out."),
}
LONG = 3600.0
"""Seconds that no test waits for: what ends earlier was ended."""


def running(**faults: Any) -> Emulator:
    image = memory_image({"a": VALUES, "b": VALUES + 1}, crs="EPSG:32631", transform=(10, 0, 500000, 0, -10, 4600000))
    return emulator.start(assets={ID: image}, faults=Faults(**faults))


def body_of(number: int = 0, size: int = 20) -> str:
    """A request for some pixels; another body for each number."""
    corner = {"scaleX": 10, "translateX": 500000 + 10 * number, "scaleY": -10, "translateY": 4600000}
    grid = {"crsCode": "EPSG:32631", "affineTransform": corner, "dimensions": {"width": size, "height": size}}
    return json.dumps({"fileFormat": "NPY", "grid": grid})


@dataclass(frozen=True)
class Got:
    status: int
    body: bytes
    headers: dict[str, str]


def ask(earth: Emulator, body: str | None = None, fault: str | None = None, call: str = f"{ID}:getPixels") -> Got:
    reply = requests.post(
        f"{earth.url}/v1/{call}",
        data=body or body_of(),
        headers={} if fault is None else {"x-emulator-fault": fault},
        timeout=60,
    )
    return Got(reply.status_code, reply.content, {name.lower(): value for name, value in reply.headers.items()})


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    """Without faults, unless a request says so."""
    with running(stall_seconds=0.05, retry_after=7) as earth:
        yield earth


@pytest.fixture(scope="module")
def honest(earth: Emulator) -> bytes:
    return ask(earth).body


@pytest.fixture
def client(earth: Emulator) -> Iterator[Emulator]:
    """The official client on it, without its retries."""
    earth.initialize()
    ee.data.setMaxRetries(0)
    yield earth
    ee.Reset()


# ------------------------------------------------------------------------------------------------ seen through HTTP


@pytest.mark.parametrize("fault", ERRORS)
def test_refusals_are_the_services(earth: Emulator, fault: str) -> None:
    status, text = ERRORS[fault]
    got = ask(earth, fault=fault)
    error = json.loads(got.body)["error"]
    assert (got.status, error["code"], error["message"]) == (status, status, text)
    assert got.headers.get("retry-after") == ("7" if fault == "429" else None)
    noted = earth.requests[-1]
    assert (noted.kind, noted.fault, noted.status, noted.sent) == ("getPixels", fault, status, len(got.body))


def test_retry_after_is_left_out_unless_asked_for() -> None:
    with running() as earth:
        assert "retry-after" not in ask(earth, fault="429").headers


def test_a_restricted_project_is_told_so(honest: bytes) -> None:
    """Of which the official client warns, and nothing fails."""
    with running(restricted=True, calls={"getPixels", "computeValue"}) as earth:
        got = ask(earth)
        assert got.headers["x-earth-engine-quota-status"] == "parallelism_restricted=true"
        assert (got.status, got.body) == (200, honest)
        earth.initialize()
        try:
            with pytest.warns(UserWarning, match="restricted mode"):
                assert ee.Number(2).add(3).getInfo() == 5
        finally:
            ee.Reset()
    with running() as earth:
        assert "x-earth-engine-quota-status" not in ask(earth).headers


def test_a_proxy_answers_in_html(earth: Emulator) -> None:
    got = ask(earth, fault="html")
    assert got.status == 502
    assert got.headers["content-type"].startswith("text/html")
    assert b"<html" in got.body


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", ConnectionResetError),
        ("truncated", http.client.IncompleteRead),
        ("truncated-chunks", http.client.IncompleteRead),
    ],
)
def test_bodies_break_off_after_the_headers(earth: Emulator, honest: bytes, fault: str, error: type[Exception]) -> None:
    connection = http.client.HTTPConnection(urlsplit(earth.url).netloc, timeout=60)
    connection.request("POST", f"/v1/{ID}:getPixels", body_of(), {"x-emulator-fault": fault})
    reply = connection.getresponse()
    assert reply.status == 200
    assert reply.headers["content-length"] == (None if fault == "truncated-chunks" else str(len(honest)))
    first = reply.read(1)
    with pytest.raises(error) as caught:
        reply.read()
    connection.close()
    if isinstance(caught.value, http.client.IncompleteRead):
        assert honest.startswith(first + caught.value.partial)
        assert len(first + caught.value.partial) < len(honest)
    assert earth.requests[-1].fault == fault
    assert ask(earth).body == honest


def test_a_short_file_comes_as_a_whole_reply(earth: Emulator, honest: bytes) -> None:
    got = ask(earth, fault="short")
    assert got.status == 200
    assert int(got.headers["content-length"]) == len(got.body) < len(honest)
    assert honest.startswith(got.body)
    assert len(got.body) > 0


def test_a_stall_ends_with_the_rest(earth: Emulator, honest: bytes) -> None:
    begun = time.monotonic()
    assert ask(earth, fault="stall").body == honest
    assert time.monotonic() - begun >= 0.05


def test_wrong_content_is_a_whole_reply(earth: Emulator, honest: bytes) -> None:
    right = np.load(io.BytesIO(honest))
    shape, retyped, bands = (
        np.load(io.BytesIO(ask(earth, fault=fault).body)) for fault in ("wrong-shape", "wrong-type", "wrong-bands")
    )
    np.testing.assert_array_equal(shape, right[:19])
    assert shape.dtype == right.dtype == [("a", "<u2"), ("b", "<u2")]
    assert retyped.dtype == [("a", "<f8"), ("b", "<f8")]
    np.testing.assert_array_equal(retyped["b"], right["b"])
    assert bands.dtype.names == ("b", "a")
    np.testing.assert_array_equal(bands["b"], right["b"])
    magic = ask(earth, fault="wrong-magic").body
    assert magic[0] != honest[0]
    assert magic[1:] == honest[1:]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_wrong_content_shows_in_every_type(dtype: str) -> None:
    pixels = np.zeros((1, 3), [("only", dtype)])
    file = io.BytesIO()
    np.save(file, pixels)
    shape, retyped, bands = (
        np.load(io.BytesIO(tamper(file.getvalue(), fault))) for fault in (Fault.SHAPE, Fault.TYPE, Fault.BANDS)
    )
    assert shape.shape == (2, 3)
    assert bands.dtype == [("not_only", dtype)]
    assert not np.can_cast(retyped.dtype["only"], dtype, "safe")


def test_what_is_no_npy_gets_another_first_byte(earth: Emulator) -> None:
    body = json.dumps({**json.loads(body_of()), "fileFormat": "PNG"})
    right, wrong = ask(earth, body).body, ask(earth, body, "wrong-shape").body
    assert right[0] != wrong[0]
    assert right[1:] == wrong[1:]
    assert tamper(b"", Fault.MAGIC) == b""


def test_a_header_with_another_word_is_refused(earth: Emulator) -> None:
    got = ask(earth, fault="rain")
    assert got.status == 400
    assert "'rain' is no fault; pass one of 429, " in json.loads(got.body)["error"]["message"]


def test_the_next_requests_are_told(earth: Emulator, honest: bytes) -> None:
    earth.faults.next("getPixels", ["503", None])
    earth.faults.next("getPixels", ["short"])
    got = [ask(earth) for _ in range(4)]
    assert [reply.status for reply in got] == [503, 200, 200, 200]
    assert [reply.body == honest for reply in got] == [False, True, False, True]
    assert [request.fault for request in earth.requests[-4:]] == ["503", "", "short", ""]


def test_a_header_leaves_the_queue_alone(earth: Emulator) -> None:
    earth.faults.next("getPixels", ["503"])
    assert [ask(earth, fault="500").status, ask(earth).status] == [500, 503]


def test_metadata_calls_can_be_told(earth: Emulator) -> None:
    body = json.dumps({"expression": {"result": "0", "values": {"0": {"constantValue": 5}}}})
    earth.faults.next("computeValue", ["500"])
    call = "projects/p/value:compute"
    assert [ask(earth, body, call=call).status for _ in range(2)] == [500, 200]
    assert ask(earth, body, "wrong-magic", call).body[:1] != b"{"


@pytest.mark.parametrize(("call", "fault"), [("getConfig", "503"), ("computePixel", "503"), ("getPixels", "rain")])
def test_what_nobody_can_meet_is_not_told(earth: Emulator, call: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r"pass (some|one) of"):
        earth.faults.next(call, [fault])


def test_faults_concern_the_calls_they_are_for() -> None:
    with running(rates={"503": 1.0}) as earth:
        url = f"{earth.url}/v1/{ID}"
        assert requests.get(url, timeout=60).status_code == 200
        assert requests.get(f"{earth.url}/$discovery/rest", timeout=60).status_code == 200
        assert ask(earth).status == 503
    with running(rates={"503": 1.0}, calls={"getAsset"}) as earth:
        assert requests.get(f"{earth.url}/v1/{ID}", timeout=60).status_code == 503
        assert ask(earth).status == 200


def test_the_start_of_a_session_meets_faults_where_they_are_for_it() -> None:
    with running(rates={"503": 1.0}, calls={"discovery", "algorithms"}) as earth:
        discovery, algorithms = f"{earth.url}/$discovery/rest", f"{earth.url}/v1/projects/p/algorithms"
        assert [requests.get(url, timeout=60).status_code for url in (discovery, algorithms)] == [503, 503]
        earth.faults.next("discovery", ["html", None])
        assert [requests.get(discovery, timeout=60).status_code for _ in range(2)] == [502, 200]
        assert ask(earth).status == 200


def test_pictures_and_tiles_meet_faults_too(client: Emulator) -> None:
    image = ee.Image(ID).visualize(bands=["a"], min=0, max=2000)
    region = ee.Geometry.Rectangle([500000, 4599600, 500500, 4600000], "EPSG:32631", evenOdd=False)
    client.faults.next("createThumbnail", ["memory"])
    with pytest.raises(ee.EEException, match="memory limit"):
        image.getThumbURL({"region": region, "dimensions": 20})
    url = image.getThumbURL({"region": region, "dimensions": 20})
    client.faults.next("getThumbnail", ["503", "reset"])
    assert requests.get(url, timeout=60).status_code == 503
    with pytest.raises(requests.RequestException):
        _ = requests.get(url, timeout=60).content
    assert requests.get(url, timeout=60).status_code == 200
    tile = image.getMapId()["tile_fetcher"].format_tile_url(0, 0, 0)
    client.faults.next("getTile", ["html"])
    assert [requests.get(tile, timeout=60).status_code for _ in range(2)] == [502, 200]


def test_tables_and_exports_meet_faults_when_they_are_asked_for(client: Emulator) -> None:
    table = ee.FeatureCollection([ee.Feature(ee.Geometry.Point(3, 41), {"a": 1})])
    client.faults.next("computeFeatures", ["429"])
    with pytest.raises(ee.EEException, match="Too Many Requests"):
        ee.data.computeFeatures({"expression": table})
    assert len(ee.data.computeFeatures({"expression": table})["features"]) == 1
    client.faults.next("exportTable", ["503"])
    with pytest.raises(ee.EEException, match="unavailable"):
        ee.batch.Export.table.toDrive(table, description="refused").start()
    assert all(one["metadata"]["description"] != "refused" for one in ee.data.listOperations())


def test_limits_on_size_are_on_pixel_values() -> None:
    with running(memory_limit=800, time_limit=700) as earth:  # 20 x 20 x 2 = 800, 18 x 18 x 2 = 648
        texts = [json.loads(ask(earth, body_of(0, size)).body)["error"]["message"] for size in (21, 20)]
        assert texts == ["User memory limit exceeded.", "Computation timed out."]
        assert ask(earth, body_of(0, 18)).status == 200
        assert [(request.fault, request.status) for request in earth.requests] == [
            ("memory", 400), ("timeout", 400), ("", 200)
        ]  # fmt: skip


def test_latency_counts_pixels() -> None:
    with running(latency=Latency(seconds=0.05, per_megapixel=100)) as earth:
        begun = time.monotonic()
        assert ask(earth).status == 200
        assert time.monotonic() - begun >= 0.05 + 800 * 100e-6
        assert earth.requests[-1].fault == ""


def test_bandwidth_is_what_a_body_takes(honest: bytes) -> None:
    with running(bandwidth=20_000) as earth:
        begun = time.monotonic()
        assert ask(earth).body == honest
        assert time.monotonic() - begun >= len(honest) / 20_000 - 0.01


def hold(earth: Emulator, fault: str = "stall") -> socket.socket:
    """A connection on which a reply has begun, and stands still."""
    address = urlsplit(earth.url)
    assert address.hostname
    assert address.port
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    head = f"POST /v1/{ID}:getPixels HTTP/1.1\r\nHost: h\r\nx-emulator-fault: {fault}\r\n"
    connection.sendall(f"{head}Content-Length: {len(body_of())}\r\n\r\n{body_of()}".encode())
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def test_waiting_holds_no_worker() -> None:
    before = set(threading.enumerate())
    with running(stall_seconds=LONG) as earth:
        held = [hold(earth) for _ in range(60)]  # more than the pool has threads
        assert ask(earth).status == 200
        begun = time.monotonic()
        earth.stop()
        assert time.monotonic() - begun < 10
        for connection in held:
            connection.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def test_stop_ends_latency_and_slow_bodies(caplog: pytest.LogCaptureFixture) -> None:
    for faults in ({"latency": Latency(seconds=LONG)}, {"bandwidth": 1.0}):
        earth = running(**faults)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ask, earth)
            while not earth.requests:
                time.sleep(0.01)
            earth.stop()
            with pytest.raises(requests.exceptions.RequestException):
                waiting.result(timeout=30)
    assert caplog.text == ""


def test_breaking_off_is_no_error_of_the_server(earth: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """16 MB, which a connection does not swallow at once: some of it still waits when the end is decided."""
    for number in range(6):
        with pytest.raises(requests.exceptions.RequestException):
            ask(earth, body_of(number, 2000), ("reset", "truncated", "truncated-chunks")[number % 3])
    assert ask(earth).status == 200
    assert caplog.text == ""


def test_the_quota_counts_what_is_in_flight() -> None:
    with running(stall_seconds=LONG, quota=Quota(concurrent=2)) as earth:
        held = [hold(earth), hold(earth)]
        refused = ask(earth)
        assert (refused.status, earth.requests[-1].fault) == (429, "429")
        held[0].close()  # a client that leaves makes room
        until = time.monotonic() + 30
        while ask(earth).status == 429 and time.monotonic() < until:
            time.sleep(0.01)
        assert ask(earth).status == 200
        held[1].close()


# --------------------------------------------------------------------------------- seen through the official client


def get_pixels(earth: Emulator, fault: str, file_format: str = "NPY") -> Any:
    earth.faults.next("getPixels", [fault])
    return ee.data.getPixels({"assetId": ID, "fileFormat": file_format})


@pytest.mark.parametrize("fault", ERRORS)
def test_the_official_client_says_the_text(client: Emulator, fault: str) -> None:
    with pytest.raises(ee.EEException) as caught:
        get_pixels(client, fault)
    assert str(caught.value) == ERRORS[fault][1]


def test_the_official_client_makes_an_error_of_html(client: Emulator) -> None:
    with pytest.raises(ee.EEException):
        get_pixels(client, "html")


@pytest.mark.parametrize("fault", ["reset", "truncated", "truncated-chunks"])
def test_the_official_client_sees_the_connection_break(client: Emulator, fault: str) -> None:
    with pytest.raises(ConnectionError):
        get_pixels(client, fault)


@pytest.mark.parametrize("fault", ["short", "wrong-magic"])
def test_the_official_client_can_not_read_a_broken_file(client: Emulator, fault: str) -> None:
    with pytest.raises(ValueError, match=r"EOF|pickle"):
        get_pixels(client, fault, "NUMPY_NDARRAY")


def test_the_official_client_believes_wrong_content(client: Emulator) -> None:
    shape, retyped, bands = (
        get_pixels(client, fault, "NUMPY_NDARRAY") for fault in ("wrong-shape", "wrong-type", "wrong-bands")
    )
    assert (shape.shape, retyped.dtype["a"], bands.dtype.names) == ((39, 50), np.dtype("f8"), ("b", "a"))
    np.testing.assert_array_equal(get_pixels(client, "stall", "NUMPY_NDARRAY")["a"], VALUES)


def test_the_official_client_tries_again_by_itself(client: Emulator) -> None:
    ee.data.setMaxRetries(1)
    client.requests.clear()
    np.testing.assert_array_equal(get_pixels(client, "503", "NUMPY_NDARRAY")["a"], VALUES)
    assert [request.fault for request in client.requests] == ["503", ""]


# ----------------------------------------------------------------------------------------------------- the draws


RATES = {"503": 0.1, "reset": 0.05, "short": 0.02}


def occasions(count: int) -> list[Occasion]:
    return [Occasion("computePixels", number.to_bytes(4), 0) for number in range(count)]


def test_rates_are_what_they_say() -> None:
    counts = Counter(Faults(rates=RATES, seed=3).draw(occasion) for occasion in occasions(2000))
    for name, rate in RATES.items():
        spread = math.sqrt(2000 * rate * (1 - rate))
        assert abs(counts[Fault(name)] - 2000 * rate) < 4 * spread, name
    assert sum(counts.values()) - counts[None] == sum(counts[Fault(name)] for name in RATES)


def test_attempts_and_seeds_draw_apart() -> None:
    """Two draws at 0.5 agree on half of the occasions if they know nothing of each other: 1000 +- 4 x 22."""
    faults, other = Faults(rates={"503": 0.5}, seed=1), Faults(rates={"503": 0.5}, seed=2)
    again = [Occasion(occasion.call, occasion.digest, 1) for occasion in occasions(2000)]
    first = [faults.draw(occasion) for occasion in occasions(2000)]
    for draws in (
        [faults.draw(occasion) for occasion in again],
        [other.draw(occasion) for occasion in occasions(2000)],
    ):
        assert abs(sum(a == b for a, b in zip(first, draws, strict=True)) - 1000) < 90


@given(st.permutations([b"a", b"a", b"a", b"b", b"b", b"c", b"d", b"e"]), st.integers(0, 5))
def test_the_order_of_requests_does_not_matter(order: list[bytes], seed: int) -> None:
    def met(requests: list[bytes]) -> dict[bytes, list[Fault | None]]:
        live = LiveFaults(Faults(rates={"503": 0.3, "reset": 0.3}, seed=seed))
        out: dict[bytes, list[Fault | None]] = {}
        for request in requests:
            out.setdefault(request, []).append(live.meet("getPixels", request, None).fault)
        return out

    assert met(order) == met(sorted(order))


def test_a_run_repeats_itself_under_concurrency() -> None:
    def run(workers: int, seed: int) -> Counter[tuple[bytes, str]]:
        with running(rates={"503": 0.2, "short": 0.2, "truncated": 0.2}, seed=seed) as earth:

            def attempt(number: int) -> None:
                with suppress(requests.exceptions.RequestException):
                    ask(earth, body_of(number % 30))

            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(attempt, range(60)))
            return Counter((request.raw, request.fault) for request in earth.requests)

    first = run(8, seed=5)
    assert first == run(3, seed=5)
    assert first != run(3, seed=6)
    assert {fault for _, fault in first} == {"", "503", "short", "truncated"}


def test_latency_has_the_tail_that_it_says() -> None:
    """The logarithm of a log-normal is normal: median 0.2 s, and a quarter of it lies above exp(0.6745 sigma)."""
    latency = Latency(seconds=0.1, per_megapixel=0.05, tail=0.5)
    drawn = [latency.draw(2_000_000, occasion.number(0, "latency")) for occasion in occasions(2000)]
    quarters = statistics.quantiles(drawn, n=4)
    expected = [0.2 * math.exp(0.6745 * 0.5 * sign) for sign in (-1, 0, 1)]
    np.testing.assert_allclose(quarters, expected, rtol=0.06)
    assert Latency(seconds=0.1, per_megapixel=0.05).draw(2_000_000, 0.9) == pytest.approx(0.2)


def test_bursts_come_in_a_row() -> None:
    live = LiveFaults(Faults(burst=Burst(rate=0.2, length=5), seed=1))
    met = [live.meet("getPixels", str(number).encode(), None).fault for number in range(2000)]
    blocks = {tuple(met[start : start + 5]) for start in range(0, 2000, 5)}
    assert blocks == {(None,) * 5, (Fault.UNAVAILABLE,) * 5}
    assert abs(met.count(Fault.UNAVAILABLE) / 2000 - 0.2) < 4 * math.sqrt(0.2 * 0.8 / 400)


def test_the_quota_counts_any_second() -> None:
    live = LiveFaults(Faults(quota=Quota(per_second=3)))
    let_in = []
    for now in (0.0, 0.5, 0.9, 0.95, 1.0, 1.2, 1.5, 1.6):
        with live.in_flight(live.meet("getPixels", b"", None), now) as yes:
            let_in.append(yes)
    # 0.95 comes after three; at 1.0 the first is a second old, at 1.5 the second.
    assert let_in == [True, True, True, False, True, False, True, False]


# ---------------------------------------------------------------------------------------------------- the spelling


def test_the_command_spells_them_in_one_line() -> None:
    text = (
        "latency=0.5, latency_per_megapixel=0.1, latency_tail=0.3, bandwidth=5e6, concurrent=40, per_second=100, "
        "retry_after=2, restricted=1, burst=0.1, burst_length=20, burst_fault=500, memory_limit=1e6, time_limit=2e6, "
        "stall_seconds=9, calls=computePixels+computeValue, 503=0.02, reset=0.01, wrong-type=0.03, seed=7"
    )
    assert parse_faults(text) == Faults(
        rates={"503": 0.02, "reset": 0.01, "wrong-type": 0.03},
        latency=Latency(seconds=0.5, per_megapixel=0.1, tail=0.3),
        bandwidth=5e6,
        quota=Quota(concurrent=40, per_second=100),
        burst=Burst(rate=0.1, length=20, fault="500"),
        memory_limit=1_000_000,
        time_limit=2_000_000,
        retry_after=2,
        restricted=True,
        stall_seconds=9,
        calls=frozenset({"computePixels", "computeValue"}),
        seed=7,
    )
    assert parse_faults("") == Faults()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rain=0.5", "'rain' is no fault"),
        ("503", "503='' can not be read"),
        ("503=often", "503='often' can not be read"),
        ("restricted=yes", "restricted='yes' can not be read"),
        ("seed=1.5", "seed='1.5' can not be read"),
        ("503=0.1,503=0.2", "'503' is there twice"),
        ("503=1.5", "it is a share"),
        ("503=0.6,500=0.6", "the sum of"),
        ("latency=-1", "pass a number from 0"),
        ("latency=nan", "pass a number from 0"),
        ("bandwidth=0", "lets no byte through"),
        ("concurrent=0", "lets nothing in"),
        ("burst_length=3", "A burst needs its rate"),
        ("burst=0.1,burst_fault=rain", "'rain' is no fault"),
        ("burst=0.1,burst_length=0", "is no burst"),
        ("memory_limit=-5", "pass a number from 0"),
        ("calls=rain", "'rain' meets no faults"),
    ],
)
def test_what_can_not_be_read_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_faults(text)


@pytest.mark.parametrize(
    ("made", "values", "sentence"),
    [
        (Faults, {"latency": 0.5}, r"Faults\(latency=...\) is 0.5; pass a Latency, such as Latency\(seconds=0.5\)."),
        (Faults, {"rates": [("503", 0.1)]}, "Faults\\(rates=...\\) is .*; pass a mapping"),
        (Faults, {"rates": {503: 0.1}}, "a name in Faults\\(rates=...\\) is 503"),
        (Faults, {"rates": {"503": "often"}}, "is 'often'; pass a number"),
        (Faults, {"rates": {"503": True}}, "is True; pass a number"),
        (Faults, {"bandwidth": "fast"}, "bandwidth"),
        (Faults, {"quota": 40}, "pass a Quota"),
        (Faults, {"burst": 0.1}, "pass a Burst"),
        (Faults, {"memory_limit": 1e6}, "memory_limit.*whole number"),
        (Faults, {"time_limit": "5"}, "time_limit"),
        (Faults, {"retry_after": 2.5}, "retry_after"),
        (Faults, {"restricted": 1}, "True or False"),
        (Faults, {"stall_seconds": None}, "stall_seconds"),
        (Faults, {"calls": "computePixels"}, r"pass a collection of names, such as \{'computePixels'\}"),
        (Faults, {"calls": [1]}, "a name in Faults"),
        (Faults, {"seed": "a"}, "seed"),
        (Latency, {"seconds": "1"}, "Latency\\(seconds=...\\) is '1'; pass a number"),
        (Latency, {"tail": None}, "tail"),
        (Quota, {"concurrent": 1.5}, "Quota\\(concurrent=...\\) is 1.5"),
        (Quota, {"per_second": True}, "per_second"),
        (Burst, {"rate": "0.1"}, "Burst\\(rate=...\\)"),
        (Burst, {"rate": 0.1, "length": 2.0}, "whole number"),
        (Burst, {"rate": 0.1, "fault": 503}, "name of a fault"),
        (emulator.start, {"faults": 0.5}, "pass emulator.Faults"),
    ],
)
def test_wrong_types_are_refused_when_they_are_made(made: Any, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        made(**values)


def test_one_name_is_no_sequence_of_names(earth: emulator.Emulator) -> None:
    with pytest.raises(TypeError, match=r"such as \['503'\]"):
        earth.faults.next("computePixels", "503")
