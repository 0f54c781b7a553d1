"""generate writes five files whole, the same for equal selections, and touches none that would not change."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from golden.selections import COMMAND, small
from opsieve.codegen import generate as generate_module
from opsieve.codegen.generate import GeneratedFile, generate
from opsieve.errors import OpsieveError
from opsieve.selection.document import from_json
from opsieve.selection.selection import ModelDigest, SelectedKernel, SelectedOp, Selection, Source

_FILES = {"ops_to_register.h", "selected.bzl", "selected.mk", "selection.json", "tf_op_files.txt"}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_five_files_and_nothing_else(tmp_path: Path) -> None:
    files = generate(small(), tmp_path / "deep" / "out", command=COMMAND)
    assert {file.path.name for file in files} == _FILES == set(_contents(tmp_path / "deep" / "out"))
    assert all(file.changed for file in files)
    assert Path(files[0]).is_file()


def test_the_selection_file_holds_the_selection(tmp_path: Path) -> None:
    generate(small(), tmp_path, command=COMMAND)
    path = tmp_path / "selection.json"
    assert from_json(path.read_bytes(), path) == small()


def test_the_list_has_one_source_a_line_and_nothing_else(tmp_path: Path) -> None:
    generate(small(), tmp_path, command=COMMAND)
    lines = (tmp_path / "tf_op_files.txt").read_text().splitlines()
    assert lines == sorted(source.path for source in small().sources)


@pytest.mark.parametrize("name", ["ops_to_register.h", "selected.bzl", "selected.mk", "selection.json"])
def test_the_first_lines_say_where_a_file_comes_from(name: str, tmp_path: Path) -> None:
    generate(small(), tmp_path, command=COMMAND)
    head = "\n".join((tmp_path / name).read_text().splitlines()[:12])
    for said in ("opsieve", COMMAND, "2.14.0", "IS_MOBILE_PLATFORM", "models/classifier.pb", "models/loop"):
        assert said in head


def test_unchanged_files_are_not_touched(tmp_path: Path) -> None:
    generate(small(), tmp_path, command=COMMAND)
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    files = generate(small(), tmp_path, command=COMMAND)
    assert not any(file.changed for file in files)
    assert {path.stat().st_mtime for path in tmp_path.iterdir()} == {1}


def test_new_weights_do_not_compile_the_kernels_again(tmp_path: Path) -> None:
    generate(small(), tmp_path, command=COMMAND)
    models = tuple(dataclasses.replace(model, sha256="9" * 64) for model in small().models)
    files = generate(dataclasses.replace(small(), models=models), tmp_path, command=COMMAND)
    assert [file.path.name for file in files if file.changed] == ["selection.json"]


def test_equal_selections_give_equal_bytes_in_any_process(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from golden.selections import COMMAND, small\n"
        "from opsieve.codegen.generate import generate\n"
        "generate(small(), Path(sys.argv[1]), command=COMMAND)\n"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        subprocess.run([sys.executable, "-c", script, tmp_path / seed], env=environment, check=True)
    assert _contents(tmp_path / "1") == _contents(tmp_path / "2")


def test_the_order_of_a_selection_does_not_matter_to_what_a_build_reads(tmp_path: Path) -> None:
    generate(small(), tmp_path / "a", command=COMMAND)
    selection = small()
    turned = dataclasses.replace(
        selection,
        ops=selection.ops[::-1],
        kernels=selection.kernels[::-1],
        sources=selection.sources[::-1],
        models=selection.models[::-1],
        defines=dict(reversed(selection.defines.items())),
    )
    generate(turned, tmp_path / "b", command=COMMAND)
    for name in _FILES - {"selection.json"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("mine")
    with pytest.raises(OpsieveError, match=r"out: not a folder"):
        generate(small(), output, command=COMMAND)
    assert output.read_text() == "mine"


def test_a_file_above_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OpsieveError, match=r"cannot be written"):
        generate(small(), tmp_path / "file" / "out", command=COMMAND)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc, which not even root can write")
def test_a_folder_that_cannot_be_made() -> None:
    with pytest.raises(OpsieveError, match=r"/proc/self/out.*cannot be written"):
        generate(small(), Path("/proc/self/out"), command=COMMAND)


def test_a_folder_in_place_of_a_file_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "selection.json").mkdir()
    with pytest.raises(OpsieveError, match=r"selection\.json: a folder"):
        generate(small(), tmp_path, command=COMMAND)
    assert [path.name for path in tmp_path.iterdir()] == ["selection.json"]


def test_nothing_is_written_before_everything_is_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(selection: Selection, *, command: str) -> bytes:
        raise OpsieveError("broken")

    monkeypatch.setattr(generate_module, "to_json", broken)
    with pytest.raises(OpsieveError, match="broken"):
        generate(small(), tmp_path / "out", command=COMMAND)
    assert not (tmp_path / "out").exists()


def _one(**values: object) -> Selection:
    return dataclasses.replace(Selection("2.14.0", "tree", {}, (), (), (), ()), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (_one(sources=(Source("a b.cc", "kernel", ()),)), r"tree: the source file 'a b\.cc'"),
        (_one(sources=(Source("$(shell id).cc", "kernel", ()),)), r"the source file '\$\(shell id\)\.cc'"),
        (_one(sources=(Source("a\n.cc", "kernel", ()),)), r"the source file"),
        (_one(sources=(Source("../a.cc", "kernel", ()),)), r"outside the source tree"),
        (_one(sources=(Source("/a.cc", "kernel", ()),)), r"outside the source tree"),
        (_one(sources=(Source("-a.cc", "kernel", ()),)), r"the source file '-a\.cc'"),
        (_one(sources=(Source("", "kernel", ()),)), r"the source file ''"),
        (_one(ops=(SelectedOp("$(shell id)", ()),)), r"tree: '\$\(shell id\)' is no name"),
        (_one(ops=(SelectedOp("lower", ()),)), r"'lower' is no name"),
        (_one(version="1\n$(shell id)"), r"is no version"),
        (_one(defines={"A B": "1"}), r"--define A B"),
        (_one(defines={"A": "1\n2"}), r"--define A: the value"),
        (_one(kernels=(SelectedKernel("Op", "a\0b", "CPU", {}, "k.cc", 3),)), r"k\.cc:3: .* NUL"),
        (_one(kernels=(SelectedKernel("Op", "\ud800", "CPU", {}, "k.cc", 3),)), r"k\.cc:3: .* not Unicode"),
    ],
)
def test_what_no_file_can_hold_is_refused(selection: Selection, said: str, tmp_path: Path) -> None:
    with pytest.raises(OpsieveError, match=said):
        generate(selection, tmp_path / "out", command=COMMAND)
    assert not (tmp_path / "out").exists()


def test_ops_of_a_namespace_and_internal_ops_are_names() -> None:
    names = ("Text>Tokenize", "_FusedConv2D", "A", "AccumulateNV2", "_Arg")
    generate_module.check_writable(_one(ops=tuple(SelectedOp(name, ()) for name in names)))


def test_a_models_name_cannot_end_a_comment(tmp_path: Path) -> None:
    name = "a\nint x;\r\u2028\u202e\\.pb"
    selection = _one(models=(ModelDigest(name, "0" * 64, "graphdef"),), source="tree\\")
    generate(selection, tmp_path, command="opsieve \\")
    for file in ("ops_to_register.h", "selected.bzl", "selected.mk"):
        text = (tmp_path / file).read_text()
        assert r"a\nint x;\r\u2028\u202e\.pb (graphdef)" in text
        assert text.isascii()
        assert "opsieve \\ #\n" in text


def test_generated_file_is_a_path() -> None:
    assert os.fspath(GeneratedFile(Path("a/b"), True)) == os.path.join("a", "b")
