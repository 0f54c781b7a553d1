"""A selection of opsieve's against what TensorFlow ran: what is missing, and what is there for nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from e2e.execution import Node

# A model of a machine with a GPU names kernels that no CPU has.
_NOT_ON_A_CPU = ("CudnnRNN", "CudnnRNNBackprop")


@dataclass(frozen=True)
class Request:
    """What opsieve is asked for: a model of the zoo, with flags; and the phases of its execution that they leave."""

    model: str
    flags: tuple[str, ...] = ()
    # None: all of them.
    phases: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return " ".join((self.model, *self.flags))


# What an app that only infers asks for, beside every model as a whole.
NARROW = (
    Request("trainable", ("--signature", "infer", "--without-saver"), ("signature infer", "init")),
    Request("trainable", ("--signature", "train"), ("signature train", "init")),
    Request("guesslang", ("--signature", "predict", "--without-saver"), ("signature predict", "init")),
    Request("lstm", ("--without-saver",), ("signature serving_default", "init")),
)


@dataclass(frozen=True)
class Row:
    """A kernel of selection.json; the class text without spaces. ``why`` has its reasons for people, once each."""

    op: str
    class_text: str
    label: str
    constraints: tuple[tuple[str, tuple[str, ...]], ...]
    why: tuple[str, ...]

    def admits(self, node: Node) -> bool:
        """Whether this is the kernel that was made for the node."""
        if (self.op, self.class_text, self.label) != (node.op, node.class_text, node.label):
            return False
        types = dict(node.types)
        return all(_within(types.get(attr), allowed) for attr, allowed in self.constraints)


def _within(value: str | tuple[str, ...] | None, allowed: tuple[str, ...]) -> bool:
    if value is None:
        return True
    return set((value,) if isinstance(value, str) else value) <= set(allowed)


@dataclass(frozen=True)
class Selected:
    """The ops and kernels of a selection."""

    ops: frozenset[str]
    rows: tuple[Row, ...]

    def missing(self, nodes: Iterable[Node]) -> frozenset[Node]:
        """The nodes of which the op or the kernel is not selected. System ops register whatever is selected."""
        return frozenset(
            node
            for node in nodes
            if node.op not in system_ops() and (node.op not in self.ops or not self._has_kernel(node))
        )

    def _has_kernel(self, node: Node) -> bool:
        return any(row.admits(node) for row in self.rows)

    def extra(self, nodes: Iterable[Node]) -> tuple[Row, ...]:
        """The kernels that none of the nodes has."""
        nodes = list(nodes)
        return tuple(row for row in self.rows if not any(row.admits(node) for node in nodes))


def select(model: Path, folder: Path, *, grappler: bool, flags: Sequence[str] = ()) -> Selected:
    """What ``opsieve generate`` selects for a library in which graphs are or are not optimised by grappler."""
    command = [sys.executable, "-m", "opsieve", "generate", str(model), "-o", str(folder)]
    # A wheel, whose tf.data optimises pipelines with and without grappler for graphs.
    command += ["--runtime", f"grappler={'on' if grappler else 'off'}", "--runtime", "data-optimizers=on", *flags]
    for op in _NOT_ON_A_CPU:
        command += ["--allow-unresolved", op]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return read(json.loads((folder / "selection.json").read_text(encoding="utf-8")))


def read(document: dict[str, Any]) -> Selected:
    """A selection.json."""
    rows = tuple(
        Row(
            row["op"],
            row["class"].replace(" ", ""),
            row.get("label", ""),
            tuple((attr, tuple(allowed)) for attr, allowed in row["constraints"].items()),
            tuple(sorted({_text(reason) for reason in row["reasons"]})),
        )
        for row in document["kernels"]
    )
    return Selected(frozenset(op["name"] for op in document["ops"]), rows)


def _text(reason: dict[str, Any]) -> str:
    if rule := reason.get("rule", ""):
        return str(rule)
    place = f"node {reason['node']}" if reason.get("node") else ""
    return f"{place} in {reason['function']}" if place and reason.get("function") else place


@cache
def system_ops() -> frozenset[str]:
    """The ops that register whatever is selected (REGISTER_SYSTEM_OP, core/framework/op.h)."""
    from opsieve.tree.embedded import embedded_index

    return frozenset(op.name for op in embedded_index().ops.values() if op.system)
