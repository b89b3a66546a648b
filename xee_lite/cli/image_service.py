"""The URL of an image service where commands take an asset id: how it is signed in to, and what options leave of it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from ..imageserver.address import is_service_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import xarray as xr

    from ..grids.reprojection import Bounds
    from .filters import Comparison

__all__ = ["ImageService", "chosen", "is_service_url", "read_token"]


@dataclass(frozen=True, slots=True)
class ImageService:
    """A service, and where its token is; the token itself is no part of it.

    Attributes
    ----------
    url : str
    token_env : str, optional
        The environment variable that has a token.
    """

    url: str
    token_env: str | None = None

    @contextmanager
    def session(self) -> Iterator[None]:
        """Sign in where there is a token, and out again afterwards.

        Raises
        ------
        InputError
            If the line could be listened to.
        """
        if self.token_env is None:
            yield
            return
        from ..imageserver import sign_in, sign_out  # noqa: PLC0415 - HTTP is slow to import

        sign_in(self.url, token=read_token(self.token_env))
        try:
            yield
        finally:
            sign_out(self.url)


def read_token(name: str) -> str:
    """The token that an environment variable has.

    Raises
    ------
    click.BadParameter
        If there is none.
    """
    token = os.environ.get(name, "").strip()
    if not token:
        raise click.BadParameter(
            # Who passes the token itself would find it in a log.
            "There is no environment variable of that name, or it is empty.",
            param_hint="--token-env",
        )
    return token


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rasters of a service are left, or which steps; None where nothing was said.

    Attributes
    ----------
    start, end : datetime, optional
    filter : tuple of Comparison, optional
    limit : int, optional
    region : (west, south, east, north), optional
        Degrees.
    """

    start: datetime | None
    end: datetime | None
    filter: tuple[Comparison, ...] | None
    limit: int | None
    region: Bounds | None


def chosen(url: str, arguments: dict[str, Any], choice: Choice) -> tuple[str | xr.Dataset, dict[str, Any]]:
    """What the options leave of a service, as `xee_lite.sample` takes it, and the arguments beside it.

    Of a catalogue it is the URL, with the ids of rasters; of what has steps in time a dataset of some of them.

    Parameters
    ----------
    url : str
    arguments : dict
        Of `xr.open_dataset`.
    choice : Choice

    Raises
    ------
    InputError
        If the service can not leave out what the options name.
    """
    if all(part is None for part in (choice.start, choice.end, choice.filter, choice.limit)):
        return url, arguments
    rasters = arguments.get("rasters")
    if rasters == "mosaic" or isinstance(rasters, tuple):
        raise InputError(
            "--start, --end, --filter and --limit choose rasters of the catalogue, which --rasters names already: pass "
            "one or the other."
        )
    from ..imageserver.rasters_between import has_steps, rasters_between  # noqa: PLC0415 - HTTP is slow to import

    if has_steps(url, rasters):
        if choice.filter is not None:
            raise InputError("--filter compares fields of rasters, but this opens steps of mosaics: leave it out.")
        return _steps(url, arguments, choice), {}
    where = " AND ".join(_sql(comparison) for comparison in choice.filter or ())
    ids = rasters_between(
        url,
        where=where,
        fields=tuple(comparison.name for comparison in choice.filter or ()),
        span=(_milliseconds(choice.start), _milliseconds(choice.end)),
        region=choice.region,
        limit=choice.limit,
    )
    return url, {**arguments, "rasters": list(ids)}


def _steps(url: str, arguments: dict[str, Any], choice: Choice) -> xr.Dataset:
    """The steps between two times, the first ones."""
    import numpy as np  # noqa: PLC0415 - slow to import
    import xarray as xr  # noqa: PLC0415 - likewise

    dataset = xr.open_dataset(url, engine="xee_lite", **arguments)
    if "time" not in dataset.coords:
        raise InputError(f"The steps of {url} have no time: leave out --start, --end and --limit.")
    time = dataset["time"]
    inside = np.ones(time.shape, bool)
    if choice.start is not None:
        inside &= time.values >= np.datetime64(_milliseconds(choice.start), "ms")
    if choice.end is not None:
        inside &= time.values < np.datetime64(_milliseconds(choice.end), "ms")
    found = np.flatnonzero(inside)[: choice.limit]
    if not len(found):
        raise InputError(f"No step of {url} is between --start and --end.")
    return dataset.isel({str(time.dims[0]): found})


def _sql(comparison: Comparison) -> str:
    """A comparison as the catalogue has it; the name was checked to be that of a field."""
    value = comparison.value
    spelled = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
    operator = {"==": "=", "!=": "<>"}.get(comparison.operator, comparison.operator)
    return f"{comparison.name} {operator} {spelled}"


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
