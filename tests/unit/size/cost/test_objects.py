"""What objects say of each other, as binutils read them; and damaged ones."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from native.compilers import require, run
from opsieve.binary import archive
from opsieve.errors import OpsieveError
from opsieve.size.archive_strings import strings_of_objects
from opsieve.size.cost.exports import exported_names
from opsieve.size.cost.objects import ELSEWHERE, archive_objects, read_object
from opsieve.size.reading.limits import Limits
from unit.size.cost.targets import TARGETS
from unit.size.fuzzing import fuzz
from unit.size.reading.targets import CORPUS

# Set it to run more of them: a million takes half an hour.
_CASES = int(os.environ.get("OPSIEVE_FUZZ_CASES", "400"))
_OBJECTS = ("aarch64.o", "arm.o", "x86-64.o", "debug.o")


def _read(name: str, limits: Limits | None = None, content: bytes | None = None) -> object:
    return read_object(memoryview(content or (CORPUS / name).read_bytes()), name, limits or Limits())


@pytest.mark.parametrize("target", TARGETS)
def test_changed_files(target: str) -> None:
    read, seeds = TARGETS[target]
    outcome = fuzz(read, seeds(), _CASES, 0)
    assert outcome.results >= _CASES // 20
    assert len(outcome.answers) >= 10


@pytest.mark.parametrize("name", _OBJECTS)
def test_references_are_those_that_readelf_lists(name: str) -> None:
    require("readelf")
    linked = read_object(memoryview((CORPUS / name).read_bytes()), name, Limits())
    expected: dict[str, list[tuple[int, int]]] = {}
    section = ""
    for line in run(["readelf", "-rW", CORPUS / name]).splitlines():
        if found := re.match(r"Relocation section '\.rela?(\S+)'", line):
            section = found[1]
        elif found := re.match(r"([0-9a-f]+) +([0-9a-f]+) +R_", line):
            bits = 32 if len(found[2]) > 8 else 8
            expected.setdefault(section, []).append((int(found[1], 16), int(found[2], 16) >> bits))
    names = {number: each.name for number, each in enumerate(linked.sections) if each is not None}
    told = {
        names[number]: [(reference.offset, reference.symbol) for reference in rows]
        for number, rows in linked.references.items()
    }
    assert told == {section: sorted(rows) for section, rows in expected.items() if section in names.values()}


@pytest.mark.parametrize("name", _OBJECTS)
def test_symbols_are_those_that_readelf_lists(name: str) -> None:
    require("readelf")
    linked = read_object(memoryview((CORPUS / name).read_bytes()), name, Limits())
    expected = []
    for line in run(["readelf", "-sW", CORPUS / name]).splitlines():
        if found := re.match(r" *\d+: ([0-9a-f]+) +\d+ (\w+) +(\w+) +\w+ +(\w+) ?(\S*)", line):
            section = int(found[4]) if found[4].isdigit() else ELSEWHERE
            expected.append(("" if found[2] == "SECTION" else found[5], int(found[1], 16), section, found[3]))
    bindings = {0: "LOCAL", 1: "GLOBAL", 2: "WEAK"}
    assert [(each.name, each.value, each.section, bindings[each.binding]) for each in linked.symbols] == expected


@pytest.mark.parametrize("name", ["x86-64.so", "aarch64.so", "arm.so", "i386.so", "stripped.so"])
def test_exported_names_are_those_that_nm_lists(name: str) -> None:
    require("nm")
    expected = {line.split()[-1] for line in run(["nm", "-D", "--defined-only", CORPUS / name]).splitlines()}
    assert expected
    assert exported_names(memoryview((CORPUS / name).read_bytes()), name) == expected


def test_what_is_no_object() -> None:
    with pytest.raises(OpsieveError, match="an ELF shared library, not an object"):
        _read("x86-64.so")


def test_an_archive_does_not_keep_paths() -> None:
    def objects(*names: str) -> list[str]:
        data = memoryview((CORPUS / "gnu.a").read_bytes())
        members = archive.members(data, Path("lib.a"), "lib.a", lambda path: memoryview(b""))
        return [linked.name for linked in archive_objects(members, names, Limits())]

    plain = objects()
    assert plain
    assert objects("a/x86-64.o", "b/a member with a long name.txt", "c/debug.o") == ["a/x86-64.o", "c/debug.o"]
    # Those of another archive.
    assert objects("a/other.o") == plain


@pytest.mark.parametrize("kind", ["strings", "relocations"])
def test_sections_that_lie_over_each_other_are_not_read_again_and_again(kind: str, tmp_path: Path) -> None:
    """Each of many sections says that it is all of the file."""
    content = bytearray((CORPUS / "x86-64.o").read_bytes())
    table, count = len(content), 20_000
    struct.pack_into("<Q", content, 40, table)
    struct.pack_into("<HHH", content, 58, 64, 0, 0)
    numbers = (1, 2 | 0x30) if kind == "strings" else (4, 2)
    first = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, count + 1, 0, 0, 0, 0)
    row = struct.pack("<IIQQQQIIQQ", 0, *numbers, 0, 0, table, 0, 1, 1, 24)
    hostile = bytes(content) + first + row * count
    with pytest.raises(OpsieveError, match="sections lie over each other"):
        _read("an object", content=hostile)
    if kind == "strings":
        path = tmp_path / "lib.a"
        path.write_bytes(b"!<arch>\n" + f"{'a.o/':<48}{len(hostile):<10}`\n".encode() + hostile)
        with pytest.raises(OpsieveError, match="sections lie over each other"):
            strings_of_objects(path, (), ["a.o"])


@pytest.mark.parametrize(("limits", "what"), [(Limits(references=3), "relocations"), (Limits(symbols=3), "symbols")])
def test_what_all_members_have_together_is_limited(limits: Limits, what: str) -> None:
    with pytest.raises(OpsieveError, match=f"more {what} than"):
        _read("x86-64.o", limits)
