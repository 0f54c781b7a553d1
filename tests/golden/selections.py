"""Selections whose generated files are kept under tests/golden."""

from __future__ import annotations

from opsieve.selection.selection import (
    Call,
    ModelDigest,
    Reason,
    SelectedKernel,
    SelectedOp,
    Selection,
    Source,
    Unresolved,
)

_MATH = "tensorflow/core/ops/math_ops.cc"


def empty() -> Selection:
    return Selection("2.14.0", "tensorflow", {}, (), (), (), ())


def small() -> Selection:
    """Two models, one of them with a function; a class text that two ops share, and an op that has no kernel."""
    classifier = Reason("models/classifier.pb", node="dense/BiasAdd", types=(("T", ("DT_FLOAT",)),))
    loop = Reason("models/loop", function="while_body_12", node="add")
    lowered = Reason("models/loop", rule="control-flow lowering")
    return Selection(
        version="2.14.0",
        source="tensorflow",
        defines={"SUPPORT_SELECTIVE_REGISTRATION": "1", "IS_MOBILE_PLATFORM": "1", "GREETING": 'say "hi" #1 for $5'},
        models=(
            ModelDigest("models/classifier.pb", "1" * 64, "graphdef"),
            ModelDigest("models/loop", "2" * 64, "savedmodel"),
        ),
        ops=(
            SelectedOp("AccumulateNV2", (classifier,), _MATH, 34),
            SelectedOp("Add", (classifier,), _MATH, 415),
            SelectedOp("AddV2", (loop,), _MATH, 428),
            SelectedOp("Cholesky", (classifier,), "tensorflow/core/ops/linalg_ops.cc", 392),
            SelectedOp("Enter", (lowered,), "tensorflow/core/ops/control_flow_ops.cc", 355),
            SelectedOp("SymbolicGradient", (loop,), "tensorflow/core/ops/functional_ops.cc", 30),
        ),
        kernels=(
            _kernel("Add", "BinaryOp<CPUDevice, functor::add<float>>", "cwise_op_add_1.cc", 25, classifier),
            _kernel("AddV2", "BinaryOp<CPUDevice, functor::add<float>>", "cwise_op_add_1.cc", 27, loop),
            _kernel("AddV2", "BinaryOp<CPUDevice, functor::add<Eigen::half>>", "cwise_op_add_1.cc", 27, loop),
            _kernel("Cholesky", "(CholeskyOp<float>)", "cholesky_op.cc", 221, classifier),
            _kernel("Enter", "EnterOp", "control_flow_ops.cc", 396, lowered),
        ),
        sources=(
            Source("tensorflow/core/kernels/cholesky_op.cc", "kernel", ("Cholesky",)),
            Source("tensorflow/core/kernels/control_flow_ops.cc", "kernel", ("Enter",)),
            Source("tensorflow/core/kernels/cwise_op_add_1.cc", "kernel", ("Add", "AddV2")),
            Source(
                "tensorflow/core/kernels/linalg_common.cc",
                "helper",
                ("Cholesky",),
                ("its header linalg_common.h is included by tensorflow/core/kernels/cholesky_op.cc",),
            ),
            Source("tensorflow/core/ops/control_flow_ops.cc", "op", ("Enter",)),
            Source("tensorflow/core/ops/functional_ops.cc", "op", ("SymbolicGradient",)),
            Source("tensorflow/core/ops/linalg_ops.cc", "op", ("Cholesky",)),
            Source("tensorflow/core/ops/math_ops.cc", "op", ("AccumulateNV2", "Add", "AddV2")),
        ),
        unresolved=(
            Unresolved(
                "Softplus",
                {"T": ("DT_COMPLEX64",)},
                (Reason("models/loop", function="while_body_12", node="softplus"),),
                "its kernels take T in DT_BFLOAT16, DT_DOUBLE, DT_FLOAT, DT_HALF",
                allowed=True,
            ),
        ),
        runtime={"lowering": True, "grappler": False},
        calls=(Call("models/loop", "while_body_12", "", "while"),),
    )


def _kernel(op: str, text: str, file: str, line: int, reason: Reason) -> SelectedKernel:
    constraints = {"T": ("DT_HALF" if "half" in text else "DT_FLOAT",)} if "<" in text else {}
    return SelectedKernel(op, text, "CPU", constraints, f"tensorflow/core/kernels/{file}", line, (reason,))


GOLDEN = {"empty": empty, "small": small}
COMMAND = "opsieve generate models/classifier.pb models/loop --tensorflow tensorflow -o generated"
