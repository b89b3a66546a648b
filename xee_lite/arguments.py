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
    """The arguments of ``xarray.open_dataset(source, engine="xee_lite", ...)`` and of ``xarray.open_datatree``.

    They are passed by name, beside xarray's own, such as ``chunks``. The examples use these sources:

        import ee
        import xarray as xr
        import xee_lite

        dem = "USGS/SRTMGL1_003"
        months = ee.ImageCollection("ECMWF/ERA5/MONTHLY").filterDate("2019-01-01", "2020-01-01")
        point = ee.Geometry.Point(3.06, 43.56)
        scenes = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterBounds(point)
        scenes = scenes.filterDate("2023-06-01", "2023-06-16").select(["B4", "B8", "B11", "SCL"])

    Parameters
    ----------
    drop_variables : str or iterable of str, default None
        Bands to leave out.

            xr.open_dataset(scenes, engine="xee_lite", drop_variables="SCL")
    mask_and_scale : bool or mapping of str to bool, default True
        True: missing pixels are NaN, in float32 for integers of up to 16 bits and float64 for longer ones. False:
        integers stay integers, and missing pixels hold ``_FillValue``. A mapping names variables; those that it leaves
        out are True.

            xr.open_dataset(scenes, engine="xee_lite", mask_and_scale={"SCL": False})
    decode_times : bool or xarray.coders.CFDatetimeCoder, default True
        False leaves time as milliseconds since 1970, with its units as an attribute. Otherwise time is datetime64.

            xr.open_dataset(months, engine="xee_lite", decode_times=False)
    concat_characters : bool or mapping of str to bool, default None
        Accepted because xarray passes it. It has no effect: there are no arrays of characters.

            xr.open_dataset(dem, engine="xee_lite", concat_characters=False)
    decode_coords : bool or str, default None
        Accepted because xarray passes it. It has no effect: coordinates are always set.

            xr.open_dataset(dem, engine="xee_lite", decode_coords="all")
    decode_timedelta : bool or xarray.coders.CFTimedeltaCoder, default None
        Accepted because xarray passes it. It has no effect: there are no time differences.

            xr.open_dataset(dem, engine="xee_lite", decode_timedelta=False)
    use_cftime : bool or mapping of str to bool, default None
        Accepted because xarray passes it. It has no effect: time is datetime64.

            xr.open_dataset(months, engine="xee_lite", use_cftime=False)
    grid : xee_lite.Grid, odc.geo.geobox.GeoBox, mapping or str, default None
        The whole grid in one argument; a mapping has exactly the keys "crs", "transform" and "shape". A string is the
        name of a band, whose own grid then takes the place of the finest band's; it goes with the other arguments of
        the grid. With no argument of the grid, the grid is that of the first image's finest selected band.

            grid = xee_lite.Grid("EPSG:3035", (100, 0, 4_000_000, 0, -100, 2_600_000), shape=(200, 300))
            xr.open_dataset(dem, engine="xee_lite", grid=grid)
    like : xarray.DataArray or xarray.Dataset, default None
        Georeferenced data whose grid is taken.

            other = xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
            xr.open_dataset("ESA/WorldCover/v200", engine="xee_lite", like=other)
    crs : str, int or pyproj.CRS, default None
        Coordinate reference system of the grid: an authority code, an EPSG number, WKT or a CRS object. By default the
        source's own.

            xr.open_dataset(dem, engine="xee_lite", crs="EPSG:32632", scale=30, bbox=(6.8, 45.8, 7.0, 46.0))
    scale : float, default None
        Size of a pixel in metres. In a geographic CRS a degree counts 111319.49 m, as in Earth Engine. By default the
        source's own.

            xr.open_dataset(scenes, engine="xee_lite", scale=100)
    bbox : sequence of 4 floats, default None
        West, south, east and north in degrees; the grid covers the box. A box across the antimeridian has west > east,
        as (170, -20, -170, 20), or an east beyond 180, as (170, -20, 190, 20).

            xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    geometry : GeoJSON mapping, object with ``__geo_interface__``, or ee.Geometry, default None
        Region in degrees of longitude and latitude; the grid covers its bounding box. Pixels outside of the geometry
        are not masked.

            xr.open_dataset(dem, engine="xee_lite", geometry=ee.Geometry.BBox(6.8, 45.8, 7.0, 46.0))
    shape : sequence of 2 ints, default None
        Height and width of the grid in pixels, over exactly the region (or the source), or from ``transform``.

            xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0), shape=(500, 400))
    transform : affine.Affine or sequence of 6 floats, default None
        Affine transform (a, b, c, d, e, f) from (column, row) to the units of the CRS; (c, f) is the outer corner of
        the first pixel. It needs ``shape``, or a region beside it.

            transform = (30, 0, 329_000, 0, -30, 5_100_000)
            xr.open_dataset(dem, engine="xee_lite", crs="EPSG:32632", transform=transform, shape=(400, 300))
    crs_transform : affine.Affine or sequence of 6 floats, default None
        The same as ``transform``, under the name that it has in Xee.

            transform = (30, 0, 329_000, 0, -30, 5_100_000)
            xr.open_dataset(dem, engine="xee_lite", crs="EPSG:32632", crs_transform=transform, shape_2d=(300, 400))
    shape_2d : sequence of 2 ints, default None
        The same as ``shape``, under the name and in the order that it has in Xee: width and height.

            xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0), shape_2d=(400, 500))
    bands : str or sequence of str, default None
        Bands to open, in this order. By default all.

            xr.open_dataset(scenes, engine="xee_lite", bands=["B4", "B8"])
    dim : str, default None
        Dimension of the images: "time", "id", or one of their properties, by which they are then sorted. By default
        "time" for a collection, and no dimension for a single image.

            xr.open_dataset(scenes, engine="xee_lite", dim="id")
    band_dim : str, default None
        Name of a dimension of the bands, which then become one variable ``band_data`` (time, band, y, x), whose chunk
        holds all bands in one request. By default each band is a variable.

            xr.open_dataset(scenes, engine="xee_lite", bands=["B4", "B8"], band_dim="band")
    lazy_coords : bool, default False
        Whether x and y are computed when they are used (xarray's RangeIndex, which selects by ``method="nearest"``)
        instead of kept in memory. A sheared grid then has them too, in two dimensions.

            xr.open_dataset(dem, engine="xee_lite", lazy_coords=True)
    groupby : str or callable, default None
        What makes several images one time step: "day" (in UTC), "solar_day" (at the longitude of the grid's centre),
        the name of a property, or a function of an ``xee_lite.items.Item``. The images of a group are mosaicked by
        the service, later ones on top, in the same request; ``id`` holds the ids of all of them.

            xr.open_dataset(scenes, engine="xee_lite", groupby="solar_day")
    resampling : str, default "nearest"
        How a pixel of the grid gets its value: "nearest", "bilinear" or "bicubic" interpolate between pixels of the
        source; "mean", "median", "mode", "min", "max", "sum", "count", "stdDev" and "variance" reduce all pixels of the
        source that the pixel covers, and give the type of Earth Engine's reducer.

            xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0), scale=1000, resampling="mean")
    properties : str or sequence of str, default None
        Properties of the images that become coordinates along their dimension; "all" takes those of the first image.

            xr.open_dataset(scenes, engine="xee_lite", properties=["CLOUDY_PIXEL_PERCENTAGE"])
    nodata : "exact", number, or mapping of str to these, default "exact"
        How missing pixels are transferred. "exact": the mask is transferred with the values, so that every valid pixel
        is kept. A number: only the values are transferred, and pixels of that value count as missing; with 0, integer
        bands of a single stored image are read by ``getPixels``, without computation. A mapping names bands; those that
        it leaves out are "exact".

            xr.open_dataset(scenes, engine="xee_lite", nodata={"SCL": 0})
    request_bytes : int or str, default None
        Bytes that one request may count, at most the service's 48 MiB. By default at most 32 MiB, and less where the
        whole source would otherwise be read in fewer requests than may run at once.

            xr.open_dataset(months, engine="xee_lite", request_bytes="8MiB", chunks={})
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
        selected, dropped = _names("bands", self.bands), _names("drop_variables", self.drop_variables) or ()
        bands = stack.bands if selected is None else stack.select(selected)
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
