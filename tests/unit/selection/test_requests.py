"""Lines of a list of ops."""

from __future__ import annotations

from opsieve.models.usage import OpRequest
from opsieve.selection.select import select
from opsieve.selection.selection import Selection
from unit.selection.build import FLOAT, INT32, INT64, STRING, index, kernel, model, op

TREE = index(
    op("Cast", "S", "D"),
    kernel("Cast", "CastOp<float, int32>", S=FLOAT, D=INT32),
    kernel("Cast", "CastOp<int32, float>", S=INT32, D=FLOAT),
    kernel("Cast", "FastCast", S=FLOAT, D=INT32, label="fast"),
    kernel("Cast", "GpuCast", device="GPU"),
    op("Any"),
    kernel("Any", "AnyOp", device="DEFAULT"),
    op("AccumulateNV2", "T"),
)


def ask(op_name: str, kernel_class: str | None = None, **types: tuple[str, ...]) -> Selection:
    return select([model(requests=[OpRequest(op_name, types, kernel_class)])], TREE, source="tree")


def texts(selection: Selection) -> set[str]:
    return {one.class_text for one in selection.kernels}


def test_an_op_alone_takes_every_cpu_kernel() -> None:
    selection = ask("Cast")
    assert texts(selection) == {"CastOp<float, int32>", "CastOp<int32, float>", "FastCast"}
    assert selection.kernels[0].reasons[0].rule == "listed: every kernel"
    assert texts(ask("Any")) == {"AnyOp"}


def test_a_kernel_class_is_compared_without_spaces() -> None:
    assert texts(ask("Cast", "CastOp<float,int32 >")) == {"CastOp<float, int32>"}


def test_a_kernel_class_that_is_not_there_names_the_nearest() -> None:
    selection = ask("Cast", "CastOp<float, int64>")
    assert not selection.kernels
    assert "the nearest: CastOp<float, int32>" in selection.unresolved[0].why
    assert [one.name for one in selection.ops] == ["Cast"]


def test_a_gpu_class_is_not_there() -> None:
    assert ask("Cast", "GpuCast").unresolved


def test_an_empty_class_is_the_op_without_a_kernel() -> None:
    selection = ask("Cast", "")
    assert not selection.kernels
    assert not selection.unresolved
    assert [one.name for one in selection.ops] == ["Cast"]


def test_types_take_what_some_combination_of_them_leads_to() -> None:
    assert texts(ask("Cast", S=(FLOAT,))) == {"CastOp<float, int32>", "FastCast"}
    assert texts(ask("Cast", S=(FLOAT, INT32), D=(FLOAT,))) == {"CastOp<int32, float>"}


def test_a_dtype_nothing_takes_is_unresolved() -> None:
    selection = ask("Cast", S=(FLOAT, INT64))
    assert texts(selection) == {"CastOp<float, int32>", "FastCast"}
    (one,) = selection.unresolved
    assert one.types == {"S": (INT64,)}
    assert "its kernels take S in DT_FLOAT, DT_INT32" in one.why


def test_types_no_kernel_takes_together() -> None:
    (one,) = ask("Cast", S=(STRING,)).unresolved
    assert one.types == {"S": (STRING,)}


def test_an_attr_the_op_does_not_have() -> None:
    (one,) = ask("Cast", T=(FLOAT,)).unresolved
    assert one.why == "Cast has no attr T; it has D, S"


def test_an_unknown_op() -> None:
    (one,) = ask("Kast").unresolved
    assert "the nearest: Cast" in one.why


def test_an_op_without_kernels_that_needs_none() -> None:
    assert not ask("AccumulateNV2").unresolved
