"""The pixels of patches as one array, read from a dataset: neighbours, and bands where they can, share requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from ..errors import InputError, brief
from ..opened import without_dask
from ..options import OPTIONS
from ..outputs.identity import contents_of
from ..outputs.reads import reads_of_corner
from ..traffic.concurrency import run_all
from .missing import fill_of, is_class

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..planning.limits import Limits
    from .patches import Patches

    Pixels = npt.NDArray[np.generic]

_Y, _X = "y", "x"
_BANDS = ("band", "bands", "channel", "variable")
"""What a dimension of bands is called: by ``band_dim=``, by rioxarray, and by ``to_array``."""
_DEFAULT_CONCURRENCY = 8
"""Windows that are computed at once where no service says how many requests it takes."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of the variables of a dataset, as arrays (patch, ..., band, y, x).

    Attributes
    ----------
    dataset : Dataset
        Of variables that all have the same dimensions, the last of which are y and x; without Dask where it was only
        opened and indexed, since a patch would cost a chunk.
    bands : tuple of str
        Names of the variables, or along a dimension of bands.
    banded : bool
        Whether the variables become the axis of bands.
    """

    dataset: xr.Dataset
    bands: tuple[str, ...]
    banded: bool

    @classmethod
    def of(cls, data: object, argument: str, *, squeeze: bool = False) -> Windows:
        """The windows of what a user passes.

        Raises
        ------
        InputError
            If its variables are not alike.

        Notes
        -----
        With `squeeze` a dataset of one variable has no axis of bands, and dimensions of one step are left out.
        """
        if isinstance(data, xr.DataArray):
            data = data.to_dataset(name=data.name or "data")
        if not isinstance(data, xr.Dataset) or not data.data_vars:
            raise InputError(f"{argument}={brief(data)}: pass a dataset that xee_lite has opened.")
        shapes = {tuple(array.dims): str(name) for name, array in data.data_vars.items()}
        if len(shapes) > 1 or next(iter(shapes))[-2:] != (_Y, _X):
            raise InputError(
                f"{argument}= has variables of the dimensions {' and '.join(map(str, shapes))}: pass variables that "
                f"all have the same dimensions, with {_Y} and {_X} at the end."
            )
        if squeeze:
            data = data.isel({dim: 0 for dim, size in data.sizes.items() if size == 1 and dim not in (_Y, _X)})
        names = tuple(map(str, data.data_vars))
        dims = tuple(map(str, next(iter(data.data_vars.values())).dims))
        inner = len(names) == 1 and len(dims) > 2 and dims[-3] in _BANDS
        if inner and dims[-3] in data.coords:
            names = tuple(map(str, data[dims[-3]].values))
        elif inner:
            names = tuple(map(str, range(data.sizes[dims[-3]])))
        bare = without_dask(data.drop_vars(list(data.coords)))
        return cls(bare, names, not inner and not (squeeze and len(names) == 1))

    @cached_property
    def dtype(self) -> np.dtype[np.generic]:
        """One that holds the values of all variables."""
        return np.result_type(*(array.dtype for array in self.dataset.data_vars.values()))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of a variable before y and x."""
        return tuple(map(str, next(iter(self.dataset.data_vars.values())).dims[:-2]))

    def shape(self, size: tuple[int, int]) -> tuple[int, ...]:
        """Of a patch: (time, band, y, x), or what there is of these."""
        lead = tuple(self.dataset.sizes[dim] for dim in self.dims)
        return (*lead, len(self.bands), *size) if self.banded else (*lead, *size)

    @cached_property
    def fills(self) -> tuple[float | None, ...]:
        """What stands for a missing pixel, of each band; of one for all where the array's own dimension has them."""
        fills = tuple(fill_of(array.variable) for array in self.dataset.data_vars.values())
        return fills if self.banded or not self.dims else fills * int(self.dataset.sizes[self.dims[-1]])

    @cached_property
    def is_class(self) -> bool:
        """Whether all variables may be classes."""
        return all(is_class(array.variable) for array in self.dataset.data_vars.values())

    @cached_property
    def limits(self) -> Limits | None:
        """Of the service that is read; None where nothing is."""
        for array in self.dataset.data_vars.values():
            for read in reads_of_corner(array.variable):
                return read.pixels.limits
        return None

    @property
    def concurrency(self) -> int:
        """Windows that are read at once."""
        return _DEFAULT_CONCURRENCY if self.limits is None else OPTIONS.concurrency(self.limits.concurrent_requests)

    @cached_property
    def content(self) -> bytes:
        """What all pixels are: the expression, the versions of the images where the service tells them, the grid."""
        form = [self.bands, self.dims, dict(self.dataset.sizes), self.dtype.str, self.banded]
        text = repr([version("xee_lite"), contents_of(self.dataset), form])
        return blake2b(text.encode(), digest_size=16).digest()

    def keys(self, patches: Patches) -> list[bytes]:
        """For each patch a digest of what its pixels are, which no other window of any dataset has."""
        height, width = patches.size
        corners = zip(patches.rows.tolist(), patches.columns.tolist(), strict=True)
        texts = (f"{row},{column},{height},{width}".encode() for row, column in corners)
        return [blake2b(text, digest_size=20, key=self.content).digest() for text in texts]

    def read(self, patches: Patches) -> Pixels:
        """The pixels of patches, shape (patch, ..., band, y, x).

        Raises
        ------
        RequestError
            When the service could not give them.
        """
        out = np.empty((len(patches), *self.shape(patches.size)), self.dtype)
        if any(array.chunks is not None for array in self.dataset.data_vars.values()):
            run_all([partial(self._read_one, patches, number, out) for number in range(len(patches))], self.concurrency)
        elif len(patches):
            rows, columns = (
                xr.DataArray(first[:, None] + np.arange(side, dtype=np.intp), dims=("patch", f"{dim}_in_patch"))
                for dim, first, side in zip((_Y, _X), (patches.rows, patches.columns), patches.size, strict=True)
            )
            self._put(self.dataset.isel({_Y: rows, _X: columns}), out)
        return out

    def _read_one(self, patches: Patches, number: int, out: Pixels) -> None:
        """One patch by slices, since Dask reads whole chunks for pointwise indices."""
        window = patches.window(number)
        rows, columns = (
            slice(first, first + size) for first, size in ((window.row, window.height), (window.col, window.width))
        )
        self._put(self.dataset.isel({_Y: rows, _X: columns}).expand_dims("patch"), out[number : number + 1])

    def _put(self, part: xr.Dataset, out: Pixels) -> None:
        loaded = part.copy().load(scheduler="synchronous")
        for number, array in enumerate(loaded.data_vars.values()):
            pixels = array.transpose("patch", ...).values
            if self.banded:
                out[..., number, :, :] = pixels
            else:
                out[...] = pixels
