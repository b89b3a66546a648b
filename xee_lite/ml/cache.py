"""Arrays in a folder, by what they are of: written once, checked whenever they are read, within a bound of bytes.

An entry is a file whose name is its key. It is written aside and renamed, so that processes that share a folder see
whole entries alone. An entry that is not what was written is removed, and made again.
"""

from __future__ import annotations

import os
import struct
import time
import warnings
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from ..errors import InputError, OutputError, XeeLiteWarning, brief
from ..grids.user_values import whole_numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Pixels = npt.NDArray[np.generic]

_LAYOUT = "v1"
"""The folder of entries of this form; another version of the package keeps another form in another one."""

_HEADER = struct.Struct("<8sQQ")
"""Eight letters, bytes of the array, and the checksum of these."""
_LETTERS = b"xeelite1"

_PAGE = 4096
"""Bytes that are summed up before the sums are checked: a sum costs a tenth of a CRC of all bytes."""

_LARGEST = 2**30
"""Bytes of an entry, which one system call can read; larger arrays are not kept."""

_SWEEPS = 32
"""Parts of the bound after which the folder is looked at again, since other processes write too."""

_COARSE = 2.0
"""Seconds by which times of files may lag behind the clock: the coarsest file systems count so many."""

_LEFT_BEHIND = 3600
"""Seconds after which a file that was never renamed is of a process that is gone."""


def _read_file(path: str, parts: list[bytearray | memoryview]) -> tuple[int, float]:
    """Fill buffers from a file: how many bytes it had, and when it was last changed."""
    if not hasattr(os, "readv"):  # on Windows
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - as below
            return sum(stream.readinto(part) for part in parts), os.fstat(stream.fileno()).st_mtime
    file = os.open(path, os.O_RDONLY)
    try:
        return os.readv(file, parts), os.fstat(file).st_mtime
    finally:
        os.close(file)


def checksum(data: memoryview) -> int:
    """Of bytes: a CRC of the sums of their pages, which tells changed, lost and exchanged pages."""
    whole = len(data) // _PAGE * _PAGE
    pages = np.frombuffer(data[:whole], dtype=np.uint64).reshape(-1, _PAGE // 8)
    sums = zlib.crc32(np.add.reduce(pages, axis=1, dtype=np.uint64).tobytes())
    return zlib.crc32(data[whole:], sums)


@dataclass(slots=True)
class ArrayCache:
    """Arrays in a folder.

    Pickles as its folder, its bound and when it began; threads and processes may share it.

    Parameters
    ----------
    folder : path
        Made where there is none.
    max_bytes : int, default 64 GiB
        Of all entries. Entries that nobody has used since this cache was made give way to new ones; after that new ones
        are not kept, so that a run which reads more than the bound finds the same part of it in each epoch.

    Raises
    ------
    OutputError
        If the folder can not be made.

    Examples
    --------
    >>> import numpy as np
    >>> from xee_lite import ml
    >>> cache = ml.ArrayCache("pixels", max_bytes=2**30)
    >>> cache.write(b"a key", np.arange(3))
    >>> cache.read(b"a key", found := np.empty(3, dtype=np.int64)), found
    (True, array([0, 1, 2]))
    """

    folder: str | os.PathLike[str]
    max_bytes: int = 64 * 2**30
    began: float = field(default_factory=lambda: time.time() - _COARSE)
    _root: str = field(default="", init=False, repr=False, compare=False)
    _bytes: int = field(default=0, init=False, repr=False)
    _unseen: int = field(default=0, init=False, repr=False)
    _seen: bool = field(default=False, init=False, repr=False)
    _full: bool = field(default=False, init=False, repr=False)
    _failed: bool = field(default=False, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bound = whole_numbers_of((self.max_bytes,), 1)
        if bound is None or bound[0] < 0:
            raise InputError(f"max_bytes={brief(self.max_bytes)}: pass a whole number of bytes.")
        self.folder = os.fspath(self.folder)
        self._root = os.path.join(self.folder, _LAYOUT)  # noqa: PTH118 - a pathlib.Path of an entry costs more than to read it
        try:
            os.makedirs(self._root, exist_ok=True)  # noqa: PTH103 - Path.mkdir raises where the folder is read-only
        except OSError as error:
            if not Path(self.folder).is_dir():
                raise OutputError(
                    f"cache={brief(self.folder)} can not be made ({error.strerror}): pass a folder that you may write "
                    "to."
                ) from error

    def __reduce__(self) -> tuple[object, ...]:
        return ArrayCache, (self.folder, self.max_bytes, self.began)

    def _path(self, key: bytes) -> str:
        name = key.hex()
        return f"{self._root}/{name[:2]}/{name}"

    def read(self, key: bytes, out: Pixels) -> bool:
        """Read an entry into an array; False where there is none, or it is damaged.

        Parameters
        ----------
        key : bytes
            At most 100: a digest of what the array is of, its shape and type included.
        out : ndarray
            In C order.

        Returns
        -------
        bool
            Whether it was there and whole.
        """
        path, head = self._path(key), bytearray(_HEADER.size)
        data = out.reshape(-1).view(np.uint8).data
        size = len(head) + len(data)
        try:
            found, changed = _read_file(path, [head, data, bytearray(1)])  # a longer file would fill the last one too
        except OSError:
            return False
        if found != size or _HEADER.unpack(head) != (_LETTERS, len(data), checksum(data)):
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - as above
            return False
        if changed < self.began:
            with suppress(OSError):
                os.utime(path)
        return True

    def write(self, key: bytes, array: Pixels) -> None:
        """Keep an array of up to 1 GiB, as far as there is room.

        A folder that can not be written to is told of once.

        Warns
        -----
        XeeLiteWarning
            Once, if the disk is full or the folder is read-only.
        """
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        size = _HEADER.size + len(data)
        if self._failed or size > _LARGEST or not self._has_room(size):
            return
        path = self._path(key)
        partial = f"{os.path.dirname(path)}/.{uuid4().hex}"  # noqa: PTH120 - as above
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - as above
            with open(partial, "xb", buffering=0) as file:  # noqa: PTH123 - as above
                for part in (_HEADER.pack(_LETTERS, len(data), checksum(data)), data):
                    rest = memoryview(part)
                    while rest:
                        rest = rest[file.write(rest) :]
            os.replace(partial, path)  # noqa: PTH105 - as above
        except OSError as error:
            with suppress(OSError):
                os.unlink(partial)  # noqa: PTH108 - as above
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        with self._lock:
            told, self._failed = self._failed, True
        if not told:
            warnings.warn(
                f"The cache in {brief(self.folder)} can not be written to ({error.strerror}): what is there is used, "
                "and nothing more is kept. Make room, or pass another folder.",
                XeeLiteWarning,
                stacklevel=2,
            )

    def _has_room(self, size: int) -> bool:
        """Count an entry that is about to be written, if there is room for it or can be made."""
        with self._lock:
            due = not self._seen or self._unseen + size > self.max_bytes // _SWEEPS
            if not self._full and (due or self._bytes + size > self.max_bytes):
                self._sweep(size)
            if self._bytes + size > self.max_bytes:
                self._full = self._seen
                return False
            self._bytes += size
            self._unseen += size
            return True

    def _sweep(self, size: int) -> None:
        """Count all entries, and remove what nobody has used since the cache was made, the oldest first."""
        entries = sorted((found.st_mtime, found.st_size, path) for path, found in self._entries())
        total = sum(each for _, each, _ in entries)
        for changed, each, path in entries:
            if total + size <= self.max_bytes or changed >= self.began:
                break
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - as above
            total -= each
        self._bytes, self._unseen, self._seen = total, 0, True

    def _entries(self) -> Iterator[tuple[str, os.stat_result]]:
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = f"{folder}/{name}"
                with suppress(OSError):
                    found = os.stat(path)  # noqa: PTH116 - as above
                    if name.startswith(".") and time.time() - found.st_mtime > _LEFT_BEHIND:
                        os.unlink(path)  # noqa: PTH108 - as above
                    else:
                        yield path, found
