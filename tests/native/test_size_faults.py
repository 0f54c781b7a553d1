"""What makes a program larger, built here one fault at a time, and named by `opsieve size diff`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from native.faulty_program import Variant, program
from opsieve.cli import cli

_MORE_OPS = {"AddV2": ("float", "int"), "Mul": ("float", "int")}
_MORE_TYPES = {"AddV2": ("float", "int", "long")}
FAULTS = {
    "op-added": Variant(kernels=_MORE_OPS),
    "dtype-added": Variant(kernels=_MORE_TYPES),
    "optimisation": Variant(optimisation="-O2"),
    "gc-sections": Variant(garbage_collected=False),
    "selective-registration": Variant(selective=False),
}
_SAID = {
    "op-added": "op Mul (DT_FLOAT, DT_INT32) because model b.pb node C",
    "dtype-added": "kernel AddV2/DT_INT64 because model b.pb node C",
    "optimisation": "-O2 instead of -Os",
    "gc-sections": "without --gc-sections",
    "selective-registration": "without -DSELECTIVE_REGISTRATION",
}
_OF_SELECTIONS = ("op-added", "dtype-added")
_Programs = dict[tuple[str, bool], Path]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> _Programs:
    variants = {"": Variant(), **FAULTS}
    objects = tmp_path_factory.mktemp("objects")
    return {
        (name, says_how): program(tmp_path_factory.mktemp(f"{name or 'sound'}"), variant, objects, says_how=says_how)
        for name, variant in variants.items()
        for says_how in (True, False)
    }


def _opsieve(*arguments: str | Path) -> str:
    # In this process: starting one for each takes longer than all that it does.
    done = CliRunner().invoke(cli, ["size", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("from_baseline", [False, True], ids=["from a program", "from a baseline"])
@pytest.mark.parametrize("says_how", [True, False], ids=["told by the build", "told by the sizes"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_cause_is_named_and_no_other(
    fault: str, says_how: bool, from_baseline: bool, programs: _Programs, tmp_path: Path
) -> None:
    old, new = programs["", says_how], programs[fault, says_how]
    assert new.stat().st_size > old.stat().st_size
    size = old.stat().st_size
    if from_baseline:
        _opsieve("baseline", old, "-o", tmp_path / "baseline.json")
        old = tmp_path / "baseline.json"
    document = json.loads(_opsieve("diff", old, new, "--format", "json"))
    causes = {cause["what"]: cause for cause in document["causes"] if cause["what"] != "symbols"}
    assert set(causes) & FAULTS.keys() == {fault}, causes
    assert _SAID[fault] in causes[fault]["text"]
    assert causes[fault]["certain"] == (says_how or fault in _OF_SELECTIONS)
    assert ("probably" in causes[fault]["text"]) == (not causes[fault]["certain"])
    assert causes[fault]["growth"] > 0
    growth = sum(cause["growth"] or 0 for cause in document["causes"])
    assert growth == document["growth"]["file_size"] == new.stat().st_size - size


def test_a_new_kernel_is_charged_with_its_own_bytes(programs: _Programs) -> None:
    document = json.loads(_opsieve("diff", programs["", True], programs["dtype-added", True], "--format", "json"))
    growth = next(cause["growth"] for cause in document["causes"] if cause["what"] == "dtype-added")
    listed = subprocess.run(
        ["nm", "-S", "-C", "--defined-only", programs["dtype-added", True]], capture_output=True, text=True, check=True
    ).stdout
    own = sum(
        int(line.split()[1], 16) for line in listed.splitlines() if "AddV2Op<Eigen::ThreadPoolDevice, long>" in line
    )
    assert own > 100
    # With the relocations and exception tables that go with it.
    assert own <= growth <= 3 * own


def test_the_same_program_has_not_changed(programs: _Programs) -> None:
    document = json.loads(_opsieve("diff", programs["", True], programs["", False], "--format", "json"))
    assert document["causes"] == []
    assert document["changes"] == []
    assert document["growth"] == {"file_size": 0, "loaded_size": 0}
