"""Kernel classes as registrations write them, and as they stand in demangled symbols, made comparable."""

from __future__ import annotations

import re
from functools import lru_cache

_QUALIFIER = re.compile(r"\b(?:\w+::)+(?=\w)")
_SPACES = re.compile(r"\s+")
_MARKS = (",", ">", "&", "*", "(", ")")
_SPECIAL = (
    ("(anonymous namespace)::", ""),
    ("unsigned long long", "uint64"),
    ("unsigned long", "uint64"),
    ("unsigned int", "uint32"),
    ("unsigned short", "uint16"),
    ("unsigned char", "uint8"),
    ("signed char", "int8"),
    ("long long", "int64"),
)
# Names that TensorFlow's sources have for what a compiler calls otherwise (tensorflow/core/framework/types.h,
# numeric_types.h, and the CPUDevice of each kernel's file).
_ALIASES = {
    "CPUDevice": "ThreadPoolDevice",
    "GPUDevice": "GpuDevice",
    "char": "int8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "string": "tstring",
    "complex64": "complex<float>",
    "complex128": "complex<double>",
    "QInt8": "qint8",
    "QUInt8": "quint8",
    "QInt16": "qint16",
    "QUInt16": "quint16",
    "QInt32": "qint32",
    "bfloat16": "bfloat16",
    **{f"{sign}int{bits}_t": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_PLAIN_WORDS = {**_ALIASES, "const": ""}
_PLAIN_WORD = re.compile(rf"\b(?:{'|'.join(_PLAIN_WORDS)})\b")
# Types of elements, as they are after that.
ELEMENTS = frozenset(
    (
        *("float", "double", "half", "bfloat16", "bool", "tstring", "complex<float>", "complex<double>"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("qint8", "quint8", "qint16", "quint16", "qint32", "int4", "uint4", "float8_e5m2", "float8_e4m3fn"),
        *("Variant", "ResourceHandle"),
    )
)
_ELEMENT = re.compile("|".join(sorted(map(re.escape, ELEMENTS), key=lambda text: (-len(text), text))))
# Of templates such as Tensor, Matrix and FooOp, cast_op, and not of std's.
_ELEMENT_PLACE = re.compile(rf"(?:[A-Z]\w+|\w_op)<(?:ThreadPoolDevice,)?(?P<element>{_ELEMENT.pattern})(?=[,>])")


@lru_cache(maxsize=1 << 14)
def comparable(text: str) -> str:
    """A class text, or a demangled symbol, without namespaces and needless spaces, each type under one name."""
    for before, after in _SPECIAL:
        if before in text:
            text = text.replace(before, after)
    text = _QUALIFIER.sub("", text)
    text = _PLAIN_WORD.sub(lambda word: _PLAIN_WORDS[word[0]], text)
    for mark in _MARKS:
        # Most spaces are beside one of these.
        text = text.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return _SPACES.sub(_needed, text).strip()


def _needed(spaces: re.Match[str]) -> str:
    """Spaces between two words, nothing for others."""
    text, (start, end) = spaces.string, spaces.span()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    return spaces[0] if _in_word(before) and _in_word(after) else ""


def _in_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "")


def base_name(class_text: str) -> str:
    """``BiasOp`` of ``functor::BiasOp<CPUDevice, float>``."""
    return class_text.partition("<")[0].rpartition("::")[2].strip()


def mentions(symbol: str, class_text: str) -> bool:
    """Whether a demangled symbol names a comparable class; template arguments that have defaults may follow."""
    if not class_text.endswith(">"):
        # Its methods have the class for a qualifier.
        return re.search(rf"(?<!\w){re.escape(class_text)}(?!\w)", symbol) is not None
    text, wanted = comparable(symbol), class_text[:-1]
    at = text.find(wanted)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(wanted) : at + len(wanted) + 1]
        if not (before.isalnum() or before == "_") and after in (",", ">"):
            return True
        at = text.find(wanted, at + 1)
    return False


def elements(text: str) -> frozenset[str]:
    """The element types in a comparable class text."""
    return frozenset(_ELEMENT.findall(re.sub(r"^\w+", "", text))) if "<" in text else frozenset()


def computed_with(text: str) -> frozenset[str]:
    """The element types that the templates of a comparable symbol compute with. Indices and sizes are not."""
    return frozenset(found["element"] for found in _ELEMENT_PLACE.finditer(text))
