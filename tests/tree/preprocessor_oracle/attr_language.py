"""TensorFlow's attr language: the strings of REGISTER_OP(...).Attr("T: {float, int32} = DT_FLOAT").

After FinalizeAttr in tensorflow/core/framework/op_def_builder.cc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_KINDS = ("string", "int", "float", "bool", "type", "shape", "tensor", "func", "any")
COMPOUND = {
    "numbertype": "NumberTypes",
    "numerictype": "NumberTypes",
    "quantizedtype": "QuantizedTypes",
    "realnumbertype": "RealNumberTypes",
    "realnumerictype": "RealNumberTypes",
}
# DataTypeFromString (types.cc) takes these besides the lower-case name of the enumerator.
_OTHER_NAMES = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE", "float16": "DT_HALF"}


@dataclass(frozen=True)
class AttrSpec:
    """One parsed attr; ``default`` is the text after ``=`` or None."""

    name: str
    type: str
    allowed: frozenset[str]
    default: str | None


def dtype_sets(preprocessed_types_h: str) -> dict[str, frozenset[str]]:
    """NumberTypes, QuantizedTypes and RealNumberTypes, as types.h has them under the given defines."""
    sets = {}
    for name in set(COMPOUND.values()):
        match = re.search(rf"\bk{name}\s*=([^;]*);", preprocessed_types_h)
        if match is None:
            raise ValueError(f"types.h has no k{name}")
        sets[name] = frozenset(re.findall(r"\bDT_\w+", match[1]))
    return sets


def parse_attr(spec: str, sets: Mapping[str, frozenset[str]]) -> AttrSpec:
    """``name: type [>= minimum] [= default]``.

    Raises:
        ValueError: not the attr language.
    """
    head = re.match(r"\s*([A-Za-z_][\w.]*)\s*:\s*", spec)
    if head is None:
        raise ValueError(f"no attr name in {spec!r}")
    rest = spec[head.end() :]
    is_list = re.match(r"list\s*\(\s*", rest)
    if is_list:
        rest = rest[is_list.end() :]
    kind, allowed, rest = _kind(rest, sets)
    rest = rest.lstrip()
    if is_list:
        if not rest.startswith(")"):
            raise ValueError(f"list( is not closed in {spec!r}")
        kind, rest = f"list({kind})", rest[1:].lstrip()
    rest = re.sub(r"^>=\s*-?\d+\s*", "", rest)
    if rest and not rest.startswith("="):
        raise ValueError(f"{rest!r} is left over in {spec!r}")
    return AttrSpec(head[1], kind, allowed, rest[1:].strip() if rest else None)


def _kind(rest: str, sets: Mapping[str, frozenset[str]]) -> tuple[str, frozenset[str], str]:
    for kind in _KINDS:
        if rest.startswith(kind):
            return kind, frozenset(), rest[len(kind) :]
    for name, function in COMPOUND.items():
        if rest.startswith(name):
            return "type", sets[function], rest[len(name) :]
    braces = re.match(r"""\{((?:[^}'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*)\}""", rest)
    if braces is None:
        raise ValueError(f"no type in {rest!r}")
    if braces[1].lstrip().startswith(("'", '"')):
        return "string", frozenset(), rest[braces.end() :]
    allowed: set[str] = set()
    for word in filter(None, (word.strip() for word in braces[1].split(","))):
        allowed |= sets[COMPOUND[word]] if word in COMPOUND else {_OTHER_NAMES.get(word, f"DT_{word.upper()}")}
    return "type", frozenset(allowed), rest[braces.end() :]
