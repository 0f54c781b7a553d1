"""What TensorFlow's CPU runtime runs for the zoo's models: every node that a kernel was made for, with its types.

``execution_of(name, grappler=...)`` runs a model in a process of its own (e2e.running) once, and keeps what it found in
the zoo's cache folder, under a name that changes with TensorFlow's version, the model and the harness.
``fill(names)`` runs many at once, which is faster.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from e2e import zoo
from e2e.execution import Execution, from_json
from e2e.kernel_log import SWITCHES

_HARNESS = ("execution.py", "running.py", "kernel_log.py", "samples.py", "reference.py", "tfjs.py")
_TESTS = Path(__file__).parents[1]
# What this process ran: a model that failed is run again by the next one only.
_tried: set[tuple[str, bool]] = set()


class DidNotRun(Exception):  # noqa: N818 - says what happened
    """TensorFlow could not run a model of the zoo; the message has the end of what it said."""


def execution_of(name: str, *, grappler: bool) -> Execution:
    """What ran for a model of the zoo.

    Raises:
        zoo.CannotBuild: the model cannot be had here.
        DidNotRun: TensorFlow failed on it.
    """
    zoo.path_of(name)
    kept = _kept(name, grappler)
    error = kept.with_suffix(".error")
    if not kept.is_file() and (name, grappler) not in _tried:
        _run([name], grappler)
    if not kept.is_file():
        raise DidNotRun(f"{name}: {error.read_text() if error.is_file() else 'the process that ran it ended early'}")
    return from_json(kept.read_text(encoding="utf-8"))


def fill(names: Iterable[str]) -> None:
    """Run the models that no earlier run left in the cache, with and without grappler, side by side."""
    with ThreadPoolExecutor() as pool:
        for grappler in (False, True):
            missing = [name for name in names if _buildable(name) and not _kept(name, grappler).is_file()]
            if missing:
                pool.submit(_run, missing, grappler)


def _buildable(name: str) -> bool:
    try:
        zoo.path_of(name)
    except zoo.CannotBuild:
        return False
    return True


def _kept(name: str, grappler: bool, onednn: bool = False) -> Path:
    harness = hashlib.sha256(b"".join((Path(__file__).parent / file).read_bytes() for file in _HARNESS))
    switch = ("grappler" if grappler else "plain") + ("-onednn" if onednn else "")
    return zoo.home_of(name) / f"executed-{switch}-{harness.hexdigest()[:12]}.json"


def _run(names: list[str], grappler: bool, onednn: bool = False) -> None:
    _tried.update((name, grappler) for name in names)
    for name in names:
        _kept(name, grappler, onednn).with_suffix(".error").unlink(missing_ok=True)
    jobs = [{"name": name, "output": str(_kept(name, grappler, onednn))} for name in names]
    environment = {**os.environ, **SWITCHES, "TF_ENABLE_ONEDNN_OPTS": str(int(onednn)), "CUDA_VISIBLE_DEVICES": ""}
    environment.update(TF_DUMP_GRAPH_NAME_FILTER="*", TF_DUMP_GRAPH_GROUPS="main", TF_DUMP_GRAPH_WRAPPED="1")
    environment["PYTHONPATH"] = os.pathsep.join([str(_TESTS), environment.get("PYTHONPATH", "")])
    while jobs:
        command = [sys.executable, "-m", "e2e.running", json.dumps({"grappler": grappler, "jobs": jobs})]
        subprocess.run(command, env=environment, cwd=_TESTS, stderr=subprocess.DEVNULL, check=False)
        # A model that ends the process costs only itself: the others are run again without it.
        left = [
            job
            for job in jobs
            if not Path(job["output"]).is_file() and not Path(job["output"]).with_suffix(".error").is_file()
        ]
        jobs = left[1:]


def ops_with_onednn(name: str, *, grappler: bool) -> frozenset[str]:
    """The ops that run with TF_ENABLE_ONEDNN_OPTS=1, where graphs are rewritten for oneDNN."""
    kept = _kept(name, grappler, onednn=True)
    if not kept.is_file():
        _run([name], grappler, onednn=True)
    return frozenset(node.op for node in from_json(kept.read_text(encoding="utf-8")).nodes())
