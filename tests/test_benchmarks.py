"""Every benchmark runs once, untimed and tiny, so that they can not rot."""

from __future__ import annotations

import importlib
import inspect
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ee
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

pytest.importorskip("xee")

FOLDER = Path(__file__).parents[1] / "asv_bench"
TOPICS = sorted(path.stem for path in (FOLDER / "benchmarks").glob("[!_]*.py"))
PREFIXES = ("time_", "track_", "timeraw_", "peakmem_")


@pytest.fixture(scope="module")
def load() -> Iterator[Callable[[str], ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEE_LITE_BENCH", "small")
        patch.syspath_prepend(str(FOLDER))
        yield lambda topic: importlib.import_module(f"benchmarks.{topic}")
    ee.Reset()


def benchmarks_of(holder: object) -> list[str]:
    return [name for name, _ in inspect.getmembers(holder, callable) if name.startswith(PREFIXES)]


LONG = {"as_called", "cluster", "exports", "latency", "memory", "training"}
"""Those that take a good part of a minute even when small."""


@pytest.mark.parametrize(
    "topic", [pytest.param(topic, marks=[pytest.mark.long] if topic in LONG else []) for topic in TOPICS]
)
def test_every_benchmark_runs(load: Callable[[str], ModuleType], topic: str) -> None:
    module = load(topic)
    classes = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
    ran = 0
    for holder in [module, *(kind for kind in classes if benchmarks_of(kind))]:
        for values in smallest(holder):
            ran += run_all(holder, values)
    assert ran


def smallest(holder: Any) -> list[tuple[Any, ...]]:
    """The first of all values of each parameter, or every combination where there are few."""
    params = getattr(holder, "params", [])
    if params and not isinstance(params[0], list):
        params = [params]
    return list(itertools.product(*(values[:2] for values in params)))


def run_all(holder: Any, values: tuple[Any, ...]) -> int:
    names = benchmarks_of(holder)
    benchmark = holder() if inspect.isclass(holder) else holder
    getattr(benchmark, "setup", lambda *_: None)(*values)
    for name in names:
        result = getattr(benchmark, name)(*values)
        if name.startswith("timeraw_"):
            subprocess.run([sys.executable, "-c", result], check=True)  # noqa: S603 - one of the benchmarks' own
        if name.startswith("track_"):
            assert result > 0
    getattr(benchmark, "teardown", lambda *_: None)(*values)
    return len(names)


@pytest.mark.long  # it runs again what the tests of the single benchmarks run
def test_the_report_prints_every_part() -> None:
    small = {**os.environ, "XEE_LITE_BENCH": "small"}
    command = [sys.executable, str(FOLDER / "report.py"), "--rounds", "1"]
    printed = subprocess.run(command, env=small, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above
    for part in (
        "Import",
        "Open",
        "1000 chunks",
        "times the ideal",
        "request_bytes",
        "beyond its result",
        "Read scenes",
        "Read series",
        "Stand-ins",
        "at once",
    ):
        assert part in printed


def test_the_table_of_shared_bands_is_what_is_measured() -> None:
    command = [sys.executable, str(FOLDER / "shared_bands.py")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above
    assert printed.count("\n") == 5
    assert printed in (FOLDER.parent / "docs" / "performance.md").read_text("utf-8")


def test_the_table_of_masks_is_what_is_computed() -> None:
    small = {**os.environ, "XEE_LITE_BENCH": "small"}
    command = [sys.executable, str(FOLDER / "decoder.py"), "--rounds", "1"]
    printed = subprocess.run(command, env=small, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above
    decoders, *_, masks, compressed = printed.split("\n\n")
    assert [table.count("\n") for table in (decoders, masks, compressed)] == [10, 10, 8]
    assert masks in (FOLDER.parent / "docs" / "benchmarks.md").read_text("utf-8")
