"""`opsieve size predict` and `size measure` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsieve.size.cost.registrations import Registration
from opsieve.size.prediction.table import MeasuredTarget, SizeTable, write_table
from unit.cli.place import ADD, Place
from unit.models import encode as e

_ROWS = {
    Registration("Add", "AddOp<float>"): ("add_op.cc", 5000, 100),
    Registration("Plain", "PlainOp"): ("plain_op.cc", 700, 0),
    Registration("Plain", ""): ("ops.cc", 11, 0),
    Registration("Add", ""): ("ops.cc", 20, 0),
}
_TARGETS = (
    MeasuredTarget("linux-x86_64", (100_000, 1.0), (200_000, 1.0), 0.05),
    MeasuredTarget("pi", (70_000, 0.5), (90_000, 0.5), 1.0),
)
# Kernels of the models that libraries of TensorFlow 2.14.0 were built for, and the bytes of what was built, stripped:
# run_model and libtensorflow_selective.so, by g++ 12 (aarch64 and armv7: Debian's cross compilers) and lld 14.
_LISTS = Path(__file__).parents[1] / "size" / "prediction" / "built"
_BUILT = {
    ("mlp", "linux-x86_64"): (3_150_944, 4_386_544),
    ("inception_v3", "linux-x86_64"): (3_667_568, 4_911_160),
    ("mobilenet_v1", "linux-x86_64"): (3_675_520, 4_917_376),
    ("mobilenet_v2", "linux-x86_64"): (3_767_936, 5_011_520),
    ("lstm", "linux-x86_64"): (4_275_096, 5_902_880),
    ("mlp", "linux-aarch64"): (3_196_440, 4_493_568),
    ("mobilenet_v1", "linux-aarch64"): (3_680_824, 4_987_792),
    ("lstm", "linux-aarch64"): (4_262_680, 5_949_752),
    ("mlp", "linux-armv7"): (2_280_224, 3_190_184),
    ("mobilenet_v1", "linux-armv7"): (2_655_260, 3_570_716),
    ("lstm", "linux-armv7"): (3_077_028, 4_326_160),
    # Its library took no part in making the table.
    ("guesslang", "linux-x86_64"): (6_081_400, None),
}


@pytest.fixture
def measured(place: Place) -> Place:
    place.file("add.pb", ADD)
    place.file("sizes.json.gz", write_table(SizeTable("2.14.0", "a compiler", _TARGETS, _ROWS, ())))
    return place


def _predict(place: Place, *arguments: str) -> tuple[int, str, str]:
    return place.run("size", "predict", *arguments, "--tensorflow", "tree", "--sizes", "sizes.json.gz")


def test_as_json(measured: Place) -> None:
    status, output, _ = _predict(measured, "add.pb", "--format", "json")
    assert status == 0
    table = 5000 + 100 + 700 + 11 + 20
    assert json.loads(output) == {
        "schema": 1,
        "target": "linux-x86_64",
        "measured": {"tensorflow": "2.14.0", "basis": "a compiler"},
        "library": 200_000 + table,
        "program": 100_000 + table,
        "fixed": 100_000,
        "error": 0.05,
        "ops": [{"op": "Add", "file_size": 5120}, {"op": "Plain", "file_size": 711}],
        "guessed": [],
    }


def test_as_text(measured: Place) -> None:
    status, output, _ = _predict(measured, "add.pb")
    assert status == 0
    assert output.splitlines() == [
        "linux-x86_64, without symbols, ±5.0%:",
        "      205,831  the shared library",
        "      105,831  the program run_model, of which 100,000 are there whatever is selected",
        "",
        "without one op alone:",
        "       −5,120  Add",
        "         −711  Plain",
        "",
        "measured in a compiler",
    ]


def test_of_another_target(measured: Place) -> None:
    status, output, _ = _predict(measured, "add.pb", "--target", "pi")
    assert status == 0
    assert output.startswith("pi, without symbols, nobody knows how far off:\n")
    assert f"{70_000 + round(5831 / 2):,}  the program" in output


def test_all_models_together(measured: Place) -> None:
    measured.file("plain.pb", e.graph(e.node("x", "Plain")))
    both = json.loads(_predict(measured, "add.pb", "plain.pb", "--format", "json")[1])
    assert both["program"] == 105_831
    assert json.loads(_predict(measured, "plain.pb", "--format", "json")[1])["program"] == 100_711


def test_what_was_not_measured_is_said(measured: Place) -> None:
    measured.file("double.pb", e.graph(e.node("sum", "Add", T=e.type_attr(2))))
    status, output, errors = _predict(measured, "double.pb", "--format", "json")
    assert status == 0
    assert "1 kernel not measured, taken to be like others of the same op: Add/AddOp<double>" in errors
    found = json.loads(output)
    assert found["guessed"] == [{"op": "Add", "class": "AddOp<double>"}]
    assert found["program"] == 100_000 + 5100 + 20


def test_an_unknown_target(measured: Place) -> None:
    status, output, errors = _predict(measured, "add.pb", "--target", "ios-arm64")
    assert (status, output) == (2, "")
    assert "--target ios-arm64: nothing was measured for it" in errors
    assert "measured were: linux-x86_64, pi" in errors


@pytest.mark.parametrize("content", [b"", b"no table", write_table(SizeTable("2.14.0", "", (), {}, ()))[:40]])
def test_a_damaged_table(content: bytes, measured: Place) -> None:
    (measured.folder / "sizes.json.gz").write_bytes(content)
    status, output, errors = _predict(measured, "add.pb")
    assert (status, output) == (2, "")
    assert "sizes.json.gz: not a table of measured sizes" in errors


def test_a_table_without_targets(measured: Place) -> None:
    measured.file("sizes.json.gz", write_table(SizeTable("2.14.0", "a compiler", (), _ROWS, ())))
    status, _, errors = _predict(measured, "add.pb")
    assert status == 2
    assert "the table of sizes has no target" in errors


def test_what_cannot_be_run_is_not_predicted(measured: Place) -> None:
    measured.file("unknown.pb", e.graph(e.node("x", "NoSuchOp")))
    status, output, errors = _predict(measured, "unknown.pb")
    assert status != 0
    assert output == ""
    assert "NoSuchOp" in errors


@pytest.mark.parametrize(("model", "target"), _BUILT)
def test_opsieves_own_table_is_no_further_off_than_it_says(model: str, target: str, place: Place) -> None:
    status, output, errors = place.run(
        "size", "predict", str(_LISTS / f"{model}.json"), "--target", target, "--format", "json"
    )
    assert status == 0, errors
    found = json.loads(output)
    assert found["error"] <= 0.06
    program, library = _BUILT[model, target]
    assert abs(found["program"] - program) <= found["error"] * program
    assert library is None or abs(found["library"] - library) <= found["error"] * library


def test_measuring_needs_what_a_build_leaves(place: Place) -> None:
    (place.folder / "out").mkdir()
    status, output, errors = place.run("size", "measure", "out", "out", "-o", "sizes.json.gz")
    assert (status, output) == (2, "")
    assert "out: no stripped/run_model and library in it" in errors
    assert not (place.folder / "sizes.json.gz").exists()
