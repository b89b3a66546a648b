"""How many examples a property is tried on where it says so itself."""

from __future__ import annotations

from hypothesis import settings


def scaled(count: int) -> int:
    """So many examples in a normal run, and with ``--long`` as many times more as properties that say no number."""
    return count * settings().max_examples // settings.get_profile("suite").max_examples
