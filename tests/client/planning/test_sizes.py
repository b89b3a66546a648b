"""Sizes in bytes, as users write them and as messages do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.errors import InputError
from xee_lite.planning.sizes import human_bytes, parse_bytes


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("32MiB", 33554432),
        ("32 mib", 33554432),
        ("10 MB", 10_000_000),
        ("1.5GiB", 1610612736),
        ("4096", 4096),
        (" 7 B ", 7),
        (4096, 4096),
        ("2 kB", 2000),
        ("1TiB", 2**40),
    ],
)
def test_sizes_are_read(size: str | int, count: int) -> None:
    assert parse_bytes(size) == count


@pytest.mark.parametrize("size", ["", "MiB", "-1", "0", 0, -5, "1 MiBs", "1e6", "nan", "0.1 B", "32 M iB", None])
def test_what_is_no_size_is_refused(size: str | int) -> None:
    with pytest.raises(InputError, match="is not a size in bytes: pass"):
        parse_bytes(size)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (33554432, "32.0 MiB"),
        (50331649, "48.0 MiB"),
        (5 * 2**40, "5.0 TiB"),
        (5000 * 2**40, "5000.0 TiB"),
    ],
)
def test_sizes_are_written(count: int, text: str) -> None:
    assert human_bytes(count) == text


@given(st.integers(1, 2**52))
def test_a_size_written_is_read_back_to_a_tenth(count: int) -> None:
    assert parse_bytes(human_bytes(count)) == pytest.approx(count, rel=0.05)
