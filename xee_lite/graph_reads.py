"""The reads in a Dask graph: run alone, without what is computed of their pixels."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import dask
from dask._task_spec import Alias, DataNode, Task, TaskRef, _execute_subgraph
from dask.array.core import getter, getter_inline, getter_nofancy

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dask.array import Array

_GETTERS = (getter, getter_inline, getter_nofancy)
"""How Dask takes a part out of what is no Dask array."""


class _DoneError(Exception):
    """All reads have been run, and there is no result."""


def run_reads(arrays: Sequence[Array]) -> None:
    """Run the tasks that take parts out of what is no Dask array, each by itself, and drop what they give.

    Parameters
    ----------
    arrays : sequence of dask.array.Array
        Computed together: the graph is the one that a scheduler would get for them.
    """
    with suppress(_DoneError):
        dask.compute(*arrays, scheduler=_schedule)


def _schedule(graph: Any, *_: object, **__: object) -> NoReturn:  # noqa: ANN401 - a mapping, or what makes one
    nodes = dict(graph.__dask_graph__() if hasattr(graph, "__dask_graph__") else graph)
    scope = _Scope(nodes)
    for node in nodes.values():
        _run(node, scope)
    raise _DoneError


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a key stands for: within a graph, or within tasks that were fused to one, whose inputs have other names."""

    nodes: Mapping[Hashable, Any]
    inputs: Mapping[Hashable, Any] | None = None
    outer: _Scope | None = None

    def value(self, node: Any) -> Any:  # noqa: ANN401 - whatever a task takes
        """Compute an argument, which is at hand as it is, unless someone computes an index."""
        if isinstance(node, (TaskRef, Alias)):
            key = node.key if isinstance(node, TaskRef) else node.target
            if self.outer is not None and self.inputs is not None and key in self.inputs:
                return self.outer.value(self.inputs[key])
            return self.value(self.nodes[key])
        if isinstance(node, DataNode):
            return node.value
        if isinstance(node, Task):
            return node({key: self.value(TaskRef(key)) for key in node.dependencies})
        return node


def _run(node: Any, scope: _Scope) -> None:  # noqa: ANN401 - tasks, data and plain values lie side by side
    if not isinstance(node, Task):
        return
    if node.func in _GETTERS:
        node.func(*map(scope.value, node.args), **{name: scope.value(one) for name, one in node.kwargs.items()})
    elif node.func is _execute_subgraph:
        nodes, _, names, *given = node.args
        inside = _Scope(nodes, dict(zip(names, given, strict=True)), scope)
        for inner in nodes.values():
            _run(inner, inside)
    else:
        for argument in (*node.args, *node.kwargs.values()):
            _run(argument, scope)
