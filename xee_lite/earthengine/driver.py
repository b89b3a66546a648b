"""Earth Engine as a driver: which sources are its own, without importing the client library before it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..source import Driver, Query
    from .source import EarthEngineSource

_URI = "ee://"


class EarthEngineDriver:
    """Opens ``ee`` images and collections, and asset ids."""

    own_arguments: frozenset[str] = frozenset()

    def recognizes(self, obj: object) -> bool:
        """Images and collections of ``ee``, and ids that begin with "ee://": other texts may be anything."""
        if isinstance(obj, str):
            return obj.startswith(_URI)
        kind = type(obj)
        return kind.__module__.split(".")[0] == "ee" and kind.__name__ in ("Image", "ImageCollection")

    def plain(self, value: object) -> object:
        """The GeoJSON of a geometry of ``ee``, and the CRS of a projection; anything else stays what it is."""
        if not any(kind.__module__.split(".")[0] == "ee" for kind in type(value).__mro__):
            return value
        from .user_values import plain  # noqa: PLC0415 - as below

        return plain(value)

    def open(self, obj: object, query: Query) -> EarthEngineSource:
        """Ask the service to describe an image, a collection or an asset."""
        from .description import describe  # noqa: PLC0415 - ee is slow to import, and xarray loads every engine's module

        return describe(_without_uri(obj), query)


def _without_uri(obj: object) -> object:
    """The same without "ee://" before asset ids."""
    if isinstance(obj, str):
        return obj.removeprefix(_URI)
    if isinstance(obj, list | tuple):
        return [part.removeprefix(_URI) if isinstance(part, str) else part for part in obj]
    return obj


_: type[Driver] = EarthEngineDriver
