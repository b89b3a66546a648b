"""A local Earth Engine for each test, through the official client over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite import emulator, set_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator


@pytest.fixture
def serve(pytestconfig: pytest.Config) -> Iterator[Serve]:
    """Start an emulator with these assets or this folder, and point ``ee`` at it."""
    running: list[Emulator] = []
    under_mask = "junk" if pytestconfig.getoption("--junk") else "zero"

    def start(**options: Any) -> Emulator:
        earth = emulator.start(**{"under_mask": under_mask, **options})
        running.append(earth)
        earth.initialize()
        earth.requests.clear()
        return earth

    with set_options(request_deadline=0):
        yield start
    for earth in running:
        earth.stop()
    ee.Reset()
