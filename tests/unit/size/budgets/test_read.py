"""Budgets from YAML."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.budgets import Limit, read_budgets


def _read(text: str | bytes, folder: Path) -> tuple[Limit, ...]:
    path = folder / "budgets.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_budgets(path)


def test_every_kind_of_limit(tmp_path: Path) -> None:
    found = _read(
        """\
schema: 1
total: 3.6 MB
loaded: 500 KiB
stripped: {at_most: 1200, growth: [20 KB, 1.5 %]}
sections: {.text: 2 MiB}
kinds:
  kernel: {growth: 0}
ops:
  Conv2D: 200KB
  "*": {growth: 5%}
models: {"digits_*.pb": 1 MB}
dtypes: {DT_HALF: 0}
owners: {protobuf: 600 KB}
sources: {a.cc: 1}
classes: {"ReluOp<CPUDevice, float>": 1}
members: {"lib/arm64-v8a/*.so": 2 MB}
unpacked: 60 MB
targets:
  linux-aarch64:
    total: 3 MB
""",
        tmp_path,
    )
    assert found == (
        Limit("total", "", "", 2, 3_600_000),
        Limit("loaded", "", "", 3, 512_000),
        Limit("stripped", "", "", 4, 1200, 20_000, Decimal("1.5")),
        Limit("section", ".text", "", 5, 2 << 20),
        Limit("kind", "kernel", "", 7, None, 0),
        Limit("op", "Conv2D", "", 9, 200_000),
        Limit("op", "*", "", 10, None, None, Decimal(5)),
        Limit("model", "digits_*.pb", "", 11, 1_000_000),
        Limit("dtype", "DT_HALF", "", 12, 0),
        Limit("owner", "protobuf", "", 13, 600_000),
        Limit("source", "a.cc", "", 14, 1),
        Limit("class", "ReluOp<CPUDevice, float>", "", 15, 1),
        Limit("member", "lib/arm64-v8a/*.so", "", 16, 2_000_000),
        Limit("unpacked", "", "", 17, 60_000_000),
        Limit("total", "", "linux-aarch64", 20, 3_000_000),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("total: 1 MB\ntotl: 2 MB", 2, "unknown key 'totl'"),
        ("total: 1 mb", 1, "'mb' is not a unit"),
        ("total: 1 Mbit", 1, "'Mbit' is not a unit"),
        ("total: -5", 1, "'-5' is not a size"),
        ("total: 1.5", 1, "no part of a byte"),
        ("total: 5 %", 1, "'5 %' is not a size"),
        ("total: lots", 1, "'lots' is not a size"),
        ("total:", 1, "expected a size"),
        ("total: [1, 2]", 1, "expected a size"),
        ("total: 1\ntotal: 2", 2, "'total' is there twice"),
        ("ops:\n  Conv2D: {most: 5}", 2, "unknown key 'most'"),
        ("ops:\n  Conv2D: {}", 2, "expected a size"),
        ("ops: 5", 1, "expected 'name: size' lines"),
        ("ops:\n  Conv2D: {growth: [1 KB, 2 KB]}", 2, "one size and one percentage"),
        ("ops:\n  Conv2D: {growth: []}", 2, "expected a size or a percentage"),
        ("kinds:\n  kernels: 5", 2, "'kernels' is no kind of owner"),
        ("targets:\n  x:\n    targets: {}", 3, "unknown key 'targets'"),
        ("schema: 2\ntotal: 1", 1, "schema '2'"),
        ("total: &a 5\nloaded: *a", 2, "aliases are not allowed"),
        ("total: !!python/object:os.system 5", 1, "tags are not allowed"),
        ("total: }", 1, "is not YAML"),
        ("ops: " + "[" * 50, 1, "nest too deep"),
        ("? [a]\n: 5", 1, "must be a text"),
        ("- total: 5", 1, "expected 'name: size' lines"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=rf"budgets\.yaml:{line}: ") as caught:
        _read(text, tmp_path)
    assert said in caught.value.message


_LONG = "a" * 200_000


@pytest.mark.parametrize(
    "text",
    [
        f"total: {_LONG}", f"total: 1 {_LONG}", f"total: {{growth: {_LONG}}}", f"schema: {_LONG}", f"? {_LONG}\n: 1",
        f"kinds:\n  ? {_LONG}\n  : 1", f"total: 1{_LONG.replace('a', '0')}", f'total,"{_LONG}",1', f'"{_LONG}"\n',
    ],
)  # fmt: skip
def test_a_long_text_is_refused_in_a_short_message(text: str, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"budgets\.yaml") as caught:
        _read(text, tmp_path)
    assert len(caught.value.message) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("text", ["", "# nothing", "schema: 1", "targets: {}", "ops: {}", "targets: {x: {ops: {}}}"])
def test_no_limit_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match="sets no limit"):
        _read(text, tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00", b"a: \x01"])
def test_what_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"budgets\.yaml"):
        _read(content, tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=r"none\.yaml: cannot be read"):
        read_budgets(tmp_path / "none.yaml")
