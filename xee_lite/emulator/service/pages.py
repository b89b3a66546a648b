"""Pages of listings, and the tokens that name the next one."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from ..errors import EarthError
from . import payload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a listing is asked for."""

    offset: int
    size: int

    @classmethod
    def parse(cls, fields: Mapping[str, object], max_size: int) -> Page:
        """Read ``pageSize`` and ``pageToken``, from a query or a body.

        A larger page than there is becomes the largest, 0 or none the service's choice, which is the largest too.
        """
        token = payload.text(fields.get("pageToken", ""), "pageToken")
        return cls(_offset(token), _size(fields.get("pageSize", 0), max_size))

    def of(self, entries: Iterable[Entry]) -> tuple[list[Entry], str | None]:
        """The page's entries, and the token of the next page if there is one."""
        found = list(islice(entries, self.offset, self.offset + self.size + 1))
        return found[: self.size], self._next_token() if len(found) > self.size else None

    def _next_token(self) -> str:
        return base64.urlsafe_b64encode(f"after {self.offset + self.size}".encode()).decode()


def _size(value: object, max_size: int) -> int:
    try:
        size = int(value) if isinstance(value, str) else payload.integer(value, "page_size")
    except (ValueError, EarthError):
        size = -1
    if size < 0:
        raise EarthError(f"Invalid value at 'page_size' (TYPE_INT32), \"{str(value)[:50]}\"")
    return min(size or max_size, max_size)


def _offset(token: str) -> int:
    if not token:
        return 0
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    match = re.fullmatch(r"after ([0-9]{1,12})", text)
    if match is None:
        raise EarthError(f"Invalid page token '{token[:50]}'.")
    return int(match[1])
