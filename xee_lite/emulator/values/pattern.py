"""Regular expressions as the service takes them."""

from __future__ import annotations

import re

from ..errors import EarthError

CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "A-Za-z0-9_",
    "xdigit": "A-Fa-f0-9",
}
"""Names of POSIX inside of brackets, ``[[:space:]]``, which Python's expressions do not know."""


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
    for name, characters in CLASSES.items():
        regex = regex.replace(f"[:{name}:]", characters)
    try:
        return re.compile(regex, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise EarthError(f"{where}: Invalid regular expression '{regex}': {error}.") from error
