"""Functions as values: what map and iterate apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..value import Value


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of an expression graph, with what surrounds it.

    Attributes
    ----------
    names : tuple of str
        Names of the arguments.
    apply : callable
        From a mapping of arguments to the value.
    confined : bool
        Whether it is known that it makes the same bands of every image, valid only where that image is.
    keeping : bool
        Whether it is known that what it makes of an image has that image's time, place and index.
    """

    names: tuple[str, ...]
    apply: Callable[[Mapping[str, Any]], Any]
    confined: bool = False
    keeping: bool = False

    def __call__(self, *arguments: Value) -> Value:
        """Call by position, as map and iterate do."""
        if len(arguments) != len(self.names):
            raise EarthError(f"A function of {len(self.names)} arguments was called with {len(arguments)}.")
        return self.apply(dict(zip(self.names, arguments, strict=True)))

    def invoke(self, arguments: Mapping[str, Value]) -> Value:
        """Call by name, as an invocation does."""
        if arguments.keys() != set(self.names):
            raise EarthError(f"A function of ({', '.join(self.names)}) was called with ({', '.join(arguments)}).")
        return self.apply(arguments)
