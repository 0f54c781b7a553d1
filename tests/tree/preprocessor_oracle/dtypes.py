"""The dtype of a C++ type: MATCH_TYPE_AND_ENUM in tensorflow/core/framework/types.h, and the aliases in use."""

from __future__ import annotations

import re

_TYPES = {
    "float": "DT_FLOAT",
    "double": "DT_DOUBLE",
    "int32": "DT_INT32",
    "uint32": "DT_UINT32",
    "uint16": "DT_UINT16",
    "uint8": "DT_UINT8",
    "int16": "DT_INT16",
    "int8": "DT_INT8",
    "int64": "DT_INT64",
    "uint64": "DT_UINT64",
    "int": "DT_INT32",
    "unsigned": "DT_UINT32",
    "long long": "DT_INT64",
    "unsigned long long": "DT_UINT64",
    "tstring": "DT_STRING",
    "string": "DT_STRING",
    "complex64": "DT_COMPLEX64",
    "complex128": "DT_COMPLEX128",
    "complex<float>": "DT_COMPLEX64",
    "complex<double>": "DT_COMPLEX128",
    "bool": "DT_BOOL",
    "qint8": "DT_QINT8",
    "quint8": "DT_QUINT8",
    "qint16": "DT_QINT16",
    "quint16": "DT_QUINT16",
    "qint32": "DT_QINT32",
    "bfloat16": "DT_BFLOAT16",
    "half": "DT_HALF",
    "float8_e5m2": "DT_FLOAT8_E5M2",
    "float8_e4m3fn": "DT_FLOAT8_E4M3FN",
    "float8_e4m3fnuz": "DT_FLOAT8_E4M3FNUZ",
    "float8_e4m3b11fnuz": "DT_FLOAT8_E4M3B11FNUZ",
    "float8_e4m3b11": "DT_FLOAT8_E4M3B11FNUZ",
    "float8_e5m2fnuz": "DT_FLOAT8_E5M2FNUZ",
    "float4_e2m1fn": "DT_FLOAT4_E2M1FN",
    "int4": "DT_INT4",
    "uint4": "DT_UINT4",
    "int2": "DT_INT2",
    "uint2": "DT_UINT2",
    "unsigned char": "DT_UINT8",
    "signed char": "DT_INT8",
    "short": "DT_INT16",
    "unsigned short": "DT_UINT16",
    "unsigned int": "DT_UINT32",
    "QInt8": "DT_QINT8",
    "QUInt8": "DT_QUINT8",
    "QInt16": "DT_QINT16",
    "QUInt16": "DT_QUINT16",
    "QInt32": "DT_QINT32",
    "ResourceHandle": "DT_RESOURCE",
    "Variant": "DT_VARIANT",
}
_QUALIFIER = re.compile(r"(?<![\w>])(?:::)?\b(?:tensorflow|tsl|std|Eigen|ml_dtypes)::|(?<![\w>])::")
_ENUM_TO_TYPE = re.compile(r"(?:typename\s*)?EnumToDataType<(DT_\w+)>::Type")


def dtype_of(cpp_type: str) -> str | None:
    """``DT_...`` for the spelling of a C++ type, or None if it is not one TensorFlow has a dtype for."""
    name = cpp_type.strip()
    while (shorter := _QUALIFIER.sub("", name)) != name:
        name = shorter
    name = re.sub(r"\s*([<>])\s*", r"\1", name)
    if enum := _ENUM_TO_TYPE.fullmatch(name):
        return enum[1]
    if name in _TYPES:
        return _TYPES[name]
    return _TYPES.get(re.sub(r"^(u?int(?:8|16|32|64))_t$", r"\1", name))
