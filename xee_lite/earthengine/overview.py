"""A short description of a source for people, before it is opened: a few small requests, however many images it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from ..errors import InputError, PermanentError, TooMuchError, TransientError
from ..items import datetimes
from .bands import bands_of
from .footprints import touching
from .session import Session
from .system_properties import INDEX, TIME_END, TIME_START
from .table import PAGE, milliseconds_of

if TYPE_CHECKING:
    import numpy as np

    from ..grids.reprojection import Bounds
    from ..stack import Band


@dataclass(frozen=True, slots=True)
class Overview:
    """The description of a source.

    Attributes
    ----------
    asset : str
        Its id.
    is_image : bool
        Whether it is a single image, not a collection.
    title : str
        Empty where it has none.
    bands : tuple of Band
        Of the image, or of the first image of the collection.
    count : int, optional
        Number of images; None where the service did not count them in time.
    start, end : numpy.datetime64, optional
        The times of the first and the last image, or the start and the end of a single one, in UTC; None where unknown.
    is_declared : bool
        Whether start and end are the ``date_range`` that the collection declares, since it has too many images to look
        at each.
    """

    asset: str
    is_image: bool
    title: str
    bands: tuple[Band, ...]
    count: int | None
    start: np.datetime64 | None
    end: np.datetime64 | None
    is_declared: bool = False


def overview(source: str | ee.ImageCollection, asset: str, region: Bounds | None) -> Overview:
    """Ask the service for the description of a source.

    Parameters
    ----------
    source : str or ee.ImageCollection
        An asset id, or a collection that filters were applied to.
    asset : str
        The asset id, for messages.
    region : (west, south, east, north), optional
        Degrees: only images that touch it.

    Raises
    ------
    InputError
        If there is no such asset, or no image is left.
    RequestError
        If the service did not answer.
    """
    session = Session.current()
    try:
        return _of_collection(session, ee.ImageCollection(source), asset, region, whole=isinstance(source, str))
    except PermanentError as no_collection:
        if not isinstance(source, str):
            raise
        try:
            return _of_image(session, asset)
        except PermanentError as no_image:
            raise InputError(
                f"{asset!r} is neither an image collection ({no_collection.message.rstrip('.')}) nor an image "
                f"({no_image.message.rstrip('.')}): check the id, and that the account may read it."
            ) from no_image


def first_ids(collection: ee.ImageCollection, asset: str, count: int) -> list[str]:
    """The ``system:index`` of at most so many images of a collection, the first ones."""
    indices = Session.current().evaluate(collection.limit(count).aggregate_array(INDEX), asset)
    return [str(index) for index in indices]


def _of_collection(
    session: Session, collection: ee.ImageCollection, asset: str, region: Bounds | None, *, whole: bool
) -> Overview:
    if region is not None:
        collection = touching(collection, region)
    own = ee.Dictionary(collection.toDictionary())
    first, properties = session.evaluate(ee.List([collection.first(), own]), asset)
    if first is None:
        raise InputError(f"No image of {asset} is left by these options: check dates, place and filter.")
    title, bands = _title(properties), bands_of(first, lambda _: None, {})
    try:
        count: int | None = int(session.evaluate(collection.size(), asset))
    except (TooMuchError, TransientError):
        count = None
    if count is None or count > PAGE:
        start, end = _declared(properties, whole=whole)
        return Overview(asset, False, title, bands, count, start, end, is_declared=True)
    times = ee.List([collection.aggregate_min(TIME_START), collection.aggregate_max(TIME_START)])
    start, end = (_time(value) for value in session.evaluate(times, asset))
    return Overview(asset, False, title, bands, count, start, end)


def _of_image(session: Session, asset: str) -> Overview:
    image = session.evaluate(ee.Image(asset), asset)
    properties = image.get("properties") or {}
    start, end = (_time(properties.get(name)) for name in (TIME_START, TIME_END))
    return Overview(asset, True, _title(properties), bands_of(image, lambda _: None, {}), 1, start, end)


def _title(properties: dict[str, Any] | None) -> str:
    title = (properties or {}).get("title", "")
    return " ".join(title.split()) if isinstance(title, str) else ""


def _declared(properties: dict[str, Any], *, whole: bool) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """The ``date_range`` of a whole collection; it says nothing of a part of one."""
    dates = (properties or {}).get("date_range")
    if not whole or not isinstance(dates, list) or len(dates) != 2:
        return None, None
    return _time(dates[0]), _time(dates[1])


def _time(value: object) -> np.datetime64 | None:
    milliseconds = milliseconds_of(value)
    if milliseconds is None:
        return None
    time: np.datetime64 = datetimes([milliseconds])[0]
    return time
