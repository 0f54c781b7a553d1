"""The protobuf wire format: messages of ``schema`` read from a file, the rest of it stepped over.

https://protobuf.dev/programming-guides/encoding/ describes the format. As protobuf does: unknown fields and fields of
an unexpected wire type are skipped, a repeated scalar may be packed or not, the last of a singular field wins, and
singular messages merge.
"""

from __future__ import annotations

import sys
from typing import Any

from opsieve.dtypes import dtype_name
from opsieve.models.contents import BUILDERS, Attrs, attrs, named_op
from opsieve.models.schema import MAX_BYTES_KEPT, MAX_DEPTH, NODE_DEF, Field, Malformed, Message, Tree
from opsieve.models.source import MAX_STRING, NODE_COST, STRING_COST, Source
from opsieve.models.usage import FunctionRef, Node, TypeValue, Value

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)

_SMALL_NODE = 16 * 1024  # A node up to this many bytes is read in one go.
_CACHED_ATTR = 128
_MAX_CACHED = 50_000

_ATTR = NODE_DEF.by_name["attr"]
_PLAIN_ATTR = Attrs()


class Header:
    """A field's number, wire type, and where its value starts and ends; ``value`` for a varint."""

    __slots__ = ("number", "start", "stop", "value", "wire")

    def __init__(self, number: int, wire: int, start: int, stop: int, value: int) -> None:
        self.number = number
        self.wire = wire
        self.start = start
        self.stop = stop
        self.value = value


class Decoder:
    """Reads messages of one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._attrs: dict[bytes, tuple[str, Attrs]] = {}

    def header(self, offset: int, end: int) -> Header:
        """The field at ``offset``, of a message that ends at ``end``.

        Raises:
            Malformed: it is cut off, or its tag or length is impossible.
        """
        source = self.source
        index = source.locate(offset)
        data = source.data
        try:
            tag = data[index]
            index += 1
            if tag >= 0x80:
                tag, index = _varint(data, index - 1)
            wire, number = tag & 7, tag >> 3
            value = 0
            if wire in (VARINT, BYTES):
                value = data[index]
                index += 1
                if value >= 0x80:
                    value, index = _varint(data, index - 1)
        except IndexError:
            raise Malformed("the file ends early, in the middle of a field", offset) from None
        except ValueError as error:
            raise Malformed(str(error), offset) from None
        if not 0 < number < 1 << 29:
            raise Malformed(f"field number {number} is impossible", offset)
        start = stop = source.base + index
        if wire == BYTES:
            stop += value
        elif wire == FIXED64:
            stop += 8
        elif wire == FIXED32:
            stop += 4
        elif wire == START_GROUP:
            return self._group(number, start, end)
        elif wire != VARINT:
            raise Malformed(f"wire type {wire} is impossible here", offset)
        if stop > end:
            if end >= source.size:
                raise Malformed(f"the file ends early, in a field of {stop - start} bytes", offset)
            raise Malformed(f"a field of {stop - start} bytes is longer than what holds it", offset)
        return Header(number, wire, start, stop, value)

    def decode(self, message: Message, start: int, stop: int, *, depth: int = 0, into: Tree | None = None) -> Tree:
        """The message between two offsets; merged ``into`` a tree where one is given.

        Raises:
            Malformed: it breaks the wire format, nests too deep, or costs too much memory.
        """
        if depth > MAX_DEPTH:
            raise Malformed(f"messages nest deeper than {MAX_DEPTH}", start)
        tree: Tree = {} if into is None else into
        fields = message.by_number
        offset = start
        while offset < stop:
            header = self.header(offset, stop)
            field = fields.get(header.number)
            if field is not None:
                self._set(message, field, header, tree, depth)
            offset = header.stop
        return tree

    def _set(self, message: Message, field: Field, header: Header, tree: Tree, depth: int) -> None:
        name, kind, wire = field.name, field.kind, header.wire
        if kind == "message":
            if wire == BYTES:
                assert field.message is not None
                if message.oneof:
                    _keep_only(tree, name)
                into = None if field.repeated else tree.get(name)
                value = self._message(field.message, header, depth, into)
                if field.repeated:
                    tree.setdefault(name, []).append(value)
                else:
                    tree[name] = value
            return
        if kind == "map":
            if wire == BYTES:
                key, value = self._entry(field, header, depth)
                tree.setdefault(name, {})[key] = value
            return
        values = self._scalars(field, header)
        if values is None:
            return
        if message.oneof:
            _keep_only(tree, name)
        if field.repeated:
            tree.setdefault(name, []).extend(values)
        else:
            tree[name] = values[-1]

    def _message(self, message: Message, header: Header, depth: int, into: Tree | None) -> Any:
        if message is NODE_DEF and header.stop - header.start <= _SMALL_NODE:
            return self._node(header.start, header.stop)
        return self._built(message, header.start, header.stop, depth, into)

    def _built(self, message: Message, start: int, stop: int, depth: int, into: Tree | None) -> Any:
        tree = self.decode(message, start, stop, depth=depth + 1, into=into)
        self.source.spend(NODE_COST, start)
        build = BUILDERS.get(message)
        if build is None:
            return tree
        try:
            return build(tree)
        except Malformed as error:
            raise Malformed(error.what, start) from None

    def _entry(self, field: Field, header: Header, depth: int) -> tuple[str, Any]:
        key = ""
        value: Any = {} if field.message is not None else ""
        offset = header.start
        while offset < header.stop:
            part = self.header(offset, header.stop)
            if part.number == 1 and part.wire == BYTES:
                key = self._string(part)
            elif part.number == 2 and part.wire == BYTES:
                if field.message is None:
                    value = self._string(part)
                else:
                    value = self.decode(field.message, part.start, part.stop, depth=depth + 2, into=value)
            offset = part.stop
        self.source.spend(NODE_COST, header.start)
        return key, value

    def _scalars(self, field: Field, header: Header) -> list[Any] | None:
        kind, wire = field.kind, header.wire
        if kind == "present":
            return [None]
        if kind == "packed":
            return None if wire == BYTES and header.start == header.stop else [None]
        if kind == "string":
            return [self._string(header)] if wire == BYTES else None
        if kind == "bytes":
            if wire != BYTES:
                return None
            small = header.stop - header.start <= MAX_BYTES_KEPT
            return [self.source.slice(header.start, header.stop) if small else None]
        if wire == VARINT:
            if kind == "bool":
                return [header.value != 0]
            if kind == "int64":
                return [header.value - ((header.value >> 63) << 64)]
            number = _int32(header.value)
            return [dtype_name(number) if kind == "dtype" else number]
        if kind == "dtype" and field.repeated and wire == BYTES:
            return self._packed_dtypes(header)
        return None

    def _packed_dtypes(self, header: Header) -> list[str]:
        self.source.spend(8 * (header.stop - header.start), header.start)
        data = self.source.slice(header.start, header.stop)
        result = []
        index = 0
        while index < len(data):
            try:
                value, index = _varint(data, index)
            except (IndexError, ValueError):
                raise Malformed("a packed list is cut off", header.start + index) from None
            result.append(dtype_name(_int32(value)))
        return result

    def _string(self, header: Header) -> str:
        size = header.stop - header.start
        if size > MAX_STRING:
            raise Malformed(f"a name of {size} bytes", header.start)
        self.source.spend(STRING_COST + 2 * size, header.start)
        try:
            return self.source.slice(header.start, header.stop).decode()
        except UnicodeDecodeError as error:
            raise Malformed("a name is not UTF-8", header.start + error.start) from None

    def _group(self, number: int, offset: int, end: int) -> Header:
        # Groups are long out of use; protobuf still skips them, and so must a file of a stranger not stop us.
        start = offset
        open_groups = [number]
        while open_groups:
            if offset >= end:
                raise Malformed("a group is not closed", start)
            if len(open_groups) > MAX_DEPTH:
                raise Malformed(f"groups nest deeper than {MAX_DEPTH}", offset)
            index = self.source.locate(offset)
            try:
                tag, after = _varint(self.source.data, index)
            except (IndexError, ValueError):
                raise Malformed("a tag is cut off", offset) from None
            if tag & 7 == START_GROUP:
                open_groups.append(tag >> 3)
                offset += after - index
            elif tag & 7 == END_GROUP:
                if open_groups.pop() != tag >> 3:
                    raise Malformed("a group is closed by another's end", offset)
                offset += after - index
            else:
                offset = self.header(offset, end).stop
        return Header(number, START_GROUP, start, offset, 0)

    def _node(self, start: int, stop: int) -> Node:
        """A NodeDef of moderate size: what decode() and node() would give, some ten times faster."""
        data = self.source.slice(start, stop)
        end = stop - start
        name = op = device = ""
        inputs: list[str] = []
        entries: dict[str, Attrs] = {}
        index = 0
        try:
            while index < end:
                tag = data[index]
                length = data[index + 1]
                first = index + 2
                if length >= 0x80:
                    length, first = _varint(data, index + 1)
                if tag not in _NODE_TAGS:
                    unusual: Node = self._built(NODE_DEF, start, stop, 0, None)
                    return unusual
                index = first + length
                if index > end:
                    raise Malformed(f"a field of {length} bytes is longer than what holds it", start + first)
                if tag == 0x2A:
                    key, entry = self._attr(data[first:index], start + first)
                    entries[key] = entry
                elif tag == 0x1A:
                    inputs.append(data[first:index].decode())
                elif tag == 0x0A:
                    name = data[first:index].decode()
                elif tag == 0x12:
                    op = data[first:index].decode()
                elif tag == 0x22:
                    device = data[first:index].decode()
        except IndexError:
            raise Malformed("a node is cut off", start + index) from None
        except UnicodeDecodeError:
            raise Malformed("a name is not UTF-8", start + first) from None
        except ValueError as error:
            raise Malformed(str(error), start + index) from None
        types: dict[str, TypeValue] = {}
        functions: dict[str, tuple[FunctionRef, ...]] = {}
        label = ""
        values: dict[str, Value] = {}
        for entry in entries.values():
            if entry is not _PLAIN_ATTR:
                types.update(entry.types)
                functions.update(entry.functions)
                label = label or entry.label
                values.update(entry.values)
        self.source.spend(NODE_COST + 2 * end + STRING_COST * len(inputs), start)
        try:
            return Node(name, named_op(op, name), sys.intern(device), tuple(inputs), types, functions, label, values)
        except Malformed as error:
            raise Malformed(error.what, start) from None

    def _attr(self, entry: bytes, start: int) -> tuple[str, Attrs]:
        """An entry of the map ``attr``: its key, and what the value holds. Most entries occur many times."""
        found = self._attrs.get(entry)
        if found is not None:
            return found
        tensor = _tensor_key(entry)
        if tensor is not None:
            return tensor, _PLAIN_ATTR
        key, value = self._entry(_ATTR, Header(_ATTR.number, BYTES, start, start + len(entry), 0), 0)
        try:
            result = attrs({key: value})
        except Malformed as error:
            raise Malformed(error.what, start) from None
        plain = not (result.types or result.functions or result.label or result.values)
        found = key, (_PLAIN_ATTR if plain else result)
        if len(entry) <= _CACHED_ATTR and len(self._attrs) < _MAX_CACHED:
            self._attrs[entry] = found
        return found


# The fields of NodeDef: name, op, input, device, attr; experimental_debug_info and experimental_type.
_NODE_TAGS = frozenset((0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A))


def _tensor_key(entry: bytes) -> str | None:
    """The key of an attr entry that surely is just a key and a tensor: the one kind that is not worth caching."""
    try:
        after_key = 2 + entry[1]
        length, value = _varint(entry, after_key + 1)
        size, tensor = _varint(entry, value + 1)
        if (
            entry[0] == 0x0A
            and entry[1] < 0x80
            and entry[after_key] == 0x12
            and value + length == len(entry)
            and entry[value] == 0x42
            and tensor + size == len(entry)
        ):
            return entry[2:after_key].decode()
    except (IndexError, ValueError):
        pass
    return None


def _varint(data: bytes, index: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[index]
        index += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, index
        shift += 7
        if shift >= 70:
            raise ValueError("a number is longer than ten bytes")


def _int32(value: int) -> int:
    # protobuf keeps the low 32 bits of an int32 or an enum.
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


def _keep_only(tree: Tree, name: str) -> None:
    for other in tree.keys() - {name}:
        del tree[other]
