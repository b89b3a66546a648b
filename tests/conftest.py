"""Options of the test suite."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The same examples in every run, and no clock: a failure is found again, and a slow machine finds none.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--live``: tests that need an Earth Engine account stay out unless they are asked for."""
    parser.addoption("--live", action="store_true", help="run tests on the real Earth Engine (EARTHENGINE_PROJECT)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs an account."""
    if not config.getoption("--live"):
        for item in items:
            if "live" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="needs --live and an Earth Engine account"))
