"""Rich where it is installed and somebody watches, plain text elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.client.cli.running import run
from tests.client.scenes import ID, stack
from xee_lite import emulator
from xee_lite.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_RICH = "import sys; sys.modules['rich'] = sys.modules['rich_click'] = None; "
START = "from xee_lite.cli import main; main()"


def process(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    return done.stdout


def test_without_rich_the_commands_are_the_same() -> None:
    said = process(WITHOUT_RICH + START, "--help")
    assert all(name in said for name in cli.commands)
    options = [option for parameter in cli.commands["sample"].params for option in parameter.opts if option[:2] == "--"]
    plain = process(WITHOUT_RICH + START, "sample", "--help")
    assert all(option in plain for option in options)
    assert "╭" not in said + plain


def test_with_rich_the_options_have_titles() -> None:
    pytest.importorskip("rich_click")
    said = run("sample", "--help").stdout
    assert "Source and grid" in said
    assert "Which Earth Engine" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudoterminals")
@pytest.mark.parametrize("rich", [True, False])
def test_progress_moves_on_a_terminal(rich: bool, tmp_path: Path) -> None:
    if rich:
        pytest.importorskip("rich_click")
    assets, _ = stack(5)
    ours, theirs = os.openpty()
    with emulator.start(assets=assets, project="test-project") as earth:
        arguments = ["export", ID, str(tmp_path / "a.tif"), "--url", earth.url, "--project", "test-project"]
        code = ("" if rich else WITHOUT_RICH) + START
        command = [sys.executable, "-c", code, *arguments]
        subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)  # noqa: S603 - our own command
    os.close(theirs)
    shown = os.read(ours, 2**16).decode()
    os.close(ours)
    assert ("━" in shown) == rich
    assert "parts" in shown
    assert "\r" in shown
