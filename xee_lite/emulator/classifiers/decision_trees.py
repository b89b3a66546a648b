"""Decision trees in the text format of R.

A line is a node: its number, the condition of its branch, counts that do not matter here, its value and, if nothing
branches off, a star. The children of node n are 2n and 2n + 1, and each follows its parent at once::

    1) root 150 100 1
      2) B5< 2.45 50 0 1 *
      3) B5>=2.45 100 50 2 *
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from .classifier import Values

_LINE = re.compile(
    r"\s*(?P<number>\d+)\)\s*(?:root|(?P<name>\S+?)\s*(?P<sign><=|>=|<|>)\s*(?P<limit>\S+))"
    r"\s+\S+\s+\S+\s+(?P<value>\S+)\s*(?:\([^)]*\))?\s*(?P<leaf>\*)?\s*"
)
_SIGNS: dict[str, Callable[[Values, float], npt.NDArray[np.bool_]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree.

    Attributes
    ----------
    name, sign, limit
        The condition under which the branch is taken; of the root there is none.
    value : float
    leaf : bool
    """

    name: str
    sign: str
    limit: float
    value: float
    leaf: bool


Tree = dict[int, Node]


def parse_trees(text: str, where: str) -> list[Tree]:
    """The trees of a text, each of which begins with its root.

    Raises
    ------
    EarthError
        If a line is no node, or not the node that belongs there (a message of the service, as its users report it).
    """
    trees: list[Tree] = []
    expected: list[int] = []
    for position, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise EarthError(f"{where}: Error parsing line {position}: '{line.strip()[:80]}' is no node of a tree.")
        number = int(match["number"])
        if not expected:
            trees.append({})
            expected = [1]
        if number != expected[-1] or (number == 1) != (match["name"] is None):
            raise EarthError(f"{where}: Error parsing line {position}: expected {expected[-1]}, got {number}.")
        expected.pop()
        node = _node(match, f"{where}: Error parsing line {position}")
        trees[-1][number] = node
        if not node.leaf:
            expected += [2 * number + 1, 2 * number]
    if expected or not trees:
        raise EarthError(f"{where}: The tree ends where node {expected[-1] if expected else 1} is expected.")
    return trees


def _node(match: re.Match[str], where: str) -> Node:
    try:
        limit = 0.0 if match["limit"] is None else float(match["limit"])
        return Node(match["name"] or "", match["sign"] or "", limit, float(match["value"]), match["leaf"] is not None)
    except ValueError as error:
        raise EarthError(f"{where}: thresholds and values must be numbers; {error}.") from error


def names_of(trees: Sequence[Tree]) -> tuple[str, ...]:
    """The inputs of trees, in the order in which they first appear."""
    return tuple(dict.fromkeys(node.name for tree in trees for node in tree.values() if node.name))


def values_of(tree: Tree, records: Values, names: Sequence[str]) -> Values:
    """The value of the leaf that each record comes to; NaN where no branch is open to it."""
    found = np.full(len(records), np.nan)
    pending = [(1, np.arange(len(records)))]
    while pending:
        number, members = pending.pop()
        if tree[number].leaf:
            found[members] = tree[number].value
            continue
        for child in (2 * number, 2 * number + 1):
            node = tree[child]
            taken = _SIGNS[node.sign](records[members, names.index(node.name)], node.limit)
            if taken.any():
                pending.append((child, members[taken]))
            members = members[~taken]
    return found
