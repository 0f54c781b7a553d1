"""protobuf's text format: messages of ``schema`` read from a file, the rest of it stepped over.

https://protobuf.dev/reference/protobuf/textformat-spec/ describes the format. A value that ``schema`` does not ask for
is never turned into anything: a string is passed by looking for its end, a message by counting brackets. The file is
mapped, as a token may be as long as the file, and what was read is given back on the way.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from opsieve.dtypes import dtype_name
from opsieve.models.contents import BUILDERS
from opsieve.models.schema import MAX_BYTES_KEPT, MAX_DEPTH, Field, Kind, Malformed, Message, Tree
from opsieve.models.source import MAX_STRING, NODE_COST, STRING_COST, Source

_BLANK = re.compile(rb"[ \t\r\n\f\v]*")
_SEPARATORS = re.compile(rb"[ \t\r\n\f\v;,]*")
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
# A field's name and what follows it, when no comment stands between; else _field_name() goes step by step.
_FIELD = re.compile(rb"[ \t\r\n\f\v;,]*([A-Za-z_][A-Za-z0-9_]*)\b[ \t]*(:?)[ \t]*(?=[^ \t\r\n\f\v#:])")
_TRUTH = {word: word[0] in "tT1" for word in ("true", "True", "t", "1", "false", "False", "f", "0")}
_SCALAR = re.compile(rb"-?[ \t]*[A-Za-z0-9_.+-]+")
_EXTENSION = re.compile(rb"\[[^\]\[{}\"'#]{1,1000}\]")
_NEXT_IN_MESSAGE = re.compile(rb"[{}<>\[\]\"'#\0]")
_SIMPLE_STRING = re.compile(rb"\"([^\"\\\n]{0,4096})\"(?=[ \t]*(?:[\r\n]+[ \t]*)?[A-Za-z_}])")
# Up to a thousand escapes: without a bound, a match over a whole tensor would take much memory for its way back.
_ESCAPES = {quote: re.compile(rb"[^\\%c]*(?:\\.[^\\%c]*){0,1000}" % (quote, quote), re.DOTALL) for quote in b"\"'"}
# After so many quotes inside a string, each so few bytes after the other, stepping by escapes is faster than by quotes.
_CROWD, _CROWDED = 8, 64
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = dict(zip(b"abfnrtv\\'\"?", b"\a\b\f\n\r\t\v\\'\"?", strict=True))

_OPEN = {0x7B: 0x7D, 0x3C: 0x3E}  # { and <
_CLOSING = {0x7D, 0x3E, 0x5D}
_LIST, _LIST_END, _COMMENT, _QUOTES, _COLON = 0x5B, 0x5D, 0x23, (0x22, 0x27), 0x3A

_MAX_SKIPPED_DEPTH = 10_000
_RELEASE_EVERY = 8 << 20


def parse_text(message: Message, source: Source) -> Tree:
    """The message that the whole file is.

    Raises:
        Malformed: with the line and column.
    """
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        parser = _Parser(data, source)
        try:
            return parser.message(message, None, 0)
        except Malformed as error:
            where = place(data, error.where) if isinstance(error.where, int) else place(data, parser.position)
            raise Malformed(error.what, where) from None


def place(data: mmap.mmap | bytes, offset: int) -> str:
    """``"line:column"`` of a byte offset, both counted from 1, the column in bytes."""
    line, last = 1, -1
    step = 1 << 20
    for start in range(0, offset, step):
        part = data[start : min(start + step, offset)]
        line += part.count(b"\n")
        newline = part.rfind(b"\n")
        last = start + newline if newline >= 0 else last
    return f"{line}:{offset - last}"


class _Parser:
    """A place in the text, and what can be read from there. Every method leaves ``position`` after what it read."""

    def __init__(self, data: mmap.mmap, source: Source) -> None:
        self.data = data
        self.size = len(data)
        self.source = source
        self.position = 3 if data[:3] == b"\xef\xbb\xbf" else 0
        self._released = 0

    def message(self, message: Message, closing: int | None, depth: int, into: Tree | None = None) -> Tree:
        """The fields up to the closing bracket, or up to the end of the file."""
        if depth > MAX_DEPTH:
            raise Malformed(f"messages nest deeper than {MAX_DEPTH}", self.position)
        tree: Tree = {} if into is None else into
        fields = message.by_name
        match_field = _FIELD.match
        data = self.data
        while True:
            found = match_field(data, self.position)
            if found is not None:
                name, colon = found.group(1), bool(found.group(2))
                self.position = found.end()
            else:
                name = self._field_name(closing)
                if not name:
                    return tree
                colon = self._colon()
            field = fields.get(name.decode("ascii")) if name[0] != _LIST else None
            if field is None:
                self._skip_value(colon)
            else:
                self._value(message, field, tree, colon, depth)

    def _field_name(self, closing: int | None) -> bytes:
        """The name of the next field, or nothing where the message ends."""
        while True:
            match = _SEPARATORS.match(self.data, self.position)
            assert match is not None
            self.position = match.end()
            if self._peek() != _COMMENT:
                break
            self._comment()
        byte = self._peek()
        if byte is None:
            if closing is not None:
                raise Malformed(f"the file ends before a {chr(closing)!r}", self.position)
            return b""
        if byte == closing:
            self.position += 1
            return b""
        found = (_EXTENSION if byte == _LIST else _NAME).match(self.data, self.position)
        if found is None:
            wanted = "a field name" if closing is None else f"a field name or {chr(closing)!r}"
            raise Malformed(f"expected {wanted}, found {_show(byte)}", self.position)
        self.position = found.end()
        return found.group()

    def _colon(self) -> bool:
        self._blank()
        if self._peek() != _COLON:
            return False
        self.position += 1
        self._blank()
        return True

    def _value(self, message: Message, field: Field, tree: Tree, colon: bool, depth: int) -> None:
        for byte in self._elements(colon):
            self._element(message, field, tree, byte, depth)

    def _elements(self, colon: bool) -> Iterator[int | None]:
        """The first byte of each element of a value; between two of them the caller has stepped over the element."""
        byte = self._start_of_value(colon)
        if byte != _LIST:
            yield byte
            return
        self.position += 1
        self._blank()
        if self._peek() == _LIST_END:
            self.position += 1
            return
        while True:
            self._blank()
            yield self._peek()
            if self._list_ends():
                return

    def _element(self, message: Message, field: Field, tree: Tree, byte: int | None, depth: int) -> None:
        name, kind = field.name, field.kind
        if message.oneof and len(tree) and (len(tree) > 1 or name not in tree):
            for other in tree.keys() - {name}:
                del tree[other]
        if kind in ("message", "map"):
            if byte not in _OPEN:
                raise Malformed(f"the field {name!r} must be a message", self.position)
            closing = _OPEN[byte]
            self.position += 1
            if kind == "map":
                key, entry = self._entry(field, closing, depth)
                tree.setdefault(name, {})[key] = entry
            elif field.repeated:
                assert field.message is not None
                tree.setdefault(name, []).append(self._built(field.message, closing, depth, None))
            else:
                assert field.message is not None
                tree[name] = self._built(field.message, closing, depth, tree.get(name))
            return
        if kind in ("present", "packed"):
            self._skip_element(byte)
            tree[name] = None
            return
        value = self._scalar(field, byte)
        if field.repeated:
            tree.setdefault(name, []).append(value)
        else:
            tree[name] = value

    def _built(self, message: Message, closing: int, depth: int, into: Tree | None) -> Any:
        start = self.position
        tree = self.message(message, closing, depth + 1, into)
        self.source.spend(NODE_COST, start)
        build = BUILDERS.get(message)
        if build is None:
            return tree
        self._release()
        try:
            return build(tree)
        except Malformed as error:
            raise Malformed(error.what, start) from None

    def _entry(self, field: Field, closing: int, depth: int) -> tuple[str, Any]:
        tree = self.message(_entry_of(field.message), closing, depth + 1)
        self.source.spend(NODE_COST, self.position)
        return tree.get("key", ""), tree.get("value", "" if field.message is None else {})

    def _scalar(self, field: Field, byte: int | None) -> Any:
        kind = field.kind
        if kind in ("string", "bytes"):
            raw = self._string(byte)
            if kind == "bytes":
                return raw if len(raw) <= MAX_BYTES_KEPT else None
            self.source.spend(STRING_COST + 2 * len(raw), self.position)
            try:
                return raw.decode()
            except UnicodeDecodeError:
                raise Malformed("a name is not UTF-8", self.position) from None
        start = self.position
        word = self._word()
        if kind == "bool":
            if word not in _TRUTH:
                raise Malformed(f"{word[:40]!r} is neither true nor false", start)
            return _TRUTH[word]
        number = _number(word)
        if kind == "dtype":
            if number is not None:
                return dtype_name(number)
            if word.startswith("DT_"):
                return word
            raise Malformed(f"{word[:40]!r} is not a dtype", start)
        if number is None:
            raise Malformed(f"{word[:40]!r} is not a whole number", start)
        return number

    def _word(self) -> str:
        found = _SCALAR.match(self.data, self.position)
        if found is None:
            raise Malformed(f"expected a value, found {_show(self._peek())}", self.position)
        if found.end() - found.start() > 1000:
            raise Malformed("a number or name of more than 1000 characters", self.position)
        self.position = found.end()
        return found.group().decode("ascii")

    def _string(self, byte: int | None) -> bytes:
        found = _SIMPLE_STRING.match(self.data, self.position)
        if found is not None:
            self.position = found.end()
            return found.group(1)
        if byte not in _QUOTES:
            raise Malformed(f"expected a string, found {_show(byte)}", self.position)
        parts = []
        while byte in _QUOTES:
            start = self.position
            self._skip_string(byte)
            if self.position - start > MAX_STRING:
                raise Malformed(f"a string of {self.position - start} bytes", start)
            self.source.spend(self.position - start, start)
            parts.append(_unescape(self.data[start + 1 : self.position - 1], start + 1))
            self._blank()
            byte = self._peek()
        return b"".join(parts)

    def _skip_value(self, colon: bool) -> None:
        for byte in self._elements(colon):
            self._skip_element(byte)

    def _skip_element(self, byte: int | None) -> None:
        if byte in _OPEN:
            self._skip_message()
        elif byte in _QUOTES:
            while byte in _QUOTES:
                self._skip_string(byte)
                self._blank()
                byte = self._peek()
        else:
            self._word()

    def _skip_message(self) -> None:
        """Step over a message by its brackets, strings and comments."""
        data, start = self.data, self.position
        brackets = bytearray()
        search = _NEXT_IN_MESSAGE.search
        while True:
            found = search(data, self.position)
            if found is None:
                raise Malformed("a message is not closed", start)
            self.position = found.start()
            byte = data[self.position]
            if byte in _QUOTES:
                self._skip_string(byte)
            elif byte == _COMMENT:
                self._comment()
            elif not byte:
                raise Malformed("a zero byte in text", self.position)
            else:
                if byte in _CLOSING:
                    if brackets[-1] != byte:
                        raise Malformed(f"expected {chr(brackets[-1])!r}, found {chr(byte)!r}", self.position)
                    brackets.pop()
                else:
                    brackets.append(_OPEN.get(byte, _LIST_END))
                    if len(brackets) > _MAX_SKIPPED_DEPTH:
                        raise Malformed(f"messages nest deeper than {_MAX_SKIPPED_DEPTH}", self.position)
                self.position += 1
                if not brackets:
                    self._release()
                    return

    def _skip_string(self, quote: int) -> None:
        """Step over a string. Its end is a quote with an even number of backslashes before it."""
        data, start = self.data, self.position
        mark = bytes((quote,))
        position = start + 1
        crowded = 0
        while True:
            end = data.find(mark, position)
            if end < 0:
                raise Malformed("a string is not closed", start)
            before = end - 1
            while data[before] == 0x5C:
                before -= 1
            if (end - before) % 2:
                break
            crowded = crowded + 1 if end - position < _CROWDED else 0
            position = end + 1
            if crowded == _CROWD:
                crowded = 0
                rest = _ESCAPES[quote].match(data, position)
                assert rest is not None
                position = rest.end()
        if data.find(b"\n", start, end) >= 0:
            raise Malformed("a string is not closed on its line", start)
        self.position = end + 1

    def _start_of_value(self, colon: bool) -> int | None:
        byte = self._peek()
        if not colon and byte not in _OPEN and byte != _LIST:
            raise Malformed(f"expected ':' or '{{', found {_show(byte)}", self.position)
        return byte

    def _list_ends(self) -> bool:
        self._blank()
        byte = self._peek()
        if byte not in (0x2C, _LIST_END):
            raise Malformed(f"expected ',' or ']', found {_show(byte)}", self.position)
        self.position += 1
        return byte == _LIST_END

    def _blank(self) -> None:
        while True:
            match = _BLANK.match(self.data, self.position)
            assert match is not None
            self.position = match.end()
            if self._peek() != _COMMENT:
                return
            self._comment()

    def _comment(self) -> None:
        end = self.data.find(b"\n", self.position)
        self.position = self.size if end < 0 else end + 1

    def _peek(self) -> int | None:
        return self.data[self.position] if self.position < self.size else None

    def _release(self) -> None:
        # Mapped pages that were read count as resident memory until they are given back.
        page = self.position // mmap.PAGESIZE * mmap.PAGESIZE
        if page - self._released > _RELEASE_EVERY and hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED, self._released, page - self._released)
            self._released = page


@cache
def _entry_of(values: Message | None) -> Message:
    kind: Kind = "string" if values is None else "message"
    return Message("entry of a map", Field("key", 1, "string"), Field("value", 2, kind, message=values))


def _unescape(raw: bytes, start: int) -> bytes:
    if b"\\" not in raw:
        return raw

    def one(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, short, long, other = match.groups()
        if octal:
            return bytes((int(octal, 8) & 0xFF,))
        if hexadecimal:
            return bytes((int(hexadecimal, 16),))
        if short or long:
            try:
                return chr(int(short or long, 16)).encode()
            except (ValueError, OverflowError):
                raise Malformed("a string has an impossible character", start + match.start()) from None
        if other[0] not in _ESCAPED:
            raise Malformed("a string has an unknown escape", start + match.start())
        return bytes((_ESCAPED[other[0]],))

    return _ESCAPE.sub(one, raw)


def _number(word: str) -> int | None:
    sign = -1 if word.startswith("-") else 1
    digits = word.lstrip("- \t")
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[:1] == "0" and len(digits) > 1 else 10
    try:
        return sign * int(digits, base) if digits[:1].isdigit() else None
    except ValueError:
        return None


def _show(byte: int | None) -> str:
    return "the end of the file" if byte is None else repr(chr(byte)) if byte < 0x7F else f"byte {byte:#x}"
