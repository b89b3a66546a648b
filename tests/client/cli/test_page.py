"""The page on the command line: its commands run as they are written, and what it says holds."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from tests.client.cli.running import run
from xee_lite.cli import cli

PAGE = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
FILES = re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
PRINTED = re.findall(r"^```sh\n(.*?)\n```\n\n```output\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
REFUSED = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.split()[1:3]))
def test_the_commands_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for extra in ("zarr", "h5netcdf", "geopandas", "pyarrow"):
        pytest.importorskip(extra)
    monkeypatch.chdir(tmp_path)
    for name, text in FILES:
        (tmp_path / name).write_text(text, "utf-8")
    program, *arguments = shlex.split(command)
    assert program == "xee-lite"
    before = set(tmp_path.iterdir())
    run(*arguments)
    writes = arguments[0] in ("export", "download", "thumbnail") or "--out" in arguments
    assert bool(set(tmp_path.iterdir()) - before) == writes


@pytest.mark.parametrize(("command", "printed"), PRINTED)
def test_they_print_what_the_page_says(command: str, printed: str) -> None:
    assert run(*shlex.split(command)[1:]).stdout == printed


@pytest.mark.parametrize(("command", "said"), REFUSED)
def test_they_refuse_as_the_page_says(command: str, said: str) -> None:
    assert run(*shlex.split(command)[1:], expect=2).stderr == said


def test_the_page_has_a_row_for_each_command() -> None:
    assert set(re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE)) >= set(cli.commands)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_each_shell(shell: str) -> None:
    done = CliRunner().invoke(cli, [], prog_name="xee-lite", env={"_XEE_LITE_COMPLETE": f"{shell}_source"})
    assert done.exit_code == 0
    assert "_XEE_LITE_COMPLETE" in done.output
    complete = get_completion_class(shell)
    assert complete is not None
    found = complete(cli, {}, "xee-lite", "_XEE_LITE_COMPLETE")
    assert [item.value for item in found.get_completions(["sample"], "--meth")] == ["--method"]
    assert [item.value for item in found.get_completions(["sample", "--method"], "b")] == ["bilinear"]
    assert [item.value for item in found.get_completions([], "thu")] == ["thumbnail"]
