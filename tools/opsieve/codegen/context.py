"""What a template may use."""

from __future__ import annotations

import hashlib

from opsieve import __version__
from opsieve.codegen import class_table, quoting
from opsieve.selection.selection import Selection, Source


def context(selection: Selection, command: str) -> dict[str, object]:
    """The variables of every template; a user's own templates may rely on them.

    ``opsieve_version``, ``command``, ``tensorflow_version``, ``tensorflow_source``: str.
    ``defines``: sorted (name, value) pairs; ``define_words``: the same as ``NAME=VALUE``; ``make_defines``: the same
    as ``-DNAME=VALUE``, quoted for the shell and for Make.
    ``models``: ModelDigest; ``kernels``: SelectedKernel; ``sources``: Source; all sorted.
    ``ops``: the names of the selected ops, sorted; ``kernel_sources``, ``op_sources``, ``helper_sources``: the
    paths of one kind.
    ``op_table``, ``kernel_table``: class_table.Entry in order of hash; ``fnv_offset``, ``fnv_prime``: int.
    ``digest``: 16 hexadecimal digits that differ where what is registered differs.
    ``registers_gradients``: bool, whether REGISTER_OP_GRADIENT registers anything.
    """
    ops = sorted({op.name for op in selection.ops})
    op_table = class_table.table(ops)
    kernel_table = class_table.table(kernel.class_text for kernel in selection.kernels)
    defines = sorted(selection.defines.items())
    sources = sorted(selection.sources, key=lambda source: (source.path, source.kind))
    # Only the op SymbolicGradient looks a gradient up by name (core/common_runtime/function.cc), so TensorFlow's own
    # generator decides by it too: get_header_from_ops_and_kernels in
    # tensorflow/python/tools/selective_registration_header_lib.py.
    registers_gradients = "SymbolicGradient" in ops
    return {
        "opsieve_version": __version__,
        "command": command,
        "tensorflow_version": selection.version,
        "tensorflow_source": selection.source,
        "defines": defines,
        "define_words": [f"{name}={value}" for name, value in defines],
        "make_defines": [quoting.make_define(name, value) for name, value in defines],
        "models": sorted(selection.models, key=lambda model: model.path),
        "kernels": selection.kernels,
        "sources": sources,
        "ops": ops,
        "kernel_sources": _paths(sources, "kernel"),
        "op_sources": _paths(sources, "op"),
        "helper_sources": _paths(sources, "helper"),
        "op_table": op_table,
        "kernel_table": kernel_table,
        "fnv_offset": class_table.FNV_OFFSET,
        "fnv_prime": class_table.FNV_PRIME,
        "digest": _digest(op_table, kernel_table),
        "registers_gradients": registers_gradients,
    }


def _paths(sources: list[Source], kind: str) -> list[str]:
    return [source.path for source in sources if source.kind == kind]


def _digest(op_table: list[class_table.Entry], kernel_table: list[class_table.Entry]) -> str:
    content = hashlib.sha256()
    for table in (op_table, kernel_table):
        for entry in table:
            content.update(entry.text.encode("utf-8", "surrogateescape") + b"\0")
        content.update(b"\0")
    return content.hexdigest()[:16]
