"""Values of arguments that come in more than one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterable


def one_of(name: str, value: object, alias: str, other: object) -> Any:  # noqa: ANN401 - whichever was given
    """One argument under two names."""
    if value is not None and other is not None:
        raise InputError(f"{name}= and {alias}= are two names of one thing: pass one of them.")
    return value if value is not None else other


def names_of(argument: str, names: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """A name, or several different ones; None for none.

    Raises
    ------
    InputError
        If it is neither text nor a list of different texts.
    """
    if names is None:
        return None
    try:
        found = (names,) if isinstance(names, str) else tuple(names)
    except TypeError as error:
        raise InputError(f"{argument}={brief(names)} is not a list of different names.") from error
    if not all(isinstance(name, str) for name in found) or len(set(found)) != len(found):
        raise InputError(f"{argument}={brief(names)} is not a list of different names.")
    return found
