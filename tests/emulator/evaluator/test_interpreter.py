"""The interpreter: shapes of graphs, sharing, closures, laziness, depth."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.memory_catalogue import EmptyCatalogue
from xee_lite.emulator.errors import EarthError, NotImplementedHereError
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.evaluator.registry import REGISTRY

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def run(values: dict[str, Any], result: str = "0") -> Any:
    return evaluate({"result": result, "values": values}, EmptyCatalogue())


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"functionInvocationValue": {"functionName": name, "arguments": arguments}}


def const(value: Any) -> dict[str, Any]:
    return {"constantValue": value}


@given(JSON)
def test_a_constant_is_itself(value: Any) -> None:
    assert run({"0": const(value)}) == value


def test_a_number_without_a_fraction_is_an_integer_however_it_was_written() -> None:
    result = run({"0": const({"a": [5.0, 5.5]})})
    assert result == {"a": [5, 5.5]}
    assert isinstance(result["a"][0], int)


def test_integers_beyond_doubles_keep_their_digits() -> None:
    assert run({"0": {"integerValue": "9007199254740993"}}) == 9007199254740993


def test_bytes_are_decoded() -> None:
    assert run({"0": {"bytesValue": "AAEC"}}) == b"\x00\x01\x02"


def test_lists_and_dictionaries_hold_nodes() -> None:
    values = {
        "0": {"dictionaryValue": {"values": {"a": {"arrayValue": {"values": [const(1), {"valueReference": "1"}]}}}}},
        "1": call("Number.add", left=const(2), right=const(3)),
    }
    assert run(values) == {"a": [1, 5]}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (None, "expected an object"),
        ([], "expected an object"),
        ({}, "expected an object"),
        ({"result": "0", "values": []}, "expected an object"),
        ({"values": {"0": const(1)}}, "'result' refers to None"),
        ({"result": "1", "values": {"0": const(1)}}, "'result' refers to '1'"),
        ({"result": 0, "values": {"0": const(1)}}, "'result' refers to 0"),
        ({"result": ["0"], "values": {"0": const(1)}}, "'result' refers to"),
        ({"result": "0", "values": {"0": 7}}, "a value must have one of"),
        ({"result": "0", "values": {"0": {}}}, "ValueNode is empty"),
        ({"result": "0", "values": {"0": {"constantValue": 1, "valueReference": "0"}}}, "a value must have one of"),
        ({"result": "0", "values": {"0": {"valueReference": "9"}}}, "'valueReference' refers to '9'"),
        ({"result": "0", "values": {"0": {"valueReference": "0"}}}, "depends on itself"),
        ({"result": "0", "values": {"0": {"valueReference": "1"}, "1": {"valueReference": "0"}}}, "depends on itself"),
        ({"result": "0", "values": {"0": {"argumentReference": "x"}}}, "no function binds the argument 'x'"),
        ({"result": "0", "values": {"0": {"argumentReference": 1}}}, "'argumentReference' is 1"),
        ({"result": "0", "values": {"0": {"integerValue": "abc"}}}, "'integerValue' is 'abc'"),
        ({"result": "0", "values": {"0": {"integerValue": [1]}}}, "not an integer"),
        ({"result": "0", "values": {"0": {"bytesValue": "%%"}}}, "not base64"),
        ({"result": "0", "values": {"0": {"arrayValue": {"values": {}}}}}, "'values' of a arrayValue"),
        ({"result": "0", "values": {"0": {"arrayValue": 3}}}, "'values' of a arrayValue"),
        ({"result": "0", "values": {"0": {"dictionaryValue": {"values": []}}}}, "'values' of a dictionaryValue"),
        ({"result": "0", "values": {"0": {"functionDefinitionValue": {"body": "0"}}}}, "depends on itself"),
        ({"result": "0", "values": {"0": {"functionDefinitionValue": {"argumentNames": "x"}}}}, "'argumentNames'"),
        ({"result": "0", "values": {"0": {"functionDefinitionValue": {"argumentNames": [1], "body": "0"}}}}, "names"),
        ({"result": "0", "values": {"0": {"functionInvocationValue": {}}}}, "either 'functionName' or"),
        ({"result": "0", "values": {"0": {"functionInvocationValue": {"functionName": 3}}}}, "not a name"),
        ({"result": "0", "values": {"0": {"functionInvocationValue": {"functionReference": "x"}}}}, "refers to 'x'"),
    ],
)
def test_a_malformed_graph_is_refused_with_400_and_a_reason(expression: Any, message: str) -> None:
    with pytest.raises(EarthError, match=message) as caught:
        evaluate(expression, EmptyCatalogue())
    assert caught.value.code == 400


@given(
    st.recursive(JSON, lambda inner: st.dictionaries(st.sampled_from(["values", "result", "0"]), inner), max_leaves=9)
)
def test_no_json_at_all_does_worse_than_an_earth_error(expression: Any) -> None:
    with suppress(EarthError):
        evaluate(expression, EmptyCatalogue())


def test_references_may_chain_far_beyond_the_recursion_limit() -> None:
    depth = 20_000
    values = {str(i): call("Number.add", left={"valueReference": str(i + 1)}, right=const(1)) for i in range(depth)}
    assert run({**values, str(depth): const(0)}) == depth


def test_inline_nesting_beyond_the_recursion_limit_is_evaluated_too() -> None:
    node = const(0)
    for _ in range(5_000):
        node = call("Number.add", left=node, right=const(1))
    assert run({"0": node}) == 5_000


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let String.toUpperCase keep a record of its calls."""
    calls: list[str] = []

    def upper(text: str) -> str:
        calls.append(text)
        return text.upper()

    monkeypatch.setitem(REGISTRY, "String.toUpperCase", upper)
    return calls


def test_a_shared_node_is_evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch)
    values = {
        "0": {"arrayValue": {"values": [{"valueReference": "1"}, {"valueReference": "1"}]}},
        "1": call("String.toUpperCase", string=const("a")),
    }
    assert run(values) == ["A", "A"]
    assert calls == ["a"]


def test_what_does_not_depend_on_a_functions_argument_is_evaluated_once_for_all_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = counted(monkeypatch)
    body = call("String.cat", string1=call("String.toUpperCase", string=const("a")), string2={"argumentReference": "x"})
    mapped = call("List.map", list=const(["1", "2", "3"]), baseAlgorithm={"valueReference": "1"})
    values = {"0": mapped, "1": {"functionDefinitionValue": {"argumentNames": ["x"], "body": "2"}}, "2": body}
    assert run(values) == ["A1", "A2", "A3"]
    assert calls == ["a"]


def test_inner_functions_see_the_arguments_of_outer_ones(info: Info) -> None:
    rows = ee.List([1, 2]).map(
        lambda row: ee.List([10, 20]).map(lambda column: ee.Number(row).multiply(100).add(ee.Number(column)))
    )
    assert info(rows) == [[110, 120], [210, 220]]


def test_an_inner_argument_hides_an_outer_one_of_the_same_name() -> None:
    inner = {"functionDefinitionValue": {"argumentNames": ["x"], "body": "add"}}
    values = {
        "0": call("List.map", list=const([1, 2]), baseAlgorithm={"valueReference": "outer"}),
        "outer": {"functionDefinitionValue": {"argumentNames": ["x"], "body": "inner"}},
        "inner": call(
            "List.map",
            list={"arrayValue": {"values": [{"argumentReference": "x"}, const(10)]}},
            baseAlgorithm=inner,
        ),
        "add": call("Number.add", left={"argumentReference": "x"}, right=const(1)),
    }
    assert run(values) == [[2, 11], [3, 11]]


def test_a_function_can_be_invoked_by_reference() -> None:
    values = {
        "0": {"functionInvocationValue": {"functionReference": "1", "arguments": {"x": const(4)}}},
        "1": {"functionDefinitionValue": {"argumentNames": ["x"], "body": "2"}},
        "2": call("Number.multiply", left={"argumentReference": "x"}, right={"argumentReference": "x"}),
    }
    assert run(values) == 16


def test_invoking_with_other_arguments_than_the_function_has_is_refused() -> None:
    values = {
        "0": {"functionInvocationValue": {"functionReference": "1", "arguments": {"y": const(4)}}},
        "1": {"functionDefinitionValue": {"argumentNames": ["x"], "body": "2"}},
        "2": {"argumentReference": "x"},
    }
    with pytest.raises(EarthError, match=r"A function of \(x\) was called with \(y\)"):
        run(values)


def test_invoking_what_is_no_function_is_refused() -> None:
    values = {"0": {"functionInvocationValue": {"functionReference": "1", "arguments": {}}}, "1": const(3)}
    with pytest.raises(EarthError, match="not a function"):
        run(values)


def test_mapping_a_function_of_two_arguments_is_refused() -> None:
    values = {
        "0": call("List.map", list=const([1]), baseAlgorithm={"valueReference": "1"}),
        "1": {"functionDefinitionValue": {"argumentNames": ["x", "y"], "body": "2"}},
        "2": {"argumentReference": "x"},
    }
    with pytest.raises(EarthError, match="A function of 2 arguments was called with 1"):
        run(values)


@pytest.mark.parametrize("condition", [1, -0.5, "a", [0], {"a": None}, True])
def test_if_takes_the_true_branch_and_never_looks_at_the_other(condition: Any) -> None:
    unknown = call("Image.load", id=const("nowhere"))
    assert run({"0": call("If", condition=const(condition), trueCase=const("yes"), falseCase=unknown)}) == "yes"


@pytest.mark.parametrize("condition", [0, 0.0, "", [], {}, False, None])
def test_if_takes_the_false_branch_and_never_looks_at_the_other(condition: Any) -> None:
    unknown = call("Image.load", id=const("nowhere"))
    assert run({"0": call("If", condition=const(condition), trueCase=unknown, falseCase=const("no"))}) == "no"


def test_if_without_the_chosen_branch_is_null() -> None:
    assert run({"0": call("If", condition=const(0), trueCase=const(1))}) is None
    assert run({"0": call("If")}) is None


def test_if_refuses_arguments_that_it_does_not_have() -> None:
    with pytest.raises(EarthError, match="If: Unrecognized argument 'otherwise'"):
        run({"0": call("If", condition=const(0), otherwise=const(1))})


def test_an_algorithm_that_nobody_has_is_named() -> None:
    with pytest.raises(EarthError, match=r"Unknown algorithm: 'Number\.sum'") as caught:
        run({"0": call("Number.sum")})
    assert not isinstance(caught.value, NotImplementedHereError)


def test_an_algorithm_that_only_the_service_has_is_named_as_such() -> None:
    with pytest.raises(NotImplementedHereError, match=r"Classifier\.smileCart: This emulator does not implement"):
        run({"0": call("Classifier.smileCart")})


def test_too_deep_a_python_recursion_is_an_earth_error() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(EarthError, match="nested too deeply"):
        evaluate({"result": "0", "values": {"0": const(nested)}}, EmptyCatalogue())
