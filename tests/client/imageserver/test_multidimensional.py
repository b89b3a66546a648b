"""Variables along several dimensions become slices, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xee_lite import InputError
from xee_lite.errors import WireError
from xee_lite.imageserver.multidimensional import Dimension, Variable, parse_variables, slices_of

TIME = {"name": "StdTime", "unit": "ISO8601", "hasRanges": False, "values": [-86400000, 1704067200000]}
DEPTH = {"name": "StdZ", "unit": "m", "hasRanges": True, "values": [[-10, 0], [-30, -10], [-60, -30]]}


def answer(*variables: Any) -> dict[str, Any]:
    return {"multidimensionalInfo": {"variables": list(variables)}}


def test_slices_are_in_the_order_of_their_dimensions() -> None:
    (variable,) = parse_variables(answer({"name": "salinity", "unit": "psu", "dimensions": [TIME, DEPTH]}))
    assert (variable.name, variable.unit) == ("salinity", "psu")
    sliced = slices_of("service", (variable,))
    assert not sliced.has_time_alone
    assert sliced.items.times.tolist()[::3] == np.array([-86400000, 1704067200000], "M8[ms]").astype("M8[ns]").tolist()
    assert sliced.items.properties == {"StdZ": [-10, -30, -60, -10, -30, -60]}
    assert sliced.items[4].id == "StdTime=1704067200000,StdZ=-30..-10"
    assert sliced.selection.params(sliced.items[4], "salinity")["mosaicRule"] == {
        "multidimensionalDefinition": [
            {"variableName": "salinity", "dimensionName": "StdTime", "values": [1704067200000], "isSlice": True},
            {"variableName": "salinity", "dimensionName": "StdZ", "values": [[-30, -10]], "isSlice": True},
        ]
    }


def test_a_variable_without_dimensions_is_one_slice() -> None:
    sliced = slices_of("service", parse_variables(answer({"name": "depth"})))
    assert len(sliced.items) == 1
    assert sliced.selection.params(sliced.items[0], "depth") == {"mosaicRule": {"multidimensionalDefinition": []}}


def test_variables_with_other_dimensions_open_apart() -> None:
    one, other = (
        Variable(name, "", "", (Dimension("StdTime", values),)) for name, values in (("a", (1, 2)), ("b", (1,)))
    )
    with pytest.raises(InputError, match=r"'a' and 'b' of service have different dimensions.*bands=\[...\]"):
        slices_of("service", (one, other))


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"multidimensionalInfo": None},
        answer(),
        answer({"unit": "m"}),
        answer({"name": "a", "dimensions": [{"name": "StdTime"}]}),
        answer({"name": "a", "dimensions": [{"name": "StdTime", "values": ["x"]}]}),
        answer({"name": "a", "dimensions": [{"name": "StdTime", "values": [[1, 2, 3]]}]}),
    ],
)
def test_what_is_no_answer_is_an_error(found: dict[str, Any]) -> None:
    with pytest.raises(WireError, match="multidimensionalInfo"):
        parse_variables(found)
