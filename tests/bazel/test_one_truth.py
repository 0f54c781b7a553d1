"""What the rules repeat of opsieve, because Bazel has to know it before anything runs, is the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

import opsieve
from bazel.api_docs import BzlFiles
from bazel.bazel import ROOT
from opsieve.tree import kept, sources
from opsieve.tree.linking import owners


def _value(file: str, name: str) -> Any:
    module = BzlFiles().evaluate(ROOT / file, f"\nTOLD = json.encode({name})\n")
    return json.loads(str(module["TOLD"]))


def test_presets_are_those_of_opsieve() -> None:
    rows = yaml.safe_load((Path(opsieve.__file__).parent / "tree" / "presets.yaml").read_text())
    assert _value("rules/private/kernel_index.bzl", "PRESETS") == {name: row["defines"] for name, row in rows.items()}


def test_a_tree_has_every_kind_of_file_that_opsieve_reads() -> None:
    suffixes = {*owners.SOURCE_SUFFIXES, *sources._SOURCE_SUFFIXES, *sources._HEADER_SUFFIXES, *kept._SUFFIXES}
    assert {f"*{suffix}" for suffix in suffixes} <= set(_value("rules/private/tensorflow_tree.bzl", "_NAMES"))


def test_python_packages_are_those_of_pyproject() -> None:
    # tomllib came with Python 3.11.
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert listed
    names = re.findall(r'^ *"([A-Za-z0-9-]+)', listed[1], re.MULTILINE)
    assert _value("rules/python_packages.bzl", "PYTHON_PACKAGES") == sorted(name.replace("-", "_") for name in names)
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "rules/private/requirements_lock.txt").read_text(), re.MULTILINE)
    assert set(names) <= set(locked)


def test_every_rule_is_loaded_explicitly() -> None:
    """Which newer Bazels demand: no native.cc_library, and no version is asked for."""
    for path in [*(ROOT / "rules").rglob("*.bzl"), ROOT / "BUILD"]:
        text = path.read_text()
        assert not re.search(r"native\.(cc|py|sh|java)_", text), path
        assert "bazel_version" not in text, path
