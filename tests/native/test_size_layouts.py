"""The layouts of what compilers and linkers make are what LLVM's tools say of the same files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from native.compilers import require, run
from opsieve.errors import OpsieveError
from opsieve.size.layout import Layout, Section, Symbol
from opsieve.size.reading import read_layout
from unit.size.reading.targets import checked

_SOURCE = """
#include <stdexcept>
#include <string>
#include <vector>
thread_local int seen = 3;
thread_local long unseen[20];
int zeros[1000];
const char *const names[] = {"a circle", "a square", "neither"};
static long counts[] = {1, 2, 3};
struct Base { virtual int area() const { return 1; } virtual ~Base() {} };
struct Square : Base { int side = 2; int area() const override { return side * side; } };
static __attribute__((noinline)) int inner(int x) { return x * 3 + zeros[x & 7]; }
template <typename T> T most(const std::vector<T> &all) {
  if (all.empty()) throw std::runtime_error("none");
  T best = all[0];
  for (const T &one : all) if (best < one) best = one;
  return best;
}
int use(const Base &b) { seen++; unseen[3]++; return b.area() + inner(counts[seen & 1]); }
std::string run(int n) {
  std::vector<std::string> words(names, names + 3);
  std::vector<double> numbers(n, 1.5);
  return most(words) + std::to_string(most(numbers)) + std::to_string(use(Square()));
}
#ifndef LIBRARY
int main(int argc, char **) { return static_cast<int>(run(argc).size()) & 1; }
#endif
"""
_APPLE_SOURCE = """
extern "C" int outside(const char *);
int zeros[1000];
const char *names[] = {"a circle", "a square"};
const double numbers[] = {1.5, 2.5};
static __attribute__((noinline)) int inner(int x) { return x * 3 + zeros[x & 7]; }
struct Base { virtual int area() const { return 1; } virtual ~Base() {} };
struct Square : Base { int side = 2; int area() const override { return side * side; } };
int use(Base *b) { return b->area() + inner(zeros[3]) + outside(names[1]) + static_cast<int>(numbers[zeros[2]]); }
Square square;
int run() { return use(&square); }
"""
_LLVM = ("llvm-readobj-19", "llvm-nm-19", "llvm-objcopy-19", "llvm-ar-19")
# A compiler with its flags, and flags for linking.
_ELF = {
    "gcc": (("g++", "-O2", "-g"), ()),
    "gcc-without-unwinding": (("g++", "-Os", "-ffunction-sections"), ("-Wl,--gc-sections",)),
    "gold": (("g++", "-O1"), ("-fuse-ld=gold",)),
    "lld-aarch64": (
        ("clang++-19", "-Os", "--target=aarch64-linux-gnu"),
        ("-fuse-ld=lld", "-Wl,--pack-dyn-relocs=relr"),
    ),
    "lld": (("clang++-19", "-Os"), ("-fuse-ld=lld", "-Wl,--icf=all")),
    "aarch64": (("aarch64-linux-gnu-g++", "-O2"), ()),
    "arm": (("arm-linux-gnueabihf-g++", "-O2", "-mthumb"), ()),
    "i386": (("i686-linux-gnu-g++", "-O2"), ()),
}
# What linkers put somewhere else than into the section that they say, and beyond it.
_OUTSIDE = re.compile(
    r"_*(end|edata|etext|bss_|stop|start|data_|exidx|rel|init|fini|pre|GNU_EH|EH_FRAME|ex|ehdr|dso|TMC)"
)
_KINDS = {"object": ("-c",), "shared": ("-shared",), "executable": ("-pie",), "static": ("-static",)}


@dataclass(frozen=True)
class Row:
    """A section as llvm-readobj has it."""

    name: str
    kind: str
    flags: str
    address: int
    offset: int
    size: int


@pytest.fixture(autouse=True)
def _tools() -> None:
    for tool in _LLVM:
        require(tool)


def _sections(path: Path) -> list[Row]:
    rows = []
    for text in run(["llvm-readobj-19", "--sections", path]).split("Section {")[1:]:
        said = dict(re.findall(r"^ +(\w+): (.*)$", text, re.M))
        name, kind = said["Name"].split(" (")[0], said["Type"].split(" (")[0]
        if "Segment" in said:
            name = f"{said['Segment'].split(' (')[0]},{name}"
        numbers = (int(said[key], 0) for key in ("Address", "Offset", "Size"))
        rows.append(Row(name, kind, " ".join(re.findall(r"SHF_\w+", text)), *numbers))
    return [row for row in rows if row.kind != "SHT_NULL"]


def _named(path: Path, *options: str) -> list[tuple[str, str, int, int]]:
    """Symbols with a place as llvm-nm has them: name, type, value, size."""
    rows = [line.rsplit(" ", 3) for line in run(["llvm-nm-19", "--format=posix", *options, path]).splitlines()]
    return [(row[0], row[1], int(row[2], 16), int(row[3], 16)) for row in rows if row[1] not in "UwvAaC"]


def _agrees(layout: Layout, path: Path, rows: list[Row] | None = None, linked: bool = True) -> None:
    """Sections are those of llvm-readobj, and what is between them has no section there."""
    checked(layout)
    assert layout.file_size == path.stat().st_size
    rows = _sections(path) if rows is None else rows
    zero = ("SHT_NOBITS", "ZeroFill", "ThreadLocalZerofill")
    expected = sorted(
        (row.name, row.address if linked else 0, 0 if row.kind in zero else row.size, row.size) for row in rows
    )
    own = {row.name for row in rows}
    found = [section for section in layout.sections if section.name in own]
    assert (
        sorted(
            (s.name, s.address, s.file_size, max(s.memory_size, s.file_size)) for s in found if s.name != "relocations"
        )
        == expected
    )
    offsets = {(row.name, row.offset) for row in rows if row.kind not in zero and row.size}
    assert {(s.name, s.offset) for s in found if s.file_size} == offsets
    for section in layout.sections:
        if section.name not in own:
            assert section.kind in ("format", "symbols", "dynamic")
            assert section.name != "unclaimed"


def _linked(folder: Path, compiler: str, kind: str, name: str = "it") -> Path:
    command, more = _ELF[compiler]
    require(command[0])
    source = folder / "source.cc"
    source.write_text(_SOURCE)
    out = folder / name
    flags = ("-DLIBRARY", "-fPIC") if kind == "shared" else ()
    linking = more if kind != "object" else ()
    run([*command, *flags, *linking, "-Wl,--build-id", source, *_KINDS[kind], "-w", "-o", out])
    return out


def _tls(path: Path) -> int:
    """Where the thread's own data starts: llvm-nm counts from there."""
    text = run(["llvm-readobj-19", "--program-headers", path])
    found = re.search(r"Type: PT_TLS.*?VirtualAddress: (\w+)", text, re.S)
    return int(found[1], 16) if found else 0


def _check_symbols(layout: Layout, path: Path, *options: str) -> None:
    """Names, addresses and sizes are those of llvm-nm, except where it has no size."""
    objects = layout.kind == "ELF object"
    start = 0 if objects else _tls(path)
    spaces = [(row.address, row.address + row.size) for row in _sections(path) if "ALLOC" in row.flags]
    theirs: dict[tuple[str, int], int] = {}
    for name, _, value, size in _named(path, *options):
        # What a linker script defines can lie outside of every section.
        if objects or any(low <= value <= high for low, high in spaces) or value < 0x1000:
            theirs[name, value] = size
    ours = {}
    for symbol in layout.symbols:
        local = symbol.kind == "object" and layout.sections[symbol.section].name in (".tdata", ".tbss")
        ours[symbol.name, symbol.address - (start if local else 0)] = symbol
    outside = {key for key in theirs.keys() - ours.keys() if theirs[key] == 0}
    assert theirs.keys() - ours.keys() == outside
    assert ours.keys() <= theirs.keys()
    for key, symbol in ours.items():
        if theirs[key]:
            assert (symbol.size, symbol.exact) == (theirs[key], True), key
        else:
            assert not symbol.exact or symbol.size == 0, key
    assert all(_OUTSIDE.match(name) for name, _ in outside), outside


def _reaches_next(layout: Layout) -> None:
    """Sizes that were made up end at the next symbol or with the section."""
    for section in {symbol.section for symbol in layout.symbols}:
        symbols = [symbol for symbol in layout.symbols if symbol.section == section]
        place = layout.sections[section]
        starts = {symbol.address for symbol in symbols} | {place.address + max(place.memory_size, place.file_size)}
        for symbol in symbols:
            if not symbol.exact:
                above = min((start for start in starts if start > symbol.address), default=symbol.address)
                assert symbol.address + symbol.size == above


def _names(symbols: tuple[Symbol, ...], layout: Layout) -> list[tuple[object, ...]]:
    return sorted((s.name, s.address, s.size, s.kind, s.local, layout.sections[s.section].name) for s in symbols)


@pytest.mark.parametrize("kind", list(_KINDS))
@pytest.mark.parametrize("compiler", list(_ELF))
def test_elf(compiler: str, kind: str, tmp_path: Path) -> None:
    path = _linked(tmp_path, compiler, kind)
    layout = read_layout(path)
    _agrees(layout, path, linked=kind != "object")
    _check_symbols(layout, path)
    _reaches_next(layout)
    kinds = {section.name: section.kind for section in layout.sections}
    assert (kinds[".symtab"], kinds.get(".data", "data"), kinds[".bss"]) == ("symbols", "data", "zero")
    assert all(kind == "debug" for name, kind in kinds.items() if name.startswith(".debug"))
    by_name = {symbol.name: symbol for symbol in layout.symbols}
    assert (by_name["_Z3useRK4Base"].kind, by_name["_Z3useRK4Base"].local) == ("function", False)
    assert (by_name["zeros"].kind, by_name["zeros"].size) == ("object", 4000)
    assert not any(name.startswith("$") for name in by_name)
    assert not layout.stripped
    if kind != "object":
        said = run(["llvm-readobj-19", "--notes", path])
        assert layout.build_id == re.search(r"Build ID: (\w+)", said)[1]  # type: ignore[index]
        _is_loaded_as_segments_say(layout, path)


def _is_loaded_as_segments_say(layout: Layout, path: Path) -> None:
    """What is in memory is what the program headers load, but for alignment in front of zeros."""
    text = run(["llvm-readobj-19", "--program-headers", path])
    loaded = [part for part in text.split("ProgramHeader {") if "Type: PT_LOAD" in part]
    memory = sum(int(re.search(r"MemSize: (\d+)", part)[1]) for part in loaded)  # type: ignore[index]
    ours = sum(section.memory_size for section in layout.sections if section.name != ".tbss")
    assert 0 <= memory - ours <= 128


@pytest.mark.parametrize("compiler", ["gcc", "arm", "lld-aarch64"])
def test_stripped_elf_has_what_the_loader_needs(compiler: str, tmp_path: Path) -> None:
    path = _linked(tmp_path, compiler, "shared")
    stripped = tmp_path / "stripped.so"
    run(["llvm-objcopy-19", "--strip-all", path, stripped])
    layout = read_layout(stripped)
    assert layout.stripped
    _agrees(layout, stripped)
    _check_symbols(layout, stripped, "--dynamic")
    assert {symbol.name for symbol in layout.symbols} >= {"zeros", "_Z3useRK4Base"}


@pytest.mark.parametrize("objcopy", ["objcopy", "llvm-objcopy-19"])
@pytest.mark.parametrize("place", ["given", "link", "build-id", "whole"])
def test_debug_files(objcopy: str, place: str, tmp_path: Path) -> None:
    require(objcopy)
    path = _linked(tmp_path, "gcc", "executable", "whole")
    whole = read_layout(path)
    stripped, debug = tmp_path / "stripped", tmp_path / "it.debug"
    run([objcopy, "--only-keep-debug", path, debug])
    run([objcopy, "--strip-all", *([f"--add-gnu-debuglink={debug}"] if place == "link" else []), path, stripped])
    if place == "build-id":
        hidden = tmp_path / ".build-id" / whole.build_id[:2] / f"{whole.build_id[2:]}.debug"
        hidden.parent.mkdir(parents=True)
        debug.rename(hidden)
    given = {"given": debug, "whole": path}.get(place)
    if given is not None:
        assert read_layout(stripped).stripped
    layout = read_layout(stripped, given)
    assert not layout.stripped
    _agrees(layout, stripped)
    assert _names(layout.symbols, layout) == _names(whole.symbols, whole)


def test_debug_files_of_others_are_refused(tmp_path: Path) -> None:
    path = _linked(tmp_path, "gcc", "executable", "one")
    other = tmp_path / "other"
    run(["g++", "-O1", "-Wl,--build-id", tmp_path / "source.cc", "-w", "-o", other])
    stripped = tmp_path / "stripped"
    run(["objcopy", "--strip-all", f"--add-gnu-debuglink={other}", path, stripped])
    assert read_layout(stripped).stripped
    with pytest.raises(OpsieveError, match="build-id"):
        read_layout(stripped, other)
    with pytest.raises(OpsieveError, match="no symbols"):
        read_layout(stripped, stripped)
    for name in (path, other):
        run(["objcopy", "--remove-section=.note.gnu.build-id", name])
    run(["objcopy", "--strip-all", f"--add-gnu-debuglink={path}", path, stripped])
    assert not read_layout(stripped).stripped
    with pytest.raises(OpsieveError, match="check sum"):
        read_layout(stripped, other)
    run(["objcopy", "--strip-all", path, stripped])
    assert read_layout(stripped).stripped
    assert not read_layout(stripped, path).stripped
    with pytest.raises(OpsieveError, match="sections differ"):
        read_layout(stripped, other)


@pytest.mark.parametrize("kind", ["gnu", "bsd", "darwin", "thin"])
def test_archives(kind: str, tmp_path: Path) -> None:
    names = ("short.o", "a member with a longer name.o")
    for name in names:
        _linked(tmp_path, "gcc", "object", name)
    (tmp_path / "short.o").write_bytes((tmp_path / "short.o").read_bytes() + b"!")
    (tmp_path / "notes.txt").write_text("odd")
    path = tmp_path / "lib.a"
    options = ["--thin", "qcD"] if kind == "thin" else [f"--format={kind}", "qcD"]
    listed = names if kind == "thin" else (*names, "notes.txt")
    run(["llvm-ar-19", *options, path.name, *listed], cwd=tmp_path)
    layout = checked(read_layout(path))
    assert layout.kind == ("thin archive of ELF objects" if kind == "thin" else "static archive of ELF objects")
    assert [member.path for member in layout.members] == [f"{path}({name})" for name in names]
    content = path.read_bytes()
    for name, member in zip(names, layout.members, strict=True):
        original = (tmp_path / name).read_bytes()
        if kind == "thin":
            content += original
        inside = content[member.offset : member.offset + member.file_size]
        assert inside.startswith(original)
        assert inside[len(original) :].strip(b"\n\0") == b""
        assert _names(member.symbols, member) == _names(read_layout(tmp_path / name).symbols, member)
    assert layout.file_size == len(content)
    assert any(section.kind == "symbols" and section.file_size for section in layout.sections)
    assert kind == "thin" or any(section.name == "notes.txt" for section in layout.sections)


_APPLE = {
    "arm64": ("arm64-apple-ios14", ("ios", "14.0", "14.0")),
    "x86_64": ("x86_64-apple-macos11", ("macos", "11.0", "11.0")),
    "armv7": ("armv7-apple-ios9", None),
}


def _apple(folder: Path, machine: str, *, linked: bool) -> Path:
    target, platform = _APPLE[machine]
    require("clang++-19")
    (folder / "source.cc").write_text(_APPLE_SOURCE)
    path = folder / f"{machine}.o"
    run(["clang++-19", f"--target={target}", "-Os", "-nostdlib", "-c", folder / "source.cc", "-o", path])
    if linked and platform is not None:
        require("ld64.lld-19")
        library = folder / f"{machine}.dylib"
        options = ["-dylib", "-arch", machine, "-platform_version", *platform, "-undefined", "dynamic_lookup"]
        run(["ld64.lld-19", *options, "-adhoc_codesign", path, "-o", library])
        return library
    return path


def _check_apple_symbols(layout: Layout, path: Path) -> None:
    rows = _sections(path)
    objects = layout.kind == "Mach-O object"
    theirs = set()
    for name, _, value, _ in _named(path):
        if objects:
            row = next(row for row in rows if row.address <= value < row.address + row.size)
            value -= row.address
        theirs.add((name, value))
    assert {(symbol.name, symbol.address) for symbol in layout.symbols} == theirs
    assert not any(symbol.exact for symbol in layout.symbols)
    _reaches_next(layout)
    # All of the code is of some symbol.
    code = next(i for i, section in enumerate(layout.sections) if section.name == "__TEXT,__text")
    sizes = {symbol.address: symbol.size for symbol in layout.symbols if symbol.section == code}
    assert sum(sizes.values()) == layout.sections[code].memory_size
    assert {symbol.kind for symbol in layout.symbols if symbol.section == code} == {"function"}


@pytest.mark.parametrize(
    ("machine", "linked"), [(name, False) for name in _APPLE] + [("arm64", True), ("x86_64", True)]
)
def test_macho(machine: str, linked: bool, tmp_path: Path) -> None:
    path = _apple(tmp_path, machine, linked=linked)
    layout = read_layout(path)
    assert layout.kind == ("Mach-O dynamic library" if linked else "Mach-O object")
    _agrees(layout, path, linked=linked)
    _check_apple_symbols(layout, path)
    kinds = {section.name: section.kind for section in layout.sections}
    assert kinds["__TEXT,__text"] == "code"
    assert kinds["string table"] == "symbols"
    assert {"zero", "data"} <= set(kinds.values())
    if linked:
        said = run(["llvm-objdump-19", "--private-headers", path])
        assert layout.build_id == re.search(r" uuid ([\w-]+)", said)[1].replace("-", "").lower()  # type: ignore[index]


def test_stripped_macho(tmp_path: Path) -> None:
    require("llvm-strip-19")
    path = _apple(tmp_path, "arm64", linked=True)
    assert not read_layout(path).stripped
    run(["llvm-strip-19", "-x", path])
    layout = checked(read_layout(path))
    assert layout.stripped
    assert {symbol.name for symbol in layout.symbols} == {name for name, *_ in _named(path)}


def test_fat_files(tmp_path: Path) -> None:
    require("llvm-lipo-19")
    parts = [_apple(tmp_path, machine, linked=False) for machine in ("arm64", "x86_64")]
    archives = []
    for part in parts:
        archives.append(part.with_suffix(".a"))
        run(["llvm-ar-19", "--format=darwin", "qcD", archives[-1], part])
    for inputs, kind in ((parts, "Mach-O object"), (archives, "static archive of Mach-O objects")):
        path = tmp_path / "fat"
        run(["llvm-lipo-19", "-create", *inputs, "-output", path])
        layout = checked(read_layout(path))
        assert (layout.kind, layout.machine) == (kind, "aarch64, x86-64")
        by_machine = {member.machine: member for member in layout.members}
        for machine, part in zip(("aarch64", "x86-64"), inputs, strict=True):
            member, content = by_machine[machine], part.read_bytes()
            assert path.read_bytes()[member.offset : member.offset + member.file_size] == content
            assert member.sections == read_layout(part).sections


def test_sections_beyond_what_the_header_counts(tmp_path: Path) -> None:
    """More than 65,000 sections, whose numbers do not fit the symbols."""
    require("clang++-19")
    source = tmp_path / "many.s"
    source.write_text("".join(f'.section .text.f{i},"ax"\nf{i}: .byte 0\n.size f{i}, 1\n' for i in range(66_000)))
    path = tmp_path / "many.o"
    run(["clang++-19", "--target=x86_64-linux-gnu", "-c", source, "-o", path])
    layout = checked(read_layout(path))
    names = {symbol.name: layout.sections[symbol.section].name for symbol in layout.symbols}
    assert names == {f"f{i}": f".text.f{i}" for i in range(66_000)}


def test_sizes_of_hand_written_assembly(tmp_path: Path) -> None:
    require("clang++-19")
    source = tmp_path / "hand.s"
    source.write_text(
        ".text\n.type a,@function\na: .zero 5\n.type b,@function\nb: .zero 7\nsame: .zero 4\n"
        ".type c,@function\nc: .zero 3\n.size c,2\n"
        ".data\n.type d,@object\nd: .zero 8\n.type e,@object\n.type f,@object\ne:\nf: .zero 16\n"
    )
    path = tmp_path / "hand.o"
    run(["clang++-19", "--target=x86_64-linux-gnu", "-c", source, "-o", path])
    found = {symbol.name: (symbol.address, symbol.size, symbol.exact) for symbol in read_layout(path).symbols}
    assert found == {
        "a": (0, 5, False),
        "b": (5, 7, False),
        "same": (12, 0, True),
        "c": (16, 2, True),
        "d": (0, 8, False),
        "e": (8, 16, False),
        "f": (8, 16, False),
    }


def _section(layout: Layout, name: str) -> Section:
    return next(section for section in layout.sections if section.name == name)


def test_unwind_tables_and_thread_data(tmp_path: Path) -> None:
    layout = read_layout(_linked(tmp_path, "gcc", "shared"))
    for name in (".eh_frame", ".eh_frame_hdr", ".gcc_except_table"):
        assert _section(layout, name).kind == "unwind"
    for name in (".dynsym", ".dynstr", ".rela.dyn", ".gnu.hash", ".gnu.version", ".dynamic"):
        assert _section(layout, name).kind == "dynamic"
    assert _section(layout, ".tbss").kind == "zero"
    symbols = {symbol.name: symbol for symbol in layout.symbols}
    for name, section in (("seen", ".tdata"), ("unseen", ".tbss")):
        place = _section(layout, section)
        assert layout.sections[symbols[name].section] == place
        assert place.address <= symbols[name].address < place.address + place.memory_size
