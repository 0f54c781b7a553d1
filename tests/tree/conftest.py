"""What the tests against real TensorFlow source trees share: the trees, and a compiler."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from preprocessor_oracle.compiler import find_compilers

TREE_VARIABLE = "OPSIEVE_TENSORFLOW_TREE"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One run of a test for each tree named in OPSIEVE_TENSORFLOW_TREE (separated as in PATH)."""
    if "tree" in metafunc.fixturenames:
        trees = [Path(path) for path in os.environ.get(TREE_VARIABLE, "").split(os.pathsep) if path]
        metafunc.parametrize("tree", trees or [None], ids=[path.name for path in trees] or ["no tree"], indirect=True)


@pytest.fixture
def tree(request: pytest.FixtureRequest) -> Path:
    """A TensorFlow source tree."""
    path: Path | None = request.param
    if path is None:
        pytest.skip(f"no TensorFlow source tree: name one or more, separated by {os.pathsep!r}, in {TREE_VARIABLE}")
    assert (path / "tensorflow").is_dir(), f"{TREE_VARIABLE}: {path} holds no tensorflow folder"
    return path


@pytest.fixture(scope="session")
def compiler() -> str:
    """The C++ compiler whose preprocessor is the reference."""
    found = find_compilers()
    if not found:
        pytest.skip("no C++ compiler (g++ or clang++) to ask what the sources register")
    return found[0]
