"""Which Earth Engine a command talks to, with which credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import pytest
from click.testing import CliRunner

from tests.client.cli.running import answer, run
from tests.client.scenes import ID, stack
from xee_lite import emulator
from xee_lite.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ya29.a-token-of-a-test"  # noqa: S105 - a server of this test takes it


def test_without_a_service_the_answer_names_the_three() -> None:
    said = run("info", ID, expect=2).stderr
    assert all(option in said for option in ("--project NAME", "--url URL", "--emulator"))


def test_a_local_one_serves_a_folder_for_one_command(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    transform = rasterio.transform.from_origin(0, 10, 1, 1)
    options = {"driver": "GTiff", "height": 5, "width": 7, "count": 1, "dtype": "int16", "transform": transform}
    with rasterio.open(tmp_path / "dem.tif", "w", crs="EPSG:4326", **options):
        pass
    found = answer(
        "info", "projects/my-project/assets/dem", "--emulator", "--data", tmp_path, "--project", "my-project"
    )
    assert (found["bands"][0]["width"], found["bands"][0]["height"]) == (7, 5)
    assert not ee.data.is_initialized()


def test_a_token_comes_from_the_environment_and_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assets, _ = stack(3)
    with emulator.start(assets=assets, token=TOKEN) as earth:
        here = ("info", ID, "--url", earth.url)
        monkeypatch.setenv("EARTH_TOKEN", TOKEN)
        assert answer(*here, "--token-env", "EARTH_TOKEN")["count"] == 3
        assert "xee-lite: no session with" in run(*here, expect=1).stderr  # anonymous on this machine
        monkeypatch.setenv("EARTH_TOKEN", TOKEN + "x")
        for debug in ((), ("--debug",)):
            said = CliRunner().invoke(cli, [*here, "--token-env", "EARTH_TOKEN", *debug])
            assert said.exit_code == 1
            assert TOKEN not in said.output
        # Who passes the token itself by mistake does not find it in a log.
        assert TOKEN not in run(*here, "--token-env", TOKEN, expect=2).stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--emulator", "--url", "http://127.0.0.1:1"], "does not go with --url"),
        (["--emulator", "--token-env", "X"], "does not go with"),
        (["--emulator", "--project", "a/b"], "'a/b' names no project"),
        (["--project", "p", "--data", "."], "pass --emulator beside it"),
        (["--url", "earth"], "is no URL of a server"),
        (["--url", "http://earth.example", "--project", "p"], "only https"),
        (["--url", "https://earth.example", "--project", "p"], "pass --token-env NAME"),
        (["--url", "https://googleapis.com.example", "--project", "p"], "pass --token-env NAME"),
        (["--url", "https://earthengine-highvolume.googleapis.com"], "asked for a --project"),
        (["--url", "http://127.0.0.1:1", "--token-env", "NO_SUCH_VARIABLE"], "no environment variable"),
    ],
)
def test_what_names_no_service_is_wrong_usage(options: list[str], message: str) -> None:
    assert message in run("info", ID, *options, expect=2).stderr


def test_a_server_that_is_not_there_is_a_failure() -> None:
    assert "does not answer" in run("info", ID, "--url", "http://127.0.0.1:1", expect=1).stderr
