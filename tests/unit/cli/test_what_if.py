"""``opsieve what-if`` as a user runs it, on small models and on the demo's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from opsieve.resources import resource
from unit.cli.test_commands import Place
from unit.models import encode as e

DEMO = resource("data/demo")
NAMES = ("digits_cnn.pbtxt", "digits_mlp.pb", "extra_ops.yaml", "line_language")
FLOAT, DOUBLE = e.type_attr(1), e.type_attr(2)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.file("add.pb", e.graph(e.node("x", "Plain"), e.node("sum", "Add", ["x", "x"], T=FLOAT)))
    place.file("models/double.pb", e.graph(e.node("sum", "Add", T=DOUBLE)))
    assert place.generate("add.pb", "models/double.pb")[0] == 0
    return place


def test_as_text(place: Place) -> None:
    expected = """\
without add.pb:
  1 of 2 ops, 2 of 3 kernels and 1 of 3 source files would go
  1 op would stay with fewer users: models/double.pb needs 1
ops that would go:
  Plain
kernels that would go:
  Add    AddOp<float>  tensorflow/core/kernels/add_op.cc:3
  Plain  PlainOp  tensorflow/core/kernels/plain_op.cc:2
source files that would go:
  tensorflow/core/kernels/plain_op.cc
"""
    models = ("add.pb", "models/double.pb", "--tensorflow", "tree")
    assert place.run("what-if", "--without", "add.pb", *models) == (0, expected, "")
    assert place.run("what-if", "--without", "add.pb", "--selection", "out/selection.json") == (0, expected, "")


def test_as_json(place: Place) -> None:
    status, output, errors = place.run(
        "what-if", "--without", "double.pb", "--without", "Plain", "--selection=out/selection.json", "--format=json"
    )
    assert (status, errors) == (0, "")
    assert json.loads(output) == {
        "schema": 1,
        "without": {"models": ["models/double.pb"], "ops": ["Plain"]},
        "exact": True,
        "estimated": [],
        "before": {"models": 2, "ops": 2, "kernels": 3, "sources": 3},
        "after": {"models": 1, "ops": 1, "kernels": 1, "sources": 2},
        "goes": {
            "ops": ["Plain"],
            "kernels": [
                {"op": "Add", "class": "AddOp<double>", "file": "tensorflow/core/kernels/add_op.cc", "line": 3},
                {"op": "Plain", "class": "PlainOp", "file": "tensorflow/core/kernels/plain_op.cc", "line": 2},
            ],
            "sources": [{"path": "tensorflow/core/kernels/plain_op.cc", "kind": "kernel"}],
            "unresolved": [],
        },
        "stays": {
            "ops": [{"op": "Add", "reasons": [{"model": "add.pb", "node": "sum"}]}],
        },
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--without", "Plian", "--selection", "out/selection.json"), "The nearest: Plain"),
        (("--without", "ad.pb", "--selection", "out/selection.json"), "The nearest: add.pb"),
        (("--without", "zzz", "--selection", "out/selection.json"), "The models are: add.pb, models/double.pb"),
        (("--without", "add.pb"), "either MODELs or --selection"),
        (("add.pb", "--without", "add.pb", "--selection", "out/selection.json"), "either MODELs or --selection"),
        (("--without", "Add", "--selection", "out/selection.json", "--tensorflow", "tree"), "says itself"),
        (("--without", "Add", "--selection", "none.json"), "none.json: cannot be read"),
        (("add.pb", "--tensorflow", "tree"), "Missing option '--without'"),
    ],
)
def test_what_is_wrong_is_said(place: Place, arguments: tuple[str, ...], message: str) -> None:
    status, output, errors = place.run("what-if", *arguments)
    assert (status, output) == (2, "")
    assert message in errors


def test_a_name_that_several_models_end_with_is_refused(place: Place) -> None:
    shutil.copytree(place.folder / "models", place.folder / "more")
    models = ("models/double.pb", "more/double.pb", "--tensorflow", "tree")
    status, _, errors = place.run("what-if", "--without", "double.pb", *models)
    assert status == 2
    assert "may be any of models/double.pb, more/double.pb" in errors
    status, output, _ = place.run("what-if", "--without", "./more/double.pb", *models)
    assert status == 0
    assert "0 of 1 op, 0 of 1 kernel and 0 of 2 source files would go" in output


@pytest.mark.parametrize("spoil", ["gone", "changed", "flags"])
def test_an_estimate_is_said_to_be_one(place: Place, spoil: str) -> None:
    arguments: tuple[str, ...] = ()
    if spoil == "gone":
        (place.folder / "add.pb").unlink()
    elif spoil == "changed":
        place.file("add.pb", e.graph(e.node("x", "Plain"), e.node("y", "Plain")))
    else:
        arguments = ("--outputs", "x")
    command = ("what-if", "--without", "Plain", "--selection", "out/selection.json", *arguments)
    status, output, _ = place.run(*command)
    assert status == 0
    why = {"gone": "is not here", "changed": "has changed since", "flags": "was selected for with other flags"}[spoil]
    assert f"an estimate from the recorded reasons of add.pb, which may be incomplete: add.pb {why}" in output
    if spoil == "flags":
        assert "opsieve generate add.pb models/double.pb --tensorflow tree -o out" in output
    found = json.loads(place.run(*command, "--format", "json")[1])
    assert (found["exact"], [one["model"] for one in found["estimated"]]) == (False, ["add.pb"])
    assert found["goes"]["ops"] == ["Plain"]


def test_models_beside_the_selection_are_found(place: Place) -> None:
    (place.folder / "out/selection.json").rename(place.folder / "selection.json")
    (place.folder / "elsewhere").mkdir()
    other = Place.__new__(Place)
    other.folder, other.environment = place.folder / "elsewhere", place.environment
    found = json.loads(other.run("what-if", "--without=Plain", "--selection=../selection.json", "--format=json")[1])
    assert found["exact"]


def test_names_of_strangers_cannot_control_the_terminal(place: Place) -> None:
    name = place.file("evil\x1b[2J.pb", e.graph(e.node("n\x1b[31m", "Plain")))
    _, output, _ = place.run("what-if", "add.pb", name, "--without", name, "--tensorflow", "tree")
    assert "\x1b" not in output
    assert "without evil\\x1b[2J.pb" in output


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("demo"))
    shutil.copytree(DEMO, place.folder, dirs_exist_ok=True)
    shutil.copy(place.folder / "digits_mlp.pb", place.folder / "twin.pb")
    assert place.run("generate", *NAMES, "-o", "all")[0] == 0
    return place


def selection(demo: Place, output: str) -> dict[str, set[Any]]:
    document = json.loads((demo.folder / output / "selection.json").read_text())
    return {
        "ops": {row["name"] for row in document["ops"]},
        "kernels": {(row["op"], row["class"], row["file"], row["line"]) for row in document["kernels"]},
        "sources": {row["path"] for row in document["sources"]},
    }


def goes(demo: Place, *arguments: str) -> dict[str, set[Any]]:
    status, output, errors = demo.run("what-if", *arguments, "--format", "json")
    assert status == 0, errors
    found = json.loads(output)
    assert found["exact"]
    return {
        "ops": set(found["goes"]["ops"]),
        "kernels": {(row["op"], row["class"], row["file"], row["line"]) for row in found["goes"]["kernels"]},
        "sources": {row["path"] for row in found["goes"]["sources"]},
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_and_the_selection_of_the_rest_are_the_whole(demo: Place, name: str) -> None:
    others = [each for each in NAMES if each != name]
    assert demo.run("generate", *others, "-o", f"without_{name}")[0] == 0
    whole, left = selection(demo, "all"), selection(demo, f"without_{name}")
    expected = {part: whole[part] - left[part] for part in whole}
    assert goes(demo, "--without", name, "--selection", "all/selection.json") == expected
    assert goes(demo, *NAMES, "--without", name) == expected


def test_without_every_model_everything_goes(demo: Place) -> None:
    arguments = [word for name in NAMES for word in ("--without", name)]
    whole, found = selection(demo, "all"), goes(demo, *arguments, "--selection", "all/selection.json")
    assert (found["ops"], found["kernels"]) == (whole["ops"], whole["kernels"])
    # TensorFlow's own system ops register themselves whatever is selected.
    assert {Path(path).name for path in whole["sources"] - found["sources"]} <= {"function_ops.cc", "sendrecv_ops.cc"}


def test_without_one_of_two_equal_models_nothing_goes(demo: Place) -> None:
    assert goes(demo, "digits_mlp.pb", "twin.pb", "--without", "twin.pb") == {
        "ops": set(),
        "kernels": set(),
        "sources": set(),
    }


@pytest.mark.parametrize("op", ["While", "StatefulPartitionedCall", "MatMul", "AddV2", "Switch", "NoOp", "Square"])
def test_an_op_of_the_demo_from_the_selection_and_from_the_models(demo: Place, op: str) -> None:
    from_selection = goes(demo, "--without", op, "--selection", "all/selection.json")
    assert from_selection == goes(demo, *NAMES, "--without", op)
    assert (op in from_selection["ops"]) == (op not in ("Switch", "NoOp"))


def test_an_op_that_the_runtime_needs_stays_and_is_told_why(demo: Place) -> None:
    _, output, _ = demo.run("what-if", "--without=Switch", "--without=NoOp", "--selection=all/selection.json")
    assert "  0 of " in output.splitlines()[1]
    assert "  NoOp would stay: the runtime adds source and sink nodes to every graph (" in output
    assert "  Switch would stay: the runtime lowers While loops to these (line_language, function " in output
    assert "would go:" not in output
