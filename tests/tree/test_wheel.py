"""An index against an installed TensorFlow of the same version: class texts, and the attrs of op definitions.

The wheel was compiled by others, from sources of their own, which makes it the one reference that shares nothing with
this project. It runs on the index of a tree (OPSIEVE_TENSORFLOW_TREE) and on the one that comes with the package.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from op_defaults import decoded_default
from tree_index import index_of
from wheel_registry import WheelKernel, dtype_name, import_tensorflow, op_definitions, wheel_kernels

if TYPE_CHECKING:
    from opsieve.tree.index import Index, Kernel

# The x86 wheels are built with oneDNN: if_mkl in tensorflow/tensorflow.bzl.
WHEEL_DEFINES = (("INTEL_MKL", "1"),)
# Folders that are not part of the runtime, but of the wheel: the ops of Python's own tests.
WHEEL_SOURCES = ("tensorflow/python/client", "tensorflow/python/framework")
# Of the 9,113 CPU kernels of 2.14.0: 9,103 are equal, 8 the wheel itself cannot tell (each is registered twice with the
# same attrs), and 2 of Fact have a label that is computed when the program starts.
FEWEST_EQUAL = 9100
# Under IS_MOBILE_PLATFORM with SUPPORT_SELECTIVE_REGISTRATION, without oneDNN.
FEWEST_EQUAL_MOBILE = 8600


@pytest.fixture(scope="module")
def wheel_version() -> str:
    pytest.importorskip("tensorflow", reason="the tensorflow wheel is not installed: nothing to compare with")
    return str(import_tensorflow().__version__)


@pytest.fixture
def desktop_index(tree: Path, wheel_version: str) -> Index:
    from opsieve.tree.sources import tree_version

    version = tree_version(tree)
    if version != wheel_version:
        pytest.skip(f"the tree is of TensorFlow {version}, the wheel of {wheel_version}")
    return index_of(tree, "desktop", WHEEL_DEFINES, tuple(tree / folder for folder in WHEEL_SOURCES))


@pytest.fixture
def embedded(wheel_version: str) -> Index:
    from opsieve.tree.embedded import embedded_index

    index = embedded_index()
    if index.version != wheel_version:
        pytest.skip(f"the embedded index is of TensorFlow {index.version}, the wheel of {wheel_version}")
    return index


@dataclass
class Outcome:
    """Wheel kernels, by how the index does on them."""

    equal: int = 0
    ambiguous: list[str] = field(default_factory=list)
    undecidable: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        lines = [
            f"{self.equal} equal, {len(self.wrong)} wrong, {len(self.absent)} absent, {len(self.ambiguous)} with "
            f"several class texts in the tree, {len(self.undecidable)} that the wheel itself cannot tell"
        ]
        for name in ("wrong", "ambiguous", "undecidable", "absent"):
            lines += [f"  {name}: {one}" for one in sorted(getattr(self, name))]
        return "\n".join(lines)


@lru_cache
def cpu_kernels() -> tuple[WheelKernel, ...]:
    return tuple(wheel_kernels("CPU"))


def compare(index: Index) -> Outcome:
    known: dict[object, list[Kernel]] = defaultdict(list)
    for kernels in index.kernels.values():
        for one in kernels:
            known[index_key(one)].append(one)
    outcome = Outcome()
    for kernel in cpu_kernels():
        told = f"{kernel.op} {kernel.label} {[(attr, *sorted(dtypes)) for attr, dtypes in kernel.constraints]}"
        found = known.get(wheel_key(kernel))
        texts = {squeezed(one.class_text) for one in found or ()}
        if not found:
            outcome.absent.append(f"{told} {kernel.class_text}: {why_absent(kernel, index)}")
        elif kernel.class_text is None:
            outcome.undecidable.append(f"{told}: {kernel.why}; in the tree: {sorted(texts)}")
        elif texts == {squeezed(kernel.class_text)}:
            outcome.equal += 1
        elif squeezed(kernel.class_text) in texts:
            files = sorted({one.file for one in found})
            outcome.ambiguous.append(f"{told}: {kernel.class_text} is one of {sorted(texts)} in {files}")
        else:
            outcome.wrong.append(f"{told}: the wheel has {kernel.class_text}, the index {sorted(texts)}")
    return outcome


def wheel_key(kernel: WheelKernel) -> object:
    return (
        kernel.op,
        kernel.device,
        frozenset(kernel.constraints),
        frozenset(kernel.value_constraints),
        kernel.label,
        kernel.priority,
        kernel.host_memory,
    )


def index_key(kernel: Kernel) -> object:
    return (
        kernel.op,
        kernel.device,
        frozenset((attr, frozenset(dtypes)) for attr, dtypes in kernel.constraints.items()),
        frozenset((attr, tuple(values)) for attr, values in kernel.value_constraints.items()),
        kernel.label,
        kernel.priority,
        frozenset(kernel.host_memory),
    )


def why_absent(kernel: WheelKernel, index: Index) -> str:
    others = index.kernels.get(kernel.op, ())
    if any(kernel.op in skipped.text or (kernel.class_text or "?") in skipped.text for skipped in index.skipped):
        return "skipped by the reader with a reason"
    if not others:
        return "no kernel of this op in the index"
    if not any(one.label == kernel.label for one in others):
        return "no kernel of this label in the index"
    return "the op's kernels in the index have other constraints, priority or host memory"


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_class_texts_are_the_wheels(desktop_index: Index) -> None:
    outcome = compare(desktop_index)
    print(outcome.told())
    assert not outcome.wrong, outcome.told()
    assert outcome.equal >= FEWEST_EQUAL, outcome.told()


def test_embedded_class_texts_are_the_wheels(embedded: Index) -> None:
    outcome = compare(embedded)
    print(outcome.told())
    assert not outcome.wrong, outcome.told()
    assert outcome.equal >= FEWEST_EQUAL_MOBILE, outcome.told()
    unexplained = [one for one in outcome.absent if in_public_api(one.split()[0]) and not needs_onednn(one)]
    # Some data ops are left out under IS_MOBILE_PLATFORM; bfloat16 of L2Loss is oneDNN's.
    assert len(unexplained) <= 16, "\n".join(unexplained)


def in_public_api(op: str) -> bool:
    """Whether it has a function in tf.raw_ops, which the ops of TensorFlow's own tests do not."""
    return hasattr(import_tensorflow().raw_ops, op)


def needs_onednn(told: str) -> bool:
    # Ops that only oneDNN computes have a NoOp kernel for the plain device, so that graphs with them can be built.
    return "Mkl" in told or "] NoOp:" in told


def attr_differences(index: Index) -> tuple[int, list[str], list[str]]:
    """How many ops are equal, and for the others what differs; and the wheel's ops that the index does not have."""
    equal, different, absent = 0, [], []
    for name, definition in sorted(op_definitions().items()):
        if name not in index.ops:
            absent.append(name)
            continue
        found = {attr.name: attr for attr in index.ops[name].attrs}
        wrong = [f"attrs {sorted(found)}"] if found.keys() - {attr.name for attr in definition.attr} else []
        for attr in definition.attr:
            wrong += [f"{name}.{attr.name}: {text}" for text in one_attr(attr, found.get(attr.name))]
        different += wrong
        equal += not wrong
    return equal, different, absent


def one_attr(expected: Any, got: Any) -> list[str]:
    if got is None:
        return ["not in the index"]
    wrong = []
    if got.type != expected.type:
        wrong.append(f"type {expected.type}, got {got.type}")
    allowed = {dtype_name(number) for number in expected.allowed_values.list.type}
    if allowed != set(got.allowed):
        wrong.append(f"allows {sorted(allowed)}, got {sorted(got.allowed)}")
    default = expected.default_value if expected.HasField("default_value") else None
    decoded = decoded_default(expected.type, got.default)
    if (default is None) != (decoded is None) or (default is not None and default != decoded):
        wrong.append(f"defaults to {default}, got {got.default!r}")
    return wrong


def test_op_attrs_are_the_wheels(desktop_index: Index) -> None:
    equal, different, absent = attr_differences(desktop_index)
    print(f"{equal} op definitions equal; absent: {absent}")
    assert not different, "\n".join(different)
    assert not absent


def test_embedded_op_attrs_are_the_wheels(embedded: Index) -> None:
    equal, different, absent = attr_differences(embedded)
    print(f"{equal} op definitions equal; absent: {absent}")
    assert not different, "\n".join(different)
    public = [name for name in absent if in_public_api(name)]
    assert len(public) <= 3, public


def test_a_wrong_class_text_would_be_noticed(embedded: Index) -> None:
    import dataclasses

    kernels = dict(embedded.kernels)
    kernels["Relu"] = tuple(dataclasses.replace(one, class_text=one.class_text + "X") for one in kernels["Relu"])
    assert compare(dataclasses.replace(embedded, kernels=kernels)).wrong
