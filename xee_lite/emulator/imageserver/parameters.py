"""Parameters of a request: names in any case, values of the query or of a form, each read as what it should be."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .envelope import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_BARE_NAME = re.compile(r"([{,]\s*)([A-Za-z_]\w*)\s*:", re.ASCII)
MAX_VALUES = 100_000
"""Numbers in one parameter."""


class Parameters:
    """What a request says; a parameter without text counts as absent.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Of the query first, then of the form; the last one of a name counts.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values = {name.lower(): value.strip() for name, value in pairs}

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        return self._values.get(name.lower()) or default

    def number(self, name: str) -> float | None:
        """A finite number."""
        text = self.text(name)
        return to_number(text, name) if text else None

    def integer(self, name: str) -> int | None:
        """A whole number."""
        text = self.text(name)
        return to_integer(text, name) if text else None

    def flag(self, name: str, default: bool = False) -> bool:
        """Truth: ``true`` or ``false``."""
        text = self.text(name).lower()
        if text not in ("", "true", "false", "1", "0"):
            raise invalid(f"Parameter '{name}' is neither true nor false.")
        return default if not text else text in ("true", "1")

    def integers(self, name: str) -> list[int] | None:
        """A comma list of whole numbers."""
        text = self.text(name)
        return [to_integer(part, name) for part in split(text, name)] if text else None

    def numbers(self, name: str) -> list[float] | None:
        """A comma list of numbers."""
        text = self.text(name)
        return [to_number(part, name) for part in split(text, name)] if text else None

    def json(self, name: str) -> Any:  # noqa: ANN401 - whatever the client sent
        """JSON; None where it is absent."""
        text = self.text(name)
        return parse_json(text, name) if text else None

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A JSON object; empty where it is absent."""
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"Parameter '{name}' is no JSON object.")
        return value or {}


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The pairs of a form as browsers send it (``application/x-www-form-urlencoded``).

    Raises
    ------
    ServerError
        If it is not text.
    """
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise invalid("The body of the request is no form.") from error


def parse_json(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the client sent
    """JSON, in which names may stand without quotes, as the examples of the documentation have them."""
    for spelling in (text, _BARE_NAME.sub(r'\1"\2":', text)):
        try:
            return json.loads(spelling)
        except (ValueError, RecursionError):
            continue
    raise invalid(f"Parameter '{name}' is no JSON.")


def split(text: str, name: str) -> list[str]:
    """The parts of a comma list."""
    parts = [part.strip() for part in text.strip("[]").split(",")]
    if len(parts) > MAX_VALUES:
        raise invalid(f"Parameter '{name}' has too many values.")
    return parts


def to_number(value: object, name: str) -> float:
    """A finite number, from text or JSON."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or "_" in str(value):
        raise invalid(f"Parameter '{name}' is no number.")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise invalid(f"Parameter '{name}' is no number.") from None
    if not math.isfinite(number):
        raise invalid(f"Parameter '{name}' is no finite number.")
    return number


def to_integer(value: object, name: str) -> int:
    """A whole number, from text or JSON."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not _INTEGER.fullmatch(str(value)):
        raise invalid(f"Parameter '{name}' is no whole number.")
    return int(value)
