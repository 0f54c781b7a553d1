"""make/contrib_makefile.mk: TensorFlow 1.x's own makefile, in a tree as it is, compiles the selection and the runtime.

That makefile, run as it is, is the oracle for the runtime. What compiles and archives is a stand-in, except where the
headers of the packages that TensorFlow wants are at hand: OPSIEVE_TENSORFLOW1_INCLUDE names their folders, separated as
in PATH. For 1.8 the include folder of its wheel has Eigen and protobuf (pip download --no-deps --python-version 3.6
--platform manylinux1_x86_64 --only-binary=:all: tensorflow==1.8.0), and Debian's libnsync-dev the rest.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent.parent
_DEMO = _ROOT / "tools" / "opsieve" / "data" / "demo"
_INCLUDE = "OPSIEVE_TENSORFLOW1_INCLUDE"
_CONTRIB = "tensorflow/contrib/makefile"
_COMPILED = re.compile(r" -c (?P<source>\S+) -o (?P<object>\S+)$", re.MULTILINE)
_NDK = "NDK_ROOT=/ndk"

_MAKEFILE = f"""
OPSIEVE := {shlex.quote(sys.executable)} -m opsieve
OPSIEVE_MODELS := model.pb
OPSIEVE_TENSORFLOW := tree
include opsieve/contrib_makefile.mk
all: $(OPSIEVE_CONTRIB_LIBRARY)
show:
\t@echo $(OPSIEVE_CONTRIB_LIBRARY)
"""

# Compiler, archiver, protoc and proto_text in one: makes the files that they would, and writes down what it was called.
_TOOL = """#!/bin/sh
printf '%s\\n' "$*" >>"$OPSIEVE_TEST_LOG"
case $* in
*--cpp_out*)
  mkdir -p "$3/${1%/*}"
  : >"$3/${1%.proto}.pb.cc" && : >"$3/${1%.proto}.pb.h" ;;
-r*|r\\ *) shift; echo "$*" >"$1" ;;
*placeholder.txt*)
  place=${1%tensorflow/core}${4%.proto}
  mkdir -p "${place%/*}"
  : >"$place.pb_text.cc" && : >"$place.pb_text.h" && : >"$place.pb_text-impl.h" ;;
*)
  made= depfile= header= selective=
  while [ $# -gt 0 ]; do
    case $1 in
    -o) made=$2; shift ;;
    -MF) depfile=$2; shift ;;
    -DSELECTIVE_REGISTRATION) selective=yes ;;
    -I*/build/opsieve) header=${1#-I}/ops_to_register.h ;;
    esac
    shift
  done
  [ -z "$depfile" ] || echo "$made: ${selective:+$header}" >"$depfile"
  case $made in
  */proto_text) cp "$0" "$made" ;;
  *) : >"$made" ;;
  esac ;;
esac
"""


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """For a 1.x tree a folder with a "tree" of links, which has what TensorFlow's download_dependencies.sh fetches."""

    @cache
    def copy(tree: Path) -> Path:
        place = tmp_path_factory.mktemp("copy")
        for folder, _, names in os.walk(tree / "tensorflow"):
            there = place / "tree" / Path(folder).relative_to(tree)
            there.mkdir(parents=True)
            for name in names:
                (there / name).symlink_to(Path(folder) / name)
        contrib = place / "tree" / _CONTRIB
        # It makes everything where it is, whatever links lead to it.
        (contrib / "Makefile").unlink()
        shutil.copy(tree / _CONTRIB / "Makefile", contrib)
        fft = contrib / "downloads/fft2d/fftsg.c"
        fft.parent.mkdir(parents=True, exist_ok=True)
        if not fft.exists():
            fft.touch()
        return place

    return copy


@pytest.fixture
def project(tree: Path, tmp_path: Path, copies: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app's folder; "tree" in it is the copy."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    version = (tree / "tensorflow/core/public/version.h").read_text(errors="replace")
    if not re.search(r"^#define TF_MAJOR_VERSION 1\s*$", version, re.MULTILINE):
        pytest.skip(f"{tree.name} is no TensorFlow 1.x")
    copy = copies(tree)
    # One index for all tests, that of the copy.
    monkeypatch.setenv("XDG_CACHE_HOME", str(copy / "cache"))
    (tmp_path / "tree").symlink_to(copy / "tree")
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    shutil.copy(_DEMO / "digits_mlp.pb", tmp_path / "model.pb")
    return tmp_path


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OPSIEVE_TEST_LOG": str(folder / "calls.log")}
    # Make takes no name with a space, and the checkout's may have one.
    if not (folder / "opsieve").exists():
        (folder / "opsieve").symlink_to(_ROOT / "make")
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


def make(folder: Path, *arguments: str) -> str:
    done = run_make(folder, *arguments)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def commands(output: str) -> dict[str, str]:
    """The command that compiles each source of the tree for the target."""
    found = {}
    for line in output.replace("\\\n", " ").splitlines():
        match = _COMPILED.search(line)
        if match and "/host_obj/" not in match["object"]:
            found[re.sub(r".*/gen/(proto/|proto_text/)?", "", match["source"])] = line
    return found


def unmodified(folder: Path, *variables: str) -> dict[str, str]:
    """What TensorFlow's makefile would compile by itself."""
    words = ["make", "-n", "-f", f"{_CONTRIB}/Makefile", *variables]
    done = subprocess.run(words, cwd=folder / "tree", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = commands(done.stdout)
    # These two are only for the benchmark program.
    return {
        source.replace("tensorflow/core/util/version_info.cc", "version_info.cc"): command
        for source, command in found.items()
        if not source.startswith("tensorflow/tools/benchmark/") and source != "tensorflow/core/util/reporter.cc"
    }


def files_of(folder: Path) -> set[str]:
    return {str(path) for path in folder.resolve().rglob("*")}


def selected(folder: Path) -> set[str]:
    return set((folder / "build/opsieve/tf_op_files.txt").read_text().split())


@pytest.mark.parametrize(
    ("target", "variables", "defines"),
    [
        ("linux-armv7", ["TARGET=PI"], {"-DRASPBERRY_PI", "-D__ANDROID_TYPES_FULL__"}),
        (
            "android-arm64",
            ["TARGET=ANDROID", "ANDROID_ARCH=arm64-v8a", _NDK],
            {"-DSUPPORT_SELECTIVE_REGISTRATION=1", "-D__ANDROID_TYPES_FULL__=1"},
        ),
        ("linux-x86_64", ["TARGET=LINUX"], set()),
        (
            "ios-arm64",
            ["TARGET=IOS", "IOS_ARCH=ARM64"],
            {"-DSUPPORT_SELECTIVE_REGISTRATION=1", "-D__ANDROID_TYPES_FULL__", "-DUSE_GEMM_FOR_CONV"},
        ),
    ],
)
def test_the_selection_and_the_runtime_are_compiled(
    project: Path, target: str, variables: list[str], defines: set[str]
) -> None:
    own = unmodified(project, *variables)
    shutil.rmtree(project / "tree" / _CONTRIB / "gen")
    before = files_of(project / "tree")
    ours = commands(make(project, "-n", f"OPSIEVE_TARGET={target}", _NDK))
    assert files_of(project / "tree") == before, "the source tree was written to"

    # Two of 1.8 are written there as C.
    listed = {
        re.sub(r"\.c$", ".cc", path) for path in (project / "tree" / _CONTRIB / "tf_op_files.txt").read_text().split()
    }
    runtime = set(own) - listed
    assert len(runtime) > 100
    assert set(ours) == runtime | selected(project)
    assert "tensorflow/core/kernels/softmax_op.cc" in ours
    assert "tensorflow/core/kernels/conv_ops.cc" not in ours

    header = f"-I{project}/build/opsieve"
    for source, command in ours.items():
        words = command.split()
        assert words[-1].startswith(f"{project}/build/opsieve/contrib-{target}/obj/")
        assert ("-DSELECTIVE_REGISTRATION" in words) == (source in selected(project)), source
        assert (header in words) == (source in selected(project)), source
        if source not in selected(project) or not defines:
            continue
        assert defines <= set(words)
        assert "-march=native" not in words
        assert "-Os" in words
        # What TensorFlow's makefile gives besides, it still gives.
        kept = {word for word in own.get(source, "").split() if word.startswith(("-D", "-m", "-f", "--sysroot"))}
        assert kept - {"-march=native", "-D__ANDROID_TYPES_SLIM__"} <= set(words)


def test_only_what_must_is_compiled_again(project: Path) -> None:
    tool = project / "tool"
    tool.write_text(_TOOL)
    tool.chmod(0o755)
    flags = " ".join(f"{name}={tool}" for name in ("CXX", "AR", "PROTOC", "HOST_CXX"))
    arguments = ["-j4", "OPSIEVE_TARGET=linux-x86_64", f"OPSIEVE_CONTRIB_FLAGS={flags}"]
    log = project / "calls.log"

    def compiled() -> set[str]:
        found = set(commands(log.read_text())) if log.exists() else set()
        log.unlink(missing_ok=True)
        return found

    make(project, *arguments)
    first = compiled()
    assert selected(project) <= first
    library = project / make(project, "-s", "show", *arguments).split()[-1]
    assert "obj/tensorflow/core/kernels/softmax_op.o" in library.read_text()

    make(project, *arguments)
    assert compiled() == set()

    # More ops: only what sees the header, and what is new.
    old = selected(project)
    (project / "ops.yaml").write_text("ops:\n  - DepthwiseConv2dNative: {T: [float]}\n")
    make(project, *arguments, "OPSIEVE_MODELS=model.pb ops.yaml")
    new = selected(project)
    assert compiled() == new
    assert not new <= old
    assert "obj/tensorflow/core/kernels/depthwise_conv_op.o" in library.read_text()

    # What is selected no more is in the archive no more.
    make(project, *arguments)
    assert compiled() == old
    assert "depthwise_conv_op" not in library.read_text()

    # Other flags: everything.
    make(project, *arguments, "OPSIEVE_CONTRIB_OPTFLAGS=-O1")
    assert compiled() == first

    make(project, "opsieve-clean", *arguments)
    assert not (project / "build").exists() or not any((project / "build").iterdir())


def test_a_header_in_the_tree_would_win(project: Path) -> None:
    stale = project / "tree/tensorflow/core/framework/ops_to_register.h"
    stale.touch()
    done = run_make(project)
    stale.unlink()
    assert done.returncode != 0
    assert "tree/tensorflow/core/framework/ops_to_register.h would be taken instead" in done.stderr


def test_what_tensorflows_makefile_does_not_know(project: Path) -> None:
    done = run_make(project, "OPSIEVE_TARGET=ios-simulator-arm64")
    assert done.returncode != 0
    assert "OPSIEVE_TARGET is ios-simulator-arm64, and TensorFlow 1.x's makefile knows linux-x86_64," in done.stderr


def test_a_tree_without_the_makefile(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    (tmp_path / "tree/tensorflow/core").mkdir(parents=True)
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    done = run_make(tmp_path)
    assert done.returncode != 0
    assert "tree: there is no tensorflow/contrib/makefile/Makefile" in done.stderr
    assert "for TensorFlow 2 include opsieve.mk instead" in done.stderr


def test_selected_files_compile(project: Path) -> None:
    folders = [folder for folder in os.environ.get(_INCLUDE, "").split(os.pathsep) if folder]
    if not folders:
        pytest.skip(f"no headers of Eigen, protobuf and nsync for TensorFlow 1.x: name their folders in {_INCLUDE}")
    ours = commands(make(project, "-n", "OPSIEVE_TARGET=linux-x86_64"))

    def compile_one(source: str) -> str:
        words = shlex.split(ours[source])
        for option in ("-o", "-MF"):
            Path(words[words.index(option) + 1]).parent.mkdir(parents=True, exist_ok=True)
        words += ["-w", *(f"-I{folder}" for folder in folders)]
        done = subprocess.run(words, cwd=project / "tree", capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else f"{source}:\n{done.stderr[-2000:]}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [text for text in pool.map(compile_one, sorted(selected(project))) if text]
    assert not failed, f"{len(failed)} of {len(selected(project))} files do not compile:\n" + "\n".join(failed)
