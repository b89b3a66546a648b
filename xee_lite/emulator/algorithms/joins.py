"""Joins."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from ..evaluator.coerce import coercion, instance
from ..evaluator.registry import algorithm
from ..values.collection import Collection
from ..values.feature import Element, Feature, set_properties
from ..values.feature import get_property as property_of
from ..values.join import Join, Match
from ..values.ordering import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..values.filter import Filter

coercion("Join")(instance(Join))


def _with(element: Element, **properties: Any) -> Element:  # noqa: ANN401 - any values
    return set_properties(element, {**element.properties, **properties})


def _measure(match: Match, key: str | None) -> Element:
    element, measure = match
    return element if key is None else _with(element, **{key: measure})


def _order(matches: Iterator[Match], ordering: str | None, ascending: bool) -> list[Match]:
    """Matches by a property, those without it last; in the order of their collection without an ordering."""
    if ordering is None:
        return list(matches)
    keyed = [(property_of(match[0], ordering), match) for match in matches]
    known = sorted(
        (pair for pair in keyed if pair[0] is not None), key=lambda pair: sort_key(pair[0]), reverse=not ascending
    )
    return [match for _, match in known] + [match for value, match in keyed if value is None]


def _saving(primary: Element, key: str, saved: Any, outer: bool) -> list[Element]:  # noqa: ANN401 - elements
    """The primary element with what it is to keep; one without a match is left out, unless the join is outer."""
    if saved:
        return [_with(primary, **{key: saved})]
    return [primary] if outer else []


@algorithm("Join.simple")
def simple() -> Join:
    return Join(lambda primary, matches: [primary for _ in islice(matches, 1)])


@algorithm("Join.inverted")
def inverted() -> Join:
    return Join(lambda primary, matches: [] if next(matches, None) else [primary])


@algorithm("Join.saveFirst")
def save_first(key: str, ordering: str | None, ascending: bool, measure_key: str | None, outer: bool) -> Join:
    def results(primary: Element, matches: Iterator[Match]) -> list[Element]:
        chosen = matches if ordering is None else iter(_order(matches, ordering, ascending))
        first = next(chosen, None)
        return _saving(primary, key, first and _measure(first, measure_key), outer)

    return Join(results)


@algorithm("Join.saveBest")
def save_best(key: str, measure_key: str, outer: bool) -> Join:
    """The match of the least measure; the first, if the condition measures nothing."""

    def results(primary: Element, matches: Iterator[Match]) -> list[Element]:
        best = min(matches, key=lambda match: match[1] or 0, default=None)
        return _saving(primary, key, best and _measure(best, measure_key), outer)

    return Join(results)


@algorithm("Join.saveAll")
def save_all(key: str, ordering: str | None, ascending: bool, measure_key: str | None, outer: bool) -> Join:
    def results(primary: Element, matches: Iterator[Match]) -> list[Element]:
        saved = [_measure(match, measure_key) for match in _order(matches, ordering, ascending)]
        return _saving(primary, key, saved, outer)

    return Join(results)


@algorithm("Join.inner")
def inner(primary_key: str, secondary_key: str, measure_key: str | None) -> Join:
    def results(primary: Element, matches: Iterator[Match]) -> Iterator[Element]:
        for element, measure in matches:
            ids = (str(side.properties.get("system:index")) for side in (primary, element))
            pair = {"system:index": "_".join(ids), primary_key: primary, secondary_key: element}
            yield Feature(None, pair if measure_key is None else {**pair, measure_key: measure})

    return Join(results)


@algorithm("Join.apply")
def apply(join: Join, primary: Collection, secondary: Collection, condition: Filter) -> Collection:
    return Collection(lambda _: join.apply(primary, secondary, condition), None, primary.properties)
