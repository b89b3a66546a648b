"""No id of a file leaves its folder, and what belongs together stands together."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.imageserver.file_names import relative_paths, safe_name


@pytest.mark.parametrize(
    ("file_id", "name"),
    [
        ("t1923.png", "t1923.png"),
        ("t1923.png.aux.xml", "t1923.png.aux.xml"),
        (".\\Orthos2019\\RGBNIR\\01259900.tif", "01259900.tif"),
        ("https://host/arcgisoutput/_ags_5/md/2w21w_5_s6c.tif", "2w21w_5_s6c.tif"),
        ("https://host/a%2F..%2Fb.tif?token=1", "b.tif"),
        ("t1928", "t1928"),
        ("..\\..\\..\\Windows\\win.ini", "win.ini"),
        ("../../etc/passwd", "passwd"),
        ("a/..", "raster"),
        ("..", "raster"),
        ("", "raster"),
        ("C:evil.tif", "C_evil.tif"),
        ("con.tif", "_con.tif"),
        ("a\0b\n.tif", "a_b_.tif"),
        ("x" * 500 + ".tif", "x" * 196 + ".tif"),
    ],
)
def test_names(file_id: str, name: str) -> None:
    assert safe_name(file_id) == name


@given(st.text())
def test_any_text_is_one_part_of_a_path(file_id: str) -> None:
    name = safe_name(file_id)
    assert 0 < len(name) <= 200
    assert name not in (".", "..")
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind(name)
        assert path.name == name
        assert not path.is_absolute()
        assert len(path.parts) == 1


@given(st.lists(st.text(st.sampled_from("aA/\\.b"), max_size=6), max_size=6))
def test_no_file_replaces_another(file_ids: list[str]) -> None:
    paths = [tuple(part.lower() for part in path) for path in relative_paths(file_ids)]
    assert len(set(paths)) == len(file_ids)


def test_files_of_one_folder_stand_side_by_side() -> None:
    assert relative_paths([".\\a\\x.tif", ".\\a\\x.tfw"]) == [("x.tif",), ("x.tfw",)]
    assert relative_paths(["a/x.tif", "b/x.tif", "b/x.tfw"]) == [("x.tif",), ("2", "x.tif"), ("2", "x.tfw")]
