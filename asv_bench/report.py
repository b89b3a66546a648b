"""Everything that matters in one run: ``python asv_bench/report.py``, a few minutes, medians and ratios.

Needs the extra ``bench`` (``pip install -e '.[bench]'``). The contestants of a comparison take turns, so that whatever
else the machine does meets all of them; a ratio is the median of the rounds' ratios. With ``XEE_LITE_BENCH=small`` in
the environment it takes seconds, and the figures say nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks import imports
from benchmarks._service import COUNTS, SIZES
from benchmarks.graph import ManyChunks
from benchmarks.opening import Open
from benchmarks.reading import THREADS, Race, Read, Seconds, speed_ratio

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is timed (9)")
    rounds = parser.parse_args().rounds
    report_imports(rounds)
    report_opening(rounds)
    report_graph(rounds)
    for name in SIZES:
        report_reading(rounds, name)


def report_imports(rounds: int) -> None:
    """Import time, each in a new interpreter; an empty interpreter's start is taken off."""
    runners = {
        "nothing": "pass",
        "xarray": imports.timeraw_import_xarray(),
        "xee_lite": imports.timeraw_import_xee_lite(),
        "xee_lite, engine": imports.timeraw_import_engine(),
        "xee": imports.timeraw_import_xee(),
    }
    seconds = turns(rounds, {name: _in_new_interpreter(code) for name, code in runners.items()})
    start = median(seconds.pop("nothing"))
    print("\nImport, ms")
    for name, taken in seconds.items():
        print(f"  {name:<18}{1e3 * (median(taken) - start):8.0f}")


def report_opening(rounds: int) -> None:
    """Opening a collection, by its number of images."""
    print(f"\nOpen, ms\n  {'images':<10}{'xee_lite':>10}{'xee':>10}{'xee / xee_lite':>16}")
    for images in COUNTS:
        benchmark = Open()
        benchmark.setup(images)
        seconds = turns(
            rounds,
            {"xee_lite": lambda: benchmark.time_xee_lite(images), "xee": lambda: benchmark.time_xee(images)},  # noqa: B023 - used at once
        )
        benchmark.teardown(images)
        lite, xee = (1e3 * median(seconds[name]) for name in ("xee_lite", "xee"))
        print(f"  {images:<10}{lite:>10.1f}{xee:>10.1f}{speed_ratio(seconds, 'xee_lite', 'xee'):>16.2f}")


def report_graph(rounds: int) -> None:
    """Opening with Dask into many chunks."""
    chunks = ManyChunks.params[-1]
    benchmark = ManyChunks()
    benchmark.setup(chunks)
    seconds = turns(
        min(rounds, 3),
        {"open": lambda: benchmark.time_open(chunks), "graph": lambda: benchmark.time_mean_graph(chunks)},
    )
    benchmark.teardown(chunks)
    print(f"\n{chunks} chunks, ms")
    print(f"  open with chunks={{}}         {1e3 * median(seconds['open']):8.0f}")
    print(f"  every task of a mean          {1e3 * median(seconds['graph']):8.0f}")


def report_reading(rounds: int, name: str) -> None:
    """Reading into NumPy."""
    size = SIZES[name]
    print(
        f"\nRead {name} into NumPy, {size.images} x {size.side} x {size.side} pixels, {THREADS} threads, MB/s of values"
    )
    names = {"bytes": "http.client", "arrays": "and arrays", "xee_lite": "xee_lite", "xee": "xee"}
    heads = [*names.values(), "/ http.client", "/ and arrays", "/ xee"]
    print(f"  {'':<8}" + "".join(f"{head:>14}" for head in heads))
    for dtype in Read.params[1]:
        race = Race(dtype, size)
        seconds = race.run(rounds)
        race.stop()
        speeds = [race.values / 1e6 / median(seconds[name]) for name in names]
        ratios = [speed_ratio(seconds, "xee_lite", name) for name in ("bytes", "arrays", "xee")]
        print(f"  {dtype:<8}" + "".join(f"{x:>14.0f}" for x in speeds) + "".join(f"{x:>14.2f}" for x in ratios))


def turns(rounds: int, runners: dict[str, Callable[[], object]]) -> Seconds:
    """Let runners take turns; returns the seconds of each."""
    seconds: Seconds = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            began = time.perf_counter()
            runner()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def _in_new_interpreter(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - the interpreter itself


if __name__ == "__main__":
    main()
