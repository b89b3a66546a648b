"""Environments with nothing but what the package declares: links to installed distributions, and a built wheel.

No index is asked: the distributions are those of the environment that runs the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PYPROJECT: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))


def build_wheel(root: Path, folder: Path) -> Path:
    """The wheel of the package in `root`, built by its own build backend."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)  # noqa: S603 - the interpreter itself
    (wheel,) = folder.glob("*.whl")
    return wheel


def group_requirements(group: str) -> Iterator[str]:
    """What a group of ``[dependency-groups]`` asks for, with the groups that it includes."""
    for entry in PYPROJECT["dependency-groups"][group]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from group_requirements(entry["include-group"])


def make_environment(folder: Path, wheel: Path, extras: Iterable[str] = (), group: str | None = None) -> Path:
    """A folder of packages: the wheel, all that it requires with these extras, and what a group asks for."""
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (info,) = folder.glob("*.dist-info")
    declared = metadata.Distribution.at(info).requires or []
    found: set[str] = {"xee-lite"}
    for requirement in _applying(declared, frozenset(extras)):
        _link(requirement, folder, found)
    for requirement in _applying(group_requirements(group) if group else (), frozenset()):
        _link(requirement, folder, found)
    return folder


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages of an environment and no others."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-S", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder.parent)  # noqa: S603 - the interpreter itself


def _applying(requires: Iterable[str], extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requires:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def _link(requirement: Requirement, folder: Path, found: set[str]) -> None:
    """Link a distribution and what it requires."""
    key = f"{requirement.name}[{','.join(sorted(requirement.extras))}]".lower().replace("_", "-")
    name = requirement.name.lower().replace("_", "-")
    if key in found:
        return
    found.add(key)
    if name == "xee-lite":  # an extra that is made of others
        (info,) = folder.glob("xee_lite*.dist-info")
        distribution: metadata.Distribution = metadata.Distribution.at(info)
    else:
        distribution = metadata.distribution(requirement.name)
        for top in {file.parts[0] for file in distribution.files or ()}:
            source, target = distribution.locate_file(top), folder / top
            if top not in ("..", "__pycache__") and not target.exists():
                target.symlink_to(str(source))
    for inner in _applying(distribution.requires or (), frozenset(requirement.extras)):
        _link(inner, folder, found)
