"""Small images with hard pixels, shared by the tests of the client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from xee_lite.emulator import Emulator, memory_collection, memory_image
from xee_lite.reader import ReadRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xee_lite
    from xee_lite.emulator.images.image import Image

Serve = Callable[..., Emulator]
"""The fixture ``serve``: starts an emulator with the options of ``emulator.start``, and points ``ee`` at it."""

ID = "projects/test-project/assets/stack"
TRANSFORM = (30.0, 0.0, 399945.0, 0.0, -30.0, 4600035.0)
SHAPE = (23, 31)
DAY = 86_400_000
START = 1_577_836_800_000
DTYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")


def pixels(dtype: str, seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ma.MaskedArray[Any, Any]:
    """Values at both ends of the type and in between, some of them masked, whatever they are."""
    rng = np.random.default_rng(seed)
    values: npt.NDArray[Any]
    if np.dtype(dtype).kind == "f":
        low, high = float(np.finfo(dtype).min), float(np.finfo(dtype).max)
        values = rng.normal(scale=1e3, size=shape)
    else:
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        values = rng.integers(low, high, shape, endpoint=True)
    ends = rng.choice(np.array([low, high, 0, 1], dtype=dtype), shape)
    values = np.where(rng.random(shape) < 0.5, values.astype(dtype), ends)
    return np.ma.array(values, mask=rng.random(shape) < 0.3)


def image(bands: Mapping[str, npt.NDArray[Any]], index: str = "0", time: int | None = START, **more: Any) -> Image:
    properties: dict[str, Any] = {"system:index": index, **more}
    if time is not None:
        properties["system:time_start"] = time
    return memory_image(bands, crs="EPSG:32631", transform=TRANSFORM, properties=properties)


@cache
def stack(count: int, dtype: str = "u2") -> tuple[dict[str, Any], npt.NDArray[Any]]:
    """A collection of ``count`` images a day apart; the same objects for all tests, which can share a server then."""
    arrays = [pixels(dtype, seed) for seed in range(count)]
    images = [image({"B1": array}, f"i{number}", START + number * DAY) for number, array in enumerate(arrays)]
    truth = np.ma.stack(arrays)
    truth.flags.writeable = truth.mask.flags.writeable = False
    return {ID: memory_collection(images)}, truth


@cache
def stacks(count: int) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """A `stack` of each type in one set of assets, by the type: ``<ID>_<type>``."""
    found = {dtype: stack(count, dtype) for dtype in DTYPES}
    return {f"{ID}_{dtype}": assets[ID] for dtype, (assets, _) in found.items()}, {
        dtype: truth for dtype, (_, truth) in found.items()
    }


def filled(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = np.ma.filled(array.astype(dtype), np.nan)
    return values


def opened(obj: Any = ID, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", **options)


def lost_pixels(failed: Iterable[xee_lite.FailedRead], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Where failed requests for windows lie in a stack of this shape."""
    lost = np.zeros(shape, dtype=bool)
    for one in failed:
        assert isinstance(one.request, ReadRequest)
        window = one.request.window
        rows, columns = slice(window.row, window.row + window.height), slice(window.col, window.col + window.width)
        lost[list(one.request.items), rows, columns] = True
    return lost
