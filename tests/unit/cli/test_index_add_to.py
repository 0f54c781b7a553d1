"""``opsieve index --add-to``: custom ops in an index that was made before, without the sources of the tree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from unit.cli.place import Place

_MINE = """#include "tensorflow/core/framework/op_kernel.h"
REGISTER_OP("Mine").Input("x: T").Attr("T: {float, double}");
#define REGISTER(T) REGISTER_KERNEL_BUILDER(Name("Mine").Device(DEVICE_CPU).TypeConstraint<T>("T"), MineOp<T>);
TF_CALL_REAL(REGISTER)
REGISTER_KERNEL_BUILDER(Name("Add").Device(DEVICE_CPU).TypeConstraint<int>("T"), MyAddOp);
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.file("own/mine_op.cc", _MINE)
    status, _, errors = made.run("index", "tree", "-o", "base.json")
    assert status == 0, errors
    return made


def _read(place: Place, name: str) -> Any:
    return json.loads((place.folder / name).read_text())


def test_it_is_the_index_of_tree_and_custom_ops(place: Place) -> None:
    status, _, errors = place.run("index", "tree", "--sources", "own", "-o", "whole.json")
    assert status == 0, errors
    for source in place.folder.glob("tree/**/*.cc"):
        source.unlink()
    status, output, errors = place.run("index", "tree", "--sources", "own", "--add-to", "base.json", "-o", "added.json")
    assert status == 0, errors
    assert "6 kernels in 3 files" in output

    def rows(name: str, key: str) -> list[str]:
        return sorted(json.dumps(row, sort_keys=True) for row in _read(place, name)[key])

    for key in ("ops", "kernels", "skipped"):
        assert rows("added.json", key) == rows("whole.json", key)
    for key in ("tensorflow", "totals"):
        assert _read(place, "added.json")[key] == _read(place, "whole.json")[key]


def test_the_defines_are_those_of_the_index(place: Place) -> None:
    place.file("own/mine_op.cc", '#ifdef MORE\nREGISTER_OP("More");\n#endif\n')
    place.run("index", "tree", "--define", "MORE", "-o", "more.json")
    for name, found in (("base.json", False), ("more.json", True)):
        status, _, errors = place.run("index", "tree", "--sources", "own", "--add-to", name, "-o", "added.json")
        assert status == 0, errors
        assert ("More" in {op["name"] for op in _read(place, "added.json")["ops"]}) == found


def test_of_an_op_that_is_there_already_the_trees_definition_stays(place: Place) -> None:
    place.file("own/mine_op.cc", 'REGISTER_OP("Plain").Attr("T: type");')
    status, _, errors = place.run("index", "tree", "--sources", "own", "--add-to", "base.json", "-o", "added.json")
    assert status == 0
    assert "warning: own/mine_op.cc:1: op Plain is defined in tensorflow/core/ops/ops.cc too" in errors
    assert _read(place, "added.json")["ops"] == _read(place, "base.json")["ops"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--add-to", "base.json"], "--add-to needs custom ops to add\n  hint: give their folder with --sources DIR"),
        (["--add-to", "base.json", "--sources", "own", "--define", "A"], "--define cannot change base.json"),
        (["--add-to", "gone.json", "--sources", "own"], "gone.json: cannot be read"),
        (["--add-to", "base.json", "--sources", "gone"], "there is no such folder of sources"),
    ],
)
def test_what_cannot_be_added(place: Place, arguments: list[str], said: str) -> None:
    status, _, errors = place.run("index", "tree", *arguments)
    assert status == 2
    assert said in errors


def test_what_is_no_tree(place: Place) -> None:
    shutil.rmtree(place.folder / "tree")
    (place.folder / "tree").mkdir()
    status, _, errors = place.run("index", "tree", "--sources", "own", "--add-to", "base.json")
    assert status == 2
    assert "is not a TensorFlow source tree" in errors
