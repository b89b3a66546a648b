"""The rules of the house, read from the source: who may import what, and how long a file may be."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "xee_lite"
RUNTIME = {"xarray", "dask", "numpy", "pyproj", "affine"} | {"pandas", "click"}  # which come with xarray and Dask
CLIENT_LIBRARY = {"ee", "google", "googleapiclient", "google_auth_httplib2", "httplib2"}
HTTP = {"requests", "urllib3"}  # which come with the client library
EXTRAS = {"starlette", "uvicorn", "rasterio", "shapely", "PIL", "pystac", "google_crc32c", "shapefile"}
EXTRAS |= {"torch", "zarr", "icechunk", "h5netcdf", "rioxarray", "matplotlib", "pvlib", "asv", "xee"}
EXTRAS |= {"geopandas", "lerc", "pyogrio"}


@dataclass(frozen=True)
class Import:
    """One module that a file imports: when its file is imported, within a function only, or for its types only."""

    file: Path
    module: str
    when: str

    @property
    def top(self) -> str:
        return self.module.split(".")[0]

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)} imports {self.module} ({self.when})"


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in PACKAGE.rglob("*.py")}


def imports_of(file: Path) -> Iterator[Import]:
    package = name_of(file).split(".")
    if file.name != "__init__.py":
        package = package[:-1]
    for node, when in _walk(ast.parse(file.read_text("utf-8")), "at import"):
        if isinstance(node, ast.Import):
            yield from (Import(file, alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # "from . import errors" names modules, "from .errors import EarthError" names one.
            inner = [f"{module}.{alias.name}" for alias in node.names if f"{module}.{alias.name}" in MODULES]
            yield from (Import(file, found, when) for found in inner or [module])


def _walk(node: ast.AST, when: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        inside = when
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = "in a function"
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            inside = "for types"
        yield child, inside
        yield from _walk(child, inside)


ALL = [found for file in MODULES.values() for found in imports_of(file)]


def within(file: Path, *parts: str) -> bool:
    return any(file.is_relative_to(PACKAGE / part) for part in parts)


def test_the_reader_of_imports_sees_them() -> None:
    """Else every rule below would hold for nothing."""
    assert Import(PACKAGE / "pixel_array.py", "xee_lite.planning.chunks", "at import") in ALL
    assert Import(PACKAGE / "lazy.py", "xee_lite.planning.nodata", "for types") in ALL
    assert Import(PACKAGE / "earthengine" / "session.py", "xee_lite.earthengine.failures", "at import") in ALL
    assert Import(PACKAGE / "emulator" / "server.py", "ee", "in a function") in ALL


def test_the_emulator_imports_nothing_of_the_client() -> None:
    house = "xee_lite.emulator"
    strangers = [
        found
        for found in ALL
        if within(found.file, "emulator") and found.top == "xee_lite" and not f"{found.module}.".startswith(f"{house}.")
    ]
    assert not strangers, "\n".join(map(str, strangers))


def test_nobody_but_the_command_imports_the_emulator() -> None:
    guests = [
        found
        for found in ALL
        if found.module.startswith("xee_lite.emulator")
        and not within(found.file, "emulator", "cli")
        # The kit for tests starts it for those who ask.
        and not (found.when != "at import" and within(found.file, "testing"))
    ]
    assert not guests, "\n".join(map(str, guests))


def test_the_client_library_is_used_in_one_wing() -> None:
    outside = [
        found
        for found in ALL
        if found.top in CLIENT_LIBRARY
        and found.when != "for types"
        and not within(found.file, "earthengine")
        # What starts a session, on the command line or with the local service, imports it when it does so.
        and not (found.when == "in a function" and within(found.file, "cli", "testing", "emulator/server.py"))
    ]
    assert not outside, "\n".join(map(str, outside))


def test_http_is_used_in_one_place() -> None:
    outside = [
        found
        for found in ALL
        if found.top in HTTP
        and found.when != "for types"
        and not within(found.file, "traffic/transport.py", "traffic/connections.py")
        and not (found.when == "in a function" and within(found.file, "cli", "testing", "emulator/server.py"))
    ]
    assert not outside, "\n".join(map(str, outside))


WITH_EXTRAS = {
    "grids/raster.py": {"rasterio"},
    "decoding/geotiff.py": {"rasterio"},
    "decoding/lerc.py": {"lerc"},
    "imageserver/download_reader.py": {"rasterio"},
    "imageserver/thumbnail.py": {"PIL"},
    "imageserver/catalogue_table.py": {"geopandas", "shapely"},
}
"""Where extras are used within functions, if they are installed: without them it is an error that says what to do."""


def _opens_rasters(found: Import) -> bool:
    extras = WITH_EXTRAS.get(found.file.relative_to(PACKAGE).as_posix(), set())
    return found.top in extras and found.when == "in a function"


def _needs_an_extra(found: Import) -> bool:
    """Ways out write and read files by other libraries, each of which is loaded when it is needed.

    Two modules are plugins of Dask's scheduler and workers, and are loaded by those.
    """
    if within(found.file, "distributed/scheduler.py", "distributed/plugins.py"):
        return found.top == "distributed"
    return found.when != "at import" and within(found.file, "outputs", "distributed")


def test_the_client_needs_its_dependencies_and_no_extra() -> None:
    needed = {
        found.top
        for found in ALL
        if not within(found.file, "emulator", "cli", "testing/plugin.py")  # which pytest itself loads
        and not (within(found.file, "ml/torch.py") and found.top == "torch")  # which is imported by itself
        and found.top not in sys.stdlib_module_names
        and not _opens_rasters(found)
        and not _needs_an_extra(found)
    }
    assert needed <= RUNTIME | CLIENT_LIBRARY | HTTP | {"xee_lite"}


@pytest.mark.parametrize("house", ["client", "emulator"])
def test_imports_make_no_circle(house: str) -> None:
    graph: dict[str, set[str]] = {}
    for found in ALL:
        if within(found.file, "emulator") == (house == "emulator"):
            here = name_of(found.file)
            package = found.module == here or here.startswith(f"{found.module}.")
            if found.module in MODULES and not package:
                graph.setdefault(here, set()).add(found.module)
    assert graph
    graphlib.TopologicalSorter(graph).prepare()  # names the circle where there is one


STOREYS = [
    ["accessor", "distributed", "ml"],
    ["outputs"],
    ["backend", "explain"],
    ["profiling", "plan_picture"],
    ["opening"],
    ["earthengine", "imageserver"],
    ["dataset", "arguments", "argument_names", "argument_values"],
    ["opened"],
    ["lazy", "vectorised", "source", "item_coordinates"],
    ["siblings"],
    ["read_ahead", "repeated_reads"],
    ["joint_reads"],
    ["noted_reads"],
    ["pixel_array"],
    ["table_reads"],
    ["read_plan"],
    ["graph_reads"],
    ["traffic"],
    ["reader"],
    ["planning"],
    ["stack"],
    ["items", "grids", "decoding"],
    ["origin"],
    ["options"],
    ["errors"],
]
"""The rooms and files of the client, from the top down: each imports only what is below it or beside it."""


def test_the_client_stands_on_what_is_below() -> None:
    """Types count as well; the faces of the package (`__init__`, the command, the kit for tests) may use all of it."""
    level = {room: number for number, rooms in enumerate(STOREYS) for room in rooms}
    seen = set()
    for found in ALL:
        here, there = (
            name.removeprefix("xee_lite").strip(".").split(".")[0] for name in (name_of(found.file), found.module)
        )
        if found.top != "xee_lite" or here in ("", "cli", "testing", "emulator"):
            continue
        assert level[there] >= level[here], str(found)
        seen |= {here, there}
    assert seen == set(level)


def test_planning_and_decoding_reach_no_network() -> None:
    """What they stand on is this list, numpy, pandas, pyproj, affine and xarray."""
    pure = {"errors", "items", "stack", "grids", "planning", "decoding"}
    for found in ALL:
        if within(found.file, *pure, *(f"{name}.py" for name in pure)) and not _opens_rasters(found):
            others = {"numpy", "pandas", "pyproj", "affine", "xarray", "xee_lite"}
            assert found.top in others | sys.stdlib_module_names, str(found)
            if found.top == "xee_lite":
                assert found.module.split(".")[1] in pure, str(found)


BELOW_THE_SEAM = (
    "planning",
    "grids",
    "traffic",
    "decoding",
    "dataset.py",
    "lazy.py",
    "pixel_array.py",
    "joint_reads.py",
    "reader.py",
    "stack.py",
    "items.py",
)


def test_no_service_is_named_below_the_seam() -> None:
    """In code and comments; the prose of a docstring may name one as an example."""
    for name, file in MODULES.items():
        if within(file, *BELOW_THE_SEAM):
            code = ast.unparse(_without_docstrings(ast.parse(file.read_text("utf-8"))))
            comments = [line.split("#")[1] for line in file.read_text("utf-8").splitlines() if "#" in line]
            assert not re.search("earth ?engine|arcgis|image ?server", "\n".join([code, *comments]), re.IGNORECASE), (
                name
            )


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_importing_the_package_imports_no_extra_and_not_the_client_library() -> None:
    code = "import sys, xee_lite, xee_lite.backend; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()  # noqa: S603 - the interpreter itself
    assert "xee_lite.backend" in loaded
    assert not {*EXTRAS, "ee", "googleapiclient", "requests", "xee_lite.emulator", "xee_lite.cli"} & set(loaded)


def test_no_file_is_longer_than_a_reader_likes() -> None:
    lengths = {name: len(file.read_text("utf-8").splitlines()) for name, file in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_the_top_level_is_tidy() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True).stdout.split()  # noqa: S607
    if not tracked:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in tracked}
    files = {"pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".gitignore"}
    files |= {".pre-commit-config.yaml"}
    assert top - {".ci", ".github"} == files | {"xee_lite", "tests", "docs", "asv_bench", "ci"}
