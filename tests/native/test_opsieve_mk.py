"""make/opsieve.mk builds and measures a library, with a stand-in for `opsieve build`: what it does itself is tested."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from native.compilers import require

_ROOT = Path(__file__).resolve().parent.parent.parent
_DEMO = _ROOT / "tools" / "opsieve" / "data" / "demo"
_TARGET = "linux-x86_64"
_STUB = Path(__file__).with_name("stub_opsieve.py")

_COMMON = f"""
OPSIEVE := {shlex.quote(sys.executable)} {shlex.quote(str(_STUB))}
OPSIEVE_TENSORFLOW := tree
OPSIEVE_TARGET := {_TARGET}
"""

_MAKEFILE = f"""
{_COMMON}
OPSIEVE_MODELS := model.pb
include opsieve.mk
app: main.o $(OPSIEVE_LIBRARY)
\tg++ main.o $(OPSIEVE_APP_LDFLAGS) -o $@
main.o: main.cc $(OPSIEVE_LIBRARY)
\tg++ $(OPSIEVE_APP_CPPFLAGS) -c $< -o $@
show:
\t@printf '%s\\n' $(OPSIEVE_SOURCES)
everything: app $(OPSIEVE_SHARED_LIBRARY) $(OPSIEVE_RUN_MODEL) opsieve-size $(OPSIEVE_OUTPUT)/ops_to_register.h \\
  $(OPSIEVE_OUTPUT)/tf_op_files.txt $(OPSIEVE_OUTPUT)/selection.json
"""

_TWO_LIBRARIES = f"""
{_COMMON}
all: first second
OPSIEVE_MODELS := model.pb
OPSIEVE_OUTPUT := build/first
OPSIEVE_NAME := first
OPSIEVE_SIZE_LIMIT := 10000000
include opsieve.mk
first_library := $(OPSIEVE_LIBRARY)
first_ldflags := $(OPSIEVE_APP_LDFLAGS)
first_cppflags := $(OPSIEVE_APP_CPPFLAGS)
first_ops := $(OPSIEVE_OPS)

OPSIEVE_MODELS := other.pbtxt
OPSIEVE_OUTPUT := build/second
OPSIEVE_NAME := second
OPSIEVE_SIZE_LIMIT :=
include opsieve.mk
second_library := $(OPSIEVE_LIBRARY)
second_ldflags := $(OPSIEVE_APP_LDFLAGS)
second_cppflags := $(OPSIEVE_APP_CPPFLAGS)
second_ops := $(OPSIEVE_OPS)

first second: %: main.cc $(first_library) $(second_library)
\tg++ $($@_cppflags) main.cc $($@_ldflags) -o $@
show-first show-second: show-%:
\t@echo $($*_ops)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    require("g++")
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    folder = tmp_path / "an app"
    (folder / "tree").mkdir(parents=True)
    (folder / "tree/library.h").write_text("const char* answer();\n")
    (folder / "tree/library.cc").write_text('#include "library.h"\nconst char* answer() { return "42"; }\n')
    (folder / "main.cc").write_text(
        '#include <cstdio>\n#include "library.h"\nint main() { std::puts(answer()); }\n',
    )
    (folder / "Makefile").write_text(_MAKEFILE)
    shutil.copy(_ROOT / "make" / "opsieve.mk", folder)
    shutil.copy(_DEMO / "digits_mlp.pb", folder / "model.pb")
    shutil.copy(_DEMO / "digits_cnn.pbtxt", folder / "other.pbtxt")
    return folder


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def make(folder: Path, *arguments: str) -> str:
    """Run make, which has to succeed; its output."""
    done = run_make(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def calls(folder: Path) -> list[str]:
    """What was called since the last time."""
    log = folder / "calls.log"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [line.split()[0] for line in lines]


def later(path: Path, than: Path) -> None:
    """Give ``path`` a time after that of ``than``, as an editor would."""
    subprocess.run(["touch", "-d", f"@{than.stat().st_mtime + 5}", path], check=True)


def app(folder: Path) -> str:
    return subprocess.run([folder / "app"], capture_output=True, text=True, check=True).stdout.strip()


def test_an_app_is_built_and_then_nothing(project: Path) -> None:
    make(project)
    assert app(project) == "42"
    assert calls(project) == ["generate", "build", "compile"]
    again = make(project)
    assert calls(project) == []
    assert "g++" not in again


def test_a_touched_model_is_read_again_and_nothing_compiled(project: Path) -> None:
    make(project)
    calls(project)
    later(project / "model.pb", project / f"build/opsieve/{_TARGET}/planned")
    again = make(project)
    assert calls(project) == ["generate", "build"]
    assert "g++" not in again
    # The stamps are younger than the model only with the clock: back to now, and there is nothing to do.
    (project / "model.pb").touch()
    make(project)
    calls(project)
    make(project)
    assert calls(project) == []


def test_a_changed_source_of_the_tree_is_compiled_and_the_app_linked(project: Path) -> None:
    make(project)
    calls(project)
    source = project / "tree/library.cc"
    source.write_text(source.read_text().replace("42", "43"))
    later(source, project / "app")
    make(project)
    assert calls(project) == ["compile"]
    assert app(project) == "43"


def test_another_option_is_another_selection(project: Path) -> None:
    make(project)
    calls(project)
    flags = 'OPSIEVE_FLAGS=--allow-unresolved "it\'s"'
    make(project, flags)
    assert calls(project) == ["generate", "build"]
    make(project, flags)
    assert calls(project) == []
    make(project)
    assert calls(project) == ["generate", "build"]


@pytest.mark.parametrize("name", ["ops_to_register.h", "tf_op_files.txt", "selected.mk"])
def test_a_deleted_file_is_made_again(project: Path, name: str) -> None:
    make(project)
    calls(project)
    (project / "build/opsieve" / name).unlink()
    make(project)
    assert calls(project) == ["generate"]
    assert (project / "build/opsieve" / name).is_file()


def test_many_outputs_at_a_time_are_one_run(project: Path) -> None:
    done = run_make(project, "-j8", "everything")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "jobserver" not in done.stderr
    log = (project / "calls.log").read_text()
    assert sorted(calls(project)) == ["build", "compile", "generate"]
    assert "jobserver" in log


@pytest.mark.parametrize("jobs", ["3", ""])
def test_jobs_for_a_make_without_them(project: Path, jobs: str) -> None:
    make(project, f"OPSIEVE_JOBS={jobs}")
    assert ("jobserver" in (project / "calls.log").read_text()) == bool(jobs)


def test_the_apps_compiler_is_not_for_the_library(project: Path) -> None:
    make(project, "V=1", "CXX=false", "CXXFLAGS=-O0")
    log = (project / "calls.log").read_text()
    assert "V=1" in log
    assert "CXX" not in log


def test_a_dry_run_compiles_nothing(project: Path) -> None:
    make(project, "-n", "show")
    assert calls(project) == ["generate"]
    assert not (project / f"build/opsieve/{_TARGET}").exists()


def test_several_libraries_in_one_makefile(project: Path) -> None:
    (project / "Makefile").write_text(_TWO_LIBRARIES)
    make(project, "-j4")
    assert sorted(calls(project)) == ["build", "build", "compile", "compile", "generate", "generate"]
    assert "DepthwiseConv2dNative" in make(project, "-s", "show-second").split()
    assert "DepthwiseConv2dNative" not in make(project, "-s", "show-first").split()
    for name in ("first", "second"):
        assert (project / f"build/{name}/{_TARGET}/lib{name}.a").is_file()
    later(project / "other.pbtxt", project / f"build/second/{_TARGET}/planned")
    make(project)
    assert calls(project) == ["generate", "build"]
    sizes = make(project, "-s", "opsieve-size")
    assert re.search(r"libfirst\.so: \d+ bytes, \d+ below OPSIEVE_SIZE_LIMIT, which is 10000000", sizes)
    assert re.search(r"libsecond\.so: \d+ bytes$", sizes, re.MULTILINE)


def test_the_size_is_that_of_the_stripped_library(project: Path) -> None:
    out = make(project, "-s", "opsieve-size")
    built = project / f"build/opsieve/{_TARGET}/libtensorflow_selective.so"
    own = project / "own.so"
    subprocess.run(["strip", "-o", own, built], check=True)
    size = own.stat().st_size
    assert size < built.stat().st_size
    assert out.splitlines()[-1].endswith(f"stripped/libtensorflow_selective.so: {size} bytes")

    make(project, "opsieve-size", f"OPSIEVE_SIZE_LIMIT={size}")
    done = run_make(project, "opsieve-size", f"OPSIEVE_SIZE_LIMIT={size - 17}")
    assert done.returncode != 0
    assert f"{size} bytes, 17 above OPSIEVE_SIZE_LIMIT, which is {size - 17}" in done.stderr
    done = run_make(project, "opsieve-size", "OPSIEVE_SIZE_LIMIT=4MB")
    assert done.returncode != 0
    assert "OPSIEVE_SIZE_LIMIT is not a number of bytes: 4MB" in done.stderr


def test_cleaning_leaves_the_files_of_others(project: Path) -> None:
    make(project, "everything")
    mine = project / "build/opsieve/mine.txt"
    mine.write_text("mine")
    calls(project)
    make(project, "opsieve-clean")
    assert calls(project) == []
    assert [path.name for path in mine.parent.iterdir()] == ["mine.txt"]
    mine.unlink()
    make(project)
    make(project, "opsieve-clean")
    assert not mine.parent.exists()


def test_no_variable_is_used_that_is_not_set(project: Path) -> None:
    for goals in ((), ("opsieve-size",), ("opsieve-clean",)):
        done = run_make(project, "--warn-undefined-variables", *goals)
        assert done.returncode == 0, done.stderr
        assert "undefined variable" not in done.stderr


def test_the_first_goal_is_that_of_the_including_makefile(project: Path) -> None:
    assert "all:" not in _MAKEFILE
    make(project)
    assert (project / "app").is_file()


def test_what_cannot_be_selected_stops_make_every_time(project: Path) -> None:
    (project / "model.pb").write_bytes(b"no model")
    for _ in range(2):
        done = run_make(project)
        assert done.returncode != 0
        assert "model.pb" in done.stderr
        assert calls(project) == ["generate"]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("OPSIEVE_MODELS=", "OPSIEVE_MODELS names no model"),
        ("OPSIEVE_OUTPUT=my build", "OPSIEVE_OUTPUT has to be one folder, without spaces in its name: my build"),
        ("OPSIEVE_TENSORFLOW=a tree", "OPSIEVE_TENSORFLOW has to be one path, without spaces in it: a tree"),
    ],
)
def test_what_is_wrong_is_said_first(project: Path, variable: str, message: str) -> None:
    done = run_make(project, variable)
    assert done.returncode != 0
    assert message in done.stderr
    assert calls(project) == []


def test_two_libraries_in_one_folder(project: Path) -> None:
    text = _TWO_LIBRARIES.replace("build/second", "build/first")
    (project / "Makefile").write_text(text)
    done = run_make(project)
    assert done.returncode != 0
    assert "OPSIEVE_OUTPUT is build/first for two libraries; each needs its own" in done.stderr
