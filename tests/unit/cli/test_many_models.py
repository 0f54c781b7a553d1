"""Many models in one run: resolved by several processes, and the same selection as one after the other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

from opsieve.processes import processors
from unit.cli.place import ADD, Place
from unit.models import encode as e

COUNT = 60


@pytest.fixture
def models(place: Place) -> list[str]:
    names = []
    for number in range(COUNT):
        dtype = 1 + number % 2
        graph = e.graph(e.node("x", "Plain"), e.node(f"sum{number}", "Add", ["x", "x"], T=e.type_attr(dtype)))
        names.append(place.file(f"m{number}.pb", graph))
    return names


def test_many_at_once_are_what_each_alone_is(place: Place, models: list[str]) -> None:
    assert place.generate(*models)[0] == 0
    together = json.loads((place.folder / "out/selection.json").read_text())
    assert {model["path"] for model in together["models"]} == set(models)
    for kernel in together["kernels"]:
        named = {reason["model"] for reason in kernel["reasons"] if "rule" not in reason}
        if kernel["op"] == "Add":
            parity = 0 if kernel["class"] == "AddOp<float>" else 1
            assert named == {name for number, name in enumerate(models) if number % 2 == parity}
    header = (place.folder / "out/ops_to_register.h").read_text()
    first = [line for line in header.splitlines() if "AddOp" in line]
    # The order of the models, and what process read which, are not to be seen.
    assert place.generate(*reversed(models))[0] == 0
    again = (place.folder / "out/ops_to_register.h").read_text()
    assert [line for line in again.splitlines() if "AddOp" in line] == first
    together.pop("command")
    document = json.loads((place.folder / "out/selection.json").read_text())
    document.pop("command")
    assert document == together


def test_a_wrong_model_among_many_is_named(place: Place, models: list[str]) -> None:
    place.file("bad.pb", b"\x0a\xff")
    status, output, errors = place.generate(*models, "bad.pb")
    assert (status, output) == (2, "")
    assert "bad.pb" in errors
    assert place.written() == set()


def test_ctrl_c_leaves_nothing_behind(place: Place, models: list[str]) -> None:
    large = e.graph(*(e.node(f"n{number}", "Plain") for number in range(20_000)))
    names = [place.file(f"large{number}.pb", large) for number in range(40)]
    assert place.run("index", "tree")[0] == 0
    process = place.start("generate", *names, "--tensorflow", "tree", "-o", "out")
    workers = _workers_of(process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert place.written() == set()
    # The last of them may still be on its way out.
    deadline = time.monotonic() + 10
    while any(map(_is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [worker for worker in workers if _is_running(worker)]


def test_the_same_model_twice_counts_once(place: Place) -> None:
    place.file("model.pb", ADD)
    assert place.generate("model.pb")[0] == 0
    once = json.loads((place.folder / "out/selection.json").read_text())
    assert place.generate(*["model.pb"] * 10)[0] == 0
    often = json.loads((place.folder / "out/selection.json").read_text())
    assert {**once, "command": ""} == {**often, "command": ""}


def _workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Its workers, as soon as there are some; none where it may use one processor only."""
    end = time.monotonic() + 30
    while processors() > 1 and process.poll() is None and time.monotonic() < end:
        if found := _children(process.pid):
            return found
        time.sleep(0.01)
    time.sleep(0.3)
    return []


def _children(process: int) -> list[int]:
    path = f"/proc/{process}/task/{process}/children"
    if not os.path.exists(path):
        pytest.skip("this system does not list a process's children")
    with open(path, encoding="ascii") as stream:
        return [int(word) for word in stream.read().split()]


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
