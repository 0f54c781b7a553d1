"""Links that fail, and what is said of them; links that succeed, and what they could have done without."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from native.compilers import require, run
from native.registering_tree import kernel_source, make_plan, with_unit, write_tree
from opsieve.build.link_check import REPORT, explained_link, link_summary
from opsieve.build.makefiles import run_build, write_makefiles
from opsieve.build.makefiles.linked import compiled_source, read_linked
from opsieve.build.plan import Plan, Unit
from opsieve.build.toolchains import Toolchain, check_toolchain
from opsieve.errors import OpsieveError

_SELECTED = {"Add": ["Add"], "Square": ["Square"]}
_POWER = "op_math::Power(double, int)"
_LINKERS = {"lld": "ld.lld", "gold": "ld.gold", "bfd": "ld.bfd"}


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    for program in ("make", "g++", "nm"):
        require(program)
    return check_toolchain("linux-x86_64") if os.uname().machine == "x86_64" else check_toolchain("linux-aarch64")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "a $folder: of #'mine'"
    write_tree(place)
    return place


def _build(plan: Plan, toolchain: Toolchain, folder: Path, output: str = "out") -> Path:
    makefile = write_makefiles(plan, toolchain, folder / output, folder / "objects")
    with explained_link(makefile, toolchain):
        run_build(makefile, 2, report=lambda line: None)
    return makefile


def _failed(plan: Plan, toolchain: Toolchain, folder: Path) -> OpsieveError:
    with pytest.raises(OpsieveError) as raised:
        _build(plan, toolchain, folder)
    return raised.value


def _without(plan: Plan, *sources: str) -> Plan:
    return replace(plan, units=tuple(unit for unit in plan.units if unit.source not in sources))


def _report(folder: Path, output: str = "out") -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / output / REPORT).read_text())
    return loaded


@pytest.mark.parametrize("linker", _LINKERS)
def test_a_missing_source_is_found_by_its_text(linker: str, folder: Path) -> None:
    for program in ("make", "g++", _LINKERS[linker]):
        require(program)
    if os.uname().machine != "x86_64":
        pytest.skip("gold is not there for every processor")
    toolchain = check_toolchain("linux-x86_64", {"LINKER": linker})
    error = _failed(_without(make_plan(folder, {"Square": ["Square"]}), "ops_math/op_math.cc"), toolchain, folder)
    assert error.message.endswith(": cannot be made: a symbol is undefined")
    assert error.details == (
        _POWER,
        f"  asked for by {kernel_source('Square')}",
        "  probably defined in ops_math/ops_math/op_math.cc, which is not compiled",
    )
    assert error.hint is not None
    assert "too few sources of ops_math" in error.hint
    assert str(folder / "out" / REPORT) in error.hint


def test_a_missing_source_is_found_by_its_object(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, {"Square": ["Square"]})
    _build(plan, toolchain, folder)
    error = _failed(_without(plan, "ops_math/op_math.cc"), toolchain, folder)
    assert error.details[-1] == "  defined in ops_math/ops_math/op_math.cc, which is not linked"
    report = _report(folder)
    assert report["failed"] in ("libsmall.so", "run_model")
    assert report["undefined"] == [
        {
            "symbol": "_ZN7op_math5PowerEdi",
            "name": _POWER,
            "asked_for_by": [{"source": kernel_source("Square"), "group": "selected"}],
            "defined_in": [{"source": "ops_math/ops_math/op_math.cc", "group": "ops_math"}],
            "probably_defined_in": [],
        }
    ]

    makefile = _build(plan, toolchain, folder)
    assert link_summary(makefile, toolchain)
    assert _report(folder)["undefined"] == []


def test_a_source_of_the_tree_is_an_error_of_ours(toolchain: Toolchain, folder: Path) -> None:
    framework = "tensorflow/core/framework/op_kernel.cc"
    error = _failed(_without(make_plan(folder, _SELECTED), framework), toolchain, folder)
    assert error.details
    assert set(error.details[2::3]) == {f"  probably defined in {framework}, which is not compiled"}
    assert error.hint is not None
    assert "please report it" in error.hint


def test_what_nobody_defines_and_what_an_if_leaves_out(toolchain: Toolchain, folder: Path) -> None:
    (folder / "tree" / "tensorflow" / "core" / "asks.cc").write_text(
        "namespace tensorflow { int Nowhere(int); int LeftOut(int); }\n"
        'extern "C" int TF_Asks() { return tensorflow::Nowhere(1) + tensorflow::LeftOut(2); }\n'
    )
    (folder / "tree" / "tensorflow" / "core" / "has.cc").write_text(
        "namespace tensorflow {\n#ifdef NEVER\nint LeftOut(int x) { return x; }\n#endif\n}\n"
    )
    units = (Unit(f"tensorflow/core/{name}.cc", "tensorflow", "core") for name in ("asks", "has"))
    plan = with_unit(make_plan(folder, _SELECTED), *units)
    # The program does not call TF_Asks: only the shared library, which exports it, cannot be made.
    error = _failed(plan, toolchain, folder)
    assert error.message == "libsmall.so: cannot be made: 2 symbols are undefined"
    assert error.details == (
        "tensorflow::LeftOut(int)",
        "  asked for by tensorflow/core/asks.cc",
        "  probably defined in tensorflow/core/has.cc, which is linked: an #if may leave it out there",
        "tensorflow::Nowhere(int)",
        "  asked for by tensorflow/core/asks.cc",
        "  not found in a source of the tree or of the packages",
    )
    assert error.hint is not None
    assert "LDFLAGS" in error.hint


def test_no_list_is_endless(toolchain: Toolchain, folder: Path) -> None:
    names = [f"Nowhere{number:02d}" for number in range(25)]
    (folder / "tree" / "tensorflow" / "core" / "asks.cc").write_text(
        f"{''.join(f'int {name}();' for name in names)}\n"
        f'extern "C" int TF_Asks() {{ return {" + ".join(f"{name}()" for name in names)}; }}\n'
    )
    plan = with_unit(make_plan(folder, _SELECTED), Unit("tensorflow/core/asks.cc", "tensorflow", "core"))
    error = _failed(plan, toolchain, folder)
    assert error.message == "libsmall.so: cannot be made: 25 symbols are undefined"
    assert error.details[-1] == f"and 15 more, in {folder / 'out' / REPORT}"
    undefined = _report(folder)["undefined"]
    assert isinstance(undefined, list)
    assert [row["name"] for row in undefined] == [f"{name}()" for name in names]


def test_what_does_not_link_for_another_reason_is_told_as_it_was(toolchain: Toolchain, folder: Path) -> None:
    broken = replace(toolchain, link_flags=(*toolchain.link_flags, "-Wl,--no-such-option"))
    error = _failed(make_plan(folder, _SELECTED), broken, folder)
    assert "no-such-option" in "\n".join(error.details)
    assert not (folder / "out" / REPORT).exists()


def test_for_another_processor(folder: Path) -> None:
    for program in ("make", "aarch64-linux-gnu-g++", "aarch64-linux-gnu-nm"):
        require(program)
    toolchain = check_toolchain("linux-aarch64")
    plan = make_plan(folder, _SELECTED)
    # With what only the compiler's own archive has there.
    (folder / "tree" / "tensorflow" / "core" / "lib" / "atomic.cc").write_text(
        '#include <atomic>\nstd::atomic<int> n; extern "C" int TF_Next() { return n.fetch_add(1); }\n'
    )
    more = with_unit(plan, Unit("tensorflow/core/lib/atomic.cc", "tensorflow", "core"))
    assert _failed(_without(more, "ops_math/op_math.cc"), toolchain, folder).details[0::3] == (_POWER,)


def test_objects_that_nobody_needs(toolchain: Toolchain, folder: Path) -> None:
    (folder / "tree" / "tensorflow" / "core" / "empty.cc").write_text("// For another processor.\n")
    plan = with_unit(make_plan(folder, _SELECTED), Unit("tensorflow/core/empty.cc", "tensorflow", "core"))
    makefile = _build(plan, toolchain, folder)
    summary = link_summary(makefile, toolchain)
    assert summary.startswith("3 of 7 objects are not needed to link")
    report = _report(folder)
    rows = report["unneeded"]
    assert isinstance(rows, list)
    assert [(row["source"], row["group"]) for row in rows] == [
        ("version_info.cc", "generated"),
        ("tensorflow/core/empty.cc", "core"),
        ("tensorflow/core/lib/plain.c", "core"),
    ]
    assert [row["bytes"] > 0 for row in rows] == [True, False, True]
    assert report["unneeded_bytes"] == sum(row["bytes"] for row in rows)
    assert report["linked"] == ["libsmall.so", "run_model"]
    assert str(folder) not in (folder / "out" / REPORT).read_text()

    # A real linker agrees, and keeps all it is given.
    linked = read_linked(makefile)
    unneeded = {name for name in linked.library if compiled_source(name).path in {row["source"] for row in rows}}
    assert len(unneeded) == 3
    needed = [linked.workspace / name for name in linked.library if name not in unneeded]
    program = [linked.workspace / name for name in linked.program]
    run([*toolchain.cxx, *program, *needed, "-o", folder / "without"])
    assert run([folder / "without"]) == run([folder / "out" / "run_model"])


def test_it_is_asked_once_for_each_link(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    makefile = _build(plan, toolchain, folder)
    assert link_summary(makefile, toolchain)
    first = (folder / "out" / REPORT).read_bytes()
    assert link_summary(_build(plan, toolchain, folder), toolchain) == ""
    (folder / "out" / "run_model").unlink()
    assert link_summary(_build(plan, toolchain, folder), toolchain)
    assert (folder / "out" / REPORT).read_bytes() == first
    # Nothing in it says where.
    assert link_summary(_build(plan, toolchain, folder, "another"), toolchain)
    assert (folder / "another" / REPORT).read_bytes() == first


def test_without_nm_a_link_is_as_good(toolchain: Toolchain, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    makefile = _build(make_plan(folder, {"Add": ["Add"]}), toolchain, folder)
    monkeypatch.setattr("opsieve.build.link_check.nm_of", lambda toolchain: "no-such-nm")
    assert "no-such-nm: cannot be run" in link_summary(makefile, toolchain)
    assert not (folder / "out" / REPORT).exists()
    # And a link that fails is told in the linker's own words.
    error = _failed(_without(make_plan(folder, {"Square": ["Square"]}), "ops_math/op_math.cc"), toolchain, folder)
    assert "op_math::Power" in "\n".join(error.details)
