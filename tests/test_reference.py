"""Every public name and every argument is documented, from one source, and the examples of the arguments run."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
from dataclasses import fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import xarray as xr
from xarray.backends.plugins import detect_parameters

from xee_lite.arguments import Arguments
from xee_lite.backend import XeeLiteBackendEntrypoint
from xee_lite.testing import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[1] / "docs"
PACKAGES = (
    "xee_lite", "xee_lite.distributed", "xee_lite.ml", "xee_lite.testing", "xee_lite.emulator", "xee_lite.imageserver",
)  # fmt: skip
PRINTED = [
    path
    for page in DOCS.rglob("*.md")
    for path in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), re.MULTILINE)
    if find_spec("torch") is not None or not path.startswith("xee_lite.ml.torch.")
]
"""What the pages print the docstrings of; that of PyTorch's side where it is installed."""

ARGUMENTS = {field.name: field.default for field in fields(Arguments)}
DOCSTRING = inspect.getdoc(Arguments) or ""
METHODS = ("open_dataset", "open_datatree")


class Entry(NamedTuple):
    """What the docstring says of one argument."""

    type: str
    default: str
    text: str
    example: str


def code(text: str) -> str:
    """The indented blocks of a text."""
    return textwrap.dedent("".join(re.findall(r"^(?: {4}.*)?\n", text, re.MULTILINE))).strip("\n")


def entries(docstring: str) -> dict[str, Entry]:
    """The arguments in the ``Parameters`` of a docstring in numpydoc's format."""
    section = docstring.partition("Parameters\n----------\n")[2].partition("\n\nReturns\n")[0] + "\n"
    found = re.findall(r"^(\w+) : (.+), default (.+)\n((?:(?: {4}.*)?\n)+)", section, re.MULTILINE)
    out = {}
    for name, kind, default, body in found:
        text, _, example = textwrap.dedent(body).partition("\n\n")
        out[name] = Entry(kind, default, text, code(f"{example}\n"))
    return out


@pytest.fixture(scope="module")
def sources() -> Iterator[dict[str, object]]:
    """The names that the examples use, as the docstring makes them, on a local Earth Engine."""
    with local_earth() as earth:
        names: dict[str, object] = {}
        exec(code(DOCSTRING.partition("Parameters\n")[0]), names)  # noqa: S102 - our own docstring
        names["service"] = earth.image_server_url("NOAA/DMSP-OLS/NIGHTTIME_LIGHTS")  # in place of one that is nowhere
        yield names


def printed(path: str) -> object:
    """The object of a dotted path."""
    module, names = path, list[str]()
    while not _is_module(module):
        module, _, name = module.rpartition(".")
        names.insert(0, name)
    found: object = import_module(module)
    for name in names:
        found = getattr(found, name)
    return found


def _is_module(path: str) -> bool:
    try:
        import_module(path)
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_on_a_page(package: str) -> None:
    shown = {id(printed(path)) for path in PRINTED}
    module = import_module(package)
    assert [name for name in module.__all__ if id(getattr(module, name)) not in shown] == []


@pytest.mark.parametrize("path", PRINTED)
def test_what_a_page_prints_has_a_docstring(path: str) -> None:
    found = printed(path)
    assert not inspect.ismodule(found)
    assert inspect.getdoc(found)


def test_every_argument_is_documented_in_the_order_of_the_signature() -> None:
    assert "xee_lite.arguments.Arguments" in PRINTED
    assert list(entries(DOCSTRING)) == list(ARGUMENTS)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_has_type_default_meaning_and_example(name: str) -> None:
    entry = entries(DOCSTRING)[name]
    assert entry.type
    assert ast.literal_eval(entry.default) == ARGUMENTS[name]
    assert entry.text.endswith(".")
    assert f"{name}=" in entry.example
    assert 1 <= len(entry.example.splitlines()) <= 2


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_example_of_an_argument_runs(name: str, sources: dict[str, object]) -> None:
    *first, last = entries(DOCSTRING)[name].example.splitlines()
    names = dict(sources)
    exec("\n".join(first), names)  # noqa: S102 - our own docstring
    assert isinstance(eval(last, names), xr.Dataset)  # noqa: S307 - our own docstring


WITH_EXAMPLES = [
    path
    for path in PRINTED
    if ">>>" in (inspect.getdoc(printed(path)) or "") and path != "xee_lite.testing.local_earth"  # in test_testing.py
]


@pytest.mark.parametrize("path", WITH_EXAMPLES)
@pytest.mark.usefixtures("sources")
def test_the_examples_of_a_docstring_run(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if path.startswith("xee_lite.distributed.beam"):
        pytest.importorskip("xarray_beam", reason="needs the extra 'beam'")
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(printed(path)) or "", {}, path, None, None)
    doctest.DebugRunner(optionflags=doctest.ELLIPSIS).run(example)


BLOCKS = "\n".join(
    block
    for page in DOCS.rglob("*.md")
    for block in re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
)
"""The code of all pages, which tests/test_docs.py runs."""


@pytest.mark.parametrize("path", [path for path in PRINTED if path != "xee_lite.arguments.Arguments"])  # see above
def test_what_a_page_prints_has_an_example_that_runs(path: str) -> None:
    name = path.rpartition(".")[2]
    assert ">>>" in (inspect.getdoc(printed(path)) or "") or re.search(rf"\b{name}\b", BLOCKS)


@pytest.mark.parametrize("method", METHODS)
def test_the_help_of_the_engine_shows_every_argument(method: str) -> None:
    function = getattr(XeeLiteBackendEntrypoint, method)
    docstring = inspect.getdoc(function) or ""
    assert entries(docstring) == entries(DOCSTRING)
    assert code(docstring.partition("Parameters\n")[0]) == code(DOCSTRING.partition("Parameters\n")[0])
    assert "**arguments" not in docstring
    passed = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    assert passed == {"self": inspect.Parameter.empty, "filename_or_obj": inspect.Parameter.empty, **ARGUMENTS}


@pytest.mark.parametrize("method", METHODS)
def test_xarray_would_detect_the_parameters_that_are_declared(method: str) -> None:
    declared = XeeLiteBackendEntrypoint.open_dataset_parameters
    assert detect_parameters(getattr(XeeLiteBackendEntrypoint, method)) == declared == ("filename_or_obj", *ARGUMENTS)


def test_every_page_is_in_the_navigation_once() -> None:
    text = (DOCS.parent / "ci" / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    pages = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    assert sorted(re.findall(r"[\w/-]+\.md", text)) == pages
