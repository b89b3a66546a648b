"""The front door: ``xr.open_dataset(..., engine="xee_lite")``. Arguments are normalised here, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import xarray as xr
from xarray.backends import BackendEntrypoint

from .chunks import DEFAULT_BUDGET, EARTH_ENGINE, human_bytes, parse_bytes
from .dataset import build
from .errors import InputError
from .grid_spec import GridSpec
from .grouping import GroupBy, grouped, property_of
from .nodata import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .nodata import Nodata
    from .stack import Stack

_RESAMPLING = ("nearest", "bilinear", "bicubic")


class XeeLiteBackendEntrypoint(BackendEntrypoint):
    """Opens Earth Engine images and image collections as lazy datasets."""

    description: ClassVar[str] = "Open Earth Engine image collections and images"
    url: ClassVar[str] = "https://developers.google.com/earth-engine"

    def open_dataset(
        self,
        filename_or_obj: object,
        *,
        drop_variables: str | Iterable[str] | None = None,
        mask_and_scale: bool | Mapping[str, bool] = True,
        decode_times: object = True,
        concat_characters: object = None,  # noqa: ARG002 - xarray passes it on, and there is nothing to decode
        decode_coords: object = None,  # noqa: ARG002 - as above
        decode_timedelta: object = None,  # noqa: ARG002 - as above
        use_cftime: object = None,  # noqa: ARG002 - as above
        grid: object = None,
        like: xr.DataArray | xr.Dataset | None = None,
        crs: object = None,
        scale: float | None = None,
        bbox: Sequence[float] | None = None,
        geometry: object = None,
        shape: Sequence[int] | None = None,
        transform: object = None,
        crs_transform: object = None,
        shape_2d: Sequence[int] | None = None,
        bands: str | Sequence[str] | None = None,
        groupby: GroupBy | None = None,
        resampling: str = "nearest",
        properties: str | Sequence[str] | None = None,
        nodata: Nodata | Mapping[str, Nodata] = "exact",
        request_bytes: int | str = DEFAULT_BUDGET,
    ) -> xr.Dataset:
        """Map a source and a pixel grid to a lazy Dataset.

        Parameters
        ----------
        filename_or_obj : ee.ImageCollection, ee.Image, asset id, "ee://ID", or list of asset ids
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
            The grid in one spelling (see :class:`xee_lite.grid_spec.GridSpec`); with none, the native grid of the first
            image's finest selected band.
        crs_transform, shape_2d
            Xee's spelling of ``transform`` and, as (width, height), of ``shape``.
        bands : str or sequence of str, optional
            Bands to open; all by default.
        groupby : "day", "solar_day", property, or callable, optional
            What makes images one step in time: the day in UTC, the solar day at the centre of the grid, the value of a
            property, or what a function of an :class:`xee_lite.stack.Item` returns. A group is mosaicked on the
            service, later images on top, within the same request; ``id`` keeps the ids of all its images.
        resampling : {"nearest", "bilinear", "bicubic"}
            How Earth Engine finds a value between the source's pixels.
        properties : str, sequence of str, or "all", optional
            Properties of the images that become coordinates along time; "all" are those of the first image.
        nodata : "exact", number, or mapping of these by band
            "exact": the mask travels with the values, so that no valid pixel is lost and none invented. A number is
            your word for missing: less travels, and pixels of that value count as missing. With 0, single stored
            images are read as they lie, without computing.
        request_bytes : int or str
            Bytes that one request may count, at most the service's 48 MiB.

        Returns
        -------
        xarray.Dataset
            A variable for each band with dimensions (time, y, x), or (y, x) for an image.

        Raises
        ------
        InputError
            When arguments contradict each other or the source; the message says what to pass.
        """
        # Imported here: xarray loads every engine's module when it looks for one, and ee is slow to import.
        from .earthengine.collection import describe, geojson_of  # noqa: PLC0415
        from .earthengine.pixels import EarthEngineReader  # noqa: PLC0415

        spec = GridSpec(
            grid=grid,
            like=like,
            crs=crs,
            scale=scale,
            bbox=bbox,
            geometry=geojson_of(geometry),
            shape=_one_of("shape", shape, "shape_2d", None if shape_2d is None else tuple(shape_2d)[::-1]),
            transform=_one_of("transform", transform, "crs_transform", crs_transform),
        )
        budget = _budget(request_bytes)
        if resampling not in _RESAMPLING:
            raise InputError(f"resampling={resampling!r} is unknown: pass one of {', '.join(_RESAMPLING)}.")
        stack, source = describe(filename_or_obj, _names("bands", bands), _wanted(properties, groupby))
        stack = _without(stack, _names("drop_variables", drop_variables) or ())
        target = spec.resolve(stack.finest_grid, source=stack.source, must_intersect=stack.is_image)
        if groupby is not None:
            stack = replace(stack, items=grouped(stack.items, groupby, target.centre_longitude))
        codecs = codecs_of(stack.bands, nodata, mask_and_scale)
        reader = EarthEngineReader(source, stack, target, codecs, resampling)
        dataset = build(stack, target, reader, codecs, budget)
        if not decode_times and "time" in dataset.coords:
            dataset["time"] = xr.conventions.encode_cf_variable(dataset["time"].variable)
        return dataset

    def guess_can_open(self, filename_or_obj: object) -> bool:
        """Claim ``ee`` images and collections, and "ee://" ids; decided by looking, never by asking the network."""
        if isinstance(filename_or_obj, str):
            return filename_or_obj.startswith("ee://")
        kind = type(filename_or_obj)
        return kind.__module__.split(".")[0] == "ee" and kind.__name__ in ("Image", "ImageCollection")


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


def _wanted(properties: str | Iterable[str] | None, groupby: GroupBy | None) -> tuple[str, ...] | Literal["all"]:
    """The properties to ask for: those of the user, and the one that groups are made by."""
    if properties == "all":
        return "all"
    return tuple(dict.fromkeys((*(_names("properties", properties) or ()), *property_of(groupby))))


def _without(stack: Stack, dropped: tuple[str, ...]) -> Stack:
    kept = tuple(band for band in stack.bands if band.name not in dropped)
    if not kept:
        raise InputError(f"No band of {stack.source} is left to open: `bands` and `drop_variables` leave none.")
    return replace(stack, bands=kept)


def _budget(request_bytes: int | str) -> int:
    budget, most = parse_bytes(request_bytes), EARTH_ENGINE.request_bytes
    if budget > most:
        raise InputError(
            f"request_bytes={request_bytes!r} is {human_bytes(budget)}: pass at most {human_bytes(most)}, which is "
            "what Earth Engine takes in one request."
        )
    return budget
