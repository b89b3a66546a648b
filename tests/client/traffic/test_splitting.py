"""Reads that are too much for the service: made in halves, stitched exactly, and remembered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.errors import PermanentError, TooMuchError
from xee_lite.grids.grid import Window
from xee_lite.reader import ReadRequest
from xee_lite.testing import CodedReader
from xee_lite.traffic.events import Split, subscribe
from xee_lite.traffic.splitting import SplittingReader

if TYPE_CHECKING:
    import numpy.typing as npt

BANDS = ("a", "b")


@dataclass
class Service:
    """Gives coded pixels, and refuses more than so many at once."""

    most: int
    asked: list[ReadRequest] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        with self.lock:
            self.asked.append(request)
        if math.prod(request.shape) > self.most:
            raise TooMuchError("User memory limit exceeded.")
        CodedReader(BANDS).read(request, out)


def truth(request: ReadRequest) -> npt.NDArray[np.int64]:
    out = np.empty(request.shape, np.int64)
    CodedReader(BANDS).read(request, out)
    return out


SIDES = st.integers(1, 9)
REQUESTS = st.builds(
    ReadRequest,
    st.lists(st.integers(0, 50), min_size=1, max_size=7).map(tuple),
    st.sampled_from([("a",), ("b", "a")]),
    st.builds(Window, st.integers(0, 30), st.integers(0, 30), SIDES, SIDES),
)


@given(REQUESTS, st.integers(2, 300))
def test_whatever_the_service_bears_every_pixel_lands_in_its_place(request: ReadRequest, most: int) -> None:
    service = Service(most)
    out = np.full(request.shape, -1, np.int64)
    SplittingReader(service, 40).read(request, out)
    np.testing.assert_array_equal(out, truth(request))
    assert sum(math.prod(part.shape) for part in service.asked if math.prod(part.shape) <= most) == out.size


def test_items_are_parted_first_and_then_the_longer_side() -> None:
    request = ReadRequest((4, 8, 9), BANDS, Window(10, 20, 4, 6))
    halves = [half for half, _ in request.halves()]
    assert [half.items for half in halves] == [(4,), (8, 9)]
    assert [str(half.window) for half, _ in halves[0].halves()] == [
        "rows 10:14, columns 20:23",
        "rows 10:14, columns 23:26",
    ]
    assert ReadRequest((1,), BANDS, Window(0, 0, 1, 1)).halves() == []


def test_a_size_that_was_too_much_is_not_asked_for_again() -> None:
    service = Service(most=50)
    reader = SplittingReader(service, 40)
    request = ReadRequest(tuple(range(8)), ("a",), Window(0, 0, 5, 5))
    reader.read(request, np.empty(request.shape, np.int64))
    assert max(math.prod(part.shape) for part in service.asked) == 200
    service.asked.clear()
    reader.read(request, np.empty(request.shape, np.int64))
    assert [math.prod(part.shape) for part in service.asked] == [50] * 4
    other = SplittingReader(service, 40)
    service.asked.clear()
    other.read(request, np.empty(request.shape, np.int64))
    assert math.prod(service.asked[0].shape) == 200, "another dataset computes something else"


def test_one_pixel_that_is_too_much_is_an_error() -> None:
    service = Service(most=1)
    request = ReadRequest((3,), BANDS, Window(0, 0, 1, 2))
    with pytest.raises(TooMuchError, match="User memory limit"):
        SplittingReader(service, 40).read(request, np.empty(request.shape, np.int64))


def test_other_failures_are_not_split() -> None:
    class Refusing:
        asked = 0

        def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
            del request, out
            self.asked += 1
            raise PermanentError("Image.select: Band pattern 'B99' did not match any bands.")

    service = Refusing()
    with pytest.raises(PermanentError):
        SplittingReader(service, 40).read(ReadRequest((1, 2), BANDS, Window(0, 0, 4, 4)), np.empty((2, 2, 4, 4)))
    assert service.asked == 1


def test_a_split_is_an_event() -> None:
    events: list[Any] = []
    stop = subscribe(events.append)
    request = ReadRequest((1, 2), ("a",), Window(0, 0, 4, 4))
    try:
        SplittingReader(Service(most=16), 40).read(request, np.empty(request.shape, np.int64))
    finally:
        stop()
    (split,) = events
    assert isinstance(split, Split)
    assert (split.request, split.parts) == (request, 2)
