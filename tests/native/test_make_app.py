"""examples/make-app, with TensorFlow's own wheel in place of the library that `opsieve build` would make."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from native.compilers import require

_ROOT = Path(__file__).resolve().parent.parent.parent
_EXAMPLE = _ROOT / "examples" / "make-app"

# `generate` is opsieve's own; `build` gives what a library has beside it: the headers and libraries of the wheel.
_STAND_IN = """
import os, pathlib, subprocess, sys
if sys.argv[1] != "build":
    place = sys.argv.index("--tensorflow")
    sys.exit(subprocess.call([sys.executable, "-m", "opsieve", *sys.argv[1:place], *sys.argv[place + 2:]]))
given = dict(zip(sys.argv, sys.argv[1:]))
output, name, wheel = pathlib.Path(given["-o"]), given["--name"], os.environ["OPSIEVE_TEST_WHEEL"]
output.mkdir(parents=True)
(output / "include").symlink_to(f"{wheel}/include")
(output / "Makefile").write_text(f"lib{name}.a: ; ar rc $@\\n")
(output / f"{name}.cppflags").write_text("")
(output / f"{name}.ldflags").write_text(
    f"'-L{wheel}' '-Wl,-rpath,{wheel}' -Wl,--no-as-needed -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2")
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example, as its README says."""
    require("make")
    require("g++")
    files = [path for path in _EXAMPLE.iterdir() if path.is_file()]
    for path in (*files, _ROOT / "make" / "opsieve.mk"):
        shutil.copy(path, tmp_path)
    return tmp_path


def run_make(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["make", "OPSIEVE_MK=opsieve.mk", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    return done.stdout


def test_the_app_says_what_the_model_says(example: Path, tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path(tensorflow.sysconfig.get_lib(), "libtensorflow_cc.so.2").exists():
        pytest.skip("this TensorFlow has no C++ library to link with")
    (example / "stand_in.py").write_text(_STAND_IN)
    monkeypatch.setenv("OPSIEVE_TEST_WHEEL", tensorflow.sysconfig.get_lib())
    flags = " ".join(flag for flag in tensorflow.sysconfig.get_compile_flags() if flag.startswith("-D"))
    arguments = ("CXXFLAGS=-O0 " + flags, f"OPSIEVE={shlex.quote(sys.executable)} stand_in.py", "run")
    lines = run_make(example, *arguments).splitlines()
    said = [line for line in lines if line.startswith(("three.txt: ", "seven.txt: "))]

    expected = [_read(tensorflow, example, name) for name in ("three.txt", "seven.txt")]
    assert said == expected
    assert [line[:12] for line in expected] == ["three.txt: 3", "seven.txt: 7"]
    for line in expected:
        assert line in (example / "README.md").read_text()
    again = run_make(example, *arguments)
    assert "g++" not in again
    assert "opsieve generate" not in again


def _read(tensorflow: Any, folder: Path, drawing: str) -> str:
    v1 = tensorflow.compat.v1
    graph_def = v1.GraphDef.FromString((folder / "digits_mlp.pb").read_bytes())
    rows = (folder / drawing).read_text().split()
    image = [[[[{".": 0.0, "+": 0.5, "#": 1.0}[character]] for character in row] for row in rows]]
    with tensorflow.Graph().as_default(), v1.Session() as session:
        tensorflow.import_graph_def(graph_def, name="")
        scores = session.run("scores:0", {"images:0": image})[0]
    return f"{drawing}: {scores.argmax()} ({scores.max():.6g})"


def test_cleaning_needs_nothing(example: Path) -> None:
    (example / "build").mkdir()
    run_make(example, "clean", f"OPSIEVE={os.devnull}")
    assert not (example / "build").exists()
