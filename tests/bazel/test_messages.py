"""What opsieve has to say, as somebody who builds with Bazel sees it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import opsieve
from bazel.bazel import ROOT, Bazel, Result

_DEMO = Path(opsieve.__file__).parent / "data" / "demo"

_SAID = r"^(?:error: |unresolved: |nothing was |no --tensorflow |model |in all |\S+ is out |  hint: ).*$"
_BUILD = """load("@opsieve//rules:defs.bzl", "selective_ops", "selective_sources")
selective_ops(name = "good", models = ["app/digits_mlp.pb"])
selective_ops(name = "wrong_path", models = ["app/digits_mpl.pb"])
selective_ops(name = "wrong_content", models = ["app/three.txt"])
selective_ops(name = "unresolved", models = ["app/unknown_op.pbtxt"])
selective_ops(name = "allowed", models = ["app/unknown_op.pbtxt", "app/digits_mlp.pb"], allow_unresolved = ["MyOp"])
selective_ops(name = "empty", models = ["app/empty.pb"])
selective_ops(name = "locked_unresolved", models = ["app/unknown_op.pbtxt"], lock = "app/opsieve.lock")
selective_ops(name = "locked", models = ["app/digits_mlp.pb"], lock = "app/opsieve.lock")
selective_sources(name = "sources", srcs = ["main.cc"], ops = ":good")
"""


@pytest.fixture(scope="module")
def workspace(bazel: Bazel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An app without a TensorFlow of its own: it selects from the index inside opsieve."""
    folder = tmp_path_factory.mktemp("messages")
    template = (ROOT / "tests" / "bazel" / "analysis" / "WORKSPACE").read_text()
    (folder / "WORKSPACE").write_text(template.replace("%OPSIEVE%", str(bazel.checkout)))
    (folder / "BUILD").write_text(_BUILD)
    (folder / "main.cc").write_text("int main() {}\n")
    (folder / "app").mkdir()
    shutil.copy(_DEMO / "digits_mlp.pb", folder / "app")
    (folder / "app" / "three.txt").write_text("not a model\n")
    (folder / "app" / "unknown_op.pbtxt").write_text('node { name: "mine" op: "MyOp" }\n')
    lock(folder)
    yield folder
    bazel.stop(folder)


def lock(folder: Path) -> None:
    command = [sys.executable, "-m", "opsieve", "lock", "app/digits_mlp.pb", "-o", "app/opsieve.lock"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def fails(bazel: Bazel, workspace: Path, target: str) -> Result:
    done = bazel.run(workspace, "build", target)
    assert done.status == 1, done.output[-4000:]
    return done


def only_message(done: Result) -> list[str]:
    """The lines that the one action which failed has said, between those of Bazel."""
    said = re.findall(_SAID, done.output, re.MULTILINE)
    assert done.output.count(" failed: (Exit 1): ") == 1, done.output
    assert len([line for line in said if line.startswith("error: ")]) <= 1, said
    assert len(set(said)) == len(said), said
    return said


def test_a_wrong_model_path(bazel: Bazel, workspace: Path) -> None:
    """Bazel's own message: a file that is nowhere is no input of any action."""
    said = fails(bazel, workspace, "//:wrong_path").output
    assert "Selecting the kernels of //:wrong_path failed: missing input file '//:app/digits_mpl.pb'" in said


def test_what_is_no_model(bazel: Bazel, workspace: Path) -> None:
    error, hint = only_message(fails(bazel, workspace, "//:wrong_content"))
    assert error == "error: app/three.txt: is no model that opsieve knows"
    assert hint.startswith("  hint: Give a GraphDef, SavedModel or MetaGraphDef (binary or text)")


def test_an_op_that_the_index_lacks(bazel: Bazel, workspace: Path) -> None:
    said = "\n".join(only_message(fails(bazel, workspace, "//:unresolved")))
    assert "unresolved: op MyOp is not defined in this tree" in said
    assert "needed by app/unknown_op.pbtxt, node mine" in said
    assert "to go on without them: --allow-unresolved MyOp" in said
    assert "in the rule: allow_unresolved = [...]" in said
    assert bazel.run(workspace, "build", "//:allowed").status == 0


def test_a_stale_lock_and_its_update(bazel: Bazel, workspace: Path) -> None:
    bazel.must(workspace, "build", "//:locked")
    path = workspace / "app" / "opsieve.lock"
    good = path.read_text()
    assert "Softmax" in good
    path.write_text(good.replace("Softmax", "LogSoftmax"))
    said = "\n".join(only_message(fails(bazel, workspace, "//:locked")))
    assert said.count("hint: ") == 1
    assert "app/opsieve.lock is out of date" in said
    assert "hint: with Bazel, update the lock with: bazel run //:locked.update_lock" in said
    bazel.must(workspace, "run", "//:locked.update_lock")
    bazel.must(workspace, "build", "//:locked")
    assert "LogSoftmax" not in path.read_text()


def test_a_selected_source_that_nobody_compiles(bazel: Bazel, workspace: Path) -> None:
    said = fails(bazel, workspace, "//:sources").output
    assert said.count("error: //:sources: ") == said.count("  hint: ") == 1
    assert "selected sources are not in srcs: tensorflow/core/kernels/" in said
    assert "hint: add TensorFlow's filegroup that has them, or their own labels, to srcs;" in said


def test_a_python_that_lacks_packages(bazel: Bazel, workspace: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    done = bazel.run(workspace, "build", "//:good", f"--repo_env=OPSIEVE_PYTHON={bare}/bin/python")
    assert done.status == 1
    assert "lacks what opsieve needs: bazel-runfiles click jinja2" in done.output
    assert f"{bare}/bin/python -m pip install" in done.output


def test_the_smallest_example(bazel: Bazel, tmp_path: Path) -> None:
    folder = tmp_path / "bazel-module"
    shutil.copytree(ROOT / "examples" / "bazel-module", folder)
    text = (folder / "WORKSPACE").read_text()
    (folder / "WORKSPACE").write_text(text.replace('"../.."', f'"{bazel.checkout}"'))
    bazel.must(folder, "build", "//...")
    bazel.stop(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("with spaces in it.pb", (_DEMO / "digits_mlp.pb").read_bytes()),
        ("zifférn für 数字.pb", (_DEMO / "digits_mlp.pb").read_bytes()),
        ("of_windows.pbtxt", (_DEMO / "digits_cnn.pbtxt").read_bytes().replace(b"\n", b"\r\n")),
    ],
)
def test_models_of_any_name(bazel: Bazel, workspace: Path, name: str, content: bytes) -> None:
    """And with any ends of lines."""
    folder = workspace / "any"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / name).write_bytes(content)
    (folder / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "selective_ops")\n'
        'selective_ops(name = "ops", lock = "opsieve.lock", models = glob(["*.pb*"]))\n'
    )
    # Of the command line.
    command = [sys.executable, "-m", "opsieve", "lock", f"any/{name}", "-o", "any/opsieve.lock"]
    subprocess.run(command, cwd=workspace, check=True, capture_output=True)
    bazel.must(workspace, "build", "//any:ops")
    selection = json.loads((workspace / "bazel-bin" / "any" / "ops" / "selection.json").read_text())
    assert [model["path"] for model in selection["models"]] == [f"any/{name}"]


def test_an_empty_model(bazel: Bazel, workspace: Path) -> None:
    (workspace / "app" / "empty.pb").touch()
    said = only_message(fails(bazel, workspace, "//:empty"))
    assert said == ["error: app/empty.pb: is empty", "  hint: Write the model again"]


def test_a_lock_is_not_blamed_for_what_a_model_lacks(bazel: Bazel, workspace: Path) -> None:
    said = only_message(fails(bazel, workspace, "//:locked_unresolved"))
    assert "update_lock" not in "".join(said)
    assert said[-1].startswith("  hint: flags are attributes here, in the rule: allow_unresolved = [...]")
