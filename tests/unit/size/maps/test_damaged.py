"""A map is data from a stranger: the answer or an OpsieveError comes soon."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.maps import read_link_map
from unit.size import fuzzing
from unit.size.maps import samples, targets

_HEADING = samples.LLD.splitlines()[0] + "\n"
_LD64 = "# Path: it\n# Object files:\n[  0] linker synthesized\n"
_SECTION = "# Sections:\n0x1000\t0x20\t__TEXT\t__text\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no linker map"),
        ("hello\n", "no linker map"),
        (_HEADING, "line 1: the map lists no section"),
        (_HEADING + "    1000     1000       20", "line 2: the map is cut short here"),
        (_HEADING + "    1000     1000       20\n", "line 2: no address, size and alignment"),
        (_HEADING + "1000 1000 20 16 a b\n", "line 2: neither an output section"),
        (_HEADING + f"{'-5':>16} {'0':>16} {'20':>8} {'16':>5} .text\n", "line 2: '-5' is no address"),
        (_HEADING + f"{'1000':>16} {'0':>16} {'f' * 17:>8} {'16':>5} .text\n", "line 2: 'f{17}' is no address"),
        (_HEADING + f"{'1_0':>16} {'0':>16} {'20':>8} {'16':>5} .text\n", "line 2: '1_0' is no address"),
        (_HEADING + f"{'10':>16} {'0':>16} {'20':>8} {'16':>5}{' ' * 17}main\n", "line 2: a symbol before"),
        (
            _HEADING + f"{'10':>16} {'0':>16} {'20':>8} {'16':>5}{' ' * 9}a.o:(.text)\n",
            "line 2: an input section before",
        ),
        (samples.GNU_LD.partition("OUTPUT(")[0], "cut short here, before it names the output"),
        (samples.GNU_LD.partition("Linker script")[0], "cut short here, before it lists any section"),
        (samples.GNU_LD.replace("0x2a /a b", "0x" + "2" * 40 + " /a b"), r"'0x2{38}\.\.\.' is no address"),
        (samples.GOLD.partition("\n.text")[0].partition("Memory map")[0], "before it lists any section"),
        (samples.GOLD.replace("                0x00000cd1 ", "                0xzz "), "'0xzz' is no address"),
        (_LD64, "line 3: the map is cut short here, before it lists symbols"),
        (_LD64 + "[ 1 a.o\n", "line 4: no number and name"),
        (_LD64 + "# Sections:\n0x1000 0x20\n", "line 5: no address, size, segment and section"),
        (_LD64 + "# Symbols:\n0x1000\t0x10\t[  0] _a\n", "line 5: a symbol before the first section"),
        (_LD64 + _SECTION + "# Symbols:\n0x1000\t0x10\t[  7] _a\n", "line 7: an object file .* not listed"),
        (_LD64 + _SECTION + "# Symbols:\n0x1000\t0x10\n", "line 7: no address, size, object and name"),
    ],
)
def test_says_what_is_wrong_and_where(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "it.map"
    path.write_text(text)
    with pytest.raises(OpsieveError, match=what) as error:
        read_link_map(path)
    assert str(path) in error.value.message


def test_other_than_files(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="no such file"):
        read_link_map(tmp_path / "none.map")
    with pytest.raises(OpsieveError, match="not a regular file"):
        read_link_map(tmp_path)


def _large() -> Iterator[tuple[str, str, int]]:
    """A heading, a line, and how often that."""
    yield _HEADING, "x" * 100, 100_000
    yield _HEADING, f"{'1000':>16} {'0':>16} {'20':>8} {'16':>5} .text\n", 10_000
    yield (
        _HEADING + f"{'1000':>16} {'0':>16} {'20':>8} {'16':>5} .text\n",
        f"{0:>16} {0:>16} {9:>8} {1:>5}{' ' * 9}a:(b)\n",
        10_000,
    )
    yield "Memory map\n.text 0x0 0xffffffffffffffff\n", " .a 0xffffffffffffffff 0xffffffffffffffff a.o\n", 10_000
    yield _LD64 + _SECTION + "# Symbols:\n", "0x1000\t0x0\t[  0] _a\n", 10_000
    yield "Memory map\n.text 0x0 0x100\n .a 0x0 0x100 a.o\n", f"{' ' * 16}0x00000001 a\n", 10_000


@pytest.mark.parametrize("number", range(6))
def test_much_of_one_kind(number: int, tmp_path: Path) -> None:
    heading, line, count = list(_large())[number]
    path = tmp_path / "it.map"
    path.write_text(heading + line * count)
    started = time.process_time()
    tracemalloc.start()
    try:
        with contextlib.suppress(OpsieveError):
            read_link_map(path)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert time.process_time() - started < 20
    assert peak < 100 << 20


def test_a_large_map_takes_seconds(tmp_path: Path) -> None:
    """Of 24 MB. On a quiet machine it takes less than one."""
    name = "N10tensorflow15a_name_of_eigenI" + "Lj1EE" * 50
    with open(tmp_path / "it.map", "w") as out:
        out.write(_HEADING + f"{'1000':>16} {'1000':>16} {'fffffff':>8} {'16':>5} .text\n")
        for number in range(35_000):
            start = f"{0x1000 + 32 * number:>16x} " * 2 + f"{'20':>8} "
            out.write(f"{start}{'32':>5}         lib.a({number % 300}.o):(.text._Z{name}{number}v)\n")
            out.write(f"{start}{'1':>5}                 {name}{number}()\n")
    started = time.process_time()
    link_map = read_link_map(tmp_path / "it.map")
    assert time.process_time() - started < 4
    assert len(link_map.symbols) == 35_000
    assert len(link_map.contributions) == 35_001


def test_more_parts_than_memory_should_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsieve.size.maps.building._MOST", 1)
    (tmp_path / "it.map").write_text(samples.LLD)
    with pytest.raises(OpsieveError, match="line 4: more than 1 sections"):
        read_link_map(tmp_path / "it.map")


@pytest.mark.parametrize("linker", list(samples.ALL))
@pytest.mark.parametrize("seed", range(2))
def test_changed_bytes(linker: str, seed: int) -> None:
    fuzzing.fuzz(targets.read, [samples.ALL[linker].encode()], 250, seed)
