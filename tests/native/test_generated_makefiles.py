"""Generated makefiles with real compilers: what is built runs, starts again after anything, is the same everywhere."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from native.compilers import require, run
from native.registering_tree import USER, kernel_source, make_plan, with_unit, write_tree
from opsieve.build.makefiles import Options, run_build, write_makefiles
from opsieve.build.plan import Group, Plan, Unit
from opsieve.build.toolchains import Toolchain, check_toolchain
from opsieve.errors import OpsieveError

_SELECTED = {"Add": ["Add"], "Mul": ["Mul", "MulInt"], "Square": ["SquareInt"], "Sub": []}
_LISTED = (
    "small 1\n"
    "Add tensorflow/core/kernels/add_op.cc\n"
    "Mul tensorflow/core/kernels/mul_op.cc\n"
    "MulInt tensorflow/core/kernels/mul_op.cc\n"
    "SquareInt tensorflow/core/kernels/square_op.cc\n"
)
_ARTIFACTS = ("libsmall.a", "libsmall.so", "run_model", "small.map", "stripped/libsmall.so")


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    for program in ("make", "g++"):
        require(program)
    return check_toolchain("linux-x86_64") if os.uname().machine == "x86_64" else check_toolchain("linux-aarch64")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # No makefile can name such a folder.
    place = tmp_path / "a $folder: of 'mine'"
    write_tree(place)
    return place


def _build(
    plan: Plan, toolchain: Toolchain, folder: Path, options: Options | None = None, objects: str = "objects"
) -> tuple[Path, list[str]]:
    """The output, and the units that were compiled."""
    output = folder / "the output"
    makefile = write_makefiles(plan, toolchain, output, folder / objects, options)
    run_build(makefile, 2, report=lambda line: None)
    return output, _compiled(output)


def _compiled(output: Path) -> list[str]:
    lines = (output / "build" / "build.log").read_text().splitlines()
    return sorted(line.split("] ")[1].split("  ")[0] for line in lines if line.startswith("["))


def _digests(output: Path) -> dict[str, str]:
    return {name: hashlib.sha256((output / name).read_bytes()).hexdigest() for name in _ARTIFACTS}


def test_the_program_has_exactly_the_selected_registrations(toolchain: Toolchain, folder: Path) -> None:
    output, compiled = _build(make_plan(folder, _SELECTED), toolchain, folder)
    assert run([output / "run_model"]) == _LISTED
    assert run([output / "stripped" / "run_model"]) == _LISTED
    assert len(compiled) == 10


def test_a_second_build_does_nothing(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    output, _ = _build(plan, toolchain, folder)
    before = {
        path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file() and path.name != "build.log"
    }
    _, compiled = _build(plan, toolchain, folder)
    assert compiled == []
    assert (output / "build" / "build.log").read_text() == "libsmall: nothing to do\n"
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("compiler", ["g++", "clang++-14", "clang++-19"])
def test_precompiled_headers_change_nothing_that_is_registered(compiler: str, folder: Path) -> None:
    require(compiler)
    if os.uname().machine != "x86_64":
        pytest.skip("tries three compilers for one machine")
    toolchain = check_toolchain("linux-x86_64", {"CXX": compiler})
    plan = make_plan(folder, _SELECTED)
    with_headers, compiled = _build(plan, toolchain, folder, Options(precompile=True))
    assert any("precompiled.h" in name for name in compiled)
    first = {name: (with_headers / name).read_bytes() for name in ("libsmall.so", "run_model")}
    without, compiled = _build(plan, toolchain, folder, Options(precompile=False))
    assert not any("precompiled.h" in name for name in compiled)
    assert run([without / "run_model"]) == _LISTED
    assert {name: (without / name).read_bytes() for name in first} == first


def test_gcc_uses_the_precompiled_header(toolchain: Toolchain, folder: Path) -> None:
    if toolchain.family != "gcc":
        pytest.skip("-Winvalid-pch is GCC's")
    strict = replace(toolchain, compile_flags=(*toolchain.compile_flags, "-Werror=invalid-pch"))
    plan = make_plan(folder, _SELECTED)
    output, _ = _build(plan, strict, folder)
    # What the header brings is not listed again: it was not read again.
    depfile = next((folder / "objects").rglob("add_op.cc.*.o.d")).read_text()
    assert "op_kernel.h" not in depfile
    header = next((folder / "objects").rglob("precompiled.h"))
    header.write_text("#error the text is read, and not what was compiled of it\n")
    os.utime(header, (1, 1))
    next((folder / "objects").rglob("add_op.cc.*.o")).unlink()
    run_build(output / "Makefile", 1, report=lambda line: None)


@pytest.mark.parametrize("precompile", [True, False])
def test_a_registration_without_a_selection_does_not_compile(
    toolchain: Toolchain, folder: Path, precompile: bool
) -> None:
    plan = make_plan(folder, {"Add": ["Add"]})
    unselected = with_unit(plan, Unit(kernel_source("Mul"), "tensorflow", "selected"))
    with pytest.raises(OpsieveError, match=r"(?s)mul_op.cc: does not compile.*opsieve_no_selection_yet"):
        _build(unselected, toolchain, folder, Options(precompile=precompile))


def test_a_registration_in_a_precompiled_header_does_not_compile(toolchain: Toolchain, folder: Path) -> None:
    path = folder / "tree/tensorflow/core/framework/op_kernel.h"
    extra = "#if SHOULD_REGISTER_OP_GRADIENT\n#endif\n#endif\n"
    path.write_text(path.read_text().rstrip().removesuffix("#endif") + extra)
    with pytest.raises(OpsieveError, match=r"precompiled\.h: does not compile"):
        _build(make_plan(folder, _SELECTED), toolchain, folder)


def test_a_selection_that_lies_in_the_tree_is_refused(toolchain: Toolchain, folder: Path) -> None:
    (folder / "tree/tensorflow/core/framework/ops_to_register.h").write_text(
        "#define SHOULD_REGISTER_OP(op) true\n"
        "#define SHOULD_REGISTER_OP_GRADIENT true\n#define SHOULD_REGISTER_OP_KERNEL(clz) true\n"
    )
    for precompile in (False, True):
        with pytest.raises(OpsieveError, match="takes its selection from a file of the source tree"):
            _build(make_plan(folder, _SELECTED), toolchain, folder, Options(precompile=precompile))


def test_one_changed_selection_compiles_one_unit(toolchain: Toolchain, folder: Path) -> None:
    _build(make_plan(folder, _SELECTED), toolchain, folder)
    output, compiled = _build(make_plan(folder, {**_SELECTED, "Add": ["Add", "AddInt"]}), toolchain, folder)
    assert compiled == ["tensorflow/core/kernels/add_op.cc"]
    assert "AddInt" in run([output / "run_model"])
    # And back: nothing, because the object is still there.
    output, compiled = _build(make_plan(folder, _SELECTED), toolchain, folder)
    assert compiled == []
    assert run([output / "run_model"]) == _LISTED


def test_another_model_shares_all_that_is_equal(toolchain: Toolchain, folder: Path) -> None:
    _build(make_plan(folder, {"Add": ["Add"], "Mul": ["Mul"]}), toolchain, folder)
    other = write_makefiles(
        make_plan(folder, {"Add": ["Add"], "Square": ["Square"]}, name="other"),
        toolchain,
        folder / "2",
        folder / "objects",
    )
    run_build(other, 2, report=lambda line: None)
    assert _compiled(folder / "2") == ["tensorflow/core/kernels/square_op.cc"]
    assert "Square " in run([folder / "2" / "run_model"])


def test_what_includes_a_changed_header_is_compiled_again(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, _SELECTED, precompile=False)
    _build(plan, toolchain, folder)
    header = folder / "ops_math/ops_math/op_math.h"
    header.write_text(header.read_text() + "// changed\n")
    _, compiled = _build(plan, toolchain, folder)
    kernels = [kernel_source(op) for op in _SELECTED]
    assert compiled == sorted([*kernels, "ops_math/op_math.cc"])
    # A header that nothing includes any more may go.
    (folder / "tree/tensorflow/core/kernels/new.h").write_text("")
    source = folder / "tree" / kernel_source("Add")
    text = source.read_text()
    source.write_text('#include "tensorflow/core/kernels/new.h"\n' + text)
    assert _build(plan, toolchain, folder)[1] == [kernel_source("Add")]
    source.write_text(text)
    (folder / "tree/tensorflow/core/kernels/new.h").unlink()
    assert _build(plan, toolchain, folder)[1] == [kernel_source("Add")]


def test_a_changed_generated_file_is_seen(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    _build(plan, toolchain, folder)
    changed = replace(plan, generated={**plan.generated, "generated_options.h": '#define VERSION "small 2"\n'})
    for each, version in ((changed, "small 2\n"), (plan, "small 1\n")):
        output, compiled = _build(each, toolchain, folder)
        assert run([output / "run_model"]).startswith(version)
        # What does not include it.
        assert not {"ops_math/op_math.cc", "tensorflow/core/lib/plain.c", "version_info.cc"} & {*compiled}


def test_builds_in_other_folders_are_the_same_to_the_bit(toolchain: Toolchain, tmp_path: Path) -> None:
    digests = []
    for name in ("one", "a much longer name, with spaces/two"):
        place = tmp_path / name
        write_tree(place)
        output, _ = _build(make_plan(place, _SELECTED), toolchain, place)
        digests.append(_digests(output))
        for artifact in _ARTIFACTS:
            assert os.fsencode(tmp_path) not in (output / artifact).read_bytes(), artifact
    assert digests[0] == digests[1]


def test_objects_with_debug_information_name_no_folder(toolchain: Toolchain, tmp_path: Path) -> None:
    digests = []
    for name in ("one", "a much longer name, with spaces/two"):
        place = tmp_path / name
        write_tree(place)
        flags = (*toolchain.compile_flags, "-g")
        output, _ = _build(make_plan(place, _SELECTED), replace(toolchain, compile_flags=flags), place)
        digests.append(_digests(output))
        assert os.fsencode(tmp_path) not in (output / "libsmall.a").read_bytes()
    assert digests[0] == digests[1]


def _consumer_source(folder: Path) -> Path:
    source = folder / "user.cc"
    source.write_text(USER)
    return source


@pytest.mark.parametrize("moved", [False, True])
def test_a_program_links_with_the_flags_file_and_pkg_config(toolchain: Toolchain, folder: Path, moved: bool) -> None:
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    if moved:
        output = output.rename(folder.parent / "moved")
    source = _consumer_source(folder)
    common = ["g++", "-std=c++17", source, "-I", output / "include"]
    run([*common, "-o", folder / "a", "-L", output, f"@{output / 'small.ldflags'}"])
    assert run([folder / "a"]) == f"{_LISTED}42\n"
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed")
    if not moved:
        output = output.rename(folder.parent / "for-pkg-config")
    for package, variables in (("small", {}), ("small-shared", {"LD_LIBRARY_PATH": str(output)})):
        # In a makefile a user would write: through the shell.
        command = f"g++ -std=c++17 '{source.name}' $(pkg-config --cflags --libs {package}) -o consumer"
        environment = {**os.environ, "PKG_CONFIG_PATH": f"{output}/pkgconfig"}
        subprocess.run(command, shell=True, check=True, cwd=folder, env=environment)
        done = subprocess.run(
            [folder / "consumer"], check=True, env={**os.environ, **variables}, capture_output=True, text=True
        )
        assert done.stdout == f"{_LISTED}42\n"


@pytest.mark.parametrize("old", [False, True], ids=["cmake", "before 3.24"])
def test_a_program_links_with_cmake(toolchain: Toolchain, folder: Path, old: bool) -> None:
    require("cmake")
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    output = output.rename(folder.parent / "with a space")
    project = folder.parent / "app"
    project.mkdir()
    _consumer_source(project)
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(app CXX)\nset(CMAKE_CXX_STANDARD 17)\n"
        f"{'set(CMAKE_VERSION 3.16.0)' if old else ''}\nfind_package(small REQUIRED CONFIG)\n"
        "add_executable(static user.cc)\ntarget_link_libraries(static PRIVATE small::small)\n"
        "add_executable(dynamic user.cc)\ntarget_link_libraries(dynamic PRIVATE small::shared)\n"
    )
    run(["cmake", "-S", project, "-B", project / "build", f"-Dsmall_DIR={output / 'cmake'}"])
    run(["cmake", "--build", project / "build"])
    for name in ("static", "dynamic"):
        assert run([project / "build" / name]) == f"{_LISTED}42\n"


def test_the_shared_library_exports_what_was_asked_for(toolchain: Toolchain, folder: Path) -> None:
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    lines = run(["nm", "-D", "--defined-only", "-C", output / "libsmall.so"]).splitlines()
    names = {re.split(r"[(\[]", line.split(" ", 2)[2])[0] for line in lines}
    assert names == {"TF_Run", "tensorflow::Kernels::All", "tensorflow::Kernels::List", "tensorflow::Kernels::Run"}


@pytest.mark.parametrize("code", ["pic", "pie", "absolute"])
def test_static_libraries_of_every_code_kind(toolchain: Toolchain, folder: Path, code: str) -> None:
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder, Options(shared=False, code=code))
    assert run([output / "run_model"]) == _LISTED
    assert not (output / "libsmall.so").exists()
    source = _consumer_source(folder)
    flags = ["-L", output, f"@{output / 'small.ldflags'}"]
    run(["g++", "-std=c++17", str(source), "-I", output / "include", "-o", folder / "a", *flags])
    assert run([folder / "a"]) == f"{_LISTED}42\n"


@pytest.mark.parametrize("target", ["linux-aarch64", "linux-armv7"])
def test_other_processors(target: str, folder: Path) -> None:
    try:
        toolchain = check_toolchain(target)
    except OpsieveError as error:
        pytest.skip(str(error))
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    if toolchain.runner is None:
        pytest.skip("; ".join(toolchain.notes))
    assert run([*toolchain.runner, output / "run_model"]) == _LISTED


def test_two_targets_share_a_folder_of_objects(toolchain: Toolchain, folder: Path) -> None:
    first, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    other = replace(toolchain, compile_flags=(*toolchain.compile_flags, "-O1"))
    makefile = write_makefiles(make_plan(folder, _SELECTED), other, folder / "2", folder / "objects")
    run_build(makefile, 2, report=lambda line: None)
    assert len(_compiled(folder / "2")) == 10
    assert (folder / "2" / "libsmall.a").read_bytes() != (first / "libsmall.a").read_bytes()
    assert _build(make_plan(folder, _SELECTED), toolchain, folder)[1] == []


def _processes_of(place: Path) -> list[int]:
    """Processes that work below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if Path(os.readlink(entry / "cwd")).is_relative_to(place):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture
def started(folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that a test starts, each leading a session, which is ended after it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        for pid in (process.pid, *_processes_of(folder)):
            try:
                os.killpg(os.getpgid(pid), signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()


def _start(makefile: Path, started: list[subprocess.Popen[bytes]], code: str = "") -> subprocess.Popen[bytes]:
    """A process that runs the build; its exit status is that of opsieve's command line."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom opsieve.build.makefiles import run_build\n"
        "from opsieve.errors import OpsieveError\n"
        f"{code}\n"
        "try:\n    run_build(Path(sys.argv[1]), 2)\n"
        "except OpsieveError as error:\n    print(error, file=sys.stderr)\n    sys.exit(2)\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(makefile)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A test run that was started in the background ignores Ctrl-C, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    started.append(process)
    return process


def _kill_all(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait()
    for _ in range(100):
        left = _processes_of(folder)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)
    raise AssertionError("processes survive SIGKILL")


def test_killed_at_any_moment_it_goes_on(
    toolchain: Toolchain, folder: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    whole, _ = _build(make_plan(folder, _SELECTED), toolchain, folder, objects="undisturbed")
    expected = _digests(whole)
    shutil.rmtree(whole)
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "the output", folder / "objects")
    chance = random.Random(20)
    finished = 0
    for _ in range(20):
        process = _start(makefile, started)
        try:
            process.wait(chance.uniform(0.1, 1.5))
            finished += 1
            # Begin again somewhere in the middle.
            for victim in chance.sample(sorted((folder / "objects").rglob("*.o")), 4):
                victim.unlink()
        except subprocess.TimeoutExpired:
            _kill_all(process, folder)
    assert finished < 20
    run_build(makefile, 2, report=lambda line: None)
    assert _digests(folder / "the output") == expected
    # One that is killed leaves nothing for ever.
    shutil.rmtree(folder / "objects")
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "the output", folder / "objects")
    process = _start(makefile, started)
    time.sleep(0.8)
    _kill_all(process, folder)
    run_build(makefile, 2, report=lambda line: None)
    assert not [path for path in folder.rglob("*.tmp.*") if path.suffix != ".gch"]


def test_two_builds_at_once(toolchain: Toolchain, folder: Path, started: list[subprocess.Popen[bytes]]) -> None:
    plans = {"a": make_plan(folder, _SELECTED), "b": make_plan(folder, {**_SELECTED, "Add": ["AddInt"]})}
    makefiles = {
        name: write_makefiles(plan, toolchain, folder / name, folder / "objects") for name, plan in plans.items()
    }
    running = [_start(makefile, started) for makefile in (*makefiles.values(), makefiles["a"])]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    alone, _ = _build(plans["a"], toolchain, folder, objects="alone")
    assert _digests(folder / "a") == _digests(alone)
    assert "AddInt " in run([folder / "b" / "run_model"])


@pytest.mark.parametrize("to_all", [True, False])
def test_ctrl_c(toolchain: Toolchain, folder: Path, started: list[subprocess.Popen[bytes]], to_all: bool) -> None:
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "the output", folder / "objects")
    process = _start(makefile, started)
    while not list((folder / "objects").rglob("*.tmp.*")):
        time.sleep(0.01)
        assert process.poll() is None
    begun = time.monotonic()
    if to_all:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert time.monotonic() - begun < 10
    assert _processes_of(folder) == []
    assert not list((folder / "objects").rglob("*.tmp.*"))
    run_build(makefile, 2, report=lambda line: None)
    assert run([folder / "the output" / "run_model"]) == _LISTED


def test_a_unit_that_does_not_compile(toolchain: Toolchain, folder: Path) -> None:
    source = folder / "tree" / kernel_source("Mul")
    text = source.read_text()
    source.write_text(text + "int x = undeclared;\n")
    with pytest.raises(OpsieveError) as raised:
        _build(make_plan(folder, _SELECTED), toolchain, folder)
    message = str(raised.value)
    assert message.startswith("tensorflow/core/kernels/mul_op.cc: does not compile\n")
    # The command as the shell takes it, and the compiler's words.
    assert "'-D__DATE__=\"redacted\"'" in message
    assert "'undeclared' was not declared" in message
    assert raised.value.hint is not None
    assert "build.log" in raised.value.hint
    source.write_text(text)
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    assert run([output / "run_model"]) == _LISTED


def test_what_is_undefined_fails_at_the_link(toolchain: Toolchain, folder: Path) -> None:
    plan = make_plan(folder, _SELECTED)
    without = replace(plan, units=tuple(unit for unit in plan.units if unit.group != "ops_math"))
    with pytest.raises(OpsieveError, match=r"(?s)(libsmall\.so|run_model): cannot be made.*op_math::Power"):
        _build(without, toolchain, folder)


def test_a_full_disk(toolchain: Toolchain, folder: Path, started: list[subprocess.Popen[bytes]]) -> None:
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "the output", folder / "objects")
    # Files end at that size, as they do on a disk without room.
    limited = _start(
        makefile,
        started,
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2500, resource.RLIM_INFINITY))\n",
    )
    _, said = limited.communicate(timeout=300)
    assert limited.returncode == 2
    assert b"File too large" in said or b"does not compile" in said
    assert not (folder / "the output" / "libsmall.a").exists()
    run_build(makefile, 2, report=lambda line: None)
    assert run([folder / "the output" / "run_model"]) == _LISTED


def test_ccache_compiles_nothing_twice(folder: Path, tmp_path: Path) -> None:
    for program in ("ccache", "g++", "make"):
        require(program)
    if os.uname().machine != "x86_64":
        pytest.skip("for one machine")
    environment = {**os.environ, "CCACHE_DIR": str(tmp_path / "cache")}
    toolchain = check_toolchain("linux-x86_64", {"CXX": "ccache g++"}, environment)
    digests = []
    for objects in ("objects", "others"):
        makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / objects / "out", folder / objects)
        run_build(makefile, 2, report=lambda line: None, environment=environment)
        digests.append(_digests(makefile.parent))
    assert digests[0] == digests[1]
    statistics = subprocess.run(
        ["ccache", "--print-stats"], env=environment, check=True, capture_output=True, text=True
    ).stdout
    counts = dict(line.split("\t") for line in statistics.splitlines())
    hits = int(counts["direct_cache_hit"]) + int(counts["preprocessed_cache_hit"])
    # The plain C file too: gcc is g++'s sister.
    assert (hits, int(counts["cache_miss"])) == (9, 9)


def test_distcc(folder: Path, tmp_path: Path) -> None:
    for program in ("distcc", "g++", "make"):
        require(program)
    if os.uname().machine != "x86_64":
        pytest.skip("for one machine")
    environment = {**os.environ, "DISTCC_DIR": str(tmp_path / "distcc"), "DISTCC_HOSTS": "localhost"}
    toolchain = check_toolchain("linux-x86_64", {"CXX": "distcc g++"}, environment)
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "out", folder / "objects")
    run_build(makefile, 2, report=lambda line: None, environment=environment)
    assert run([folder / "out" / "run_model"]) == _LISTED


def test_make_alone_builds_it_too(toolchain: Toolchain, folder: Path) -> None:
    makefile = write_makefiles(make_plan(folder, _SELECTED), toolchain, folder / "out", folder / "objects")
    printed = run(["make", "-C", makefile.parent, "-j2"])
    assert "libsmall.a: " in printed
    assert "/10] tensorflow/core/kernels/add_op.cc" in printed
    assert run([folder / "out" / "run_model"]) == _LISTED
    assert "nothing to do" in run(["make", "-C", makefile.parent, "-j2"])
    run(["make", "-C", makefile.parent, "clean"])
    assert not (folder / "out" / "libsmall.a").exists()
    run(["make", "-C", makefile.parent, "V=1"])
    assert run([folder / "out" / "run_model"]) == _LISTED


_PROTO = 'syntax = "proto3";\npackage tensorflow;\nmessage Node {{ string name = 1; {field} }}\n'


def test_protos(toolchain: Toolchain, folder: Path) -> None:
    require("protoc")
    if subprocess.run(["pkg-config", "--exists", "protobuf"], check=False).returncode != 0:
        pytest.skip("the headers of protobuf are not installed")
    words = run(["pkg-config", "--cflags", "--libs", "protobuf"]).split()
    places = {"framework/node.proto": "", "framework/other.proto": ""}
    for place in places:
        path = folder / "tree/tensorflow/core" / place
        path.write_text(_PROTO.format(field="").replace("Node", path.stem.title()))
    protos = tuple(f"tensorflow/core/{place}" for place in places)
    (folder / "tree/uses.cc").write_text(
        '#include "tensorflow/core/framework/node.pb.h"\n'
        'extern "C" int TF_Size() { tensorflow::Node node; node.set_name("abc"); return int(node.ByteSizeLong()); }\n'
    )
    protoc = shutil.which("protoc")
    assert protoc is not None
    flags = tuple(word for word in words if not word.startswith(("-l", "-L")))
    base = make_plan(folder, _SELECTED)
    plan = replace(
        base,
        groups=(*base.groups, Group("protos", (("tensorflow", "."), ("", ".")), flags=flags)),
        units=(*base.units, *(Unit(proto, "", "protos") for proto in protos), Unit("uses.cc", "tensorflow", "protos")),
        protos=protos,
        proto_roots=(("tensorflow", "."),),
        protoc=Path(protoc),
        libraries=tuple(word for word in words if word.startswith(("-l", "-L"))),
        public_headers=(*base.public_headers, ("", "tensorflow/core/framework/node.pb.h")),
    )
    output, compiled = _build(plan, toolchain, folder)
    assert len(compiled) == 13
    assert (output / "include/tensorflow/core/framework/node.pb.h").is_file()
    assert _build(plan, toolchain, folder)[1] == []
    # Without its generated files it is not taken for done.
    shutil.rmtree(next((folder / "objects").glob("*/generated")))
    makefile = write_makefiles(plan, toolchain, output, folder / "objects")
    run_build(makefile, 2, report=lambda line: None)
    # Only what the changed proto reaches is compiled again.
    (folder / "tree/tensorflow/core/framework/node.proto").write_text(_PROTO.format(field="int32 x = 2;"))
    compiled = _build(plan, toolchain, folder)[1]
    assert compiled == ["tensorflow/core/framework/node.pb.cc", "uses.cc"]
    assert _build(plan, toolchain, folder)[1] == []
    (folder / "tree/tensorflow/core/framework/node.proto").write_text("syntax = ;")
    with pytest.raises(OpsieveError, match="the protos do not compile"):
        _build(plan, toolchain, folder)


def test_a_unit_that_steers_headers_does_without_the_precompiled_one(toolchain: Toolchain, folder: Path) -> None:
    header = folder / "tree/tensorflow/core/framework/op_kernel.h"
    steered = "struct Marker {};\n#ifdef STEERS\nconstexpr double kSteered = 0;\n#endif\n"
    header.write_text(header.read_text().replace("struct Marker {};", steered))
    source = folder / "tree" / kernel_source("Add")
    source.write_text("#define STEERS\n" + source.read_text().replace("return F::Run(", "return kSteered + F::Run("))
    output, _ = _build(make_plan(folder, _SELECTED), toolchain, folder)
    assert run([output / "run_model"]) == _LISTED
    assert "op_kernel.h" in next((folder / "objects").rglob("add_op.cc.*.o.d")).read_text()
    assert "op_kernel.h" not in next((folder / "objects").rglob("mul_op.cc.*.o.d")).read_text()
