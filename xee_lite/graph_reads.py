"""Which reads stand in a task of a Dask graph: found by looking at the task, without running it.

xarray puts a lazy array into a graph as it is, and each chunk is a task ``getter(array, index)``, by itself or fused
with what is computed from it (Dask's ``_execute_subgraph``). In a task of any other form no reads are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dask._task_spec import GraphNode

    Lookup = Callable[[object], object]
    """The value of a key that a task depends on; KeyError where it is not known."""


def reads_of(node: GraphNode, lookup: Lookup) -> Iterator[tuple[object, object]]:
    """The arrays that a task reads of, each with its index.

    Parameters
    ----------
    node : GraphNode
        Of a graph that Dask is about to compute.
    lookup : callable
        From the key of another node to its value.

    Yields
    ------
    (array, index)
        As they are passed to Dask's ``getter``; in no order.
    """
    from dask._task_spec import Task, _execute_subgraph  # noqa: PLC0415 - whoever has a graph has imported Dask
    from dask.array.core import getter, getter_inline, getter_nofancy  # noqa: PLC0415

    if not isinstance(node, Task):
        return
    if node.func is _execute_subgraph:
        graph, _, names, *arguments = node.args
        given = dict(zip(names, arguments, strict=True))

        def inner(key: object) -> object:
            return _value(given[key], lookup) if key in given else _value(graph[key], inner)

        for part in graph.values():
            yield from reads_of(part, inner)
    elif node.func in (getter, getter_inline, getter_nofancy):
        try:
            yield _value(node.args[0], lookup), _value(node.args[1], lookup)
        except (KeyError, TypeError):
            return
    else:
        for part in node.args:
            yield from reads_of(part, lookup)


def _value(node: object, lookup: Lookup) -> object:
    """The value of an argument that needs no computation.

    Raises
    ------
    KeyError
        If it is computed, or depends on what is not known.
    """
    from dask._task_spec import DataNode, GraphNode, NestedContainer, TaskRef  # noqa: PLC0415

    if isinstance(node, DataNode):
        return node.value
    if isinstance(node, TaskRef):
        return lookup(node.key)
    if isinstance(node, NestedContainer):
        return node.klass([_value(part, lookup) for part in node.args])
    if isinstance(node, GraphNode):
        raise KeyError(node)
    return node
