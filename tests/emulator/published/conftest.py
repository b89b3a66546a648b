"""The samples of the reference read public assets: here the stand-ins for them."""

from __future__ import annotations

import pytest

from xee_lite.emulator.catalogue.standin import StandIns


@pytest.fixture(scope="package")
def catalogue() -> StandIns:
    return StandIns()
