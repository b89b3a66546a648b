"""``xee-lite plan``: what opening and reading a source would ask for, before a pixel is."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO

import click
import xarray as xr

if TYPE_CHECKING:
    import ee

_ROWS = 20
"""Requests that are listed; --csv writes all of them."""


@click.command()
@click.argument("source")
@click.option("--bands", help="Bands to read, separated by commas; all by default.")
@click.option("--dates", nargs=2, metavar="START END", help="Only images from START until before END.")
@click.option("--bbox", nargs=4, type=float, metavar="W S E N", help="Region in degrees; the whole by default.")
@click.option("--crs", help="Another CRS than the source's own.")
@click.option("--scale", type=float, help="Metres per pixel.")
@click.option("--request-bytes", help="Bytes that one request may count, such as 16MiB.")
@click.option("--latency", type=float, default=0.5, show_default=True, help="Seconds until a request is answered.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Requests at once.  [default: 40]")
@click.option("--csv", type=click.File("w"), help="Write one row for each request to this file.")
@click.option("--project", help="Ask the real Earth Engine, billed to this Cloud project.")
@click.option("--data", type=click.Path(exists=True, file_okay=False), help="A folder that the local one serves.")
def plan(
    source: str,
    bands: str | None,
    dates: tuple[str, str] | None,
    bbox: tuple[float, float, float, float] | None,
    crs: str | None,
    scale: float | None,
    request_bytes: str | None,
    latency: float,
    concurrency: int | None,
    csv: TextIO | None,
    project: str | None,
    data: str | None,
) -> None:
    """Say what reading SOURCE, an asset id, would ask for: requests, bytes, seconds.

    Without --project the local Earth Engine is asked, which knows the stand-ins and what lies in --data.
    """
    from ..explain import explain  # noqa: PLC0415 - with xarray's machinery

    grid: dict[str, Any] = {"bbox": bbox, "crs": crs, "scale": scale, "request_bytes": request_bytes}
    with ExitStack() as stack:
        _begin(stack, project, data)
        dataset = xr.open_dataset(
            _dated(source, dates), engine="xee_lite", bands=bands.split(",") if bands else None, chunks={}, **grid
        )
        found = explain(dataset)
    sizes = ", ".join(f"{name} {size}" for name, size in dataset.sizes.items())
    click.echo(f"{source}: {', '.join(map(str, dataset.data_vars))}; {sizes}")
    click.echo(f"{found}; about {found.seconds(latency, concurrency=concurrency):.3g} s")
    table = found.to_dataframe()
    if csv is not None:
        table.to_csv(csv, index=False)
    click.echo(table.head(_ROWS).to_string(index=False))
    if len(table) > _ROWS:
        click.echo(f"… and {len(table) - _ROWS} more")


def _begin(stack: ExitStack, project: str | None, data: str | None) -> None:
    if project is None:
        from ..emulator import start  # noqa: PLC0415 - an extra

        stack.enter_context(start(data=data)).initialize()
    else:
        import ee  # noqa: PLC0415 - slow to import

        ee.Initialize(project=project)


def _dated(source: str, dates: tuple[str, str] | None) -> str | ee.ImageCollection:
    if dates is None:
        return source
    import ee  # noqa: PLC0415 - initialised by now

    return ee.ImageCollection(source).filterDate(*dates)
