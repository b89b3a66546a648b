"""Running the command in this process, as `main` does it."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from xee_lite.cli import cli


def run(*arguments: object, expect: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="xee-lite")
    assert done.exit_code == expect, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


def answer(*arguments: object) -> dict[str, Any]:
    """What ``--json`` prints: one object, and nothing else."""
    found: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return found
