"""The argument ``region`` of the ways out: what ``open_dataset`` takes as ``bbox``, which takes geometries too."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def region_argument() -> Iterator[None]:
    """Have messages about the region call it as the user did."""
    try:
        yield
    except InputError as error:
        message = re.sub(r"\bbbox=", "region=", str(error))
        if message == str(error):
            raise
        raise InputError(message) from error
