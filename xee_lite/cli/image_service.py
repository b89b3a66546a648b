"""The URL of an image service in place of an asset id: signing in, and the rasters that the options leave."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import xarray as xr

    from ..grids.reprojection import Bounds
    from .filters import Comparison


@dataclass(frozen=True, slots=True)
class ImageService:
    """A service, and the name of the variable with its token; the token itself is no part of it.

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
            If there is a token, but the URL is not one of https.
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
            # The name is not repeated: somebody may have passed the token itself.
            "There is no environment variable of that name, or it is empty.",
            param_hint="--token-env",
        )
    return token


@dataclass(frozen=True, slots=True)
class Choice:
    """The options that choose rasters or times of a service; None where one was not passed.

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


def choose(url: str, arguments: dict[str, Any], choice: Choice) -> tuple[str | xr.Dataset, dict[str, Any]]:
    """The source that a choice leaves, as `xee_lite.sample` takes it, and the arguments for opening it.

    For a catalogue these are the URL, and the ids of rasters among the arguments; for mosaics at times and for slices a
    dataset, which needs no arguments.

    Parameters
    ----------
    url : str
    arguments : dict
        Those of `xr.open_dataset`.
    choice : Choice

    Raises
    ------
    InputError
        If the service can not choose so.
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
    """The mosaics or slices between two times, the first ones."""
    import numpy as np  # noqa: PLC0415 - slow to import
    import xarray as xr  # noqa: PLC0415 - as above

    dataset = xr.open_dataset(url, engine="xee_lite", **arguments)
    if "time" not in dataset.coords:
        raise InputError(f"The steps of {url} have no time: leave out --start, --end and --limit.")
    time = dataset["time"]
    inside = np.ones(time.shape, bool)
    if choice.start is not None:
        inside &= time.values >= np.datetime64(_milliseconds(choice.start), "ms")
    if choice.end is not None:
        inside &= time.values < np.datetime64(_milliseconds(choice.end), "ms")
    positions = np.flatnonzero(inside)[: choice.limit]
    if not len(positions):
        raise InputError(f"No step of {url} is between --start and --end.")
    return dataset.isel({str(time.dims[0]): positions})


def _sql(comparison: Comparison) -> str:
    """A comparison in SQL for the catalogue, once its name is checked to be a field."""
    value = comparison.value
    spelled = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
    operator = {"==": "=", "!=": "<>"}.get(comparison.operator, comparison.operator)
    return f"{comparison.name} {operator} {spelled}"


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
