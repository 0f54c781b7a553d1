"""Tables of measured sizes: written, read again, and damaged."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsieve.errors import OpsieveError
from opsieve.size.cost.registrations import Registration
from opsieve.size.prediction.table import MeasuredTarget, SizeTable, read_table, write_table

_TARGET = MeasuredTarget("linux-x86_64", (1000, 1.25), (2000, 1.5), 0.04)
_ROWS = {
    Registration("Add", "AddOp<float>"): ("add_op.cc", 500, 30),
    Registration("Add", ""): ("math_ops.cc", 40, 0),
    Registration("Mul", "MulOp<float>"): ("mul_op.cc", 600, 20),
}
_TABLE = SizeTable("2.14.0", "a compiler", (_TARGET,), _ROWS, (((0, 2), 5000),))

_SIZE = st.integers(0, 1 << 40)
_TEXT = st.text(max_size=12)


@st.composite
def _tables(draw: st.DrawFn) -> SizeTable:
    rows = draw(
        st.dictionaries(st.builds(Registration, _TEXT, _TEXT), st.tuples(_TEXT, _SIZE, _SIZE), min_size=1, max_size=8)
    )
    members = st.sets(st.integers(0, len(rows) - 1), min_size=1).map(lambda each: tuple(sorted(each)))
    number = st.floats(0, 100, allow_nan=False)
    line = st.tuples(_SIZE, number)
    targets = st.lists(st.builds(MeasuredTarget, _TEXT, line, line, number), max_size=3).map(tuple)
    groups = st.lists(st.tuples(members, _SIZE), max_size=5).map(tuple)
    return SizeTable(draw(_TEXT), draw(_TEXT), draw(targets), rows, draw(groups))


@given(table=_tables())
def test_what_was_written_is_read_again(table: SizeTable, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("table") / "sizes.json.gz"
    path.write_bytes(write_table(table))
    read = read_table(path)
    assert read == table
    # Groups name registrations by their number.
    assert list(read.rows) == list(table.rows)
    assert write_table(read) == write_table(table)


def _written(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    document = json.loads(gzip.decompress(write_table(_TABLE)))
    change(document)
    path = folder / "sizes.json.gz"
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    return path


_DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda it: it.update(schema=2),
    "no schema": lambda it: it.pop("schema"),
    "no sources": lambda it: it.pop("sources"),
    "sources are a number": lambda it: it.update(sources=7),
    "no source of that number": lambda it: it["registrations"][0].__setitem__(2, 9),
    "a source before the first": lambda it: it["registrations"][0].__setitem__(2, -1),
    "a short row": lambda it: it["registrations"][0].pop(),
    "a long row": lambda it: it["registrations"][0].append(1),
    "rows are a text": lambda it: it.update(registrations="abc"),
    "a size is a text": lambda it: it["registrations"][0].__setitem__(3, "many"),
    "a size is a list": lambda it: it["registrations"][0].__setitem__(3, []),
    "a size is null": lambda it: it["registrations"][0].__setitem__(4, None),
    "a negative size": lambda it: it["registrations"][0].__setitem__(3, -1),
    "a negative share": lambda it: it["registrations"][0].__setitem__(4, -1),
    "an endless size": lambda it: it["registrations"][0].__setitem__(3, float("inf")),
    "a size that no file has": lambda it: it["registrations"][0].__setitem__(3, 10**300),
    "a size that is none": lambda it: it["registrations"][0].__setitem__(3, float("nan")),
    "the same registration twice": lambda it: it["registrations"].append(it["registrations"][0]),
    "a group of what is not there": lambda it: it["groups"][0].append(3),
    "a group of what is before the first": lambda it: it["groups"][0].append(-1),
    "a negative group": lambda it: it["groups"][0].__setitem__(0, -5),
    "an empty group": lambda it: it["groups"].append([]),
    "groups are null": lambda it: it.update(groups=None),
    "targets are a text": lambda it: it.update(targets="abc"),
    "a target without a line": lambda it: it["targets"][0].pop("program"),
    "a line of one number": lambda it: it["targets"][0].update(program=[1]),
    "a line of a text": lambda it: it["targets"][0].update(library=[1, "x"]),
    "an endless line": lambda it: it["targets"][0].update(library=[1, float("inf")]),
    "a line that is none": lambda it: it["targets"][0].update(program=[float("nan"), 1]),
    "an error that is none": lambda it: it["targets"][0].update(error=float("nan")),
    "a negative error": lambda it: it["targets"][0].update(error=-0.1),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_damaged_documents(damage: str, tmp_path: Path) -> None:
    path = _written(tmp_path, _DAMAGES[damage])
    with pytest.raises(OpsieveError, match=r"sizes\.json\.gz: not a table of measured sizes: ") as caught:
        read_table(path)
    assert caught.value.hint == "opsieve size measure makes one from a library"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not compressed",
        write_table(_TABLE)[:-9],
        write_table(_TABLE)[:30],
        write_table(_TABLE)[:-8] + b"\0" * 8,
        gzip.compress(b""),
        gzip.compress(b"[]"),
        gzip.compress(b"null"),
        gzip.compress(b"\xff\xfe"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b'{"schema": ' + b"9" * 10_000 + b"}"),
    ],
    ids=[
        *("empty", "not compressed", "without its end", "cut short", "wrong check sum", "nothing in it", "a list"),
        *("null", "not UTF-8", "deep", "a long number"),
    ],
)
def test_damaged_files(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "sizes.json.gz").write_bytes(content)
    with pytest.raises(OpsieveError, match=r"sizes\.json\.gz: not a table of measured sizes: "):
        read_table(tmp_path / "sizes.json.gz")


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json.gz", tmp_path):
        with pytest.raises(OpsieveError, match="not a table of measured sizes"):
            read_table(path)


def test_what_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "sizes.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(70):
            stream.write(b" " * (1 << 20))
    with pytest.raises(OpsieveError, match="more than 64 MB when unpacked"):
        read_table(path)


@pytest.mark.parametrize("inside", [True, False], ids=["JSON", "gzip"])
def test_changed_tables(inside: bool, tmp_path: Path) -> None:
    chance, path = random.Random(1), tmp_path / "sizes.json.gz"
    written = write_table(_TABLE)
    original = gzip.decompress(written) if inside else written
    read = 0
    for _ in range(600):
        content = bytearray(original)
        for _ in range(chance.choice((1, 1, 2, 5))):
            content[chance.randrange(len(content))] = chance.choice(b'0123456789[]{}",:-eEn\\ \0\xff')
        path.write_bytes(gzip.compress(bytes(content), compresslevel=1) if inside else bytes(content))
        try:
            table = read_table(path)
        except OpsieveError:
            continue
        read += 1
        write_table(table)
    assert not inside or read > 20
