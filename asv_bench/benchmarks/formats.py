"""The formats in which pixels can travel: how long each takes over lines of several speeds, to be unpacked included."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ee
import numpy as np
import rasterio
import requests
import xarray as xr
from google.auth.credentials import AnonymousCredentials

import xee_lite
from xee_lite import emulator
from xee_lite.decoding.npy import decode_npy
from xee_lite.decoding.planes import BandFields, unpack
from xee_lite.earthengine.transport import process_transport

from ._floor import Recorder
from ._service import CRS, PROJECT, SMALL, TRANSFORM, clouds

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SIDE = 64 if SMALL else 1024
ASSET = f"projects/{PROJECT}/assets/scene"
MBITS = (10, 100, 1000)
"""Lines, in Mbit/s."""


def scene(kind: str, dtype: str) -> np.ma.MaskedArray[Any, Any]:
    """Values of one band, a third of them masked: smooth as terrain or temperature, or noisy as radar's speckle."""
    random = np.random.default_rng(0)
    y, x = np.indices((SIDE, SIDE)) / SIDE
    level = 1.0 + sum(
        length * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length)
        for length, angle in zip((0.9, 0.4, 0.2, 0.1), random.random(4) * 6, strict=True)
    )
    field = np.clip(level, 0.05, None) * (1 if kind == "smooth" else random.exponential(1, level.shape))
    top = {"uint8": 255, "uint16": 10_000, "float32": 300}[dtype]
    values = np.clip(field / 3 * top, 1, top).astype(dtype)
    return np.ma.MaskedArray(values, clouds(SIDE, random))


@dataclass(frozen=True, slots=True)
class Wire:
    """The bytes that travel, and what makes planes of them."""

    content: bytes
    decode: Callable[[bytes], npt.NDArray[np.generic]]


def wires(kind: str, dtype: str) -> dict[str, Wire]:
    """One request of xee_lite, the values beside their exact mask, answered in each format."""
    image = emulator.memory_image({"v": scene(kind, dtype)}, crs=CRS, transform=TRANSFORM)
    with emulator.start(assets={ASSET: image}, project=PROJECT) as earth:
        recorder = Recorder(process_transport().expecting(2**30).request)
        ee.Initialize(AnonymousCredentials(), url=earth.url, project=PROJECT, http_transport=recorder)
        asset: Any = ASSET
        with xee_lite.set_options(max_concurrent_requests=1):  # one request
            wanted = xr.open_dataset(asset, engine="xee_lite")["v"].values
        (request,) = recorder.requests
        npy, tiff = (
            requests.post(
                earth.url + request.path, json={**json.loads(request.body), "fileFormat": name}, timeout=60
            ).content
            for name in ("NPY", "GEO_TIFF")
        )
    fields = [(name, np.dtype(code)) for name, code in (("i0b0", dtype), ("i0b0m", "u1"))]

    def from_npy(reply: bytes) -> npt.NDArray[np.generic]:
        out = np.empty((1, SIDE, SIDE), "f4")
        unpack(decode_npy(reply, fields, (SIDE, SIDE)), [BandFields("i0b0", "i0b0m", np.nan)], out)
        return out[0]

    def from_tiff(reply: bytes) -> npt.NDArray[np.generic]:
        with rasterio.MemoryFile(reply) as file, file.open() as dataset:
            values, mask = dataset.read()
        return np.where(mask == 1, values, np.float32(np.nan))

    found = {
        "NPY": Wire(npy, from_npy),
        "NPY, gzip": Wire(gzip.compress(npy, 6), lambda reply: from_npy(gzip.decompress(reply))),
        "GeoTIFF": Wire(tiff, from_tiff),
    }
    for wire in found.values():
        np.testing.assert_array_equal(wire.decode(wire.content), wanted.squeeze())
    return found


class Formats:
    """One band of 1024 x 1024 pixels and its mask, into float32."""

    params: ClassVar[list[list[str]]] = [
        ["smooth", "noisy"],
        ["uint8", "uint16", "float32"],
        ["NPY", "NPY, gzip", "GeoTIFF"],
    ]
    param_names: ClassVar[list[str]] = ["scene", "dtype", "format"]

    def setup(self, kind: str, dtype: str, name: str) -> None:
        """Ask for the bytes."""
        self.wire = wires(kind, dtype)[name]

    def time_decode(self, kind: str, dtype: str, name: str) -> None:  # noqa: ARG002 - asv passes them
        """Make planes of them."""
        self.wire.decode(self.wire.content)

    def track_bytes(self, kind: str, dtype: str, name: str) -> int:  # noqa: ARG002 - asv passes them
        """How many there are."""
        return len(self.wire.content)
