"""run_staged.py by itself: what it shows opsieve, and that many files cost little."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from bazel.bazel import ROOT


@pytest.fixture(scope="module")
def run_staged() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_staged", ROOT / "rules" / "private" / "run_staged.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["run_staged"] = module
    spec.loader.exec_module(module)
    return module


def test_files_get_their_names_in_the_source_tree(run_staged: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a model = with a sign")
    (tmp_path / "BUILD.in_tree").write_text("rules")
    (tmp_path / "other").write_text("of another tree")
    (tmp_path / "arguments").write_text(
        f"--input=app/m.pb={tmp_path}/model\n"
        + f"--tree=top/tensorflow/BUILD.in_tree={tmp_path}/BUILD.in_tree\n--tree=elsewhere/BUILD={tmp_path}/other\n"
        + f"--tree-root=top\n--output=out={tmp_path}\n--run=scan\n--word=a=b\n--word=\n--run=lock\n--advice=do=this\n"
    )
    given = run_staged.parse([f"@{tmp_path}/arguments"])
    assert given.run == [["scan", "a=b", ""], ["lock"]]
    assert given.advice == ["do=this"]
    top = tmp_path / "staged"
    run_staged.stage(given, top)
    assert (top / "workspace" / "app" / "m.pb").read_text() == "a model = with a sign"
    assert {str(path.relative_to(top / "tree")) for path in (top / "tree").rglob("*") if path.is_file()} == {
        "tensorflow/BUILD"
    }
    # No link, because opsieve follows none out of a source tree.
    assert not (top / "tree" / "tensorflow" / "BUILD").is_symlink()
    assert (top / "workspace" / "out").resolve() == tmp_path


def test_a_name_that_is_given_twice(run_staged: ModuleType, tmp_path: Path) -> None:
    given = run_staged.parse(["--input=m.pb=/a", "--input=m.pb=/b"])
    with pytest.raises(SystemExit, match=r"m\.pb is given twice, as /a and as /b"):
        run_staged.stage(given, tmp_path)


def test_the_options_of_a_whole_tree_are_read_at_once(run_staged: ModuleType, tmp_path: Path) -> None:
    """argparse takes 6 s for these."""
    (tmp_path / "arguments").write_text(
        "".join(f"--tree=tensorflow/{n}.h=external/tree/{n}.h\n" for n in range(15_000))
    )
    started = time.process_time()
    given = run_staged.parse([f"@{tmp_path}/arguments"])
    assert len(given.tree) == 15_000
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", ["zifférn für 数字.pb", "plain.pb", "ÿ.pb"])
def test_names_are_bytes_to_some_bazels(run_staged: ModuleType, tmp_path: Path, name: str) -> None:
    """Which write each byte of a name in UTF-8 as a character."""
    for content in (name.encode(), name.encode().decode("latin-1").encode()):
        (tmp_path / "arguments").write_bytes(b"--input=m.pb=" + content + b"\n")
        assert run_staged.parse([f"@{tmp_path}/arguments"]).input == [f"m.pb={name}"]


def test_advice_is_given_where_it_fits(run_staged: ModuleType) -> None:
    advice = ["opsieve lock=run update_lock", "--allow-unresolved=allow_unresolved = [...]"]
    assert run_staged.explained("", "error: empty", advice) == "error: empty"
    said = run_staged.explained("gap", "go on with --allow-unresolved X", advice)
    assert said == "gap\ngo on with --allow-unresolved X\nallow_unresolved = [...]"
