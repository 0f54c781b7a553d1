"""The summary that `opsieve scan` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsieve.models import summarize
from opsieve.models.summary import FunctionUse, OpUse

from . import encode as e

if TYPE_CHECKING:
    from .conftest import Read


def test_ops_are_counted_by_types_in_all_bodies(read: Read) -> None:
    add = {number: e.node(f"a{number}", "Add", T=e.type_attr(number), empty=e.types_attr()) for number in (1, 3)}
    parameter = e.message((1, "T"), (2, "type"))
    library = e.library(e.function("F", add[1], e.node("n", "NoOp"), attrs=[parameter]))
    summary = summarize(read(e.graph(add[3], add[1], e.node("f", "F"), library=library)))
    floats, ints = (("T", "DT_FLOAT"),), (("T", "DT_INT32"),)
    assert summary.ops == (
        OpUse("Add", 3, ((floats, 2), (ints, 1))),
        OpUse("F", 1, (((), 1),), is_function=True),
        OpUse("NoOp", 1, (((), 1),)),
    )
    assert (summary.nodes, summary.function_nodes) == (3, 2)
    assert summary.functions == (FunctionUse("F", ("T",), 2),)


def test_requests_count_nothing(read: Read) -> None:
    summary = summarize(read("ops:\n- Add: {T: [float, half]}\n"))
    assert summary.ops == (OpUse("Add", 0, (((("T", ("DT_FLOAT", "DT_HALF")),), 0),)),)
