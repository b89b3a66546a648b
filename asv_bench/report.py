"""Everything that matters in one run: ``python asv_bench/report.py``, a few minutes, medians and ratios.

Needs the dependency group ``bench`` (``pip install -e . --group bench``). The contestants of a comparison take turns,
so that whatever else the machine does meets all of them; a ratio is the median of the rounds' ratios. With
``XEE_LITE_BENCH=small`` in the environment it takes seconds, and the figures say nothing.
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
from benchmarks.as_called import CALLS, LATENCIES, RATE, Called
from benchmarks.at_once import AT_ONCE as REQUESTS_AT_ONCE
from benchmarks.at_once import VALUE, AtOnce, seconds
from benchmarks.exports import SIZE as EXPORTED
from benchmarks.exports import Exports, ExportsOverALine
from benchmarks.formats import MBITS, SIDE, Formats, wires
from benchmarks.graph import ManyChunks
from benchmarks.latency import AT_ONCE, IDEAL, REQUESTS, SECONDS, Distant
from benchmarks.memory import PeakOfRead, in_flight
from benchmarks.opening import MOST_OF_XEE, Open
from benchmarks.reading import THREADS, Race, Read, Seconds, speed_ratio
from benchmarks.size import FIXED, PER_MEGAPIXEL, SIDES, RequestSize
from benchmarks.size import SIZES as REQUEST_SIZES
from benchmarks.standins import Server, StandIn, bands_of, body, image_of

import xee_lite
from xee_lite.emulator.catalogue.standin.schema import dataset

if TYPE_CHECKING:
    from collections.abc import Callable

_TRACED = 100_000
"""Chunks of a graph whose memory is traced, at most."""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is timed (9)")
    parser.add_argument("--stand-ins", action="store_true", help="nothing but the local Earth Engine (4 minutes)")
    parser.add_argument("--as-called", action="store_true", help="nothing but calls with nothing set (5 minutes)")
    parser.add_argument("--exports", action="store_true", help="nothing but exports (8 minutes)")
    options = parser.parse_args()
    rounds = options.rounds
    if options.exports:
        report_exports(min(rounds, 3))
        return
    if not options.as_called:
        report_stand_ins(min(rounds, 5))
        report_at_once(min(rounds, 3))
    if options.stand_ins:
        return
    report_as_called(min(rounds, 3))
    if options.as_called:
        return
    report_imports(rounds)
    report_opening(rounds)
    report_graph(rounds)
    report_latency(min(rounds, 3))
    report_size(min(rounds, 3))
    report_memory()
    report_exports(min(rounds, 3))
    report_formats(rounds)
    for name in SIZES:
        report_reading(rounds, name, "with exact masks, as floats")
        report_reading(rounds, name, "with 0 for missing, in their own type", nodata=0, mask_and_scale=False)


def report_stand_ins(rounds: int) -> None:
    """Processor time of the server for a reply of 32 MiB."""
    server = Server()
    print("\nStand-ins: seconds of the server's processor time for a reply, the median of windows")
    for name in StandIn.params[0]:
        image = image_of(name)
        told = []
        for count in StandIn.params[1]:
            bands = bands_of(dataset(name), image, count)
            if len(bands) < count and told:
                continue
            costs = [server.cost(body(image, bands, number)) for number in range(rounds)]
            names = ", ".join(band.name for band in bands)
            told.append(f"{median(cost.seconds for cost in costs):.2f} ({names}; {costs[0].size / 2**20:.0f} MiB)")
        print(f"  {name:<42}{'   '.join(told)}", flush=True)
    server.stop()


def report_at_once(rounds: int) -> None:
    """Requests that come to the server at once."""
    benchmark = AtOnce()
    benchmark.setup()
    shares = [benchmark.at_once() / benchmark.one_by_one() for _ in range(rounds)]
    alone = median(seconds(lambda: benchmark.server.cost(VALUE)) for _ in range(50))
    waits = [benchmark.waits() for _ in range(rounds)]
    everyone = [benchmark.at_once() for _ in range(rounds)]
    benchmark.teardown()
    print(f"\n{REQUESTS_AT_ONCE} requests of 8 MiB at once")
    print(f"  time, of that of one after another  {median(shares):6.2f}")
    print(f"  a value meanwhile, ms: median        {1e3 * median(median(found) for found in waits):6.1f}")
    print(f"                         longest       {1e3 * max(max(found) for found in waits):6.1f}")
    print(f"  a value alone, ms                    {1e3 * alone:6.1f}")
    print(f"  all, s                               {median(everyone):6.1f}")


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
    heads = ("images", "floor", "xee_lite", "xee_lite / floor", "xee", "xee / xee_lite")
    print("\nOpen, ms\n  " + "".join(f"{head:>18}" for head in heads))
    for images in COUNTS:
        benchmark = Open()
        benchmark.setup(images)
        runners: dict[str, Callable[[], object]] = {
            "floor": lambda: benchmark.time_floor(images),  # noqa: B023 - used at once
            "xee_lite": lambda: benchmark.time_xee_lite(images),  # noqa: B023 - as above
        }
        if images <= MOST_OF_XEE:
            runners["xee"] = lambda: benchmark.time_xee(images)  # noqa: B023 - as above
        seconds = turns(rounds, runners)
        benchmark.teardown(images)
        floor, ours = (1e3 * median(seconds[name]) for name in ("floor", "xee_lite"))
        line = f"  {images:>18}{floor:>18.1f}{ours:>18.1f}{speed_ratio(seconds, 'floor', 'xee_lite'):>18.2f}"
        if "xee" in seconds:
            line += f"{1e3 * median(seconds['xee']):>18.1f}{speed_ratio(seconds, 'xee_lite', 'xee'):>18.2f}"
        print(line)


def report_graph(rounds: int) -> None:
    """Opening with Dask into many chunks."""
    print("\nGraph")
    for chunks in ManyChunks.params[-2:]:
        benchmark = ManyChunks()
        benchmark.setup(chunks)
        opened = turns(min(rounds, 3), {"open": lambda: benchmark.time_open(chunks)})["open"]  # noqa: B023 - used at once
        peak = benchmark.track_bytes_of_open(chunks)
        task = benchmark.track_microseconds_a_task(chunks)
        print(f"  {chunks} chunks: opened in {1e3 * median(opened):.0f} ms and {peak / 1e6:.1f} MB; ", end="")
        print(f"written out in {task:.0f} us a task", end="")
        # To trace a million tasks takes minutes.
        print(f" and {benchmark.track_bytes_a_task(chunks):.0f} bytes" if chunks <= _TRACED else "")
        benchmark.teardown(chunks)


def report_as_called(rounds: int) -> None:
    """Calls with nothing set."""
    print("\nAs people call it, with nothing set: times the ideal, median")
    print(f"  {'call':<22}{'latency':>9}{'ideal, s':>10}{'xee_lite':>10}{'Xee':>9}")
    for latency in LATENCIES:
        for call in CALLS:
            called = Called(latency, call)
            with xee_lite.set_options(requests_per_second=RATE):
                seconds = {engine: [called.seconds(engine) for _ in range(rounds)] for engine in ("xee_lite", "ee")}
            called.stop()
            ratios = [median(taken) / called.ideal for taken in seconds.values()]
            print(f"  {call:<22}{latency:>9g}{called.ideal:>10.2f}{ratios[0]:>10.2f}{ratios[1]:>9.2f}")


def report_latency(rounds: int) -> None:
    """Hundreds of requests to a service that is far away."""
    distant = Distant()
    turned = [{name: distant.times_ideal(name) for name in distant.runners} for _ in range(rounds)]
    distant.stop()
    print(f"\n{REQUESTS} requests of {SECONDS} s, {AT_ONCE} at once, times the ideal {IDEAL:g} s: median (best)")
    for name in distant.runners:
        taken = [times[name] for times in turned]
        print(f"  {name:<10}{median(taken):8.2f} ({min(taken):.2f})")


def report_size(rounds: int) -> None:
    """One image, in requests of each size."""
    for side in SIDES:
        for per_megapixel in PER_MEGAPIXEL:
            benchmarks = {size or "default": RequestSize() for size in REQUEST_SIZES}
            for size, benchmark in benchmarks.items():
                benchmark.setup(side, per_megapixel, None if size == "default" else size)
            seconds = turns(rounds, {size: benchmark.track_seconds for size, benchmark in benchmarks.items()})
            print(f"\n{side} x {side} pixels of uint16, {FIXED} s and {per_megapixel} s a megapixel")
            print(f"  {'request_bytes':<14}{'requests':>10}{'seconds':>10}{'places held, s':>16}")
            for size, benchmark in benchmarks.items():
                benchmark.teardown()
                print(f"  {size:<14}{benchmark.requests:>10}{median(seconds[size]):>10.2f}{benchmark.held:>16.1f}")


def report_memory() -> None:
    """The peak of a read."""
    benchmark = PeakOfRead()
    benchmark.setup("xee_lite")
    print("\nPeak of a read beyond its result, MB")
    for size in ("32MiB", "8MiB", "4MiB"):
        peak, (counted, travelling) = benchmark.peak("xee_lite", size), in_flight(size)
        ratios = (
            f"{peak.beyond / counted:.2f} x requests in flight as counted, {peak.beyond / travelling:.2f} x as sent"
        )
        print(f"  xee_lite, {size:<8}{peak.beyond / 1e6:8.0f}  = {ratios}")
    peak = benchmark.peak("xee")
    print(f"  xee              {peak.beyond / 1e6:8.0f}  (the result has {peak.result / 1e6:.0f})")
    benchmark.teardown("xee_lite")


def report_exports(rounds: int) -> None:
    """Files and stores, beside the read into NumPy."""
    for benchmark, how in ((Exports(), "on this machine"), (ExportsOverALine(), "over a line of 1 Gbit/s")):
        benchmark.setup("numpy")
        turned = [{way: benchmark.took(way) for way in benchmark.params} for _ in range(rounds)]
        benchmark.teardown("numpy")
        print(f"\nExport of {EXPORTED.images} x {EXPORTED.side} x {EXPORTED.side} pixels of uint16, {how}")
        print(f"  {'':<26}{'s':>8}{'peak, MB':>10}{'time of reading, of it':>24}")
        for way in benchmark.params:
            took = [turn[way] for turn in turned]
            share = median(turn["numpy"].seconds / turn[way].seconds for turn in turned)
            print(
                f"  {way:<26}{median(one.seconds for one in took):>8.1f}"
                f"{median(one.bytes for one in took) / 1e6:>10.0f}{share:>24.2f}",
                flush=True,
            )


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


def report_reading(rounds: int, name: str, how: str, **options: object) -> None:
    """Reading into NumPy."""
    size = SIZES[name]
    print(
        f"\nRead {name} into NumPy, {size.images} x {size.side} x {size.side} pixels, {how}, {THREADS} threads: MB/s,"
        "\nand, below, ms of the client's processor time"
    )
    names = {"bytes": "http.client", "arrays": "and arrays", "xee_lite": "xee_lite", "xee": "xee"}
    heads = [*names.values(), "/ http.client", "/ and arrays", "/ xee"]
    print(f"  {'':<8}" + "".join(f"{head:>14}" for head in heads))
    for dtype in Read.params[1]:
        race = Race(dtype, size, **options)
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
