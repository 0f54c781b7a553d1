"""``ops_to_register.h`` with every compiler, in every C++ it has to compile as, empty to very large."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from golden.selections import COMMAND, GOLDEN
from native.class_texts import HARD, class_texts
from native.compilers import COMPILERS, STANDARDS, WARNINGS, check, require, run
from opsieve.codegen.generate import generate
from opsieve.selection.selection import SelectedKernel, SelectedOp, Selection

pytestmark = pytest.mark.parametrize("compiler", COMPILERS)


def header(folder: Path, ops: Iterable[str], classes: Iterable[str]) -> Path:
    selection = Selection(
        "2.14.0",
        "tensorflow",
        {},
        (),
        tuple(SelectedOp(op, ()) for op in ops),
        tuple(SelectedKernel("Op", text, "CPU", {}, "kernel.cc", 1) for text in classes),
        (),
    )
    generate(selection, folder, command="opsieve generate")
    return folder / "ops_to_register.h"


def literal(text: str) -> str:
    """A C++ literal of a text, every byte in hexadecimal and apart: nothing of the generator's own escaping."""
    return " ".join(f'"\\x{byte:02x}"' for byte in text.encode()) or '""'


def assertions(queries: Iterable[str], classes: Sequence[str]) -> str:
    selected = {text.replace(" ", "") for text in classes}
    lines = []
    for query in queries:
        expected = "" if query.replace(" ", "") in selected else "!"
        lines.append(f'static_assert({expected}SHOULD_REGISTER_OP_KERNEL({literal(query)}), "");')
    return "\n".join(lines) + "\n"


def variants(text: str) -> list[str]:
    """The text, as other code might space it, and texts that are nearly it."""
    middle = len(text) // 2
    return [
        text,
        text.replace(" ", ""),
        f"  {text}  ",
        " ".join(text),
        text.replace("<", " < ").replace(",", " ,"),
        text[:-1],
        text[1:],
        text + ">",
        text + "\t",
        text.replace(" ", "\t"),
        text[:middle],
        text[:middle] + "_" + text[middle + 1 :],
        text.swapcase(),
        text[::-1],
        text + text,
    ]


def program(folder: Path, body: str) -> Path:
    source = folder / "uses.cc"
    source.write_text(f'#include "ops_to_register.h"\n#include "ops_to_register.h"\n{body}')
    return source


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("count", [0, 1, 500])
def test_every_standard(compiler: str, standard: str, count: int, tmp_path: Path) -> None:
    require(compiler)
    classes = class_texts(count)
    absent = class_texts(count + 20)[count:]
    header(tmp_path, ["Add", "_FusedConv2D", "Text>Tokenize"], classes)
    check(compiler, standard, program(tmp_path, ""))
    queries = ["", " ", "BinaryOp", *absent]
    for text in classes[:20]:
        queries += variants(text)
    ops = """
        namespace tensorflow { namespace inner {
        static_assert(SHOULD_REGISTER_OP("Add"), "");
        static_assert(SHOULD_REGISTER_OP("_FusedConv2D"), "");
        static_assert(SHOULD_REGISTER_OP("Text>Tokenize"), "");
        static_assert(!SHOULD_REGISTER_OP("Ad"), "");
        static_assert(!SHOULD_REGISTER_OP("AddV2"), "");
        static_assert(!SHOULD_REGISTER_OP("add"), "");
        static_assert(!SHOULD_REGISTER_OP(""), "");
        static_assert(!SHOULD_REGISTER_OP_GRADIENT, "");
        template <bool> struct Wrapper {};
        Wrapper<SHOULD_REGISTER_OP("Add")> wrapper;
        } }
    """
    check(compiler, standard, program(tmp_path, ops + assertions(queries, classes)))


@pytest.mark.parametrize("standard", STANDARDS)
def test_five_thousand_classes(compiler: str, standard: str, tmp_path: Path) -> None:
    require(compiler)
    everything = class_texts(5200)
    classes = everything[:5000]
    header(tmp_path, ["Add"], classes)
    in_hash_order = re.findall(r'^ *\{0x[0-9a-f]+ull, "(.*)"\},$', (tmp_path / "ops_to_register.h").read_text(), re.M)
    queries = [*random.Random(1).sample(classes, 100), *everything[5000:5100], in_hash_order[0], in_hash_order[-1]]
    check(compiler, standard, program(tmp_path, assertions(queries, classes)))


@pytest.mark.parametrize("standard", ["c++11", "c++17"])
@pytest.mark.parametrize("half", [HARD[::2], HARD[1::2]], ids=["even", "odd"])
def test_texts_that_are_hard_to_quote(compiler: str, standard: str, half: Sequence[str], tmp_path: Path) -> None:
    require(compiler)
    header(tmp_path, [], half)
    queries = [query for text in HARD for query in variants(text)]
    check(compiler, standard, program(tmp_path, assertions(queries, half)))


def test_a_text_as_the_preprocessor_makes_it(compiler: str, tmp_path: Path) -> None:
    """REGISTER_KERNEL_BUILDER asks for the expanded argument, stringified (tensorflow/core/framework/op_kernel.h)."""
    require(compiler)
    header(tmp_path, [], ["BinaryOp<CPUDevice, functor::add<int64_t>>", "(A<'\"', 2>)"])
    body = """
        #define ASK(...) SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__)
        #define EXPAND(...) ASK(__VA_ARGS__)
        #define KERNEL(T) EXPAND(BinaryOp< CPUDevice , functor::add< T > >)
        static_assert(KERNEL(int64_t), "");
        static_assert(!KERNEL(long), "");
        static_assert(EXPAND((A<'"', 2>)), "");
    """
    check(compiler, "c++11", program(tmp_path, body))


@pytest.mark.parametrize("length", [511, 600, 4_000])
def test_long_texts(compiler: str, length: int, tmp_path: Path) -> None:
    """Compilers stop at 512 nested calls, and clang at 1,048,576 steps."""
    require(compiler)
    text = ("Functor<float, 3>, " * length)[:length]
    header(tmp_path, [], [text])
    check(compiler, "c++11", program(tmp_path, assertions([text, text[:-1], text + "x", " " * length], [text])))


def test_equal_hashes_do_not_make_equal_texts(compiler: str, tmp_path: Path) -> None:
    """A header in which the hash of one class stands before the text of others: only the text decides."""
    require(compiler)
    file = header(tmp_path, [], ["Selected<float>"])
    row = re.compile(r'^ *\{(0x[0-9a-f]+ull), "Selected<float>"\},$', re.M)
    content = file.read_text()
    match = row.search(content)
    assert match is not None
    wrong = content.replace("Selected<float>", "Selected<floaT>")
    file.write_text(wrong)
    check(compiler, "c++11", program(tmp_path, 'static_assert(!SHOULD_REGISTER_OP_KERNEL("Selected<float>"), "");'))

    others = "".join(f'{{{match[1]}, "Other{i}"}},\n' for i in range(3))
    collided = content.replace(match[0], others + match[0]).replace("kKernelClasses, 1,", "kKernelClasses, 4,")
    file.write_text(collided)
    check(compiler, "c++11", program(tmp_path, 'static_assert(SHOULD_REGISTER_OP_KERNEL("Selected<float>"), "");'))


@pytest.mark.parametrize("standard", ["c++11", "c++20"])
def test_many_translation_units(compiler: str, standard: str, tmp_path: Path) -> None:
    """The functions are asked at run time too: ``Name(const char* op)`` of op_kernel.h up to TensorFlow 2.1."""
    require(compiler)
    classes = class_texts(50)
    header(tmp_path, ["Add"], classes)
    ask = "bool {name}(const char* op, const char* text)"
    body = "{ return SHOULD_REGISTER_OP(op) && SHOULD_REGISTER_OP_KERNEL(text); }\n"
    for name in ("first", "second"):
        (tmp_path / f"{name}.cc").write_text(f'#include "ops_to_register.h"\n{ask.format(name=name)} {body}')
    (tmp_path / "main.cc").write_text(
        f"""
        {ask.format(name="first")};
        {ask.format(name="second")};
        int main() {{
          const char* text = {literal(" ".join(classes[7]))};
          const char* absent = {literal(class_texts(51)[50])};
          return first("Add", text) && second("Add", text) && !first("Add", absent) && !second("Sub", text) ? 0 : 1;
        }}
        """
    )
    flags = [f"-std={standard}", *WARNINGS, "-O0"]
    run([compiler, *flags, tmp_path / "first.cc", tmp_path / "second.cc", tmp_path / "main.cc", "-o", tmp_path / "it"])
    run([tmp_path / "it"])


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_header(compiler: str, name: str, tmp_path: Path) -> None:
    require(compiler)
    selection = GOLDEN[name]()
    generate(selection, tmp_path, command=COMMAND)
    golden = Path(__file__).parent.parent / "golden" / name / "ops_to_register.h"
    (tmp_path / "ops_to_register.h").write_bytes(golden.read_bytes())
    classes = [kernel.class_text for kernel in selection.kernels]
    queries = [*classes, "EnterOp2", "CholeskyOp<float>", ""]
    ops = "".join(f'static_assert(SHOULD_REGISTER_OP({literal(op.name)}), "");\n' for op in selection.ops)
    gradient = f'static_assert(SHOULD_REGISTER_OP_GRADIENT == {"true" if name == "small" else "false"}, "");\n'
    for standard in STANDARDS:
        check(compiler, standard, program(tmp_path, ops + gradient + assertions(queries, classes)))
