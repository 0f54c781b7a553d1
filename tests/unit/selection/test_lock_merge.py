"""Merging locks: a union, whatever the order, the groups and the repetitions; and conflicts that are named."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from locks import locks

from golden.selections import small
from opsieve.selection.lock.lock import Lock, LockedKernel, LockedModel, LockedOp, locked_op
from opsieve.selection.lock.make import lock_of
from opsieve.selection.lock.merge import conflicts, merge
from opsieve.selection.lock.write import to_yaml

A = lock_of(small(), "opsieve lock a")


def _named(*some: Lock) -> dict[str, Lock]:
    return {f"{number}.lock": lock for number, lock in enumerate(some)}


@given(locks(most=3))
def test_the_order_of_locks_does_not_matter(some: list[Lock]) -> None:
    assert conflicts(_named(*some)) == ()
    expected = to_yaml(merge(some))
    for order in permutations(some):
        assert to_yaml(merge(order)) == expected


@given(locks(most=3))
def test_the_groups_of_locks_do_not_matter(some: list[Lock]) -> None:
    first, *rest = some
    for one in rest:
        first = merge((first, one))
    last, *others = reversed(some)
    for one in others:
        last = merge((one, last))
    assert to_yaml(first) == to_yaml(merge(some)) == to_yaml(last)


@given(locks(most=2))
def test_a_lock_that_is_merged_again_changes_nothing(some: list[Lock]) -> None:
    assert to_yaml(merge([some[0]])) == to_yaml(some[0])
    merged = merge(some)
    for one in some:
        assert to_yaml(merge([merged, one, merged])) == to_yaml(merged)


@given(locks(most=3))
def test_nothing_is_lost_and_nothing_comes_from_nowhere(some: list[Lock]) -> None:
    merged = merge(some)
    assert set(merged.models) == {model for lock in some for model in lock.models}
    assert _kernels(merged) == {one for lock in some for one in _kernels(lock)}
    assert _needs(merged) == {one for lock in some for one in _needs(lock)}
    for what in ("files", "sources", "commands", "unresolved"):
        assert set(getattr(merged, what)) == {one for lock in some for one in getattr(lock, what)}


def test_of_two_reasons_of_a_model_the_first_stays() -> None:
    one, other = (
        replace(A, ops=(locked_op("A", "a.cc", (LockedKernel("AOp", "CPU", {}, "a.cc", {"m": why}),), {}),))
        for why in ("node b", "node a")
    )
    for merged in (merge((one, other)), merge((other, one))):
        assert merged.ops[0].models() == {"m": "node a"}


def test_kernels_for_values_of_other_types_are_different() -> None:
    kernels = [LockedKernel("AOp", "CPU", {}, "a.cc", {}, values={"v": (value,)}) for value in (1, True, "1", "True")]
    some = [replace(A, ops=(locked_op("A", "a.cc", (kernel,), {}),)) for kernel in kernels]
    assert len(merge(some).ops[0].kernels) == 4


def _kernels(lock: Lock) -> set[object]:
    return {(op.name, repr(kernel.identity)) for op in lock.ops for kernel in op.kernels}


def _needs(lock: Lock) -> set[object]:
    return {(op.name, model) for op in lock.ops for model in op.models()}


_LOOP = A.models[1]


@pytest.mark.parametrize(
    ("other", "what", "says"),
    [
        (replace(A, version="2.15.0"), "TensorFlow version", {"2.14.0": ("0.lock",), "2.15.0": ("1.lock",)}),
        (
            replace(A, defines={**A.defines, "IS_MOBILE_PLATFORM": "2"}),
            "define IS_MOBILE_PLATFORM",
            {"=1": ("0.lock",), "=2": ("1.lock",)},
        ),
        (
            replace(A, defines={**A.defines, "NEW": ""}),
            "define NEW",
            {"=": ("1.lock",), "not set": ("0.lock",)},
        ),
        (
            replace(A, runtime={**A.runtime, "grappler": True}),
            "runtime pass grappler",
            {"off": ("0.lock",), "on": ("1.lock",)},
        ),
        (
            replace(A, models=(A.models[0], LockedModel(_LOOP.path, _LOOP.format, "3" * 64))),
            f"model {_LOOP.path}",
            {f"savedmodel, sha256 {'2' * 64}": ("0.lock",), f"savedmodel, sha256 {'3' * 64}": ("1.lock",)},
        ),
        (
            replace(A, ops=(LockedOp("Enter", "mine.cc", (), {}),)),
            "op Enter",
            {
                "defined in mine.cc": ("1.lock",),
                "defined in tensorflow/core/ops/control_flow_ops.cc": ("0.lock",),
            },
        ),
    ],
)
def test_a_conflict_is_named_with_what_each_lock_says(other: Lock, what: str, says: dict[str, tuple[str, ...]]) -> None:
    [conflict] = conflicts(_named(A, other))
    assert (conflict.what, dict(conflict.says)) == (what, says)
    assert [one.what for one in conflicts({"x": other, "y": A, "z": A})] == [what]


def test_locks_without_a_common_model_or_op_do_not_conflict() -> None:
    assert conflicts(_named(A, replace(A, models=(), ops=()))) == ()
