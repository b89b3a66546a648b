"""The page of algorithms says what the registry has."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_page_is_as_the_registry() -> None:
    page = (ROOT / "docs" / "algorithms.md").read_text("utf-8")
    script = runpy.run_path(str(ROOT / "ci" / "algorithms_table.py"))
    if script["source"]() not in page:
        pytest.skip(f"the page follows another release than {script['source']()}")
    assert script["updated"](page) == page, "python ci/algorithms_table.py writes it"
