"""Options of the test suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.examples import MANY

# The same examples in every run, and no clock: a failure is found again, and a slow machine finds none.
settings.register_profile("suite", max_examples=100, derandomize=True, deadline=None)
settings.load_profile("suite")

SKIPPED = {"long": "needs --long, and takes minutes"}
"""Why tests with these marks stay out, unless the option of the same name asks for them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--live``, ``--project``, ``--long``, ``--random`` and ``--junk``."""
    parser.addoption("--live", action="store_true", help="run tests/live on the real Earth Engine, not on a local one")
    parser.addoption(
        "--project",
        default=os.environ.get("EARTHENGINE_PROJECT"),
        help="the Cloud project of --live (default: EARTHENGINE_PROJECT)",
    )
    parser.addoption("--long", action="store_true", help=f"run tests that take long, and {MANY} times as many examples")
    parser.addoption(
        "--random", action="store_true", help="draw other examples in every run; a failure says how to repeat it"
    )
    parser.addoption("--junk", action="store_true", help="have the client's tests find junk under the masks of floats")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples a property is tried on, and which."""
    suite = settings.get_profile("suite")
    random = config.getoption("--random")
    settings.register_profile(
        "chosen",
        suite,
        max_examples=suite.max_examples * (MANY if config.getoption("--long") else 1),
        derandomize=not random,
        print_blob=random,
    )
    settings.load_profile("chosen")


LONGEST = ("test_benchmarks.py", "test_cli.py")
"""Files whose single tests take longest. They begin first, so that no worker of pytest-xdist does one alone while the
others have nothing left to do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what was not asked for, and begin with what takes longest."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for mark, reason in SKIPPED.items():
        for item in () if config.getoption(f"--{mark}") else items:
            if mark in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))
