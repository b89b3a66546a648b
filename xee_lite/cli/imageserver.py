"""``xee-lite imageserver``: the catalogue and the original files of an ArcGIS image service."""

from __future__ import annotations

import click

from .imageserver_download import download
from .imageserver_info import info
from .imageserver_query import query
from .looks import Group


@click.group(cls=Group)
def imageserver() -> None:
    """Look at an ArcGIS image service, list its rasters, and download their files.

    Wherever another command takes the ID of an asset, the URL of a service opens it.
    """


for command in (info, query, download):
    imageserver.add_command(command)
