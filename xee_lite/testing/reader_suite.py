"""Tests that every `Reader` has to pass: pytest runs them on the reader of a subclass."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..grids.grid import Window
from ..reader import ReadRequest

if TYPE_CHECKING:
    from ..reader import Reader, View

    Pixels = npt.NDArray[np.generic]

_DRAWN = 12
"""Requests that are drawn at random, beside those at the edges of the grid; chosen: a test takes less than a second."""


class ReaderSuite(ABC):
    """The promises of `Reader`, as tests.

    A subclass, whose name begins with ``Test``, overrides the three methods below; they are called anew in each test.
    The source should have several items, two bands or more, some missing pixels, and a grid of a few dozen pixels a
    side, more high than wide or the other way round.
    """

    @abstractmethod
    def view(self) -> View:
        """What is read."""

    @abstractmethod
    def reader(self) -> Reader:
        """The reader of that view."""

    @abstractmethod
    def expected(self, request: ReadRequest) -> Pixels:
        """The pixels (item, band, y, x) of a request, found without the reader; the codec's fill where missing."""

    def requests(self) -> list[ReadRequest]:
        """The whole, single pixels in all corners, the last row and column, and some drawn at random."""
        view = self.view()
        items, bands = tuple(range(len(view.stack.items))), tuple(view.codecs)
        height, width = view.grid.shape
        corners = [Window(row, col, 1, 1) for row in (0, height - 1) for col in (0, width - 1)]
        edges = [
            Window(0, 0, height, width),
            Window(height - 1, 0, 1, width),
            Window(0, width - 1, height, 1),
            *corners,
        ]
        found = [ReadRequest(items, bands, window) for window in edges]
        rng = np.random.default_rng(0)
        for _ in range(_DRAWN):
            row, col = int(rng.integers(height)), int(rng.integers(width))
            window = Window(row, col, int(rng.integers(1, height - row + 1)), int(rng.integers(1, width - col + 1)))
            chosen = rng.permutation(len(items))[: rng.integers(1, len(items) + 1)].tolist()
            named = [bands[band] for band in rng.permutation(len(bands))[: rng.integers(1, len(bands) + 1)]]
            found.append(ReadRequest(tuple(chosen), tuple(named), window))
        return found

    def read(self, reader: Reader, request: ReadRequest) -> Pixels:
        """Read a request into an array whose bytes were all something else."""
        memory = next(iter(self.view().codecs.values())).memory
        out = np.frombuffer(b"\x55" * int(np.prod(request.shape)) * memory.itemsize, memory).copy()
        out = out.reshape(request.shape)
        reader.read(request, out)
        return out

    def test_every_request_gives_the_pixels_that_are_there(self) -> None:
        """Items and bands come in any order, and every pixel of the target is written."""
        reader = self.reader()
        for request in self.requests():
            np.testing.assert_array_equal(self.read(reader, request), self.expected(request), str(request))

    def test_it_writes_into_any_part_of_a_larger_array(self) -> None:
        """The target may have any strides, and nothing around it is written."""
        reader = self.reader()
        for request in self.requests():
            expected = self.expected(request)
            whole = np.zeros((*(2 * size + 1 for size in reversed(request.shape)),), expected.dtype).T
            part = whole[1::2, 1::2, 1::2, 1::2]
            reader.read(request, part)
            np.testing.assert_array_equal(part, expected, str(request))
            part[...] = 0
            np.testing.assert_array_equal(whole, 0, str(request))

    def test_it_pickles(self) -> None:
        """A worker reads the same as the process that opened the dataset."""
        reader = pickle.loads(pickle.dumps(self.reader()))  # noqa: S301 - what was pickled here
        request = self.requests()[0]
        np.testing.assert_array_equal(self.read(reader, request), self.expected(request))

    def test_threads_do_not_disturb_each_other(self) -> None:
        """Many requests at once give what each gives alone."""
        reader, requests = self.reader(), self.requests()
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda request: self.read(reader, request), requests))
        for request, pixels in zip(requests, found, strict=True):
            np.testing.assert_array_equal(pixels, self.expected(request), str(request))

    def test_halves_are_the_whole(self) -> None:
        """A request that is too much for the service is made in two."""
        reader = self.reader()
        for request in self.requests():
            expected = self.expected(request)
            for half, slices in request.halves():
                np.testing.assert_array_equal(self.read(reader, half), expected[slices], str(half))
