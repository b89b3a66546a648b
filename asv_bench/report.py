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
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks import imports
from benchmarks._service import COUNTS, SIZES
from benchmarks.formats import MBITS, SIDE, Formats, wires
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
    report_formats(rounds)
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


def report_formats(rounds: int) -> None:
    """What each format costs: its bytes, the processor time of decoding, and both over lines of some speeds."""
    lines = [f"{speed} Mbit/s" for speed in MBITS]
    print(f"\nOne band of {SIDE} x {SIDE} and its mask; ms over a line are those of its bytes and of decoding")
    print(f"  {'':<30}" + "".join(f"{head:>14}" for head in ("MB", "decoding, ms", *lines)))
    for kind in Formats.params[0]:
        for dtype in Formats.params[1]:
            found = wires(kind, dtype)
            decoders = {name: partial(wire.decode, wire.content) for name, wire in found.items()}
            seconds = turns(rounds, decoders, time.process_time)
            for name, wire in found.items():
                size, decoding = len(wire.content), 1e3 * median(seconds[name])
                over = [size * 8 / 1e3 / speed + decoding for speed in MBITS]
                print(
                    f"  {f'{kind} {dtype}, {name}':<30}{size / 1e6:>14.2f}{decoding:>14.1f}"
                    + "".join(f"{taken:>14.0f}" for taken in over)
                )


def report_reading(rounds: int, name: str) -> None:
    """Reading into NumPy."""
    size = SIZES[name]
    print(
        f"\nRead {name} into NumPy, {size.images} x {size.side} x {size.side} pixels, {THREADS} threads: MB/s,"
        "\nand, below, ms of the client's processor time"
    )
    names = {"bytes": "http.client", "arrays": "and arrays", "xee_lite": "xee_lite", "xee": "xee"}
    heads = [*names.values(), "/ http.client", "/ and arrays", "/ xee"]
    print(f"  {'':<8}" + "".join(f"{head:>14}" for head in heads))
    for dtype in Read.params[1]:
        race = Race(dtype, size)
        seconds = race.run(rounds)
        work = race.run(rounds, clock=time.process_time)
        race.stop()
        speeds = [race.values / 1e6 / median(seconds[name]) for name in names]
        ratios = [speed_ratio(seconds, "xee_lite", name) for name in ("bytes", "arrays", "xee")]
        print(f"  {dtype:<8}" + "".join(f"{x:>14.0f}" for x in speeds) + "".join(f"{x:>14.2f}" for x in ratios))
        spent = [1e3 * median(work[name]) for name in names]
        ratios = [speed_ratio(work, "xee_lite", name) for name in ("bytes", "arrays", "xee")]
        print(f"  {'  in ms':<8}" + "".join(f"{x:>14.0f}" for x in spent) + "".join(f"{x:>14.2f}" for x in ratios))


def turns(
    rounds: int, runners: dict[str, Callable[[], object]], clock: Callable[[], float] = time.perf_counter
) -> Seconds:
    """Let runners take turns; returns the seconds of each."""
    seconds: Seconds = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            began = clock()
            runner()
            seconds[name].append(clock() - began)
    return seconds


def _in_new_interpreter(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - the interpreter itself


if __name__ == "__main__":
    main()
