"""An export that is killed at any moment and started again ends as one that was not, byte for byte."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import xee_lite
from tests.client.outputs import exporting
from tests.client.scenes import DAY, START, image
from xee_lite.emulator import Faults, Latency, memory_collection

if TYPE_CHECKING:
    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

for needed in ("zarr", "rasterio", "h5netcdf"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.filterwarnings("ignore:The specified chunks separate")

ROOT = Path(__file__).parents[3]
FEW = {"zarr": 1, "tif": 1, "append": 1}
MANY = {"zarr": 50, "tif": 50, "append": 20, "pattern": 20, "nc": 20, "dask-zarr": 20}


def assets() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    arrays = [np.ma.array(rng.integers(0, 9999, (96, 128), "u2"), mask=rng.random((96, 128)) < 0.1) for _ in range(16)]
    images = [image({"B1": array}, f"i{number:02}", START + number * DAY) for number, array in enumerate(arrays)]
    return {exporting.ID: memory_collection(images)}


def start(earth: Emulator, kind: str, target: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.client.outputs.exporting", earth.url, earth.project, kind, str(target)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)  # noqa: S603 - the interpreter itself


def ended(process: subprocess.Popen[str]) -> int:
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL, 130), said
    return process.returncode


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def pixels(earth: Emulator) -> int:
    return len(earth.requests.of("computePixels"))


def wait_for_pixels(earth: Emulator, before: int, process: subprocess.Popen[str]) -> None:
    while pixels(earth) == before and process.poll() is None:
        time.sleep(0.005)


def killed_until(earth: Emulator, kind: str, folder: Path, kills: int, rng: random.Random) -> tuple[int, int]:
    """Export into one folder after another until so many runs were killed; how many runs, and exports that ended."""
    runs = number = 0
    while kills:
        target = folder / str(number) / f"target.{kind}"
        target.parent.mkdir(parents=True, exist_ok=True)
        before = pixels(earth)
        process = start(earth, kind, target)
        runs += 1
        wait_for_pixels(earth, before, process)
        time.sleep(rng.choice([0, 0, rng.uniform(0, 0.3), rng.uniform(0, 1.2)]))
        process.kill()
        kills -= ended(process) != 0
        number += is_complete(target)  # a process may also be killed when all is done
    if (folder / str(number)).exists():
        export(kind, folder / str(number) / f"target.{kind}")
        return runs + 1, number + 1
    return runs, number


def is_complete(target: Path) -> bool:
    """Whether nothing is left from which an export would go on: beside the target, or the files of a pattern."""
    beside = [path for path in target.parent.iterdir() if path != target]
    return target.exists() and not [*beside, *target.rglob("*.parts")]


def export(kind: str, target: Path) -> None:
    """To its end, in this process."""
    with xee_lite.set_options(max_concurrent_requests=exporting.AT_ONCE):
        exporting.export(kind, str(target))


@pytest.mark.parametrize(
    ("kind", "kills"),
    [
        *FEW.items(),
        *(pytest.param(kind, kills, marks=pytest.mark.long, id=f"{kind}-{kills}") for kind, kills in MANY.items()),
    ],
)
def test_killed_and_started_again_it_ends_the_same(serve: Serve, tmp_path: Path, kind: str, kills: int) -> None:
    earth = serve(assets=assets(), faults=Faults(latency=Latency(seconds=0.04), seed=1))
    (tmp_path / "undisturbed").mkdir()
    export(kind, tmp_path / "undisturbed" / f"target.{kind}")
    needed = pixels(earth)
    assert needed == xee_lite.explain(exporting.opened(kind)).count >= 64
    truth = files_of(tmp_path / "undisturbed")
    earth.requests.clear()
    _runs, exports = killed_until(earth, kind, tmp_path / "killed", kills, random.Random(kind))  # noqa: S311 - no secret
    for number in range(exports):
        found = files_of(tmp_path / "killed" / str(number))
        assert found.keys() == truth.keys()
        assert [name for name in truth if found[name] != truth[name]] == []
    twice = pixels(earth) - exports * needed
    if not kind.startswith("dask"):
        assert twice <= kills * exporting.AT_ONCE, "only what was under way is asked for again"


def test_ctrl_c_ends_it_and_it_goes_on(serve: Serve, tmp_path: Path) -> None:
    """Some requests are answered, and as many as run at once are not: by no chance is the export at its end."""
    earth = serve(assets=assets(), faults=Faults(stall_seconds=3600))
    needed = xee_lite.explain(exporting.opened("zarr")).count
    answered = 2 * exporting.AT_ONCE
    met = answered + exporting.AT_ONCE
    assert met < needed
    earth.faults.next("computePixels", [None] * answered + ["stall"] * exporting.AT_ONCE)
    process = start(earth, "zarr", tmp_path / "a.zarr")
    while pixels(earth) < met and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    assert ended(process) == 130
    assert pixels(earth) == met
    export("zarr", tmp_path / "a.zarr")
    assert pixels(earth) <= needed + exporting.AT_ONCE
