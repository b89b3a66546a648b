"""The calls of the commands to ``ee``: a session that begins and ends, and the collection that the options leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ..errors import InputError, PermanentError, redact, shortened

if TYPE_CHECKING:
    import ee

    from ..grids.reprojection import Bounds
    from .filters import Comparison

_METHODS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "==": "eq", "!=": "neq"}
"""The filters of ``ee.Filter`` for each operator."""

_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""The range of Python's dates, for an end of a range that is not given."""


def begin(project: str, url: str | None, token: str | None, *, anonymous: bool) -> None:
    """Initialise ``ee`` in this process.

    Parameters
    ----------
    project : str
    url : str, optional
        None for Google's service.
    token : str, optional
        An access token (OAuth 2.0); None for the credentials that ``earthengine authenticate`` has stored.
    anonymous : bool
        Whether to send no credentials, as to a server on this machine.

    Raises
    ------
    click.ClickException
        If the session does not begin; the message has no credentials in it.
    """
    import ee  # noqa: PLC0415 - slow to import
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - as above
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - as above
    from google.oauth2.credentials import Credentials  # noqa: PLC0415 - as above
    from googleapiclient.errors import HttpError  # noqa: PLC0415 - as above

    credentials = AnonymousCredentials() if anonymous else "persistent" if token is None else Credentials(token)
    where = url or "Google's service"
    try:
        if anonymous:  # a server on this machine that does not answer is not there: retries would not help
            ee.data.setMaxRetries(0)
        ee.Initialize(credentials, url=url, project=project)
    except (ee.EEException, GoogleAuthError, HttpError, OSError, ValueError) as error:
        ee.Reset()
        reason = redact(" ".join(str(error).split()))
        if token is not None:
            reason = reason.replace(token, "…")
        if isinstance(error, OSError):
            reason = f"it does not answer ({type(error).__name__})"
        raise click.ClickException(
            f"no session with {where} for the project {project!r}: {shortened(reason, 500) or type(error).__name__}"
        ) from error


def end() -> None:
    """Leave ``ee`` as it was before `begin`."""
    import ee  # noqa: PLC0415 - loaded by now

    ee.Reset()


def filtered(
    asset: str,
    start: datetime | None,
    end: datetime | None,
    comparisons: tuple[Comparison, ...],
    region: Bounds | None,
    limit: int | None,
) -> ee.ImageCollection:
    """A collection without the images that the options leave out.

    Parameters
    ----------
    asset : str
    start, end : datetime, optional
        Images that begin at or after ``start`` and before ``end``, in UTC.
    comparisons : tuple of Comparison
        An image has to meet all of them; one without the property does not.
    region : (west, south, east, north), optional
        Degrees; only images that touch it count for the limit.
    limit : int, optional
        How many images at most, the first ones.
    """
    import ee  # noqa: PLC0415 - initialised by now

    from ..earthengine.footprints import touching  # noqa: PLC0415 - as above

    collection = ee.ImageCollection(asset)
    if start is not None or end is not None:
        # With both ends, since the service answers filterDate from an index.
        collection = collection.filterDate(_milliseconds(start or _FIRST), _milliseconds(end or _LAST))
    for comparison in comparisons:
        condition = getattr(ee.Filter, _METHODS[comparison.operator])
        collection = collection.filter(condition(comparison.name, comparison.value))
    if limit is None:  # then opening leaves out images beyond the region
        return collection
    return (collection if region is None else touching(collection, region)).limit(limit)


def only_image(source: str | ee.ImageCollection, asset: str, region: Bounds | None) -> str:
    """The id of the only image of a collection in a region; the id of an image as it is.

    Raises
    ------
    InputError
        If the collection has no image there, or several.
    """
    import ee  # noqa: PLC0415 - initialised by now

    from ..earthengine.footprints import touching  # noqa: PLC0415 - with ee
    from ..earthengine.overview import first_ids  # noqa: PLC0415 - as above

    collection = ee.ImageCollection(source)
    try:
        ids = first_ids(collection if region is None else touching(collection, region), asset, 2)
    except PermanentError:
        if isinstance(source, str):
            return asset
        raise
    if len(ids) != 1:
        left = "no image" if not ids else f"several images ({', '.join(ids)} and maybe more)"
        raise InputError(f"The options leave {left} of {asset}: pass a filter or --limit 1, or the id of one image.")
    return f"{asset}/{ids[0]}"


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
