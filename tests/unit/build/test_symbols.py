"""What objects define and ask for, read from real ones, and what that says about a link."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from opsieve.build.symbols import ObjectSymbols, check_link, read_symbols
from opsieve.errors import OpsieveError

SOURCES: Mapping[str, str] = {
    "main": "int used(int); template <typename T> T inst(T); int main() { return used(1) + inst(2); }",
    "used": "int gone(); extern int maybe() __attribute__((weak)); int used(int x) { return maybe ? gone() : x; }",
    "unused": "int used(int); int nobody() { return used(3); }",
    "inst": "template <typename T> T inst(T x) { return x; } template int inst<int>(int);",
    "kernel": "namespace tf { struct Registrar { Registrar(); }; static Registrar r; }",
    "registry": "namespace tf { struct Registrar { Registrar(); }; Registrar::Registrar() {} }",
    # An initializer that registers nothing, as <iostream> brings to many files.
    "noisy": "struct Init { Init(); }; static Init init; int noise() { return 0; }",
    "init": "struct Init { Init(); }; Init::Init() {}",
    "gone": "int gone() { return 0; }",
    "other_gone": "inline __attribute__((used)) int gone() { return 1; }",
    "twin": "template <typename T> T inst(T x) { return x; } template int inst<int>(int);",
    "room": 'char room[5000]; extern const char text[]; const char text[] = "0123456789";',
}


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None or shutil.which("nm") is None:
        pytest.skip("no C++ compiler or no nm to make objects with")
    # A blank and a colon in the folder's name: what nm prints is still told apart.
    folder = tmp_path_factory.mktemp("objects") / "some: folder"
    folder.mkdir()
    made = {}
    for name, text in SOURCES.items():
        (folder / f"{name}.cc").write_text(text)
        made[name] = folder / f"{name}.o"
        subprocess.run([compiler, "-O1", "-c", f"{name}.cc", "-o", made[name].name], cwd=folder, check=True)
    return made


def symbols(objects: dict[str, Path], *names: str) -> list[ObjectSymbols]:
    return read_symbols([objects[name] for name in names])


def test_symbols_of_objects(objects: dict[str, Path]) -> None:
    used, kernel, noisy, inst = symbols(objects, "used", "kernel", "noisy", "inst")
    assert used.name == str(objects["used"])
    assert (used.defined, used.weak) == ({"_Z4usedi"}, frozenset())
    assert used.undefined == {"_Z4gonev"}, "a weak reference need not be defined"
    assert kernel.registers
    assert not noisy.registers
    assert inst.weak == inst.defined == {"_Z4instIiET_S0_"}


def test_a_link_that_fails_says_who_asks_and_who_has_it(objects: dict[str, Path]) -> None:
    report = check_link(
        symbols(objects, "main", "used", "kernel"), candidates=symbols(objects, "gone", "other_gone", "inst", "unused")
    )
    assert report.undefined == {
        "_Z4gonev": (str(objects["used"]),),
        "_Z4instIiET_S0_": (str(objects["main"]),),
        "_ZN2tf9RegistrarC1Ev": (str(objects["kernel"]),),
    }
    assert report.definers == {
        "_Z4gonev": (str(objects["gone"]), str(objects["other_gone"])),
        "_Z4instIiET_S0_": (str(objects["inst"]),),
    }


def test_nothing_is_undefined_where_a_linker_agrees(objects: dict[str, Path], tmp_path: Path) -> None:
    """The same objects, linked for real."""
    names = ["main", "used", "gone", "inst", "kernel", "registry"]
    compiler = shutil.which("g++") or shutil.which("clang++") or ""
    for linked in (names, names[:-1], names[1:], [name for name in names if name != "inst"]):
        done = subprocess.run([compiler, *(str(objects[name]) for name in linked), "-o", tmp_path / "x"], check=False)
        report = check_link(symbols(objects, *linked))
        assert (not report.undefined and "main" in linked) == (done.returncode == 0), linked


def test_who_is_not_needed(objects: dict[str, Path]) -> None:
    names = ["main", "used", "gone", "other_gone", "inst", "kernel", "registry", "unused", "noisy", "init"]
    report = check_link(symbols(objects, *names))
    # Of two definitions the strong one is what the linker takes; an initializer alone keeps nothing.
    assert report.unneeded == tuple(sorted(str(objects[name]) for name in ("other_gone", "unused", "noisy", "init")))
    exported = check_link(symbols(objects, *names), entries=("main", "_Z6nobodyv"))
    assert str(objects["unused"]) not in exported.unneeded


def test_one_of_many_weak_definitions_is_enough(objects: dict[str, Path]) -> None:
    for entries in (("main",), ("main", "_Z4instIiET_S0_")):
        report = check_link(symbols(objects, "main", "used", "gone", "inst", "twin"), entries=entries)
        assert report.unneeded == (str(objects["twin"]),)
    weak = check_link(symbols(objects, "twin", "inst"), entries=("_Z4instIiET_S0_",))
    assert weak.unneeded == (str(objects["inst"]),)


def test_sizes_are_those_of_code_and_data(objects: dict[str, Path]) -> None:
    (room,) = symbols(objects, "room")
    assert room.size == len("0123456789") + 1, "what is all zeros takes no room"


def test_members_of_archives_and_shared_libraries(objects: dict[str, Path], tmp_path: Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++") or ""
    archive, library = tmp_path / "lib.a", tmp_path / "lib.so"
    subprocess.run(["ar", "rcs", archive, objects["used"], objects["inst"]], check=True)
    (tmp_path / "gone.cc").write_text(SOURCES["gone"])
    subprocess.run([compiler, "-shared", "-fPIC", tmp_path / "gone.cc", "-o", library], check=True)
    members = read_symbols([objects["main"], archive])
    assert [one.name for one in members[1:]] == [f"{archive}[used.o]", f"{archive}[inst.o]"]
    assert set(check_link(members).undefined) == {"_Z4gonev"}
    assert not check_link(members, libraries=read_symbols([library], dynamic=True)).undefined


def test_versions_of_a_library_s_symbols_are_not_part_of_them(tmp_path: Path, objects: dict[str, Path]) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++") or ""
    (tmp_path / "x.cc").write_text('#include <stdlib.h>\nint main() { return abs(getenv("X") != 0); }')
    subprocess.run([compiler, "-c", tmp_path / "x.cc", "-o", tmp_path / "x.o"], check=True)
    found = subprocess.run([compiler, "-print-file-name=libc.so.6"], capture_output=True, text=True, check=True)
    libc = Path(found.stdout.strip())
    if not libc.is_file():
        pytest.skip("no GNU C library with versioned symbols")
    objects_of_x = read_symbols([tmp_path / "x.o"])
    assert set(check_link(objects_of_x).undefined) == {"getenv"}
    assert not check_link(objects_of_x, libraries=read_symbols([libc], dynamic=True)).undefined


def test_what_cannot_be_read(tmp_path: Path, objects: dict[str, Path]) -> None:
    (tmp_path / "no_object.o").write_text("text")
    with pytest.raises(OpsieveError, match="no_object"):
        read_symbols([tmp_path / "no_object.o"])
    with pytest.raises(OpsieveError, match="no-such-nm: cannot be run"):
        read_symbols([objects["main"]], nm="no-such-nm")
    assert read_symbols([]) == []
