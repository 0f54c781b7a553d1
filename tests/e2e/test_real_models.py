"""Selections for real models, against what TensorFlow's own kernel registry answers for the same nodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e import reference, zoo
from opsieve.models import read_model
from opsieve.selection.select import select
from opsieve.selection.selection import Selection
from opsieve.tree.index import Index


@pytest.mark.parametrize("name", zoo.MODELS)
def test_selects_the_classes_that_tensorflow_finds(
    name: str, index: Index, model_path: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    entry = zoo.MODELS[name]
    path = model_path(name)
    wanted = reference.needs_of_model(path, entry.format)
    model = read_model(path)
    selection = select([model], index, source="test")

    assert model.format == entry.format
    plain = _pairs(selection, with_rule=False)
    assert wanted.kernels - _pairs(selection) == set()
    assert plain - wanted.kernels == set()
    assert wanted.ops - {op.name for op in selection.ops} == set()
    extra_ops = [op for op in selection.ops if op.name not in wanted.ops]
    assert [op.name for op in extra_ops if not all(reason.rule for reason in op.reasons)] == []
    assert {one.op for one in selection.unresolved} == set(wanted.without_kernel)
    _report(capsys, name, selection, wanted)


def _pairs(selection: Selection, *, with_rule: bool = True) -> set[tuple[str, str]]:
    """(op, class text without spaces) of what is selected, or only of what came in by a plain match."""
    return {
        (kernel.op, kernel.class_text.replace(" ", ""))
        for kernel in selection.kernels
        if with_rule or any(not reason.rule for reason in kernel.reasons)
    }


def _report(capsys: pytest.CaptureFixture[str], name: str, selection: Selection, wanted: reference.Needs) -> None:
    with capsys.disabled():
        print(f"\n{name}: {len(wanted.kernels)} kernels as TensorFlow finds them", end="")
        for kernel in selection.kernels:
            if (kernel.op, kernel.class_text.replace(" ", "")) not in wanted.kernels:
                rules = "; ".join(sorted({reason.rule for reason in kernel.reasons}))
                print(f"\n  and {kernel.op} {kernel.class_text}: {rules}", end="")
