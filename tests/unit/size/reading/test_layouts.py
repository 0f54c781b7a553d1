"""The rules of layouts, on files written byte by byte, and on damaged ones."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.layout import Layout, Section
from opsieve.size.reading import layout_of, read_layout
from unit.size.fuzzing import fuzz
from unit.size.reading.targets import CORPUS, TARGETS, checked

_ALLOC, _WRITE, _EXECUTE = 2, 1, 4
_PROGBITS, _SYMTAB, _STRTAB, _NOTE, _NOBITS = 1, 2, 3, 7, 8


@dataclass(frozen=True)
class Row:
    """A section to be written: what its table says. Without an offset, it has its content behind the one before."""

    name: str
    kind: int = _PROGBITS
    flags: int = _ALLOC
    content: bytes = b""
    address: int = 0
    size: int | None = None
    offset: int | None = None
    link: int = 0


def elf(
    rows: Sequence[Row],
    loads: Sequence[tuple[int, int, int, int]] = (),
    kind: int = 3,
    machine: int = 62,
    gap: bytes = b"",
) -> bytes:
    """A 64-bit file: header, program headers (offset, address, size, size in memory), contents, section table."""
    start = 64 + 56 * len(loads)
    names = b"\0" + b"".join(row.name.encode() + b"\0" for row in rows) + b".shstrtab\0"
    contents, table = gap, bytes(64)
    for row in (*rows, Row(".shstrtab", _STRTAB, 0, names)):
        place = start + len(contents) if row.offset is None else row.offset
        size = len(row.content) if row.size is None else row.size
        table += struct.pack(
            "<IIQQQQIIQQ", names.index(b"\0" + row.name.encode() + b"\0") + 1, row.kind, row.flags, row.address, place,
            size, row.link, 0, 1, 0,
        )  # fmt: skip
        contents += row.content
    count = len(rows) + 2
    header = struct.pack(
        "<HHIQQQIHHHHHH", kind, machine, 1, 0, 64 if loads else 0, start + len(contents), 0, 64, 56, len(loads), 64,
        count if rows else 0, count - 1,
    )  # fmt: skip
    if not rows:
        header = header[:24] + bytes(8) + header[32:]
        contents, table = gap, b""
    segments = b"".join(
        struct.pack("<IIQQQQQQ", 1, 5, offset, address, address, size, memory, 1)
        for offset, address, size, memory in loads
    )
    return b"\x7fELF\x02\x01\x01" + bytes(9) + header + segments + contents + table


def symbols(*rows: tuple[str, int, int, int, int]) -> tuple[bytes, bytes]:
    """The tables of symbols: name, information, section, value, size."""
    names, table = b"\0", bytes(24)
    for name, info, section, value, size in rows:
        table += struct.pack("<IBBHQQ", len(names), info, 0, section, value, size)
        names += name.encode() + b"\0"
    return table, names


def read(content: bytes) -> Layout:
    return checked(layout_of(content, "file"))


def _found(layout: Layout) -> list[tuple[str, int, int]]:
    return [(section.name, section.offset, section.file_size) for section in layout.sections]


def _named(layout: Layout, name: str) -> Section:
    (section,) = (section for section in layout.sections if section.name == name)
    return section


def test_headers_padding_and_memory() -> None:
    """Headers and alignment that a segment has in it are loaded; the rest is not."""
    content = elf(
        [Row(".text", flags=_ALLOC | _EXECUTE, content=b"\x90" * 100, address=0x1100, offset=0x100)],
        loads=[(0, 0x1000, 0x150, 0x150)],
        gap=bytes(0x100 - 64 - 56),
    )
    layout = read(content)
    assert [(s.name, s.kind, s.offset, s.file_size, s.address, s.memory_size) for s in layout.sections] == [
        ("ELF header", "format", 0, 64, 0x1000, 64),
        ("program headers", "format", 64, 56, 0x1040, 56),
        ("padding", "format", 120, 136, 0x1078, 136),
        (".text", "code", 0x100, 100, 0x1100, 100),
        (".shstrtab", "symbols", 0x164, 17, 0, 0),
        ("section headers", "format", 0x175, 192, 0, 0),
    ]


def test_padding_is_split_where_a_segment_ends() -> None:
    content = elf([Row(".text", content=b"x" * 8, address=0x2000)], loads=[(0, 0x1000, 140, 200)], gap=bytes(100))
    rest = [(s.offset, s.file_size, s.address, s.memory_size) for s in read(content).sections if s.name == "padding"]
    assert rest == [(120, 20, 0x1078, 20), (140, 80, 0, 0)]


def test_bytes_of_no_section_are_shown() -> None:
    content = elf([Row(".data", flags=_ALLOC | _WRITE, content=b"d" * 8)], gap=bytes(range(200)))
    assert _found(read(content))[1] == ("unclaimed", 64, 200)
    content = elf([Row(".data", flags=_ALLOC | _WRITE, content=b"d" * 8)], gap=b"\xd4\x20\x00\x00" * 500)
    assert _found(read(content))[1] == ("padding", 64, 2000)


def test_the_first_section_keeps_bytes_that_two_claim() -> None:
    content = elf(
        [
            Row("first", content=bytes(50), address=0x1000),
            Row("inside", offset=74, size=10, address=0x100A),
            Row("across", offset=104, size=30, address=0x5000),
            Row("again", offset=64, size=50, address=0x1000),
            Row("header", offset=0, size=64, address=0x9000),
        ],
        gap=b"",
    )
    content = content + bytes(20)
    layout = read(content)
    assert _named(layout, "first").file_size == 50
    assert (_named(layout, "inside").file_size, _named(layout, "again").memory_size) == (0, 0)
    across = _named(layout, "across")
    assert (across.offset, across.file_size, across.address, across.memory_size) == (114, 20, 0x500A, 20)
    assert (_named(layout, "ELF header").file_size, _named(layout, "header").file_size) == (64, 0)


def test_a_file_without_sections_has_segments() -> None:
    content = elf([], loads=[(0, 0x1000, 200, 1000)], gap=bytes(300))
    layout = read(content)
    found = [(s.name, s.kind, s.offset, s.file_size, s.address, s.memory_size) for s in layout.sections]
    assert found[2:] == [
        ("segment 1", "code", 120, 80, 0x1078, 80),
        ("segment 1", "zero", 200, 0, 0x10C8, 800),
        ("padding", "format", 200, 220, 0, 0),
    ]
    assert layout.stripped


def test_symbols_in_order_with_their_sections() -> None:
    table, names = symbols(
        ("second", 0x12, 1, 0x1010, 4),
        ("first", 0x12, 1, 0x1000, 16),
        ("same", 0x22, 1, 0x1000, 16),
        ("no size", 0x12, 1, 0x1018, 0),
        ("label", 0x00, 1, 0x1014, 0),
        ("too long", 0x11, 2, 0x2008, 100),
        ("outside", 0x12, 1, 0x900, 4),
        ("of no section", 0x12, 9, 0x1000, 4),
        ("undefined", 0x12, 0, 0, 0),
        ("absolute", 0x11, 0xFFF1, 0x1000, 4),
        ("", 0x03, 1, 0x1000, 0),
        ("file.cc", 0x04, 1, 0x1000, 0),
        ("$x", 0x00, 1, 0x1000, 0),
    )
    rows = [
        Row(".text", flags=_ALLOC | _EXECUTE, content=bytes(32), address=0x1000),
        Row(".data", flags=_ALLOC | _WRITE, content=bytes(16), address=0x2000),
        Row(".symtab", _SYMTAB, 0, table, link=4),
        Row(".strtab", _STRTAB, 0, names),
    ]
    layout = read(elf(rows))
    text, data = (layout.sections.index(_named(layout, name)) for name in (".text", ".data"))
    found = [(s.name, s.address, s.size, s.section, s.kind, s.local, s.exact) for s in layout.symbols]
    assert found == [
        ("first", 0x1000, 16, text, "function", False, True),
        ("same", 0x1000, 16, text, "function", False, True),
        ("$x", 0x1000, 0, text, "other", True, True),
        ("second", 0x1010, 4, text, "function", False, True),
        ("label", 0x1014, 0, text, "other", True, True),
        ("no size", 0x1018, 8, text, "function", False, False),
        ("too long", 0x2008, 8, data, "object", False, False),
    ]
    # On ARM, where $x says that code begins.
    assert "$x" not in {symbol.name for symbol in read(elf(rows, machine=183)).symbols}


def test_thumb_code_is_where_it_is() -> None:
    layout = read((CORPUS / "arm.so").read_bytes())
    functions = [symbol for symbol in layout.symbols if symbol.kind == "function"]
    assert functions
    assert not any(symbol.address & 1 for symbol in functions)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(50), "zip file"),
        (b"hello", "no file that a linker makes"),
        (b"# Path: a\n# Arch: arm64\n# Object files:\n", "a linker map"),
        (elf([Row(".text", content=b"x")])[:-1], "section table"),
        (elf([Row(".text", offset=64, size=1 << 40)]), r"\.text at byte 64 has"),
        (elf([Row(".symtab", _SYMTAB, 0, offset=0, size=1 << 60, link=1)]), "symtab"),
        (b"!<arch>\n", "without any object"),
        (b"!<arch>\n" + b"a.txt".ljust(48) + b"2         `\nhi", "without any object"),
    ],
)
def test_says_what_is_wrong(content: bytes, what: str) -> None:
    with pytest.raises(OpsieveError, match=what) as error:
        read(content)
    assert error.value.message.startswith("file: ")


def test_names_without_end_are_refused() -> None:
    """Each symbol's name is the whole rest of a table of names."""
    count = 30_000
    table = b"".join(struct.pack("<IBBHQQ", i + 1, 0x12, 0, 1, 0, 1) for i in range(count))
    rows = [Row("a", content=b"a"), Row("s", _SYMTAB, 0, table, link=3), Row("t", _STRTAB, 0, b"x" * count)]
    started = time.monotonic()
    tracemalloc.start()
    with pytest.raises(OpsieveError, match="longer than any real"):
        read(elf(rows))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 400 << 20
    assert time.monotonic() - started < 30


def test_a_file_named_by_a_thin_archive_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.o").write_bytes((CORPUS / "x86-64.o").read_bytes())
    size = (tmp_path / "a.o").stat().st_size
    headers = b"".join(f"{name:<48}{size:<10}`\n".encode() for name in ("a.o/", "./a.o/", "././a.o/"))
    (tmp_path / "lib.a").write_bytes(b"!<thin>\n" + headers)
    layout = checked(read_layout(tmp_path / "lib.a"))
    assert [(member.offset, member.file_size) for member in layout.members] == [(8 + 3 * 60, size)]
    assert layout.file_size == 8 + 3 * 60 + size


def test_numbers_that_are_none(tmp_path: Path) -> None:
    """Superscripts are digits to Python, but no numbers."""
    member = b"#1/\xb36".ljust(48) + b"4         `\nELF!"
    with pytest.raises(OpsieveError, match="without any object"):
        read(b"!<arch>\n" + member)


@pytest.mark.parametrize("target", ["elf", "macho", "archive"])
def test_changed_files(target: str) -> None:
    read_it, seeds = TARGETS[target]
    outcome = fuzz(read_it, seeds(), 500, 0)
    assert outcome.results >= 50
    assert len(outcome.answers) >= 10
