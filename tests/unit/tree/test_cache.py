"""The cached index: as good as a fresh one after any change, and safe whatever happens to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.resources import cache_folder
from opsieve.tree import build
from opsieve.tree.build import build_index
from opsieve.tree.document import dump_index

from .small_tree import ADD, PLAIN, TYPES, write, write_tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tmp_path / "cache"))
    return write_tree(tmp_path / "tree with a space")


def units_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Build through the cache, check that it equals a fresh index, and tell which units were read for it."""
    read: list[str] = []
    original = build._Job._read

    def spy(self: build._Job, paths: list[str]) -> list[build.UnitRows]:
        read.extend(paths)
        return original(self, paths)

    with monkeypatch.context() as patch:
        patch.setattr(build._Job, "_read", spy)
        cached = build_index(tree)
    assert dump_index(cached) == dump_index(build_index(tree, cache=False))
    return sorted(path.rpartition("/")[2] for path in read)


def dtypes(tree: Path) -> set[str]:
    return {kernel.constraints["T"][0] for kernel in build_index(tree).kernels["Add"]}


def test_second_run_reads_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert units_read(tree, monkeypatch) == ["add_op.cc", "ops.cc", "plain_op.cc"]
    assert units_read(tree, monkeypatch) == []


def test_a_changed_source_alone_is_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    write(tree, "kernels/plain_op.cc", PLAIN.replace("PlainOp", "OtherOp"))
    assert units_read(tree, monkeypatch) == ["plain_op.cc"]
    assert build_index(tree).kernels["Plain"][0].class_text == "OtherOp"


def test_a_changed_header_reaches_the_sources_that_include_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    write(tree, "framework/register_types.h", TYPES.replace("m(double)", "m(double) m(int32)"))
    # ops.cc includes nothing.
    assert units_read(tree, monkeypatch) == ["add_op.cc", "plain_op.cc"]
    assert dtypes(tree) == {"DT_FLOAT", "DT_DOUBLE", "DT_INT32"}


def test_touching_a_file_reads_no_unit(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    os.utime(tree / "tensorflow/core/kernels/add_op.cc", ns=(1, 1))
    assert units_read(tree, monkeypatch) == []


def test_files_that_come_and_go(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    new = write(tree, "kernels/new/new_op.cc", PLAIN.replace("Plain", "New"))
    assert units_read(tree, monkeypatch) == ["new_op.cc"]
    assert "New" in build_index(tree).kernels
    new.unlink()
    assert units_read(tree, monkeypatch) == []
    assert "New" not in build_index(tree).kernels


def test_a_header_that_appears_is_found(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tree, "kernels/add_op.cc", '#include "tensorflow/core/framework/more.h"\n' + ADD)
    build_index(tree)
    write(tree, "framework/more.h", "#define TF_CALL_REAL(m) m(int8)\n#define REGISTER_TYPES_H_\n")
    assert "add_op.cc" in units_read(tree, monkeypatch)
    assert dtypes(tree) == {"DT_INT8"}


def test_a_header_that_goes_is_missed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    (tree / "tensorflow/core/framework/register_types.h").unlink()
    assert "add_op.cc" in units_read(tree, monkeypatch)
    assert "Add" not in build_index(tree).kernels


def test_defines_have_caches_of_their_own(tree: Path) -> None:
    guarded = f"#ifdef EXTRA\n{PLAIN.replace('Plain', 'Extra')}#endif\n"
    write(tree, "kernels/extra_op.cc", guarded)
    assert "Extra" not in build_index(tree).kernels
    assert "Extra" in build_index(tree, define=["EXTRA"]).kernels
    assert "Extra" not in build_index(tree).kernels


def test_an_interrupted_update_leaves_the_old_state(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    write(tree, "kernels/plain_op.cc", PLAIN.replace("PlainOp", "OtherOp"))

    def interrupted(self: build._Job, paths: list[str]) -> list[build.UnitRows]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build._Job, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build_index(tree)
    assert units_read(tree, monkeypatch) == ["plain_op.cc"]


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_cache_is_replaced(tree: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(tree)
    (file,) = cache_folder().glob("*.sqlite")
    file.write_bytes(damage)
    warnings: list[str] = []
    assert dump_index(build_index(tree, warn=warnings.append)) == dump_index(build_index(tree, cache=False))
    assert bool(warnings) == bool(damage)
    build_index(tree)
    assert units_read(tree, monkeypatch) == []


def test_a_cache_that_cannot_be_written_is_done_without(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSIEVE_CACHE_DIR", str(tree / "tensorflow/core/ops/ops.cc/below"))
    warnings: list[str] = []
    assert "Add" in build_index(tree, warn=warnings.append).kernels
    assert len(warnings) == 1
    assert "cannot be used" in warnings[0]


def test_runs_at_once_agree(tree: Path) -> None:
    for number in range(60):
        write(tree, f"kernels/op_{number}.cc", PLAIN.replace("Plain", f"Op{number}"))
    command = [sys.executable, "-m", "opsieve", "index", str(tree), "--format", "json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    results = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, results
    assert len({output for output, _ in results}) == 1
    assert all(not errors for _, errors in results)
    assert results[0][0] == dump_index(build_index(tree, cache=False))


def test_what_is_not_a_tree_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    inner = write_tree(tmp_path / "tree") / "tensorflow"
    for path, said in (
        (tmp_path / "missing", "no such folder"),
        (file, "not a folder"),
        (tmp_path, "not a TensorFlow source tree"),
        (inner, f"give {inner.parent} instead"),
    ):
        with pytest.raises(OpsieveError, match=said):
            build_index(path, cache=False)


def test_custom_ops_are_named_as_their_folder_was_given(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "my.ops" / "deep"
    mine.mkdir(parents=True)
    (mine / "mine.h").write_text('#define MINE REGISTER_KERNEL_BUILDER(Name("Mine").Device(DEVICE_CPU), MineOp)\n')
    (mine / "mine_op.cc").write_text('#include "deep/mine.h"\nMINE;\nREGISTER_OP("Mine");\n')
    monkeypatch.chdir(tmp_path)
    relative = build_index(tree, sources=(Path("my.ops"),))
    assert relative.kernels["Mine"][0].file == relative.ops["Mine"].file == "my.ops/deep/mine_op.cc"
    assert "Add" in relative.kernels
    monkeypatch.chdir("/")
    absolute = build_index(tree, sources=(tmp_path / "my.ops",), cache=False)
    assert not absolute.kernels["Mine"][0].file.startswith("/")
    assert "Mine" not in build_index(tree).kernels
    # The project's own includes start at its top, which may be above the folder that was given.
    below = build_index(tree, sources=(tmp_path / "my.ops" / "deep",))
    assert below.kernels["Mine"][0].class_text == "MineOp"
    with pytest.raises(OpsieveError, match="no such folder of sources"):
        build_index(tree, sources=(tmp_path / "missing",))


def test_only_files_that_mention_a_word_are_read_when_asked_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = build_index(tree, mentioning=frozenset({"Plain", "Pla"}))
    assert list(part.kernels) == ["Plain"]
    assert sorted(part.ops) == ["Add", "Plain"]
    assert build_index(tree, mentioning=frozenset({"(?:", "Missing"})).kernels == {}
    # What was read in part is not taken for the whole.
    assert units_read(tree, monkeypatch) == ["add_op.cc", "ops.cc", "plain_op.cc"]


def test_dtypes_newer_than_the_table_are_read_from_the_tree(tree: Path) -> None:
    write(tree, "framework/types.h", "MATCH_TYPE_AND_ENUM(float3_new, DT_FLOAT3_NEW);\n")
    text = 'REGISTER_KERNEL_BUILDER(Name("New").Device(DEVICE_CPU).TypeConstraint<float3_new>("T"), NewOp);\n'
    write(tree, "kernels/new_op.cc", text + 'REGISTER_OP("New").Attr("T: {float, float3_new} = DT_FLOAT3_NEW");\n')
    index = build_index(tree)
    assert index.skipped == ()
    assert index.kernels["New"][0].constraints == {"T": ("DT_FLOAT3_NEW",)}
    (attr,) = index.ops["New"].attrs
    assert (attr.allowed, attr.default) == (("DT_FLOAT", "DT_FLOAT3_NEW"), "DT_FLOAT3_NEW")
