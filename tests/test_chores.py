"""The chores: CONTRIBUTING.md, workflows and templates name those that there are, and what they run is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ci.__main__ import CHORES, main
from ci.other_python import oldest

ROOT = Path(__file__).parents[1]
CALLERS = [ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run", *sorted((ROOT / ".github").rglob("*.*"))]


def named(text: str) -> set[str]:
    """The chores that a text calls, those of a matrix of a workflow too."""
    called = {name for names in re.findall(r"python -m ci((?: [a-z]+)+)", text) for name in names.split()}
    listed = re.findall(r"chore: \[([^]]+)\]", text) + re.findall(r"chore: (\w+)", text)
    return called | {name.strip() for names in listed for name in names.split(",")}


@pytest.mark.parametrize("caller", [path for path in CALLERS if path.exists()], ids=lambda path: path.name)
def test_chores_that_are_called_exist(caller: Path) -> None:
    assert named(caller.read_text("utf-8")) <= set(CHORES)


def test_contributing_names_each_chore_once_in_its_table() -> None:
    table = re.findall(r"^\| .* \| `python -m ci (\w+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(table) == sorted(CHORES)


def test_files_and_modules_of_the_chores_exist() -> None:
    for chore in CHORES.values():
        for command in chore.commands:
            first, *rest = command.split()
            if first == "-m" and "." in rest[0]:
                assert (ROOT / (rest[0].replace(".", "/") + ".py")).exists()
            for word in command.split():
                assert "/" not in word or word == sys.executable or (ROOT / chore.folder / word).exists(), word


def test_without_a_name_they_are_listed_and_an_unknown_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(CHORES)
    assert main(["lnit"]) == 2


def test_a_chore_gets_more_arguments_and_passes_its_exit_code_on() -> None:
    for argument, code in (("--version", 0), ("--no-such-option", 4)):
        command = [sys.executable, "-m", "ci", "test", "--", argument]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
        assert done.stdout.startswith(f"+ python -m pytest -q -n 4 {argument}\n")
        assert done.returncode == code


def test_the_oldest_versions_are_the_bounds_that_are_declared() -> None:
    pins = dict(pin.split("==") for pin in oldest((ROOT / "pyproject.toml").read_text("utf-8")))
    assert {"numpy", "xarray", "zarr", "rasterio", "pytest"} <= set(pins)
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'"numpy>={pins["numpy"]}"' in text
