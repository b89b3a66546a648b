"""A local Earth Engine for each test, through the official client over HTTP."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite import emulator, set_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator


class Servers:
    """The servers of a module's tests, of which one may go on from a test into the next.

    To start one, to point ``ee`` at it and to stop it takes a third of a second: more than most tests do with it.
    """

    def __init__(self) -> None:
        self._running: list[Emulator] = []
        self._options: dict[str, Any] = {}
        self._stopping: list[Thread] = []

    def start(self, options: dict[str, Any]) -> Emulator:
        """Start one, and point ``ee`` at it."""
        earth = emulator.start(**options)
        self._running.append(earth)
        self._options = options
        earth.initialize()
        return earth

    def kept(self, options: dict[str, Any]) -> Emulator | None:
        """The server of the test before, if it serves the same objects: equal ones may be changed apart."""
        if not self._running or not ee.data.is_initialized() or options.keys() != self._options.keys():
            return None
        return self._running[0] if all(options[name] is value for name, value in self._options.items()) else None

    def end_test(self) -> None:
        """Keep a single server without faults or anything else that changes from request to request."""
        if len(self._running) > 1 or not self._options.keys() <= {"assets", "data", "under_mask"}:
            self.stop()

    def stop(self) -> None:
        """Stop all of them, which the next test need not wait for."""
        for earth in self._running:
            thread = Thread(target=earth.stop)
            thread.start()
            self._stopping.append(thread)
        self._running.clear()
        ee.Reset()

    def close(self) -> None:
        """Stop all of them, and wait."""
        self.stop()
        while self._stopping:
            self._stopping.pop().join()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    found = Servers()
    yield found
    found.close()


@pytest.fixture
def serve(servers: Servers, pytestconfig: pytest.Config) -> Iterator[Serve]:
    """Serve these assets or this folder by an emulator, and point ``ee`` at it.

    Consecutive tests that serve the very same assets or folder, and pass nothing else, share a server; each begins with
    an empty log of requests. A test that changes its server or the settings of ``ee`` passes a copy of the assets.
    With ``--junk`` the masked pixels of float bands are not 0.
    """
    fresh = True
    junk = {"under_mask": "junk"} if pytestconfig.getoption("--junk") else {}

    def start(**asked: Any) -> Emulator:
        nonlocal fresh
        options = {**junk, **asked}
        earth = servers.kept(options) if fresh else None
        if fresh and earth is None:
            servers.stop()
        fresh = False
        earth = earth or servers.start(options)
        earth.requests.clear()
        return earth

    with set_options(request_deadline=0):
        yield start
    servers.end_test()
