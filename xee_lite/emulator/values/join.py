"""Joins: pairing the elements of two collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .equality import identity
from .feature import Element, get_property
from .filter import Binary, Filter, Operand, scalar
from .stored import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..value import Value
    from .collection import Collection

Match = tuple[Element, float | None]
"""An element of the secondary collection, and how far it is from the primary one where the condition measures."""


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """A way to make results out of an element and its matches.

    Attributes
    ----------
    results : callable
        ``results(primary, matches)``; the matches are lazy, in the order of the secondary collection.
    """

    results: Callable[[Element, Iterator[Match]], Iterable[Element]]

    def apply(self, primary: Collection, secondary: Collection, condition: Filter) -> Iterator[Element]:
        """All results, in the order of the primary collection."""
        candidates = _candidates(secondary, condition)
        for left in primary:
            pairs = (right for right in candidates(left) if condition.passes(left, right))
            yield from self.results(left, ((right, condition.measure(left, right)) for right in pairs))


def _candidates(secondary: Collection, condition: Filter) -> Callable[[Element], Iterable[Element]]:
    """What may match an element: where two properties must be equal, only what has the same value."""
    match condition:
        case Binary(name="equals", left=Operand(str() as here), right=Operand("system:index")) if secondary.id:
            return lambda left: _index(secondary, get_property(left, here))
        case Binary(name="equals", left=Operand(str() as here), right=Operand(str() as there)):
            return _by_value(secondary, here, there)
    return lambda _: secondary


def _index(secondary: Collection, value: Value) -> Iterable[Element]:
    """An element of a stored collection by its index: such a collection may have no end, and knows its indices."""
    return secondary.scan(Query(index=value)) if isinstance(value, str) else ()


def _by_value(secondary: Collection, here: str, there: str) -> Callable[[Element], Iterable[Element]]:
    table: dict[object, list[Element]] = {}

    def candidates(left: Element) -> Iterable[Element]:
        if not table:
            for right in secondary:
                table.setdefault(identity(scalar(get_property(right, there))), []).append(right)
        return table.get(identity(scalar(get_property(left, here))), ())

    return candidates
