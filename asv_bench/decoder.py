"""What a compiled decoder would bring, and masks in fewer bytes: tables of docs/benchmarks.md.

Exact float32 as xee_lite decodes it (`unpack`, in passes of NumPy) beside one pass over values and masks, compiled by
Numba or evaluated by numexpr, where these are installed (the package uses neither). All take turns in one thread,
by its own clock; each answer has to be equal to that of `unpack` in every bit.

    python asv_bench/decoder.py --rounds 15
"""

from __future__ import annotations

import argparse
import importlib
import os
import time
import zlib
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
from benchmarks._service import SIZES, clouds
from benchmarks.formats import scene
from benchmarks.reading import Race, speed_ratio

from xee_lite.decoding.planes import BandFields, unpack
from xee_lite.earthengine import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    import numpy.typing as npt

SMALL = os.environ.get("XEE_LITE_BENCH") == "small"
STACKS = ((1, 32), (6, 32), (20, 16)) if SMALL else ((1, 1024), (6, 1024), (100, 256))
"""Items of a reply, and their height and width."""
DTYPES = ("uint8", "uint16", "float32")
MISSING = np.uint32(0xFFFFFFFF).view(np.float32)
"""The NaN that `unpack` writes."""
BLOCK_BYTES = 96 * 1024
"""Bytes of a reply that the compiled pass turns at once: of 32 to 256 KiB, the best for all rows together."""
GZIP_SIDE = 32 if SMALL else 512
LINES = (100, 1000)
"""In Mbit/s."""


@dataclass(frozen=True, slots=True)
class Reply:
    """All values of a pixel, then all its masks, as in a reply; and where it is decoded to.

    Parameters
    ----------
    pixels : structured ndarray, shape (height, width)
    values, masks : ndarray, shape (item, height, width)
        Views of the pixels.
    out : ndarray of float32, shape (item, height, width)
    """

    pixels: npt.NDArray[np.void]
    values: npt.NDArray[np.generic]
    masks: npt.NDArray[np.uint8]
    out: npt.NDArray[np.float32]

    def blocks(self, size: int) -> int:
        """Rows of the reply that are at most so many bytes."""
        return max(1, size // (self.pixels.itemsize * self.pixels.shape[1]))


def grouped_type(items: int, dtype: str) -> np.dtype[np.void]:
    """All values of a pixel as one field, and all its masks."""
    return np.dtype([("values", dtype, (items,)), ("masks", "u1", (items,))])


def reply_of(items: int, side: int, dtype: str) -> Reply:
    """Values of random bits, among them signalling NaN, a third of them missing."""
    random = np.random.default_rng(0)
    grouped = np.zeros((side, side), grouped_type(items, dtype))
    size = np.dtype(dtype).itemsize
    grouped["values"] = random.integers(0, 256, (side, side, items * size), "u1").view(dtype)
    grouped["masks"] = random.random((side, side, items)) < 2 / 3
    fields = [(f"b{item}", dtype) for item in range(items)] + [(f"b{item}m", "u1") for item in range(items)]
    return as_reply(grouped.view(fields), np.empty((items, side, side), "f4"))


def as_reply(pixels: npt.NDArray[np.void], out: npt.NDArray[np.float32]) -> Reply:
    """Pixels of values of one type and their masks."""
    grouped = pixels.view(grouped_type(len(out), pixels.dtype[0].str))
    return Reply(pixels, *(np.moveaxis(grouped[name], 2, 0) for name in ("values", "masks")), out)


def decode_numpy(reply: Reply) -> None:
    """As xee_lite does."""
    items = range(len(reply.out))
    unpack(reply.pixels, [BandFields(f"b{item}", f"b{item}m", np.nan) for item in items], reply.out)


def numba_decoder(numba: ModuleType) -> Callable[[Reply], None]:
    """One compiled pass, without the interpreter's lock."""

    def one_pass(values: Any, masks: Any, out: Any, missing: Any, rows: int) -> None:  # noqa: ANN401 - typed by Numba
        items, height, width = values.shape
        for first in range(0, height, rows):
            for item in range(items):
                for y in range(first, min(height, first + rows)):
                    for x in range(width):
                        value = np.float32(values[item, y, x])
                        out[item, y, x] = value if masks[item, y, x] != 0 else missing

    compiled = numba.njit(nogil=True)(one_pass)
    return lambda reply: compiled(reply.values, reply.masks, reply.out, MISSING, reply.blocks(BLOCK_BYTES))


def numexpr_decoder(numexpr: ModuleType) -> Callable[[Reply], None]:
    """One expression per block, in this thread."""
    numexpr.set_num_threads(1)

    def decode(reply: Reply) -> None:
        rows = reply.blocks(2**20)
        for first in range(0, reply.out.shape[1], rows):
            block = (slice(None), slice(first, first + rows))
            names = {"values": reply.values[block], "masks": reply.masks[block], "missing": MISSING}
            numexpr.evaluate("where(masks != 0, values, missing)", names, out=reply.out[block], casting="same_kind")

    return decode


def decoders() -> dict[str, Callable[[Reply], None]]:
    """By the name of what it is made with: NumPy, and the others that are installed."""
    found: dict[str, Callable[[Reply], None]] = {"NumPy": decode_numpy}
    for name, make in {"numba": numba_decoder, "numexpr": numexpr_decoder}.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found[name] = make(module)
    return found


def seconds(decode: Callable[[], None]) -> float:
    """Processor time of this thread."""
    start = time.thread_time()
    decode()
    return time.thread_time() - start


def print_decoders(rounds: int, ways: dict[str, Callable[[Reply], None]]) -> None:
    """Nanoseconds per value, and how many times as fast as NumPy: the median of the rounds' ratios."""
    others = list(ways)[1:]
    print(f"| ns per value | {' | '.join([*ways, *(f'NumPy / {name}' for name in others)])} |")
    print("|---|" + "---:|" * (len(ways) + len(others)))
    for items, side in STACKS:
        for dtype in DTYPES:
            reply = reply_of(items, side, dtype)
            decode_numpy(reply)
            wanted = reply.out.copy()
            for name, decode in ways.items():
                reply.out.fill(0)
                decode(reply)
                if (reply.out.view("u4") != wanted.view("u4")).any():
                    raise ValueError(f"{name} decodes {dtype} to other bits than NumPy.")
            taken = np.array([[seconds(partial(decode, reply)) for decode in ways.values()] for _ in range(rounds)])
            each = [f"{value:.2f}" for value in np.median(taken, axis=0) / reply.out.size * 1e9]
            ratios = [f"{ratio:.2f}" for ratio in np.median(taken[:, :1] / taken[:, 1:], axis=0)]
            print(f"| {items} x {side} x {side}, {dtype} | {' | '.join(each + ratios)} |")


def print_reads(rounds: int, decode: Callable[[Reply], None]) -> None:
    """Whole reads, as in the first table of the page, with another decoder: the client's processor time."""

    def compiled(pixels: npt.NDArray[np.void], _: Sequence[BandFields], out: npt.NDArray[np.float32]) -> None:
        decode(as_reply(pixels, out))

    print("| ms of the client | and arrays | xee_lite | compiled | xee_lite / floor | compiled / floor | gain |")
    print("|---|" + "---:|" * 6)
    for size in SIZES.values():
        for dtype in DTYPES:
            race = Race(dtype, size)
            as_it_is = race.runners["xee_lite"]
            race.runners["compiled"] = mock.patch.object(reader, "unpack", compiled)(as_it_is)
            np.testing.assert_array_equal(as_it_is(), race.runners["compiled"]())
            taken = race.run(rounds, "arrays", "xee_lite", "compiled", clock=time.process_time)
            race.stop()
            each = [f"{median(times) * 1e3:.0f}" for times in taken.values()]
            pairs = (("xee_lite", "arrays"), ("compiled", "arrays"), ("compiled", "xee_lite"))
            ratios = [f"{speed_ratio(taken, *pair):.2f}" for pair in pairs]
            print(f"| {size.images} x {size.side} x {size.side}, {dtype} | {' | '.join(each + ratios)} |")


def print_masks() -> None:
    """One plane of 1024 x 1024 of eight that share a request, by arithmetic: what travels, counts, and for how long."""
    lines = " | ".join(f"ms at {line} Mbit/s" for line in LINES)
    print(f"| | mask | bytes per value | counted by the service | MB | {lines} |\n|---|---|---:|---:|---:|---:|---:|")
    for dtype in DTYPES:
        size = np.dtype(dtype).itemsize
        for name, mask in {"a byte": 1.0, "eight in a byte": 1 / 8, "none": 0.0}.items():
            megabytes = (size + mask) * 1024**2 / 1e6
            times = " | ".join(f"{megabytes * 8e3 / line:.1f}" for line in LINES)
            # the service counts one byte more for each value of each band, a band of masks included
            print(f"| {dtype} | {name} | {size + mask:g} | {size + 1 + 2 * mask:g} | {megabytes:.2f} | {times} |")


def print_gzip() -> None:
    """Bytes per value of eight planes with masks of their own, by gzip of level 6."""
    random = np.random.default_rng(0)
    missing = np.stack([clouds(GZIP_SIDE, random) for _ in range(8)], axis=-1)
    masks = {
        "a byte": (~missing).astype("u1"),
        "eight in a byte": np.packbits(~missing, axis=-1),
        "none": np.empty((GZIP_SIDE, GZIP_SIDE, 0), "u1"),
    }
    print(f"| bytes per value after gzip | {' | '.join(masks)} |\n|---|---:|---:|---:|")
    for kind in ("smooth", "noisy"):
        for dtype in DTYPES:
            plane = scene(kind, dtype).data
            planes = [np.roll(plane, 37 * item, axis=(0, 1))[:GZIP_SIDE, :GZIP_SIDE] for item in range(8)]
            values = np.where(missing, 0, np.stack(planes, axis=-1)).astype(dtype).view("u1")
            sizes = [
                len(zlib.compress(np.concatenate([values, mask], axis=-1).tobytes(), 6)) / missing.size
                for mask in masks.values()
            ]
            print(f"| {kind} {dtype} | {' | '.join(f'{size:.2f}' for size in sizes)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    ways = decoders()
    print_decoders(rounds, ways)
    print()
    if "numba" in ways:
        print_reads(rounds, ways["numba"])
        print()
    print_masks()
    print()
    print_gzip()


if __name__ == "__main__":
    main()
