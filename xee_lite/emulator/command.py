"""The command that serves a local Earth Engine: ``python -m xee_lite.emulator``, and ``xee-lite emulator``."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from .faults.spelling import parse_faults
from .request_limits import MEMORY
from .server import start


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", type=click.IntRange(0, 65535), default=8989, show_default=True, help="0 takes a free one.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of GeoTIFFs.")
@click.option("--project", default="xee-lite", show_default=True, help="Project of the folder's assets.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback unless you say otherwise.")
@click.option("--exports", type=click.Path(file_okay=False, path_type=Path), help="Folder for files of exports.")
@click.option("--token", help="Bearer token that requests must carry.")
@click.option(
    "--memory",
    type=click.IntRange(1),
    default=MEMORY,
    show_default=True,
    help="Bytes that one request may take; more is refused.",
)
@click.option("--faults", help="What goes wrong on purpose, such as latency=0.5,503=0.02,reset=0.01,seed=7.")
def emulator(
    port: int,
    data: Path | None,
    project: str,
    host: str,
    exports: Path | None,
    token: str | None,
    memory: int,
    faults: str | None,
) -> None:
    """Serve a local Earth Engine until Ctrl-C.

    It has stand-ins for widely used datasets, and each GeoTIFF of --data as an asset with the properties of the STAC
    Item beside it.
    """
    try:
        parsed = parse_faults(faults or "")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--faults") from error
    try:
        earth = start(
            data=data,
            port=port,
            project=project,
            host=host,
            faults=parsed,
            exports=exports,
            token=token,
            memory=memory,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.ClickException(error.strerror or str(error)) from error
    with earth:
        module = "auth" if token is None else "oauth2"
        credentials = "AnonymousCredentials()" if token is None else f"Credentials({token!r})"
        click.echo(f"A local Earth Engine listens at {earth.url}. In Python:\n")
        click.echo(f"  import ee, google.{module}.credentials")
        click.echo(f"  ee.Initialize(google.{module}.credentials.{credentials},")
        click.echo(f"                url={earth.url!r}, project={project!r})\n")
        click.echo(f"ArcGIS clients find the same assets at {earth.url}/arcgis/rest/services.\n")
        click.echo("Ctrl-C ends it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("Ended.")
