"""``python -m xee_lite.emulator``, run as a user runs it: a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from importlib.resources import files

import pytest

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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nothing"], "No such option"),
        (["--data", "/no/such/folder"], "does not exist"),
        (["--port", "99999"], "99999"),
        (["--faults", "rain=1"], "'rain' is no fault"),
        (["--project", "a/b"], "'a/b' names no project"),
    ],
)
def test_a_bad_option_is_one_line_of_an_error(arguments: list[str], message: str) -> None:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    assert done.returncode == 2
    assert done.stdout == ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert done.stderr.splitlines()[-1] == errors[0], "and no traceback"


def test_both_commands_have_the_same_options() -> None:
    helps = [
        subprocess.run([sys.executable, *command, "--help"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        for command in (["-m", "xee_lite.emulator"], ["-c", "from xee_lite.cli import main; main()", "emulator"])
    ]
    alone, within = (text[text.index("Serve a local") :] for text in helps)
    assert "--faults" in alone
    assert alone == within


def test_the_readme_is_part_of_the_package() -> None:
    text = files("xee_lite.emulator").joinpath("README.md").read_text(encoding="utf-8")
    assert "python -m xee_lite.emulator" in text
