"""The docstrings of all public names are in numpydoc's format, as numpydoc itself reads them."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

validate = pytest.importorskip("numpydoc.validate").validate

PACKAGES = ("xee_lite", "xee_lite.testing", "xee_lite.emulator")


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
