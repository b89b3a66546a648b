"""One service for all live tests, a limit on what they cost, and what they cost told in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import xee_lite
from tests.live.service import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.service import Service

MOST_EECU_SECONDS = 3600.0
"""Of all live tests together: an hour. No request goes out that would pass it."""


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> str | None:
    """The project on the real service, or None for the local one."""
    if not pytestconfig.getoption("--live"):
        return None
    found: str | None = pytestconfig.getoption("--project")
    if not found:
        pytest.exit("--live needs --project NAME, or EARTHENGINE_PROJECT in the environment.", returncode=4)
    return found


@pytest.fixture(scope="module")
def service(project: str | None, pytestconfig: pytest.Config) -> Iterator[Service]:
    with connect(project) as found, xee_lite.profile() as cost, xee_lite.set_options(eecu_limit=MOST_EECU_SECONDS):
        yield found
    pytestconfig.stash.setdefault(COSTS, []).append(str(cost.total))


COSTS = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the tests cost on the real service."""
    for cost in config.stash.get(COSTS, []) if config.getoption("--live") else []:
        terminalreporter.write_line(f"Cost of the live tests: {cost}")
