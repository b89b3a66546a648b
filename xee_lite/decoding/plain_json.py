"""JSON objects, with a bound on the number of their values: 100 MB of ``[[]]`` would become 3.7 GB of lists."""

from __future__ import annotations

import json
from typing import Any

from ..errors import WireError


def parse_json(content: bytes | bytearray, max_values: int) -> dict[str, Any]:
    """Parse a reply that is an object.

    Raises
    ------
    WireError
        If it is no object, or has more values than expected.
    """
    check_json(content, max_values)
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the reply can not be read as JSON: it begins with {bytes(content[:40])!r}") from error
    if not isinstance(parsed, dict):
        raise WireError(f"the reply is JSON, but no object: it begins with {bytes(content[:40])!r}")
    return parsed


def check_json(content: bytes | bytearray, max_values: int) -> None:
    """Refuse JSON of too many values before it is parsed.

    Each value but the first follows a bracket or a comma; brackets and commas within texts are counted too.

    Raises
    ------
    WireError
        If it has more values than expected.
    """
    values = sum(content.count(sign) for sign in (b",", b"[", b"{"))
    if values > max_values:
        raise WireError(f"the reply has some {values} JSON values, but at most {max_values} were expected")
