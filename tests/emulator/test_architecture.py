"""The rules of the emulator's packages, read from the source: who may import whom."""

from __future__ import annotations

import ast
import graphlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EMULATOR = Path(__file__).parents[2] / "xee_lite" / "emulator"
LEVELS = (
    ("errors",),
    ("value", "types", "scheduling", "profiling"),
    ("request_limits",),
    ("faults", "numerics", "geometry"),
    ("images",),
    ("values",),
    ("reducers", "classifiers"),
    ("catalogue", "pixels"),
    ("evaluator",),
    ("algorithms", "service"),
    ("imageserver",),
    ("server",),
    ("",),  # the package itself
    ("command",),
    ("__main__",),
)
"""The parts of the emulator from the bottom up, as docs/architecture.md has them. A part imports those of lower levels,
and none that shares its level."""
LEVEL = {part: level for level, parts in enumerate(LEVELS) for part in parts}


@dataclass(frozen=True)
class Import:
    """One module of the emulator that another one imports, for its types only or not; both without the package."""

    importer: str
    module: str
    relative: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.module}"


def name_of(file: Path) -> str:
    parts = file.relative_to(EMULATOR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in EMULATOR.rglob("*.py")}


def imports_of(name: str) -> Iterator[Import]:
    file = MODULES[name]
    package = ["xee_lite", "emulator", *filter(None, name.split("."))]
    if file.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # "from . import errors" names a module, "from .errors import EarthError" what is in one.
            modules = [f"{module}.{alias.name}" for alias in node.names]
            modules = [one if inner(one) in MODULES else module for one in modules]
        else:
            continue
        for module in modules:
            if module == "xee_lite.emulator" or module.startswith("xee_lite.emulator."):
                yield Import(name, inner(module), isinstance(node, ast.ImportFrom) and node.level > 0)


def inner(module: str) -> str:
    return module.removeprefix("xee_lite.emulator").removeprefix(".")


ALL = [found for name in MODULES for found in imports_of(name)]


def test_the_reader_of_imports_sees_them() -> None:
    """Else every rule below would hold for nothing."""
    assert Import("algorithms.images", "images.image", relative=True) in ALL
    assert Import("server", "algorithms", relative=True) in ALL  # a module of this package by name
    assert Import("service.encode", "images.image", relative=True) in ALL  # for types only


def test_each_part_imports_those_below_it() -> None:
    seen = set()
    for found in ALL:
        above, below = (name.split(".")[0] for name in (found.importer, found.module))
        assert above == below or LEVEL[below] < LEVEL[above], str(found)
        seen |= {above, below}
    assert seen == set(LEVEL)


def test_imports_make_no_circle_even_with_those_for_types() -> None:
    graph: dict[str, set[str]] = {}
    for found in ALL:
        package = found.importer == found.module or found.importer.startswith(f"{found.module}.")
        if not package:
            graph.setdefault(found.importer, set()).add(found.module)
    assert graph
    graphlib.TopologicalSorter(graph).prepare()  # names the circle where there is one


def test_imports_are_relative() -> None:
    assert [str(found) for found in ALL if not found.relative] == []
