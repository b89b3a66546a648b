"""Values of arguments that come in more than one form, or have to be one of a few."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

from .errors import InputError, brief
from .grids.user_values import whole_numbers_of
from .options import OPTIONS
from .planning.limits import Budget
from .planning.sizes import human_bytes, parse_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .planning.limits import Limits

Errors = Literal["raise", "record"]
"""What becomes of a request that fails for good."""


def one_of(name: str, value: object, alias: str, other: object) -> Any:  # noqa: ANN401 - whichever was given
    """The value of one argument that has two names.

    Raises
    ------
    InputError
        If both were given.
    """
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
        listed = (names,) if isinstance(names, str) else tuple(names)
    except TypeError as error:
        raise InputError(f"{argument}={brief(names)} is not a list of different names.") from error
    if not all(isinstance(name, str) for name in listed) or len(set(listed)) != len(listed):
        raise InputError(f"{argument}={brief(names)} is not a list of different names.")
    return listed


def rasters_of(rasters: object) -> str | tuple[int, ...] | None:
    """A choice of rasters: "mosaic", "catalog", "time", or different ids.

    Raises
    ------
    InputError
        If it is none of these.
    """
    if rasters is None or (isinstance(rasters, str) and rasters in ("mosaic", "catalog", "time")):
        return rasters
    single = whole_numbers_of((rasters,), 1)
    try:
        ids = single if single is not None else whole_numbers_of(rasters, len(rasters))  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        ids = None
    if not ids:
        raise InputError(
            f"rasters={brief(rasters)} names no rasters: pass 'mosaic', 'catalog', 'time', or ids, which are whole "
            "numbers."
        )
    return tuple(dict.fromkeys(ids))


def budget_of(request_bytes: int | str | None, limits: Limits) -> Budget:
    """Bytes that one request may count, to a service with these limits.

    Raises
    ------
    InputError
        If the user allows more than the service takes.
    """
    if request_bytes is None:
        return Budget(limits.default_bytes, OPTIONS.concurrency(limits.concurrent_requests), limits.least_bytes)
    max_bytes = parse_bytes(request_bytes)
    if max_bytes > limits.request_bytes:
        raise InputError(
            f"request_bytes={request_bytes!r} is {human_bytes(max_bytes)}: pass at most "
            f"{human_bytes(limits.request_bytes)}, which is what the service takes in one request."
        )
    return Budget(max_bytes)


def check_nodata(nodata: object) -> None:
    """Refuse what is neither "exact" nor a number that a band may have, nor a mapping of these by band.

    Raises
    ------
    InputError
        With what to pass.
    """
    numbers: Iterable[object] = nodata.values() if isinstance(nodata, Mapping) else (nodata,)
    for number in numbers:
        real = isinstance(number, Real) and not isinstance(number, bool)
        if number != "exact" if isinstance(number, str) else not real:
            raise InputError(f"nodata={brief(number)}: pass 'exact', a number, or a mapping of these by band.")
        if isinstance(number, Integral) and abs(int(number)) >= 2**64:
            raise InputError(f"nodata={brief(number)} exists in no band: integers have at most 64 bits.")


def check_mask_and_scale(value: object) -> None:
    """Refuse what is neither True nor False, nor a mapping of these by variable.

    Raises
    ------
    InputError
        With what to pass.
    """
    choices = value.values() if isinstance(value, Mapping) else (value,)
    if not all(isinstance(choice, bool) for choice in choices):
        raise InputError(f"mask_and_scale={brief(value)}: pass True, False, or a mapping of these by band.")


def check_errors(errors: object) -> None:
    """Refuse what does not say what becomes of failures.

    Raises
    ------
    InputError
        With what to pass.
    """
    if errors not in ("raise", "record"):
        raise InputError(f"errors={brief(errors)}: pass 'raise', or 'record' to go on and list what failed.")
