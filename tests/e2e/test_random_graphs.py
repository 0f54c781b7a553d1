"""Random graphs with functions and control flow: TensorFlow makes no kernel that is not selected.

OPSIEVE_RANDOM_GRAPHS=N tries N graphs, other ones each time, where a plain run tries the same few.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from e2e.graph_runner import Executed, GraphRunner, Options, Run
from e2e.random_graphs import RandomGraph, random_graphs
from opsieve.models.reader import read_model
from opsieve.selection.runtime.passes import switches
from opsieve.selection.select import select
from opsieve.selection.selection import SelectedKernel, Selection
from opsieve.tree.index import Index

_ASKED = os.environ.get("OPSIEVE_RANDOM_GRAPHS")
_EXAMPLES = int(_ASKED or 250)
_MOST_REFUSED = 0.1

_GRAPHS = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=_ASKED is None,
    database=None,
    # Why an example was chosen is of no interest here, and takes as long as shrinking it.
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def runner(index: Index) -> Iterator[GraphRunner]:
    with GraphRunner() as started:
        yield started


@pytest.mark.parametrize("grappler", [False, True], ids=["without_grappler", "with_grappler"])
def test_nothing_runs_that_is_not_selected(grappler: bool, runner: GraphRunner, index: Index, tmp_path: Path) -> None:
    runs: list[Run] = []

    @_GRAPHS
    @given(made=random_graphs(), inlining=st.booleans(), optimized=st.booleans())
    def check(made: RandomGraph, inlining: bool, optimized: bool) -> None:
        run = runner.run(made.graph, made.fetches, made.targets, Options(grappler, inlining, optimized))
        runs.append(run)
        if run.crashed:
            warnings.warn(f"{run.error}; {made}", stacklevel=1)
        if not run.error:
            assert missing(run, _selection(made, index, tmp_path, {"grappler": grappler}), index) == []

    check()
    refused = [run.error for run in runs if run.error]
    assert len(refused) <= _MOST_REFUSED * len(runs), sorted(set(refused))[:10]


@pytest.mark.parametrize(
    ("off", "ops"),
    [
        ("lowering", {"Merge", "_SwitchN"}),
        ("inlining", {"IdentityN"}),
        ("grappler", {"_FusedConv2D", "_FusedMatMul", "_UnaryOpsComposition"}),
        ("gradients", {"BroadcastGradientArgs", "ReluGrad"}),
        ("rewrites", {"_ParallelConcatUpdate", "TemporaryVariable"}),
    ],
)
def test_a_part_of_the_runtime_that_is_left_out_is_missed(
    off: str, ops: set[str], runner: GraphRunner, index: Index, tmp_path: Path
) -> None:
    """The graphs are rich enough to show what a selection lacks that leaves out one pass."""

    # What grappler does by itself is not left out while it runs.
    grappler = off not in ("lowering", "inlining")

    def shows(made: RandomGraph) -> bool:
        run = runner.run(made.graph, made.fetches, made.targets, Options(grappler))
        lacking = missing(run, _selection(made, index, tmp_path, {"grappler": grappler, off: False}), index)
        return not ops.isdisjoint(one.op for one, _ in lacking)

    find(
        random_graphs(),
        shows,
        settings=settings(_GRAPHS, max_examples=2000, phases=(Phase.generate,)),
        random=Random(1),
    )


def missing(run: Run, selection: Selection, index: Index) -> list[tuple[Executed, str]]:
    """What TensorFlow made a kernel for that the selection does not have, and what it lacks: op, class or types."""
    ops = {one.name for one in selection.ops}
    kernels: dict[tuple[str, str], list[SelectedKernel]] = {}
    for kernel in selection.kernels:
        kernels.setdefault((kernel.op, kernel.class_text.replace(" ", "")), []).append(kernel)
    found = []
    for one in run.executed:
        # The runtime registers its system ops whatever is selected.
        if (definition := index.ops.get(one.op)) is not None and definition.system:
            continue
        rows = kernels.get((one.op, one.kernel_class))
        if one.op not in ops:
            found.append((one, "op"))
        elif rows is None:
            found.append((one, "class"))
        elif not any(_admits(row, one) for row in rows):
            found.append((one, "types"))
    return sorted(found, key=lambda item: (item[0].op, item[0].kernel_class))


def _admits(kernel: SelectedKernel, executed: Executed) -> bool:
    types = dict(executed.types)
    return all(
        {value} <= set(allowed) if isinstance(value := types.get(name, ()), str) else set(value) <= set(allowed)
        for name, allowed in kernel.constraints.items()
    )


def _selection(made: RandomGraph, index: Index, folder: Path, runtime: dict[str, bool]) -> Selection:
    path = folder / "graph.pb"
    path.write_bytes(made.graph.SerializeToString())
    chosen = {"grappler": True, **runtime}
    return select([read_model(path)], index, source="test", runtime=switches(index.defines, chosen))
