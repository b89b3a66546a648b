"""Assets of the local Image Server with hard pixels, and what their services have to give."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from tests.client.scenes import DAY, ID, START, image, pixels
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xee_lite.emulator import Emulator

DTYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")
SHAPE = (57, 83)


def hard(dtype: str, seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ma.MaskedArray[Any, Any]:
    """Values of the whole type, but for the least of a float, which stands for missing ones on the wire."""
    found = pixels(dtype, seed, shape)
    if np.dtype(dtype).kind == "f":
        found = np.ma.array(np.where(found.data == np.finfo(dtype).min, 0.5, found.data).astype(dtype), mask=found.mask)
    return found


@cache
def assets() -> dict[str, Any]:
    """An image of two bands for each type, and a collection of three images of bands a and b."""
    found: dict[str, Any] = {
        f"{ID}_{dtype}": image({"a": hard(dtype, 1), "b": hard(dtype, 2)}, f"{dtype}") for dtype in DTYPES
    }
    images = [image(bands_of(day), f"i{day}", START + day * DAY) for day in range(3)]
    return {**found, ID: memory_collection(images)}


def bands_of(day: int) -> Mapping[str, np.ma.MaskedArray[Any, Any]]:
    return {"a": hard("u1", day), "b": hard("u1", 10 + day)}


def floats(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = np.ma.filled(array.astype(dtype), np.nan)
    return found


def opened(earth: Emulator, asset: str = ID, **options: Any) -> xr.Dataset:
    return xr.open_dataset(earth.image_server_url(asset), engine="xee_lite", **options)


def exports(earth: Emulator) -> int:
    """How many exports the server was asked for."""
    return sum(request.kind == "ImageServer/exportImage" for request in earth.requests)
