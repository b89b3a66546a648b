"""Try the package with another Python: a wheel with its test extra in a fresh environment, and tests that are chosen.

Run as ``python ci/other_python.py PYTHON [pytest arguments]``, for example with python3.13 and tests/client. It asks
the package index, takes minutes, and is no part of the ordinary tests.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMALL = ["tests/client/test_open.py", "tests/client/test_writing.py", "tests/client/test_appending.py"]
"""Tests that touch each part of the client, the emulator, and what writes files."""


def main(python: str, arguments: list[str]) -> int:
    """Return the exit code of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        run = environment / "bin" / "python"
        subprocess.run([python, "-m", "venv", environment], check=True)  # noqa: S603 - whoever runs this names it
        subprocess.run([run, "-m", "pip", "install", "-q", f"{ROOT}[test]"], check=True)  # noqa: S603
        return subprocess.run([run, "-m", "pytest", "-q", *(arguments or SMALL)], cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
