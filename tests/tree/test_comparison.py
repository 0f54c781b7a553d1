"""The comparison itself: it must see every kind of difference, or its silence means nothing."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from preprocessor_oracle.comparison import compare_kernels
from preprocessor_oracle.kernels import KernelRegistration
from preprocessor_oracle.oracle import FileResult

FILE = "tensorflow/core/kernels/relu_op.cc"


def kernel(**changes: Any) -> SimpleNamespace:
    plain: dict[str, Any] = {
        "op": "Relu",
        "class_text": "ReluOp<CPUDevice, float>",
        "device": "CPU",
        "constraints": {"T": ("DT_FLOAT",)},
        "file": FILE,
        "line": 7,
        "label": "",
        "priority": 0,
        "host_memory": (),
        "system": False,
        "value_constraints": {},
    }
    return SimpleNamespace(**{**plain, **changes})


def index(*kernels: SimpleNamespace, skipped: tuple[SimpleNamespace, ...] = ()) -> SimpleNamespace:
    return SimpleNamespace(kernels={"Relu": kernels}, skipped=skipped)


def oracle(*registrations: KernelRegistration) -> dict[str, FileResult]:
    return {FILE: FileResult(FILE, kernels=list(registrations))}


EXPECTED = KernelRegistration(
    FILE,
    7,
    FILE,
    7,
    "ReluOp<CPUDevice,float>",
    system=False,
    op_expression='"Relu"',
    op="Relu",
    device="CPU",
    constraints={"T": ("DT_FLOAT",)},
)


def test_equal_but_for_spaces() -> None:
    report = compare_kernels(index(kernel()), oracle(EXPECTED))
    assert (report.equal, report.differences) == (1, [])


@pytest.mark.parametrize(
    "change",
    [
        {"op": "Relu6"},
        {"class_text": "ReluOp<CPUDevice, ::float>"},
        {"device": "GPU"},
        {"constraints": {"T": ("DT_DOUBLE",)}},
        {"constraints": {"T": ("DT_FLOAT", "DT_DOUBLE")}},
        {"constraints": {}},
        {"line": 8},
        {"label": "fast"},
        {"priority": 1},
        {"host_memory": ("x",)},
        {"system": True},
        {"value_constraints": {"data_format": ("NHWC",)}},
        {"file": "tensorflow/core/kernels/other_op.cc"},
    ],
    ids=lambda change: ",".join(change),
)
def test_any_change_is_a_difference(change: dict[str, Any]) -> None:
    assert compare_kernels(index(kernel(**change)), oracle(EXPECTED)).differences


def test_missing_and_extra_registrations() -> None:
    assert compare_kernels(index(), oracle(EXPECTED)).differences
    assert compare_kernels(index(kernel(), kernel()), oracle(EXPECTED)).differences
    assert compare_kernels(index(kernel()), oracle(EXPECTED, EXPECTED)).differences


def test_skipped_with_a_reason_is_no_difference_but_without_one_is() -> None:
    skipped = SimpleNamespace(file=FILE, line=7, text="", why="the op's name is computed")
    assert not compare_kernels(index(skipped=(skipped,)), oracle(EXPECTED)).differences
    assert compare_kernels(
        index(skipped=(SimpleNamespace(**{**vars(skipped), "why": ""}),)), oracle(EXPECTED)
    ).differences
    assert compare_kernels(index(skipped=(skipped,)), oracle(EXPECTED, EXPECTED)).differences


def test_an_op_the_oracle_cannot_evaluate_must_still_be_named() -> None:
    unknown = dataclasses.replace(EXPECTED, op=None)
    assert not compare_kernels(index(kernel()), oracle(unknown)).differences
    assert compare_kernels(index(kernel(op="")), oracle(unknown)).differences
