"""Makefiles as they are written, without running them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from native.registering_tree import make_plan, with_unit, write_tree
from opsieve.build.makefiles import Options, write_makefiles
from opsieve.build.makefiles.outputs import version_script
from opsieve.build.makefiles.precompiling import steers_headers
from opsieve.build.plan import Group, Plan, Unit
from opsieve.build.toolchains import Toolchain
from opsieve.errors import OpsieveError

_TOOLCHAIN = Toolchain(
    "linux-x86_64",
    "linux",
    "elf",
    "x86_64",
    ("gcc",),
    ("g++",),
    ("ar",),
    ("strip",),
    "gcc",
    "g++ 12",
    ("-Os",),
    ("-Wc",),
    ("-std=c++17", "-frtti"),
    ("EIGEN_NEON_GEBP_NR=4",),
    ("-fuse-ld=lld", "-Wl,--gc-sections", "-pthread"),
    "lld",
    ("-ldl",),
    (),
)
_APPLE = replace(_TOOLCHAIN, name="ios-arm64", format="macho", family="clang", ar=("libtool",), shared=False)
_SELECTED = {"Add": ["Add"], "Mul": ["Mul"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tree(tmp_path)
    return tmp_path


def _write(plan: Plan, folder: Path, toolchain: Toolchain = _TOOLCHAIN, options: Options | None = None) -> str:
    write_makefiles(plan, toolchain, folder / "out", folder / "objects", options)
    return (folder / "out" / "build" / "build.mk").read_text()


def _objects(makefile: str) -> list[str]:
    return sorted(set(re.findall(r"^(\S+\.o): ", makefile, re.M)))


def test_objects_are_named_after_what_they_depend_on(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    first = _objects(_write(plan, folder))
    assert len(first) == 7
    other = _objects(_write(make_plan(folder, {**_SELECTED, "Add": ["AddInt"]}), folder))
    # One other object: that of the one unit whose header is another.
    assert [name.rpartition("/")[2].partition(".")[0] for name in {*first} ^ {*other}] == ["add_op", "add_op"]
    for changed in (
        replace(_TOOLCHAIN, compile_flags=("-O2",)),
        replace(_TOOLCHAIN, defines=()),
        replace(_TOOLCHAIN, version="g++ 13"),
        replace(_TOOLCHAIN, cxx=("/opt/g++",)),
    ):
        assert not {*first} & {*_objects(_write(plan, folder, changed))}
    # What only links does not.
    assert first == _objects(_write(plan, folder, replace(_TOOLCHAIN, link_flags=("-O1",), libraries=())))
    assert first == _objects(_write(plan, folder, replace(_TOOLCHAIN, cxx=("ccache", "g++")), Options(precompile=True)))


def test_a_header_made_to_stand_before_one_of_the_tree_counts(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    first = _objects(_write(plan, folder))
    header = next(path for path in plan.roots["tensorflow"].rglob("*.h")).relative_to(plan.roots["tensorflow"])
    before = replace(plan, generated={**plan.generated, header.as_posix(): ""})
    second = _objects(_write(before, folder))
    # All that search the tree's folders.
    assert {name.partition("-")[0] for name in {*second} - {*first}} >= {"core", "selected"}
    # What is in it is told by the lists of headers.
    assert _objects(_write(replace(before, generated={**before.generated, header.as_posix(): "//"}), folder)) == second
    assert _objects(_write(replace(plan, generated={**plan.generated, "new/one.h": ""}), folder)) == first


def test_nothing_is_touched_the_second_time(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    _write(plan, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    _write(plan, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before


def test_the_order_of_the_plan_does_not_matter(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    first = _write(plan, folder)
    assert _write(replace(plan, units=plan.units[::-1]), folder) == first


def test_no_absolute_path_is_in_the_makefile(folder: Path) -> None:
    assert str(folder) not in _write(make_plan(folder, _SELECTED), folder)
    assert str(folder) not in (folder / "out" / "Makefile").read_text()


def test_flags_are_those_of_the_language(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    groups = tuple(replace(group, flags=("-std=c++14", "-fno-rtti", "-w")) for group in plan.groups)
    lines = _write(replace(plan, groups=groups), folder).splitlines()
    cxx = next(line for line in lines if line.startswith("flags_core :="))
    c = next(line for line in lines if line.startswith("cflags_core :="))
    # The group's come last, so that they hold.
    assert cxx.index("-std=c++17") < cxx.index("-std=c++14")
    assert "-w" in c.split()
    assert "-Wc" in c.split()
    assert "c++" not in c
    assert "rtti" not in c
    assert "-DEIGEN_NEON_GEBP_NR=4" in c
    assert "-DEIGEN_NEON_GEBP_NR=4" in cxx


def test_defines_keep_their_text(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    text = """TEXT="it's $5 #1" """
    groups = tuple(replace(group, defines=(text,)) for group in plan.groups)
    makefile = _write(replace(plan, groups=groups), folder)
    assert "'-DTEXT=\"it'\"'\"'s $$5 \\#1\" '" in makefile


def test_wrapped_compilers_do_not_precompile(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    assert "precompiled.h.gch" in _write(plan, folder)
    assert "precompiled.h" not in _write(plan, folder, replace(_TOOLCHAIN, cxx=("ccache", "g++")))
    assert "precompiled.h" not in _write(plan, folder, options=Options(precompile=False))


def test_a_second_folder_for_a_root(folder: Path) -> None:
    """Another package of the same name gets a link of its own, and what is compiled with it other objects."""
    plan = make_plan(folder, _SELECTED)
    first = _objects(_write(plan, folder))
    os.rename(folder / "ops_math", folder / "other")
    (folder / "ops_math").mkdir()
    moved = replace(plan, roots={**plan.roots, "ops_math": folder / "other"})
    second = _objects(_write(moved, folder))
    assert {name for name in first if name.startswith("generated-")} <= {*second}
    assert not {name for name in first if name.startswith(("core-", "ops_math-"))} & {*second}
    links = {path.name.partition("-")[0]: path for path in folder.glob("objects/*/roots/ops_math-*")}
    assert links["ops_math"].resolve() == folder / "other"


def test_another_tree_has_objects_of_its_own(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    _write(make_plan(folder, _SELECTED), folder)
    other = tmp_path_factory.mktemp("other")
    write_tree(other)
    write_makefiles(make_plan(other, _SELECTED), _TOOLCHAIN, folder / "out", folder / "objects")
    assert len(list((folder / "objects").iterdir())) == 2


def _plan_with(change: Callable[[Plan], Plan]) -> Callable[[Path], Plan]:
    return lambda folder: change(make_plan(folder, _SELECTED))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (_plan_with(lambda p: replace(p, name="a b")), "'a b' cannot be the name of a library"),
        (_plan_with(lambda p: replace(p, roots={**p.roots, "a/b": Path("/")})), "cannot be the name of a root"),
        (
            _plan_with(lambda p: with_unit(p, Unit("a b.cc", "tensorflow", "core"))),
            "'a b.cc' cannot stand in a makefile",
        ),
        (_plan_with(lambda p: with_unit(p, Unit("$(x).cc", "tensorflow", "core"))), "cannot stand in a makefile"),
        (_plan_with(lambda p: with_unit(p, Unit("../a.cc", "tensorflow", "core"))), "leads out of its folder"),
        (_plan_with(lambda p: with_unit(p, Unit("/a.cc", "tensorflow", "core"))), "leads out of its folder"),
        (
            _plan_with(lambda p: with_unit(p, Unit("no.cc", "tensorflow", "core"))),
            r"tree/no.cc: there is no such source",
        ),
        (_plan_with(lambda p: with_unit(p, Unit("no.cc", "", "core"))), "nothing in the plan generates it"),
        (_plan_with(lambda p: with_unit(p, Unit("a.cc", "eigen", "core"))), "there is no root 'eigen'"),
        (_plan_with(lambda p: with_unit(p, Unit("a.cc", "tensorflow", "x"))), "there is no group 'x'"),
        (_plan_with(lambda p: with_unit(p, p.units[0])), "compiles it twice"),
        (_plan_with(lambda p: with_unit(p, replace(p.units[-2], header="0"))), "has no ops_to_register.h '0'"),
        (_plan_with(lambda p: replace(p, units=())), "nothing to compile"),
        (
            _plan_with(lambda p: replace(p, roots={**p.roots, "x": Path("/no/such")})),
            "/no/such: there is no such folder",
        ),
        (_plan_with(lambda p: replace(p, protos=("a.proto",))), "no protoc"),
        (_plan_with(lambda p: replace(p, protos=("a.proto",), protoc=Path("/no/protoc"))), "protoc cannot be run"),
        (_plan_with(lambda p: replace(p, generated={**p.generated, "../x": ""})), "leads out"),
        (_plan_with(lambda p: replace(p, public_headers=(("tensorflow", "no.h"),))), "there is no such header"),
        (_plan_with(lambda p: replace(p, public_headers=(("", "no.h"),))), "nothing in the plan generates this header"),
    ],
)
def test_plans_that_cannot_be_built(plan: Callable[[Path], Plan], said: str, folder: Path) -> None:
    with pytest.raises(OpsieveError, match=said):
        _write(plan(folder), folder)
    assert not (folder / "out" / "Makefile").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(static=False, shared=False), "neither"),
        (Options(code="small"), "no code kind 'small'"),
        (Options(code="absolute"), "a shared library cannot be made of 'absolute' code"),
    ],
)
def test_wrong_options(options: Options, said: str, folder: Path) -> None:
    with pytest.raises(OpsieveError, match=said):
        _write(make_plan(folder, _SELECTED), folder, options=options)


def test_headers_lie_where_they_are_included_from(folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    nested = folder / "tree/third_party/tsl/tsl/env.h"
    nested.parent.mkdir(parents=True)
    nested.write_text("")
    groups = (*plan.groups, Group("x", (("tensorflow", "third_party/tsl"),)))
    plan = replace(
        plan, groups=groups, public_headers=(*plan.public_headers, ("tensorflow", "third_party/tsl/tsl/env.h"))
    )
    makefile = _write(plan, folder)
    assert "$(output)/include/tsl/env.h: roots/tensorflow/third_party/tsl/tsl/env.h" in makefile
    assert "$(output)/include/tensorflow/core/framework/op_kernel.h: roots/tensorflow/tensorflow/" in makefile


def test_apple_libraries(folder: Path) -> None:
    makefile = _write(make_plan(folder, _SELECTED), folder, _APPLE)
    assert "$(AR) -static -o @output@ -filelist $(output)/build/library.rsp" in makefile
    assert "all: $(output)/libsmall.so" not in makefile
    assert "-shared" not in makefile
    assert (folder / "out/small.ldflags").read_text().split()[:2] == ["-Wl,-force_load,libsmall.a", "-Wl,-dead_strip"]
    assert "-Wl,-force_load,${libdir}/libsmall.a" in (folder / "out/pkgconfig/small.pc").read_text()
    assert not (folder / "out/pkgconfig/small-shared.pc").exists()


@pytest.mark.parametrize(
    ("exported", "lines"),
    [
        ((), ["{ global: *; };"]),
        (("TF_*", "kVersion"), ["{", "global:", "TF_*;", "kVersion;", "local:", "*;", "};"]),
        (
            ("TF_*", "tensorflow::Session::*", "vtable for tensorflow::*", "a::f(int, char const*)", "a::g()"),
            [
                "{",
                "global:",
                "TF_*;",
                'extern "C++" {',
                "tensorflow::Session::*;",
                "vtable?for?tensorflow::*;",
                "a::f?int??char?const*?;",
                '"a::g()";',
                "};",
                "local:",
                "*;",
                "};",
            ],
        ),
    ],
)
def test_version_scripts(exported: tuple[str, ...], lines: list[str]) -> None:
    assert [line.strip() for line in version_script(exported).splitlines()] == lines


@pytest.mark.parametrize(
    ("text", "steers"),
    [
        ('#include "a.h"\n#define X\n', False),
        ('#define X\n#include "a.h"\n', True),
        ('#  undef X\n #  include "a.h"\n', True),
        ('#include "a.h"\n#define X 1\n#include "b.h"\n', True),
        ('#define EIGEN_USE_THREADS\n#include "a.h"\n', False),
        ('#if GOOGLE_CUDA\n#define EIGEN_USE_GPU\n#endif\n#include "a.h"\n', False),
        ('#if A\n#if B\n#endif\n#define C\n#endif\n#define D\n#include "a.h"\n', True),
        ("", False),
    ],
)
def test_sources_that_steer_headers(text: str, steers: bool, tmp_path: Path) -> None:
    (tmp_path / "x.cc").write_text(text)
    assert steers_headers(tmp_path / "x.cc", ("EIGEN_USE_THREADS=", "Y")) == steers


def test_templates_may_be_replaced(folder: Path) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "build_pkgconfig.pc.j2").write_text("Name: {{ name }} of mine\n")
    write_makefiles(
        make_plan(folder, _SELECTED), _TOOLCHAIN, folder / "out", folder / "objects", templates=folder / "templates"
    )
    assert (folder / "out/pkgconfig/small.pc").read_text() == "Name: small of mine\n"


def test_protoc_finds_protobufs_own_protos_wherever_it_is_itself(folder: Path) -> None:
    """An installed one knows where they are; a copy of it, as `opsieve deps fetch` keeps one, does not."""
    installed = shutil.which("protoc")
    if installed is None:
        pytest.skip("protoc is not installed")
    protoc = folder / "bin" / "protoc"
    protoc.parent.mkdir()
    shutil.copy2(Path(installed).resolve(), protoc)
    package = folder / "protobuf" / "src" / "google" / "protobuf"
    package.mkdir(parents=True)
    (package / "any.proto").write_text('syntax = "proto3";\npackage google.protobuf;\nmessage Any {}\n')
    (folder / "tree/tensorflow/uses.proto").write_text(
        'syntax = "proto3";\nimport "google/protobuf/any.proto";\nmessage Uses { google.protobuf.Any any = 1; }\n'
    )
    base = make_plan(folder, _SELECTED)
    plan = replace(
        base,
        roots={**base.roots, "protobuf": folder / "protobuf"},
        groups=(*base.groups, Group("protos", (("", "."),))),
        units=(*base.units, Unit("tensorflow/uses.proto", "", "protos")),
        protos=("tensorflow/uses.proto",),
        proto_roots=(("tensorflow", "."),),
        proto_imports=(("protobuf", "src"),),
        protoc=protoc,
    )
    _write(plan, folder)
    (workspace,) = (folder / "objects").iterdir()
    build = folder / "out" / "build"
    subprocess.run(["sh", build / "protos.sh", "stamp.mk", protoc, build / "protos.rsp"], cwd=workspace, check=True)
    assert (workspace / "generated/tensorflow/uses.pb.cc").is_file()
    # Those of protobuf are in its library.
    assert not (workspace / "generated/google").exists()
