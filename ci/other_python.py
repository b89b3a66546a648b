"""Try the package in a fresh environment: with another Python, the oldest versions that it declares, or pre-releases.

Run as ``python ci/other_python.py [--oldest | --prerelease] PYTHON [pytest arguments]``, for example with python3.13
and tests/client. It asks the package index, takes minutes, and is no part of the ordinary tests.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMALL = ["tests/client/test_open.py", "tests/client/test_writing.py", "tests/client/test_appending.py"]
"""Tests that touch each part of the client, the emulator, and what writes files."""

EXTRAS = ("emulator", "io")
"""What the oldest versions are tried of: all that those tests need. Other people's clients have bounds of their own,
which would move ours."""


def oldest(pyproject: str) -> list[str]:
    """Constraints that pin what the package, `EXTRAS` and the tests require to the lowest version declared."""
    declared = tomllib.loads(pyproject)
    project = declared["project"]
    required = [*project["dependencies"], *declared["dependency-groups"]["interop-official"]]
    for extra in EXTRAS:
        required += project["optional-dependencies"][extra]
    bounds = (re.match(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", one) for one in required if isinstance(one, str))
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


def install(python: Path, way: str, folder: Path) -> None:
    """Install the package and what the tests need into an environment."""
    pip = [str(python), "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "-U", "pip>=25.1"], check=True)  # noqa: S603 - whoever runs this names the interpreter
    if way == "oldest":
        constraints = folder / "oldest.txt"
        constraints.write_text("\n".join(oldest((ROOT / "pyproject.toml").read_text("utf-8"))), "utf-8")
        wanted = [f"{ROOT}[{','.join(EXTRAS)}]", "--group", "interop-official", "-c", str(constraints)]
    else:
        wanted = [str(ROOT), "--group", "test", *(["--pre"] if way == "prerelease" else [])]
    subprocess.run([*pip, *wanted], check=True, cwd=ROOT)  # noqa: S603


def main() -> int:
    """Return the exit code of pytest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--oldest", dest="way", action="store_const", const="oldest")
    way.add_argument("--prerelease", dest="way", action="store_const", const="prerelease")
    parser.add_argument("python")
    arguments, pytest_arguments = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = folder / "environment"
        subprocess.run([arguments.python, "-m", "venv", environment], check=True)  # noqa: S603
        run = environment / "bin" / "python"
        install(run, arguments.way, folder)
        tests = [run, "-m", "pytest", "-q", *(pytest_arguments or SMALL)]
        return subprocess.run(tests, cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
