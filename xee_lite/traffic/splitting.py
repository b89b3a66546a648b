"""A read that is too much for the service is made in halves, and what is known to be too much is not tried again.

The service says only after the work how much memory or time a computation takes: the limits that it does state are
kept beforehand. A size that worked before is not given up because it fails once: some parts take more work than others,
and a busy service is slower. Only that read is then made in halves.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from ..errors import TooMuchError
from .concurrency import run_all
from .events import Split, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from ..reader import Reader, ReadRequest

    Pixels = npt.NDArray[np.generic]


@dataclass(slots=True)
class _Known:
    """Pixels in one request of a dataset: the most that worked, and the fewest that never did."""

    worked: int = 0
    too_much: float = math.inf


_known: defaultdict[str, _Known] = defaultdict(_Known)
"""By dataset, in this process."""


@dataclass(frozen=True, slots=True)
class SplittingReader:
    """Passes requests on to a reader, in parts as small as they have to be.

    Attributes
    ----------
    reader : Reader
    concurrency : int
        Parts that are read at once.
    key : str
        What a dataset is remembered by, in every process that reads it.
    """

    reader: Reader
    concurrency: int
    key: str = field(default_factory=lambda: uuid4().hex)

    def __dask_tokenize__(self) -> object:
        """What is read, and not how."""
        from dask.base import normalize_token  # noqa: PLC0415 - slow to import, and few ask

        return normalize_token(self.reader)

    def read(self, request: ReadRequest, out: Pixels) -> None:
        """Read one request.

        Raises
        ------
        TooMuchError
            If even one pixel is too much.
        RequestError
            When the service could not give it for another reason.
        """
        run_all([partial(self._attempt, *part) for part in self._parts(request, out)], self.concurrency)

    def _attempt(self, request: ReadRequest, out: Pixels) -> None:
        known = _known[self.key]
        try:
            self.reader.read(request, out)
            known.worked = max(known.worked, request.size)
        except TooMuchError as error:
            if request.size > known.worked:
                known.too_much = min(known.too_much, request.size)
            parts = [part for half, slices in request.halves() for part in self._parts(half, out[slices])]
            if not parts:
                raise
            publish(Split(request, len(parts), error))
            run_all([partial(self._attempt, *part) for part in parts], self.concurrency)

    def _parts(self, request: ReadRequest, out: Pixels) -> Iterator[tuple[ReadRequest, Pixels]]:
        """The request, or its halves and theirs until none is known to be too much, each with its part of the array."""
        halves = request.halves() if request.size >= _known[self.key].too_much else []
        if not halves:
            yield request, out
        for half, slices in halves:
            yield from self._parts(half, out[slices])
