"""How many examples a property is tried on: a number that ``--long`` multiplies for every property alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis import HealthCheck

MANY = 50
"""Times as many examples are drawn with ``--long``."""


def examples(count: int, *, suppress_health_check: Sequence[HealthCheck] = ()) -> settings:
    """Draw as many examples, and `MANY` times as many with ``--long``; all else is as `tests.conftest` has it.

    It is for modules that are imported after the options of pytest are known, as those of tests are.
    """
    return settings(max_examples=scaled(count), suppress_health_check=suppress_health_check)


def scaled(count: int) -> int:
    """So many, and `MANY` times as many with ``--long``."""
    return count * settings().max_examples // settings.get_profile("suite").max_examples
