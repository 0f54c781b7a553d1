"""A library of another release of TensorFlow than Python's answers the same for the same graph.

For trees of other releases that OPSIEVE_TENSORFLOW_TREE names; see test_built_libraries.py for what they need.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import built, zoo
from e2e.answers import answers
from e2e.program import largest_difference, outputs
from opsieve.build.third_party.catalog import find
from opsieve.tree.sources import tree_version

_TARGET = "linux-x86_64"
# The package of which every release that opsieve can fetch all for has a row of its own.
_PACKAGE = "eigen"


@pytest.fixture(scope="module")
def others(tensorflow: Any) -> list[Path]:
    trees = [Path(named) for named in os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep) if named]
    found = [
        tree
        for tree in trees
        if tree_version(tree) != tensorflow.__version__ and find(_PACKAGE, tree_version(tree)) is not None
    ]
    if not found:
        pytest.skip(f"OPSIEVE_TENSORFLOW_TREE names no tree of another release than {tensorflow.__version__}")
    return found


@pytest.mark.parametrize("name", ["mlp", "mobilenet_v1"])
def test_answers_as_python_does(
    name: str,
    others: list[Path],
    model_path: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = model_path(name)
    expected = answers(name, path, zoo.MODELS[name].format, tmp_path)
    for tree in others:
        version = tree_version(tree)
        library = built.build([path], tree, _TARGET, tmp_path / version)
        apart = 0.0
        for number, answer in enumerate(expected):
            found = outputs(library.program, path, answer, tmp_path / f"{version}-{number}")
            assert largest_difference(found, answer.outputs) < 1e-5
            assert largest_difference(found, answer.scores) < 1e-4
            apart = max(apart, largest_difference(found, {**answer.outputs, **answer.scores}))
        with capsys.disabled():
            print(f"\n{version} {name}: {library.stripped:,} bytes stripped, at most {apart:.1e} from Python", end="")
