"""A local Earth Engine for each module of clients: scenes of hard pixels, and the public stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.interop.scenes import assets
from xee_lite.testing import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where exports go that are meant for Drive or Cloud Storage."""
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(scope="module", autouse=True)
def earth(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator that ``ee`` talks to."""
    folder = tmp_path_factory.mktemp("data")
    with local_earth(assets=assets(), data=folder, exports=exported, project="test-project") as running:
        yield running
