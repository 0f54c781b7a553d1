"""An index held against what the preprocessor says, registration by registration."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .attr_language import parse_attr
from .kernels import KernelRegistration
from .lexer import Token, call_arguments, literal, spelled, tokens
from .ops import OpRegistration
from .oracle import FileResult


@dataclass(frozen=True)
class Difference:
    """One registration on which the two do not agree. ``expected`` or ``got`` is empty where one side has nothing."""

    file: str
    line: int
    expected: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}\n    expected {self.expected or 'nothing'}\n    got      {self.got or 'nothing'}"
        )


@dataclass
class Report:
    """The outcome: how many registrations are equal, and all that are not."""

    equal: int = 0
    skipped: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def summary(self) -> str:
        """One line of counts, then the first difference of each file."""
        first: dict[str, Difference] = {}
        for difference in self.differences:
            first.setdefault(difference.file, difference)
        lines = [
            f"{self.equal} equal, {len(self.differences)} different in {len(first)} files, {len(self.skipped)} skipped "
            "by the reader with a reason"
        ]
        return "\n".join(lines + [str(difference) for difference in first.values()])


def compare_kernels(index: Any, results: Mapping[str, FileResult], outside: Collection[str] = ()) -> Report:
    """Every kernel of ``index`` (an ``opsieve.tree.index.Index``) against the oracle's, file by file.

    ``outside`` are files that the index need not have; what it does have of one must still be right.
    """
    got: dict[str, list[Any]] = defaultdict(list)
    for kernels in index.kernels.values():
        for kernel in kernels:
            got[kernel.file].append(kernel)
    skips = _skips(index)
    report = Report()
    for file in sorted(set(got) | {name for name in results.keys() - set(outside) if results[name].kernels}):
        expected = results[file].kernels if file in results else []
        _compare_file(file, expected, got.get(file, []), skips[file], report)
    return report


def _compare_file(
    file: str, expected: list[KernelRegistration], got: list[Any], skips: Counter[int], report: Report
) -> None:
    left = defaultdict(list)
    for kernel in got:
        left[_shape(_index_key(kernel))].append(kernel)
    unmatched = []
    for registration in expected:
        candidates = left[_shape(_oracle_key(registration))]
        match = next((kernel for kernel in candidates if _agrees(registration, kernel)), None)
        if match is None:
            unmatched.append(registration)
        else:
            candidates.remove(match)
            report.equal += 1
    extra = [kernel for kernels in left.values() for kernel in kernels]
    for registration in unmatched:
        if skips[registration.line] > 0:
            skips[registration.line] -= 1
            report.skipped.append(f"{file}:{registration.line} {_told(_oracle_key(registration))}")
            continue
        near = _nearest(registration, extra)
        if near is not None:
            extra.remove(near)
        report.differences.append(
            Difference(
                file,
                registration.line,
                _told(_oracle_key(registration)) + _unread(registration),
                _told(_index_key(near)) if near is not None else "",
            )
        )
    for kernel in extra:
        report.differences.append(Difference(file, kernel.line, "", _told(_index_key(kernel))))


_Key = dict[str, Any]


def _oracle_key(registration: KernelRegistration) -> _Key:
    return {
        "op": registration.op,
        "device": registration.device,
        "class": _squeezed(registration.class_text),
        "constraints": {attr: frozenset(dtypes) for attr, dtypes in registration.constraints.items()},
        "values": value_constraints(registration),
        "label": registration.label,
        "priority": registration.priority,
        "host_memory": frozenset(registration.host_memory),
        "system": registration.system,
        "line": registration.line,
    }


def value_constraints(registration: KernelRegistration) -> dict[str, frozenset[str | int | bool]]:
    """The values a registration asks of attrs that are not types."""
    values: dict[str, frozenset[str | int | bool]] = {
        attr: frozenset(found) for attr, found in registration.string_constraints.items()
    }
    for written in registration.other_constraints:
        attr, _, rest = written.partition(", ")
        found = [_value(one) for one in call_arguments(f"({rest.strip('{}')})", 0)[0]]
        values[literal(list(tokens(attr))) or attr] = frozenset(one for one in found if one is not None)
    return values


def _value(expression: list[Token]) -> str | int | bool | None:
    written = spelled(expression)
    if written in ("true", "false"):
        return written == "true"
    return int(written) if re.fullmatch(r"-?\d+", written) else literal(expression)


def _index_key(kernel: Any) -> _Key:
    return {
        "op": kernel.op,
        "device": kernel.device,
        "class": _squeezed(kernel.class_text),
        "constraints": {attr: frozenset(dtypes) for attr, dtypes in kernel.constraints.items()},
        "values": {attr: frozenset(values) for attr, values in kernel.value_constraints.items()},
        "label": kernel.label,
        "priority": kernel.priority,
        "host_memory": frozenset(kernel.host_memory),
        "system": kernel.system,
        "line": kernel.line,
    }


def _shape(key: _Key) -> str:
    # What every registration has, even one whose op is a constant the oracle cannot evaluate.
    return str(key["class"])


def _agrees(registration: KernelRegistration, kernel: Any) -> bool:
    expected, got = _oracle_key(registration), _index_key(kernel)
    if registration.macro != "REGISTER_KERNEL_BUILDER":
        expected["line"] = got["line"]  # a call, not a macro: either end of it may be meant
    for part in ("op", "device"):
        if expected[part] is None and got[part]:
            expected[part] = got[part]
    if any(part.startswith("constraint") for part in registration.unread):
        expected["constraints"] = got["constraints"]
    return expected == got


def _nearest(registration: KernelRegistration, extra: list[Any]) -> Any:
    def likeness(kernel: Any) -> int:
        expected, got = _oracle_key(registration), _index_key(kernel)
        return sum(expected[part] == got[part] for part in expected)

    best = max(extra, key=likeness, default=None)
    return best if best is not None and likeness(best) >= 5 else None


def _told(key: _Key) -> str:
    constraints = " ".join(
        f"{attr}={{{','.join(sorted(found))}}}" for attr, found in sorted(key["constraints"].items())
    )
    rest = "".join(f" {part}={key[part]}" for part in ("values", "label", "priority", "system") if key[part])
    host = f" host={sorted(key['host_memory'])}" if key["host_memory"] else ""
    return f"{key['op']} {key['device']} {constraints} {key['class']}{rest}{host} line={key['line']}"


def _unread(registration: KernelRegistration) -> str:
    return f" (not evaluated: {registration.unread})" if registration.unread else ""


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _skips(index: Any) -> defaultdict[str, Counter[int]]:
    skips: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for skipped in index.skipped:
        if skipped.why:
            skips[skipped.file][skipped.line] += 1
    return skips


def compare_ops(
    index: Any, results: Mapping[str, FileResult], sets: Mapping[str, frozenset[str]], outside: Collection[str] = ()
) -> Report:
    """Every op definition of ``index`` against the oracle's.

    An index holds one definition of a name; where a tree has several, it must be one of them. ``outside`` are files
    whose ops need not be in the index.
    """
    expected: dict[str, list[OpRegistration]] = defaultdict(list)
    skips = _skips(index)
    report = Report()
    for file, result in results.items():
        for op in result.ops:
            if op.name is not None and (file not in outside or op.name in index.ops):
                expected[op.name].append(op)
            elif op.name is None and file not in outside and not skips[file][op.line]:
                report.differences.append(Difference(file, op.line, f"an op named by {op.name_expression}", ""))
    for name in sorted(expected.keys() | index.ops.keys()):
        definition = index.ops.get(name)
        candidates = expected.get(name, [])
        if definition is None:
            place = candidates[0]
            if skips[place.file][place.line]:
                report.skipped.append(f"{place.file}:{place.line} {name}")
            else:
                report.differences.append(Difference(place.file, place.line, f"op {name}", ""))
            continue
        texts = [_oracle_op(op, sets) for op in candidates]
        got = _index_op(definition)
        if got in texts:
            report.equal += 1
        else:
            same = [text for text in texts if text["place"] == got["place"]] or texts
            report.differences.append(
                Difference(
                    definition.file,
                    definition.line,
                    f"op {name} {_delta(same, got)}",
                    f"op {name} {_delta([got], *same[:1])}",
                )
            )
    return report


def _place(op: Any) -> tuple[str, int]:
    # Ops made through the C API are a row of calls, any of which may be meant.
    return op.file, 0 if op.file.startswith("tensorflow/c/") else op.line


def _oracle_op(op: OpRegistration, sets: Mapping[str, frozenset[str]]) -> _Key:
    attrs = {}
    for spec in op.attrs:
        attr = parse_attr(spec, sets)
        attrs[attr.name] = (attr.type, attr.allowed, _default(attr.type, attr.default))
    return {
        "place": _place(op),
        "system": op.system,
        "attrs": attrs,
        "inputs": [_squeezed(text) for text in op.inputs],
        "outputs": [_squeezed(text) for text in op.outputs],
    }


def _index_op(definition: Any) -> _Key:
    return {
        "place": _place(definition),
        "system": definition.system,
        "attrs": {
            attr.name: (attr.type, frozenset(attr.allowed), _default(attr.type, attr.default))
            for attr in definition.attrs
        },
        "inputs": [_squeezed(text) for text in definition.inputs],
        "outputs": [_squeezed(text) for text in definition.outputs],
    }


def _default(kind: str, default: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    if default is None:
        return None
    if kind in ("type", "list(type)"):
        words = default if isinstance(default, tuple) else default.strip("[] ").replace(",", " ").split()
        return tuple(words)
    return "".join("".join(default).split())


def _delta(keys: list[_Key], other: _Key | None = None) -> str:
    if not keys:
        return "nowhere"
    if other is None:
        return str(keys[0])
    return "; ".join(f"{part}: {keys[0][part]}" for part in keys[0] if keys[0][part] != other[part]) or "equal"
