"""Placeholders of function bodies, resolved from call sites."""

from __future__ import annotations

import time

import pytest

from opsieve.models.usage import Function, Model, TypeParameter
from opsieve.selection import bindings
from opsieve.selection.values import Choice
from unit.selection.build import FLOAT, INT32, INT64, STRING, function, model, node, ref


def values(found: Model, function_name: str, attr: str = "T") -> list[object]:
    """The values the attr has in the function's nodes, over all bindings."""
    return sorted(
        (types[attr] for name, _, types in bindings.instances(found) if name == function_name and attr in types),
        key=str,
    )


NEG = node("Neg", "neg", T="$T")


def test_a_legacy_call_binds_by_op_name() -> None:
    found = model(node("F", "a", T=FLOAT), node("F", "b", T=INT32), functions=[function("F", ["T"], NEG)])
    assert values(found, "F") == [FLOAT, INT32]


def test_a_func_attr_binds_by_its_own_attrs() -> None:
    call = node("PartitionedCall", "c", Tin=(STRING,), calls={"f": ref("F", T=FLOAT)})
    assert values(model(call, functions=[function("F", ["T"], NEG)]), "F") == [FLOAT]


def test_every_function_of_a_list_attr_is_called() -> None:
    call = node("Case", "c", calls={"branches": (ref("F", T=FLOAT), ref("F", T=INT64))})
    assert values(model(call, functions=[function("F", ["T"], NEG)]), "F") == [FLOAT, INT64]


def test_bindings_pass_through_nested_calls_under_other_names() -> None:
    outer = function("Outer", ["T"], node("Middle", "m", U="$T"))
    middle = function("Middle", ["U"], node("If", "i", calls={"then_branch": ref("Inner", V="$U")}))
    inner = function("Inner", ["V"], node("Neg", "n", T="$V"))
    found = model(node("Outer", T=FLOAT), functions=[inner, middle, outer])
    assert values(found, "Inner") == [FLOAT]


def test_a_list_placeholder_stands_for_the_whole_list() -> None:
    parameter = TypeParameter("Ts", is_list=True)
    body = function("F", [parameter], node("IdentityN", "i", T="$Ts"))
    found = model(node("F", "a", Ts=(FLOAT, INT32)), node("F", "b", Ts=()), functions=[body])
    assert set(values(found, "F")) == {(), (FLOAT, INT32)}


def test_a_call_that_leaves_a_parameter_out_takes_its_default() -> None:
    body = function("F", [TypeParameter("T", False, default=INT64)], NEG)
    assert values(model(node("F"), functions=[body]), "F") == [INT64]


def test_a_function_never_called_takes_default_then_allowed_then_anything() -> None:
    found = model(
        functions=[
            function("D", [TypeParameter("T", False, (FLOAT, INT64), INT64)], NEG),
            function("A", [TypeParameter("T", False, (FLOAT, INT32))], NEG),
            function("X", ["T"], NEG),
        ]
    )
    assert values(found, "D") == [INT64]
    assert values(found, "A") == [Choice("$T is not bound", (FLOAT, INT32))]
    assert values(found, "X") == [Choice("$T is not bound")]


def test_what_an_uncalled_function_calls_is_unknown_too() -> None:
    found = model(functions=[function("A", ["T"], node("B", U="$T")), function("B", ["U"], node("Neg", T="$U"))])
    assert values(found, "B") == [Choice("$T is not bound")]


def test_a_placeholder_of_the_main_graph_is_unknown() -> None:
    assert values(model(NEG), "") == [Choice("$T is not bound")]


def test_a_function_without_parameters_binds_what_it_calls() -> None:
    plain = function("Plain", [], node("F", T=FLOAT))
    assert values(model(functions=[function("F", ["T"], NEG), plain]), "F") == [FLOAT]


def test_an_uncalled_function_binds_its_callees_before_they_count_as_unbound() -> None:
    """Both names sort before the caller's; neither the callee nor the cycle it is in becomes unknown."""
    root = function("Root", [TypeParameter("T", False, default=INT64)], node("A", T="$T"))
    first = function("A", ["T"], NEG, node("B", T="$T"))
    second = function("B", ["T"], node("A", T="$T"))
    assert set(values(model(functions=[first, second, root]), "A")) == {INT64}


def test_a_placeholder_inside_a_list_is_unknown() -> None:
    """No attr is written so by TensorFlow; types that grow with every call round a cycle must not follow."""
    body = function("F", [TypeParameter("T", True)], NEG, node("F", T=("$T", "$T")))
    found = values(model(node("F", T=(FLOAT,)), functions=[body]), "F")
    assert (FLOAT,) in found
    assert all(value == (FLOAT,) or isinstance(value, Choice) for value in found)


def test_gradient_functions_take_the_types_of_their_function() -> None:
    """FunctionLibraryRuntimeImpl::Instantiate hands SymbolicGradient's f attrs to the gradient function."""
    call = node("SymbolicGradient", calls={"f": ref("F", T=FLOAT)})
    found = model(
        call, functions=[function("F", ["T"], NEG), function("G", ["T"], node("Mul", T="$T"))], gradients={"F": "G"}
    )
    assert values(found, "G") == [FLOAT]


def test_recursion_ends() -> None:
    """Types that swap places on the way round reach both orders and no more."""
    body = function("F", ["T", "U"], node("Neg", T="$T"), node("F", T="$U", U="$T"))
    assert values(model(node("F", T=FLOAT, U=INT32), functions=[body]), "F") == sorted([FLOAT, INT32, FLOAT, INT32])


def test_a_cycle_nothing_calls_is_unknown() -> None:
    one = function("One", ["T"], NEG, node("Two", T="$T"))
    two = function("Two", ["T"], NEG, node("One", T="$T"))
    assert all(isinstance(value, Choice) for value in values(model(functions=[one, two]), "Two"))


def test_too_many_bindings_become_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings, "MAX_BINDINGS", 3)
    dtypes = [FLOAT, INT32, INT64, STRING]
    body = function("F", [TypeParameter("T", False, tuple(dtypes))], NEG, node("G", "g", T="$T"))
    found = model(*(node("F", dtype, T=dtype) for dtype in dtypes), functions=[body, function("G", ["T"], NEG)])
    unknown = Choice("$T is bound in more than 3 ways", tuple(dtypes))
    assert set(values(found, "F")) == {unknown}
    assert unknown in values(found, "G")


def test_a_product_of_types_is_bounded() -> None:
    """Every call swaps or replaces one of 20 parameters: 8 ** 20 bindings if they were all followed."""
    names = [f"T{number}" for number in range(20)]
    same = {name: f"${name}" for name in names}
    dtypes = ["FLOAT", "INT32", "INT64", "STRING", "BOOL", "HALF", "DOUBLE", "INT8"]
    calls = [node("F", f"{name}{dtype}", **{**same, name: f"DT_{dtype}"}) for name in names for dtype in dtypes]
    found = model(node("F", **dict.fromkeys(names, FLOAT)), functions=[function("F", names, *calls)])
    start = time.process_time()
    assert sum(1 for _ in bindings.instances(found)) <= 1 + bindings.MAX_BINDINGS * len(calls)
    assert time.process_time() - start < 20


def test_a_long_chain_of_calls_needs_no_recursion() -> None:
    length = 20_000
    chain = [function(f"F{one}", ["T"], node(f"F{one + 1}", "c", T="$T")) for one in range(length)]
    last: Function = function(f"F{length}", ["T"], NEG)
    assert values(model(node("F0", T=FLOAT), functions=[*chain, last]), f"F{length}") == [FLOAT]
