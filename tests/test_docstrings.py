"""The docstrings of all public names are in numpydoc's format, as numpydoc itself reads them."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

validate = pytest.importorskip("numpydoc.validate").validate

PACKAGES = ("xee_lite", "xee_lite.ml", "xee_lite.testing", "xee_lite.emulator", "xee_lite.imageserver")


def public_names() -> list[str]:
    """Dotted paths of what the packages export, and of the public methods and properties that are defined there."""
    found = []
    for package in PACKAGES:
        module = import_module(package)
        for name in module.__all__:
            member = getattr(module, name)
            found.append(f"{package}.{name}")
            if inspect.isclass(member):
                found += [f"{package}.{name}.{inner}" for inner in vars(member) if _is_method(member, inner)]
    return found


def _is_method(kind: type, name: str) -> bool:
    member = inspect.getattr_static(kind, name)
    return not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod))


EVERYWHERE = {
    "ES01": "a summary that says all needs no second paragraph",
    "EX01": "tests/test_reference.py asks for examples, and runs them",
    "SS05": "values and properties are things, not commands; it takes every word that ends in s for a verb",
    "SA01": "the pages link what belongs together",
}
"""What is not asked for, by numpydoc's code."""

METHODS = {"PR01": "parameters", "RT01": "what it returns", "YD01": "what it yields"}
"""What methods and properties may leave to their sentences and annotations, unless they have a list of parameters."""


@pytest.mark.parametrize("path", public_names())
def test_a_public_docstring_is_in_numpydocs_format(path: str) -> None:
    report = validate(path)
    left_out = set(EVERYWHERE)
    holder, _, name = path.rpartition(".")
    if holder in PACKAGES and inspect.isclass(getattr(import_module(holder), name)):
        left_out.add("PR01")  # parameters of records and errors are their attributes, each documented where it stands
    elif holder not in PACKAGES and "Parameters\n---" not in report["docstring"]:
        left_out |= set(METHODS)
    assert [f"{code}: {text}" for code, text in report["errors"] if code not in left_out] == []
