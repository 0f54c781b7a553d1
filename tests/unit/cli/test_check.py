"""``opsieve check`` against selections: silent where they run the models, and each gap with what to do."""

from __future__ import annotations

import json

from unit.cli.place import ADD, Place
from unit.models import encode as e

ADD_DOUBLE = e.graph(e.node("d", "Add", ["d", "d"], T=e.type_attr(2)))
PLAIN = e.graph(e.node("p", "Plain"))


def selected(place: Place, content: bytes, *flags: str) -> None:
    status, _, errors = place.generate(place.file("old.pb", content), *flags)
    assert (status, errors) == (0, "")


def test_a_selection_runs_its_own_models_without_a_word(place: Place) -> None:
    selected(place, ADD)
    for flags in ([], ["--tensorflow", "tree"]):
        assert place.run("check", "old.pb", "--selection", "out/selection.json", *flags) == (0, "", "")
    status, output, _ = place.run("check", "old.pb", "--selection", "out/selection.json", "--format", "json")
    document = json.loads(output)
    assert (status, document["covered"], document["gaps"]) == (0, True, [])
    assert document["registered"][0]["kernels"] == [
        {"class": "AddOp<float>", "op": "Add"},
        {"class": "PlainOp", "op": "Plain"},
    ]


def test_a_missing_kernel_is_named_with_who_needs_it_and_what_to_do(place: Place) -> None:
    selected(place, ADD)
    place.file("new.pb", ADD_DOUBLE)
    status, output, errors = place.run("check", "new.pb", "--selection", "out/selection.json")
    assert (status, errors) == (1, "")
    assert output.splitlines() == [
        "gap: a kernel of Add for T=DT_DOUBLE is not in out/selection.json",
        "  needed by new.pb, node d",
        "  fix: generate the selection again with new.pb as well; it was made by: "
        "opsieve generate old.pb --tensorflow tree -o out",
    ]
    # With the tree the kernel has a name.
    status, output, _ = place.run("check", "new.pb", "--selection", "out/selection.json", "--tensorflow", "tree")
    assert status == 1
    assert output.startswith("gap: kernel AddOp<double> of Add (T=DT_DOUBLE) is not in out/selection.json")


def test_a_missing_op_is_named_once(place: Place) -> None:
    selected(place, PLAIN)
    place.file("new.pb", ADD)
    status, output, _ = place.run("check", "new.pb", "--selection", "out/selection.json")
    assert status == 1
    assert output.count("gap:") == 1
    assert output.startswith("gap: op Add is not in")
    status, output, _ = place.run("check", "new.pb", "--selection", "out/selection.json", "--format", "json")
    (gap,) = json.loads(output)["gaps"]
    assert (gap["op"], gap["class"]) == ("Add", "")
    assert gap["reasons"] == [{"model": "new.pb", "node": "sum"}]
    assert "new.pb" in gap["fix"]
    assert place.run("check", "new.pb", "--selection", "out/selection.json", "--allow-unresolved", "Add")[0] == 0


def test_a_model_that_changed_is_said_to_have(place: Place) -> None:
    selected(place, PLAIN)
    place.file("old.pb", ADD)
    status, output, _ = place.run("check", "old.pb", "--selection", "out/selection.json")
    assert status == 1
    assert "fix: old.pb changed since" in output


def test_another_tree_than_the_selections_is_refused(place: Place) -> None:
    selected(place, ADD)
    status, output, errors = place.run(
        "check", "old.pb", "--selection", "out/selection.json", "--tensorflow", "tree", "--preset", "desktop"
    )
    assert (status, output) == (2, "")
    assert "other defines" in errors
    assert "--preset" in errors


def test_wrong_input(place: Place) -> None:
    place.file("old.pb", ADD)
    place.file("bad.json", "{")
    for arguments, said in {
        ("old.pb",): "needs --selection FILE or --library FILE",
        ("--selection", "bad.json"): "needs a MODEL",
        ("old.pb", "--selection", "bad.json"): "bad.json: not JSON",
        ("old.pb", "--selection", "nothing.json"): "nothing.json: cannot be read",
        ("old.pb", "--library", "bad.json"): "bad.json",
    }.items():
        status, output, errors = place.run("check", *arguments)
        assert (status, output) == (2, ""), arguments
        assert said in errors
