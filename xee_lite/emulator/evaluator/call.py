"""Calling an algorithm: its arguments are checked and promoted after the served signature."""

from __future__ import annotations

import inspect
import sys
from functools import cache
from typing import TYPE_CHECKING

from shapely.errors import GEOSException

from ..errors import EarthError, NotImplementedHereError, reword_error
from ..images.image import Image
from ..profiling import note_call
from ..request_limits import hold, spend
from ..values.array import Array
from ..values.feature import Feature
from .coerce import coerce, decode_default
from .registry import REGISTRY, Argument, Signature, signatures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..value import Value
    from .context import Context


def call(name: str, given: Mapping[str, Value], context: Context) -> Value:
    """Call an algorithm by its name.

    Parameters
    ----------
    name : str
        Name as served, without ``algorithms/``.
    given : mapping
        Arguments by their served names. A null stands for an argument that was left out.
    context : Context
        Handed to the algorithms that ask for it.

    Raises
    ------
    NotImplementedHereError
        If the service has the algorithm, and this emulator has not.
    EarthError
        If there is no such algorithm, or the arguments do not fit its signature.
    """
    signature = signatures().get(name)
    if signature is None:
        raise EarthError(f"Unknown algorithm: '{name}'.")
    unknown = given.keys() - {argument.name for argument in signature.arguments}
    if unknown:
        raise EarthError(f"{name}: Unrecognized argument '{min(unknown)}'.")
    function = REGISTRY.get(name)
    if function is None:
        raise NotImplementedHereError(f"{name}: This emulator does not implement this algorithm.")
    values = [_value(signature, argument, given) for argument in signature.arguments]
    note_call(name)
    surroundings = {"context": context} if _takes_context(name) else {}
    try:
        result = function(*values, **surroundings)
    except EarthError as error:
        if not error.message.startswith("Error in map("):
            raise
        # Seen from the service: what a mapped collection raises gets the name of the algorithm that looked at it,
        # as in "Collection.toList: Error in map(ID=2024092718F000):".
        raise reword_error(error, f"{name}: {error.message}") from error
    except GEOSException as error:  # of coordinates that are not finite, or beyond double precision
        raise EarthError(f"{name}: The geometries can not be computed with: {error}.") from error
    _count(result)
    return result


def _count(result: Value) -> None:
    """Count the memory of a value: each alone is small, and it is doubling one in an iteration that fills a memory."""
    match result:
        case str() | bytes():
            spend(1, sys.getsizeof(result))
        case list() | dict():
            spend(len(result))
        case Array():
            hold(result.values, result.values.nbytes)
        case Image() | Feature():
            hold(result, result.size)


def _value(signature: Signature, argument: Argument, given: Mapping[str, Value]) -> Value:
    value = given.get(argument.name)
    if value is not None:
        return coerce(value, argument.type, f"{signature.name}, argument '{argument.name}'")
    if argument.optional:
        return decode_default(argument.default, argument.type)
    null = " and may not be null" if argument.name in given else ""
    raise EarthError(f"{signature.name}: Parameter '{argument.name}' is required{null}.")


@cache
def _takes_context(name: str) -> bool:
    return "context" in inspect.signature(REGISTRY[name]).parameters
