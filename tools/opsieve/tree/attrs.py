"""TensorFlow's attr language: the strings of ``.Attr("T: {float, int32} = DT_FLOAT")``.

The grammar is FinalizeAttr's in tensorflow/core/framework/op_def_builder.cc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from opsieve.dtypes import parse_dtype
from opsieve.tree.index import Attr, Default, Value

# Words that stand for several dtypes (ProcessCompoundType in op_def_builder.cc), with the set of types.h they mean.
COMPOUND = {
    "numbertype": "NumberTypes",
    "numerictype": "NumberTypes",
    "quantizedtype": "QuantizedTypes",
    "realnumbertype": "RealNumberTypes",
    "realnumberictype": "RealNumberTypes",
}

_HEAD = re.compile(r"\s*(\w+)\s*:\s*(list\s*\(\s*)?")
_DEFAULT = re.compile(r"=\s*(.*)\Z", re.DOTALL)
_MINIMUM = re.compile(r">=\s*-?\d+\s*")


def parse_attr(spec: str, type_sets: Mapping[str, tuple[str, ...]]) -> Attr | None:
    """An attr from its spec; None where it is malformed. ``type_sets``: the dtypes of NumberTypes and its like."""
    head = _HEAD.match(spec)
    if head is None:
        return None
    is_list = head[2] is not None
    position = head.end()
    allowed: tuple[str, ...] = ()
    if spec.startswith("{", position):
        closing = spec.find("}", position)
        if closing == -1:
            return None
        inner = spec[position + 1 : closing]
        position = closing + 1
        if "'" in inner or '"' in inner:
            kind = "string"
        else:
            kind = "type"
            found = _dtypes(inner, type_sets)
            if found is None:
                return None
            allowed = found
    else:
        word = re.compile(r"\w+").match(spec, position)
        if word is None:
            return None
        position = word.end()
        kind = word[0]
        if kind in COMPOUND:
            allowed = type_sets.get(COMPOUND[kind], ())
            kind = "type"
    rest = spec[position:].strip()
    if is_list:
        if not rest.startswith(")"):
            return None
        rest = rest[1:].strip()
        kind = f"list({kind})"
    minimum = _MINIMUM.match(rest)
    if minimum is not None:
        rest = rest[minimum.end() :]
    default: Default | None = None
    assigned = _DEFAULT.match(rest)
    if assigned is not None:
        default = _default(assigned[1].strip(), kind)
    elif rest:
        return None
    return Attr(head[1], kind, allowed, default)


def _dtypes(inner: str, type_sets: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    result: list[str] = []
    for word in inner.split(","):
        word = word.strip()
        if not word:
            continue
        if word in COMPOUND:
            result.extend(type_sets.get(COMPOUND[word], ()))
            continue
        if not re.fullmatch(r"[A-Za-z]\w*", word):
            return None
        # A release newer than this table has dtypes of its own; DataTypeFromString (types.cc) names all of them so.
        result.append(parse_dtype(word) or f"DT_{word.upper()}")
    return tuple(dict.fromkeys(result))


def _default(text: str, kind: str) -> Default:
    if kind == "type":
        return parse_dtype(text) or text
    if kind == "list(type)":
        words = [word.strip() for word in text.strip("[] \n\t").split(",")]
        return tuple(parse_dtype(word) or word for word in words if word)
    return text


def decode_default(attr: Attr) -> Value | None:
    """The default of an attr of type string, int or bool; None where it has none or is of another type."""
    text = attr.default
    if not isinstance(text, str):
        return None
    if attr.type == "string" and len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return text[1:-1]
    if attr.type == "bool" and text in ("true", "false"):
        return text == "true"
    if attr.type == "int" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return None
