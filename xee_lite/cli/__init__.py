"""The ``xee-lite`` command."""

from __future__ import annotations

import click

from . import service, source_options
from .demo import demo
from .download import download
from .emulator import emulator
from .export import export
from .group import ExitCodes, debug_option
from .imageserver import imageserver
from .info import info
from .looks import group_options
from .plan import plan
from .reduce import reduce
from .sample import sample
from .search import search
from .thumbnail import thumbnail

__all__ = ["cli", "main"]


@click.group(cls=ExitCodes, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xee_lite")
@debug_option
def cli() -> None:
    """Earth Engine and ArcGIS Image Servers in xarray, and local ones to try it on.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """


for command in (info, search, plan, export, sample, reduce, download, thumbnail, imageserver, demo, emulator):
    cli.add_command(command)
    panels = {"Source and grid": source_options.OPTIONS, "Which Earth Engine": service.OPTIONS}
    group_options(f"xee-lite {command.name}", panels)


def main() -> None:
    """Run the command; a failure is one sentence on standard error, and an exit code."""
    cli()
