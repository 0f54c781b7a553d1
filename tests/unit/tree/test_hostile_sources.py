"""A source tree is data from a stranger: what it may cost is bounded, and what cannot be read is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.tree.build import build_index
from opsieve.tree.index import Index

from .small_tree import PLAIN, write, write_tree

INCLUDE = '#include "tensorflow/core/framework/op_kernel.h"\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


def index_with(tree: Path, text: str) -> Index:
    write(tree, "kernels/odd_op.cc", text)
    index = build_index(tree, cache=False)
    assert "Plain" in index.kernels  # the others are not affected
    return index


def test_macros_that_grow_without_end_are_stopped(tree: Path) -> None:
    doubling = "".join(f"#define M{n}(x) M{n - 1}(x) M{n - 1}(x)\n" for n in range(1, 60))
    bomb = f"{INCLUDE}#define M0(x) REGISTER_KERNEL_BUILDER(x, y)\n{doubling}M59(z)\n"
    (skipped,) = (row for row in index_with(tree, bomb).skipped if row.text == "the rest of the file")
    assert "expand to more than" in skipped.why


def test_macros_that_nest_deeply_are_stopped_or_expanded(tree: Path) -> None:
    chain = "".join(f"#define C{n} C{n - 1}\n" for n in range(1, 5000))
    text = f'{INCLUDE}#define C0 REGISTER_KERNEL_BUILDER(Name("Deep").Device(DEVICE_CPU), D);\n{chain}C4999\n'
    index = index_with(tree, text)
    assert "Deep" in index.kernels or any("nest too deeply" in row.why for row in index.skipped)
    calls = f'{INCLUDE}#define ID(x) x\nREGISTER_KERNEL_BUILDER({"ID(" * 3000}Name("N"){")" * 3000}, D);\n'
    index = index_with(tree, calls)
    assert "N" in index.kernels or any("nest too deeply" in row.why for row in index.skipped)


def test_an_include_that_includes_itself_ends(tree: Path) -> None:
    write(tree, "kernels/loop.h", '#include "loop.h"\n')
    index = index_with(tree, '#include "loop.h"\n' + PLAIN.replace("Plain", "After"))
    assert any("includes nest deeper" in row.why for row in index.skipped)


def test_conditionals_that_nest_deeply_are_refused(tree: Path) -> None:
    index = index_with(tree, "#if 1\n" * 10_000 + PLAIN.replace("Plain", "After") + "#endif\n" * 10_000)
    assert any("conditionals nest deeper" in row.why for row in index.skipped)


@pytest.mark.parametrize(
    "text",
    [
        'REGISTER_KERNEL_BUILDER(Name("Odd").Device(DEVICE_CPU)',
        'REGISTER_KERNEL_BUILDER(Name("Odd").Device(DEVICE_CPU), A',
        '#define TWO(a, b) REGISTER_KERNEL_BUILDER(a, b)\nTWO(Name("Odd"))',
        "REGISTER_KERNEL_BUILDER(Name(ComputedAtRunTime()).Device(DEVICE_CPU), A);",
        'REGISTER_KERNEL_BUILDER(Name("Odd").Device(DEVICE_CPU).TypeConstraint<Unheard>("T"), A);',
        "REGISTER_OP(ComputedAtRunTime());",
        'REGISTER_OP("Odd").Attr("T: {float");',
    ],
)
def test_what_cannot_be_read_is_listed_with_its_place(tree: Path, text: str) -> None:
    index = index_with(tree, f"{INCLUDE}\n{text}\n")
    (skipped,) = index.skipped
    assert skipped.file == "tensorflow/core/kernels/odd_op.cc"
    assert skipped.why
    assert "Odd" not in index.kernels
    assert "Odd" not in index.ops


@pytest.mark.parametrize(
    "text", ["", "\0\1\2\xff", "REGISTER", '"', "'", "/*", '#define REGISTER(x) R"(', "#", "#if", "#else"]
)
def test_odd_files_are_read_without_complaint(tree: Path, text: str) -> None:
    assert index_with(tree, text).skipped == ()


def test_a_huge_file_is_refused_by_name(tree: Path) -> None:
    path = write(tree, "kernels/huge_op.cc", "// REGISTER\n")
    with open(path, "ab") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(OpsieveError, match=r"huge_op\.cc: larger than"):
        build_index(tree, cache=False)
