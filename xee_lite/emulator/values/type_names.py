"""Names of the types of values, as messages have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..images.image import Image
from .collection import Collection
from .function import Function

if TYPE_CHECKING:
    from ..value import Value


class Long(int):
    """An integer that a cast has made, of whatever width: ``ObjectType`` distinguishes it from a literal one.

    By the sample of ``ee.Algorithms.ObjectType`` in the service's reference; a further computation gives an int.
    """


_TYPE_NAMES: dict[type, str] = {
    type(None): "Null",
    bool: "Boolean",
    int: "Integer",
    Long: "Long",
    float: "Float",
    str: "String",
    list: "List",
    dict: "Dictionary",
    bytes: "Blob",
    Image: "Image<unknown bands>",
    Function: "Algorithm",
}


def type_name(value: Value) -> str:
    """The name of a value's type, as the service's messages have it."""
    if isinstance(value, Collection):
        return f"{value.kind}Collection"
    return _TYPE_NAMES.get(type(value), type(value).__name__)
