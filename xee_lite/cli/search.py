"""``xee-lite search``: assets whose id, title or description has some words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import PermanentError
from .group import debug_option
from .looks import Command
from .output import json_option, print_json, print_table
from .service import service_options

if TYPE_CHECKING:
    from ..earthengine.listing import Asset
    from .service import Service


@click.command(cls=Command)
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--below", metavar="FOLDER", multiple=True,
    help="Look in this folder or project only, such as LANDSAT; may be repeated.",
)  # fmt: skip
@service_options
@json_option
@debug_option
def search(words: tuple[str, ...], below: tuple[str, ...], service: Service, as_json: bool) -> None:
    """Find assets that have all WORDS in their id, title, description, keywords or provider.

    It looks at what the service lists: the assets of the project and the public catalogue, folder by folder. Earth
    Engine itself has no search by words.
    """
    from ..earthengine.listing import PUBLIC  # noqa: PLC0415 - ee is slow to import

    with service.session() as project:
        assets, refused = _listed(below or (f"projects/{project}", PUBLIC), required=bool(below))
    for sentence in refused:
        click.echo(f"xee-lite: {sentence}", err=True)
    wanted = [word.casefold() for word in words]
    matching = [asset for asset in assets if all(word in asset.text.casefold() for word in wanted)]
    if as_json:
        print_json({"assets": [{"id": asset.id, "type": asset.kind, "title": asset.title} for asset in matching]})
    elif matching:
        print_table(("id", "type", "title"), [(asset.id, asset.kind.lower(), asset.title) for asset in matching])
    else:
        click.echo(f"None of {len(assets)} assets has {' and '.join(map(repr, words))}.")


def _listed(parents: tuple[str, ...], *, required: bool) -> tuple[list[Asset], list[str]]:
    """The assets below some parents, each once, and a sentence about each parent that the service does not list."""
    from ..earthengine.listing import assets_below  # noqa: PLC0415 - ee is slow to import

    assets: dict[str, Asset] = {}
    refused: list[str] = []
    failure: PermanentError | None = None
    for parent in parents:
        try:
            assets |= {asset.id: asset for asset in assets_below(parent)}
        except PermanentError as error:
            if required:
                raise
            failure = error
            refused.append(f"the service does not list {parent}; --below names a folder that it does.")
    if failure is not None and len(refused) == len(parents):
        raise failure
    return list(assets.values()), refused
