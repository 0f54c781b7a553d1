"""make/opsieve.mk in a user's Makefile: generates once, again when a model changes, and compiles only what changed."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from native.compilers import require

_ROOT = Path(__file__).resolve().parent.parent.parent
_DEMO = _ROOT / "tools" / "opsieve" / "data" / "demo"

_MAKEFILE = f"""
all: uses.o
OPSIEVE := {shlex.quote(sys.executable)} -m opsieve
OPSIEVE_MODELS := model.pb
include opsieve.mk
uses.o: uses.cc $(OPSIEVE_OUTPUT)/ops_to_register.h
\tg++ -std=c++17 $(OPSIEVE_CPPFLAGS) -c $< -o $@
show:
\t@printf '%s\\n' $(OPSIEVE_SOURCES)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    require("g++")
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    (tmp_path / "uses.cc").write_text(
        '#include "ops_to_register.h"\nstatic_assert(SHOULD_REGISTER_OP("MatMul") && !SHOULD_REGISTER_OP("Conv3D"));'
    )
    # Copied, because Make cannot include from a folder with a space in its name.
    shutil.copy(_ROOT / "make" / "opsieve.mk", tmp_path)
    shutil.copy(_DEMO / "digits_mlp.pb", tmp_path / "model.pb")
    return tmp_path


def make(folder: Path, *targets: str) -> str:
    done = subprocess.run(["make", *targets], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_generates_compiles_and_does_neither_again(project: Path) -> None:
    first = make(project)
    assert first.count("opsieve generate") == 1
    assert first.count("g++") == 1
    second = make(project)
    assert "opsieve generate" not in second
    assert "g++" not in second


def test_a_touched_model_that_needs_the_same_does_not_compile_again(project: Path) -> None:
    make(project)
    stamp = (project / "build/opsieve/generated").stat().st_mtime
    subprocess.run(["touch", "-d", f"@{stamp + 5}", project / "model.pb"], check=True)
    again = make(project)
    assert again.count("opsieve generate") == 1
    assert "g++" not in again


def test_the_sources_are_those_of_the_list(project: Path) -> None:
    make(project)
    listed = (project / "build/opsieve/tf_op_files.txt").read_text().split()
    assert listed
    assert sorted(make(project, "-s", "show").split()) == sorted(listed)


def test_no_models(project: Path) -> None:
    done = subprocess.run(["make", "OPSIEVE_MODELS="], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "OPSIEVE_MODELS names no model" in done.stderr
