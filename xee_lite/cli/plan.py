"""``xee-lite plan``: the requests of a read, before any pixel is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from .group import debug_option
from .looks import Command
from .output import json_option, print_json
from .service import service_options
from .source_options import source_options

if TYPE_CHECKING:
    from .service import Access
    from .source_options import Selection

_ROWS = 20
"""Requests that are listed; --csv writes all of them."""


@click.command(cls=Command)
@source_options
@click.option("--request-bytes", metavar="SIZE", help="Bytes that one request may count, such as 16MiB.")
@click.option("--latency", type=float, default=0.5, show_default=True, help="Seconds until a request is answered.")
@click.option(
    "--concurrency", type=click.IntRange(min=1), help="Requests at once.  [default: 40; of an image service 4]"
)
@click.option("--csv", type=click.File("w"), help="Write one row for each request to this file.")
@service_options
@json_option
@debug_option
def plan(
    selection: Selection,
    request_bytes: str | None,
    latency: float,
    concurrency: int | None,
    csv: TextIO | None,
    service: Access,
    as_json: bool,
) -> None:
    """Say what reading ID, an image or a collection, would ask for: requests, bytes, seconds."""
    from ..explain import explain  # noqa: PLC0415 - with xarray's machinery

    with service.session():
        dataset = selection.dataset(chunks={}, request_bytes=request_bytes)
        explanation = explain(dataset)
    seconds = explanation.seconds(latency, concurrency=concurrency)
    table = explanation.to_dataframe()
    if csv is not None:
        table.to_csv(csv, index=False)
    if as_json:
        print_json({
            "id": selection.asset, "bands": list(map(str, dataset.data_vars)), "sizes": dataset.sizes,
            "requests": explanation.count, "bytes": explanation.bytes, "largest": explanation.largest,
            "seconds": seconds,
        })  # fmt: skip
        return
    sizes = ", ".join(f"{name} {size}" for name, size in dataset.sizes.items())
    click.echo(f"{selection.asset}: {', '.join(map(str, dataset.data_vars))}; {sizes}")
    click.echo(f"{explanation}; about {seconds:.3g} s")
    click.echo(table.head(_ROWS).to_string(index=False))
    if len(table) > _ROWS:
        click.echo(f"… and {len(table) - _ROWS} more")
