"""One request, as the handler of a method sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import payload
from .encode import Encoded
from .payload import Json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes
    ----------
    method : str
        ``projects.assets.get``.
    name : str
        Name of the resource: ``projects/p``, ``projects/p/assets/x``, ``projects/p/maps/id``.
    path : mapping of str to str
        What else the path holds: ``x``, ``y``, ``zoom``.
    query : mapping of str to str
    raw : bytes
        The body.
    root_url : str
        How the client calls this server, with the closing slash.
    """

    method: str
    name: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    root_url: str = ""

    @property
    def project(self) -> str:
        """``projects/p``."""
        return "/".join(self.name.split("/")[:2])

    def body(self, *fields: str) -> Json:
        """The body, a JSON object of these fields (of any, if none is named)."""
        return payload.message(payload.parse(self.raw), "", frozenset(fields) if fields else None)


Result = Json | Encoded
"""A JSON object, or content of another kind."""
