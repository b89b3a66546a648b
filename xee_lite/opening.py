"""From a source and the user's arguments to a Dataset, or to a tree with one for each native grid."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import xarray as xr

from .argument_values import budget_of
from .dataset import build
from .earthengine.driver import EarthEngineDriver
from .errors import InputError, XeeLiteWarning, brief
from .grids.crs import spell_crs
from .grids.grid import nominal_scale
from .imageserver.driver import ImageServerDriver
from .options import OPTIONS
from .planning.grouping import grouped
from .planning.resampling import check_resampling
from .reader import View
from .source import Parted, driver_of, register_driver
from .traffic.recording import RecordingReader
from .traffic.splitting import SplittingReader

if TYPE_CHECKING:
    from .arguments import Arguments
    from .grids.grid import Grid
    from .reader import Reader
    from .source import Driver, Source
    from .stack import Band, Stack


EARTH_ENGINE = EarthEngineDriver()
"""The driver of asset ids, which are plain text, and of whatever else no driver recognizes."""

register_driver(EARTH_ENGINE)
register_driver(ImageServerDriver())


@dataclass(frozen=True, slots=True)
class Opening:
    """A source that has described itself, and what the user wants of it.

    Attributes
    ----------
    arguments : Arguments
        Without values of the service's own types in what says the grid.
    source : Source
    """

    arguments: Arguments
    source: Source

    @classmethod
    def of(cls, obj: object, arguments: Arguments, *, apart: bool = False) -> Opening:
        """Ask a source about itself, in one round trip.

        Parameters
        ----------
        obj : object
        arguments : Arguments
        apart : bool
            Whether images whose grids differ may open, as groups of a tree.
        """
        driver = driver_of(obj) or EARTH_ENGINE
        _check_owner(arguments, driver, obj)
        given = arguments.plain(driver)
        return cls(given, driver.open(obj, replace(given.query, apart=apart)))

    def dataset(self) -> xr.Dataset:
        """All selected bands on one grid."""
        stack = self.arguments.select(self.source.stack)
        named = self.arguments.grid
        native = self.source.stack.select((named,))[0].grid if isinstance(named, str) else stack.finest_grid
        return self._on(stack, native)

    def tree(self) -> xr.DataTree:
        """A group for each native grid of the selected bands and images, the finest first; those without one last."""
        if isinstance(self.arguments.grid, str):
            raise InputError(f"grid={self.arguments.grid!r} is the grid of one band, but a tree has the grids of all.")
        parts = self.source.parts if isinstance(self.source, Parted) else ()
        groups: list[tuple[Grid | None, Opening, Stack]] = []
        for source in parts or (self.source,):
            stack = self.arguments.select(source.stack)
            grids: dict[Grid | None, list[Band]] = {}
            for band in stack.bands:
                grids.setdefault(band.grid, []).append(band)
            opening = replace(self, source=source)
            groups += [(grid, opening, replace(stack, bands=tuple(bands))) for grid, bands in grids.items()]
        groups.sort(key=lambda group: nominal_scale(group[0]) if group[0] else float("inf"))
        tree: dict[str, xr.Dataset] = {}
        for grid, opening, stack in groups:
            tree[_new_name(grid, tree)] = opening._on(stack, grid)  # noqa: SLF001 - of this class
        return xr.DataTree.from_dict(tree)

    def _on(self, stack: Stack, native: Grid | None) -> xr.Dataset:
        """The bands of a stack on the grid that is asked for, or on the native one."""
        given, layout = self.arguments, replace(self.arguments.layout, default_dim=stack.dim)
        layout.check(stack)
        if native is not None and given.takes_native_crs:
            _warn_of_others(stack, native.crs)
        target = given.target(stack, native)
        if given.groupby is not None:
            # Only solar days need a longitude, and not every grid has one.
            longitude = target.centre_longitude if given.groupby == "solar_day" else 0.0
            stack = replace(stack, items=grouped(stack.items, given.groupby, longitude))
        stack = layout.arrange(stack)
        limits = self.source.limits
        view = View(stack, target, given.codecs(stack), check_resampling(given.resampling), given.combine)
        splitting = SplittingReader(self.source.reader(view), OPTIONS.concurrency(limits.concurrent_requests))
        fills = {band: codec.fill for band, codec in view.codecs.items()}
        reader: Reader = RecordingReader(splitting, fills) if given.errors == "record" else splitting
        dataset = build(view, reader, limits, budget_of(given.request_bytes, limits), layout)
        if not given.decode_times and "time" in dataset.coords:
            dataset["time"] = xr.conventions.encode_cf_variable(dataset["time"].variable)
        return dataset


def _check_owner(arguments: Arguments, driver: Driver, obj: object) -> None:
    """Refuse arguments that are for another kind of source."""
    for name in ("rasters", "transport"):
        if getattr(arguments, name) is not None and name not in driver.own_arguments:
            raise InputError(
                f"{name}= is for the services of an ArcGIS Image Server, but {brief(obj)} is none: leave it out."
            )


_NAMED = 8
"""CRSs in a warning; chosen."""


def _warn_of_others(stack: Stack, crs: str) -> None:
    """Warn that images lie in other CRSs than the native grid, so that they are resampled to it."""
    others = [name for name in stack.crs_names if name != crs]
    if not others:
        return
    some = ", ".join(map(spell_crs, others[:_NAMED])) + (", …" if len(others) > _NAMED else "")
    warnings.warn(
        f"The images of {stack.source} lie in {len({crs, *others})} CRSs: the grid is in that of the first image, "
        f"{spell_crs(crs)}, and those in {some} are resampled to it. Pass crs= (with groupby= where one pass lies in "
        "several), or filter the collection to one CRS.",
        XeeLiteWarning,
        stacklevel=2,
    )


def _new_name(grid: Grid | None, taken: dict[str, xr.Dataset]) -> str:
    """The name of a group: "10m" after the size of its pixels, with a number where another has that name."""
    if grid is None:
        return "composite"
    scale = nominal_scale(grid)
    name = f"{scale:.4g}m"
    number = sum(other.split("_")[0] == name for other in taken)
    return f"{name}_{number + 1}" if number else name
