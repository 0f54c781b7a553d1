"""ops_to_register.h of one file: exactly what that file registers, and nothing of the rest of the selection."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from golden.selections import small
from opsieve.codegen.unit_headers import unit_headers
from opsieve.selection.selection import ModelDigest

_CHOLESKY = "tensorflow/core/kernels/cholesky_op.cc"
_ADD = "tensorflow/core/kernels/cwise_op_add_1.cc"
_OPS = "tensorflow/core/ops/math_ops.cc"
_GRADIENT = "tensorflow/core/ops/functional_ops.cc"
_HELPER = "tensorflow/core/kernels/linalg_common.cc"


def _answers(header: str, folder: Path) -> dict[str, bool]:
    """What the header says, asked of the compiler."""
    (folder / "ops_to_register.h").write_text(header)
    questions = {
        "op Cholesky": 'SHOULD_REGISTER_OP("Cholesky")',
        "op Add": 'SHOULD_REGISTER_OP("Add")',
        "op Enter": 'SHOULD_REGISTER_OP("Enter")',
        "kernel Cholesky": 'SHOULD_REGISTER_OP_KERNEL("(CholeskyOp<float>)")',
        "kernel Add": 'SHOULD_REGISTER_OP_KERNEL("BinaryOp<CPUDevice, functor::add<float>>")',
        "gradient": "SHOULD_REGISTER_OP_GRADIENT",
    }
    prints = "".join(
        f'  constexpr bool q{i} = {text};\n  std::printf("%d\\n", q{i});\n' for i, text in enumerate(questions.values())
    )
    (folder / "ask.cc").write_text(f'#include "ops_to_register.h"\n#include <cstdio>\nint main() {{\n{prints}}}\n')
    subprocess.run(["g++", "-std=c++17", "-o", folder / "ask", folder / "ask.cc"], check=True)
    output = subprocess.run([folder / "ask"], check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(questions, [word == "1" for word in output], strict=True))


@pytest.mark.parametrize(
    ("file", "selected"),
    [
        (_CHOLESKY, {"op Cholesky", "kernel Cholesky"}),
        (_ADD, {"op Add", "kernel Add"}),
        (_OPS, {"op Add"}),
        (_GRADIENT, {"gradient"}),
        (_HELPER, set()),
    ],
)
def test_a_file_is_told_what_is_its_own(file: str, selected: set[str], tmp_path: Path) -> None:
    answers = _answers(unit_headers(small(), [file])[file], tmp_path)
    assert {question for question, answer in answers.items() if answer} == selected


def test_it_does_not_change_with_the_rest() -> None:
    before = unit_headers(small(), [_CHOLESKY, _ADD])
    other = dataclasses.replace(
        small(),
        models=(ModelDigest("another.pb", "3" * 64, "graphdef"),),
        kernels=tuple(kernel for kernel in small().kernels if kernel.op != "AddV2"),
    )
    after = unit_headers(other, [_CHOLESKY, _ADD])
    assert after[_CHOLESKY] == before[_CHOLESKY]
    assert after[_ADD] != before[_ADD]
