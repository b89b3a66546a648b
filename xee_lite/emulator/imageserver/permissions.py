"""What a service allows, by its capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .description import capabilities
from .envelope import ServerError

if TYPE_CHECKING:
    from .options import ImageServerOptions
    from .services import ImageService


def require(service: ImageService, options: ImageServerOptions, *names: str) -> None:
    """Refuse what a service does not allow; with ``TilesOnly`` there are no images but tiles.

    Raises
    ------
    ServerError
        In words of this emulator: the server's own are unknown.
    """
    found = {name.lower() for name in capabilities(service, options)}
    for name in names:
        if name.lower() not in found or (name == "Image" and "tilesonly" in found):
            raise ServerError("Requested operation is not supported by this service.", f"It needs {name}.")
