"""``python -m xee_lite.emulator``, run as a user runs it: a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from importlib.resources import files

import pytest
from click.testing import CliRunner

from xee_lite.cli import cli
from xee_lite.emulator.command import emulator

COMMAND = [sys.executable, "-u", "-m", "xee_lite.emulator"]


def test_it_serves_until_it_is_interrupted() -> None:
    with subprocess.Popen([*COMMAND, "--port", "0"], stdout=subprocess.PIPE, text=True) as serving:  # noqa: S603
        try:
            assert serving.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", serving.stdout.readline())
            assert found is not None
            with urllib.request.urlopen(f"{found[0]}/$discovery/rest?version=v1", timeout=30) as reply:  # noqa: S310
                assert reply.status == 200
            serving.send_signal(signal.SIGINT)
            assert serving.wait(timeout=30) in (0, 130)
            printed = serving.stdout.read()
        finally:
            serving.kill()
    assert "ee.Initialize(google.auth.credentials.AnonymousCredentials()," in printed
    assert f"url='{found[0]}', project='xee-lite')" in printed


def error_of(stderr: str) -> str:
    """The one line that says what is wrong, which comes last."""
    lines = stderr.splitlines()
    (error,) = [line for line in lines if line.startswith("Error: ")]
    assert lines[-1] == error, "and no traceback"
    return error


def test_a_bad_option_is_one_line_of_an_error() -> None:
    done = subprocess.run(  # noqa: S603
        [*COMMAND, "--faults", "rain=1"], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "'rain' is no fault" in error_of(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nothing"], "No such option"),
        (["--data", "/no/such/folder"], "does not exist"),
        (["--port", "99999"], "99999"),
        (["--project", "a/b"], "'a/b' names no project"),
    ],
)
def test_other_bad_options(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(emulator, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in error_of(done.stderr)


def test_both_commands_have_the_same_options() -> None:
    alone, within = (CliRunner().invoke(*command, catch_exceptions=False) for command in (
        (emulator, ["--help"]), (cli, ["emulator", "--help"])))  # fmt: skip
    assert alone.exit_code == within.exit_code == 0
    assert "--faults" in alone.stdout
    assert alone.stdout.partition("\n")[2] == within.stdout.partition("\n")[2]


def test_the_readme_is_part_of_the_package() -> None:
    text = files("xee_lite.emulator").joinpath("README.md").read_text(encoding="utf-8")
    assert "python -m xee_lite.emulator" in text
