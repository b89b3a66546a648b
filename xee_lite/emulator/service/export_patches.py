"""Images as patches in TFRecord files, with the mixer file that describes their grid.

What the service's guide to TFRecord does not say is chosen here: patches are of 256 x 256 pixels where no option says
otherwise, a pixel counts as masked where any of its bands is, a margin of an odd number of pixels has the smaller half
before the patch, and each file has a number in its name, also if there is only one.
"""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..images import extents
from .encode import fit_to_dtype
from .tf_record import example, floats, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..images.image import Values
    from ..types import PixelGrid
    from .destinations import Drafts
    from .layer import Layer
    from .rest_pixels import Sheet

Size = tuple[int, int]
_BLOCK_BYTES = 2**25
"""Of pixels computed at once."""


@dataclass(frozen=True, slots=True)
class PatchOptions:
    """TfRecordImageExportOptions.

    Attributes
    ----------
    patch, kernel : (width, height)
        Pixels of a patch, and those around it in which neighbouring patches overlap. Patches that would reach beyond
        the image at its right and bottom are left out.
    compress : bool
    most_bytes : int
        Of a file before it is compressed.
    default : float
        Value of pixels that are masked, if only in part.
    most_masked : float
        Share of masked pixels that a patch may have; where it is below 1, there is no mixer.
    """

    patch: Size = (256, 256)
    kernel: Size = (0, 0)
    compress: bool = False
    most_bytes: int = 2**30
    default: float = 0.0
    most_masked: float = 1.0


def write_patches(drafts: Drafts, sheet: Sheet, options: PatchOptions, advance: Callable[[float], None]) -> None:
    """Write the patches of an image, row by row, an Example for each: a list of floats by band."""
    across, down = sheet.grid.width // options.patch[0], sheet.grid.height // options.patch[1]
    if not across * down:
        size = f"{sheet.grid.width} x {sheet.grid.height}"
        raise EarthError(f"The image has {size} pixels, which is less than one patch: pass smaller 'patchDimensions'.")
    for band in sheet.bands:
        if band.type.dimensions:
            raise EarthError(f"Band '{band.name}' holds arrays, which this emulator does not export as TFRecord.")
    suffix = ".tfrecord.gz" if options.compress else ".tfrecord"
    records = _records(sheet, options, across, down, advance)
    for number, part in groupby(records, key=_Shards(options.most_bytes)):
        draft = drafts(f"-{number:05d}{suffix}")
        with gzip.open(draft, "wb") if options.compress else draft.open("wb") as file:
            file.writelines(part)
    if options.most_masked == 1:
        drafts("-mixer.json").write_text(json.dumps(_mixer(sheet.grid, options, across, down)), encoding="utf-8")


class _Shards:
    """Finds the number of the file that a record belongs to: one that would make a file too large begins the next."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._number = self._size = 0

    def __call__(self, content: bytes) -> int:
        if self._size and self._size + len(content) > self._most:
            self._number, self._size = self._number + 1, 0
        self._size += len(content)
        return self._number


def _records(
    sheet: Sheet, options: PatchOptions, across: int, down: int, advance: Callable[[float], None]
) -> Iterator[bytes]:
    for number, message in enumerate(_messages(sheet, options, across, down), start=1):
        if message is not None:
            yield record(message)
        advance(number / (across * down))


def _messages(sheet: Sheet, options: PatchOptions, across: int, down: int) -> Iterator[bytes | None]:
    """The Example of each patch, None of those with too many masked pixels."""
    (width, height), (more, taller) = options.patch, options.kernel
    column_bytes = (height + taller) * sum(band.type.dtype.itemsize + 4 for band in sheet.bands)
    at_once = max((_BLOCK_BYTES // column_bytes - more) // width, 1)
    for row in range(down):
        for first in range(0, across, at_once):
            count = min(at_once, across - first)
            corner = first * width - more // 2, row * height - taller // 2
            block = extents.make_window(sheet.grid.projection, corner, (count * width + more, height + taller))
            layers = replace(sheet, grid=block).layers()
            values = {layer.name: _fill(layer, options.default) for layer in layers}
            masked = np.any([layer.pixels.mask < 1 for layer in layers], axis=0)
            for number in range(count):
                part = slice(number * width, (number + 1) * width + more)
                kept = masked[:, part].mean() <= options.most_masked
                yield example({name: floats(array[:, part]) for name, array in values.items()}) if kept else None


def _fill(layer: Layer, default: float) -> Values:
    """Values, the default where they are masked: without fraction and within the range of integers."""
    if layer.dtype.kind != "f":
        info = np.iinfo(layer.dtype.name)
        default = min(max(math.trunc(default), info.min), info.max)
    return np.where(layer.pixels.mask < 1, default, fit_to_dtype(layer))


def _mixer(grid: PixelGrid, options: PatchOptions, across: int, down: int) -> dict[str, object]:
    """Where the patches lie, in the fields that readers of such files know."""
    return {
        "projection": {"crs": grid.crs, "affine": {"doubleMatrix": list(grid.transform)}},
        "patchDimensions": list(options.patch),
        "patchesPerRow": across,
        "totalPatches": across * down,
    }
