"""A running emulator whose assets the local Image Server serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.imageserver.imaging import ONE, SERIES, assets, service
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.emulator.imageserver.imaging import Service


@pytest.fixture(scope="session")
def images() -> Iterator[emulator.Emulator]:
    with emulator.start(assets=assets()) as running:
        yield running


@pytest.fixture(scope="session")
def series(images: emulator.Emulator) -> Service:
    """Three scenes of two bands, a day and twenty columns apart."""
    return service(images, SERIES)


@pytest.fixture(scope="session")
def one(images: emulator.Emulator) -> Service:
    """The first scene alone."""
    return service(images, ONE)


@pytest.fixture
def serving() -> Iterator[Callable[..., Service]]:
    """Serve an asset of a server of its own, with options of its own."""
    running: list[emulator.Emulator] = []

    def start(asset: str = SERIES, **options: object) -> Service:
        running.append(
            emulator.start(assets=assets(), image_server=emulator.ImageServerOptions(**options))  # type: ignore[arg-type]
        )
        return service(running[-1], asset)

    yield start
    for one in running:
        one.stop()
