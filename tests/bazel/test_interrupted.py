"""Ctrl-C in the middle of an action of opsieve: nothing half-made stays, and the next build makes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bazel.bazel import ROOT, Bazel

_FILES = ("ops_to_register.h", "selected.bzl", "selected.mk", "selection.json", "tf_op_files.txt")
_NODES = 150_000
_SECONDS = 120.0


@pytest.fixture
def workspace(bazel: Bazel, tmp_path: Path) -> Iterator[Path]:
    """An app with a model that takes opsieve some seconds."""
    template = (ROOT / "tests" / "bazel" / "analysis" / "WORKSPACE").read_text()
    (tmp_path / "WORKSPACE").write_text(template.replace("%OPSIEVE%", str(bazel.checkout)))
    (tmp_path / "BUILD").write_text(
        'load("@opsieve//rules:defs.bzl", "selective_ops")\nselective_ops(name = "ops", models = ["large.pbtxt"])\n'
    )
    rows = ['node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }\n']
    relu = 'node { name: "n%d" op: "Relu" input: "x" attr { key: "T" value { type: DT_FLOAT } } }\n'
    rows += [relu % number for number in range(_NODES)]
    (tmp_path / "large.pbtxt").write_text("".join(rows))
    yield tmp_path
    bazel.stop(tmp_path)


def _running(bazel: Bazel) -> list[int]:
    """Processes of opsieve that are run by actions of this session."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if b"generate" in words and os.fsencode(bazel.folder) in environment:
            found.append(int(process.name))
    return found


def _staged() -> list[Path]:
    """What a run of opsieve sees."""
    return list(Path("/tmp").glob("tmp*/workspace/large.pbtxt"))


def _wait_until(holds: bool, bazel: Bazel) -> None:
    end = time.monotonic() + _SECONDS
    while bool(_running(bazel)) != holds:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_interrupted_selection_is_made_again(bazel: Bazel, workspace: Path) -> None:
    bazel.must(workspace, "build", "--nobuild", "//:ops")
    build = subprocess.Popen(
        [*bazel.command(), "build", "//:ops"],
        cwd=workspace,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run that was started in the background ignores Ctrl-C, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait_until(True, bazel)
    assert _staged()
    build.send_signal(signal.SIGINT)
    output, _ = build.communicate(timeout=_SECONDS)
    # Bazel's own status for it.
    assert build.returncode == 8, output
    _wait_until(False, bazel)
    made = workspace / "bazel-bin" / "ops"
    assert not [name for name in _FILES if (made / name).exists()]
    assert _staged() == []

    bazel.must(workspace, "build", "//:ops")
    assert sorted(path.name for path in made.iterdir() if path.name in _FILES) == sorted(_FILES)
    selection = json.loads((made / "selection.json").read_text())
    assert "Relu" in {op["name"] for op in selection["ops"]}
    assert _staged() == []
