"""A built file is data from a stranger: whatever is in it, the answer or an OpsieveError comes soon."""

from __future__ import annotations

import random
import struct
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from opsieve.binary import read_library, registered
from opsieve.binary.trace import Budget
from opsieve.errors import OpsieveError
from opsieve.tree.index import Attr, Index, Kernel, OpDefinition

INDEX = Index(
    "2.14.0",
    "mobile",
    {},
    {"NoOp": OpDefinition("NoOp", (Attr("T", "type"),), "no_op.cc", 1)},
    {"NoOp": (Kernel("NoOp", "NoOp", "CPU", {}, "no_op.cc", 1),)},
)


def elf(*, code: bytes = b"\xc3", initializers: int = 1, target: int | None = None) -> bytes:
    """An x86-64 shared library with code, an array of start-up functions that are all the same one, and no sections."""
    header, segments = 64, 3 * 56
    start = header + segments
    array = start + len(code)
    dynamic = array + 8 * initializers
    rows = struct.pack("<QQQQQQ", 25, array, 27, 8 * initializers, 0, 0)
    size = dynamic + len(rows)

    def segment(kind: int, flags: int, place: int, length: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, flags, place, place, place, length, length, 1)

    return b"".join(
        (
            b"\x7fELF\x02\x01\x01" + bytes(9),
            struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 3, 64, 0, 0),
            segment(1, 5, 0, size),
            segment(2, 6, dynamic, len(rows)),
            segment(0, 0, 0, 0),
            code,
            struct.pack("<Q", start if target is None else target) * initializers,
            rows,
        )
    )


def member(name: bytes, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    return name.ljust(16) + b"0           0     0     644     " + str(length).encode().ljust(10) + b"`\n" + content


def macho(kind: int = 6, commands: int = 0, size: int = 0, rest: bytes = b"") -> bytes:
    return b"\xcf\xfa\xed\xfe" + struct.pack("<IIIIIII", 0x0100000C, 0, kind, commands, size, 0, 0) + rest


def ask(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    registered(read_library(path), INDEX)


def refused(path: Path, content: bytes, what: str) -> None:
    with pytest.raises(OpsieveError, match=what) as error:
        ask(path, content)
    assert str(path) in error.value.message


def test_the_smallest_library(tmp_path: Path) -> None:
    file = tmp_path / "lib.so"
    ask(file, elf())
    library = read_library(file)
    assert (library.kind, library.machine) == ("ELF shared library", "x86-64")
    assert registered(library, INDEX).kernels == frozenset()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(50), "zip file"),
        (b"MZ" + bytes(50), "Windows"),
        (b"BC\xc0\xde" + bytes(50), "bitcode"),
        (b"hello\n", "no file that a linker makes"),
        (b"\x7fELF", "cut short"),
        (b"\x7fELF\x02\x02" + bytes(100), "big-endian"),
        (elf()[:100], "program headers"),
        (elf()[:16] + struct.pack("<HH", 4, 62) + elf()[20:], "type 4"),
        (elf()[:18] + struct.pack("<H", 8) + elf()[20:], "processor number 8"),
        (elf()[:56] + struct.pack("<H", 0xFFFF) + elf()[58:], "program headers"),
        (elf()[:96] + struct.pack("<Q", 1 << 62) + elf()[104:], "segment"),
        (elf()[:40] + struct.pack("<Q", 1 << 60) + elf()[48:], "section table"),
        (b"!<arch>\n", "without any object"),
        (b"!<arch>\n" + member(b"a.o/", b"", 10**9), "claims 1000000000 bytes"),
        (b"!<arch>\n" + member(b"a.o/", b"", -5), "claims -5 bytes"),
        (b"!<arch>\n" + bytes(30), "no member header at byte 8"),
        (b"!<arch>\n" + member(b"a.o/", b"BC\xc0\xde"), r"a\.o\): LLVM bitcode"),
        (b"!<thin>\n" + member(b"gone.o/", b"", 10), "gone.o is not there"),
        (b"\xca\xfe\xba\xbe" + struct.pack(">I", 30), "architectures"),
        (b"\xca\xfe\xba\xbe" + struct.pack(">IIIIII", 1, 7, 3, 0, 28, 0), "fat file again"),
        (
            b"\xca\xfe\xba\xbe"
            + struct.pack(">I", 2)
            + struct.pack(">IIIII", 7, 3, 48, 132, 0) * 2
            + macho()
            + bytes(100),
            "overlap",
        ),
        (macho()[:20], "cut short"),
        (macho(4), "type 4"),
        (macho(6, 1 << 30), "load commands"),
        (macho(6, 1, 8, struct.pack("<II", 2, 0)), "load command at byte 32"),
        (macho(6, 1, 24, struct.pack("<IIIIII", 2, 24, 0, 1 << 31, 0, 0)), "symbol table"),
        (b"Memory Configuration\n\nLinker script and memory map\n", "line 3: the map is cut short"),
        (b"Memory map\n\n.text 0x100 0x20\n ** stubs 0x100 0x20\n", "names no object"),
    ],
)
def test_says_what_is_wrong(content: bytes, what: str, tmp_path: Path) -> None:
    refused(tmp_path / "file", content, what)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="folder"):
        read_library(tmp_path)
    with pytest.raises(OpsieveError, match="No such file"):
        read_library(tmp_path / "missing.so")


def test_an_archive_in_itself_ends(tmp_path: Path) -> None:
    content = b"!<arch>\n"
    for _ in range(6):
        content = b"!<arch>\n" + member(b"inner.a/", content)
    refused(tmp_path / "lib.a", content, "archives in archives")


@pytest.mark.parametrize(
    "content",
    [
        # A jump to itself, a call of itself, a chain of jumps, and code that never ends.
        elf(code=b"\xeb\xfe"),
        elf(code=b"\xe8\xfb\xff\xff\xff\xc3"),
        elf(code=(b"\xe9\x00\x20\x00\x00" + bytes(0x2000)) * 40 + b"\xc3"),
        elf(code=b"\x90" * 300_000, initializers=1000),
        elf(target=(1 << 64) - 8),
        elf(initializers=200_000),
    ],
)
def test_code_that_leads_nowhere(content: bytes, tmp_path: Path) -> None:
    started = time.monotonic()
    ask(tmp_path / "lib.so", content)
    assert time.monotonic() - started < 30


def test_functions_that_overlap_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every instruction is a call of the next, and so the start of another function that runs to the end."""
    monkeypatch.setattr("opsieve.binary.registry.Budget", lambda: Budget(1 << 20))
    refused(tmp_path / "lib.so", elf(code=b"\xe8\x00\x00\x00\x00" * 20_000), "more code runs when it is loaded")


def test_start_up_functions_in_one_another_end_where_the_next_begins(tmp_path: Path) -> None:
    """Each start-up function begins a byte after the one before."""
    content = bytearray(elf(code=b"\x90" * 200_000, initializers=1000))
    place = 64 + 3 * 56 + 200_000
    for i in range(1000):
        content[place + 8 * i : place + 8 * i + 8] = struct.pack("<Q", 64 + 3 * 56 + 1000 - i)
    started = time.monotonic()
    ask(tmp_path / "lib.so", bytes(content))
    assert time.monotonic() - started < 30


def _sample() -> bytes:
    """A real executable: the one that runs this test, or the library that it is in; the beginning of it."""
    return Path(sys.executable).resolve().read_bytes()[: 1 << 16]


@pytest.mark.parametrize("seed", range(60))
def test_changed_bytes(seed: int, tmp_path: Path) -> None:
    """Anything but a result and an OpsieveError fails the test; so does memory without bound."""
    chance = random.Random(seed)
    content = bytearray(elf(code=b"\x48\x8d\x3d\x10\x00\x00\x00\xe8\x00\x00\x00\x00" * 20) if seed % 2 else _sample())
    for _ in range(chance.choice((1, 3, 20))):
        place = chance.randrange(min(len(content), chance.choice((70, 400, len(content)))))
        content[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    if seed % 3 == 0:
        del content[chance.randrange(len(content)) :]
    tracemalloc.start()
    try:
        ask(tmp_path / "file", bytes(content))
    except OpsieveError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 100 << 20
