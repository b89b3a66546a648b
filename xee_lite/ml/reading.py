"""Batches of patches: from the cache where they are there, else from the service, ahead of who takes them."""

from __future__ import annotations

import math
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, brief
from ..grids.georeference import like_grid
from ..grids.user_values import whole_numbers_of
from ..options import OPTIONS
from ..outputs.reads import records_failures
from .ahead import read_ahead
from .cache import ArrayCache
from .missing import IGNORED_CLASS, Missing, missing_part, missing_pixels
from .order import Share, rounds
from .statistics import Statistics, Sums
from .windows import Windows

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import numpy.typing as npt
    import xarray as xr

    from .missing import MissingArgument
    from .patches import Patches

    Pixels = npt.NDArray[np.generic]

Batch = dict[str, "npt.NDArray[Any]"]
"""Arrays by name, the first axis of each runs over patches: "image", maybe "label" and "mask", and "index"."""

_ROUND_BYTES = 16 * 2**20
_ROUND_PATCHES = 512
"""What is read and shuffled at once: as many patches as have these bytes, and no more than these. Memory of up to
32 MiB is used again by the C library of Linux; of larger arrays each page is made anew."""

_AHEAD = 2
"""Rounds that are read while one is used, at least: the second fills the gaps that the slowest reads of one leave."""

_EPOCHS = 2**63


class PatchReader:
    """Reads patches of a dataset, and of labels on the same grid, in batches.

    Pickles, so that worker processes can read too.

    Parameters
    ----------
    data : Dataset or DataArray
        Opened with this engine, and maybe computed with. Its variables are the bands; all have the dimensions (y, x),
        or (time, y, x).
    patches : Patches
        On the grid of the dataset.
    labels : Dataset or DataArray, optional
        On the same grid: open it with ``like=``. One variable (y, x) makes labels (y, x); a time of one step is left
        out. Values of integer types without a scale are classes, in int64.
    missing : "mask", "drop", "keep", number or Missing
        What becomes of missing pixels. "mask" puts 0 in their place and a mask beside the image; "drop" leaves out
        patches with any; "keep" leaves NaN, or the ``_FillValue`` of integers; a number stands for them. A missing
        class is always -100, which losses of PyTorch ignore.
    statistics : Statistics, optional
        By which images are normalised, before missing pixels are filled: 0 is then the mean.
    cache : path or ArrayCache, optional
        A folder that keeps the pixels of each patch.

    Raises
    ------
    InputError
        If the patches or the labels lie on another grid, or a variable has other dimensions.

    Examples
    --------
    >>> import xarray as xr
    >>> from xee_lite import ml
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> reader = ml.PatchReader(ds, ml.random_patches(ds, 20, 32))
    >>> [batch["image"].shape for batch in reader.batches(16, drop_last=True)]
    [(16, 1, 32, 32)]
    """

    def __init__(
        self,
        data: xr.Dataset | xr.DataArray,
        patches: Patches,
        *,
        labels: xr.Dataset | xr.DataArray | None = None,
        missing: MissingArgument | Missing = "mask",
        statistics: Statistics | None = None,
        cache: str | os.PathLike[str] | ArrayCache | None = None,
    ) -> None:
        self.images = Windows.of(data, "data")
        self.labels = None if labels is None else Windows.of(labels, "labels", squeeze=True)
        self.patches = patches
        self.missing = Missing.of(missing)
        self.statistics = statistics
        self._made_keys: dict[Windows, list[bytes]] = {}
        for argument, other in (("data", data), ("labels", labels)):
            if other is not None and like_grid(other) != patches.grid:
                raise InputError(
                    f"{argument}= lies on another grid than the patches: open it with like= of the other, and make the "
                    "patches from it."
                )
        for argument, windows in (("data", self.images), ("labels", self.labels)):
            if cache is not None and windows is not None and records_failures(windows.dataset):
                raise InputError(
                    f"{argument}= was opened with errors='record', by which the cache would keep missing pixels for "
                    "good where a request failed: open it without, or leave out cache=."
                )
        if statistics is not None and statistics.bands != self.images.bands:
            raise InputError(f"statistics= are of {statistics.bands}, but the dataset has {self.images.bands}.")
        fill, dtype = self.missing.fill, self.images.dtype
        if fill is not None and statistics is None and dtype.kind in "iu" and not _holds(dtype, fill):
            raise InputError(
                f"missing={brief(missing)}: {dtype} of the dataset does not hold {fill}; pass a number that it does."
            )
        self.cache = cache if isinstance(cache, ArrayCache) or cache is None else ArrayCache(cache)

    def __len__(self) -> int:
        return len(self.patches)

    def read(self, numbers: npt.ArrayLike) -> Batch:
        """Read some patches.

        Parameters
        ----------
        numbers : sequence of int
            Of the patches, in any order.

        Returns
        -------
        dict of str to ndarray
            "image" (patch, band, y, x) or (patch, time, band, y, x), "index" (patch,), and maybe "label" and "mask".
            Patches that are left out are missing in all of them.

        Raises
        ------
        RequestError
            When the service could not give them.
        """
        chosen = np.atleast_1d(np.asarray(numbers, dtype=np.intp))
        images = self._stored(self.images, chosen)
        batch: Batch = {"index": chosen}
        part = np.zeros(len(chosen))
        if self.missing.asks:
            lost = missing_pixels(images, self.images.fills)
            if self.missing.drop_above is not None:
                part = missing_part(lost)
        if self.statistics is not None:
            images = self.statistics.normalised(images)
        if self.missing.fill is not None:
            np.copyto(images, np.asarray(self.missing.fill, images.dtype), where=lost)
        batch["image"] = images
        if self.missing.mask:
            batch["mask"] = np.logical_not(lost, out=lost)  # in place: memory that is new costs more than the pass
        if self.labels is not None:
            batch["label"], unlabelled = self._labels(self.labels, chosen)
            part = np.maximum(part, unlabelled)
        if self.missing.drop_above is not None and (part > self.missing.drop_above).any():
            kept = part <= self.missing.drop_above
            return {name: array[kept] for name, array in batch.items()}
        return batch

    def _labels(self, windows: Windows, chosen: npt.NDArray[np.intp]) -> tuple[Pixels, npt.NDArray[np.float64]]:
        """Labels, and the part of each patch that has none."""
        found = self._stored(windows, chosen)
        banded = found if len(windows.fills) > 1 else found[..., None, :, :]
        lost = missing_pixels(banded, windows.fills).reshape(found.shape)
        if windows.is_class:
            classes = np.full(found.shape, IGNORED_CLASS, dtype=np.int64)
            np.copyto(classes, found, where=~lost, casting="unsafe")
            found = classes
        return found, missing_part(lost)

    def _stored(self, windows: Windows, chosen: npt.NDArray[np.intp]) -> Pixels:
        """The pixels of patches as they are, from the cache where they are there."""
        patches = self.patches.take(chosen)
        if self.cache is None:
            return windows.read(patches)
        out = np.empty((len(chosen), *windows.shape(patches.size)), windows.dtype)
        made = self._keys(windows)
        keys = [made[number] for number in chosen.tolist()]
        absent = [place for place, key in enumerate(keys) if not self.cache.read(key, out[place])]
        if absent:
            found = windows.read(patches.take(absent))
            for place, pixels in zip(absent, found, strict=True):
                self.cache.write(keys[place], pixels)
                out[place] = pixels
        return out

    def _keys(self, windows: Windows) -> list[bytes]:
        """Of all patches, made once."""
        if windows not in self._made_keys:
            self._made_keys[windows] = windows.keys(self.patches)
        return self._made_keys[windows]

    def batches(
        self,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        epoch: int = 0,
        share: Share | None = None,
        drop_last: bool = False,
    ) -> Iterator[Batch]:
        """The batches of an epoch, read ahead of who takes them.

        Neighbouring patches are read together, in rounds of up to 512 patches or 16 MiB. While one is used the next
        ones are read: two, or as many as keep the service busy within ``set_options(read_ahead_bytes=...)``.
        With `shuffle` a round is of eight places at least, and its patches come in random order.

        Parameters
        ----------
        batch_size : int
            Patches of a batch.
        shuffle : bool, default False
            Whether the order of the patches is random.
        seed, epoch : int, default 0
            The same two give the same order; another epoch gives another one.
        share : Share, optional
            Which part of the epoch this process reads.
        drop_last : bool, default False
            Whether a last batch that is smaller is left out.

        Returns
        -------
        iterator of dict of str to ndarray
            As `read` gives them.
        """
        size, number, start = (
            _checked(value, name, least)
            for value, name, least in ((batch_size, "batch_size", 1), (epoch, "epoch", 0), (seed, "seed", 0))
        )
        planned = rounds(self.patches, self._round_size, share or Share(), seed=start, epoch=number, shuffle=shuffle)
        parts = read_ahead((partial(self.read, numbers) for numbers in planned), self._ahead)
        return _of_size(parts, size, drop_last=drop_last)

    @cached_property
    def _patch_bytes(self) -> int:
        shapes = [
            (windows.shape(self.patches.size), windows.dtype) for windows in (self.images, self.labels) if windows
        ]
        return max(1, sum(math.prod(shape) * dtype.itemsize for shape, dtype in shapes))

    @cached_property
    def _round_size(self) -> int:
        """Patches that are read at once."""
        return max(1, min(_ROUND_PATCHES, _ROUND_BYTES // self._patch_bytes))

    @property
    def _ahead(self) -> int:
        """Rounds that are read while one is used: if each patch is a request, twice as many as may be under way."""
        enough = math.ceil(2 * self.images.concurrency / self._round_size)
        return max(_AHEAD, min(enough, OPTIONS.read_ahead_bytes // (self._patch_bytes * self._round_size)))

    def complete(self) -> Patches:
        """The patches that the policy for missing pixels keeps: each is read once, and kept by the cache.

        Ranks that train together then have as many patches each.
        """
        kept = [batch["index"] for batch in self.batches(self._round_size)]
        return self.patches.take(np.sort(np.concatenate([np.empty(0, dtype=np.intp), *kept])))

    def sampled_statistics(self, count: int = 256, *, seed: int = 0) -> Statistics:
        """Statistics of the valid pixels of some patches.

        Parameters
        ----------
        count : int, default 256
            Patches; of fewer all are taken.
        seed : int, default 0
            The same seed takes the same patches.

        Returns
        -------
        Statistics
            Of each band.

        Raises
        ------
        InputError
            If a band has no valid pixel in them.
        """
        size = min(_checked(count, "count", 1), len(self.patches))
        numbers = np.sort(np.random.default_rng(seed).choice(len(self.patches), size, replace=False))
        sums = Sums.of_none(len(self.images.fills))
        some = [numbers[start : start + self._round_size] for start in range(0, size, self._round_size)]
        for images in read_ahead((partial(self._stored, self.images, each) for each in some), self._ahead):
            sums.add(images, ~missing_pixels(images, self.images.fills))
        return sums.statistics(self.images.bands)


def _of_size(parts: Iterator[Batch], size: int, *, drop_last: bool) -> Iterator[Batch]:
    """Batches of one size out of parts of any size."""
    rest: Batch | None = None
    for part in parts:
        joined = part if rest is None else {name: np.concatenate([rest[name], part[name]]) for name in part}
        count = len(joined["index"])
        whole = count // size * size
        for start in range(0, whole, size):
            yield {name: array[start : start + size] for name, array in joined.items()}
        rest = {name: array[whole:] for name, array in joined.items()} if whole < count else None
    if rest is not None and not drop_last:
        yield rest


def _holds(dtype: np.dtype[np.generic], number: float) -> bool:
    limits = np.iinfo(dtype.str)
    return limits.min <= number <= limits.max and float(number).is_integer()


def _checked(value: object, argument: str, least: int) -> int:
    found = whole_numbers_of((value,), 1)
    if found is None or not least <= found[0] < _EPOCHS:
        raise InputError(f"{argument}={brief(value)}: pass a whole number of at least {least}.")
    return found[0]
