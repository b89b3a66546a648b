"""Regular expressions as the service takes them."""

from __future__ import annotations

import re

from ..errors import EarthError


def compile_pattern(regex: str, flags: str, where: str) -> re.Pattern[str]:
    """Compile a regular expression with the flags ``g`` (which is the caller's to mind) and ``i``.

    Raises
    ------
    EarthError
        If the expression or a flag is not valid.
    """
    unknown = set(flags) - set("gi")
    if unknown:
        raise EarthError(f"{where}: Unknown regular expression flag '{min(unknown)}'; the flags are 'g' and 'i'.")
    try:
        return re.compile(regex, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise EarthError(f"{where}: Invalid regular expression '{regex}': {error}.") from error
