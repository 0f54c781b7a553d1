"""What changed from one lock to another."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from locks import locks

from golden.selections import small
from opsieve.cli.changes import text
from opsieve.selection.lock.compare import Changes, compare
from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, LockedOp, locked_op
from opsieve.selection.lock.make import lock_of

A = lock_of(small(), "opsieve lock a")
LOOP, CLASSIFIER = "models/loop", "models/classifier.pb"
SOFTMAX = locked_op(
    "Softmax",
    "tensorflow/core/ops/nn_ops.cc",
    [LockedKernel("SoftmaxOp<float>", "CPU", {"T": ("DT_FLOAT",)}, "softmax.cc", {LOOP: "node s"})],
    {},
)


def _lines(old: Lock, new: Lock) -> list[str]:
    return list(text(compare(old, new), old, new))


def _with(op: LockedOp, *files: str, lock: Lock = A) -> Lock:
    ops = {one.name: one for one in lock.ops} | {op.name: op}
    return replace(lock, ops=tuple(ops[name] for name in sorted(ops)), files=tuple(sorted({*lock.files, *files})))


def _op(name: str) -> LockedOp:
    [found] = [op for op in A.ops if op.name == name]
    return found


@given(locks())
def test_equal_locks_have_no_changes(one: list[Lock]) -> None:
    assert not compare(one[0], one[0])
    assert _lines(one[0], one[0]) == []


@given(locks(most=2))
def test_one_way_adds_what_the_other_way_removes(some: list[Lock]) -> None:
    old, new = some[0], some[-1]
    there, back = compare(old, new), compare(new, old)
    assert bool(there) == bool(back)
    assert _moves(there) == {(what, not added) for what, added in _moves(back)}
    same = (_core(old) == _core(new)) and set(old.files) == set(new.files)
    assert bool(there) == (not same)


def _moves(changes: Changes) -> set[tuple[object, bool]]:
    return {
        *((("op", one.op.name), one.added) for one in changes.ops),
        *((("kernel", one.op, repr(one.kernel.identity)), one.added) for one in changes.kernels),
        *((("need", one.op, one.model), one.added) for one in changes.needs),
        *((("file", path), added) for path, added in changes.files),
        *((("unresolved", one.op), one.added) for one in changes.unresolved),
        *((("model", one.path), one.old is None) for one in changes.models if one.old is None or one.new is None),
    }


def _core(lock: Lock) -> object:
    """All that counts of locks of one world, by another way than comparing."""
    return (
        {model.path for model in lock.models},
        {(op.name, repr(kernel.identity)) for op in lock.ops for kernel in op.kernels},
        {(op.name, *sorted(op.models())) for op in lock.ops},
        set(lock.unresolved),
    )


def test_how_a_lock_was_made_and_which_node_stands_for_a_model_is_no_change() -> None:
    add = replace(_op("AccumulateNV2"), needed_by={CLASSIFIER: "node other"})
    assert not compare(A, replace(_with(add), commands=("opsieve lock b",), sources=("elsewhere",)))


def test_settings() -> None:
    new = replace(
        A,
        version="2.15.0",
        defines={"IS_MOBILE_PLATFORM": "2", "NEW": "1", "SUPPORT_SELECTIVE_REGISTRATION": "1"},
        runtime={"lowering": True, "grappler": True},
    )
    assert _lines(A, new)[:-1] == [
        "TensorFlow 2.14.0 → 2.15.0",
        'define GREETING removed: was say "hi" #1 for $5',
        "define IS_MOBILE_PLATFORM: 1 → 2",
        "define NEW added: 1",
        "runtime pass grappler: off → on",
    ]


def test_models() -> None:
    classifier, loop = A.models
    changed = replace(A, models=(classifier, replace(loop, sha256="3" * 64)))
    assert _lines(A, changed)[:-1] == ["model models/loop changed (sha256 222222222222… → 333333333333…)"]
    more = _with(
        replace(SOFTMAX, needed_by={"new": "node s"}, kernels=()),
        lock=replace(A, models=(*A.models, LockedModel("new", "graphdef", "4" * 64))),
    )
    assert _lines(A, more)[0] == "model new added (graphdef; needs 1 op, 1 of them new)"
    assert _lines(more, A)[0] == "model new removed (needed 1 op; 1 of them go)"


def test_an_op_comes_and_goes_with_its_kernels_and_files() -> None:
    new = _with(SOFTMAX, "softmax.cc", SOFTMAX.file)
    assert _lines(A, new) == [
        "model models/loop adds op Softmax (1 kernel, 2 files) because node s",
        "file softmax.cc added",
        "file tensorflow/core/ops/nn_ops.cc added",
        "in all 7 ops (+1), 6 kernels (+1), 10 files (+2)",
    ]
    assert _lines(new, A)[0] == "model models/loop no longer needs op Softmax (1 kernel, 2 files)"
    assert _lines(new, A)[-1] == "in all 6 ops (−1), 5 kernels (−1), 8 files (−2)"
    shared = replace(SOFTMAX, needed_by={CLASSIFIER: "node c"})
    assert _lines(A, _with(shared))[0] == (
        "model models/classifier.pb and 1 more model add op Softmax (1 kernel) because node c"
    )


def test_a_kernel_comes_and_goes() -> None:
    add = _op("Add")
    wide = LockedKernel(
        "AddOp<int64>", "DEFAULT", {"T": ("DT_INT64",)}, add.kernels[0].file, {LOOP: "node c"}, label="odd"
    )
    new = _with(locked_op("Add", add.file, [*add.kernels, wide], add.needed_by))
    shown = "kernel AddOp<int64> (T=DT_INT64, DEFAULT, label odd) of Add"
    assert _lines(A, new)[0] == f"model models/loop adds {shown} because node c"
    # The op stays for the classifier.
    assert "model models/loop needs op Add too because node c" in _lines(A, new)
    assert _lines(new, A)[:2] == [
        f"model models/loop no longer needs {shown}",
        "model models/loop no longer needs op Add, which stays for others",
    ]


def test_definitions_and_what_is_allowed_to_be_missing() -> None:
    moved = replace(_op("Add"), file="tensorflow/core/ops/other.cc")
    assert _lines(A, _with(moved))[0] == (
        "op Add is defined in tensorflow/core/ops/other.cc, no longer in tensorflow/core/ops/math_ops.cc"
    )
    assert _lines(A, replace(A, unresolved={}))[0] == (
        "op Softplus of model models/loop is no longer allowed to be unresolved"
    )
