"""Expressions over numbers, against Python's own arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.algorithms import load
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

load()


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 99))
def test_arithmetic_equals_python(x: int, y: int, z: int) -> None:
    text = "(x + y) * z - x / z + (x > y ? x : y) ** 2"
    found = REGISTRY["Number.expression"](text, {"x": x, "y": y, "z": z})
    assert found == pytest.approx((x + y) * z - x / z + max(x, y) ** 2)


def test_variables_may_be_computed(info: Info) -> None:
    given_ = {"point": {"x": ee.Number(3).add(1), "y": 3}, "flag": True}
    assert info(ee.Number.expression("hypot(point.x, point.y) + flag", given_)) == 6
    assert info(ee.Number.expression("clamp(7, 0, 2) + unitScale(5, 0, 10)")) == 2.5


def test_a_case_that_is_not_chosen_is_not_computed(info: Info) -> None:
    assert info(ee.Number.expression("x > 0 ? x : nothing", {"x": 2})) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x +", "it ends too early"),
        ("x + y", r"no 'y'; pass it among the variables \(name, x\)"),
        ("x.y", "no 'y'"),
        ("x.+", "expected a name after"),
        ("x[0]", r"unexpected '\['"),
        ("name + 1", "is no number"),
        ("name", "is no number"),
        ("parse(1, 2)", "unknown function 'parse' of 2 arguments"),
        ("add(1)", "unknown function 'add' of 1 arguments"),
        ("foo(1)", "unknown function 'foo'"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(EarthError, match=why):
        REGISTRY["Number.expression"](text, {"x": 1, "name": "a"})


def test_a_function_that_only_the_client_knows_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    expression = REGISTRY["Number.expression"]
    monkeypatch.delitem(REGISTRY, "Number.lanczos")
    with pytest.raises(EarthError, match="does not implement the function 'lanczos'"):
        expression("lanczos(1)", {})
