"""The pytest fixture ``earth``: a local Earth Engine for each test that asks for one.

A ``conftest.py`` enables it by one line. The client library and the server are imported by the first test that uses
it::

    pytest_plugins = ["xee_lite.testing.plugin"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .local import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..emulator import Emulator


@pytest.fixture
def earth_options() -> dict[str, Any]:
    """Options of `xee_lite.emulator.start` for `earth`; override it in a module or a ``conftest.py``."""
    return {}


@pytest.fixture
def earth(earth_options: dict[str, Any]) -> Iterator[Emulator]:
    """A local Earth Engine at a free port, which ``ee`` talks to for the length of a test."""
    with local_earth(**earth_options) as running:
        yield running
