"""A bearer token, so that the way in which clients authenticate is exercised."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from ..errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN = frozenset({"discovery", "getThumbnail", "getTile", "getTable"})
"""Kinds that need no token: the document, and what is fetched by a plain GET of a name that cannot be guessed."""
_EXPECTED = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def check_token(headers: Mapping[str, str], token: str) -> None:
    """Refuse a request that does not carry the token.

    Raises
    ------
    EarthError
        401, in the words of Google's front end.
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if not given or scheme.lower() != "bearer":
        raise EarthError(f"Request is missing required authentication credential. {_EXPECTED}", 401, "UNAUTHENTICATED")
    if not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise EarthError(f"Request had invalid authentication credentials. {_EXPECTED}", 401, "UNAUTHENTICATED")
