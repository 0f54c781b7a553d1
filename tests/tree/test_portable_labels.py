"""What selective_tensorflow_library names of TensorFlow is there in a real tree, and has what a selection takes.

The names come from the rule's own file; what they are, from opsieve's evaluation of the tree's BUILD files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

import opsieve
from bazel.api_docs import BzlFiles
from bazel.bazel import ROOT
from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.build_files import EXTERNAL, MISSING, BuildFiles
from opsieve.tree.buildfiles.configurations import configurations

_FILE = ROOT / "rules" / "private" / "selective_tensorflow_library.bzl"
_PUBLIC = "//visibility:public"
_DEMO = Path(opsieve.__file__).parent / "data" / "demo"


@cache
def named() -> SimpleNamespace:
    """The labels that the macro uses."""
    names = ("PORTABLE_SOURCES", "RUNTIME_SOURCES", "RUNTIME", "REPLACED")
    module = BzlFiles().evaluate(_FILE, f"\nTOLD = json.encode([{', '.join(names)}])\n")
    return SimpleNamespace(**dict(zip(names, json.loads(str(module["TOLD"])), strict=True)))


def labels() -> list[str]:
    return [*named().PORTABLE_SOURCES, *named().RUNTIME_SOURCES, named().RUNTIME, *named().REPLACED]


@pytest.fixture(scope="module")
def evaluated() -> Iterator[dict[tuple[Path, str], BuildFiles]]:
    """BUILD files by tree and configuration, each evaluated once."""
    made: dict[tuple[Path, str], BuildFiles] = {}
    yield made
    for files in made.values():
        files.close()


@pytest.fixture(params=["android", "ios", "linux"])
def built(request: pytest.FixtureRequest, tree: Path, evaluated: dict[tuple[Path, str], BuildFiles]) -> BuildFiles:
    key = (tree, request.param)
    if key not in evaluated:
        evaluated[key] = BuildFiles(tree, configurations()[request.param])
    try:
        evaluated[key].target(named().RUNTIME)
    except OpsieveError:
        pytest.skip(f"{tree} is of a release that has no {named().RUNTIME}")
    return evaluated[key]


def test_every_label_is_there_for_everybody(built: BuildFiles) -> None:
    for label in labels():
        target = built.target(label)
        assert target.rule not in (EXTERNAL, MISSING), label
        visible = target.attributes.get("visibility") or _default_visibility(built.tree, label)
        assert _PUBLIC in str(visible), label


def _default_visibility(tree: Path, label: str) -> str:
    """What package() of the BUILD file says, as text."""
    text = (tree / label.partition(":")[0][2:] / "BUILD").read_text(encoding="utf-8")
    package = text[text.index("\npackage(") :].partition("\n)")[0]
    return package.partition("default_visibility = [")[2].partition("]")[0]


def test_the_runtime_has_sources_and_libraries_with_all_ops_have_it(built: BuildFiles) -> None:
    runtime = built.target(named().RUNTIME)
    assert len(built.files(runtime.srcs)) > 300
    for label in named().REPLACED:
        target = built.target(label)
        assert target.rule == "cc_library"
        assert runtime.label in target.deps
        assert target.copts, "what selected sources are compiled with"


def test_what_is_replaced_is_what_is_chosen_from(built: BuildFiles) -> None:
    """Not a source more, not a source less than TensorFlow's own library of all portable ops has."""
    replaced = [source for label in named().REPLACED for source in built.target(label).srcs]
    offered = built.files(named().PORTABLE_SOURCES)
    assert {path for path in built.files(replaced) if path.endswith(".cc")} == {
        path for path in offered if path.endswith(".cc")
    }


@cache
def selected(tree: Path) -> frozenset[str]:
    """The sources that two models take."""
    models = [str(_DEMO / "digits_cnn.pbtxt"), str(_DEMO / "digits_mlp.pb")]
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "opsieve", "generate", *models, "--tensorflow", str(tree), "-o", out]
        subprocess.run(command, check=True, capture_output=True)
        selection = json.loads((Path(out) / "selection.json").read_text())
    return frozenset(source["path"] for source in selection["sources"])


def test_a_selection_is_among_them(tree: Path, built: BuildFiles) -> None:
    assert len(selected(tree)) > 20
    assert selected(tree) <= set(built.files([*named().PORTABLE_SOURCES, *named().RUNTIME_SOURCES]))
