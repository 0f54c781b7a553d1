"""What ``ops_to_register.h`` costs the compiler, beside the header that TensorFlow's own generator writes.

    python benchmarks/header_cost.py [--classes 400] [--registrations 200] [--runs 5]

One translation unit asks as many questions as it has registrations, half of them about kernels that are not selected;
it is compiled with every compiler installed, without output (-fsyntax-only), and the least of the runs counts, in
seconds of CPU. "empty" is the same translation unit without a header and without questions. TensorFlow's header needs
the tensorflow wheel (it is made by its tensorflow.python.tools.selective_registration_header_lib) and at most 470
classes: with more its templates nest deeper than the 512 levels that compilers allow.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from native.class_texts import class_texts  # noqa: E402
from native.compilers import COMPILERS  # noqa: E402
from opsieve.codegen.generate import generate  # noqa: E402
from opsieve.selection.selection import SelectedKernel, SelectedOp, Selection  # noqa: E402

# The condition of REGISTER_KERNEL_BUILDER (tensorflow/core/framework/op_kernel.h and registration/registration.h).
_REGISTRATION = (
    "bool registration_{i} = ::std::integral_constant<bool, "
    '!(false || (SHOULD_REGISTER_OP_KERNEL("{text}") && SHOULD_REGISTER_OP("{op}")))>::value;\n'
)
_INCLUDES = "#include <string.h>\n#include <type_traits>\n"


def main() -> None:
    options = _options()
    texts = class_texts(options.classes + options.registrations)
    selected, others = texts[: options.classes], texts[options.classes :]
    asked = [text for pair in zip(selected, others, strict=False) for text in pair][: options.registrations]
    pairs = [(f"Op{i // 3}", text) for i, text in enumerate(selected)]

    with tempfile.TemporaryDirectory() as folder:
        headers = {"opsieve": _own_header(pairs, Path(folder))}
        reference = _reference_header(pairs)
        if reference is not None:
            headers["TensorFlow"] = reference
        print(f"{len(selected)} kernel classes, {len(asked)} registrations, seconds of CPU, least of {options.runs}\n")
        print("| compiler | standard | empty | TensorFlow's header | opsieve's header | ratio | ratio less empty |")
        print("|---|---|--:|--:|--:|--:|--:|")
        for compiler in filter(shutil.which, COMPILERS):
            for standard in ("c++11", "c++17"):
                times = {"empty": _time(compiler, standard, _INCLUDES, Path(folder), options.runs)}
                for name, header in headers.items():
                    times[name] = _time(compiler, standard, header + _questions(asked), Path(folder), options.runs)
                print(_row(compiler, standard, times))
    if reference is None:
        print("\nTensorFlow's header is left out: the tensorflow wheel is not installed, or more than 470 classes.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=400, help="kernel classes selected")
    parser.add_argument("--registrations", type=int, default=200, help="registrations in the translation unit")
    parser.add_argument("--runs", type=int, default=5, help="how often each is compiled")
    return parser.parse_args()


def _own_header(pairs: list[tuple[str, str]], folder: Path) -> str:
    selection = Selection(
        version="2.14.0",
        source="tensorflow",
        defines={},
        models=(),
        ops=tuple(SelectedOp(op, ()) for op in sorted({op for op, _ in pairs})),
        kernels=tuple(SelectedKernel(op, text, "CPU", {}, "kernel.cc", 1) for op, text in pairs),
        sources=(),
    )
    generate(selection, folder, command="opsieve generate")
    return _INCLUDES + (folder / "ops_to_register.h").read_text()


def _reference_header(pairs: list[tuple[str, str]]) -> str | None:
    if len(pairs) > 470 or importlib.util.find_spec("tensorflow") is None:
        return None
    from tensorflow.python.tools import selective_registration_header_lib

    header: str = selective_registration_header_lib.get_header_from_ops_and_kernels(pairs, False)
    return _INCLUDES + header


def _questions(asked: list[str]) -> str:
    return "\n" + "".join(_REGISTRATION.format(i=i, text=text, op=f"Op{i}") for i, text in enumerate(asked))


def _time(compiler: str, standard: str, code: str, folder: Path, runs: int) -> float:
    source = folder / "unit.cc"
    source.write_text(code)
    times = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([compiler, f"-std={standard}", "-w", "-fsyntax-only", source], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def _row(compiler: str, standard: str, times: dict[str, float]) -> str:
    theirs = times.get("TensorFlow")
    own, empty = times["opsieve"], times["empty"]
    cells = [compiler, standard, f"{empty:.3f}", "–" if theirs is None else f"{theirs:.3f}", f"{own:.3f}"]
    cells += ["–", "–"] if theirs is None else [f"{theirs / own:.0f}", f"{(theirs - empty) / (own - empty):.0f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
