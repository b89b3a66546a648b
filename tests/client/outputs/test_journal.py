"""A journal says what was written, whatever happened to the process that wrote it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from xee_lite import InputError
from xee_lite.outputs.journal import Journal, forget_parts, head_of

if TYPE_CHECKING:
    from pathlib import Path

ONE = {"source": "A", "grid": "10 m"}


def interrupted(path: Path, *keys: str) -> None:
    journal = Journal(path, ONE)
    for key in keys:
        journal.add(key)
    journal.close(complete=False)


def test_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    interrupted(path, "a", "b")
    journal = Journal(path, ONE)
    assert journal.done == {"a", "b"}
    journal.close(complete=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", range(60))
def test_a_line_that_was_cut_short_is_not_believed(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "journal"
    interrupted(path, "aa", "bb")
    path.write_bytes(path.read_bytes()[:kept])
    journal = Journal(path, ONE)
    assert journal.done <= {"aa", "bb"}
    journal.add("cc")
    journal.close(complete=False)
    assert head_of(path) == (ONE, journal.done)


def test_lines_are_those_of_the_file_and_not_of_unicode(tmp_path: Path) -> None:
    interrupted(tmp_path / "journal", "file a\u2028b\x0bc.tif")
    assert head_of(tmp_path / "journal")[1] == {"file a\u2028b\x0bc.tif"}


def test_another_export_is_refused_with_both_sides(tmp_path: Path) -> None:
    interrupted(tmp_path / "journal", "a")
    with pytest.raises(InputError, match=r"another grid: 10 m there, 20 m here. Run that export again"):
        Journal(tmp_path / "journal", {**ONE, "grid": "20 m"})


def test_of_another_export_that_wrote_nothing_nothing_is_left(tmp_path: Path) -> None:
    interrupted(tmp_path / "journal")
    journal = Journal(tmp_path / "journal", {**ONE, "grid": "20 m"})
    assert journal.done == set()
    journal.close(complete=False)
    assert json.loads((tmp_path / "journal").read_text())["grid"] == "20 m"


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    first = Journal(path, ONE)
    first.add("a")
    with pytest.raises(InputError, match="another process is writing this export now"):
        Journal(path, ONE)
    with pytest.raises(InputError, match="another process is writing this export now"):
        forget_parts(path)
    first.close(complete=False)
    Journal(path, ONE).close(complete=True)


def test_parts_can_be_forgotten(tmp_path: Path) -> None:
    interrupted(tmp_path / "journal", "a")
    forget_parts(tmp_path / "journal")
    assert head_of(tmp_path / "journal") == (ONE, set())
    forget_parts(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"hello\nworld\n", b"[]\n", b"\xff\xfe\n", b'"a"\n'])
def test_another_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(InputError, match="is not the journal of an export"):
        Journal(tmp_path / "journal", ONE)
    assert (tmp_path / "journal").read_bytes() == content
