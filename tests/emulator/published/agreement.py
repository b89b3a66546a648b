"""When what comes out is what the reference says.

Google's reference has a short sample for each function (google/earthengine-community, samples/python/apidocs), and
many tell in a comment what comes out. The tests beside this file hold such facts, each asked in our own words.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

Sample = tuple[Callable[[], Any], Any]
"""What is asked, and what the service prints."""
"""Evaluates an object of the client in process (the fixture ``info``)."""

MILLIONTH = 1e-6


def agree(found: Any, expected: Any) -> bool:
    """Whether two values are the same, their numbers within a millionth."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(agree(found[name], expected[name]) for name in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(agree(*pair) for pair in zip(found, expected, strict=True))
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return math.isclose(found, expected, rel_tol=MILLIONTH, abs_tol=MILLIONTH)
    return bool(found == expected)


def cases(samples: dict[str, list[Sample]]) -> list[Any]:
    """The parameters of a test, each named by its group and its place in it."""
    return [
        pytest.param(sample, expected, id=f"{group}-{number}")
        for group, members in samples.items()
        for number, (sample, expected) in enumerate(members)
    ]
