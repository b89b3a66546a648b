"""The chores of a developer, each under one name: ``python -m ci NAME``.

Without a name they are listed. Several names run one after the other. What follows ``--`` is added to the last command,
as in ``python -m ci test -- tests/client -k grid``. The workflows on GitHub and ``.ci/run`` call the same names, so
what passes here passes there. It needs the standard library alone; what it runs needs the dependency groups named in
CONTRIBUTING.md.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Chore:
    """Commands that belong together.

    Attributes
    ----------
    about : str
        What it is for, in one line.
    commands : tuple of str
        Arguments of Python, run in this order until one fails.
    folder : str
        Where they run, below the root of the repository.
    """

    about: str
    commands: tuple[str, ...]
    folder: str = "."


_CLIENT = "tests/client tests/test_reference.py tests/test_cli.py"

CHORES = {
    "test": Chore("the tests", ("-m pytest -q -n 4",)),
    "lint": Chore(
        "style, format and docstrings",
        ("-m ruff check .", "-m ruff format --check .", "-m pytest -q tests/test_docstrings.py"),
    ),
    "types": Chore("types of package and tests", ("-m mypy",)),
    "docs": Chore("the pages, strictly, into site/", ("-m mkdocs build --strict -f ci/mkdocs.yml",)),
    "format": Chore("mend style and format", ("-m ruff check --fix .", "-m ruff format .")),
    "tables": Chore(
        "the tables within pages that are made from code",
        ("-m ci.algorithms_table", "-m ci.stand_ins_table", "-m ci.questions_table"),
    ),
    "coverage": Chore(
        "the client's tests, with the share of its lines that they run; below 90 % fails",
        (
            "-m coverage erase",
            f"-m coverage run -m pytest -q -n 4 {_CLIENT}",
            "-m coverage combine -q",
            "-m coverage report",
        ),
    ),
    "oldest": Chore(
        "short tests with the oldest versions that are declared", ("ci/other_python.py --oldest " + sys.executable,)
    ),
    "prerelease": Chore(
        "short tests with the newest pre-releases", ("ci/other_python.py --prerelease " + sys.executable,)
    ),
    "python": Chore("short tests with another Python: python -m ci python -- python3.13", ("ci/other_python.py",)),
    "benchmarks": Chore("every figure of docs/benchmarks.md", ("asv_bench/report.py",)),
    "compare": Chore(
        "the benchmarks of this commit and of main, side by side",
        ("-m asv continuous --factor 1.5 --split --show-stderr main HEAD",),
        folder="asv_bench",
    ),
    "live": Chore(
        "end to end on the real service: python -m ci live -- --project NAME", ("-m pytest tests/live --live",)
    ),
    "record": Chore(
        "what the service does, beside what is assumed: python -m ci record -- --project NAME",
        ("-m tests.live.record",),
    ),
    "build": Chore("the wheel and the source archive, into dist/", ("-m hatchling build",)),
}


def main(arguments: list[str]) -> int:
    """Run chores by their names; the exit code of the first command that fails, or 0."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, more = arguments[:cut], arguments[cut + 1 :]
    unknown = [name for name in names if name not in CHORES]
    if not names or unknown:
        print("".join(f"{name:11} {chore.about}\n" for name, chore in CHORES.items()), end="")
        return 2 if unknown else 0
    commands = [(CHORES[name].folder, shlex.split(text)) for name in names for text in CHORES[name].commands]
    commands[-1][1].extend(more)
    for folder, command in commands:
        print("+ python", shlex.join(command), flush=True)
        done = subprocess.run([sys.executable, *command], cwd=ROOT / folder, check=False)  # noqa: S603 - from the table above
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
