"""``opsieve generate`` selects everything that TensorFlow runs for a model, and not only what the model's nodes name.

What runs is what TensorFlow says that it made kernels for (e2e.executed): in loading, in every signature and in saving,
in functions and datasets, with what the runtime made of the model, with and without grappler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from e2e import coverage, executed, zoo
from e2e.execution import Execution, Node
from opsieve.tree.embedded import embedded_index

_SWITCHES = [pytest.param(False, id="plain"), pytest.param(True, id="grappler")]


@pytest.fixture(scope="session")
def run(tensorflow: Any, model_path: Callable[[str], Path]) -> Callable[[str, bool], Execution]:
    """A function from a model of the zoo to what ran, which skips where the model cannot be had."""
    version = embedded_index().version
    if tensorflow.__version__ != version:
        pytest.skip(f"TensorFlow {tensorflow.__version__} is installed, and the index describes {version}")
    executed.fill(zoo.MODELS)

    def run(name: str, grappler: bool) -> Execution:
        model_path(name)
        return executed.execution_of(name, grappler=grappler)

    return run


@pytest.mark.parametrize("grappler", _SWITCHES)
@pytest.mark.parametrize("name", zoo.MODELS)
def test_selects_all_that_runs(
    name: str, grappler: bool, run: Callable[[str, bool], Execution], tmp_path: Path
) -> None:
    execution = run(name, grappler)
    # The record is whole: the profiler and the sessions' final graphs have nothing that the log has not.
    assert execution.by_name_only() == set()
    assert execution.graph_only() == set()
    selected = coverage.select(zoo.path_of(name), tmp_path, grappler=grappler)
    assert _shown(selected.missing(execution.nodes()), execution) == []


@pytest.mark.parametrize("grappler", _SWITCHES)
@pytest.mark.parametrize("request_", coverage.NARROW, ids=str)
def test_selects_all_that_runs_of_what_was_asked_for(
    request_: coverage.Request, grappler: bool, run: Callable[[str, bool], Execution], tmp_path: Path
) -> None:
    execution = run(request_.model, grappler)
    nodes = execution.nodes(request_.phases)
    assert nodes
    path = zoo.path_of(request_.model)
    selected = coverage.select(path, tmp_path, grappler=grappler, flags=request_.flags)
    assert _shown(selected.missing(nodes), execution) == []


@pytest.mark.parametrize("grappler", _SWITCHES)
def test_the_comparison_sees_what_is_left_out(
    grappler: bool, run: Callable[[str, bool], Execution], tmp_path: Path
) -> None:
    nodes = run("gru", grappler).nodes()
    selected = coverage.select(zoo.path_of("gru"), tmp_path, grappler=grappler)
    extra = selected.extra(nodes)
    for left_out in selected.rows:
        others = tuple(row for row in selected.rows if row is not left_out)
        missing = coverage.Selected(selected.ops, others).missing(nodes)
        needed = left_out not in extra and left_out.op not in coverage.system_ops()
        assert bool(missing - selected.missing(nodes)) == needed, left_out
    ops = ({node.op for node in nodes} & selected.ops) - coverage.system_ops()
    assert ops
    for op in ops:
        assert op in {node.op for node in coverage.Selected(selected.ops - {op}, selected.rows).missing(nodes)}


def _shown(nodes: Iterable[Node], execution: Execution) -> list[str]:
    """For the message of a failure: where each was run, and which part of the runtime put its op there."""
    lines = []
    for node in nodes:
        where = [phase.name for phase in execution.app_phases() if any(one.op == node.op for one in phase.nodes)]
        stages = execution.made_by.get(node.op, ())
        types = ", ".join(f"{name}={value}" for name, value in node.types)
        lines.append(f"{node.op}({types}) {node.class_text}; in {', '.join(where)}; first in a graph: {stages or '?'}")
    return sorted(lines)
