"""A selection has little that is not needed, and says of all of it why it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import executed, over_selection, zoo
from opsieve.tree.embedded import embedded_index

# Kernels in a hundred; of real models, the median.
_MOST = 25


@pytest.mark.parametrize("grappler", [pytest.param(False, id="plain"), pytest.param(True, id="grappler")])
def test_a_quarter_of_the_kernels_at_most_is_not_needed(
    grappler: bool, tensorflow: Any, model_path: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    version = embedded_index().version
    if tensorflow.__version__ != version:
        pytest.skip(f"TensorFlow {tensorflow.__version__} is installed, and the index describes {version}")
    executed.fill(zoo.MODELS)
    found = list(over_selection.surpluses(zoo.MODELS, grappler=grappler))

    assert len(found) >= 24
    assert [(one.request.model, row) for one in found for row in one.extra if not row.why or "" in row.why] == []
    with capsys.disabled():
        print(
            f"\nmedian of {len(found)} models: {over_selection.median(found):.1f} % of the kernels are not needed",
            end="",
        )
    assert over_selection.median(found) <= _MOST


def test_a_kernel_that_only_the_placer_wants_counts_as_placed(
    tensorflow: Any, model_path: Callable[[str], Path]
) -> None:
    path = model_path("gru")
    placed = over_selection.placed_nodes(path, zoo.MODELS["gru"].format)
    made = executed.execution_of("gru", grappler=True).nodes()
    # Function calls are inlined: none is made, and loading the graph needs the kernel.
    assert "PartitionedCall" in {node.op for node in placed}
    assert "_UnaryOpsComposition" not in {node.op for node in placed}
    assert all(node.class_text for node in placed)
    assert {node.op for node in placed} - {node.op for node in made}
