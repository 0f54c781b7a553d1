"""``opsieve generate`` selects everything that TensorFlow runs for a model, and not only what the model's nodes name.

The executors' graphs have what the runtime made of the model: loops turned into Enter and Exit, functions inlined,
values passed by _Arg and _Retval or sent between partitions.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e import executed, reference, zoo
from opsieve.selection.document import from_json
from opsieve.selection.selection import Selection
from opsieve.tree.index import Index

# A model of a machine with a GPU names kernels that no CPU has.
_NOT_ON_A_CPU = ("CudnnRNN", "CudnnRNNBackprop")


@pytest.mark.parametrize("name", [name for name in zoo.MODELS if name not in executed.NOT_RUN])
def test_covers_what_a_mobile_build_runs(
    name: str, tensorflow: Any, index: Index, model_path: Callable[[str], Path], tmp_path: Path
) -> None:
    entry = zoo.MODELS[name]
    path = model_path(name)
    execution = executed.execute(name, path, entry.format, grappler=False)
    ran = reference.Needs()
    for graph in execution.graphs:
        reference.add_nodes(ran, graph.node, {function.signature.name for function in graph.library.function})
    selection = _generate(path, tmp_path)

    # The runtime registers its system ops and kernels whatever is selected.
    system = {op.name for op in index.ops.values() if op.system}
    selected_ops = {op.name for op in selection.ops} | system
    selected_kernels = {(kernel.op, kernel.class_text.replace(" ", "")) for kernel in selection.kernels}
    assert (execution.ops | ran.ops) - selected_ops == set()
    assert {pair for pair in ran.kernels - selected_kernels if pair[0] not in system} == set()


def _generate(model: Path, folder: Path) -> Selection:
    command = [sys.executable, "-m", "opsieve", "generate", str(model), "-o", str(folder)]
    for op in _NOT_ON_A_CPU:
        command += ["--allow-unresolved", op]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path = folder / "selection.json"
    return from_json(path.read_bytes(), path)
