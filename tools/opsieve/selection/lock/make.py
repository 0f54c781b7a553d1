"""The lock of a selection."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, NeededBy, locked_op, united
from opsieve.selection.selection import Reason, SelectedKernel, Selection

# TensorFlow ends the names of traced functions with a number that is another one each time the model is exported
# (tensorflow/python/eager/polymorphic_function, tensorflow/python/ops/while_v2.py). With it a new export of the same
# model would change most lines of its lock.
_NUMBER = re.compile(r"_\d+\Z")
# How opsieve.selection.tally counts further nodes behind the rule; a lock names one.
_COUNTED = re.compile(r"(?:; |\A)and \d+ more nodes?\Z")
_NOBODY: NeededBy = {}


def lock_of(selection: Selection, command: str) -> Lock:
    """What a lock records of a selection; ``command`` is the command line that makes it again."""
    kernels: defaultdict[str, list[LockedKernel]] = defaultdict(list)
    for kernel in selection.kernels:
        kernels[kernel.op].append(_kernel(kernel))
    # A kernel can be there without a definition of its op.
    ops = dict.fromkeys(kernels, ("", _NOBODY))
    ops |= {op.name: (op.file, _needed_by(op.reasons)) for op in selection.ops}
    return Lock(
        version=_text(selection.version),
        sources=(_text(selection.source),),
        defines={_text(name): _text(value) for name, value in sorted(selection.defines.items())},
        runtime=dict(sorted(selection.runtime.items())),
        commands=(_text(command),),
        models=tuple(
            sorted(
                {LockedModel(_text(one.path), one.format, one.sha256) for one in selection.models},
                key=lambda one: one.path,
            )
        ),
        ops=tuple(locked_op(_text(name), _text(ops[name][0]), kernels[name], ops[name][1]) for name in sorted(ops)),
        files=tuple(sorted({_text(one.path) for one in selection.sources})),
        unresolved=_unresolved(selection),
    )


def _kernel(kernel: SelectedKernel) -> LockedKernel:
    return LockedKernel(
        class_text=_text(kernel.class_text),
        device=_text(kernel.device),
        types={_text(name): tuple(map(_text, dtypes)) for name, dtypes in kernel.constraints.items()},
        file=_text(kernel.file),
        needed_by=_needed_by(kernel.reasons),
        label=_text(kernel.label),
        priority=kernel.priority,
        values={
            _text(name): tuple(_text(one) if isinstance(one, str) else one for one in values)
            for name, values in kernel.value_constraints.items()
        },
    )


def _unresolved(selection: Selection) -> dict[str, NeededBy]:
    found: defaultdict[str, list[NeededBy]] = defaultdict(list)
    for need in selection.unresolved:
        found[_text(need.op)].append(_needed_by(need.reasons))
    return {op: united(needs) for op, needs in sorted(found.items())}


def _needed_by(reasons: Iterable[Reason]) -> NeededBy:
    """Of each model the reason that says most: a node of the graph itself before others, a node before a rule."""
    best: dict[str, tuple[bool, bool, str, str, str]] = {}
    for reason in reasons:
        rule = _COUNTED.sub("", reason.rule)
        function = _NUMBER.sub("_*", reason.function)
        order = (bool(rule), bool(function), function, reason.node, rule)
        best[reason.model] = min(order, best.get(reason.model, order))
    return {_text(model): _text(_words(*order[2:])) for model, order in sorted(best.items())}


def _words(function: str, node: str, rule: str) -> str:
    where = " in ".join(filter(None, (node and f"node {node}", function and f"function {function}")))
    if rule:
        return f"{rule} ({where})" if where else rule
    return where or "the model as a whole"


def _text(text: str) -> str:
    """The text with what no YAML can hold, parts of names that are not UTF-8, spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
