"""Which format a file has, by what is in it; its name is never looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsieve.errors import OpsieveError
from opsieve.models.schema import Malformed
from opsieve.models.source import Source
from opsieve.models.wire import BYTES, VARINT, Decoder, Header

_HEAD = 64 * 1024
_FIELDS_LOOKED_AT = 32

_EXPORT = "Export it as a SavedModel first: model.export('folder') in Keras"

# The first bytes of what people mistake for a model with a graph, and what to do about it.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (
        4,
        b"TFL3",
        "is a .tflite model, which holds no TensorFlow ops",
        "Give the SavedModel or GraphDef it was converted from",
    ),
    (0, b"\x89HDF\r\n\x1a\n", "is an HDF5 file (.h5), which holds layers or weights but no graph", _EXPORT),
    (0, b"\x1f\x8b", "is compressed with gzip", "Unpack it with gunzip and give the result"),
    (0, b"\xfd7zXZ\x00", "is compressed with xz", "Unpack it with unxz and give the result"),
    (0, b"BZh", "is compressed with bzip2", "Unpack it with bunzip2 and give the result"),
    (0, b"\x28\xb5\x2f\xfd", "is compressed with zstd", "Unpack it with unzstd and give the result"),
    (257, b"ustar", "is a tar archive", "Unpack it and give the model inside"),
    (0, b"\x80\x02", "is a Python pickle, perhaps a PyTorch checkpoint", "Export the model to a TensorFlow SavedModel"),
    (0, b"\x80\x04", "is a Python pickle, perhaps a PyTorch checkpoint", "Export the model to a TensorFlow SavedModel"),
    (0, b"\x7fELF", "is an ELF library or program", "Give a model"),
)
_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")  # kTableMagicNumber, tensorflow/core/lib/io/format.h; at the end.

_TEXT_FIELDS = {
    "graphdef-text": ("node", "library", "versions", "version", "debug_info"),
    "metagraph-text": (
        "meta_info_def",
        "graph_def",
        "saver_def",
        "collection_def",
        "signature_def",
        "asset_file_def",
        "object_graph_def",
    ),
    "savedmodel-text": ("saved_model_schema_version", "meta_graphs"),
}
_TEXT_FORMATS = {field: name for name, fields in _TEXT_FIELDS.items() for field in fields}

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BLANK_OR_COMMENT = re.compile(rb"(?:\s+|#[^\n]*(?:\n|\Z)|---[ \t]*(?=[\r\n#])|%YAML[^\n]*\n)")
_FIRST_WORD = re.compile(rb"([A-Za-z_]\w*)\s*(?:#[^\n]*\s*)?([:{<\[])")
_OP_NAME = re.compile(rb"[A-Za-z0-9_.][A-Za-z0-9_.>/<\\-]*\Z")


def detect(source: Source) -> str:
    """The format: a name of FORMATS; also ``metagraph-text``, and ``json`` for both forms of JSON.

    Raises:
        OpsieveError: it is another kind of file; the hint says what to give instead.
    """
    head = source.pread(_HEAD, 0)
    if not head:
        raise OpsieveError(f"{source.shown}: is empty", hint="Write the model again")
    _refuse_known(source, head)
    found = _text_format(head, source.shown) if _is_text(head) else _binary_format(source)
    if found is None:
        raise OpsieveError(
            f"{source.shown}: is no model that opsieve knows",
            hint="Give a GraphDef, SavedModel or MetaGraphDef (binary or text), a TensorFlow.js model.json, "
            "or a list of ops (JSON or YAML)",
        )
    return found


def _refuse_known(source: Source, head: bytes) -> None:
    for offset, magic, what, hint in _MAGIC:
        if head.startswith(magic, offset):
            raise OpsieveError(f"{source.shown}: {what}", hint=hint)
    if head.startswith(b"PK\x03\x04"):
        raise _zip_error(source.shown, head)
    if source.size >= 48 and source.pread(8, source.size - 8) == _TABLE_MAGIC:
        raise OpsieveError(
            f"{source.shown}: is the index of a checkpoint, which holds variables but no graph",
            hint="Give the SavedModel, or the .meta file written beside the checkpoint",
        )
    if _is_memory_mapped_package(source):
        raise OpsieveError(f"{source.shown}: is a memory-mapped package", hint="Give the GraphDef it was made from")


def _is_memory_mapped_package(source: Source) -> bool:
    """Its last 8 bytes are the offset of a directory (tensorflow/core/util/memmapped_file_system.cc)."""
    if source.size < 16:
        return False
    offset = int.from_bytes(source.pread(8, source.size - 8), "little")
    return offset < source.size - 8 and b"memmapped_package://" in source.pread(
        min(_HEAD, source.size - 8 - offset), offset
    )


def _zip_error(shown: str, head: bytes) -> OpsieveError:
    if b"metadata.json" in head or b"model.weights.h5" in head or b"config.json" in head:
        return OpsieveError(f"{shown}: is a .keras archive, which holds layers but no graph", hint=_EXPORT)
    if b"data.pkl" in head or b"/version" in head:
        hint = "Export the model to a TensorFlow SavedModel"
        return OpsieveError(f"{shown}: is a PyTorch archive", hint=hint)
    return OpsieveError(f"{shown}: is a zip archive", hint="Unpack it and give the model inside")


def _is_text(head: bytes) -> bool:
    return _CONTROL.search(head) is None


def _text_format(head: bytes, shown: str) -> str | None:
    position = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    while blank := _BLANK_OR_COMMENT.match(head, position):
        position = blank.end()
    if head[position : position + 1] in (b"{", b"["):
        return "json"
    word = _FIRST_WORD.match(head, position)
    if word is None:
        return None
    name = word.group(1).decode("ascii", "replace")
    if name == "ops":
        return "ops-yaml"
    if name == "ir_version":
        raise _onnx_error(shown)
    if name in ("model_checkpoint_path", "all_model_checkpoint_paths"):
        raise OpsieveError(
            f"{shown}: is the state file of a checkpoint folder, which holds no graph",
            hint="Give the SavedModel, or the .meta file written beside the checkpoint",
        )
    return _TEXT_FORMATS.get(name)


def _onnx_error(shown: str) -> OpsieveError:
    return OpsieveError(f"{shown}: is an ONNX model", hint="Give the TensorFlow model it was exported from")


def _binary_format(source: Source) -> str | None:
    """GraphDef, MetaGraphDef and SavedModel all start with short messages: tell them apart by what those hold."""
    look = _Look(source)
    fields: dict[int, Header] = {}
    for header in look.fields(0, source.size):
        fields.setdefault(header.number, header)
    first, second = fields.get(1), fields.get(2)
    if first is not None and first.wire == VARINT:
        if second is None:
            return "savedmodel" if first.value == 1 and len(fields) == 1 and source.size < 16 else None
        if second.wire != BYTES:
            return None
        # field 2 of SavedModel starts with a MetaInfoDef; that of ONNX's ModelProto is text, the producer's name.
        if source.slice(second.start, min(second.start + 1, second.stop)) in (b"\n", b"\x12", b""):
            return "savedmodel" if first.value < 100 else None
        if 7 in fields or 8 in fields:
            raise _onnx_error(source.shown)
        return None
    if first is not None and first.wire == BYTES:
        if look.is_node(first):
            return "graphdef"
        if look.is_meta_info(first) or (second is not None and look.is_graph(second)):
            return "metagraph"
        return "graphdef" if first.start == first.stop else None
    if second is not None and second.wire == BYTES:
        if look.is_graph(second):
            return "metagraph"
        return "graphdef" if look.is_library(second) else None
    versions = fields.get(4)
    if versions is not None and versions.wire == BYTES and set(fields) <= {3, 4, 5}:
        return "graphdef"
    return None


class _Look:
    """Glances at the structure; what is cut off or damaged just has no further fields."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.decoder = Decoder(source)

    def fields(self, start: int, stop: int) -> Iterator[Header]:
        """The first fields between two offsets; the last may reach beyond."""
        offset = start
        for _ in range(_FIELDS_LOOKED_AT):
            if offset >= min(stop, self.source.size):
                return
            try:
                header = self.decoder.header(offset, 1 << 62)
            except Malformed:
                return
            yield header
            offset = header.stop

    def first(self, outer: Header, number: int) -> Header | None:
        """The first field of that number, if it holds bytes."""
        for header in self.fields(outer.start, outer.stop):
            if header.number == number and header.wire == BYTES:
                return header
        return None

    def is_node(self, outer: Header) -> bool:
        """A NodeDef: field 2 is an op's name."""
        return self._is_word(self.first(outer, 2))

    def is_meta_info(self, outer: Header) -> bool:
        """A MetaInfoDef: field 2 is an OpList, or field 5 is a version like 2.14.0."""
        ops = self.first(outer, 2)
        if ops is not None:
            op = self.first(ops, 1)
            return op is not None and self._is_word(self.first(op, 1))
        version = self.first(outer, 5)
        return version is not None and re.match(rb"\d+\.\d", self._start_of(version)) is not None

    def is_graph(self, outer: Header) -> bool:
        """A GraphDef: field 1 is a NodeDef."""
        node = self.first(outer, 1)
        return node is not None and self.is_node(node)

    def is_library(self, outer: Header) -> bool:
        """A FunctionDefLibrary: field 1 is a FunctionDef, whose field 1 is an OpDef, whose field 1 is a name."""
        function = self.first(outer, 1)
        signature = self.first(function, 1) if function else None
        name = self.first(signature, 1) if signature else None
        return name is not None and b"\n" not in self._start_of(name)

    def _is_word(self, header: Header | None) -> bool:
        return header is not None and _OP_NAME.match(self._start_of(header)) is not None

    def _start_of(self, header: Header) -> bytes:
        return self.source.pread(min(header.stop - header.start, 200), header.start)
