"""One request to the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parameters import Parameters


@dataclass(frozen=True, slots=True)
class ServerCall:
    """One request.

    Attributes
    ----------
    parameters : Parameters
    path : mapping of str to str
        What the path holds: ``service``, ``raster``, ``name``.
    root_url : str
        How the client calls this server, with ``/arcgis``, without a closing slash.
    headers : mapping of str to str
        In lower case.
    posted : bool
        Whether it came by POST.
    """

    parameters: Parameters
    path: Mapping[str, str]
    root_url: str
    headers: Mapping[str, str]
    posted: bool = False
