"""Parts of an export on disk until a file can be made of them: a folder beside the file, from which an export goes on.

A GeoTIFF or a NetCDF file that is written in any order and interrupted is lost. So the parts are kept by themselves,
and the file is written from them, always in the same order.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from .journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from .journal import Identity
    from .parts import Part

    Box = npt.NDArray[np.int64]
    """Starts and stops of a part, shape (dimensions, 2)."""


class Staging:
    """The parts of a dataset in a folder.

    Parameters
    ----------
    folder : path
        Is made where it is not there.
    dataset : xarray.Dataset
        What is exported.
    parts : sequence of Part
    identity : mapping of str to str

    Raises
    ------
    InputError
        If the folder is of another export.
    """

    def __init__(self, folder: Path, dataset: xr.Dataset, parts: Sequence[Part], identity: Identity) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.journal = Journal(folder / "journal", identity)
        self._numbers = {part.key: number for number, part in enumerate(parts)}
        self._dims = {str(name): [str(dim) for dim in array.dims] for name, array in dataset.data_vars.items()}
        self._dtypes = {str(name): array.dtype for name, array in dataset.data_vars.items()}
        self._parts: dict[str, list[Part]] = defaultdict(list)
        self._positions: dict[str, int] = {}
        for part in parts:
            self._positions[part.key] = len(self._parts[part.names[0]])  # variables that share one share all
            for name in part.names:
                self._parts[name].append(part)
        self._boxes = {name: _boxes(mine) for name, mine in self._parts.items()}
        done = self.journal.done
        self._held = {
            name: np.array([part.key in done and self._path(part, name).exists() for part in mine], bool)
            for name, mine in self._parts.items()
        }

    def write(self, part: Part, values: xr.Dataset) -> None:
        """Keep the variables of a part; from any thread."""
        for name in part.names:
            path = self._path(part, name)
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                np.save(file, values[name].values, allow_pickle=False)
            partial.replace(path)
            self._held[name][self._positions[part.key]] = True
        self.journal.add(part.key)

    def read(self, name: str, where: Mapping[str, slice]) -> npt.NDArray[Any]:
        """A box of a variable, whose parts are all there.

        Parameters
        ----------
        name : str
        where : mapping of str to slice
            For each dimension a slice with a start and a stop.

        Returns
        -------
        ndarray
            With the dimensions of the variable.
        """
        wanted = self._wanted(name, where)
        out = np.empty(wanted[:, 1] - wanted[:, 0], self._dtypes[name])
        for number in self._touched(name, wanted):
            box = self._boxes[name][number]
            low, high = np.maximum(box[:, 0], wanted[:, 0]), np.minimum(box[:, 1], wanted[:, 1])
            kept = np.load(self._path(self._parts[name][number], name), mmap_mode="r", allow_pickle=False)
            out[_slices(low - wanted[:, 0], high - wanted[:, 0])] = kept[_slices(low - box[:, 0], high - box[:, 0])]
        return out

    def holds(self, name: str, where: Mapping[str, slice]) -> bool:
        """Whether all parts of a box are there, which `read` takes likewise."""
        return bool(self._held[name][self._touched(name, self._wanted(name, where))].all())

    def has(self, part: Part) -> bool:
        """Whether the files of a part are there."""
        return all(self._held[name][self._positions[part.key]] for name in part.names)

    def drop(self, part: Part) -> None:
        """Remove a part of which all files are written."""
        for name in part.names:
            self._held[name][self._positions[part.key]] = False
            self._path(part, name).unlink(missing_ok=True)

    def close(self, *, complete: bool) -> None:
        """End the export; nothing is left where nothing is missing."""
        if complete:
            for path in self.folder.iterdir():
                if path != self.journal.path:  # which goes last: till then the same call finds that all is done
                    path.unlink(missing_ok=True)
        self.journal.close(complete=complete)
        if complete:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _wanted(self, name: str, where: Mapping[str, slice]) -> Box:
        return np.array([(where[dim].start, where[dim].stop) for dim in self._dims[name]], np.int64).reshape(-1, 2)

    def _touched(self, name: str, wanted: Box) -> npt.NDArray[np.intp]:
        """Which parts of a variable a box touches."""
        boxes = self._boxes[name]
        touched = (boxes[:, :, 0] < wanted[:, 1]) & (boxes[:, :, 1] > wanted[:, 0])
        return np.flatnonzero(touched.all(axis=1))

    def _path(self, part: Part, name: str) -> Path:
        return self.folder / f"{self._numbers[part.key]:08d}-{part.names.index(name)}.npy"


def staging_folder(target: Path) -> Path:
    """Where the parts of a file lie, or of the files of a pattern: beside them, or beside the folders of a pattern."""
    parent = next((folder for folder in reversed([target.parent, *target.parent.parents]) if "{" in str(folder)), None)
    name = target.name if parent is None else str(target.relative_to(parent.parent))
    return (target if parent is None else parent).with_name(re.sub(r"[^\w.-]+", "_", name) + ".parts")


def _boxes(parts: Sequence[Part]) -> Box:
    """Shape (parts, dimensions, 2)."""
    boxes = [[(start, stop) for _, start, stop in part.region] for part in parts]
    return np.array(boxes, np.int64).reshape(len(parts), len(parts[0].region), 2)


def _slices(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> tuple[slice, ...]:
    return tuple(map(slice, low.tolist(), high.tolist()))
