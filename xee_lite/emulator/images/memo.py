"""A cache of what one request has computed, with a limit of memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Made = TypeVar("Made")

BUDGET = 2**28
"""Bytes kept. Evicting costs time only: what is needed again is computed again."""


class Memo:
    """Remembers what was made, and forgets what was not asked for longest.

    A composite over a thousand scenes looks at each once; keeping all of them would fill the memory for nothing.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def __contains__(self, key: Hashable) -> bool:
        """Whether it is remembered."""
        return key in self._kept

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` made under this key, now or before."""
        if key in self._kept:
            self._kept.move_to_end(key)
            found: Made = self._kept[key][0]
            return found
        made = make()
        if key not in self._kept:
            size = _size(made)
            self._kept[key] = made, size
            self._bytes += size
            self._shrink()
        return made

    def _shrink(self) -> None:
        while self._bytes > BUDGET and len(self._kept) > 1:
            _, (_, size) = self._kept.popitem(last=False)
            self._bytes -= size


def _size(value: Any) -> int:  # noqa: ANN401 - arrays, and what holds them
    """Bytes of the arrays in a value; a broadcast view has none of its own."""
    if isinstance(value, np.ndarray):
        return value.nbytes if all(value.strides) else 0
    if isinstance(value, (tuple, list)):
        return sum(map(_size, value))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(_size(getattr(value, one.name)) for one in fields(value))
    return 0
