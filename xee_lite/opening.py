"""From a source and the user's arguments to a Dataset, or to a tree with one for each native grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import xarray as xr

from .dataset import build
from .errors import InputError
from .grids.grid import nominal_scale
from .planning.grouping import grouped
from .planning.resampling import max_pixels
from .traffic.splitting import SplittingReader

if TYPE_CHECKING:
    from .arguments import Arguments
    from .earthengine.description import Source
    from .grids.grid import Grid
    from .stack import Band, Stack


@dataclass(frozen=True, slots=True)
class Opening:
    """A source that has described itself, and what the user wants of it.

    Attributes
    ----------
    arguments : Arguments
    stack : Stack
        All that the source has.
    source : Source
    geojson : object
        The geometry that the user passed, without the service's own types.
    """

    arguments: Arguments
    stack: Stack
    source: Source
    geojson: object

    @classmethod
    def of(cls, obj: object, arguments: Arguments) -> Opening:
        """Ask a source about itself, in one round trip."""
        # Imported here: xarray loads every engine's module when it looks for one, and ee is slow to import.
        from .earthengine.description import describe, geojson_of  # noqa: PLC0415

        stack, source = describe(obj, arguments.wanted_bands, arguments.wanted_properties, arguments.resampling)
        return cls(arguments, stack, source, geojson_of(arguments.geometry))

    def dataset(self) -> xr.Dataset:
        """All selected bands on one grid."""
        stack = self.arguments.select(self.stack)
        named = self.arguments.grid
        return self._on(stack, self.stack.select((named,))[0].grid if isinstance(named, str) else stack.finest_grid)

    def tree(self) -> xr.DataTree:
        """A group for each native grid of the selected bands, the finest first; bands without one have a group too."""
        if isinstance(self.arguments.grid, str):
            raise InputError(f"grid={self.arguments.grid!r} is the grid of one band, but a tree has the grids of all.")
        stack = self.arguments.select(self.stack)
        groups: dict[Grid | None, list[Band]] = {}
        for band in sorted(stack.bands, key=lambda band: nominal_scale(band.grid) if band.grid else float("inf")):
            groups.setdefault(band.grid, []).append(band)
        tree: dict[str, xr.Dataset] = {}
        for grid, bands in groups.items():
            tree[_new_name(grid, tree)] = self._on(replace(stack, bands=tuple(bands)), grid)
        return xr.DataTree.from_dict(tree)

    def _on(self, stack: Stack, native: Grid | None) -> xr.Dataset:
        """The bands of a stack on the grid that is asked for, or on the native one."""
        from .earthengine.reader import EarthEngineReader  # noqa: PLC0415 - as above

        given, layout = self.arguments, self.arguments.layout
        layout.check(stack)
        target = given.target(stack, native, self.geojson)
        if given.groupby is not None:
            # Not every grid has a longitude, and only the sun asks for it.
            longitude = target.centre_longitude if given.groupby == "solar_day" else 0.0
            stack = replace(stack, items=grouped(stack.items, given.groupby, longitude))
        stack = layout.arrange(stack)
        codecs = given.codecs(stack)
        reader = EarthEngineReader(
            self.source, stack, target, codecs, given.resampling, max_pixels(stack, target, given.resampling)
        )
        dataset = build(stack, target, SplittingReader(reader), codecs, given.budget, layout)
        if not given.decode_times and "time" in dataset.coords:
            dataset["time"] = xr.conventions.encode_cf_variable(dataset["time"].variable)
        return dataset


def _new_name(grid: Grid | None, taken: dict[str, xr.Dataset]) -> str:
    """What a group is called: "10m" after the size of its pixels, with a number where another has the name."""
    if grid is None:
        return "composite"
    scale = nominal_scale(grid)
    name = f"{scale:.4g}m"
    number = sum(other.split("_")[0] == name for other in taken)
    return f"{name}_{number + 1}" if number else name
