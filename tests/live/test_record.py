"""The recorder: every question can be asked, and the local Earth Engine does what is assumed."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

from ci import questions_table
from ci.tables import updated
from tests.live import probes_pixels, probes_replies, record
from tests.live.service import connect
from xee_lite.emulator import Faults, Quota

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

QUESTIONS = record.questions()


def test_each_question_is_asked_by_a_function_or_by_hand() -> None:
    for one in QUESTIONS:
        assert (one.probe is None) == bool(one.by_hand), one.name
    asking = {
        name
        for module in (probes_pixels, probes_replies)
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__ and list(inspect.signature(found).parameters) == ["service"]
    }
    assert asking == {one.name for one in QUESTIONS if not one.by_hand}


def test_a_difference_is_marked_and_what_cannot_be_asked_is_said() -> None:
    seen = {"beyond_180": "as 360 degrees further west", "not_a_number": "<f4 nan, valid"}
    rows = {line.split(" | ")[0]: line for line in record.table(seen).splitlines()}
    assert "| yes |" in rows["| What lies at longitude 195 of a global image?"]
    assert "| yes |" not in rows["| How is the square root of -1 written, and is it masked?"]
    assert "| not asked |" in rows["| What is the refusal of a public asset that does not exist?"]
    assert len(rows) == len(QUESTIONS) + 2


def test_too_many_at_once_are_recorded_as_they_are_refused() -> None:
    (question,) = [one for one in QUESTIONS if one.name == "too_many_at_once"]
    with connect(None, faults=Faults(quota=Quota(concurrent=4), calls=["computeValue"])) as service:
        assert question.ask(service).startswith("429 RESOURCE_EXHAUSTED: Too Many Requests")


def test_the_page_has_the_questions() -> None:
    page = questions_table.PAGE.read_text("utf-8")
    assert updated(page, questions_table.table()) == page, "run python -m ci tables"


def test_the_local_earth_engine_does_what_is_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record.main(["--keep", str(tmp_path)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if "| yes |" in row] == []
    assert [row for row in rows if "not to be asked so" in row] == []
    assert len([row for row in rows if "by hand: " in row]) == len([one for one in QUESTIONS if one.by_hand])
    head = json.loads((tmp_path / "missing_asset-0.json").read_text("utf-8"))
    assert head["status"] == 404
    assert b"does not exist" in (tmp_path / "missing_asset-0.body").read_bytes()
