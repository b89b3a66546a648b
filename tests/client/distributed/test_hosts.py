"""Workers on other hosts, as far as the network goes: each in a network namespace of its own, on one bridge."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
import ee
import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials

import xee_lite
from tests.client import scenes
from tests.client.distributed.clusters import QUICK, distributed
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
NET = f"10.231.{os.getpid() % 250}"
"""A network of documentation's size that nobody here has."""
NAME = f"xl{os.getpid() % 100_000}"


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a test's own


@contextmanager
def namespaces(count: int) -> Iterator[list[str]]:
    """So many network namespaces, whose hosts are NET.2, NET.3 ...; this process is NET.1."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("needs iproute2, and root")
    with ExitStack() as stack:

        def made(*command: str, undo: tuple[str, ...]) -> None:
            try:
                run("ip", *command)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"network namespaces are not permitted here: {error.stderr.strip()}")
            stack.callback(subprocess.run, ("ip", *undo), check=False, capture_output=True)

        made("link", "add", NAME, "type", "bridge", undo=("link", "del", NAME))
        run("ip", "addr", "add", f"{NET}.1/24", "dev", NAME)
        run("ip", "link", "set", NAME, "up")
        found = []
        for number in range(count):
            space, outer = f"{NAME}n{number}", f"{NAME}v{number}"
            made("netns", "add", space, undo=("netns", "del", space))
            made(
                "link",
                "add",
                outer,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                space,
                undo=("link", "del", outer),
            )
            run("ip", "link", "set", outer, "master", NAME, "up")
            for command in (f"addr add {NET}.{number + 2}/24 dev eth0", "link set eth0 up", "link set lo up"):
                run("ip", "-n", space, *command.split())
            found.append(space)
        yield found


@contextmanager
def program(*arguments: str, within: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dask, which is ended after the block."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*within, sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def worker(scheduler: str, *more: str, within: tuple[str, ...] = ()) -> Any:
    options = ["--no-nanny", "--nthreads", "4", "--no-dashboard", "--death-timeout", "20"]
    return program("worker", scheduler, *options, *more, within=within)


def test_workers_on_other_hosts_read_and_share_the_limit(tmp_path: Path) -> None:
    assets, pixels = scenes.stack(4)
    with ExitStack() as stack:
        spaces = stack.enter_context(namespaces(2))
        faults = emulator.parse_faults("latency=0.02,concurrent=3")
        earth = stack.enter_context(emulator.start(assets=assets, host=f"{NET}.1", faults=faults))
        ee.Initialize(AnonymousCredentials(), url=earth.url, project="xee-lite")
        stack.callback(ee.Reset)
        # A client whose scheduler died leaves Dask's default scheduler set to the cluster.
        stack.enter_context(dask.config.set({**QUICK, "scheduler": None}))
        cluster = stack.enter_context(
            distributed.LocalCluster(n_workers=0, processes=True, host=f"{NET}.1", dashboard_address=None)
        )
        client = stack.enter_context(distributed.Client(cluster))
        for number, space in enumerate(spaces):
            folder = str(tmp_path / space)
            stack.enter_context(
                worker(
                    cluster.scheduler_address,
                    *("--host", f"{NET}.{number + 2}", "--local-directory", folder),
                    within=("ip", "netns", "exec", space),
                )
            )
        client.wait_for_workers(2, timeout=60)
        assert {address.split("//")[1].split(":")[0] for address in client.nthreads()} == {f"{NET}.2", f"{NET}.3"}
        dataset = scenes.opened().chunk({"time": 1, "y": 6, "x": 8})
        earth.requests.clear()
        with xee_lite.set_options(max_concurrent_requests=3, requests_per_second=1000):
            found = dataset.compute()
        np.testing.assert_array_equal(found["B1"], scenes.filled(pixels, "f4"))
        assert Counter(request.status for request in earth.requests if request.kind == "computePixels") == {200: 64}


def test_a_scheduler_that_dies_is_a_clear_error_and_another_one_goes_on(tmp_path: Path) -> None:
    """Workers end with their scheduler; those of the next one begin with nothing."""
    assets, pixels = scenes.stack(4)
    with ExitStack() as stack:
        earth = stack.enter_context(emulator.start(assets=assets, faults=emulator.parse_faults("latency=0.1")))
        earth.initialize()
        stack.callback(ee.Reset)
        # A client whose scheduler died leaves Dask's default scheduler set to the cluster.
        stack.enter_context(dask.config.set({**QUICK, "scheduler": None}))
        dataset = scenes.opened().chunk({"time": 1, "y": 6, "x": 8})
        for ends in (True, False):
            file = tmp_path / f"scheduler-{ends}.json"
            options = ["--port", "0", "--no-dashboard", "--host", "127.0.0.1", "--scheduler-file"]
            scheduler = stack.enter_context(program("scheduler", *options, str(file)))
            while not file.exists() or not file.read_text():
                assert scheduler.poll() is None
                time.sleep(0.05)
            address = json.loads(file.read_text())["address"]
            with worker(address, "--local-directory", str(tmp_path)) as process:
                client = stack.enter_context(distributed.Client(address, timeout=60))
                client.wait_for_workers(1, timeout=60)
                earth.requests.clear()
                future = client.compute(dataset["B1"])
                if not ends:
                    np.testing.assert_array_equal(future.result(timeout=60), scenes.filled(pixels, "f4"))
                    continue
                while len(earth.requests) < 8:
                    time.sleep(0.01)
                scheduler.kill()
                with pytest.raises((distributed.CancelledError, distributed.client.FuturesCancelledError, OSError)):
                    future.result(timeout=60)
                process.wait(timeout=60)
                client.close(timeout=1)
