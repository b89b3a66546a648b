"""Image services as a driver: their URLs are recognized without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .address import is_service_url

if TYPE_CHECKING:
    from ..source import Driver, Query
    from .source import ImageServerSource


class ImageServerDriver:
    """Opens the URLs of image services, and refuses those of other services of an ArcGIS server."""

    own_arguments: frozenset[str] = frozenset({"rasters", "transport"})

    def recognizes(self, obj: object) -> bool:
        """URLs of services of an ArcGIS server."""
        return is_service_url(obj)

    def plain(self, value: object) -> object:
        """The value itself: there are no types of the service's own."""
        return value

    def open(self, obj: object, query: Query) -> ImageServerSource:
        """Ask a service about itself."""
        from .description import describe  # noqa: PLC0415 - HTTP is slow to import, and xarray loads every engine's module

        return describe(obj, query)


_: type[Driver] = ImageServerDriver
