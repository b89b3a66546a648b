"""Patches for PyTorch: a dataset by number, a stream for loaders, and a loader that does what most trainings need.

It needs the extra ``ml``; everything else in this package does without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import torch
    from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
except ImportError as error:
    raise ImportError(
        "xee_lite.ml.torch needs PyTorch: pip install 'xee_lite[ml]', or a build for your machine from pytorch.org."
    ) from error

from ..errors import InputError
from ..options import OPTIONS, set_options
from .order import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .reading import Batch, PatchReader

Sample = dict[str, torch.Tensor]

_UNSIGNED = {"u2": "i4", "u4": "i8", "u8": "i8"}
"""Types in which PyTorch computes nothing, and those that hold their values."""


def tensors(batch: Batch) -> Sample:
    """A batch as tensors, without a copy where PyTorch has the type.

    Examples
    --------
    >>> import numpy as np
    >>> from xee_lite.ml.torch import tensors
    >>> tensors({"image": np.zeros((2, 4, 8, 8), dtype="u2")})["image"].dtype
    torch.int32
    """
    return {name: torch.from_numpy(_known(array)) for name, array in batch.items()}


def _known(array: np.ndarray[Any, np.dtype[np.generic]]) -> np.ndarray[Any, np.dtype[np.generic]]:
    wider = _UNSIGNED.get(array.dtype.str[1:])
    return np.ascontiguousarray(array) if wider is None else array.astype(wider)


class PatchDataset(Dataset[Sample]):  # type: ignore[misc] # without its types, which not everybody has
    """Patches by number, for samplers of PyTorch: an order of any kind, over all of them.

    A batch is read as a whole where the loader asks for batches, as ``DataLoader`` does. Neighbours share requests only
    if they are in one batch: without a cache use `PatchStream`.

    Parameters
    ----------
    reader : PatchReader
        Whose policy leaves no patches out.

    Raises
    ------
    InputError
        If it does.

    Examples
    --------
    >>> import xarray as xr
    >>> from xee_lite import ml
    >>> from xee_lite.ml.torch import PatchDataset
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> PatchDataset(ml.PatchReader(ds, ml.grid_patches(ds, 64)))[0]["image"].shape
    torch.Size([1, 64, 64])
    """

    def __init__(self, reader: PatchReader) -> None:
        _require_all(reader, "A dataset by number")
        self.reader = reader

    def __len__(self) -> int:
        return len(self.reader)

    def __getitem__(self, number: int) -> Sample:
        return self.__getitems__([number])[0]

    def __getitems__(self, numbers: list[int]) -> list[Sample]:
        """Several, which are read together."""
        _share_quota(self.reader, 1)
        batch = tensors(self.reader.read(numbers))
        return [{name: array[place] for name, array in batch.items()} for place in range(len(numbers))]


class PatchStream(IterableDataset[Sample]):  # type: ignore[misc] # as above
    """The batches of an epoch, for a ``DataLoader`` with ``batch_size=None``.

    Each worker process of the loader, and each rank, reads patches of its own, ahead of their use. `set_epoch` also
    reaches workers that persist.

    Parameters
    ----------
    reader : PatchReader
    batch_size : int
    shuffle : bool, default True
    seed : int, default 0
    drop_last : bool, default False
        Whether the last batch of each worker is left out where it is smaller.
    rank, ranks : int, optional
        Of the processes that train together; those of ``torch.distributed`` where it runs.

    Raises
    ------
    InputError
        If there are several ranks and the policy for missing pixels leaves patches out, so that ranks would have
        different numbers of batches.

    Examples
    --------
    >>> import xarray as xr
    >>> from torch.utils.data import DataLoader
    >>> from xee_lite import ml
    >>> from xee_lite.ml.torch import PatchStream
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> stream = PatchStream(ml.PatchReader(ds, ml.random_patches(ds, 20, 32)), 8)
    >>> [len(batch["image"]) for batch in DataLoader(stream, batch_size=None)]
    [8, 8, 4]
    """

    def __init__(
        self,
        reader: PatchReader,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        rank: int | None = None,
        ranks: int | None = None,
    ) -> None:
        self.reader = reader
        self.batch_size, self.shuffle, self.seed, self.drop_last = batch_size, shuffle, seed, drop_last
        together = torch.distributed.is_available() and torch.distributed.is_initialized()
        self.share = Share(
            rank if rank is not None else torch.distributed.get_rank() if together else 0,
            ranks if ranks is not None else torch.distributed.get_world_size() if together else 1,
        )
        if not 0 <= self.share.rank < self.share.ranks:
            raise InputError(f"rank={self.share.rank} of ranks={self.share.ranks}: pass a rank from 0 to ranks - 1.")
        if self.share.ranks > 1:
            _require_all(reader, "Ranks that train together have as many batches each, and a stream")
        # In memory that worker processes share.
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Have the next iteration give the order of this epoch."""
        self._epoch[0] = epoch

    def __iter__(self) -> Iterator[Sample]:
        worker = get_worker_info()
        share = self.share if worker is None else replace(self.share, worker=worker.id, workers=worker.num_workers)
        _share_quota(self.reader, share.ranks)
        batches = self.reader.batches(
            self.batch_size,
            shuffle=self.shuffle,
            seed=self.seed,
            epoch=int(self._epoch[0]),
            share=share,
            drop_last=self.drop_last,
        )
        return map(tensors, batches)


class PatchLoader:
    """Batches for a training loop: another order in each epoch, in pinned memory where there is a GPU.

    Parameters
    ----------
    reader : PatchReader
    batch_size : int
    shuffle : bool, default True
    seed : int, default 0
    drop_last : bool, default False
    workers : int, default 0
        Processes that read; 0 reads in threads of this one, which is enough where the work on a batch is light. They
        are spawned, since a fork of a process with threads may hang.
    device : str or torch.device, optional
        Where batches go: to a GPU they are copied while the batch before is used.

    Attributes
    ----------
    epoch : int
        Of the next iteration; set it to go on with an earlier training.

    Examples
    --------
    >>> import xarray as xr
    >>> from xee_lite import ml
    >>> from xee_lite.ml.torch import PatchLoader
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> loader = PatchLoader(ml.PatchReader(ds, ml.random_patches(ds, 20, 32)), batch_size=8)
    >>> for epoch in range(2):
    ...     for batch in loader:
    ...         images = batch["image"]
    """

    def __init__(
        self,
        reader: PatchReader,
        batch_size: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
        workers: int = 0,
        device: str | torch.device | None = None,
    ) -> None:
        self.stream = PatchStream(reader, batch_size, shuffle=shuffle, seed=seed, drop_last=drop_last)
        self.epoch = 0
        self._device = None if device is None else torch.device(device)
        self._loader: DataLoader[Sample] = DataLoader(
            self.stream,
            batch_size=None,
            num_workers=workers,
            pin_memory=torch.cuda.is_available(),
            multiprocessing_context="spawn" if workers else None,
            persistent_workers=workers > 0,
        )

    def __iter__(self) -> Iterator[Sample]:
        self.stream.set_epoch(self.epoch)
        self.epoch += 1
        return iter(self._loader) if self._device is None else on_device(self._loader, self._device)


def on_device(batches: Iterable[Sample], device: torch.device) -> Iterator[Sample]:
    """Copy batches to a device; to a GPU on a stream of its own, while the batch before is used.

    Parameters
    ----------
    batches : iterable of dict
        In pinned memory, else the copies do not run beside anything.
    device : torch.device

    Examples
    --------
    >>> import torch
    >>> from xee_lite.ml.torch import on_device
    >>> next(on_device([{"image": torch.zeros(2)}], torch.device("cpu")))
    {'image': tensor([0., 0.])}
    """
    if device.type != "cuda":
        yield from ({name: array.to(device) for name, array in batch.items()} for batch in batches)
        return
    copies = torch.cuda.Stream(device)
    ready: Sample | None = None
    for batch in batches:
        with torch.cuda.stream(copies):
            following = {name: array.to(device, non_blocking=True) for name, array in batch.items()}
        if ready is not None:
            yield ready
        torch.cuda.current_stream(device).wait_stream(copies)
        for array in following.values():  # it was made on another stream than the one that uses it
            array.record_stream(torch.cuda.current_stream(device))
        ready = following
    if ready is not None:
        yield ready


def torchgeo_sample(sample: Sample) -> Sample:
    """A sample or batch under the names of TorchGeo, whose "mask" is the label; ours stays as "valid".

    Examples
    --------
    >>> import torch
    >>> from xee_lite.ml.torch import torchgeo_sample
    >>> sorted(torchgeo_sample({"image": torch.zeros(1), "mask": torch.ones(1), "label": torch.zeros(1)}))
    ['image', 'mask', 'valid']
    """
    names = {"mask": "valid", "label": "mask"}
    return {names.get(name, name): array for name, array in sample.items()}


def _require_all(reader: PatchReader, what: str) -> None:
    if reader.missing.drop_above is not None:
        raise InputError(
            f"{what} can not leave patches out while it reads: make a reader of reader.complete(), the patches that "
            "are kept, with missing='mask' or a number."
        )


def _share_quota(reader: PatchReader, ranks: int) -> None:
    """Have a worker process use its share of the requests that the service allows at once and per second.

    It holds for the process, which does nothing else; options that the user has set in it stay.
    """
    worker = get_worker_info()
    limits = reader.images.limits
    if worker is None or limits is None:
        return
    processes = worker.num_workers * ranks
    if OPTIONS.max_concurrent_requests is None:
        set_options(max_concurrent_requests=max(1, limits.concurrent_requests // processes))
    if OPTIONS.requests_per_second is None:
        set_options(requests_per_second=limits.requests_per_second / processes)
