"""Random macros, expanded by the reader and by a compiler's preprocessor: the same text comes out."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opsieve.errors import OpsieveError
from opsieve.tree.store import FileStore
from opsieve.tree.tokens import spell
from opsieve.tree.unit import MARKER_NAMES, Unit

NAMES = ["A", "B", "C", "D", "E", "F"]
WORDS = [*NAMES, "x", "y", "float", "1", "+", "::", "<", ">", '"s"', "'c'", "_"]
PARAMETERS = ["p", "q", "__VA_ARGS__"]
COMPILER = shutil.which("g++") or shutil.which("clang++")


@st.composite
def definition(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    kind = draw(st.integers(0, 3))
    parameters = [["p"], ["p", "q"], ["p", "..."]][kind] if kind < 3 else None
    usable = {0: ["p"], 1: ["p", "q"], 2: ["p", "__VA_ARGS__"], 3: []}[kind]
    body = []
    for _ in range(draw(st.integers(0, 6))):
        choice = draw(st.integers(0, 5))
        if choice == 0 and usable:
            body.append("#" + draw(st.sampled_from(usable)))
        elif choice == 1 and usable:
            body.append(f"x##{draw(st.sampled_from(usable))}")
        elif choice == 2 and usable:
            body.append(draw(st.sampled_from(usable)))
        elif choice == 3:
            arguments = draw(st.lists(st.sampled_from([*usable, *WORDS[:9]]), max_size=2))
            body.append(f"{draw(st.sampled_from(NAMES))}({','.join(arguments)})")
        else:
            body.append(draw(st.sampled_from(WORDS)))
    head = name if parameters is None else f"{name}({','.join(parameters)})"
    return f"#define {head} {' '.join(body)}"


@st.composite
def program(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for line in draw(st.lists(definition(), min_size=1, max_size=8)):
        name = re.split(r"\W", line[8:])[0]
        lines += [f"#undef {name}", line]
        if draw(st.integers(0, 3)) == 0:
            lines.append(draw(call()))
    return "\n".join([*lines, draw(call()), ""])


@st.composite
def call(draw: st.DrawFn) -> str:
    pieces = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            arguments = draw(st.lists(st.sampled_from(WORDS[:9]), max_size=2))
            pieces.append(
                f"{draw(st.sampled_from(NAMES))}{draw(st.sampled_from(['', ' ', chr(10)]))}({','.join(arguments)})"
            )
        else:
            pieces.append(draw(st.sampled_from(WORDS)))
    return f"REGISTER_KERNEL_BUILDER(N, {' '.join(pieces)});"


def by_compiler(source: Path) -> list[str] | None:
    """What the preprocessor leaves of each call, without white space; None where it reports an error."""
    assert COMPILER is not None
    done = subprocess.run([COMPILER, "-E", "-P", "-std=c++17", source], capture_output=True, text=True, check=False)
    if done.returncode or "warning" in done.stderr:
        return None
    calls = done.stdout.split("REGISTER_KERNEL_BUILDER")[1:]
    return ["".join(text.split()).rpartition(";")[0] for text in calls]


def by_reader(source: Path) -> list[str]:
    store = FileStore(source.parent, MARKER_NAMES)
    file = store.parsed(source.name)
    assert file is not None
    unit = Unit(store, file, {})
    unit.run()
    joined = [",".join("".join(spell(list(part)).split()) for part in found.arguments) for found in unit.calls]
    return [f"({text})" for text in joined]


@pytest.mark.skipif(COMPILER is None, reason="compares with a compiler's preprocessor, and there is none")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=program())
@example(text="#define D(p,...) p #p\n#define F A D(F) A\nREGISTER_KERNEL_BUILDER(N, F);\n")
def test_random_macros_expand_as_the_preprocessor_expands_them(text: str, tmp_path: Path) -> None:
    source = tmp_path / "random.cc"
    source.write_text(text)
    expected = by_compiler(source)
    if expected is None:
        # The compiler refuses it (a wrong number of arguments, an invalid paste): any answer but a crash will do.
        with contextlib.suppress(OpsieveError):
            by_reader(source)
        return
    assert by_reader(source) == expected
