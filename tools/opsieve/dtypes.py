"""TensorFlow's dtypes: the numbers they have in files, and the names that sources and people give them.

The table is ``enum DataType`` of tensorflow/core/framework/types.proto in TensorFlow 2.21. The other spellings are
those of ``DataTypeFromString`` (tensorflow/core/framework/types.cc), which reads the attr language of REGISTER_OP, and
of ``MATCH_TYPE_AND_ENUM`` (tensorflow/core/framework/types.h), the C++ types a kernel is registered for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

REF_OFFSET = 100
"""A reference dtype has the number of its plain dtype plus this (kDataTypeRefOffset in types.h)."""

_WORDS = (
    "INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32 BFLOAT16 QINT16 "
    "QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64 FLOAT8_E5M2 FLOAT8_E4M3FN FLOAT8_E4M3FNUZ "
    "FLOAT8_E4M3B11FNUZ FLOAT8_E5M2FNUZ INT4 UINT4 INT2 UINT2 FLOAT4_E2M1FN"
)

NAMES: dict[int, str] = {number: f"DT_{word}" for number, word in enumerate(_WORDS.split())}
NAMES |= {number + REF_OFFSET: f"{name}_REF" for number, name in NAMES.items() if number}
"""Number to name, DT_INVALID and the reference dtypes included."""

NUMBERS: dict[str, int] = {name: number for number, name in NAMES.items()}
"""Name to number."""

# Spellings that are not just the lower-case name, with where they come from: types.cc, types.h, and C++ itself.
_ALIASES = {
    "float32": "DT_FLOAT",
    "float64": "DT_DOUBLE",
    "float16": "DT_HALF",
    "Half": "DT_HALF",
    "tstring": "DT_STRING",
    "QInt8": "DT_QINT8",
    "QUInt8": "DT_QUINT8",
    "QInt16": "DT_QINT16",
    "QUInt16": "DT_QUINT16",
    "QInt32": "DT_QINT32",
    "ResourceHandle": "DT_RESOURCE",
    "Variant": "DT_VARIANT",
    "complex<float>": "DT_COMPLEX64",
    "complex<double>": "DT_COMPLEX128",
    "int": "DT_INT32",
    "long long": "DT_INT64",
    "signed char": "DT_INT8",
    "unsigned char": "DT_UINT8",
    "short": "DT_INT16",
    "unsigned short": "DT_UINT16",
    "unsigned int": "DT_UINT32",
    "unsigned": "DT_UINT32",
    "unsigned long long": "DT_UINT64",
}
_ALIASES |= {f"{sign}int{bits}_t": f"DT_{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}

_SPELLINGS: dict[str, str] = {name[3:].lower(): name for name in NUMBERS if name != "DT_INVALID"}
_SPELLINGS |= {name: name for name in NUMBERS if name != "DT_INVALID"}
_SPELLINGS |= {name[3:]: name for name in NUMBERS if name != "DT_INVALID"}
_SPELLINGS |= _ALIASES
_SPELLINGS |= {f"{spelling}_ref": f"{name}_REF" for spelling, name in _ALIASES.items() if spelling.startswith("float")}

_NAMESPACES = re.compile(r"\b(?:tensorflow|tsl|Eigen|std|ml_dtypes|framework)\s*::\s*")


def dtype_name(number: int) -> str:
    """The name of a dtype by its number in a file: ``1`` → ``"DT_FLOAT"``, ``103`` → ``"DT_INT32_REF"``.

    A number that TensorFlow 2.21 does not know stays visible as ``"DT_<number>"``.
    """
    return NAMES.get(number) or f"DT_{number}"


def in_enum_order(names: Iterable[str]) -> tuple[str, ...]:
    """dtypes, each once, in the order of the enum, as a DataTypeSet yields them; those it does not know come last."""
    return tuple(sorted(set(names), key=lambda name: (NUMBERS.get(name, 1000), name)))


def base_dtype(name: str) -> str:
    """The dtype without its reference: ``"DT_FLOAT_REF"`` → ``"DT_FLOAT"``."""
    return name[: -len("_REF")] if name.endswith("_REF") else name


def parse_dtype(text: str) -> str | None:
    """The dtype that a word of the attr language, of C++ or of a person means, or None.

    ``"float"``, ``"DT_FLOAT"``, ``"FLOAT"``, ``"float32"`` → ``"DT_FLOAT"``; ``"Eigen::half"`` → ``"DT_HALF"``;
    ``"::tensorflow::int64"``, ``"int64_t"`` → ``"DT_INT64"``; ``"std::complex<float>"`` → ``"DT_COMPLEX64"``.
    """
    word = text.strip()
    found = _SPELLINGS.get(word)
    if found is not None:
        return found
    word = _NAMESPACES.sub("", word).removeprefix("::")
    word = re.sub(r"\s*([<>])\s*", r"\1", word)
    return _SPELLINGS.get(" ".join(word.split()))
