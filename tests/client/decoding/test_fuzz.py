"""Replies of every kind of nonsense: the exact pixels or one of our errors, nothing executed, nothing huge, at once.

``--long`` tries 50 times as many.
"""

from __future__ import annotations

import io
import json
import pickle
import string
import struct
import time
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee
import httplib2
import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials
from hypothesis import example, given
from hypothesis import strategies as st

from tests.client import scenes
from xee_lite import emulator, set_options
from xee_lite.decoding.npy import decode_npy
from xee_lite.earthengine.description import describe
from xee_lite.earthengine.transport import process_transport
from xee_lite.errors import WireError, XeeLiteError
from xee_lite.source import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Fields = list[tuple[str, np.dtype[Any]]]

LETTERS = string.ascii_letters + string.digits + "_"
CODES = ["|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"]
SECONDS = 2.0
"""Of processor time for one reply of some KiB: a hundred times what the slowest takes."""
LONGEST = 3000
"""Characters of a message: a reply is shown in part."""


class Bomb:
    """Unpickling one is an accident that a test would notice."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a reply was unpickled",)


@dataclass(frozen=True)
class Asked:
    """What was asked for, and an honest reply to it."""

    fields: Fields
    shape: tuple[int, int]
    header: str
    body: bytes

    def reply(self, header: str | None = None, version: bytes = b"\x01\x00") -> bytes:
        text = (self.header if header is None else header).encode("utf-8", "surrogatepass")
        length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text) % (1 << 16))
        return b"\x93NUMPY" + version + length + text + self.body


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    names = draw(st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=6, unique=True))
    fields = [(name, np.dtype(draw(st.sampled_from(CODES)))) for name in names]
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    size = np.dtype(fields).itemsize * shape[0] * shape[1]
    body = draw(st.binary(min_size=size, max_size=size))
    header = f"{{'descr': {np.dtype(fields).descr}, 'fortran_order': False, 'shape': {shape}, }}\n"
    return Asked(fields, shape, header, body)


def judge(reply: bytes, wanted: Asked) -> bool:
    """Decode a reply; returns whether it was taken, in which case its pixels are the bytes at its end."""
    # Python's parser takes up to 500 bytes for each of a header, which is refused unread beyond some KiB.
    bound = 100_000 + 500 * (2048 + len(reply) + len(wanted.header))
    tracemalloc.start()
    began = time.thread_time()
    try:
        pixels = decode_npy(reply, wanted.fields, wanted.shape)
    except WireError as error:
        message = str(error)
    else:
        message = ""
        assert pixels.shape == wanted.shape
        assert pixels.dtype.names == tuple(name for name, _ in wanted.fields)
        assert all(np.can_cast(pixels.dtype[name], dtype, "safe") for name, dtype in wanted.fields)
        assert pixels.tobytes() == reply[len(reply) - pixels.nbytes :]
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < bound
    assert time.thread_time() - began < SECONDS
    assert len(message) < LONGEST
    return not message


@given(asked())
def test_the_honest_reply_is_taken(wanted: Asked) -> None:
    assert judge(wanted.reply(), wanted)
    assert judge(wanted.reply(version=b"\x02\x00"), wanted)
    assert not judge(wanted.reply(version=b"\x03\x00"), wanted)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00"]))
def test_any_bytes(noise: bytes, begin: bytes) -> None:
    wanted = Asked([("B4", np.dtype("<u2"))], (3, 4), "", b"")
    assert not judge(begin + noise, wanted)


@given(asked(), st.data())
def test_a_reply_with_bits_flipped_bytes_lost_or_put_in(wanted: Asked, data: st.DataObject) -> None:
    reply = bytearray(wanted.reply())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(reply)))
        change = data.draw(st.sampled_from(["flip", "lose", "cut", "insert", "repeat"]))
        if change == "flip" and at < len(reply):
            reply[at] ^= 1 << data.draw(st.integers(0, 7))
        elif change == "lose":
            del reply[at : at + data.draw(st.integers(1, 8))]
        elif change == "cut":
            del reply[at:]
        elif change == "insert":
            reply[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            reply[at:at] = reply[at : at + 40]
    judge(bytes(reply), wanted)


HUGE = "0x" + "f" * 5000
"""Python reads it, and refuses to write it in decimals."""
ENTRIES = st.sampled_from([
    "(1000000000000, 1000000000000)", "(-1, -5)", "(-3, 5)", "(3,)", "()", "3", "None", "True", "1e400", "-0.0", "1j",
    HUGE, f"({HUGE}, 5)", "9" * 5000, "[" * 90 + "]" * 90, "[" * 500, "-" * 900 + "1", "{}", "{[]: 1}", "...",
    "'|O'", "'|V8'", "'<U9'", "'<c16'", "'>u2'", "'<M8[s]'", "'<u2,<u2'", "'object'", "b'<u2'", "'\\x00'", "'\ud800'",
    "[('B', '|O')]", "[('B', [('x', '<u2')])]", "[('B', '<u2', (1000, 1000))]", "[('B', '<u2'), ('B', '<u2')]", "[()]",
    "[(('title', 'B'), '<u2')]", "[('é', '<u2')]", f"[({HUGE}, '<u2')]", f"[('B', {HUGE})]", "__import__('os')",
    "open('x', 'w')", "lambda: 0", "(yield)", "1 if 1 else 2", "f'{1}'", "x", "0 or 1", "1;2", "#", "\n\n1", "\x00", "",
])  # fmt: skip


@given(asked(), st.sampled_from(["descr", "fortran_order", "shape", "more"]), ENTRIES | st.text(max_size=40))
@example(Asked([(f"b{n}", np.dtype("u1")) for n in range(300)], (1, 1), "{}", b""), "shape", HUGE)
@example(Asked([(f"b{n}", np.dtype("u1")) for n in range(300)], (1, 1), "{}", b""), "descr", f"[({HUGE}, '<u2')]")
def test_a_header_with_an_entry_of_any_kind(wanted: Asked, key: str, entry: str) -> None:
    descr = str(np.dtype(wanted.fields).descr)
    entries = {"descr": descr, "fortran_order": "False", "shape": str(wanted.shape), key: entry}
    header = "{" + ", ".join(f"'{name}': {text}" for name, text in entries.items()) + "}"
    for version in (b"\x01\x00", b"\x02\x00"):
        judge(wanted.reply(header, version), wanted)


@given(asked(), st.sampled_from(["descr", "shape", "all"]))
def test_pickles_are_never_loaded(wanted: Asked, key: str) -> None:
    objects = np.empty(wanted.shape, object)
    objects[:] = Bomb()
    file = io.BytesIO()
    np.lib.format.write_array(file, objects, allow_pickle=True)
    assert not judge(file.getvalue(), wanted)
    assert not judge(pickle.dumps(Bomb()), wanted)
    header = wanted.header.replace("'<", "'|O").replace("'|", "'|O") if key != "shape" else wanted.header
    judge(wanted.reply(header)[: -len(wanted.body)] + pickle.dumps(objects), wanted)


class Liar:
    """A transport that passes everything on, but answers computations with bytes of its own."""

    def __init__(self) -> None:
        self.truth: bytes = b""
        self.lie: bytes | None = None
        self._honest: dict[str, bytes] = {}

    def honest(self, source: str) -> bytes:
        """The reply that describes a source as it is."""
        if source not in self._honest:
            describe(SOURCES[source](), Query(None, "all", "nearest"))
            self._honest[source] = self.truth
        return self._honest[source]

    def request(self, uri: str, *args: Any, **kwargs: Any) -> tuple[httplib2.Response, bytes]:
        if "value:compute" in uri and self.lie is not None:
            return httplib2.Response({"status": "200", "content-type": "application/json"}), self.lie
        reply, content = process_transport().expecting(1 << 24).request(uri, *args, **kwargs)
        self.truth = bytes(content)
        return reply, bytes(content)


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    """The official client against a local Earth Engine with one collection, over a `Liar`."""
    assets, _ = scenes.stack(2)
    transport = Liar()
    with emulator.start(assets=assets) as earth, set_options(request_deadline=0, requests_per_second=1e9):
        ee.Initialize(AnonymousCredentials(), url=earth.url, project=earth.project, http_transport=transport)
        yield transport
    ee.Reset()


SOURCES: dict[str, Callable[[], object]] = {
    "collection": lambda: ee.ImageCollection(scenes.ID),
    "image": lambda: ee.Image(f"{scenes.ID}/i0"),
    "asset": lambda: scenes.ID,
}
EDGES = st.sampled_from(
    [None, True, -1, 0, 2**31, 10**400, -(10**30), 1e308, float("nan"), float("inf"), "", "B1", "x|y"]
)
JSON = st.recursive(
    EDGES | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=5), parts, max_size=4),
    max_leaves=12,
)


def understood(liar: Liar, source: str, lie: bytes) -> bool:
    """Describe a source by a lie; returns whether it was believed."""
    liar.lie = lie
    try:
        describe(SOURCES[source](), Query(None, "all", "nearest"))
    except XeeLiteError as error:
        message = str(error)
    else:
        message = ""
    finally:
        liar.lie = None
    assert len(message) < LONGEST
    return not message


@pytest.mark.parametrize("source", SOURCES)
@given(data=st.data())
def test_a_description_of_which_a_part_is_something_else(liar: Liar, source: str, data: st.DataObject) -> None:
    answer = json.loads(liar.honest(source))
    part = answer
    while True:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        deeper = isinstance(part[key], (dict, list)) and part[key]
        if not deeper or data.draw(st.integers(0, 3)) == 0:
            break
        part = part[key]
    if data.draw(st.booleans()):
        part[key] = data.draw(JSON)
    else:
        del part[key]
    understood(liar, source, json.dumps(answer).encode())


@given(source=st.sampled_from(sorted(SOURCES)), answer=JSON)
def test_a_description_that_is_any_json(liar: Liar, source: str, answer: object) -> None:
    assert not understood(liar, source, json.dumps({"result": answer}).encode())
    understood(liar, source, json.dumps(answer).encode())


@pytest.mark.parametrize(
    "lie",
    [b"", b"{", b"null", b"[]", b"<html>", b"\xff\xfe", b"{}", b'{"result"', b"[" * 100_000, b'{"a":' * 100_000,
     b'{"result": ' + b"[" * 400 + b"]" * 400 + b"}", b'{"result": ' + b"9" * 5000 + b"}"],
    ids=range(12),
)  # fmt: skip
@pytest.mark.parametrize("source", SOURCES)
def test_a_description_that_is_no_json(liar: Liar, source: str, lie: bytes) -> None:
    assert not understood(liar, source, lie)
