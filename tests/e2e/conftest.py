"""The index that the real models are resolved with, and the models."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import zoo
from opsieve.tree.index import Index


@pytest.fixture(scope="session")
def index(tensorflow: Any) -> Index:
    """The index of the same TensorFlow release as the one installed, of a source tree or the embedded one."""
    version = tensorflow.__version__
    found = _index_of_tree(version) or _embedded_index()
    if found.version != version:
        pytest.skip(f"TensorFlow {version} is installed, and the index describes {found.version}")
    return found


def _index_of_tree(version: str) -> Index | None:
    from opsieve.tree.build import build_index
    from opsieve.tree.sources import tree_version

    for named in filter(None, os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)):
        if tree_version(Path(named)) == version:
            return build_index(Path(named), preset="desktop")
    return None


def _embedded_index() -> Index:
    from opsieve.tree.embedded import embedded_index

    return embedded_index()


@pytest.fixture(scope="session")
def model_path(tensorflow: Any) -> Callable[[str], Path]:
    """A function from the name of a model of the zoo to its file, which skips where it cannot be had."""
    # In a process of its own: threads of datasets used in building would show in the traces of what runs here.
    subprocess.run(
        [sys.executable, "-m", "e2e.zoo"], cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, check=False
    )

    def path_of(name: str) -> Path:
        try:
            return zoo.path_of(name)
        except zoo.CannotBuild as error:
            pytest.skip(str(error))

    return path_of
