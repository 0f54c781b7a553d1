"""``opsieve lock`` as a user runs it: on the demo's models with the embedded index, and on a small tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from opsieve.resources import resource
from unit.cli.place import ADD, Place
from unit.models import encode as e
from unit.tree.small_tree import write

MLP, CNN, EXTRA, LANGUAGE = "digits_mlp.pb", "digits_cnn.pbtxt", "extra_ops.yaml", "line_language"
DOUBLE = e.graph(e.node("sum", "Add", T=e.type_attr(2)))


@pytest.fixture
def demo(place: Place) -> Place:
    shutil.copytree(resource("data/demo"), place.folder, dirs_exist_ok=True)
    return place


def _lock(place: Place, *arguments: str) -> str:
    status, output, errors = place.run("lock", *arguments)
    assert status == 0, errors
    return output


def _content(place: Place, name: str = "opsieve.lock") -> dict[str, object]:
    document = yaml.safe_load((place.folder / name).read_bytes())
    assert isinstance(document, dict)
    return document


def _exists(place: Place, name: str) -> bool:
    return (place.folder / name).exists()


def test_the_lock_says_what_generate_selects(demo: Place) -> None:
    assert _lock(demo, CNN, MLP, EXTRA, LANGUAGE).startswith("wrote opsieve.lock: 4 models, ")
    demo.run("generate", CNN, MLP, EXTRA, LANGUAGE, "-o", "out")
    selection = json.loads((demo.folder / "out/selection.json").read_text())
    lock = _content(demo)
    assert lock["made_by"] == [f"opsieve lock {CNN} {MLP} {EXTRA} {LANGUAGE}"]
    assert lock["models"] == selection["models"]
    assert lock["runtime"] == selection["runtime"]
    assert lock["files"] == [source["path"] for source in selection["sources"]]
    assert {(op["op"], op["file"]) for op in lock["ops"]} == {(op["name"], op["file"]) for op in selection["ops"]}
    kernels = {
        (op["op"], kernel["class"], kernel["device"], json.dumps(kernel.get("types", {})), kernel["file"])
        for op in lock["ops"]
        for kernel in op.get("kernels", ())
    }
    assert kernels == {
        (one["op"], one["class"], one["device"], json.dumps(one["constraints"]), one["file"])
        for one in selection["kernels"]
    }
    for one in selection["ops"]:
        [op] = [op for op in lock["ops"] if op["op"] == one["name"]]
        needed = {*op.get("needed_by", {}), *(m for kernel in op.get("kernels", ()) for m in kernel["needed_by"])}
        assert needed >= {reason["model"] for reason in one["reasons"]}


def test_a_lock_has_no_counts_and_numbers_that_another_export_changes(demo: Place) -> None:
    _lock(demo, LANGUAGE)
    text = (demo.folder / "opsieve.lock").read_text()
    assert "more node" not in text
    assert "function while_body_*" in text


def test_writing_again_changes_nothing_and_needs_no_models(demo: Place) -> None:
    _lock(demo, MLP, CNN, "--runtime", "inlining=off")
    before = (demo.folder / "opsieve.lock").stat()
    for arguments in ((MLP, CNN, "--runtime", "inlining=off"), ()):
        assert _lock(demo, *arguments).startswith("unchanged opsieve.lock: 2 models")
    assert (demo.folder / "opsieve.lock").stat().st_mtime_ns == before.st_mtime_ns
    document = json.loads(_lock(demo, "--format", "json"))
    assert document["changed"] is False
    assert document["models"] == 2
    # A flag that is given replaces the one of the lock.
    assert _lock(demo, "--runtime", "inlining=on").startswith("wrote")
    assert _content(demo)["made_by"] == [f"opsieve lock {MLP} {CNN} --runtime inlining=on"]


def test_flags_are_recorded_so_that_they_can_be_given_again(demo: Place) -> None:
    _lock(demo, LANGUAGE, "--signature", "serving_default", "--without-saver", "-o", "cut.lock")
    assert _content(demo, "cut.lock")["made_by"] == [
        f"opsieve lock {LANGUAGE} --signature serving_default --without-saver"
    ]
    status, _, errors = demo.run("lock", "--check", "-o", "cut.lock")
    assert status == 0, errors
    _lock(demo, LANGUAGE, "-o", "whole.lock")
    assert len(_content(demo, "cut.lock")["ops"]) < len(_content(demo, "whole.lock")["ops"])  # type: ignore[arg-type]


def test_check_is_quiet_while_nothing_changes(demo: Place) -> None:
    _lock(demo, MLP, CNN)
    for arguments in ((MLP, CNN), (CNN, MLP), ()):
        status, output, errors = demo.run("lock", "--check", *arguments)
        assert (status, output) == (0, "")
        assert errors.splitlines()[-1] == "opsieve.lock is up to date"
    document = json.loads(_lock(demo, "--check", "--format", "json"))
    assert document["up_to_date"] is True
    assert document["ops"] == []


def test_check_says_what_changed_and_how_to_update(demo: Place) -> None:
    _lock(demo, MLP)
    before = (demo.folder / "opsieve.lock").read_bytes()
    status, output, errors = demo.run("lock", "--check", MLP, CNN)
    assert status == 1
    assert output.startswith(f"model {CNN} added (graphdef-text; needs ")
    assert f"model {CNN} adds op Conv2D (1 kernel, 1 file) because node Conv2D\n" in output
    assert "file tensorflow/core/kernels/conv_ops_float.cc added\n" in output
    update = f"opsieve lock {MLP} {CNN}"
    assert errors.splitlines()[-1] == f"opsieve.lock is out of date; update it with: {update}"
    assert (demo.folder / "opsieve.lock").read_bytes() == before
    _lock(demo, *update.split()[2:])
    assert demo.run("lock", "--check")[0] == 0


def test_a_model_that_changed_is_noticed_without_naming_it(demo: Place) -> None:
    model = demo.file("model.pb", ADD)
    _lock(demo, model, "--tensorflow", "tree")
    demo.file(model, DOUBLE)
    status, output, errors = demo.run("lock", "--check")
    assert status == 1
    assert "model model.pb changed (sha256 " in output
    assert "model model.pb adds kernel AddOp<double> (T=DT_DOUBLE) of Add because node sum" in output
    assert "model model.pb no longer needs kernel AddOp<float> (T=DT_FLOAT) of Add" in output
    assert "model model.pb no longer needs op Plain (1 kernel, 1 file)" in output
    assert errors.endswith("update it with: opsieve lock\n")
    _lock(demo)
    assert demo.run("lock", "--check")[0] == 0


def test_a_tree_that_changed_is_noticed(place: Place) -> None:
    _lock(place, place.file("model.pb", ADD), "--tensorflow", "tree")
    write(place.folder / "tree", "kernels/plain_op.cc", "")
    write(
        place.folder / "tree",
        "kernels/plain_2.cc",
        'REGISTER_KERNEL_BUILDER(Name("Plain").Device(DEVICE_CPU), PlainOp);',
    )
    status, output, _ = place.run("lock", "--check")
    assert status == 1
    assert "file tensorflow/core/kernels/plain_2.cc added" in output
    assert "file tensorflow/core/kernels/plain_op.cc removed" in output
    status, output, _ = place.run("lock", "--check", "--define", "IS_MOBILE_PLATFORM=2")
    assert status == 1
    assert "define IS_MOBILE_PLATFORM: 1 → 2" in output


def test_diff_informs(demo: Place) -> None:
    _lock(demo, MLP)
    status, output, errors = demo.run("lock", "--diff", CNN)
    assert status == 0
    assert f"model {MLP} removed" in output
    assert f"model {MLP} no longer needs op BiasAdd (1 kernel, 1 file)" in output
    assert "update it with" not in errors
    status, output, errors = demo.run("lock", "--diff")
    assert (status, output) == (0, "")
    assert errors.endswith("nothing changed\n")


def test_two_locks_are_compared_without_models(demo: Place) -> None:
    _lock(demo, MLP, "-o", "old.lock")
    _lock(demo, MLP, CNN, "-o", "new.lock")
    expected = demo.run("lock", "--diff", "-o", "old.lock", MLP, CNN)[1]
    for name in (MLP, CNN):
        (demo.folder / name).unlink()
    status, output, errors = demo.run("lock", "--diff", "old.lock", "new.lock")
    assert (status, output, errors) == (0, expected, "")
    assert "adds op Conv2D" in output
    assert "no longer needs op Conv2D" in demo.run("lock", "--diff", "new.lock", "old.lock")[1]
    document = json.loads(_lock(demo, "--diff", "old.lock", "new.lock", "--format", "json"))
    [conv] = [one for one in document["ops"] if one["op"] == "Conv2D"]
    assert conv["change"] == "added"
    assert conv["needed_by"] == {CNN: "node Conv2D"}
    assert [kernel["class"] for kernel in conv["kernels"]] == ["Conv2DOp<CPUDevice, float>"]
    assert [(one["path"], one["change"]) for one in document["models"]] == [(CNN, "added")]


def test_a_lock_may_come_from_a_pipe(demo: Place) -> None:
    _lock(demo, MLP)
    reader, writer = os.pipe()
    os.write(writer, (demo.folder / "opsieve.lock").read_bytes())
    os.close(writer)
    os.set_inheritable(reader, True)
    found = subprocess.run(
        [sys.executable, "-m", "opsieve", "lock", "--diff", f"/dev/fd/{reader}", "opsieve.lock"],
        cwd=demo.folder,
        env=demo.environment,
        pass_fds=[reader],
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reader)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "nothing changed\n")


def test_merged_locks_are_the_lock_of_all_the_models(demo: Place) -> None:
    _lock(demo, MLP, CNN, "-o", "a.lock")
    _lock(demo, CNN, EXTRA, LANGUAGE, "-o", "b.lock")
    _lock(demo, MLP, CNN, EXTRA, LANGUAGE, "-o", "all.lock")
    assert _lock(demo, "--merge", "a.lock", "b.lock", "-o", "ab.lock").startswith("wrote ab.lock: 4 models")
    _lock(demo, "--merge", "b.lock", "a.lock", "ab.lock", "-o", "ba.lock")
    assert (demo.folder / "ab.lock").read_bytes() == (demo.folder / "ba.lock").read_bytes()
    merged, whole = _content(demo, "ab.lock"), _content(demo, "all.lock")
    assert merged.pop("made_by") == [f"opsieve lock {CNN} {EXTRA} {LANGUAGE}", f"opsieve lock {MLP} {CNN}"]
    whole.pop("made_by")
    assert merged == whole
    # What was merged is checked, and made again, by all of its commands.
    assert demo.run("lock", "--check", "-o", "ab.lock")[0] == 0
    assert _lock(demo, "-o", "ab.lock").startswith("unchanged")
    demo.file(MLP, ADD)
    status, output, _ = demo.run("lock", "--check", "-o", "ab.lock", "--allow-unresolved", "Plain")
    assert status == 1
    assert f"model {MLP} changed" in output


def test_locks_of_different_libraries_are_not_merged(demo: Place) -> None:
    _lock(demo, MLP, "-o", "a.lock")
    _lock(demo, CNN, "--runtime", "grappler=on", "-o", "b.lock")
    text = (demo.folder / "a.lock").read_text()
    demo.file("c.lock", text.replace('"2.14.0"', '"2.15.0"').replace("sha256: ", "sha256: 1 #"))
    status, output, errors = demo.run("lock", "--merge", "a.lock", "b.lock", "c.lock", "-o", "out.lock")
    assert (status, output) == (1, "")
    version, model, runtime, end = errors.splitlines()
    assert model.startswith(f"conflict: model {MLP}: graphdef, sha256 1 in c.lock; graphdef, sha256 ")
    assert runtime == "conflict: runtime pass grappler: off in a.lock, c.lock; on in b.lock"
    assert version == "conflict: TensorFlow version: 2.14.0 in a.lock, b.lock; 2.15.0 in c.lock"
    assert end.startswith("nothing was written")
    assert not _exists(demo, "out.lock")


def test_an_unmet_need_fails_and_an_allowed_one_is_recorded(place: Place) -> None:
    model = place.file("model.pb", e.graph(e.node("n", "Add", T=e.type_attr(3))))
    status, output, errors = place.run("lock", model, "--tensorflow", "tree")
    assert (status, output) == (1, "")
    assert "unresolved: Add has no kernel for T=DT_INT32" in errors
    assert not _exists(place, "opsieve.lock")
    _lock(place, model, "--tensorflow", "tree", "--allow-unresolved", "Add")
    assert _content(place)["unresolved"] == [{"op": "Add", "needed_by": {"model.pb": "node n"}}]
    assert place.run("lock", "--check")[0] == 0


def test_no_absolute_path_is_written_and_what_is_elsewhere_can_be_said_again(place: Place, tmp_path: Path) -> None:
    place.file("models/model.pb", ADD)
    shutil.move(place.folder / "tree", tmp_path / "elsewhere")
    tree = str(tmp_path / "elsewhere")
    _lock(place, str(place.folder / "models/model.pb"), "--tensorflow", tree)
    assert str(tmp_path) not in (place.folder / "opsieve.lock").read_text()
    assert _content(place)["made_by"] == ["opsieve lock models/model.pb --tensorflow elsewhere"]
    status, _, errors = place.run("lock", "--check")
    assert status == 2
    assert "opsieve.lock: records --tensorflow elsewhere, which is not there" in errors
    assert place.run("lock", "--check", "--tensorflow", tree)[0] == 0
    (place.folder / "models/model.pb").unlink()
    status, _, errors = place.run("lock", "--check", "--tensorflow", tree)
    assert status == 2
    assert "opsieve.lock: records the model models/model.pb, which is not there" in errors


def test_odd_names_of_models_are_given_again(place: Place) -> None:
    names = ["a b.pb", "it's.pb", "-x.pb", "no", "caf\xe9 #1: x.pb"]
    for name in names:
        place.file(name, ADD)
    _lock(place, "--tensorflow", "tree", "--", *names)
    assert [model["path"] for model in _content(place)["models"]] == sorted(names)  # type: ignore[attr-defined]
    status, _, errors = place.run("lock", "--check")
    assert status == 0, errors


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf x",
        "opsieve lock",
        "opsieve lock --help",
        "opsieve lock m.pb -o x",
        "opsieve lock 'm.pb",
        "opsieve lock --x m",
    ],
)
def test_a_recorded_command_is_never_more_than_models_and_flags(place: Place, command: str) -> None:
    _lock(place, place.file("m.pb", ADD), "--tensorflow", "tree")
    text = (place.folder / "opsieve.lock").read_text()
    place.file("opsieve.lock", text.replace("opsieve lock m.pb --tensorflow tree", json.dumps(command)))
    before = sorted(path.name for path in place.folder.iterdir())
    status, output, errors = place.run("lock")
    assert (status, output) == (2, "")
    assert errors.startswith("error: opsieve.lock: the command under 'made_by' ")
    assert sorted(path.name for path in place.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lock"], "opsieve.lock: there is no such lock"),
        (["lock", "--check", "m.pb", "--tensorflow", "tree"], "opsieve.lock: there is no such lock"),
        (["lock", "--diff", "a.lock", "missing"], "a.lock is a lock, not a model"),
        (["lock", "--diff", "a.lock", "a.lock", "a.lock"], "a.lock is a lock, not a model"),
        (["lock", "a.lock"], "a.lock is a lock, not a model"),
        (["lock", "--check", "--diff", "m.pb"], "exclude each other"),
        (["lock", "--merge", "-o", "x"], "--merge needs the locks to merge"),
        (["lock", "--merge", "a.lock"], "-o FILE"),
        (["lock", "--merge", "a.lock", "m.pb", "-o", "x"], "m.pb"),
        (["lock", "--merge", "a.lock", "conflict.lock", "-o", "x"], "conflict.lock:3:1: <<<<<<< is what"),
        (["lock", "--check", "-o", "conflict.lock"], "conflict.lock:3:1: <<<<<<< is what"),
        (["lock", "--check", "-o", "empty.lock"], "empty.lock: is empty"),
        (["lock", "--check", "-o", "short.lock"], "the file ends without '...'; it was cut off"),
        (["lock", "--check", "-o", "later.lock"], "this lock has schema 2, this opsieve reads schema 1"),
        (["lock", "m.pb", "--tensorflow", "tree", "-o", "/proc/opsieve.lock"], "/proc/opsieve.lock: cannot be written"),
        (["lock", "m.pb", "--tensorflow", "tree", "-o", "tree"], "tree: cannot be written"),
        (["lock", "m.pb", "--tensorflow", "tree", "-o", "m.pb/x"], "m.pb/x: cannot be written"),
    ],
)
def test_what_is_wrong_is_explained(place: Place, arguments: list[str], said: str) -> None:
    place.file("m.pb", ADD)
    _lock(place, "m.pb", "--tensorflow", "tree", "-o", "a.lock")
    text = (place.folder / "a.lock").read_text()
    place.file("conflict.lock", text.replace("schema: 1", "<<<<<<< HEAD\nschema: 1\n======="))
    place.file("empty.lock", "")
    place.file("short.lock", text.removesuffix("...\n"))
    place.file("later.lock", text.replace("schema: 1", "schema: 2"))
    before = sorted(path.name for path in place.folder.iterdir())
    status, output, errors = place.run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors
    assert sorted(path.name for path in place.folder.iterdir()) == before


def test_the_line_ends_of_windows_do_not_matter(place: Place) -> None:
    _lock(place, place.file("m.pb", ADD), "--tensorflow", "tree")
    content = (place.folder / "opsieve.lock").read_bytes()
    place.file("opsieve.lock", content.replace(b"\n", b"\r\n"))
    assert place.run("lock", "--check")[0] == 0
    _lock(place)
    assert (place.folder / "opsieve.lock").read_bytes() == content


def test_two_runs_at_once_leave_one_whole_lock(demo: Place) -> None:
    runs = [demo.start("lock", model) for model in (MLP, CNN) * 2]
    for run in runs:
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0, errors
    written = (demo.folder / "opsieve.lock").read_bytes()
    expected = []
    for model in (MLP, CNN):
        _lock(demo, model, "-o", "one.lock")
        expected.append((demo.folder / "one.lock").read_bytes())
    assert written in expected
    assert not list(demo.folder.glob(".opsieve.lock*"))


def test_names_of_strangers_cannot_control_the_terminal(place: Place) -> None:
    model = place.file("m.pb", e.graph(e.node("n\x1b[2J", "Plain")))
    _lock(place, place.file("none.pb", e.graph(e.node("s", "Add", T=e.type_attr(1)))), "--tensorflow", "tree")
    status, output, errors = place.run("lock", "--check", model, "--tensorflow", "tree")
    assert status == 1
    assert "because node n\\x1b[2J" in output
    assert "\x1b" not in output + errors
