"""`opsieve size diff`, `check`, `baseline` and `history` as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from opsieve.size.compare.document import from_json, to_json
from opsieve.size.document import to_json as report_to_json
from unit.size.sizes import attribution, kernel_owner, lock_with, small

_Run = Callable[..., tuple[int, str, str]]
_A = ("AddV2", "float", "a.pb", "node A")
_FORMATS = ("text", "json", "markdown", "junit", "github", "gitlab")


@pytest.fixture
def run(tmp_path: Path) -> _Run:
    """Runs in a folder with two baselines and a report: old.json, new.json, report.json."""
    more = kernel_owner("Mul", "float", "b.pb"), "Mul::Compute()", 700
    (tmp_path / "old.json").write_bytes(to_json(small(lock=lock_with(_A))))
    (tmp_path / "new.json").write_bytes(to_json(small(more, lock=lock_with(_A, ("Mul", "float", "b.pb", "node C")))))
    (tmp_path / "report.json").write_bytes(report_to_json(attribution(more)))

    def command(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "opsieve", "size", *arguments],
            cwd=tmp_path,
            env={**os.environ, "OPSIEVE_CACHE_DIR": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return command


def _budgets(folder: Path, text: str) -> None:
    (folder / "budgets.yaml").write_text(text)


def test_diff_says_what_and_why(run: _Run) -> None:
    status, output, errors = run("diff", "old.json", "new.json")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert lines[1].split() == ["+724", "+10.8%", "in", "the", "file:", "6,696", "→", "7,420"]
    assert "+700           op Mul (DT_FLOAT) because model b.pb node C" in output
    assert any(line.split()[:1] == ["+700"] and line.endswith("[new]") for line in lines)


@pytest.mark.parametrize(
    "command", [("diff", "old.json", "new.json"), ("check", "new.json", "--budget", "budgets.yaml")]
)
def test_every_format_goes_to_a_file_too(command: tuple[str, ...], run: _Run, tmp_path: Path) -> None:
    _budgets(tmp_path, "total: 7000\nops: {'*': 5000}\n")
    expected = int(command[0] == "check")
    for name in _FORMATS:
        status, output, _ = run(*command, "--format", name)
        assert status == expected
        assert output
        status, nothing, _ = run(*command, "--format", name, "-o", f"out/{name}")
        assert (status, nothing) == (expected, "")
        assert (tmp_path / "out" / name).read_text() == output
    json.loads((tmp_path / "out/json").read_text())
    json.loads((tmp_path / "out/gitlab").read_text())
    ElementTree.parse(tmp_path / "out/junit")


def test_check_is_silent_when_all_is_well(run: _Run, tmp_path: Path) -> None:
    _budgets(tmp_path, "total: {at_most: 8 KB, growth: 724}\n")
    assert run("check", "new.json", "--budget", "budgets.yaml", "--baseline", "old.json") == (0, "", "")


def test_check_names_who_and_by_how_much(run: _Run, tmp_path: Path) -> None:
    _budgets(tmp_path, "# limits\ntotal: {growth: 1 %}\nops:\n  Mul: 100\n")
    status, output, errors = run("check", "new.json", "--budget", "budgets.yaml", "--baseline", "old.json")
    assert status == 1
    name = "Mul/BinaryOp<CPUDevice, functor::mul<float>>"
    assert output.splitlines() == [
        "budgets.yaml:2: total: 7,420 bytes, was 6,696, 658 over 6,762 (growth of 1 %)",
        f"  grew most: {name} +700 B, .symtab +24 B",
        "budgets.yaml:4: op Mul: 700 bytes, was 0, 600 over 100 (at most)",
        f"  grew most: {name} +700 B",
        "why: +700 B: op Mul (DT_FLOAT) because model b.pb node C",
        "why: model b.pb added; 1 of its 1 ops are its own",
        "why: +24 B: symbols and debug information, as there is other code",
    ]
    assert errors == "libapp.so: 2 of 2 size budgets exceeded\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "new.json", "--budget", "none.yaml"), "none.yaml: cannot be read"),
        (("check", "none.so", "--budget", "good.yaml"), "none.so: cannot be read"),
        (("check", "new.json"), "Missing option '--budget'"),
        (("check", "new.json", "--budget", "growth.yaml"), "growth.yaml:1: limits growth, and there is no baseline"),
        (("check", "new.json", "--budget", "empty.yaml"), "nothing to check"),
        (("check", "new.json", "--budget", "absent.yaml"), "nothing to check"),
        (("check", "new.json", "--budget", "wrong.yaml"), "wrong.yaml:2: unknown key 'op'"),
        (("check", "new.json", "--budget", "good.yaml", "-o", "."), "a folder"),
        (("diff", "old.json", "good.yaml"), "good.yaml"),
        (("diff", "old.json", "other.json"), "other.json: is no size baseline or report"),
        (("history", "old.json", "good.yaml"), "good.yaml"),
        (("history",), "Missing argument"),
    ],
)
def test_what_is_wrong_has_status_2(arguments: tuple[str, ...], said: str, run: _Run, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("total: 9 KB\n")
    (tmp_path / "growth.yaml").write_text("total: {growth: 5}\n")
    (tmp_path / "empty.yaml").write_text("# none\n")
    (tmp_path / "absent.yaml").write_text("ops: {'Q*': 5}\n")
    (tmp_path / "wrong.yaml").write_text("total: 5\nop: {Mul: 5}\n")
    (tmp_path / "other.json").write_text('{"schema": 1, "ops": []}')
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors


def test_a_report_can_be_compared_and_checked(run: _Run, tmp_path: Path) -> None:
    _budgets(tmp_path, "ops: {Mul: 700}\n")
    assert run("check", "report.json", "--budget", "budgets.yaml")[0] == 0
    assert run("diff", "report.json", "new.json")[0] == 0


def test_a_baseline_of_a_baseline_is_the_same(run: _Run, tmp_path: Path) -> None:
    assert run("baseline", "new.json", "-o", "again.json")[0] == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "new.json").read_bytes()
    assert from_json((tmp_path / "again.json").read_bytes(), "").file_size == 7420


def test_history_shows_each_change(run: _Run) -> None:
    status, output, _ = run("history", "old.json", "new.json")
    assert status == 0
    rows = [line.split() for line in output.splitlines()[1:]]
    assert rows == [
        ["6,696", "6,600", "6,600", "1,000", "old"],
        ["7,420", "+724", "7,300", "7,300", "1,700", "new"],
    ]
    status, output, _ = run("history", "old.json", "new.json", "--format", "svg")
    assert status == 0
    ElementTree.fromstring(output)
