"""Linker maps say what is in the file that was linked: compared with that file, and with the objects, by LLVM's tools.

Apple's ld64 runs nowhere else; what it writes as ld64.lld does is compared here, and recorded in unit/size/maps.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from native.compilers import require, run
from opsieve.size.link_map import FILL, LINKER, LinkMap
from opsieve.size.maps import read_link_map

_READOBJ, _NM, _AR = "llvm-readobj-19", "llvm-nm-19", "llvm-ar-19"
_COMPILERS = {"x86-64": "g++", "aarch64": "aarch64-linux-gnu-g++", "arm": "arm-linux-gnueabihf-g++"}
_LINKERS = {"bfd": "GNU ld", "gold": "gold", "lld": "lld"}
_FLAGS = ("-Os", "-fPIC", "-ffunction-sections", "-fdata-sections")

_MAIN = """
#include <cstdio>
#include <map>
#include <string>
#include <vector>
int same_one(int);
int same_two(int);
double used(double);
extern std::string shared_text;
template <class T> struct Box {
  virtual ~Box() {}
  T get(T x) { return x * 3; }
};
static char zeros[5000];
thread_local int of_thread = 5;
thread_local int zero_of_thread;
extern "C" { extern int common_one; extern int common_array[40]; }
const char* const names[] = {"alpha", "beta", "gamma"};
int main(int argc, char** argv) {
  std::map<std::string, std::vector<int>> all;
  all[argv[0]].push_back(argc);
  Box<int> a; Box<long> b; Box<unsigned> c;
  zeros[argc] = 1; of_thread += argc; zero_of_thread++;
  std::printf("%s %d %d %s\\n", names[argc % 3], same_one(argc), same_two(argc), shared_text.c_str());
  return (int)(a.get(1) + b.get(2) + c.get(3) + used(2)) + zeros[2] + common_one + common_array[2];
}
"""
_SAME = "int same_{0}(int x) {{ return x * 77 + (x >> 3) + 12; }}\nint never_{0}(int x) {{ return x * 99 + {1}; }}\n"
_ONE = '#include <string>\nstd::string shared_text = "hello, a text of a length";\n' + _SAME.format("one", 3)
_TWO = (
    "#include <stdexcept>\n"
    + _SAME.format("two", 5)
    + """
int thrower(int x) { if (x) throw std::runtime_error("no"); return 0; }
double used(double x) {
  switch ((int)x) {
    case 1: return 3.5; case 2: return 7.25; case 3: return 9; case 4: return 1.25; default: return x / 3.0;
  }
}
"""
)
_COMMONS = "int common_one; int common_array[40];\n"


@dataclass(frozen=True)
class Linked:
    """``objects`` by the names that a map should have for them, with the files that they are."""

    file: Path
    map: LinkMap
    objects: dict[str, Path]
    said: str


@cache
def _objects(machine: str, folder: Path) -> dict[str, Path]:
    compiler = _COMPILERS[machine]
    require(compiler)
    require(_READOBJ)
    # A place with a space and parentheses in it.
    place = folder / f"of {machine} (1)"
    place.mkdir()
    for name, text in (("main", _MAIN), ("number one", _ONE), ("two", _TWO)):
        (place / f"{name}.cc").write_text(text)
        run([compiler, *_FLAGS, "-c", place / f"{name}.cc", "-o", place / f"{name}.o"])
    (place / "common.c").write_text(_COMMONS)
    run([compiler, "-x", "c", "-fcommon", "-fPIC", "-c", place / "common.c", "-o", place / "common.o"])
    archive = place / "lib all.a"
    members = [place / "number one.o", place / "two.o", place / "common.o"]
    run([_AR, "rcs", archive, *members])
    return {str(place / "main.o"): place / "main.o"} | {f"{archive}({path.name})": path for path in members}


def _link(machine: str, linker: str, folder: Path, out: Path, *options: str) -> Linked:
    program = {"lld": "ld.lld-19", "gold": "ld.gold", "bfd": "ld.bfd"}[linker]
    require(program)
    objects = _objects(machine, folder)
    file, listing = out / "it", out / "it.map"
    chosen = f"-fuse-ld={linker}"
    if linker == "lld":
        # g++ finds it by that name in a folder that it is told.
        programs = out / "programs"
        programs.mkdir()
        (programs / "ld.lld").symlink_to(f"/usr/bin/{program}")
        chosen = f"-B{programs}"
        options = ("-fuse-ld=lld", *options)
    (main, *members) = objects
    archive = members[0].rpartition("(")[0]
    command = [
        _COMPILERS[machine],
        chosen,
        *options,
        main,
        archive,
        "-o",
        file,
        "-Wl,--no-demangle",
        f"-Wl,-Map={listing}",
    ]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Linked(file, read_link_map(listing), objects, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps")


def _sections(file: Path) -> list[dict[str, Any]]:
    (found,) = json.loads(run([_READOBJ, "--elf-output-style=JSON", "--sections", file]))
    return [row["Section"] for row in found["Sections"]]


def _flags(section: dict[str, Any]) -> set[str]:
    return {flag["Name"] for flag in section["Flags"]["Flags"]}


def _symbols(file: Path) -> list[tuple[str, int, int, str]]:
    """Name, address, size and letter, of what is in a section."""
    rows = []
    for line in run([_NM, "-S", "--defined-only", "--no-demangle", "--special-syms", file]).splitlines():
        words = line.split()
        if len(words) == 4:
            rows.append((words[3], int(words[0], 16), int(words[1], 16), words[2]))
    return rows


def _sizes_agree(linked: Linked) -> None:
    """Of every section: address, size, and whether it is in the file and in memory."""
    parts = defaultdict(list)
    for row in linked.map.contributions:
        parts[row.section].append(row)
    unlisted = {".symtab", ".strtab", ".shstrtab"} if linked.map.linker == "GNU ld" else set()
    sections = {s["Name"]["Name"]: s for s in _sections(linked.file) if s["Size"]}
    assert {name for name in sections if sections[name]["Size"]} - unlisted == {
        name for name, rows in parts.items() if sum(row.size for row in rows)
    }
    for name, section in sections.items():
        if name in unlisted:
            continue
        rows = parts[name]
        assert sum(row.size for row in rows) == section["Size"], name
        assert rows[0].address == section["Address"], name
        place = section["Address"]
        for row in rows:
            assert row.address == place, row
            place += row.size
            assert row.loaded == ("SHF_ALLOC" in _flags(section)), row
            assert row.file_bytes == (section["Type"]["Name"] != "SHT_NOBITS"), row


def _input_sections_agree(linked: Linked, *, all_of_them: bool) -> None:
    """What a map says of an object's section is what the object has, and nothing that was linked is missing."""
    there: dict[str, dict[str, list[int]]] = {}
    for name, path in linked.objects.items():
        there[name] = defaultdict(list)
        for section in _sections(path):
            flags = _flags(section)
            # Others are made smaller by the linker: exception tables, equal strings.
            whole = not section["Name"]["Name"].startswith((".eh_frame", ".ARM.exidx")) and "SHF_MERGE" not in flags
            if "SHF_ALLOC" in flags and whole and section["Size"]:
                there[name][section["Name"]["Name"]].append(section["Size"])
    found = 0
    for row in linked.map.contributions:
        sizes = there.get(row.object, {}).get(row.input_section)
        if sizes is not None and row.size:
            assert row.size in sizes, row
            sizes.remove(row.size)
            found += 1
    assert found > 10
    if all_of_them:
        # What two objects have alike, as templates, is taken of the first.
        taken = {row.input_section for row in linked.map.contributions} | {"COMMON"}
        left = {section for rows in there.values() for section, sizes in rows.items() if sizes} - taken
        assert not {section for section in left if not section.startswith(".note")}


def _owners_agree(linked: Linked) -> int:
    """Every symbol with a size lies in what the map says is of an object that defines it."""
    definers = defaultdict(set)
    for name, path in linked.objects.items():
        for symbol, _, _, _ in _symbols(path):
            definers[symbol].add(name)
    checked = 0
    tls = {s["Name"]["Name"] for s in _sections(linked.file) if "SHF_TLS" in _flags(s)}
    for symbol, address, size, letter in _symbols(linked.file):
        if not size or symbol not in definers or symbol.startswith(("of_thread", "zero_of_thread")):
            continue
        rows = [
            row
            for row in linked.map.contributions
            if row.address <= address and address + size <= row.address + row.size and row.loaded
            if row.section not in tls
        ]
        assert len(rows) == 1, (symbol, letter, rows)
        folded = symbol in {name for names in linked.map.folded.values() for name in names} or symbol == "_Z8same_twoi"
        assert rows[0].object in definers[symbol] or folded, (symbol, rows)
        checked += 1
    return checked


@pytest.mark.parametrize("discards", [False, True], ids=["everything", "what is needed"])
@pytest.mark.parametrize("linker", list(_LINKERS))
@pytest.mark.parametrize("machine", list(_COMPILERS))
def test_a_program(machine: str, linker: str, discards: bool, folder: Path, tmp_path: Path) -> None:
    options = ["-Wl,--gc-sections"] if discards else []
    if discards and linker != "bfd":
        options.append("-Wl,--icf=all,--print-icf-sections")
    linked = _link(machine, linker, folder, tmp_path, *options)
    assert linked.map.linker == _LINKERS[linker]
    _sizes_agree(linked)
    _input_sections_agree(linked, all_of_them=not discards)
    assert _owners_agree(linked) > 8
    fill = sum(row.size for row in linked.map.contributions if row.input_section == FILL and row.file_bytes)
    assert fill < 200

    said = {(symbol.name, symbol.address): symbol for symbol in linked.map.symbols}
    for symbol in linked.map.symbols:
        row = linked.map.contributions[symbol.contribution]
        if row.section not in (".tdata", ".tbss"):
            assert row.address <= symbol.address, symbol
            assert symbol.address + symbol.size <= row.address + row.size, symbol
    exact = linker == "lld"
    own = {name for path in linked.objects.values() for name, _, size, _ in _symbols(path) if size}
    count = 0
    for name, address, size, letter in _symbols(linked.file):
        # The map of lld has local symbols, too; those of GNU ld and gold are without sizes, and without @version.
        if (exact or letter.isupper()) and (found := said.get((name, address))) is not None:
            assert found.size == size if exact else found.size >= size, (name, size, found)
            count += 1
        elif exact and name in own:
            raise AssertionError(f"{name} at {address:#x} is not in the map")
    assert count > 5
    names = {symbol.name for symbol in linked.map.symbols}
    assert {"main", "_Z8same_onei", "_Z4usedd"} <= names
    assert ("_Z9never_onei" in names) is not discards


@pytest.mark.parametrize("machine", list(_COMPILERS))
def test_what_lld_folded(machine: str, folder: Path, tmp_path: Path) -> None:
    linked = _link(machine, "lld", folder, tmp_path, "-Wl,--icf=all,--print-icf-sections")
    removed = re.findall(r"removing identical section .*:\(\.text\.(\w+)\)", linked.said)
    assert "_Z8same_twoi" in removed
    folded = {name: address for address, names in linked.map.folded.items() for name in names}
    addresses = {name: address for name, address, _, _ in _symbols(linked.file)}
    for name in removed:
        assert folded[name] == addresses[name]
    assert "_Z8same_onei" not in folded


@pytest.mark.parametrize("linker", ["bfd", "gold", "lld"])
def test_code_made_when_linking(linker: str, tmp_path: Path) -> None:
    """Of link-time optimization: the objects in the map are the compiler's, made meanwhile."""
    require(f"ld.{linker}" if linker != "lld" else "ld.lld-19")
    compiler = "clang++-19" if linker == "lld" else "g++"
    require(compiler)
    require(_READOBJ)
    file, listing = tmp_path / "it", tmp_path / "it.map"
    for name, text in (("main", _MAIN), ("one", _ONE), ("two", _TWO), ("common", f'extern "C" {{ {_COMMONS} }}')):
        (tmp_path / f"{name}.cc").write_text(text)
    sources = [tmp_path / f"{name}.cc" for name in ("main", "one", "two", "common")]
    run([compiler, "-O1", "-flto", f"-fuse-ld={linker}", *sources, "-o", file, f"-Wl,-Map={listing}"])
    linked = Linked(file, read_link_map(listing), {}, "")
    _sizes_agree(linked)
    (owner,) = {linked.map.contributions[s.contribution].object for s in linked.map.symbols if s.name == "main"}
    assert "lto" in owner or "ltrans" in owner


_SCRIPT = """
ENTRY(start)
SECTIONS
{
  . = 0x10000;
  .text : { KEEP(*(.vectors)) . = ALIGN(64); PROVIDE(code = .); *(.text .text.*)
    BYTE(0x11) LONG(0x1234) . = ALIGN(32); } = 0x90909090
  .an_output_section_with_a_long_name : { QUAD(0x55) *(.rodata .rodata.*) first = .; . += 24; other = . - first; }
  .data : { *none.o(.data) *(.data .data.*) }
  .heap (NOLOAD) : { *(.bss .bss.* COMMON) }
  /DISCARD/ : { *(.comment) *(.eh_frame) *(.note*) }
}
"""
_FREE = """
extern "C" void start(void);
__attribute__((section(".vectors"), used)) void (*const table)(void) = start;
extern "C" void start(void) { for (;;) {} }
int numbers[] = {1, 2, 3};
extern const char text[] = "something to read";
int none[77];
__attribute__((section("a_section_of_a_long_name_without_a_dot"), used)) int more = 3;
"""


@pytest.mark.parametrize("linker", ["ld.bfd", "ld.lld-19", "ld.gold"])
def test_a_script_with_data_and_assignments(linker: str, tmp_path: Path) -> None:
    require(linker)
    require("g++")
    require(_READOBJ)
    (tmp_path / "it.ld").write_text(_SCRIPT)
    (tmp_path / "it.cc").write_text(_FREE)
    run(["g++", "-Os", "-fno-pic", "-ffunction-sections", "-fdata-sections", "-c", "it.cc", "-o", "it.o"], cwd=tmp_path)
    run([linker, "-T", "it.ld", "it.o", "-o", "it", "-Map=it.map"], cwd=tmp_path)
    linked = Linked(tmp_path / "it", read_link_map(tmp_path / "it.map"), {"it.o": tmp_path / "it.o"}, "")
    _sizes_agree(linked)
    own = {row.input_section: row.size for row in linked.map.contributions if row.object == "it.o"}
    assert own[".vectors"] == 8
    assert own["a_section_of_a_long_name_without_a_dot"] == 4
    assert own[".bss.none"] == 77 * 4
    made = [row for row in linked.map.contributions if row.object == LINKER and row.section == ".text"]
    assert sum(row.size for row in made) >= 5 + 56


_APPLE = ("--target=arm64-apple-ios14.0", "-ffreestanding", "-Os", "-fno-exceptions", "-fno-rtti")
_APPLE_MAIN = """
extern "C" void print(const char*);
extern "C" int external_data;
int same_one(int); int same_two(int); double used(double);
static char zeros[5000];
const char* const names[] = {"alpha", "beta", "gamma"};
int weights[5] = {1, 2, 3, 4, 5};
struct Base { virtual int f(); virtual int g() { return 2; } };
int Base::f() { return 1; }
extern "C" int main(int argc, char** argv) {
  zeros[argc] = 1; weights[argc % 5] = argc;
  print(names[argc % 3]); print("with\\nnewline");
  Base b;
  return same_one(argc) + same_two(argc) + (int)used(2) + zeros[2] + external_data + b.f() + weights[1];
}
"""


@pytest.mark.parametrize("discards", [False, True], ids=["everything", "what is needed"])
def test_mach_o(discards: bool, tmp_path: Path) -> None:
    for tool in ("clang++-19", "ld64.lld-19", _READOBJ):
        require(tool)
    two = _TWO.replace("#include <stdexcept>", "").replace('throw std::runtime_error("no")', "return 5")
    for name, text in (("main", _APPLE_MAIN), ("number one", _SAME.format("one", 3)), ("two", two)):
        (tmp_path / f"{name}.cc").write_text(text)
        run(["clang++-19", *_APPLE, "-c", f"{name}.cc", "-o", f"{name}.o"], cwd=tmp_path)
    run([_AR, "rcs", "lib all.a", "number one.o", "two.o"], cwd=tmp_path)
    platform = ["-arch", "arm64", "-platform_version", "ios", "14.0", "14.0"]
    more = ["-dead_strip", "-exported_symbol", "_main", "--icf=all"] if discards else []
    inputs = ["main.o", "lib all.a", "-map", "it.map", "-o", "it"]
    run(["ld64.lld-19", *platform, "-dylib", "-undefined", "dynamic_lookup", *more, *inputs], cwd=tmp_path)
    link_map = read_link_map(tmp_path / "it.map")
    assert link_map.linker == "ld64"

    parts: dict[str, list[int]] = defaultdict(list)
    for row in link_map.contributions:
        parts[row.section].append(row.size)
        assert row.file_bytes == (row.section != "__DATA,__bss")
    shown = run([_READOBJ, "--sections", tmp_path / "it"])
    pattern = r"Name: (\w+) .*\n +Segment: (\w+) .*\n +Address: (\w+)\n +Size: (\w+)"
    sizes = {f"{segment},{name}": int(size, 16) for name, segment, _, size in re.findall(pattern, shown)}
    assert {name: sum(rows) for name, rows in parts.items()} == sizes

    objects = {
        "main.o": "main.o",
        "lib all.a(number one.o)": "number one.o",
        "lib all.a(two.o)": "two.o",
    }
    definers = defaultdict(set)
    for name, path in objects.items():
        for line in run([_NM, "--defined-only", tmp_path / path]).splitlines():
            definers[line.split()[2]].add(name)
    said = {symbol.name: symbol for symbol in link_map.symbols}
    folded = {name for names in link_map.folded.values() for name in names}
    assert folded == ({"__Z8same_twoi"} if discards else set())
    count = 0
    for line in run([_NM, "--defined-only", tmp_path / "it"]).splitlines():
        address, _, name = line.split()
        if name in definers:
            assert said[name].address == int(address, 16)
            row = link_map.contributions[said[name].contribution]
            assert row.object in definers[name] or name in folded
            count += 1
    assert count >= 7
    assert ("__Z9never_onei" in said) is not discards
    assert said["__ZL5zeros"].size == 5000
    assert (
        sum(row.size for row in link_map.contributions if row.input_section == "literal string")
        == sizes["__TEXT,__cstring"]
    )
