"""Which kernel TensorFlow picks: FindKernelRegistration in tensorflow/core/framework/op_kernel.cc, for the CPU."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from opsieve.selection.values import AttrValue, Choice
from opsieve.tree.attrs import decode_default
from opsieve.tree.index import Index, Kernel, OpDefinition, Value

CPU = "CPU"
DEFAULT = "DEFAULT"

_TYPE_ATTRS = ("type", "list(type)")
_NO, _MAYBE, _YES = 0, 1, 2

# The values of the attrs that are not of type, by name; None where they are not known at all.
_Given = dict[str, Value | None] | None


@dataclass(frozen=True, slots=True)
class Match:
    """The kernels that a lookup gives.

    With every value known that is one kernel or none; otherwise each one that some value could lead to, and ``open``
    says which values were not known. ``error`` is TensorFlow's reason to refuse, where there is one beyond
    "nothing matched".
    """

    kernels: tuple[Kernel, ...] = ()
    open: tuple[str, ...] = ()
    error: str = ""


NO_MATCH = Match()


@dataclass(frozen=True, slots=True)
class OpEntry:
    """What an index has of one op. ``attrs`` are the type-valued ones that a lookup depends on or that a message names.

    ``value_attrs`` are the others that a lookup depends on, such as the ``data_format`` of DepthToSpace.
    """

    name: str
    definition: OpDefinition | None
    kernels: tuple[Kernel, ...]
    attrs: tuple[str, ...]
    defaults: dict[str, AttrValue]
    value_attrs: tuple[str, ...] = ()
    value_defaults: dict[str, Value] = field(default_factory=dict)

    def types_or_defaults(self, types: tuple[AttrValue, ...]) -> dict[str, AttrValue]:
        """The values of ``attrs``, with the op definition's default where one is None."""
        return {
            name: self.defaults.get(name) if value is None else value
            for name, value in zip(self.attrs, types, strict=True)
        }

    def values_or_defaults(self, values: tuple[Value | None, ...]) -> dict[str, Value | None]:
        """The same for ``value_attrs``."""
        return {
            name: self.value_defaults.get(name) if value is None else value
            for name, value in zip(self.value_attrs, values, strict=True)
        }

    def on_device(self, device: str, label: str) -> tuple[Kernel, ...]:
        """The kernels of a device type with that label, as the registry's key has them."""
        return tuple(kernel for kernel in self.kernels if kernel.device == device and kernel.label == label)

    def for_cpu(self) -> tuple[Kernel, ...]:
        """The kernels a CPU device may use, whatever their label."""
        return tuple(kernel for kernel in self.kernels if kernel.device in (CPU, DEFAULT))


@dataclass(slots=True)
class KernelTable:
    """An index prepared for lookups; remembers every answer."""

    index: Index
    _entries: dict[str, OpEntry] = field(default_factory=dict)
    _matches: dict[tuple[str, str, tuple[AttrValue, ...], object], Match] = field(default_factory=dict)

    def entry(self, op: str) -> OpEntry:
        found = self._entries.get(op)
        if found is None:
            found = self._entries[op] = _make_entry(self.index, op)
        return found

    def find(
        self, op: str, label: str, types: tuple[AttrValue, ...], values: tuple[Value | None, ...] | None = None
    ) -> Match:
        """The kernels for ``types``, which go with ``entry(op).attrs``, and ``values``, with its ``value_attrs``.

        A value that is None is the op definition's default; ``values`` is None where they are not known.
        """
        key = (op, label, types, None if values is None else tuple((type(value), value) for value in values))
        found = self._matches.get(key)
        if found is None:
            found = self._matches[key] = _find(self.entry(op), label, types, values)
        return found


def _make_entry(index: Index, op: str) -> OpEntry:
    definition = index.ops.get(op)
    kernels = index.kernels.get(op, ())
    types = [attr for attr in definition.attrs if attr.type in _TYPE_ATTRS] if definition else []
    constrained = {name for kernel in kernels if kernel.device in (CPU, DEFAULT) for name in kernel.constraints}
    names = sorted(constrained | {attr.name for attr in types})
    by_value = {name for kernel in kernels if kernel.device in (CPU, DEFAULT) for name in kernel.value_constraints}
    value_defaults = {
        attr.name: decoded
        for attr in (definition.attrs if definition else ())
        if attr.name in by_value and (decoded := decode_default(attr)) is not None
    }
    return OpEntry(
        op,
        definition,
        kernels,
        tuple(names),
        {attr.name: attr.default for attr in types},
        tuple(sorted(by_value)),
        value_defaults,
    )


def _find(entry: OpEntry, label: str, types: tuple[AttrValue, ...], values: tuple[Value | None, ...] | None) -> Match:
    attrs = entry.types_or_defaults(types)
    given = None if values is None else entry.values_or_defaults(values)
    try:
        on_cpu = _admitting(entry.on_device(CPU, label), attrs, given)
        if any(verdict == _YES for _, verdict in on_cpu):
            return _pick(on_cpu, attrs, by_priority=True)
        fallback = _admitting(entry.on_device(DEFAULT, label), attrs, given)
    except _LacksAttrError as error:
        return Match(error=str(error))
    if not on_cpu:
        return _pick(fallback, attrs, by_priority=False)
    return _open_match([*on_cpu, *fallback], attrs)


class _LacksAttrError(Exception):
    """KernelAttrsMatch (tensorflow/core/framework/kernel_def_util.cc) refuses the whole lookup then."""


def _admitting(kernels: Sequence[Kernel], attrs: dict[str, AttrValue], given: _Given) -> list[tuple[Kernel, int]]:
    judged = ((kernel, _admits(kernel, attrs, given)) for kernel in kernels)
    return [(kernel, verdict) for kernel, verdict in judged if verdict != _NO]


def _admits(kernel: Kernel, attrs: dict[str, AttrValue], given: _Given) -> int:
    """KernelAttrsMatch: constraints in their order; one that fails ends it before a later attr is missed."""
    verdict = _YES
    for name, allowed in kernel.constraints.items():
        value = attrs.get(name)
        if value is None:
            raise _LacksAttrError(f"a kernel of it is limited by attr {name}, which has no value")
        verdict = min(verdict, _value_admitted(value, allowed))
        if verdict == _NO:
            return _NO
    if not kernel.value_constraints:
        return verdict
    if given is None:
        return _MAYBE
    for name, values in kernel.value_constraints.items():
        actual = given.get(name)
        if actual is None:
            raise _LacksAttrError(f"a kernel of it is limited by attr {name}, which has no value")
        # True and 1 are equal to Python, and different to TensorFlow.
        if not any(actual == one and type(actual) is type(one) for one in values):
            return _NO
    return verdict


def _value_admitted(value: str | tuple[str, ...] | Choice, allowed: tuple[str, ...]) -> int:
    if isinstance(value, str):
        return _YES if value in allowed else _NO
    if isinstance(value, tuple):
        return _YES if all(element in allowed for element in value) else _NO
    if not value.allowed:
        return _MAYBE
    within = sum(element in allowed for element in value.allowed)
    if within == len(value.allowed):
        return _YES
    # A list(type) may be empty, which every constraint admits.
    return _MAYBE if within or value.is_list else _NO


def _pick(judged: list[tuple[Kernel, int]], attrs: dict[str, AttrValue], *, by_priority: bool) -> Match:
    if any(verdict == _MAYBE for _, verdict in judged) or _has_choice(judged, attrs):
        certain = [kernel.priority for kernel, verdict in judged if verdict == _YES]
        floor = max(certain) if certain and by_priority else None
        return _open_match([one for one in judged if floor is None or one[0].priority >= floor], attrs)
    kernels = [kernel for kernel, _ in judged]
    if by_priority and kernels:
        highest = max(kernel.priority for kernel in kernels)
        kernels = [kernel for kernel in kernels if kernel.priority == highest]
    if len(kernels) > 1:
        places = ", ".join(sorted(f"{kernel.class_text} ({kernel.file}:{kernel.line})" for kernel in kernels))
        return Match(error=f"more than one kernel matches at the same priority: {places}")
    return Match(kernels=tuple(kernels))


def _has_choice(judged: Iterable[tuple[Kernel, int]], attrs: dict[str, AttrValue]) -> bool:
    return any(isinstance(attrs[name], Choice) for kernel, _ in judged for name in kernel.constraints)


def _open_match(judged: list[tuple[Kernel, int]], attrs: dict[str, AttrValue]) -> Match:
    uncertain = [kernel for kernel, verdict in judged if verdict == _MAYBE]
    unknown = {
        value.why for kernel in uncertain for name in kernel.constraints if isinstance(value := attrs[name], Choice)
    }
    unknown |= {f"the value of {name} is not known" for kernel in uncertain for name in kernel.value_constraints}
    return Match(kernels=tuple(kernel for kernel, _ in judged), open=tuple(sorted(unknown)))
