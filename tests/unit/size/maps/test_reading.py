"""What each reader makes of its linker's words."""

from __future__ import annotations

import io

import pytest

from opsieve.size.link_map import FILL, LINKER, LinkMap
from opsieve.size.maps.read import read_stream
from unit.size.maps import samples

_ONE = "/a b (c)/libx.a(one.o)"
_TWO = "/a b (c)/libx.a(two.o)"
_MAIN = "/a b (c)/main.o"


def read(text: str) -> LinkMap:
    return read_stream(io.BytesIO(text.encode()), "it.map")


def rows(link_map: LinkMap, section: str) -> list[tuple[int, int, str, str]]:
    return [
        (row.address, row.size, row.object, row.input_section)
        for row in link_map.contributions
        if row.section == section
    ]


def symbols(link_map: LinkMap) -> dict[str, tuple[int, int, str]]:
    """Address, size and input section."""
    return {
        symbol.name: (symbol.address, symbol.size, link_map.contributions[symbol.contribution].input_section)
        for symbol in link_map.symbols
    }


def test_gnu_ld() -> None:
    link_map = read(samples.GNU_LD)
    assert link_map.linker == "GNU ld"
    assert rows(link_map, ".plt") == [(0x1000, 0x20, LINKER, ".plt")]
    assert rows(link_map, ".text") == [
        (0x1020, 0x2A, _MAIN, ".text.startup.main"),
        (0x104A, 6, LINKER, FILL),
        (0x1050, 0x30, _ONE, ".text"),
        (0x1080, 4, LINKER, "LONG"),
        (0x1084, 8, _MAIN, ".text"),
        (0x108C, 4, LINKER, FILL),
        (0x1090, 0x40, "/tmp/ccAbCd.ltrans0.ltrans.o", "odd_section"),
    ]
    # Of the second row, all strings were the first's.
    assert rows(link_map, ".rodata") == [
        (0x10D0, 0x20, _MAIN, ".rodata.str1.1"),
        (0x10F0, 0x18, _ONE, ".rodata.cst8"),
    ]
    assert rows(link_map, ".an_output_section_of_a_long_name") == [(0x2000, 0x10, LINKER, ".text.stub")]
    assert rows(link_map, ".bss") == [
        (0x3000, 1, "/usr/lib/crt1.o", ".bss"),
        (0x3001, 0x1F, LINKER, FILL),
        (0x3020, 0xA1, _ONE, "COMMON"),
    ]
    assert rows(link_map, ".comment") == [(0, 0x27, "/usr/lib/crt1.o", ".comment")]
    assert {row.section for row in link_map.contributions if not row.file_bytes} == {".bss"}
    assert {row.section for row in link_map.contributions if not row.loaded} == {".comment"}
    assert symbols(link_map) == {
        "printf@@GLIBC_2.2.5": (0x1010, 0x10, ".plt"),
        "main": (0x1020, 0x2A, ".text.startup.main"),
        "one(int)": (0x1050, 0x20, ".text"),
        "other name of it(int)": (0x1050, 0x20, ".text"),
        "Type::operator=(Type const&) [clone .cold]": (0x1070, 0x10, ".text"),
        "common": (0x3020, 0xA1, "COMMON"),
    }


def test_gold() -> None:
    link_map = read(samples.GOLD)
    assert link_map.linker == "gold"
    assert rows(link_map, ".note.gnu.build-id") == [
        (0x1D0, 0x10, LINKER, "note header"),
        (0x1E0, 0x14, LINKER, "zero fill"),
    ]
    assert rows(link_map, ".text") == [
        (0xCD0, 0x26, _MAIN, ".text.startup.main"),
        (0xCF6, 2, LINKER, FILL),
        (0xCF8, 0x30, _ONE, ".text._Z4usedd"),
        (0xD28, 0x18, LINKER, ""),
    ]
    assert rows(link_map, ".got") == [(0x1000, 0x30, LINKER, "GOT"), (0x1030, 0x10, LINKER, "GOT IRELATIVE PLT")]
    assert rows(link_map, ".bss") == [
        (0x1040, 1, "/usr/lib/crtbeginS.o", ".bss"),
        (0x1041, 7, LINKER, FILL),
        (0x1048, 0xA0, _ONE, "COMMON"),
        (0x10E8, 4, _TWO, "COMMON"),
        (0x10EC, 4, LINKER, ""),
    ]
    assert {row.section for row in link_map.contributions if not row.file_bytes} == {".bss", ".tbss"}
    assert {row.section for row in link_map.contributions if not row.loaded} == {".symtab"}
    assert symbols(link_map) == {
        "main": (0xCD0, 0x26, ".text.startup.main"),
        "used(double)": (0xCF8, 0x30, ".text._Z4usedd"),
        "each": (0, 4, ".tbss.each"),
    }


def test_gold_says_where_thumb_code_is_for_arm_only() -> None:
    other = read(samples.GOLD.replace(".ARM.", ".AR."))
    assert symbols(other)["main"][0] == 0xCD1


def test_lld() -> None:
    link_map = read(samples.LLD)
    assert link_map.linker == "lld"
    assert rows(link_map, ".text") == [
        (0x1000, 0x20, _MAIN, ".text.main"),
        (0x1020, 0x30, _ONE, ".text._ZN1AC2Ev"),
        (0x1050, 4, LINKER, "LONG"),
        (0x1054, 0xC, LINKER, FILL),
        (0x1060, 0x20, LINKER, ".text.thunk"),
        (0x1080, 0x20, "lto.tmp", ".text.late"),
    ]
    assert rows(link_map, ".eh_frame") == [(0x10A0, 0x18, _MAIN, ".eh_frame"), (0x10B8, 0x18, _MAIN, ".eh_frame")]
    assert rows(link_map, ".bss") == [(0x3000, 0x1000000A0, _ONE, ".bss.large")]
    assert not rows(link_map, ". += 0x100")
    assert {row.section for row in link_map.contributions if not row.file_bytes} == {".bss", ".relro_padding"}
    assert {row.section for row in link_map.contributions if not row.loaded} == {".comment"}
    assert symbols(link_map) == {
        "main": (0x1000, 0x20, ".text.main"),
        "A::A()": (0x1020, 0x30, ".text._ZN1AC2Ev"),
        "A::A() (.localalias)": (0x1020, 0x30, ".text._ZN1AC2Ev"),
        "B::B() (.localalias)": (0x1020, 0x30, ".text._ZN1AC2Ev"),
        "B::B()": (0x1020, 0x30, ".text._ZN1AC2Ev"),
        "large": (0x3000, 0x1000000A0, ".bss.large"),
    }
    assert link_map.folded == {0x1020: ("B::B() (.localalias)", "B::B()")}


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        # The section has the name of what was kept.
        (["_ZN1BC1Ev", "_ZN1AC1Ev", "_ZN1AC2Ev"], ("_ZN1BC1Ev",)),
        (["_ZN1AC1Ev", "_ZN1AC2Ev", "_ZN1AC2Ev.localalias.3"], ()),
        (["_ZN1AD1Ev", "_ZN1AC2Ev"], ("_ZN1AD1Ev",)),
    ],
)
def test_names_of_one_function_are_not_folded(names: list[str], folded: tuple[str, ...]) -> None:
    heading, *rest = samples.LLD.splitlines()
    lines = [heading, rest[2], rest[5]]
    lines += [f"{'1020':>16} {'1020':>16} {'30':>8} {'1':>5}{' ' * 17}{name}" for name in names]
    assert read("\n".join([*lines, ""])).folded == ({0x1020: folded} if folded else {})


def test_ld64() -> None:
    link_map = read(samples.LD64)
    one, two = "/a b/libx.a(one.o)", "/a b/libx.a[4](two.o)"
    assert link_map.linker == "ld64"
    assert rows(link_map, "__TEXT,__text") == [
        (0x100004000, 0x20, "/a b/main.o", ""),
        (0x100004020, 0x24, one, ""),
        (0x100004044, 4, LINKER, FILL),
        (0x100004048, 0x18, two, ""),
    ]
    assert rows(link_map, "__TEXT,__cstring") == [
        (0x10000406C, 0xE, "/a b/main.o", "literal string"),
        (0x10000407A, 6, one, "literal string"),
    ]
    assert rows(link_map, "__TEXT,__unwind_info") == [(0x100004080, 0x48, LINKER, "compact unwind info")]
    assert rows(link_map, "__DATA,__data") == [(0x100008000, 0x14, "/a b/main.o", ""), (0x100008014, 4, LINKER, "")]
    assert {row.section for row in link_map.contributions if not row.file_bytes} == {"__DATA,__bss"}
    found = {name: (address, size) for name, (address, size, _) in symbols(link_map).items()}
    assert found["-[Some method:with:]"] == (0x100004020, 0x24)
    assert found["_alias"] == (0x100004020, 0)
    assert found["_weights"] == (0x100008000, 0x14)
    assert not {"_never", "ltmp1"} & set(found)
    assert len(link_map.symbols) == len(found) == 9
    assert link_map.folded == {0x100004020: ("_folded_before", "_folded_after")}


@pytest.mark.parametrize("linker", list(samples.ALL))
def test_lines_of_windows(linker: str) -> None:
    text = samples.ALL[linker]
    assert read(text.replace("\n", "\r\n")) == read(text)


def test_every_byte_is_owned_once_whatever_a_map_says() -> None:
    """Rows out of order, in one another, before and behind their section."""
    link_map = read(
        "Memory map\n\n.text 0x1000 0x100\n"
        " .late 0x1080 0x20 late.o\n"
        " .before 0xf00 0x110 before.o\n"
        " .around 0x1020 0x40 around.o\n"
        " .within 0x1030 0x10 within.o\n"
        " .behind 0x1200 0x10 behind.o\n"
        " .over 0x10f0 0x100 over.o\n"
    )
    assert rows(link_map, ".text") == [
        (0x1000, 0x10, "before.o", ".before"),
        (0x1010, 0x10, LINKER, FILL),
        (0x1020, 0x10, "around.o", ".around"),
        (0x1030, 0x10, "within.o", ".within"),
        (0x1040, 0x40, LINKER, FILL),
        (0x1080, 0x20, "late.o", ".late"),
        (0x10A0, 0x50, LINKER, FILL),
        (0x10F0, 0x10, "over.o", ".over"),
    ]


def test_contributions_are_in_order_of_address() -> None:
    """Memory of each thread overlaps what follows."""
    link_map = read(
        "Memory map\n\n.tbss 0x1000 0x20\n .tbss.a 0x1000 0x10 a.o\n .tbss.b 0x1010 0x10 b.o\n"
        "                0x00001010                b\n"
        ".got 0x1000 0x8\n ** GOT 0x1000 0x8\n.comment 0x0 0x8\n .comment 0x0 0x8 a.o\n"
    )
    assert [(row.section, row.address) for row in link_map.contributions] == [
        (".tbss", 0x1000),
        (".got", 0x1000),
        (".tbss", 0x1010),
        (".comment", 0),
    ]
    assert symbols(link_map) == {"b": (0x1010, 0x10, ".tbss.b")}
