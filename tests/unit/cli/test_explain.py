"""``opsieve explain`` as a user runs it: exact text and JSON for written selections, and the demo's models."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from golden.selections import small
from opsieve.cli.explain import explain
from opsieve.errors import OpsieveError
from opsieve.resources import resource
from opsieve.selection.document import to_json
from opsieve.selection.selection import Call, ModelDigest, Reason, SelectedOp, Selection, Source
from unit.cli.test_commands import Place

DEMO = resource("data/demo")


def run(selection: Selection, tmp_path: Path, *arguments: str) -> str:
    path = tmp_path / "selection.json"
    path.write_bytes(to_json(selection))
    result = CliRunner().invoke(explain, [*arguments, "--selection", str(path)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0
    return str(result.stdout).replace(str(path), "selection.json")


def test_an_op_as_text(tmp_path: Path) -> None:
    helper = Source("tensorflow/core/util/bcast.cc", "helper", ("AddV2",))
    whole = replace(small(), sources=tuple(sorted((*small().sources, helper), key=lambda one: one.path)))
    assert (
        run(whole, tmp_path, "AddV2")
        == """\
AddV2: an op that 1 of 2 models needs
  op definition: tensorflow/core/ops/math_ops.cc:428
  also compiled for it: tensorflow/core/util/bcast.cc (helper)
  model models/loop
    main graph
      node while calls function while_body_12
        node add
          kernel BinaryOp<CPUDevice, functor::add<float>> in tensorflow/core/kernels/cwise_op_add_1.cc:27
          kernel BinaryOp<CPUDevice, functor::add<Eigen::half>> in tensorflow/core/kernels/cwise_op_add_1.cc:27
"""
    )


def test_an_op_as_json(tmp_path: Path) -> None:
    found = json.loads(run(small(), tmp_path, "Add", "--format", "json"))
    assert found == {
        "schema": 1,
        "tensorflow": {"version": "2.14.0", "source": "tensorflow"},
        "models": 2,
        "looked_up_in": None,
        "explanations": [
            {
                "asked": "Add",
                "kind": "op",
                "name": "Add",
                "selected": True,
                "ops": [
                    {
                        "op": "Add",
                        "file": "tensorflow/core/ops/math_ops.cc",
                        "line": 415,
                        "sources": [
                            {"path": "tensorflow/core/kernels/cwise_op_add_1.cc", "kind": "kernel"},
                            {"path": "tensorflow/core/ops/math_ops.cc", "kind": "op"},
                        ],
                        "unresolved": [],
                        "models": [
                            {
                                "model": "models/classifier.pb",
                                "places": [
                                    {
                                        "function": "",
                                        "way": [],
                                        "uses": [
                                            {
                                                "node": "dense/BiasAdd",
                                                "more_nodes": 0,
                                                "rule": "",
                                                "lookups": [
                                                    {
                                                        "types": {"T": ["DT_FLOAT"]},
                                                        "kernels": [
                                                            {
                                                                "op": "Add",
                                                                "class": "BinaryOp<CPUDevice, functor::add<float>>",
                                                                "device": "CPU",
                                                                "constraints": {"T": ["DT_FLOAT"]},
                                                                "label": "",
                                                                "file": "tensorflow/core/kernels/cwise_op_add_1.cc",
                                                                "line": 25,
                                                            }
                                                        ],
                                                    }
                                                ],
                                            }
                                        ],
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ],
    }


def test_a_class_of_two_ops_and_a_file_as_text(tmp_path: Path) -> None:
    assert (
        run(small(), tmp_path, "BinaryOp<CPUDevice,functor::add<float>>", "functional_ops.cc")
        == """\
BinaryOp<CPUDevice, functor::add<float>>: a kernel class of Add that 1 of 2 models needs
  op definition: tensorflow/core/ops/math_ops.cc:415
  model models/classifier.pb
    main graph
      node dense/BiasAdd
        T=float → kernel BinaryOp<CPUDevice, functor::add<float>> in tensorflow/core/kernels/cwise_op_add_1.cc:25
BinaryOp<CPUDevice, functor::add<float>>: a kernel class of AddV2 that 1 of 2 models needs
  op definition: tensorflow/core/ops/math_ops.cc:428
  model models/loop
    main graph
      node while calls function while_body_12
        node add
          kernel BinaryOp<CPUDevice, functor::add<float>> in tensorflow/core/kernels/cwise_op_add_1.cc:27

tensorflow/core/ops/functional_ops.cc: a source file with op definitions, compiled for 1 op
  op SymbolicGradient: 1 model of 2
    op definition: line 30
    model models/loop
  opsieve explain SymbolicGradient tells which nodes
"""
    )


def test_what_the_runtime_adds_and_what_is_unmet_as_text(tmp_path: Path) -> None:
    assert (
        run(small(), tmp_path, "Enter", "Softplus")
        == """\
Enter: an op that 1 of 2 models needs
  op definition: tensorflow/core/ops/control_flow_ops.cc:355
  model models/loop
    main graph
      control-flow lowering
        kernel EnterOp in tensorflow/core/kernels/control_flow_ops.cc:396

Softplus: an op that is needed and cannot be met
  unmet, but allowed: its kernels take T in DT_BFLOAT16, DT_DOUBLE, DT_FLOAT, DT_HALF (needed by models/loop)
"""
    )


def many(models: int, functions: int) -> Selection:
    reasons = tuple(Reason(f"m{i:03}.pb", f"f{j:03}", "add") for i in range(models) for j in range(functions))
    calls = tuple(Call(one.model, one.function, "", f"call_{one.function}") for one in reasons)
    digests = tuple(ModelDigest(f"m{i:03}.pb", "0" * 64, "graphdef") for i in range(models))
    return Selection("2.14.0", "tree", {}, digests, (SelectedOp("Add", reasons, "a.cc", 1),), (), (), calls=calls)


def test_text_is_bounded_unless_all_is_asked_for(tmp_path: Path) -> None:
    text = run(many(40, 30), tmp_path, "Add")
    assert len(text.splitlines()) < 100
    assert text.splitlines()[-1] == "  and 35 more models (--all shows all)"
    assert "    and 24 more functions (--all shows all)" in text.splitlines()
    whole = run(many(40, 30), tmp_path, "Add", "--all")
    assert whole.count("node add") == 40 * 30
    assert "more" not in whole
    found = json.loads(run(many(40, 30), tmp_path, "Add", "--format", "json"))
    assert sum(len(one["places"]) for one in found["explanations"][0]["ops"][0]["models"]) == 40 * 30


def test_a_chain_of_calls_too_long_to_show_is_cut(tmp_path: Path) -> None:
    calls = tuple(Call("m.pb", f"f{i}", f"f{i - 1}" if i else "", "call") for i in range(500))
    ops = (SelectedOp("Add", tuple(Reason("m.pb", f"f{i}", "add") for i in range(500)), "a.cc", 1),)
    deep = replace(many(1, 1), ops=ops, calls=calls)
    lines = run(deep, tmp_path, "Add", "--all").splitlines()
    assert "    main graph, and after more calls than are shown" in lines
    assert max(map(len, lines)) < 400


def test_names_of_strangers_cannot_control_the_terminal(tmp_path: Path) -> None:
    reasons = (Reason("m\x1b[2J.pb", "f\nunction", "node\u202e\x07"),)
    text = run(replace(many(1, 1), ops=(SelectedOp("Add", reasons, "a\x1b.cc", 1),)), tmp_path, "Add")
    assert all(line.isprintable() for line in text.splitlines())
    assert "function f\\nunction, which nothing calls" in text


def test_what_nothing_needs_is_looked_up(place: Place) -> None:
    (place.folder / "selection.json").write_bytes(to_json(small()))
    selection = ("--selection", "selection.json")
    assert place.run("explain", "Plain", *selection, "--tensorflow", "tree") == (
        0,
        "Plain: an op that nothing needs; it is not in selection.json\n"
        '  TensorFlow unknown (tree) under "mobile" defines it in tensorflow/core/ops/ops.cc:2,'
        " and has 1 kernel for a CPU\n"
        "  the selection is for TensorFlow 2.14.0; give its tree with --tensorflow\n"
        "  to have it all the same, give opsieve generate a list of ops like a model\n",
        "",
    )
    status, output, _ = place.run("explain", "MatMul", "AddV2", *selection, "--format", "json")
    assert status == 0
    absent, selected = json.loads(output)["explanations"]
    assert (absent["selected"], absent["why"], absent["line"] > 0) == (False, "nothing needs it", True)
    assert selected["selected"]
    assert json.loads(output)["looked_up_in"]["version"] == "2.14.0"


def test_what_is_nowhere_fails_with_the_nearest_names(place: Place) -> None:
    (place.folder / "selection.json").write_bytes(to_json(small()))
    status, output, errors = place.run("explain", "AddV2", "sofmax", "--selection", "selection.json")
    assert (status, output) == (2, "")
    assert (
        "sofmax: neither an op, a kernel class nor a source file of selection.json or of the embedded index" in errors
    )
    assert "Softmax" in errors


def test_a_selection_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(explain, ["Add", "--selection", str(tmp_path / "none.json")])
    assert isinstance(result.exception, OpsieveError)
    assert "none.json: cannot be read" in str(result.exception)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("demo"))
    models = [str(DEMO / name) for name in ("digits_cnn.pbtxt", "digits_mlp.pb", "extra_ops.yaml", "line_language")]
    assert place.run("generate", *models, "-o", "out")[0] == 0
    return place


def test_every_op_class_and_file_of_the_demo_is_explained(demo: Place) -> None:
    selection = json.loads((demo.folder / "out/selection.json").read_text())
    asked = [row["name"] for row in selection["ops"]]
    asked += [row["class"] for row in selection["kernels"]] + [row["path"] for row in selection["sources"]]
    asked = list(dict.fromkeys(asked))
    status, output, errors = demo.run("explain", *asked, "--selection", "out/selection.json", "--format", "json")
    assert (status, errors) == (0, "")
    rows = json.loads(output)["explanations"]
    assert [row["asked"] for row in rows] == asked
    assert all(row["selected"] for row in rows)
    by_op: dict[str, Any] = {row["name"]: row["ops"][0] for row in rows if row["kind"] == "op"}
    for each in selection["ops"]:
        reasons = {(reason["model"], reason.get("function", "")) for reason in each["reasons"]}
        assert {
            (use["model"], at["function"]) for use in by_op[each["name"]]["models"] for at in use["places"]
        } == reasons
    assert demo.run("explain", *asked, "--selection", "out/selection.json", "--all")[0] == 0


def test_the_way_to_a_loop_of_the_demo(demo: Place) -> None:
    status, output, _ = demo.run("explain", "Switch", "--selection", "out/selection.json")
    assert status == 0
    lines = output.splitlines()
    assert lines[0] == "Switch: an op that 1 of 4 models needs"
    assert lines[2] == "  model line_language"
    assert lines[3] == "    main graph"
    assert lines[4].startswith(
        "      node StatefulPartitionedCall calls function __inference_signature_wrapper_classify_"
    )
    assert lines[5].startswith("        node StatefulPartitionedCall calls function __inference_classify_")
    assert lines[6] == "          node while: the runtime lowers While loops to these"
    assert lines[7].startswith("            T=float → kernel SwitchOp in tensorflow/core/kernels/control_flow_ops.cc:")
