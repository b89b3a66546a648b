"""The page of algorithms says what the registry has."""

from __future__ import annotations

import pytest

from ci import algorithms_table
from ci.tables import updated


def test_the_page_is_as_the_registry() -> None:
    page = algorithms_table.PAGE.read_text("utf-8")
    if algorithms_table.source() not in page:
        pytest.skip(f"the page follows another release than {algorithms_table.source()}")
    assert updated(page, algorithms_table.table()) == page, "python -m ci.algorithms_table writes it"
