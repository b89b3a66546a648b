"""Plans of reads: how an array is cut into requests, a planned request, and the tasks of a read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from .planning.chunks import Shape
    from .planning.limits import Budget, Limits
    from .reader import PointsRequest, ReadRequest

    Pixels = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How an array is cut into requests.

    Attributes
    ----------
    shape : (items, height, width)
        Of the whole array.
    chunk : (items, height, width)
        What one request reads, of all bands.
    chunk_bytes : int
        What a chunk counts at most, in the bytes of `limits`.
    budget : Budget
        What one request may count, where more than a chunk is read at once.
    limits : Limits
        What the service accepts, and how it counts.
    seams : tuple of int
        Columns before which a request has to end, see :attr:`xee_lite.Grid.seams`.
    """

    shape: Shape
    chunk: Shape
    chunk_bytes: int
    budget: Budget
    limits: Limits
    seams: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request that a read would make.

    Attributes
    ----------
    request : ReadRequest or PointsRequest
    bytes : int
        What the service would count; for a table of values, about the length of its text.
    limits : Limits
        Of the service.
    """

    request: ReadRequest | PointsRequest
    bytes: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class PreparedRead:
    """A read that can be made side by side with others.

    Attributes
    ----------
    tasks : sequence of callable
        May run in any order and in several threads at once.
    result : callable
        Gives the pixels once all tasks have run.
    """

    tasks: Sequence[Callable[[], None]]
    result: Callable[[], Pixels]
