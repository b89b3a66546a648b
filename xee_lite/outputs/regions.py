"""The argument ``region`` of `thumbnail` and `download`, which is ``bbox`` of ``open_dataset``."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def region_argument() -> Iterator[None]:
    """Within this block messages about ``bbox=`` name the argument ``region=`` instead."""
    try:
        yield
    except InputError as error:
        message = re.sub(r"\bbbox=", "region=", str(error))
        if message == str(error):
            raise
        raise InputError(message) from error
