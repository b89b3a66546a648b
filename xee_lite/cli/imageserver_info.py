"""``xee-lite imageserver info``: the description of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .group import debug_option
from .image_service_info import print_service
from .imageserver_options import service_url_argument
from .looks import Command
from .output import json_option

if TYPE_CHECKING:
    from .image_service import ImageService


@click.command(cls=Command)
@service_url_argument
@json_option
@debug_option
def info(service: ImageService, as_json: bool) -> None:
    """Say what the service at URL is: bands, types, grid, rasters, dates, limits. No pixel is read."""
    with service.session():
        print_service(service.url, None, None, as_json=as_json)
