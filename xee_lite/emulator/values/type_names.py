"""What types of values are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..pixels.image import Image
from .collection import Collection
from .function import Function

if TYPE_CHECKING:
    from ..evaluator.value import Value

_TYPE_NAMES: dict[type, str] = {
    type(None): "Null",
    bool: "Boolean",
    int: "Integer",
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
