"""Properties of which some are computed on first access."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Compute = Callable[[], Mapping[str, Any]]
"""Computes properties that are expensive, and maybe others with them."""


class LazyProperties(Mapping[str, Any]):
    """A mapping of which some values are computed on first access.

    Parameters
    ----------
    known : mapping
        All names, in order; the values of lazy ones are ignored.
    lazy : mapping of str to callable
        Computes the lazy ones. It is called once, unless two threads call it at the same time.
    """

    def __init__(self, known: Mapping[str, Any], lazy: Mapping[str, Compute]) -> None:
        self._known, self._lazy = dict(known), dict(lazy)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """A property; a lazy one is computed with all that share its function."""
        compute = self._lazy.get(name)
        if compute is not None:
            computed = compute()
            # A name may leave the lazy ones only after its value is there: other threads read without a lock.
            for other in [other for other, its in list(self._lazy.items()) if its is compute]:
                self._known[other] = computed[other]
                self._lazy.pop(other, None)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a property, computed or not."""
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        """Names, in order."""
        return iter(self._known)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._known)

    def __repr__(self) -> str:
        """As of a dictionary."""
        return repr(dict(self))
