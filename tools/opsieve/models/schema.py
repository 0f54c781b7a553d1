"""The parts of TensorFlow's messages that say what a model needs.

Field numbers and names are those of graph, node_def, attr_value, function, op_def and versions.proto in
tensorflow/core/framework/, and of saved_model and meta_graph.proto in tensorflow/core/protobuf/. What is not listed
here, tensors above all, is skipped unread by the readers of the binary, text and JSON forms, which share this
description.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Tree = dict[str, Any]
"""A message as read: field name → str, int, bytes, Tree, a list of them, or for a map a dict by key."""

Kind = Literal["string", "bytes", "int", "int64", "bool", "dtype", "message", "map", "present", "packed"]
# "present" and "packed": only that the field is there matters; a packed field without elements is not there.

MAX_DEPTH = 100
"""How deep messages may nest, as in protobuf's own readers (CodedInputStream's default recursion limit)."""

MAX_BYTES_KEPT = 4096
"""A ``bytes`` value above this is not kept: those that a kernel may be limited to are short words."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message. ``message`` is that of the field, or of a map's values (None: strings)."""

    name: str
    number: int
    kind: Kind
    repeated: bool = False
    message: Message | None = None


class Message:
    """A message: its fields, and whether they form a ``oneof``."""

    def __init__(self, name: str, *fields: Field, oneof: bool = False) -> None:
        self.name = name
        self.oneof = oneof
        self.by_number: dict[int, Field] = {}
        self.by_name: dict[str, Field] = {}
        self.add(*fields)

    def add(self, *fields: Field) -> None:
        """Add fields; apart from the constructor because AttrValue and NameAttrList hold each other."""
        for field in fields:
            self.by_number[field.number] = field
            self.by_name[field.name] = field


class Malformed(Exception):  # noqa: N818 (it never leaves the readers)
    """The file is not what it should be: ``what`` is wrong, ``where``: a byte offset, or a place in words."""

    def __init__(self, what: str, where: int | str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where


ATTR_VALUE = Message("AttrValue", oneof=True)

NAME_ATTR_LIST = Message("NameAttrList", Field("name", 1, "string"), Field("attr", 2, "map", message=ATTR_VALUE))

LIST_VALUE = Message(
    "ListValue",
    Field("s", 2, "present"),
    Field("i", 3, "packed"),
    Field("f", 4, "packed"),
    Field("b", 5, "packed"),
    Field("type", 6, "dtype", repeated=True),
    Field("shape", 7, "present"),
    Field("tensor", 8, "present"),
    Field("func", 9, "message", repeated=True, message=NAME_ATTR_LIST),
)

ATTR_VALUE.add(
    Field("list", 1, "message", message=LIST_VALUE),
    Field("s", 2, "bytes"),
    Field("i", 3, "int64"),
    Field("f", 4, "present"),
    Field("b", 5, "bool"),
    Field("type", 6, "dtype"),
    Field("shape", 7, "present"),
    Field("tensor", 8, "present"),
    Field("placeholder", 9, "string"),
    Field("func", 10, "message", message=NAME_ATTR_LIST),
)

NODE_DEF = Message(
    "NodeDef",
    Field("name", 1, "string"),
    Field("op", 2, "string"),
    Field("input", 3, "string", repeated=True),
    Field("device", 4, "string"),
    Field("attr", 5, "map", message=ATTR_VALUE),
)

# The body of a function before TensorFlow 0.12 (FunctionDef.Node, whose field number 2 is reserved since).
LEGACY_NODE = Message(
    "FunctionDef.Node",
    Field("ret", 1, "string", repeated=True),
    Field("op", 2, "string"),
    Field("arg", 3, "string", repeated=True),
    Field("dep", 4, "string", repeated=True),
    Field("attr", 5, "map", message=ATTR_VALUE),
)

ARG_DEF = Message("OpDef.ArgDef", Field("name", 1, "string"))

ATTR_DEF = Message(
    "OpDef.AttrDef",
    Field("name", 1, "string"),
    Field("type", 2, "string"),
    Field("default_value", 3, "message", message=ATTR_VALUE),
    Field("allowed_values", 7, "message", message=ATTR_VALUE),
)

OP_DEF = Message(
    "OpDef",
    Field("name", 1, "string"),
    Field("output_arg", 3, "message", repeated=True, message=ARG_DEF),
    Field("attr", 4, "message", repeated=True, message=ATTR_DEF),
)

FUNCTION_DEF = Message(
    "FunctionDef",
    Field("signature", 1, "message", message=OP_DEF),
    Field("node", 2, "message", repeated=True, message=LEGACY_NODE),
    Field("node_def", 3, "message", repeated=True, message=NODE_DEF),
    Field("ret", 4, "map"),
)

GRADIENT_DEF = Message("GradientDef", Field("function_name", 1, "string"), Field("gradient_func", 2, "string"))

LIBRARY = Message(
    "FunctionDefLibrary",
    Field("function", 1, "message", repeated=True, message=FUNCTION_DEF),
    Field("gradient", 2, "message", repeated=True, message=GRADIENT_DEF),
)

VERSION_DEF = Message("VersionDef", Field("producer", 1, "int"))

GRAPH_DEF = Message(
    "GraphDef",
    Field("node", 1, "message", repeated=True, message=NODE_DEF),
    Field("library", 2, "message", message=LIBRARY),
    Field("versions", 4, "message", message=VERSION_DEF),
)

META_INFO = Message(
    "MetaInfoDef",
    Field("tags", 4, "string", repeated=True),
    Field("tensorflow_version", 5, "string"),
)

TENSOR_INFO = Message("TensorInfo")

COO_SPARSE = Message(
    "TensorInfo.CooSparse",
    Field("values_tensor_name", 1, "string"),
    Field("indices_tensor_name", 2, "string"),
    Field("dense_shape_tensor_name", 3, "string"),
)

COMPOSITE_TENSOR = Message(
    "TensorInfo.CompositeTensor", Field("components", 2, "message", repeated=True, message=TENSOR_INFO)
)

TENSOR_INFO.add(
    Field("name", 1, "string"),
    Field("coo_sparse", 4, "message", message=COO_SPARSE),
    Field("composite_tensor", 5, "message", message=COMPOSITE_TENSOR),
)
TENSOR_INFO.oneof = True

SIGNATURE_DEF = Message(
    "SignatureDef",
    Field("inputs", 1, "map", message=TENSOR_INFO),
    Field("outputs", 2, "map", message=TENSOR_INFO),
    Field("method_name", 3, "string"),
)

SAVER_DEF = Message(
    "SaverDef",
    Field("filename_tensor_name", 1, "string"),
    Field("save_tensor_name", 2, "string"),
    Field("restore_op_name", 3, "string"),
)

NODE_LIST = Message("CollectionDef.NodeList", Field("value", 1, "string", repeated=True))

COLLECTION_DEF = Message("CollectionDef", Field("node_list", 1, "message", message=NODE_LIST))

META_GRAPH = Message(
    "MetaGraphDef",
    Field("meta_info_def", 1, "message", message=META_INFO),
    Field("graph_def", 2, "message", message=GRAPH_DEF),
    Field("saver_def", 3, "message", message=SAVER_DEF),
    Field("collection_def", 4, "map", message=COLLECTION_DEF),
    Field("signature_def", 5, "map", message=SIGNATURE_DEF),
)

SAVED_MODEL = Message("SavedModel", Field("meta_graphs", 2, "message", repeated=True, message=META_GRAPH))
