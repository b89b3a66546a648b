"""The ``xee-lite`` command."""

from __future__ import annotations

import sys

import click

from ..errors import XeeLiteError
from .demo import demo
from .emulator import emulator
from .plan import plan

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xee_lite")
def cli() -> None:
    """Earth Engine in xarray, and a local Earth Engine to try it on."""


cli.add_command(demo)
cli.add_command(emulator)
cli.add_command(plan)


def main() -> None:
    """Run the command; what goes wrong is said in a sentence."""
    try:
        cli()
    except ModuleNotFoundError as error:
        _fail(f"{error.name} is not installed: run  pip install 'xee_lite[demo]'  for all that this command needs.")
    except (XeeLiteError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    click.echo(f"xee-lite: {message}", err=True)
    sys.exit(1)
