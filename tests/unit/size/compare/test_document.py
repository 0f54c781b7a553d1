"""Baselines written and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.size.attribution import KERNEL, OP, RUNTIME, Owner
from opsieve.size.compare import baseline_of, compare
from opsieve.size.compare.document import from_json, is_document, read_baseline, to_json
from opsieve.size.document import to_json as report_to_json
from unit.size.sizes import HOSTILE, attribution, kernel_owner, lock_with, small

_LOCK = lock_with(("AddV2", "float", "a.pb", "node A"))


def test_what_is_written_is_read_back() -> None:
    for baseline in (small(), small(lock=_LOCK), replace(small(), build=(("target", "linux-x86_64"),))):
        assert from_json(to_json(baseline), "x.json") == baseline


def test_hostile_names_are_kept() -> None:
    rows = [(Owner(name, RUNTIME, (name,), (name,), (name,), (name,)), name, 10) for name in HOSTILE]
    baseline = baseline_of(attribution(*rows, file=HOSTILE[1]))
    content = to_json(baseline)
    assert content.isascii()
    assert from_json(content, "x.json") == baseline


def test_the_same_sizes_give_the_same_bytes_in_whatever_order_they_come() -> None:
    rows = [(kernel_owner(op, "float"), op, 10) for op in ("B", "A", "C")]
    first, second = (baseline_of(attribution(*order)) for order in (rows, rows[::-1]))
    assert to_json(first) == to_json(second)


def test_a_folder_is_written_once() -> None:
    long = f"{'d' * 5000}/x.cc"
    assert from_json(to_json(of_long := baseline_of(attribution((Owner(long, RUNTIME), "f", 1)))), "x.json") == of_long
    names = ("a/b/one.cc", "a/b/two.cc", "a/b/x.proto", "a/three.cc", "no_folder.cc", "a/b.cc (Add, Mul)")
    baseline = baseline_of(attribution(*((Owner(name, RUNTIME), name, 10) for name in names)))
    content = to_json(baseline)
    assert content.count(b"a/b/") == 1
    assert json.loads(content)["owners"]["runtime"][1:5] == [
        "a/b/",
        ["one.cc", 10, 10, 10, 1],
        *([name, 10, 10, 10, 1] for name in ("two.cc", "x.proto")),
    ]
    assert from_json(content, "x.json") == baseline


def test_what_follows_from_a_name_is_not_written() -> None:
    """And what does not is, also when it is nothing."""
    owners = (
        Owner("A, B/Op<CPU, float>", KERNEL, ("A", "B"), ("Op<CPU, float>",), ("DT_FLOAT",), ("m", "n")),
        Owner("A/Op", KERNEL, ("A",), ("Op",), (), ("m", "n")),
        Owner("B/Op", KERNEL, ("B",), (), (), ("m",)),
        Owner("C/Op", KERNEL),
        Owner("shared by A, B", KERNEL, ("A", "B"), (), (), ("m", "n")),
        Owner("shared by A, B and 2 more", KERNEL, ("A", "B", "C", "D"), (), (), ("m", "n")),
        Owner("shared by Op<float>", KERNEL, ("A",), (), (), ("m", "n")),
        Owner("tensorflow/core/kernels/a.cc", KERNEL, ("A",), (), (), ("m", "n")),
        Owner("tensorflow/core/ops/a.cc", OP, ("A",), (), (), ("m", "n")),
    )
    baseline = baseline_of(attribution(*((owner, owner.name, 300) for owner in owners)))
    content = to_json(baseline)
    assert from_json(content, "x.json") == baseline
    rows = {row[0]: row[5:] for row in json.loads(content)["owners"]["kernel"] if not isinstance(row, str)}
    assert rows["A/Op"] == rows["shared by A, B"] == []
    assert rows["A, B/Op<CPU, float>"] == [{"dtypes": ["DT_FLOAT"]}]
    assert rows["B/Op"] == [{"classes": [], "models": ["m"]}]
    assert rows["C/Op"] == [{"ops": [], "classes": [], "models": []}]


def test_a_thousand_sources_take_fifty_bytes_each() -> None:
    rows = [
        (Owner(f"tensorflow/core/common_runtime/file{number}.cc", RUNTIME), f"f{number}", 10) for number in range(1000)
    ]
    assert len(to_json(baseline_of(attribution(*rows)))) < 50_000


def test_a_report_is_read_as_far_as_it_goes() -> None:
    found = attribution((kernel_owner("AddV2", "float"), "f", 10), (Owner("tensorflow/a.cc", RUNTIME), "g", 20))
    report, whole = from_json(report_to_json(found), "report.json"), baseline_of(found)
    assert [(row.owner, row.file_size) for row in report.owners] == [(r.owner, r.file_size) for r in whole.owners]
    assert (report.file_size, report.loaded_size) == (whole.file_size, whole.loaded_size)
    assert dict(report.sections) == dict(whole.sections)
    assert dict(report.sources) == dict(whole.sources)
    assert compare(report, whole).changes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema 2"),
        ({"owners": {"gods": [["x", 1, 1, 1, 1]]}}, "'gods' is no kind of owner"),
        ({"owners": {"runtime": [["x", -1, 1, 1, 1]]}}, "-1 is no size"),
        ({"owners": {"runtime": [["x", True, 1, 1, 1]]}}, "True is no size"),
        ({"owners": {"runtime": [["x", 1 << 80, 1, 1, 1]]}}, "is no size"),
        ({"owners": {"runtime": [["x", 1]]}}, "a row of 2 values"),
        ({"owners": 7}, "expected a list"),
        ({"owners": {"runtime": ["x" * 4097, ["x", 1, 1]]}}, "a folder of 4,097 characters"),
        ({"owners": {"runtime": [7]}}, "expected a list"),
        ({"models": "m"}, "'models': expected a list"),
        ({"file_size": 5}, "do not sum"),
        ({"file": None}, "'file': expected a text"),
        ({"build": []}, "expected an object"),
        ({"sections": {"x": [1]}}, "1 sizes, not 2"),
        ({"lock": ["schema: 9", "..."]}, "schema 9"),
    ],
)
def test_what_is_no_baseline_is_refused(change: dict[str, object], said: str) -> None:
    document = json.loads(to_json(small())) | change
    with pytest.raises(OpsieveError, match=r"bad\.json") as caught:
        from_json(json.dumps(document).encode(), "bad.json")
    assert said in caught.value.message


@pytest.mark.parametrize(
    "content", [b"", b"[", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"a": 1' + b"0" * 5000 + b"}"]
)
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(OpsieveError, match=r"x\.json"):
        read_baseline(tmp_path / "x.json")


def test_every_truncation_is_refused() -> None:
    content = to_json(small(lock=_LOCK))
    for end in range(0, len(content) - 2, 7):
        with pytest.raises(OpsieveError):
            from_json(content[:end], "x.json")


def test_files_are_told_by_how_they_begin() -> None:
    assert is_document(to_json(small()))
    assert is_document(b'\xef\xbb\xbf\n {"schema": 1}')
    assert not is_document(b"\x7fELF")
    assert not is_document(b"")


def test_code_that_ops_share_is_kept_short() -> None:
    """And owners of one name are one, whatever else they differ in."""
    ops = tuple(f"Op{number}" for number in range(40))
    shared = [
        (Owner(f"shared by {ops[first]} and more", KERNEL, ops[first:], (f"C{size}<float>",)), f"f{first}{size}", size)
        for first in range(30)
        for size in (40, 600, 601)
    ]
    baseline = baseline_of(attribution(*shared))
    kernels = [row for row in baseline.owners if row.owner.kind == KERNEL]
    assert [row.file_size for row in kernels] == [1201] * 30 + [1200]
    assert kernels[-1].owner.ops == tuple(sorted(ops))
    assert from_json(to_json(baseline), "x.json") == baseline
    assert from_json(report_to_json(attribution(*shared)), "r.json").file_size == baseline.file_size
