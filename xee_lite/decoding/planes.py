"""From pixels to planes: from all bands of a pixel side by side, as replies have them, to one band after the other.

It is bound by memory: each value and each mask byte is read once with a stride, and each plane is written once, and
changed only while it is in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK_BYTES = 1024 * 1024
"""Bytes of a reply that are unpacked at a time: a block is read once for each band, so it has to stay in the cache.

Measured on an AMD EPYC (Zen 5) with 1 MiB of L2 cache per core, nanoseconds per value, median of 9, into float32 with a
third missing: 6 items of 1024 x 1024 uint16 take 1.40 in blocks of 128 KiB, 1.03 of 512 KiB, 0.91 of 1 MiB and 0.89 of
2 MiB; 100 items of 256 x 256 take 2.57, 2.07, 2.02 and 1.99. The values alone, left in their own type, take 0.35 and
1.11: a float32 is twice the memory traffic, and a mask a second read with the same stride.
"""


@dataclass(frozen=True, slots=True)
class BandFields:
    """The fields of a reply from which one plane is made.

    Parameters
    ----------
    value : str
        Field with the values.
    mask : str, optional
        Field of one byte per pixel: 0 where the pixel is missing. None where no pixel is missing.
    fill : float
        What missing pixels become; the plane's dtype must hold it.
    """

    value: str
    mask: str | None = None
    fill: float = 0


def unpack(pixels: npt.NDArray[np.void], columns: Sequence[BandFields], out: npt.NDArray[np.generic]) -> None:
    """Write the bands of pixels into planes, with the fill where pixels are missing.

    This is done in blocks of rows, which stay in the cache.

    Parameters
    ----------
    pixels : structured ndarray, shape (height, width)
        From `decode_npy`.
    columns : sequence of BandFields
        From which fields each plane is made.
    out : ndarray, shape (plane, height, width)
        One plane per column, of any strides and of a dtype that holds every value of the fields.

    Raises
    ------
    TypeError
        When the dtype of the planes can not hold every value of a field.
    ValueError
        When there are not as many planes as columns.
    """
    if len(columns) != len(out):
        raise ValueError(f"{len(columns)} columns can not fill {len(out)} planes.")
    height, width = pixels.shape
    rows = max(1, _BLOCK_BYTES // max(1, pixels.itemsize * width))
    runs = [_Run(pixels, columns[part], out[part]) for part in _runs(pixels.dtype, columns)]
    with np.errstate(invalid="ignore"):  # of signalling NaNs, which become quiet ones when they are widened
        for start in range(0, height, rows):
            for run in runs:
                run.unpack(slice(start, start + rows))


class _Run:
    """Columns whose fields have one type and are evenly spaced, so that one call of NumPy does for all of them."""

    def __init__(
        self, pixels: npt.NDArray[np.void], columns: Sequence[BandFields], planes: npt.NDArray[np.generic]
    ) -> None:
        masks = [column.mask for column in columns if column.mask is not None]
        self._planes = planes
        self._values = _stacked(pixels, [column.value for column in columns])
        self._words = _words(pixels, masks) if masks else []
        self._bits = planes.view(f"i{planes.itemsize}")
        self._fill = None if not masks or np.isnan(columns[0].fill) else planes.dtype.type(columns[0].fill)

    def unpack(self, block: slice) -> None:
        """Copy the values of some rows, then write the fill where they are missing."""
        np.copyto(self._planes[:, block], self._values[:, block], casting="safe")
        first = 0
        for words in self._words:
            size, last = words.itemsize, first + words.itemsize * len(words)
            missing = _missing(words[:, block])
            for byte in range(size) if missing.any() else ():
                self._put(self._bits[first + byte : last : size, block], _spread(missing, byte))
            first = last

    def _put(self, bits: npt.NDArray[np.signedinteger], missing: npt.NDArray[np.signedinteger]) -> None:
        """Write the fill into the bits of planes, where those of ``missing`` are all ones and not 0."""
        missing = missing.astype(bits.dtype, copy=False)
        bits |= missing  # all ones are a NaN
        if self._fill is not None:
            missing &= ~self._fill.view(bits.dtype)
            bits ^= missing


def _runs(dtype: np.dtype[np.void], columns: Sequence[BandFields]) -> list[slice]:
    """One run of all columns where their fields allow it, as those of one band's items do; else one for each."""
    masks = [column.mask for column in columns if column.mask is not None]
    alike = len({column.fill for column in columns}) == 1 and len(masks) in (0, len(columns))
    if alike and _even(dtype, [column.value for column in columns]) and _even(dtype, masks):
        return [slice(0, len(columns))]
    return [slice(position, position + 1) for position in range(len(columns))]


def _even(dtype: np.dtype[np.void], names: Sequence[str]) -> bool:
    """Whether fields have one type and are evenly spaced."""
    fields = [(dtype[name], _offset(dtype, name)) for name in names]
    return len({kind for kind, _ in fields}) <= 1 and len({b - a for (_, a), (_, b) in pairwise(fields)}) <= 1


def _stacked(pixels: npt.NDArray[np.void], names: Sequence[str]) -> npt.NDArray[np.generic]:
    """Evenly spaced fields of one dtype as one view of shape (field, height, width)."""
    return _every(pixels[names[0]], len(names), _distance(pixels.dtype, names))


def _every(plane: npt.NDArray[np.generic], count: int, distance: int) -> npt.NDArray[np.generic]:
    """A view of a field and of those at equal distances in bytes after it, shape (field, height, width)."""
    shape, strides = (count, *plane.shape), (distance, *plane.strides)
    return np.lib.stride_tricks.as_strided(plane, shape, strides, writeable=False)


def _distance(dtype: np.dtype[np.void], names: Sequence[str]) -> int:
    """Bytes from the first field to the second."""
    return _offset(dtype, names[min(1, len(names) - 1)]) - _offset(dtype, names[0])


def _offset(dtype: np.dtype[np.void], name: str) -> int:
    return dtype.fields[name][1] if dtype.fields else 0


def _words(pixels: npt.NDArray[np.void], masks: Sequence[str]) -> list[npt.NDArray[np.generic]]:
    """Masks as views of shape (word, height, width): where they are side by side, words of 4 bytes, and of the rest.

    To read a word with a stride takes as long as to read a byte, so that decoding takes a fifth less time: see "Limits
    of decoding speed" in docs/benchmarks.md.
    """
    distance = _distance(pixels.dtype, masks)
    if distance != 1:
        return [_every(pixels[masks[0]], len(masks), distance)]
    words, first = [], 0
    for size in (4, 2, 1):
        count = (len(masks) - first) // size
        if count:
            offset = _offset(pixels.dtype, masks[first])
            word = {"names": ["word"], "formats": [f"<u{size}"], "offsets": [offset], "itemsize": pixels.itemsize}
            words.append(_every(pixels.view(np.dtype(word))["word"], count, size))  # type: ignore[call-overload]
            first += count * size
    return words


def _missing(words: npt.NDArray[np.generic]) -> npt.NDArray[np.unsignedinteger]:
    """The highest bit of each byte that is 0; all other bits are 0."""
    below, highest = (int.from_bytes(bytes([byte] * words.itemsize), "little") for byte in (0x7F, 0x80))
    masks: npt.NDArray[np.unsignedinteger] = words.astype(f"u{words.itemsize}", order="C")
    present: npt.NDArray[np.unsignedinteger] = np.bitwise_and(masks, below)
    present += below  # carries into the highest bit of a byte whose other bits are not 0, and never beyond it
    present |= masks
    np.invert(present, out=present)
    present &= highest
    return present


def _spread(missing: npt.NDArray[np.unsignedinteger], byte: int) -> npt.NDArray[np.signedinteger]:
    """All ones where the highest bit of one byte is set, else 0."""
    size = missing.itemsize
    ones: npt.NDArray[np.signedinteger] = (missing << 8 * (size - 1 - byte)).view(f"i{size}")
    ones >>= 8 * size - 1
    return ones
