"""What a selection would no longer register, and no longer compile."""

from __future__ import annotations

from native.costed_program import FILES, OPS, selection
from opsieve.size.cost.registrations import Registered, Registration
from opsieve.size.cost.removal import by_source, registrations, removal, without_each, without_op

_LARGE, _PAIR, _SMALL = FILES
_OPS = "tensorflow/core/ops/some_ops.cc"


def test_all_that_is_registered() -> None:
    kernels = {
        Registration(op, f"{op}Op<{dtype}>") for rows in FILES.values() for op, dtypes in rows for dtype in dtypes
    }
    assert registrations(selection()) == kernels | {Registration(op, "") for op in OPS}


def test_by_source() -> None:
    found = by_source(selection())
    assert found == {
        _LARGE: Registered(set(), {"LargeOp<float>": {"Large"}, "LargeOp<int>": {"Large"}}),
        _PAIR: Registered(set(), {"LeftOp<float>": {"Left"}, "RightOp<float>": {"Right"}, "RightOp<int>": {"Right"}}),
        _SMALL: Registered(set(), {"SmallOp<int>": {"Small"}}),
        _OPS: Registered(set(OPS), {}),
    }


def test_a_source_stays_while_it_registers_something() -> None:
    whole = selection()
    assert removal(whole, without_op(whole, "Left")).sources == frozenset()
    assert removal(whole, without_op(whole, "Small")).sources == {_SMALL}
    assert removal(whole, selection(["Small"])).sources == {_LARGE, _PAIR}
    assert removal(whole, whole).registrations == frozenset()


def test_each_alone() -> None:
    whole = selection()
    found = {(dimension, name): removal(whole, left) for dimension, name, left in without_each(whole)}
    assert found.keys() == {
        *(("op", op) for op in OPS),
        *(("dtype", dtype) for dtype in ("DT_FLOAT", "DT_INT32")),
        *(("model", model) for model in ("a.pb", "b.pb")),
    }
    every = registrations(whole)
    for op in OPS:
        assert found["op", op].registrations == {what for what in every if what.op == op}
    assert found["model", "b.pb"] == found["op", "Small"]
    assert found["model", "a.pb"].registrations == {what for what in every if what.op != "Small"}
    # Op definitions have no dtype.
    assert found["dtype", "DT_INT32"].registrations == {what for what in every if what.class_text.endswith("<int>")}
    assert found["dtype", "DT_INT32"].sources == {_SMALL}
