"""Patches for training: against a loop of computePixels as in Google's notebooks, the disk, and a synthetic loader.

There is no latency, and the service's replies are prepared: what is measured is the client. Both sides of a ratio run
in turns; the median of the rounds counts. Torch is optional: without it the loaders are not measured.
"""

from __future__ import annotations

import io
import shutil
import statistics
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ee
import numpy as np
import xarray as xr

from xee_lite import ml

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SCENE = Size(1, 128 if SMALL else 1024, bands=4)
LARGE_SCENE = Size(1, 128 if SMALL else 2048, bands=4)
"""Four rounds of patches, which are read ahead side by side: an epoch of one round would hide that."""
SIDE = 16 if SMALL else 64
BATCH = 16
ROUNDS = 1 if SMALL else 9
LIES = ("grid", "random")
"""Patches that lie side by side, and as many at random."""


def seconds(work: Callable[[], object]) -> float:
    """That it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ratio(one: Callable[[], object], other: Callable[[], object]) -> float:
    """Times as long the first takes."""
    return statistics.median(seconds(one) / seconds(other) for _ in range(ROUNDS))


class Scene:
    """A service with one image, and readers of its patches."""

    def __init__(self, size: Size = SCENE) -> None:
        self._service = Service(size)
        self.dataset = xr.open_dataset(STACK, engine="xee_lite", band_dim="band").isel(time=0)
        self._image = ee.ImageCollection(STACK).first()

    def patches(self, lie: str) -> ml.Patches:
        """Patches that cover the image, or as many at random."""
        grid = ml.grid_patches(self.dataset, SIDE)
        return grid if lie == "grid" else ml.random_patches(self.dataset, len(grid), SIDE)

    def loop(self, patches: ml.Patches) -> list[npt.NDArray[Any]]:
        """One request after the other, each decoded and stacked, as the notebooks have it."""
        a, b, x, d, e, y = TRANSFORM
        found = []
        for row, column in zip(patches.rows.tolist(), patches.columns.tolist(), strict=True):
            corner = {"translateX": x + column * a, "translateY": y + row * e}
            affine = {"scaleX": a, "shearX": b, "shearY": d, "scaleY": e, **corner}
            grid = {"dimensions": {"width": SIDE, "height": SIDE}, "affineTransform": affine, "crsCode": CRS}
            reply = ee.data.computePixels({"expression": self._image, "fileFormat": "NPY", "grid": grid})
            pixels = np.load(io.BytesIO(reply))
            found.append(np.stack([pixels[name] for name in pixels.dtype.names]))
        return found

    def stop(self) -> None:
        """End the service."""
        self._service.stop()


def epoch(reader: ml.PatchReader, number: int = 0) -> int:
    """Read all patches in batches, shuffled."""
    return sum(len(batch["image"]) for batch in reader.batches(BATCH, shuffle=True, epoch=number))


class FirstEpoch:
    """How many times as fast as the loop patches come from the service."""

    params: ClassVar[list[str]] = list(LIES)
    param_names: ClassVar[list[str]] = ["lie"]
    timeout: ClassVar[int] = 600

    def setup(self, lie: str) -> None:
        """Let the service prepare all replies."""
        self.scene = Scene()
        self.patches = self.scene.patches(lie)
        self.reader = ml.PatchReader(self.scene.dataset, self.patches)
        self.scene.loop(self.patches)
        epoch(self.reader)

    def teardown(self, _: str) -> None:
        """End the service."""
        self.scene.stop()

    def track_times_loop(self, _: str) -> float:
        """5 at least is what we want."""
        return median_ratio(lambda: self.scene.loop(self.patches), lambda: epoch(self.reader))


class SecondEpoch:
    """How fast patches come from the cache, as a part of the speed at which its files are read one after the other."""

    params: ClassVar[list[Any]] = ["keep", "mask"]
    param_names: ClassVar[list[str]] = ["missing"]

    def setup(self, missing: str) -> None:
        """Fill the cache."""
        self.folder = tempfile.mkdtemp()
        scene = Scene(LARGE_SCENE)
        self.reader = ml.PatchReader(scene.dataset, scene.patches("grid"), missing=missing, cache=self.folder)  # type: ignore[arg-type]
        epoch(self.reader)
        epoch(self.reader)
        scene.stop()  # nothing is asked of it any more
        self.files = [path for path in Path(self.folder).rglob("*") if path.is_file()]

    def teardown(self, _: str) -> None:
        """Remove the cache."""
        shutil.rmtree(self.folder)

    def track_share_of_raw_speed(self, _: str) -> float:
        """0.8 at least is what we want."""
        return median_ratio(self._read_files, lambda: epoch(self.reader))

    def _read_files(self) -> None:
        for path in self.files:
            path.read_bytes()


if find_spec("torch"):

    class Training:
        """How fast a small network is trained from the cache, beside batches that are in memory already; on CPUs."""

        def setup(self) -> None:
            """Fill the cache."""
            import torch  # noqa: PLC0415 - optional

            from xee_lite.ml.torch import PatchLoader  # noqa: PLC0415 - as above

            torch.manual_seed(0)
            torch.set_num_threads(1)
            self.folder = tempfile.mkdtemp()
            scene = Scene()
            self.loader = PatchLoader(ml.PatchReader(scene.dataset, scene.patches("grid"), cache=self.folder), BATCH)
            self.batches = [batch["image"] for batch in self.loader]
            scene.stop()
            layers = [torch.nn.Conv2d(SCENE.bands, 16, 3), torch.nn.ReLU(), torch.nn.Conv2d(16, 4, 3)]
            self.network = torch.nn.Sequential(*layers)
            self.optimiser = torch.optim.SGD(self.network.parameters(), 1e-9)

        def teardown(self) -> None:
            """Remove the cache."""
            shutil.rmtree(self.folder)

        def _step(self, images: Any) -> None:  # noqa: ANN401 - a tensor, where there is torch
            self.optimiser.zero_grad()
            self.network(images).square().mean().backward()
            self.optimiser.step()

        def track_share_of_synthetic_rate(self) -> float:
            """1 where the loader never holds up the training."""

            def synthetic() -> None:
                for images in self.batches:
                    self._step(images)

            def real() -> None:
                for batch in self.loader:
                    self._step(batch["image"])

            return median_ratio(synthetic, real)
