"""ops_to_register.h for one file at a time, which is compiled again exactly when its own registrations change."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from opsieve.codegen.checks import check_writable
from opsieve.codegen.context import context
from opsieve.codegen.rendering import Renderer
from opsieve.selection.selection import SelectedKernel, SelectedOp, Selection

TEMPLATE = "ops_to_register.h.j2"


def unit_headers(selection: Selection, files: Iterable[str], templates: Path | None = None) -> dict[str, str]:
    """The text of ops_to_register.h for each of ``files`` (paths relative to the source tree).

    It selects the kernels that the selection takes from that file, their ops, and the op definitions that stand there.
    Nothing in it depends on the models' names or on other files: libraries that take the same from a file have equal
    texts. ``templates``: as of :func:`opsieve.codegen.generate.generate`.

    Raises:
        OpsieveError: the selection has a name that no file can hold, or a template is wrong.
    """
    check_writable(selection)
    renderer = Renderer(templates)
    kernels: defaultdict[str, list[SelectedKernel]] = defaultdict(list)
    ops: defaultdict[str, dict[str, SelectedOp]] = defaultdict(dict)
    by_name = {op.name: op for op in selection.ops}
    for kernel in selection.kernels:
        kernels[kernel.file].append(kernel)
        if kernel.op in by_name:
            ops[kernel.file][kernel.op] = by_name[kernel.op]
    for op in selection.ops:
        ops[op.file][op.name] = op
    # The files of gradients are in the selection for that op, which itself is defined elsewhere.
    gradients = {source.path for source in selection.sources if "SymbolicGradient" in source.reasons}
    headers = {}
    for file in files:
        part = dataclasses.replace(
            selection, ops=tuple(ops[file].values()), kernels=tuple(kernels[file]), sources=(), models=()
        )
        values = context(part, "") | {"only_for": file, "registers_gradients": file in gradients}
        headers[file] = renderer.render(TEMPLATE, values).decode("utf-8", "surrogateescape")
    return headers
