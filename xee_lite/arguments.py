"""The arguments of ``open_dataset`` and ``open_datatree``: spelled here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .grids.grid_spec import GridSpec
from .options import OPTIONS
from .planning.grouping import GroupBy, property_of
from .planning.layout import BAND_DATA, Layout
from .planning.limits import Budget
from .planning.nodata import Nodata, codecs_of, shared_codecs
from .planning.resampling import check_resampling
from .planning.sizes import human_bytes, parse_bytes
from .source import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import xarray as xr

    from .grids.grid import Grid
    from .planning.limits import Limits
    from .planning.nodata import Codec
    from .stack import Stack


_XEE = {
    "io_chunks": "a chunk is a request here, so pass chunks=",
    "n_images": "pass collection.limit(n)",
    "primary_dim_name": "pass dim=, the name of a property",
    "primary_dim_property": "pass dim=, the name of a property",
    "ee_mask_value": "pass nodata=, or nothing for exact masks",
    "request_byte_limit": "pass request_bytes=",
    "executor_kwargs": "call xee_lite.set_options(max_concurrent_requests=...)",
    "getitem_kwargs": "call xee_lite.set_options(request_deadline=...)",
    "fast_time_slicing": "leave it out, since each image is asked for by its own expression",
    "ee_init_kwargs": "leave it out, since workers initialise themselves",
    "ee_init_if_necessary": "leave it out, since workers initialise themselves",
}
"""What those who come from Xee pass instead; what has the same meaning has the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the user passed, and what it means.

    Attributes
    ----------
    drop_variables : str or iterable of str, optional
        Bands to leave out.
    mask_and_scale : bool, or mapping of these by band
        True: missing pixels are NaN, in float32 for integers of up to 16 bits and float64 for longer ones. False:
        integers stay integers, and missing pixels hold ``_FillValue``.
    decode_times : bool, or one of xarray's coders
        False leaves time as milliseconds since 1970 with its units.
    concat_characters, decode_coords, decode_timedelta, use_cftime
        Taken as xarray gives them: there is nothing here that they would decode.
    grid, like, crs, scale, bbox, geometry, shape, transform
        The grid in one spelling (see :class:`xee_lite.grids.grid_spec.GridSpec`); with none, the native grid of the
        first image's finest selected band. ``grid`` may also name a band, whose own grid then takes the finest one's
        place.
    crs_transform, shape_2d
        Xee's spelling of ``transform`` and, as (width, height), of ``shape``.
    bands : str or sequence of str, optional
        Bands to open; all by default.
    dim : str, optional
        The dimension of the images: "time" by default, "id", or a property of theirs, by which they are sorted. A
        single image has none unless one is named here.
    band_dim : str, optional
        Name of a dimension of the bands: they become one variable ``band_data`` (time, band, y, x), whose chunk
        carries all bands in one request.
    lazy_coords : bool
        x and y are computed when they are looked at (xarray's RangeIndex; selection by ``method="nearest"``), and a
        sheared grid has them too, of two dimensions.
    groupby : "day", "solar_day", property, or callable, optional
        What makes images one step in time: the day in UTC, the solar day at the centre of the grid, the value of a
        property, or what a function of an :class:`xee_lite.items.Item` returns. A group is mosaicked on the service,
        later images on top, within the same request; ``id`` keeps the ids of all its images.
    resampling : str
        How Earth Engine finds a value: "nearest", "bilinear" or "bicubic" between the source's pixels; "mean",
        "median", "mode", "min", "max", "sum", "count", "stdDev" or "variance" of all those that a pixel of the grid
        covers, with the type that the reducer gives them.
    properties : str, sequence of str, or "all", optional
        Properties of the images that become coordinates along their dimension; "all" are those of the first image.
    nodata : "exact", number, or mapping of these by band
        "exact": the mask travels with the values, so that no valid pixel is lost and none invented. A number is your
        word for missing: less travels, and pixels of that value count as missing. With 0, single stored images are
        read as they lie, without computing.
    request_bytes : int or str, optional
        Bytes that one request may count, at most the service's 48 MiB. By default at most 32 MiB, and less where the
        whole source would otherwise be read in fewer requests than may run at once.
    """

    drop_variables: str | Iterable[str] | None = None
    mask_and_scale: bool | Mapping[str, bool] = True
    decode_times: object = True
    concat_characters: object = None
    decode_coords: object = None
    decode_timedelta: object = None
    use_cftime: object = None
    grid: object = None
    like: xr.DataArray | xr.Dataset | None = None
    crs: object = None
    scale: float | None = None
    bbox: Sequence[float] | None = None
    geometry: object = None
    shape: Sequence[int] | None = None
    transform: object = None
    crs_transform: object = None
    shape_2d: Sequence[int] | None = None
    bands: str | Sequence[str] | None = None
    dim: str | None = None
    band_dim: str | None = None
    lazy_coords: bool = False
    groupby: GroupBy | None = None
    resampling: str = "nearest"
    properties: str | Sequence[str] | None = None
    nodata: Nodata | Mapping[str, Nodata] = "exact"
    request_bytes: int | str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Arguments:
        """The arguments that were passed by name.

        Raises
        ------
        InputError
            If one is unknown; the message says what Xee's arguments are called here.
        """
        known = [field.name for field in fields(cls)]
        unknown = next((name for name in given if name not in known), None)
        if unknown in _XEE:
            raise InputError(f"{unknown}= is Xee's: {_XEE[unknown]}.")
        if unknown is not None:
            raise InputError(f"{unknown}= is no argument of engine='xee_lite': it has {', '.join(known)}.")
        return cls(**given)

    def __post_init__(self) -> None:
        check_resampling(self.resampling)

    @property
    def query(self) -> Query:
        """What a source is asked about itself: properties of the user's, and those that group and lay out images."""
        bands = _names("bands", self.bands)
        if self.properties == "all":
            return Query(bands, "all", self.resampling)
        given = _names("properties", self.properties) or ()
        needed = (*given, *property_of(self.groupby), *self.layout.properties)
        return Query(bands, tuple(dict.fromkeys(needed)), self.resampling)

    @property
    def layout(self) -> Layout:
        """How the dataset is laid out."""
        return Layout(self.dim, self.band_dim, self.lazy_coords)

    def budget(self, limits: Limits) -> Budget:
        """Bytes that one request may count, to a service with these limits.

        Raises
        ------
        InputError
            If the user allows more than the service takes.
        """
        if self.request_bytes is None:
            return Budget(limits.default_bytes, OPTIONS.concurrency(limits.concurrent_requests), limits.least_bytes)
        max_bytes = parse_bytes(self.request_bytes)
        if max_bytes > limits.request_bytes:
            raise InputError(
                f"request_bytes={self.request_bytes!r} is {human_bytes(max_bytes)}: pass at most "
                f"{human_bytes(limits.request_bytes)}, which is what the service takes in one request."
            )
        return Budget(max_bytes)

    def select(self, stack: Stack) -> Stack:
        """The bands that are opened, of those there are.

        Raises
        ------
        InputError
            If a band is unknown, or none is left.
        """
        wanted, dropped = _names("bands", self.bands), _names("drop_variables", self.drop_variables) or ()
        bands = stack.bands if wanted is None else stack.select(wanted)
        kept = tuple(band for band in bands if band.name not in dropped)
        if not kept:
            raise InputError(f"No band of {stack.source} is left to open: `bands` and `drop_variables` leave none.")
        return replace(stack, bands=kept)

    def target(self, stack: Stack, native: Grid | None, geojson: object) -> Grid:
        """The grid that is read.

        Parameters
        ----------
        stack : Stack
        native : Grid, optional
            The grid of the source that is meant where none is spelled out.
        geojson : object
            ``geometry``, once a geometry of the service has been asked for its GeoJSON.
        """
        shape = None if self.shape_2d is None else tuple(self.shape_2d)[::-1]
        spec = GridSpec(
            grid=None if isinstance(self.grid, str) else self.grid,
            like=self.like,
            crs=self.crs,
            scale=self.scale,
            bbox=self.bbox,
            geometry=geojson,
            shape=_one_of("shape", self.shape, "shape_2d", shape),
            transform=_one_of("transform", self.transform, "crs_transform", self.crs_transform),
        )
        return spec.resolve(native, source=stack.source, must_intersect=stack.is_image)

    def codecs(self, stack: Stack) -> dict[str, Codec]:
        """How the pixels of each band are asked for and kept."""
        if self.band_dim is None:
            return codecs_of(stack.bands, self.nodata, self.mask_and_scale)
        return shared_codecs(BAND_DATA, stack.bands, self.nodata, self.mask_and_scale)


def _one_of(name: str, value: object, alias: str, other: object) -> Any:  # noqa: ANN401 - whichever was given
    """One argument under two names."""
    if value is not None and other is not None:
        raise InputError(f"{name}= and {alias}= are two names of one thing: pass one of them.")
    return value if value is not None else other


def _names(argument: str, names: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    found = (names,) if isinstance(names, str) else tuple(names)
    if not all(isinstance(name, str) for name in found) or len(set(found)) != len(found):
        raise InputError(f"{argument}={names!r} is not a list of different names.")
    return found
