"""A selection's kernels find the code in their sources, and code by its symbol."""

from __future__ import annotations

from opsieve.selection.selection import Reason, SelectedKernel, SelectedOp, Selection, Source
from opsieve.size.owners.kernels import Kernels

_FILE = "tensorflow/core/kernels/cwise_op_add.cc"
_OTHER = "tensorflow/core/kernels/fill.cc"
_POOL = "Eigen::ThreadPoolDevice"


def _kernel(op: str, text: str, dtype: str, model: str, file: str = _FILE) -> SelectedKernel:
    return SelectedKernel(op, text, "CPU", {"T": (dtype,)}, file, 1, (Reason(model),))


def _selection() -> Selection:
    add = "BinaryOp<CPUDevice, functor::add<{}>>"
    return Selection(
        "2.14.0",
        "tensorflow",
        {},
        (),
        (SelectedOp("Add", (Reason("a.pb"),)), SelectedOp("AddV2", (Reason("b.pb"),))),
        (
            _kernel("Add", add.format("float"), "DT_FLOAT", "a.pb"),
            _kernel("AddV2", add.format("float"), "DT_FLOAT", "b.pb"),
            _kernel("AddV2", add.format("int64_t"), "DT_INT64", "b.pb"),
        ),
        (Source(_FILE, "kernel", ("Add", "AddV2")), Source(_OTHER, "helper", ("AddV2",))),
    )


def _kernels() -> Kernels:
    return Kernels(_selection(), lambda name: _NAMES.get(name, name))


_NAMES = {
    "float": f"tensorflow::BinaryOp<{_POOL}, tensorflow::functor::add<float> >::Compute()",
    "long": f"tensorflow::BinaryOp<{_POOL}, tensorflow::functor::add<long> >::Compute()",
    "eigen": "Eigen::internal::scalar_sum_op<long, long>::packetOp(Eigen::Tensor<long, 1, 1, long>)",
    "base": "tensorflow::BinaryOpShared::BinaryOpState()",
    "_ZN10tensorflow8BinaryOpIN5Eigen16ThreadPoolDeviceENS_7functor3addIfEEE": "tensorflow::BinaryOp<Eigen::"
    "ThreadPoolDevice, tensorflow::functor::add<float> >::Compute()",
}


def test_one_class_of_several_ops_is_one_owner() -> None:
    owner = _kernels().owner_in(_FILE, "float")
    assert owner.name == "Add, AddV2/BinaryOp<CPUDevice, functor::add<float>>"
    assert owner.ops == ("Add", "AddV2")
    assert owner.models == ("a.pb", "b.pb")
    assert owner.dtypes == ("DT_FLOAT",)


def test_the_types_that_it_computes_with_tell_a_template_of_eigens() -> None:
    for symbol in ("long", "eigen"):
        owner = _kernels().owner_in(_FILE, symbol)
        assert owner.dtypes == ("DT_INT64",)
        assert owner.models == ("b.pb",)


def test_what_no_name_tells_apart_belongs_to_all() -> None:
    for symbol in ("", "base"):
        owner = _kernels().owner_in(_FILE, symbol)
        assert owner.name == _FILE
        assert owner.dtypes == ("DT_FLOAT", "DT_INT64")


def test_helpers_belong_to_the_ops_that_they_are_for() -> None:
    owner = _kernels().owner_in(_OTHER, "")
    assert (owner.name, owner.ops, owner.models) == (_OTHER, ("AddV2",), ("b.pb",))


def test_a_symbol_alone_names_its_kernel() -> None:
    name = "_ZN10tensorflow8BinaryOpIN5Eigen16ThreadPoolDeviceENS_7functor3addIfEEE"
    owner = _kernels().owner_of_symbol(name)
    assert owner is not None
    assert owner.dtypes == ("DT_FLOAT",)
    assert _kernels().owner_of_symbol("_ZN10tensorflow9BinaryOpsE") is None
    # Without a demangler the types cannot be told.
    unreadable = Kernels(_selection(), lambda name: name).owner_of_symbol(name)
    assert unreadable is not None
    assert unreadable.dtypes == ("DT_FLOAT", "DT_INT64")
