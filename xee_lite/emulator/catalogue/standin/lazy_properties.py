"""Properties of which some are computed when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Tell = Callable[[], Mapping[str, Any]]
"""Computes properties that are dear, and maybe others with them."""


class LateProperties(Mapping[str, Any]):
    """A mapping like any other, but that some of its values come late.

    Parameters
    ----------
    known : mapping
        All the names, in order; what stands under late ones means nothing.
    late : mapping of str to callable
        What tells the late ones. It is called once, unless two threads come at the same time.
    """

    def __init__(self, known: Mapping[str, Any], late: Mapping[str, Tell]) -> None:
        self._known, self._late = dict(known), dict(late)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """A property; a late one comes with all that are told with it."""
        tell = self._late.get(name)
        if tell is not None:
            told = tell()
            # Whoever finds a name no longer late must find its value.
            for late in [late for late, its in list(self._late.items()) if its is tell]:
                self._known[late] = told[late]
                self._late.pop(late, None)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a property, told or not."""
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
