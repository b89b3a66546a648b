"""The arguments of ``open_dataset`` and ``open_datatree``: spelled here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from .argument_names import refusal_of
from .argument_values import check_errors, check_mask_and_scale, check_nodata, names_of, one_of, rasters_of
from .errors import InputError, brief
from .grids.grid_spec import GridSpec
from .grids.lattice import projection_lattice
from .grids.region import check_bbox, geometry_bounds
from .grids.reprojection import DEGREES
from .grids.user_values import whole_numbers_of
from .planning.combining import MOSAIC, check_combine
from .planning.grouping import GroupBy, property_of
from .planning.layout import BAND_DATA, Layout
from .planning.nodata import Nodata, codecs_of, shared_codecs
from .planning.resampling import Resampling, check_resampling, with_lasting_classes
from .source import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .argument_values import Errors
    from .grids.grid import Grid
    from .grids.reprojection import Bounds
    from .planning.nodata import Codec
    from .source import Driver
    from .stack import Stack


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
        service = "https://example.org/arcgis/rest/services/Orthos/ImageServer"

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
    like : xarray.DataArray, xarray.Dataset, path, rasterio dataset, or whatever ``grid`` takes, default None
        Georeferenced data whose grid is taken, to the last bit of its coordinates. A path is opened by rasterio.

            other = xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
            xr.open_dataset("ESA/WorldCover/v200", engine="xee_lite", like=other)
    crs : str, int, pyproj.CRS or ee.Projection, default None
        Coordinate reference system of the grid: an authority code, an EPSG number, WKT or a CRS object. By default the
        source's own. Of a projection the CRS is taken, and its transform is not.

            xr.open_dataset(dem, engine="xee_lite", crs="EPSG:32632", scale=30, bbox=(6.8, 45.8, 7.0, 46.0))
    scale : float, default None
        Size of a pixel in metres. In a geographic CRS a degree counts 111319.49 m, as in Earth Engine. By default the
        source's own. A size that can only have been meant in degrees is refused.

            xr.open_dataset(scenes, engine="xee_lite", scale=100)
    bbox : sequence of 4 floats, or a geometry, default None
        West, south, east and north in degrees; the grid covers the box. A box across the antimeridian has west > east,
        as (170, -20, -170, 20), or an east beyond 180, as (170, -20, 190, 20). A geometry, such as an ee.Geometry,
        counts as its bounds in degrees.

            xr.open_dataset(dem, engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    geometry : GeoJSON mapping, object with ``__geo_interface__``, or ee.Geometry, default None
        Region in degrees of longitude and latitude, or in the CRS that it says: a GeoDataFrame's, an ee.Geometry's, or
        the member "crs" of GeoJSON. The grid covers its bounding box. Pixels outside of the geometry are not masked.

            xr.open_dataset(dem, engine="xee_lite", geometry=ee.Geometry.BBox(6.8, 45.8, 7.0, 46.0))
    filter_bounds : bool, default True
        Whether a ``bbox`` or ``geometry`` leaves out the images of a collection that do not touch it. Images without a
        footprint, such as composites, are kept. False opens all images, wherever they lie.

            xr.open_dataset(scenes, engine="xee_lite", bbox=(3.05, 43.55, 3.06, 43.56), filter_bounds=False)
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
        Whether x and y are computed when they are used instead of kept in memory. They have the same values, and
        select, align and combine in the same way. A sheared grid then has them too, in two dimensions.

            xr.open_dataset(dem, engine="xee_lite", lazy_coords=True)
    groupby : str or callable, default None
        What makes several images one time step: "day", "month", "season" or "year" (in UTC), "solar_day" (at the
        longitude of the grid's centre), the name of a property, or a function of an ``xee_lite.items.Item``. A season
        is DJF, MAM, JJA or SON; December belongs to the winter of the next year. The service combines the images of a
        group in the same request; ``id`` holds the ids of all of them, and ``time`` is that of the first.

            xr.open_dataset(scenes, engine="xee_lite", groupby="solar_day")
    combine : str, default "mosaic"
        What the images of a group become: "mosaic" (later ones on top), or the "mean", "median", "mode", "min", "max",
        "sum" or "count" of the valid pixels at each place, in the type of Earth Engine's reducer.

            xr.open_dataset(scenes, engine="xee_lite", bands=["B4", "B8"], groupby="month", combine="median")
    resampling : str or mapping of str to str, default "nearest"
        How a pixel of the grid gets its value: "nearest", "bilinear" or "bicubic" interpolate between pixels of the
        source; "mean", "median", "mode", "min", "max", "sum", "count", "stdDev" and "variance" reduce all pixels of the
        source that the pixel covers, and give the type of Earth Engine's reducer. A mapping names bands; those that it
        leaves out are "nearest".

            xr.open_dataset(scenes, engine="xee_lite", scale=100, resampling={"B4": "mean", "SCL": "mode"})
    rasters : "mosaic", "catalog", "time", int or sequence of int, default None
        Which rasters of an ArcGIS Image Server: "mosaic" reads what the service makes of all of them, "time" its mosaic
        at each time of its rasters, "catalog" gives each raster of its catalogue a position along the dimension of the
        images, and ids name some of these. By default the mosaic. Other sources have no such choice.

            xr.open_dataset(service, engine="xee_lite", rasters="catalog")
    transport : str, default None
        How pixels of an ArcGIS Image Server come: "tiff" or "lerc" by its exportImage, or "download" as the original
        files, which are kept in a cache on disk. By default "tiff". Other sources have no such choice.

            xr.open_dataset(service, engine="xee_lite", transport="lerc")
    pin : bool, default True
        Whether reads name the versions of the stored images that opening saw, so that an image which is replaced since
        is an error instead of a mixture. False reads whatever is there, and allows ``getPixels`` with ``nodata=0``.

            xr.open_dataset(scenes, engine="xee_lite", pin=False)
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
    errors : {"raise", "record"}, default "raise"
        What a request does that fails for good, after all retries. "raise": it ends the read. "record": the read goes
        on, the pixels of the request are missing, and `xee_lite.failed_reads` lists it.

            xr.open_dataset(months, engine="xee_lite", errors="record")
    """

    drop_variables: str | Iterable[str] | None = None
    mask_and_scale: bool | Mapping[str, bool] = True
    decode_times: object = True
    concat_characters: object = None
    decode_coords: object = None
    decode_timedelta: object = None
    use_cftime: object = None
    grid: object = None
    like: object = None
    crs: object = None
    scale: float | None = None
    bbox: Sequence[float] | object = None
    geometry: object = None
    filter_bounds: bool = True
    shape: Sequence[int] | None = None
    transform: object = None
    crs_transform: object = None
    shape_2d: Sequence[int] | None = None
    bands: str | Sequence[str] | None = None
    dim: str | None = None
    band_dim: str | None = None
    lazy_coords: bool = False
    groupby: GroupBy | None = None
    combine: str = MOSAIC
    resampling: Resampling = "nearest"
    rasters: str | int | Sequence[int] | None = None
    transport: str | None = None
    pin: bool = True
    properties: str | Sequence[str] | None = None
    nodata: Nodata | Mapping[str, Nodata] = "exact"
    request_bytes: int | str | None = None
    errors: Errors = "raise"

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
        if unknown is not None:
            raise InputError(refusal_of(unknown, known))
        return cls(**given)

    def __post_init__(self) -> None:
        check_resampling(self.resampling)
        check_combine(self.combine, grouped=self.groupby is not None)
        for name in ("filter_bounds", "lazy_coords", "pin"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name}={brief(getattr(self, name))} is neither True nor False.")
        for name in ("dim", "band_dim"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                raise InputError(f"{name}={brief(value)} is no name of a dimension: pass text.")
        check_mask_and_scale(self.mask_and_scale)
        check_nodata(self.nodata)
        check_errors(self.errors)

    @property
    def query(self) -> Query:
        """What the source is asked when it is opened; its properties are the user's, and those that group and order."""
        given = () if self.properties == "all" else names_of("properties", self.properties) or ()
        needed = (*given, *property_of(self.groupby), *self.layout.properties)
        return Query(
            names_of("bands", self.bands),
            "all" if self.properties == "all" else tuple(dict.fromkeys(needed)),
            self.resampling,
            self.combine,
            self._region if self.filter_bounds else None,
            strict_times=self.decode_times is not False and self.layout.item_dim == "time",
            pin=self.pin,
            rasters=rasters_of(self.rasters),
            transport=self.transport,
            has_grid=self._has_grid,
        )

    @property
    def _has_grid(self) -> bool:
        """Whether pixels are asked for elsewhere than on the source's own grid."""
        grid = None if isinstance(self.grid, str) else self.grid
        others = (self.like, self.crs, self.scale, self.shape, self.shape_2d, self.transform, self.crs_transform)
        return any(value is not None for value in (grid, *others))

    @property
    def _region(self) -> Bounds | None:
        """The region in degrees that images have to touch; None also where two are given, which `target` refuses."""
        if (self.bbox is None) == (self.geometry is None):
            return None
        return geometry_bounds(self.geometry, DEGREES) if self.bbox is None else check_bbox(self.bbox)

    @property
    def takes_native_crs(self) -> bool:
        """Whether the CRS is the source's own, since no argument says another."""
        return self.crs is None and self.like is None and (self.grid is None or isinstance(self.grid, str))

    @property
    def layout(self) -> Layout:
        """How the dataset is laid out."""
        return Layout(self.dim, self.band_dim, self.lazy_coords)

    def select(self, stack: Stack) -> Stack:
        """The bands that are opened, of those there are.

        Raises
        ------
        InputError
            If a band is unknown, or none is left.
        """
        selected, dropped = names_of("bands", self.bands), names_of("drop_variables", self.drop_variables) or ()
        bands = stack.bands if selected is None else stack.select(selected)
        kept = tuple(band for band in bands if band.name not in dropped)
        if not kept:
            raise InputError(f"No band of {stack.source} is left to open: `bands` and `drop_variables` leave none.")
        array = next((band for band in kept if band.is_array), None)
        if array is not None:
            raise InputError(
                f"Band {brief(array.name)} of {stack.source} has an array in each pixel, which no raster holds: make "
                "bands of it by image.arrayFlatten(...) or image.arrayGet(...), or leave it out by bands= or "
                "drop_variables=."
            )
        return replace(stack, bands=with_lasting_classes(kept, self.resampling, self.combine))

    def plain(self, driver: Driver) -> Arguments:
        """The same arguments, with values of the service's own types as GeoJSON and as the text of a CRS."""
        return replace(
            self, crs=driver.plain(self.crs), bbox=driver.plain(self.bbox), geometry=driver.plain(self.geometry)
        )

    def target(self, stack: Stack, native: Grid | None) -> Grid:
        """The grid that is read.

        Parameters
        ----------
        stack : Stack
        native : Grid, optional
            The grid of the source that is meant where none is spelled out.

        Raises
        ------
        InputError
            If the arguments of the grid are no grid, contradict each other, or do not suit the source.
        """
        shape = None if self.shape_2d is None else whole_numbers_of(self.shape_2d, 2)
        if self.shape_2d is not None and shape is None:
            raise InputError(f"shape_2d={brief(self.shape_2d)} is not (width, height) in pixels.")
        spec = GridSpec(
            grid=None if isinstance(self.grid, str) else self.grid,
            like=self.like,
            crs=self.crs,
            scale=self.scale,
            bbox=self.bbox,
            geometry=self.geometry,
            shape=one_of("shape", self.shape, "shape_2d", shape and shape[::-1]),
            transform=one_of("transform", self.transform, "crs_transform", self.crs_transform),
        )
        projection = stack.finest_projection(self.grid if isinstance(self.grid, str) else None)
        lattice = None if projection is None else projection_lattice(projection.crs, projection.transform)
        return spec.resolve(native, source=stack.source, must_intersect=stack.is_image, lattice=lattice)

    def codecs(self, stack: Stack) -> dict[str, Codec]:
        """How the pixels of each band are asked for and kept."""
        if self.band_dim is None:
            return codecs_of(stack.bands, self.nodata, self.mask_and_scale)
        return shared_codecs(BAND_DATA, stack.bands, self.nodata, self.mask_and_scale)
