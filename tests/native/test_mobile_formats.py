"""What ``opsieve build`` makes for Android and iOS has the format, processor and system that it should.

The presets are used as they are, with stand-ins for the NDK and Xcode (mobile_kits). Only those sources of a tree are
compiled that something is selected from: all registrations are in them, but neither the runtime nor protobuf. Nothing
runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from native.compilers import require, run
from native.mobile_kits import make_kit, require_kits
from native.small_tree_builds import TREE

_READOBJ = "llvm-readobj-19"
# They would change what a preset says.
_CHANGES = ("CC", "CXX", "AR", "STRIP", "CPPFLAGS", "CFLAGS", "CXXFLAGS", "LDFLAGS", "LINKER")
_PAGE = 16384  # bytes, on devices since Android 15
_OPS = "ops:\n  - Relu: {T: float}\n"
_OTHER_TYPE = "ops:\n  - Relu: {T: double}\n"

# What llvm-readobj calls EM_* and e_ident of <elf.h>, and the platforms of <mach-o/loader.h>.
_ELF = {
    "android-arm64": ("elf64-littleaarch64", "EM_AARCH64"),
    "android-armv7": ("elf32-littlearm", "EM_ARM"),
    "android-x86_64": ("elf64-x86-64", "EM_X86_64"),
}
# With the first version that has it: there was no simulator on this processor before 14, which clang puts for 13.
_MACHO = {"ios-arm64": ("ios", "13.0"), "ios-simulator-arm64": ("iossimulator", "14.0")}


@dataclass(frozen=True)
class Built:
    """``folder``: where the library is; ``units``: how many objects are in it; ``made_in``: what no file may name."""

    target: str
    folder: Path
    units: int
    made_in: Path

    @property
    def archive(self) -> Path:
        return self.folder / "libsmall.a"

    @property
    def shared(self) -> Path:
        return self.folder / "libsmall.so"

    @property
    def stripped(self) -> Path:
        return self.folder / "stripped" / "libsmall.so"

    @property
    def libraries(self) -> tuple[Path, ...]:
        return (self.archive, self.shared, self.stripped) if self.target in _ELF else (self.archive,)


_built: dict[str, Built] = {}


@pytest.fixture
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The library for a target, made when it is first asked for."""
    target: str = request.param
    if target not in _built:
        headers = require_kits()
        require(_READOBJ)
        require("make")
        _built[target] = _build(target, tmp_path_factory.mktemp(target), headers)
    return _built[target]


def _build(target: str, folder: Path, headers: Path) -> Built:
    environment = {key: value for key, value in os.environ.items() if key not in _CHANGES}
    kit = make_kit(target, folder, headers)
    if "PATH" in kit:
        kit["PATH"] += os.pathsep + environment["PATH"]
    environment |= kit
    model = folder / "ops.yaml"
    model.write_text(_OPS)
    output = folder / "out"
    command: list[str | Path] = [sys.executable, "-m", "opsieve", "build", model, "--tensorflow", TREE]
    command += ["--target", target, "--name", "small", "--objects", folder / "objects", "--makefile-only", "-o", output]
    _run([*command, *_protobuf(folder / "protobuf")], environment)

    # The same makefile and rules, with fewer objects to archive and link.
    listed = output / "build" / "library.rsp"
    objects = [line for line in listed.read_text().splitlines() if line.startswith("selected-")]
    listed.write_text("".join(f"{name}\n" for name in objects))
    (workspace,) = (folder / "objects").glob(f"{target}-*")
    (outputs,) = (workspace / "outputs").iterdir()
    place = f"outputs/{outputs.name}"
    made = Built(target, output, len(objects), folder)
    command = ["make", "-C", workspace, "-f", f"{place}/build/build.mk", "-j2", f"library_objects={' '.join(objects)}"]
    _run([*command, *(f"{place}/{path.relative_to(output)}" for path in made.libraries)], environment)
    return made


def _run(command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"


def _protobuf(folder: Path) -> list[str | Path]:
    """The system's headers, as if protobuf had been installed for the target; nothing of its library is looked at."""
    headers = Path("/usr/include/google")
    protoc = shutil.which("protoc")
    if protoc is None or not (headers / "protobuf" / "message.h").is_file():
        pytest.skip("protobuf's compiler and headers are not installed")
    shutil.copytree(headers, folder / "src" / "google")
    (folder / "lib").mkdir()
    run(["llvm-ar-19", "qc", folder / "lib" / "libprotobuf.a"])
    return ["--third-party", f"protobuf={folder}", "--third-party", f"protoc={protoc}"]


def _readobj(path: Path, *options: str) -> list[str]:
    """What llvm-readobj says, line by line, without indentation."""
    return [line.strip() for line in run([_READOBJ, *options, path]).splitlines()]


def _said(lines: list[str], key: str) -> list[str]:
    return [line.removeprefix(f"{key}: ") for line in lines if line.startswith(f"{key}: ")]


def _names(lines: list[str], key: str) -> list[str]:
    """Without the numbers that stand behind names."""
    return [value.split(" (")[0] for value in _said(lines, key)]


def _numbers(lines: list[str], key: str) -> list[int]:
    return [int(value, 0) for value in _said(lines, key)]


def _tags(lines: list[str]) -> dict[str, list[str]]:
    """The rows of the dynamic section: a number, a name, a value."""
    found: dict[str, list[str]] = {}
    for line in lines:
        row = re.fullmatch(r"0x[0-9A-F]+ +(\w+) +(.*)", line)
        if row:
            found.setdefault(row[1], []).append(row[2])
    return found


android = pytest.mark.parametrize("built", list(_ELF), indirect=True)
ios = pytest.mark.parametrize("built", list(_MACHO), indirect=True)
everywhere = pytest.mark.parametrize("built", [*_ELF, *_MACHO], indirect=True)


@android
def test_objects_are_for_the_processor(built: Built) -> None:
    said = _readobj(built.archive, "--file-headers")
    form, machine = _ELF[built.target]
    assert _said(said, "Format") == [form] * built.units
    assert set(_names(said, "Machine")) == {machine}
    assert set(_names(said, "Type")) == {"Relocatable"}


@pytest.mark.parametrize("built", ["android-armv7"], indirect=True)
def test_objects_for_32_bit_arm_are_armeabi_v7a(built: Built) -> None:
    # Android's ABI of that name: ARMv7-A with NEON. clang itself refuses to pass floats in registers of NEON there.
    assert set(_said(_readobj(built.archive, "--arch-specific"), "Description")) >= {"ARM v7", "NEONv1"}


@android
def test_shared_library_can_be_loaded(built: Built) -> None:
    form, machine = _ELF[built.target]
    for path in (built.shared, built.stripped):
        said = _readobj(path, "--file-headers", "--dynamic-table")
        assert _said(said, "Format") == [form]
        assert set(_names(said, "Machine")) == {machine}
        assert set(_names(said, "Type")) == {"SharedObject"}
        tags = _tags(said)
        assert tags["SONAME"] == ["Library soname: [libsmall.so]"]
        # All are in every Android since 5.0; libc++_shared.so would have to be brought along.
        needed = {"liblog.so", "libdl.so", "libm.so", "libc.so"}
        assert {name.partition("[")[2].rstrip("]") for name in tags["NEEDED"]} <= needed
        # Android refuses both.
        assert not {"TEXTREL", "RPATH"} & tags.keys()


@android
def test_segments_fit_pages_of_16_kib(built: Built) -> None:
    said = _readobj(built.stripped, "--program-headers")
    columns = [_numbers(said, key) for key in ("Alignment", "Offset", "VirtualAddress")]
    segments = zip(_names(said, "Type"), *columns, strict=True)
    loaded = [row[1:] for row in segments if row[0] == "PT_LOAD"]
    assert len(loaded) >= 2
    for alignment, offset, address in loaded:
        assert alignment == _PAGE
        assert (address - offset) % _PAGE == 0


@ios
def test_objects_are_for_the_system(built: Built) -> None:
    said = _readobj(built.archive, "--file-headers", "--macho-version-min")
    assert _said(said, "Format") == ["Mach-O arm64"] * built.units
    assert set(_names(said, "CpuType")) == {"Arm64"}
    assert set(_names(said, "FileType")) == {"Relocatable"}
    assert _said(said, "Cmd") == ["LC_BUILD_VERSION"] * built.units
    platform, version = _MACHO[built.target]
    assert set(_said(said, "Platform")) == {platform}
    assert set(_said(said, "Version")) == {version}


@everywhere
def test_no_file_says_where_it_was_made(built: Built) -> None:
    for path in built.libraries:
        content = path.read_bytes()
        assert str(built.made_in).encode() not in content
        assert str(TREE).encode() not in content


@everywhere
def test_every_registration_is_there(built: Built) -> None:
    wanted, other = built.made_in / "ops.yaml", built.made_in / "other.yaml"
    other.write_text(_OTHER_TYPE)
    for path in dict.fromkeys((built.archive, built.libraries[-1])):
        said = _check(wanted, path)
        assert (said.returncode, said.stdout) == (0, ""), said.stderr
    said = _check(other, built.libraries[-1])
    assert said.returncode == 1
    assert "double" in said.stdout


def _check(ops: Path, library: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "opsieve", "check", ops, "--library", library]
    return subprocess.run([*command, "--tensorflow", TREE], capture_output=True, text=True, check=False)
