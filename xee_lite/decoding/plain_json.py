"""JSON of a sane size: 100 MB of ``[[]]`` would become 3.7 GB of lists."""

from __future__ import annotations

import json
from typing import Any

from ..errors import WireError


def parse_json(content: bytes | bytearray, most_values: int) -> dict[str, Any]:
    """The object that a reply is.

    Raises
    ------
    WireError
        If it is none, or has more values than expected.
    """
    check_json(content, most_values)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the reply can not be read as JSON: it begins with {bytes(content[:40])!r}") from error
    if not isinstance(found, dict):
        raise WireError(f"the reply is JSON, but no object: it begins with {bytes(content[:40])!r}")
    return found


def check_json(content: bytes | bytearray, most_values: int) -> None:
    """Refuse JSON of too many values before it is parsed.

    Each value but the first comes after a bracket or a comma; those within texts are counted too.
    """
    values = sum(content.count(sign) for sign in (b",", b"[", b"{"))
    if values > most_values:
        raise WireError(f"the reply has some {values} JSON values, but at most {most_values} were expected")
