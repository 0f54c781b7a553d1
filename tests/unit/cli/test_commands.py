"""The commands as a user runs them: what they print where, their exit status, what they leave behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opsieve.cli import COMMANDS
from unit.cli.place import ADD, Place
from unit.models import encode as e
from unit.tree.small_tree import write

GENERATED = {"ops_to_register.h", "selected.bzl", "selected.mk", "selection.json", "tf_op_files.txt"}


def test_generate_writes_the_files_and_says_so(place: Place) -> None:
    status, output, errors = place.generate(place.file("model.pb", ADD))
    assert (status, errors) == (0, "")
    assert place.written() == GENERATED
    assert output.startswith("1 model needs 2 ops and 2 kernels from 3 source files")
    header = (place.folder / "out/ops_to_register.h").read_text()
    assert "AddOp<float>" in header
    assert "AddOp<double>" not in header
    assert "opsieve generate model.pb --tensorflow tree -o out" in header.splitlines()[1]
    files = (place.folder / "out/tf_op_files.txt").read_text().split()
    assert files == [f"tensorflow/core/{name}" for name in ("kernels/add_op.cc", "kernels/plain_op.cc", "ops/ops.cc")]
    status, output, _ = place.generate("model.pb", "--format", "json")
    assert json.loads(output)["files"][0]["changed"] is False


def test_the_same_inputs_give_the_same_bytes_elsewhere(place: Place, tmp_path: Path) -> None:
    place.generate(place.file("model.pb", ADD))
    expected = {path.name: path.read_bytes() for path in (place.folder / "out").iterdir()}
    other = Place(tmp_path)
    other.generate(other.file("model.pb", ADD))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == expected


def test_no_absolute_path_is_written(place: Place, tmp_path: Path) -> None:
    model = place.file("models/model.pb", ADD)
    away = tmp_path / "away"
    away.mkdir()
    mine = place.file("own_ops/mine_op.cc", 'REGISTER_OP("Mine");')
    status, _, errors = place.run(
        "generate",
        str(place.folder / model),
        f"--tensorflow={place.folder / 'tree'}",
        "--sources",
        str((place.folder / mine).parent),
        "-o",
        str(away),
    )
    assert status == 0, errors
    for path in away.iterdir():
        assert str(tmp_path) not in path.read_text()


def test_an_index_stands_for_its_tree(place: Place) -> None:
    model = place.file("model.pb", ADD)
    place.generate(model)
    expected = (place.folder / "out/tf_op_files.txt").read_bytes()
    for name in ("index.json", "index.json.gz"):
        status, output, _ = place.run("index", "tree", "-o", name)
        assert status == 0
        assert "3 kernels in 2 files" in output
        status, _, errors = place.run("generate", model, "--tensorflow", name, "-o", name + ".out")
        assert (status, errors) == (0, "")
        assert (place.folder / f"{name}.out/tf_op_files.txt").read_bytes() == expected
    _, printed, _ = place.run("index", "tree", "--format", "json")
    assert printed == (place.folder / "index.json").read_text()
    document = json.loads(printed)
    assert document["schema"] == 1
    assert document["tensorflow"]["preset"] == "mobile"
    assert {row["class"] for row in document["kernels"]} == {"AddOp<float>", "AddOp<double>", "PlainOp"}


def test_the_embedded_index_is_used_and_named(place: Place) -> None:
    model = place.file("model.pb", e.graph(e.node("n", "NoOp")))
    status, _, errors = place.run("generate", model, "-o", "out")
    assert status == 0
    assert "using the embedded index of TensorFlow 2.14.0" in errors
    status, _, errors = place.run("generate", model, "--preset", "desktop", "-o", "out")
    assert status == 2
    assert "--preset cannot change the embedded index" in errors


@pytest.mark.parametrize("allowed", [False, True])
def test_an_unmet_need_fails_unless_allowed(place: Place, allowed: bool) -> None:
    model = place.file("model.pb", e.graph(e.node("n", "Add", T=e.type_attr(3)), e.node("m", "Plian")))
    arguments = ("--allow-unresolved", "Add", "--allow-unresolved", "Plian") if allowed else ()
    status, output, errors = place.generate(model, *arguments)
    assert "Add has no kernel for T=DT_INT32" in errors
    assert "DT_DOUBLE, DT_FLOAT" in errors
    assert "model.pb, node n" in errors
    assert "Plain" in errors  # the nearest name
    assert status == (0 if allowed else 1)
    assert place.written() == (GENERATED if allowed else set())
    assert bool(output) == allowed


def test_the_preset_that_has_the_kernel_is_named(place: Place) -> None:
    text = '#ifndef __ANDROID__\nREGISTER_KERNEL_BUILDER(Name("Rare").Device(DEVICE_CPU), RareOp);\n#endif\n'
    write(place.folder / "tree", "kernels/rare_op.cc", text + 'REGISTER_OP("Rare");\n')
    model = place.file("model.pb", e.graph(e.node("n", "Rare")))
    status, _, errors = place.generate(model, "--preset", "android-slim")
    assert status == 1
    assert 'in this tree under "android-slim"; there is one under "desktop", "mobile"' in errors
    assert place.generate(model)[0] == 0


CALLS = e.function_attr
CYCLIC = e.graph(
    e.node("n", "F"),
    library=e.message(
        (1, e.function("F", e.node("a", "G"), e.node("p", "Plain"))), (1, e.function("G", e.node("b", "F")))
    ),
)


def test_cyclic_functions_end(place: Place) -> None:
    status, _, errors = place.generate(place.file("model.pb", CYCLIC))
    assert (status, errors) == (0, "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (ADD[:-3], "cut off|longer than|ends"),
        (b"PK\x03\x04 not a model", ""),
        (b"TFL3 not this", ""),
        (b"\x00\x00\x00\x00TFL3" + bytes(64), "tflite|TFLite"),
        (e.graph(), "no nodes"),
        (b"hello", ""),
        ("ops: [", ""),
        ("[[1, 2]]", ""),
    ],
)
def test_bad_models_give_one_line_and_status_2(place: Place, content: bytes, said: str) -> None:
    status, output, errors = place.generate(place.file("bad model.pb", content))
    assert (status, output) == (2, "")
    message, *hints = errors.splitlines()
    assert message.startswith("error: bad model.pb: ")
    assert any(word.lower() in message.lower() for word in said.split("|"))
    assert len(hints) <= 1
    assert place.written() == set()


def test_a_sparse_file_of_2_gigabytes_is_refused_at_once(place: Place) -> None:
    with open(place.folder / "huge.pb", "wb") as stream:
        stream.truncate(2 << 30)
    begin = time.monotonic()
    status, _, errors = place.generate("huge.pb")
    assert (status, len(errors.splitlines())) == (2, 2)
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", "model.pb", "--tensorflow", "missing", "-o", "out"], "missing: there is no such"),
        (["generate", "model.pb", "--tensorflow", "empty folder", "-o", "out"], "not a TensorFlow source tree"),
        (["generate", "model.pb", "--tensorflow", "model.pb", "-o", "out"], "is not an index"),
        (["generate", "missing.pb", "--tensorflow", "tree", "-o", "out"], "missing.pb: "),
        (["generate", "model.pb", "--tensorflow", "tree", "-o", "model.pb"], "model.pb: not a folder"),
        (["generate", "model.pb", "--tensorflow", "tree", "--preset", "windows", "-o", "out"], "the presets are"),
        (["generate", "model.pb", "--tensorflow", "tree", "--define", "9=1", "-o", "out"], "not the name of a macro"),
        (["generate", "model.pb", "--tensorflow", "tree", "--templates", "missing", "-o", "out"], "missing"),
        (["generate", "model.pb", "--signature", "serve", "--tensorflow", "tree", "-o", "out"], "model.pb: "),
        (["index", "model.pb"], "model.pb: is not a folder"),
        (["index", "tree", "-o", "model.pb/below"], "cannot be written"),
        (["index"], "Missing argument"),
        (["scan", "empty folder"], "empty folder: "),
        (["scan"], "Missing argument"),
        (["--no-such-option"], "No such option"),
        (["no-such-command"], "No such command"),
    ],
)
def test_wrong_arguments_are_explained(place: Place, arguments: list[str], said: str) -> None:
    place.file("model.pb", ADD)
    (place.folder / "empty folder").mkdir()
    status, output, errors = place.run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors
    assert place.written() == set()


def test_a_folder_that_may_not_be_written_is_named(place: Place) -> None:
    model = place.file("model.pb", ADD)
    status, _, errors = place.run("generate", model, "--tensorflow", "tree", "-o", "/proc/opsieve")
    assert status == 2
    assert "/proc/opsieve" in errors
    assert len(errors.splitlines()) == 1


def test_scan_tells_what_a_model_uses(place: Place) -> None:
    model = place.file("model.pb", ADD)
    status, output, errors = place.run("scan", model)
    assert (status, errors) == (0, "")
    assert "1 Add    T=float" in output
    _, printed, _ = place.run("scan", model, model, "--format", "json")
    document = json.loads(printed)
    assert [use["op"] for use in document["models"][0]["ops"]] == ["Add", "Plain"]
    assert document["models"][0]["ops"][0]["types"] == [{"attrs": {"T": "DT_FLOAT"}, "count": 1}]


def test_a_skipped_registration_is_reported(place: Place) -> None:
    write(place.folder / "tree", "kernels/odd_op.cc", "REGISTER_KERNEL_BUILDER(Name(Computed()), Odd);\n")
    status, output, errors = place.run("index", "tree")
    assert status == 0
    assert "1 registrations skipped" in output
    assert "tensorflow/core/kernels/odd_op.cc:1: REGISTER_KERNEL_BUILDER(Name(Computed()), Odd) is skipped" in errors


def test_names_of_strangers_cannot_control_the_terminal(place: Place) -> None:
    model = place.file("model.pb", e.graph(e.node("n\x1b[31m", "Evil\x1b[2J")))
    _, _, errors = place.generate(model)
    assert "\x1b" not in errors


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(place: Place, command: str) -> None:
    status, output, _ = place.run(command, "--help")
    assert status == 0
    assert "opsieve" in output.partition("Example:\n")[2].splitlines()[0]
    assert COMMANDS[command] in place.run("--help")[1].replace("\n" + " " * 14, " ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(place: Place, shell: str) -> None:
    status, output, _ = place.run("completion", shell)
    assert status == 0
    assert "_OPSIEVE_COMPLETE" in output


def test_completion_completes(place: Place) -> None:
    place.environment |= {"_OPSIEVE_COMPLETE": "bash_complete", "COMP_WORDS": "opsieve gen", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("opsieve")
    if not program.exists():
        pytest.skip("needs opsieve installed beside this Python")
    found = subprocess.run([program], env=place.environment, capture_output=True, text=True, check=False)
    assert found.stdout == "plain,generate\n"


def test_ctrl_c_leaves_nothing_half_done(place: Place) -> None:
    for number in range(400):
        text = f'REGISTER_KERNEL_BUILDER(Name("Op{number}").Device(DEVICE_CPU), A{number});\n'
        write(place.folder / "tree", f"kernels/op_{number}.cc", text * 80)
    process = place.start("generate", place.file("model.pb", ADD), "--tensorflow", "tree", "-o", "out")
    deadline = time.monotonic() + 60
    while not list((place.folder / "cache").glob("*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("this machine was done before the signal came")
    assert process.returncode == 130
    assert errors.strip() == "interrupted; nothing was left half done"
    assert place.written() == set()
    assert place.generate("model.pb")[0] == 0


def test_a_reader_that_goes_away_is_no_error(place: Place) -> None:
    for number in range(300):
        write(
            place.folder / "tree", f"kernels/op_{number}.cc", f'REGISTER_KERNEL_BUILDER(Name("Op{number}"), A);\n' * 9
        )
    process = place.start("index", "tree", "--format", "json")
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read()
    assert process.wait(timeout=60) == 0
    assert errors == ""


def test_the_version_is_told(place: Place) -> None:
    assert place.run("--version")[1].startswith("opsieve 0.")
