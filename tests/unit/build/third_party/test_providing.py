"""What a build gets: what the user gave, what the system has, what was fetched; else one message that tells all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from local_registry import Registry, pinned, tar

from opsieve.build.manifest import Need
from opsieve.build.third_party import protoc, provide, system
from opsieve.build.third_party.catalog import Compiled, Made, Package, SystemPackage, VersionIn, find, own_file
from opsieve.build.third_party.fetch import fetch
from opsieve.build.third_party.given import from_directory
from opsieve.build.third_party.provide import SYSTEM
from opsieve.errors import OpsieveError

Rows = Callable[..., Package]
NEEDS = [Need("pkg", ("tensorflow/core/kernels/a_op.cc", "tensorflow/core/b.cc"))]
ARCHIVE = pinned(
    "pkg-1.0.tar.gz", tar({"pkg-1.0/pkg/pkg.h": b"", "pkg-1.0/pkg/a.cc": b"", "pkg-1.0/pkg/a_test.cc": b""})
)


@pytest.fixture(autouse=True)
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it but what a test puts there."""
    protoc.tool_version.cache_clear()
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


def program(path: Path, answer: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def checkout(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def test_what_was_fetched(registry: Registry, rows: Rows, store: Path) -> None:
    content = tar({"pkg-1.0/pkg/pkg.h": b"", "pkg-1.0/pkg/a.cc": b"", "pkg-1.0/pkg/a_test.cc": b""})
    registry.add("files/pkg/pkg-1.0.tar.gz", content)
    rows(pinned("pkg-1.0.tar.gz", content), for_target={"android": Compiled(defines=("A=1",))})
    (folder,) = fetch(["pkg"], "2.14.0", store)
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-aarch64", {}, store)
    assert (found.root, found.sources, found.defines) == (folder, ("pkg/a.cc",), ())
    assert (found.origin, found.version, found.licence) == ("PyPI pkg-1.0.tar.gz", "1.0", "MIT")
    (android,) = provide.provide(NEEDS, "2.14.0", "android-arm64", {}, store)
    assert android.defines == ("A=1",)


def test_all_that_is_missing_is_in_one_message(rows: Rows, store: Path) -> None:
    rows(ARCHIVE, needs=("base",))
    rows(ARCHIVE, "base")
    rows(None, "by_hand")
    with pytest.raises(OpsieveError) as error:
        provide.provide([*NEEDS, Need("by_hand", ("c.cc",))], "2.14.0", "linux-x86_64", {}, store)
    message = str(error.value)
    assert "pkg: 1.0 has not been fetched, for tensorflow/core/kernels/a_op.cc, tensorflow/core/b.cc" in message
    assert "base: 1.0 has not been fetched" in message
    assert "by_hand: no source is known that fits TensorFlow 2.14.0, for c.cc" in message
    assert f"opsieve deps fetch --tensorflow-version 2.14.0 pkg base --store {store}" in message
    assert "--third-party by_hand=DIR" in message


@pytest.mark.parametrize("layout", [".", "src", "include", "icu4c/source"])
def test_a_directory_of_the_user_comes_first(rows: Rows, store: Path, tmp_path: Path, layout: str) -> None:
    rows(ARCHIVE)
    mine = checkout(tmp_path / "mine", f"{layout}/pkg/pkg.h", f"{layout}/pkg/deep/a.cc", f"{layout}/pkg/a_test.cc")
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": mine}, store)
    assert found.root == (mine / layout).resolve()
    assert found.sources == ("pkg/deep/a.cc",)
    assert str(mine) in found.origin


def test_a_directory_that_is_something_else_is_refused(rows: Rows, store: Path, tmp_path: Path) -> None:
    rows(ARCHIVE)
    with pytest.raises(OpsieveError, match=r"does not hold pkg: pkg/pkg\.h not found"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": checkout(tmp_path / "x", "other.h")}, store)
    with pytest.raises(OpsieveError, match="no such directory"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": tmp_path / "nowhere"}, store)
    with pytest.raises(
        OpsieveError, match=r"not its sources \(\*\*/\*\.cc\), and opsieve cannot link an installed one"
    ):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": checkout(tmp_path / "y", "pkg/pkg.h")}, store)
    with pytest.raises(OpsieveError, match="no third-party package is called"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pgk": tmp_path}, store)


def test_an_installed_library_is_linked(rows: Rows, store: Path, tmp_path: Path) -> None:
    rows(ARCHIVE, system=SystemPackage("", "pkg/pkg.h", ("-lpkg", "-lm")))
    prefix = checkout(tmp_path / "prefix", "include/pkg/pkg.h", "lib/libpkg.a")
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-aarch64", {"pkg": prefix}, store)
    assert found.root == (prefix / "include").resolve()
    assert (found.sources, found.libraries) == ((), (f"-L{prefix.resolve()}/lib", "-lpkg", "-lm"))


def _object(machine: int) -> bytes:
    """The first bytes of an ELF object for a machine by its number in <elf.h>, EM_*."""
    return (
        b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + (1).to_bytes(2, "little") + machine.to_bytes(2, "little") + b"\0" * 44
    )


def _archive(content: bytes) -> bytes:
    return b"!<arch>\n" + b"a.o/".ljust(48) + str(len(content)).encode().ljust(10) + b"`\n" + content


_X86_64, _AARCH64 = 62, 183


@pytest.fixture
def linkable(rows: Rows) -> Package:
    return rows(ARCHIVE, system=SystemPackage("", "pkg/pkg.h", ("-lpkg",)))


@pytest.mark.usefixtures("linkable")
@pytest.mark.parametrize("suffix", [".a", ".so"])
def test_an_installed_library_has_to_be_for_the_target(store: Path, tmp_path: Path, suffix: str) -> None:
    prefix = checkout(tmp_path / "prefix", "include/pkg/pkg.h", f"lib/libpkg{suffix}")
    ours = _archive(_object(_X86_64)) if suffix == ".a" else _object(_X86_64)
    (prefix / f"lib/libpkg{suffix}").write_bytes(ours)
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": prefix}, store)
    assert found.libraries == (f"-L{prefix.resolve()}/lib", "-lpkg")
    with pytest.raises(OpsieveError, match=rf"no library for linux-aarch64: .*libpkg\{suffix} is for elf x86_64"):
        provide.provide(NEEDS, "2.14.0", "linux-aarch64", {"pkg": prefix}, store)
    with pytest.raises(OpsieveError, match="no library for ios-arm64"):
        provide.provide(NEEDS, "2.14.0", "ios-arm64", {"pkg": prefix}, store)

    # As Debian has libraries for other machines.
    other = prefix / "lib/aarch64-linux-gnu"
    other.mkdir()
    (other / "libpkg.so").write_bytes(_object(_AARCH64))
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-aarch64", {"pkg": prefix}, store)
    assert found.libraries == (f"-L{other.resolve()}", "-lpkg")


@pytest.mark.usefixtures("linkable")
def test_an_installation_without_a_library_is_refused(store: Path, tmp_path: Path) -> None:
    prefix = checkout(tmp_path / "prefix", "include/pkg/pkg.h")
    with pytest.raises(OpsieveError, match=r"neither its sources \(\*\*/\*\.cc\) nor a library \(libpkg\.a") as error:
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": prefix}, store)
    assert "Give a directory with the sources of pkg" in error.value.hint


@pytest.mark.usefixtures("linkable")
def test_the_system_s_own_folder_is_refused(store: Path) -> None:
    with pytest.raises(OpsieveError, match="the system's own folder") as error:
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": Path("/usr")}, store)
    assert "--third-party pkg=system" in error.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for protoc is a shell script")
def test_an_installed_tool_is_used_with_its_package(rows: Rows, store: Path, tmp_path: Path, no_programs: Path) -> None:
    rows(ARCHIVE, tools={"protoc": Compiled()}, system=SystemPackage("", "pkg/pkg.h", ("-lpkg",)))
    prefix = checkout(tmp_path / "prefix", "include/pkg/pkg.h", "lib/libpkg.a", "bin/protoc")
    on_path = program(no_programs / "protoc", "libprotoc 1.0")
    installed = program(prefix / "bin/protoc", "libprotoc 1.0")
    assert provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": prefix}, store)[0].tools == {"protoc": installed}
    # One of another version, or for another machine.
    protoc.tool_version.cache_clear()
    program(prefix / "bin/protoc", "libprotoc 1.1")
    assert provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": prefix}, store)[0].tools == {"protoc": on_path}


def test_a_checkout_that_wants_configuring_is_configured_aside(rows: Rows, store: Path, tmp_path: Path) -> None:
    rows(
        ARCHIVE,
        markers=("conf.h",),
        unpack=("*.in", "*.c"),
        rename=((r"\.c$", ".cc"),),
        make=(Made("conf.h", "conf.h.in", (("@V@", "3"),)),),
    )
    mine = checkout(tmp_path / "mine", "conf.h.in", "a.c")
    (mine / "conf.h.in").write_text("@V@")
    before = sorted(path.name for path in mine.iterdir())
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": mine}, store)
    assert (found.root / "conf.h").read_text() == "3"
    assert found.sources == ("a.cc",)
    assert sorted(path.name for path in mine.iterdir()) == before
    (mine / "conf.h.in").write_text("@V@!")
    (changed,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": mine}, store)
    assert (changed.root / "conf.h").read_text() == "3!", "a changed checkout is copied again"


def test_a_checkout_is_completed_with_opsieves_own_files(rows: Rows, store: Path, tmp_path: Path) -> None:
    own = (("wrap/main.cc", "protoc_main.cc"),)
    rows(ARCHIVE, markers=("pkg/pkg.h", "wrap/main.cc"), own=own)
    mine = checkout(tmp_path / "mine", "src/pkg/pkg.h", "src/pkg/a.cc")
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": mine}, store)
    assert (found.root / "wrap/main.cc").read_bytes() == own_file("protoc_main.cc").read_bytes()
    assert found.sources == ("pkg/a.cc", "wrap/main.cc")
    assert not (mine / "src/wrap").exists()
    other = checkout(tmp_path / "other", "src/other/other.txt")
    with pytest.raises(OpsieveError, match="does not hold pkg"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": other}, store)


def test_a_directory_will_do_where_no_source_is_known(rows: Rows, store: Path, tmp_path: Path) -> None:
    rows(ARCHIVE, until="2.15")
    mine = checkout(tmp_path / "mine", "pkg/pkg.h", "pkg/a.cc")
    assert provide.provide(NEEDS, "2.19.0", "linux-x86_64", {"pkg": mine}, store)[0].sources == ("pkg/a.cc",)


def test_the_system_is_for_this_machine_alone(rows: Rows, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(ARCHIVE, system=SystemPackage("", "stdio.h", ("-lpkg",)))
    monkeypatch.setattr(system, "host_target", lambda: "linux-x86_64")
    monkeypatch.setattr(system, "_HEADERS", (Path("/usr/include"),))
    with pytest.raises(OpsieveError, match="of no use for linux-aarch64"):
        provide.provide(NEEDS, "2.14.0", "linux-aarch64", {"pkg": SYSTEM}, store)
    if Path("/usr/include/stdio.h").is_file():
        (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": SYSTEM}, store)
        assert (found.sources, found.libraries, found.includes) == ((), ("-lpkg",), ())


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for pkg-config is a shell script")
def test_pkg_config_is_asked(rows: Rows, store: Path, no_programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(ARCHIVE, system=SystemPackage("libpkg", "pkg.h", ("-lpkg",)))
    monkeypatch.setattr(system, "host_target", lambda: "linux-x86_64")
    script = no_programs / "pkg-config"
    script.write_text(
        '#!/bin/sh\ncase "$1" in --modversion) echo 4.2;; --libs) echo "-L/opt/p/lib -lp";; '
        '--cflags-only-I) echo "-I/opt/p/include";; esac\n'
    )
    script.chmod(0o755)
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {"pkg": SYSTEM}, store)
    assert (found.version, found.libraries, found.includes) == ("4.2", ("-L/opt/p/lib", "-lp"), ("opt/p/include",))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for protoc is a shell script")
def test_protoc_must_be_of_the_version_of_the_headers(
    rows: Rows, store: Path, tmp_path: Path, no_programs: Path
) -> None:
    version_in = VersionIn("pkg/pkg.h", r"#define VERSION (\d+)", digits=True)
    row = rows(ARCHIVE, version="3.21.12", version_in=version_in, tools={"protoc": Compiled()})
    mine = checkout(tmp_path / "mine", "pkg/pkg.h", "pkg/a.cc")
    (mine / "pkg/pkg.h").write_text("#define VERSION 6031001\n")
    given = {"pkg": mine}
    with pytest.raises(OpsieveError, match=r"protoc: of version 31\.1 is not there"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", given, store)
    other = program(tmp_path / "other", "libprotoc 3.21.12")
    with pytest.raises(OpsieveError, match=r"is version 3\.21\.12, but pkg is 31\.1"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {**given, "protoc": other}, store)
    with pytest.raises(OpsieveError, match="is not a protoc that runs"):
        provide.provide(NEEDS, "2.14.0", "linux-x86_64", {**given, "protoc": mine / "pkg/pkg.h"}, store)
    on_path = program(no_programs / "protoc", "libprotoc 31.1")
    assert provide.provide(NEEDS, "2.14.0", "linux-x86_64", given, store)[0].tools == {"protoc": on_path}
    right = program(tmp_path / "right", "libprotoc 31.1")
    (found,) = provide.provide(NEEDS, "2.14.0", "linux-x86_64", {**given, "protoc": right}, store)
    assert found.tools == {"protoc": right}
    assert row.version == "3.21.12"
    assert replace(found, tools={}).version == "31.1"


def test_an_installation_is_known_whatever_folder_its_headers_came_from(tmp_path: Path) -> None:
    row = find("protobuf", "2.14.0")
    assert row is not None
    assert row.includes != (".",)
    for marker in row.markers:
        (tmp_path / "include" / marker).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "include" / marker).write_text("")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libprotobuf.a").write_bytes(b"!<arch>\n")
    found = from_directory(row, tmp_path, "linux-x86_64", tmp_path / "store")
    assert all((found.root / found.includes[0] / marker).is_file() for marker in row.markers)
    assert not found.sources
    assert found.libraries[0] == f"-L{(tmp_path / 'lib').resolve()}"
