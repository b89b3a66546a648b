"""Recursion without a call stack, so that a graph may be deeper than Python's recursion limit."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ..request_limits import check_time

if TYPE_CHECKING:
    from ..value import Value

Steps = Generator[Any, Any, Any]
"""A computation that yields the sub-computations (Steps too) whose results it is sent."""


def run(steps: Steps) -> Value:
    """Drive a computation, and all those that it asks for, to its result."""
    stack = [steps]
    result: Any = None
    while stack:
        check_time()
        try:
            asked = stack[-1].send(result)
        except StopIteration as done:
            stack.pop()
            result = done.value
        else:
            stack.append(asked)
            result = None
    return result
