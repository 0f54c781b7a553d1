"""A protobuf encoder of a few lines, which shares nothing with the readers under test.

``message((1, "abc"), (2, 7), (3, b"..."))`` writes field numbers and values: str and bytes with their length, int as
varint. Above it, the TensorFlow messages that the tests need.
"""

from __future__ import annotations

from collections.abc import Iterable


def varint(value: int) -> bytes:
    """A base-128 varint; a negative value as its 64-bit two's complement."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Fields in the order given."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(raw)) + raw
    return out


def type_attr(number: int) -> bytes:
    """AttrValue.type."""
    return message((6, number))


def types_attr(*numbers: int, packed: bool = True) -> bytes:
    """AttrValue.list.type."""
    packed_types = message((6, b"".join(varint(number) for number in numbers))) if numbers else b""
    return message((1, packed_types if packed else message(*((6, number) for number in numbers))))


def function_attr(name: str, **attrs: bytes) -> bytes:
    """AttrValue.func."""
    return message((10, call(name, **attrs)))


def call(name: str, **attrs: bytes) -> bytes:
    """NameAttrList."""
    return message((1, name), *((2, entry(key, value)) for key, value in attrs.items()))


def entry(key: str, value: str | bytes) -> bytes:
    """An entry of a map."""
    return message((1, key), (2, value))


def node(name: str, op: str, inputs: Iterable[str] = (), device: str = "", **attrs: bytes) -> bytes:
    """NodeDef."""
    fields: list[tuple[int, int | str | bytes]] = [(1, name), (2, op), *((3, each) for each in inputs)]
    if device:
        fields.append((4, device))
    return message(*fields, *((5, entry(key, value)) for key, value in attrs.items()))


def graph(*nodes: bytes, library: bytes | None = None, producer: int | None = 987) -> bytes:
    """GraphDef."""
    fields: list[tuple[int, int | str | bytes]] = [(1, each) for each in nodes]
    if library is not None:
        fields.append((2, library))
    if producer is not None:
        fields.append((4, message((1, producer))))
    return message(*fields)


def function(name: str, *nodes: bytes, attrs: Iterable[bytes] = (), ret: dict[str, str] | None = None) -> bytes:
    """FunctionDef; ``attrs`` are OpDef.AttrDef."""
    signature = message((1, name), *((4, each) for each in attrs))
    return message(
        (1, signature), *((3, each) for each in nodes), *((4, entry(key, value)) for key, value in (ret or {}).items())
    )


def library(*functions: bytes, gradients: dict[str, str] | None = None) -> bytes:
    """FunctionDefLibrary."""
    pairs = [(2, message((1, name), (2, gradient))) for name, gradient in (gradients or {}).items()]
    return message(*((1, each) for each in functions), *pairs)


def tensor_info(name: str) -> bytes:
    """TensorInfo."""
    return message((1, name), (2, 1))


def signature(inputs: dict[str, bytes], outputs: dict[str, bytes], method: str = "") -> bytes:
    """SignatureDef."""
    fields: list[tuple[int, int | str | bytes]] = [(1, entry(key, value)) for key, value in inputs.items()]
    fields += [(2, entry(key, value)) for key, value in outputs.items()]
    return message(*fields, (3, method))


def meta_graph(graph_def: bytes, tags: Iterable[str] = (), version: str = "2.14.0", **signatures: bytes) -> bytes:
    """MetaGraphDef, with a stripped_op_list as TensorFlow writes one."""
    information = message((2, message((1, message((1, "Add"))))), *((4, tag) for tag in tags), (5, version))
    return message((1, information), (2, graph_def), *((5, entry(key, value)) for key, value in signatures.items()))


def saved_model(*meta_graphs: bytes) -> bytes:
    """SavedModel."""
    return message((1, 1), *((2, each) for each in meta_graphs))
