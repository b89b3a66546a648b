"""Options of the test suite."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The same examples in every run, and no clock: a failure is found again, and a slow machine finds none.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("long", settings.get_profile("suite"), max_examples=50 * settings().max_examples)
settings.load_profile("suite")

SKIPPED = {"live": "needs --live and an Earth Engine account", "long": "needs --long, and takes minutes"}
"""Why tests with these marks stay out, unless the option of the same name asks for them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--live``, ``--long`` and ``--junk``."""
    parser.addoption("--live", action="store_true", help="run tests on the real Earth Engine (EARTHENGINE_PROJECT)")
    parser.addoption("--long", action="store_true", help="run tests that take long, and 50 times as many examples")
    parser.addoption("--junk", action="store_true", help="have the client's tests find junk under the masks of floats")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples a property is tried on."""
    if config.getoption("--long"):
        settings.load_profile("long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what was not asked for."""
    for mark, reason in SKIPPED.items():
        for item in () if config.getoption(f"--{mark}") else items:
            if mark in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))
