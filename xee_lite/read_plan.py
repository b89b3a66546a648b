"""How an array is cut into requests, and what a part of it takes."""

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
        What one request reads of all bands; a scattered read touches no other chunks than it has to.
    chunk_bytes : int
        What a chunk counts at most.
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
    """A request that reading a part takes.

    Attributes
    ----------
    request : ReadRequest or PointsRequest
    bytes : int
        What the service would count; of a table of values, about how long its text is.
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
        One for each request.
    result : callable
        Gives the pixels once all tasks have run.
    """

    tasks: Sequence[Callable[[], None]]
    result: Callable[[], Pixels]
