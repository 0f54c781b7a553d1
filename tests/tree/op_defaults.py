"""The value a default stands for: ParseAttrValue of tensorflow/core/framework/attr_value_util.cc."""

from __future__ import annotations

from typing import Any

_FIELDS = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}


def decoded_default(kind: str, default: str | tuple[str, ...] | None) -> Any:
    """The AttrValue of an index's default, for an attr of type ``kind``; None where there is none."""
    if default is None:
        return None
    from google.protobuf import text_format
    from tensorflow.core.framework import attr_value_pb2

    is_list = kind.startswith("list(")
    field = _FIELDS[kind[5:-1] if is_list else kind]
    text = f"[{','.join(default)}]" if isinstance(default, tuple) else default
    if field in ("shape", "tensor", "func") and not is_list:
        written = f"{field} {text}" if text.startswith("{") else f"{field} {{ {text} }}"
    else:
        written = f"{field}: {text}"
    if is_list:
        # An empty list has no field to be written as.
        written = "list { }" if text.replace(" ", "") == "[]" else f"list {{ {field}: {text} }}"
    # The C++ parser takes a line end inside a string (PrintV2 has one), Python's does not.
    return text_format.Parse(written.replace("\n", "\\n"), attr_value_pb2.AttrValue())
