"""The reads in a Dask graph, found by looking at its tasks without running them.

xarray puts a lazy array into a graph as it is, and each chunk is a task ``getter(array, index)``, by itself or fused
with what is computed from it (Dask's ``_execute_subgraph``). No reads are found in tasks of any other form.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import dask
from dask._task_spec import Alias, DataNode, Task, TaskRef, _execute_subgraph
from dask.array.core import getter, getter_inline, getter_nofancy

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from dask.array import Array

    Lookup = Callable[[Hashable], object]
    """The value of a key that a task depends on; KeyError where it is not known."""
    ArrayRead = tuple[Any, Any]
    """An array and its index, as they are passed to Dask's ``getter``."""

_GETTERS = (getter, getter_inline, getter_nofancy)
"""Dask's functions that index an array which is no Dask array."""


class _FoundError(Exception):
    """Ends a compute whose graph has been looked at, before anything is computed."""


def reads_of_arrays(arrays: Sequence[Array]) -> list[ArrayRead]:
    """The reads that computing arrays together takes, in the graph that a scheduler would get for them.

    Raises
    ------
    KeyError
        If an index of a read is itself computed from what is not known before.
    """
    found: list[ArrayRead] = []

    def schedule(graph: Any, *_: object, **__: object) -> NoReturn:  # noqa: ANN401 - a mapping, or what makes one
        nodes = dict(graph.__dask_graph__() if hasattr(graph, "__dask_graph__") else graph)

        def lookup(key: Hashable) -> object:
            return _value(nodes[key], lookup)

        for node in nodes.values():
            found.extend(reads_of(node, lookup))
        raise _FoundError

    with suppress(_FoundError):
        dask.compute(*arrays, scheduler=schedule)
    return found


def reads_of(node: object, lookup: Lookup) -> Iterator[ArrayRead]:
    """The reads of one task, in no order.

    Parameters
    ----------
    node : GraphNode
        Of a graph that Dask is about to compute.
    lookup : callable
        From the key of another node to its value.
    """
    if not isinstance(node, Task):
        return
    if node.func is _execute_subgraph:
        nodes, _, inner = _fused(node, lookup)
        for part in nodes.values():
            yield from reads_of(part, inner)
    elif node.func in _GETTERS:
        yield _array_and_index(node, lookup)
    else:
        for part in (*node.args, *node.kwargs.values()):
            yield from reads_of(part, lookup)


def _value(node: Any, lookup: Lookup) -> Any:  # noqa: ANN401 - whatever a task takes
    """The value of an argument, which is there, or is computed from what is."""
    if isinstance(node, TaskRef):
        return lookup(node.key)
    if isinstance(node, Alias):
        return lookup(node.target)
    if isinstance(node, DataNode):
        return node.value
    if isinstance(node, Task):
        return node({key: lookup(key) for key in node.dependencies})
    return node


def _array_and_index(getter_task: Task, lookup: Lookup) -> ArrayRead:
    array, index = getter_task.args[:2]
    return _value(array, lookup), _value(index, lookup)


def _fused(task: Task, lookup: Lookup) -> tuple[Mapping[Hashable, object], Hashable, Lookup]:
    """The tasks that were fused into one by their keys, the key of the result, and the values of keys among them."""
    nodes, result, names, *arguments = task.args
    given = dict(zip(names, arguments, strict=True))

    def inner(key: Hashable) -> object:
        return _value(given[key], lookup) if key in given else _value(nodes[key], inner)

    return nodes, result, inner


def plain_read(key: Hashable, graph: Mapping[Hashable, object]) -> ArrayRead | None:
    """The read of a node that does nothing else; None for one that computes anything."""

    def lookup(name: Hashable) -> object:
        return _value(graph[name], lookup)

    try:
        return _plain(graph, key, lookup)
    except KeyError:
        return None


def _plain(nodes: Mapping[Hashable, object], key: Hashable, lookup: Lookup) -> ArrayRead | None:
    node = nodes.get(key)
    while isinstance(node, Alias):
        node = nodes.get(node.target)
    if not isinstance(node, Task):
        return None
    if node.func in _GETTERS:
        return _array_and_index(node, lookup)
    return _plain(*_fused(node, lookup)) if node.func is _execute_subgraph else None
