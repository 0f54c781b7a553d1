"""Looking for tool chains: programs of our own stand for compilers that are missing, wrong, or say no."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from native.compilers import require
from opsieve.build.toolchains import Toolchain, check_toolchain, read_target
from opsieve.build.toolchains.toolchain import unwrapped
from opsieve.errors import OpsieveError


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))


def _program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _host() -> str:
    require("g++")
    names = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}
    machine = os.uname().machine
    if machine not in names:
        pytest.skip(f"no target for {machine}")
    return names[machine]


def test_the_host() -> None:
    toolchain = check_toolchain(_host())
    assert toolchain.runner == ()
    assert toolchain.family in ("gcc", "clang")
    assert toolchain.linker in ("lld", "gold", "bfd")
    assert "-Wl,--gc-sections" in toolchain.link_flags


def test_a_tool_chain_is_remembered_until_a_program_changes(tmp_path: Path) -> None:
    target = _host()
    log = tmp_path / "log"
    compiler = _program(tmp_path / "bin", "g++", f'echo x >>"{log}"\nPATH=${{PATH#*:}}\nexec g++ "$@"')
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    first = check_toolchain(target, {"CXX": "g++"}, environment)
    calls = len(log.read_text())
    assert calls > 0
    assert check_toolchain(target, {"CXX": "g++"}, environment) == first
    assert len(log.read_text()) == calls
    os.utime(compiler, (1, 1))
    assert check_toolchain(target, {"CXX": "g++"}, environment) == first
    assert len(log.read_text()) == 2 * calls


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    check_toolchain(_host())
    assert not list((tmp_path / "tmp").iterdir())


def test_the_compiler_of_another_processor() -> None:
    require("g++")
    if os.uname().machine != "x86_64":
        pytest.skip("for an x86-64 host")
    with pytest.raises(OpsieveError, match=r"g\+\+ makes programs for elf x86_64, not elf aarch64") as raised:
        check_toolchain("linux-aarch64", {"CXX": "g++"})
    assert raised.value.hint == "apt-get install g++-aarch64-linux-gnu qemu-user-static"


def test_what_is_set_in_the_environment_is_named(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "CXX": "nosuch++", "CXXFLAGS": "-O1 -g"}
    with pytest.raises(OpsieveError, match=r"nosuch\+\+ is not installed") as raised:
        check_toolchain("linux-x86_64", environment=environment)
    assert raised.value.hint == "set in the environment: CXX=nosuch++ 'CXXFLAGS=-O1 -g'; or apt-get install g++"
    with pytest.raises(OpsieveError, match=r'CXXFLAGS: "-DX=\'" is not a command line') as raised:
        check_toolchain("linux-x86_64", environment={**os.environ, "CXXFLAGS": "-DX='"})


def test_no_compiler(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError) as raised:
        check_toolchain("linux-armv7", environment={"PATH": str(tmp_path)})
    assert "arm-linux-gnueabihf-g++ is not installed" in raised.value.message
    assert raised.value.hint is not None
    assert "apt-get install g++-arm-linux-gnueabihf" in raised.value.hint


def test_a_compiler_that_misses_headers() -> None:
    target = _host()
    with pytest.raises(OpsieveError, match="map: No such file"):
        check_toolchain(target, {"CXXFLAGS": "-nostdinc++", "CXX": "g++"})


def test_a_linker_that_makes_wrong_programs_is_not_taken() -> None:
    row = read_target(_host())
    good = row.linkers[-1]
    # One that ends in a signal, one that does not link, one whose program says something else.
    for flag in ("-Wl,--defsym=main=abort", "-Wl,--no-such-flag", "-Wl,--wrap=printf,--defsym=__wrap_printf=puts"):
        wrong = replace(good, name="lld", flags=(flag,))
        toolchain = check_toolchain(replace(row, linkers=(wrong, good)), {"CXX": "g++"})
        assert toolchain.linker == "bfd"
        assert toolchain.notes[0].startswith("not linked with lld: ")


@pytest.mark.parametrize(
    ("overrides", "c"),
    [
        ({"CXX": "ccache g++"}, ("ccache", "gcc")),
        ({"CXX": "g++"}, ("gcc",)),
    ],
)
def test_the_c_compiler_is_the_sister(overrides: dict[str, str], c: tuple[str, ...]) -> None:
    for program in ("g++", overrides["CXX"].split()[0]):
        require(program)
    toolchain = check_toolchain(_host(), overrides)
    assert toolchain.c == c
    assert toolchain.wrapped == (len(c) == 2)


def test_wrong_overrides() -> None:
    with pytest.raises(OpsieveError, match="LD cannot be set"):
        check_toolchain("linux-x86_64", {"LD": "ld"})
    with pytest.raises(OpsieveError, match="not a command"):
        check_toolchain("linux-x86_64", {"CXX": "'g++"})
    target = _host()
    with pytest.raises(OpsieveError, match="no linker 'mold'"):
        check_toolchain(target, {"LINKER": "mold"})


def test_no_ndk(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"ANDROID_NDK_HOME is not set.*developer.android.com/ndk"):
        check_toolchain("android-arm64", environment={"PATH": os.environ["PATH"]})
    with pytest.raises(OpsieveError, match="which is no Android NDK"):
        check_toolchain("android-arm64", environment={"ANDROID_NDK_ROOT": str(tmp_path)})


def test_an_ndk_is_asked_for_its_own_compiler(tmp_path: Path) -> None:
    programs = tmp_path / "the ndk" / "toolchains" / "llvm" / "prebuilt" / "linux-x86_64" / "bin"
    programs.mkdir(parents=True)
    for name in ("clang", "clang++", "llvm-ar", "llvm-strip"):
        _program(programs, name, f'echo "$0 $*" >>"{tmp_path}/log"; echo "clang version 17"; exit 0')
    environment = {"ANDROID_NDK_HOME": str(tmp_path / "the ndk"), "PATH": os.environ["PATH"]}
    # It says yes to everything and makes nothing.
    with pytest.raises(OpsieveError, match="makes no program"):
        check_toolchain("android-armv7", environment=environment)
    log = (tmp_path / "log").read_text()
    assert f"{programs}/clang++ --target=armv7a-linux-androideabi24 -mfpu=neon -Os" in log
    assert "-Wl,-z,max-page-size=16384" in log


def test_no_xcode(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"Xcode is needed.*App Store"):
        check_toolchain("ios-arm64", environment={"PATH": str(tmp_path)})
    _program(tmp_path / "bin", "xcrun", 'echo "SDK \\"$2\\" cannot be located" >&2; exit 1')
    with pytest.raises(OpsieveError, match='SDK "iphonesimulator" cannot be located'):
        check_toolchain("ios-simulator-arm64", environment={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})


def test_xcode_is_asked_for_its_sdk(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    said = f'case "$3" in --show-sdk-path) echo /the/sdk ;; --find) echo "{folder}/$4" ;; esac'
    _program(folder, "xcrun", said)
    for name in ("clang", "clang++", "libtool", "strip"):
        _program(folder, name, f'echo "$0 $*" >>"{tmp_path}/log"; echo "Apple clang version 15"; exit 0')
    with pytest.raises(OpsieveError, match="makes no program"):
        check_toolchain("ios-arm64", environment={"PATH": f"{folder}:/usr/bin:/bin"})
    log = (tmp_path / "log").read_text()
    assert "clang++ --target=arm64-apple-ios13.0 -isysroot /the/sdk -Os" in log
    assert "libtool -static -o libtried.a" in log
    assert "-Wl,-force_load,./libtried.a" in log


def test_unwrapped() -> None:
    assert unwrapped(("ccache", "distcc", "g++", "-m64")) == ("g++", "-m64")
    assert unwrapped(("/usr/bin/ccache", "g++")) == ("g++",)
    assert unwrapped(("ccache",)) == ("ccache",)
    assert not Toolchain("x", "linux", "elf", "arm", ("cc",), ("c++",), ("ar",), ("strip",), "gcc", "1").wrapped
