"""How many examples a property is tried on: a number that ``--long`` multiplies for every property alike."""

from __future__ import annotations

from hypothesis import settings

MANY = 50
"""Times as many examples are drawn with ``--long``."""


def examples(count: int) -> settings:
    """Draw as many examples, and `MANY` times as many with ``--long``; all else is as `tests.conftest` has it.

    It is for modules that are imported after the options of pytest are known, as those of tests are.
    """
    return settings(max_examples=count * settings().max_examples // settings.get_profile("suite").max_examples)
