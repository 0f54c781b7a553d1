"""The include graph against a real preprocessor, and where it must stop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsieve.errors import OpsieveError
from opsieve.tree.linking.includes import IncludeGraph

from .small_build import FILES, KERNELS, write_tree

CONDITIONS = (
    "#if 1",
    "#if 0",
    "#ifdef GIVEN",
    "#ifndef GIVEN",
    "#if defined(SEEN_A)",
    "#if VALUE > 2",
    "#ifdef SEEN_B",
)


def compiler_reaches(tree: Path, source: str, defines: dict[str, str]) -> set[str]:
    """What a compiler reads for a source, and what it does not find (which -MG takes for generated)."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler to compare with")
    options = [f"-D{name}={value}" for name, value in defines.items()]
    command = [compiler, "-M", "-MG", "-nostdinc", "-I.", *options, source]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    words = done.stdout.replace("\\\n", " ").split()[1:]
    return {word.removeprefix("./") for word in words}


@pytest.mark.parametrize("defines", [{}, {"GOOGLE_CUDA": "1"}])
def test_what_is_reached_is_what_a_compiler_reads(tmp_path: Path, defines: dict[str, str]) -> None:
    tree = write_tree(tmp_path)
    graph = IncludeGraph(tree, defines)
    for source in (name for name in FILES if name.endswith(".cc")):
        reached = graph.reached(source)
        assert {*reached.headers, *reached.absent} == compiler_reaches(tree, source, defines), source


def test_who_included_what_and_how(tmp_path: Path) -> None:
    reached = IncludeGraph(write_tree(tmp_path), {}).reached(f"{KERNELS}/conv_op.cc")
    assert reached.headers[f"{KERNELS}/conv_op.cc"] == ""
    assert reached.headers[f"{KERNELS}/fill.h"] == f"{KERNELS}/deep.h"
    assert reached.absent["absl/strings/string_view.h"] == "tensorflow/core/framework/op.h"
    assert reached.angled == {"string"}
    assert f"{KERNELS}/gpu_only.h" not in reached.headers


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    """Headers that define, undefine and include each other under conditions, guarded or not."""
    names = ["a.h", "b.h", "c.h", "d.h"]
    files = {}
    for position, name in enumerate(names):
        lines = []
        for _ in range(draw(st.integers(0, 5))):
            body = draw(
                st.sampled_from(
                    [
                        *(f'#include "{other}"' for other in names[position + 1 :]),
                        "#include <missing.h>",
                        '#include "gone.h"',
                        "#define SEEN_A 1",
                        "#undef SEEN_A",
                        "#define SEEN_B",
                        "#undef GIVEN",
                        "#define VALUE 3",
                        '#define NAME "d.h"',
                        "int text;",
                    ]
                )
            )
            condition = draw(st.sampled_from(["", *CONDITIONS]))
            other = draw(st.sampled_from(["", "#define VALUE 4\n", '#include "late.h"\n']))
            lines.append(f"{condition}\n{body}\n#else\n{other}#endif\n" if condition else f"{body}\n")
        text = "".join(lines)
        guard = draw(st.sampled_from(["none", "ifndef", "once"]))
        if guard == "ifndef":
            text = f"#ifndef G{position}\n#define G{position}\n{text}#endif\n"
        elif guard == "once":
            # With its name in it: g++ takes two files of the same content for one.
            text = f"#pragma once\n// {name}\n{text}"
        files[name] = text
    files["x.cc"] = "".join(f'#include "{name}"\n' for name in draw(st.lists(st.sampled_from(names), max_size=5)))
    return files


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=headers(), given=st.booleans())
def test_any_conditions_as_a_compiler_has_them(tmp_path: Path, files: dict[str, str], given: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    defines = {"GIVEN": "1"} if given else {}
    reached = IncludeGraph(tmp_path, defines).reached("x.cc")
    assert {*reached.headers, *reached.absent} == compiler_reaches(tmp_path, "x.cc", defines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=headers(), given=st.sets(st.sampled_from(["GIVEN", "SEEN_A", "SEEN_B", "VALUE"])))
def test_whatever_a_compiler_defines_no_header_is_left_out(
    tmp_path: Path, files: dict[str, str], given: set[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    read = compiler_reaches(tmp_path, "x.cc", dict.fromkeys(given, "1"))
    named = IncludeGraph(tmp_path, {}).named(["x.cc"])
    assert {name for name in read if (tmp_path / name).is_file()} <= {"x.cc", *named}


def test_headers_for_another_processor_are_named_and_not_reached(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "x.cc": '#if defined(__AVX2__)\n#include "avx.h"\n#elif defined(EIGEN_NEON)\n#include "neon.h"\n#endif\n',
            "neon.h": '#ifdef LATER\n#include "deep.h"\n#endif\n#include "x.cc"\n',
            "avx.h": "",
            "deep.h": "",
            "other.h": "",
        },
    )
    graph = IncludeGraph(tmp_path, {})
    assert graph.named(["x.cc", "gone.cc"]) == {"avx.h", "neon.h", "deep.h", "x.cc"}
    assert graph.reached("x.cc").headers.keys() == {"x.cc"}


def test_a_header_that_includes_itself_for_ever_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"x.cc": '#include "loop.h"\n', "loop.h": '#include "loop.h"\n'})
    with pytest.raises(OpsieveError, match=r"loop\.h:1: includes nest deeper than"):
        IncludeGraph(tmp_path, {}).reached("x.cc")


def test_no_such_file(tmp_path: Path) -> None:
    graph = IncludeGraph(tmp_path, {})
    assert not graph.reached("x.cc").headers
    with pytest.raises(OpsieveError, match=r"x\.cc: there is no such file"):
        graph.active("x.cc")
