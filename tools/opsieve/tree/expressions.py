"""C++ expressions as far as registrations use them: string and dtype constants, found where they are defined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from opsieve.dtypes import NUMBERS, in_enum_order, parse_dtype
from opsieve.tree.index import Value
from opsieve.tree.parsed import ParsedFile
from opsieve.tree.store import FileStore
from opsieve.tree.tokens import STRING, WORD, Token, spell, tokenize

_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|[1-9]\d*|0)[uUlL]*")
_MAX_STEPS = 8  # from one constant to the next; a longer chain is a cycle
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_RAW = re.compile(r'(?:u8|u|U|L)?R"([^()\\\s"]*)\((.*)\)\1"', re.DOTALL)
_OF_ENUM = re.compile(r"(?:typename\s*)?(?:::|\b\w+\s*::\s*)*EnumToDataType\s*<\s*(DT_\w+)\s*>\s*::\s*Type")
_TO_ENUM = re.compile(r"(?:::|\b\w+\s*::\s*)*DataTypeToEnum\s*<(.+)>\s*::\s*(?:value|v\s*\(\s*\))")


def literal(text: str) -> str:
    """The value of a string literal, raw or not.

    ``text`` is its spelling. Escapes of more than one byte come out as the character they name.
    """
    raw = _RAW.fullmatch(text)
    if raw is not None:
        return raw[2]
    return _ESCAPE.sub(_unescaped, text[text.index('"') + 1 : -1])


def _unescaped(match: re.Match[str]) -> str:
    octal, short, four, eight, plain = match.groups()
    if octal:
        return chr(int(octal, 8))
    for digits in (short, four, eight):
        if digits:
            return chr(min(int(digits, 16), 0x10FFFF))
    return _PLAIN_ESCAPES.get(plain, plain)


class Scope:
    """The files of one translation unit, where its constants and type aliases may be defined."""

    def __init__(self, store: FileStore, files: Iterable[ParsedFile]) -> None:
        self.store = store
        self.files = list(files)
        self._strings: dict[str, str | None] = {}
        self._dtypes: dict[str, str | None] = {}

    def string(self, expression: Sequence[Token], steps: int = 0) -> str | None:
        """The value of an expression of type string; None where that is not decidable from the text alone."""
        if len(expression) == 1 and expression[0].kind == STRING:
            return literal(expression[0].text)
        key = spell(expression)
        if key not in self._strings:
            self._strings[key] = self._string(list(expression), steps)
        return self._strings[key]

    def _string(self, parts: list[Token], steps: int) -> str | None:
        while len(parts) >= 2 and parts[0].text == "(" and parts[-1].text == ")":
            parts = parts[1:-1]
        if not parts or steps > _MAX_STEPS:
            return None
        if all(token.kind == STRING for token in parts):
            return "".join(literal(token.text) for token in parts)
        if parts[0].kind == WORD and parts[-1].text == ")":
            return self._call(parts, steps)
        name = _qualified(parts)
        if name is None:
            return None
        for file, start in self._definitions(name):
            found = self.string(_initializer(file, start), steps + 1)
            if found is not None:
                return found
        return None

    def _call(self, parts: list[Token], steps: int) -> str | None:
        opening = next(index for index, token in enumerate(parts) if token.text == "(")
        name = _qualified(parts[:opening])
        if name is None:
            return None
        inner = parts[opening + 1 : -1]
        if name[-1] == "StrCat":
            pieces = [self.string(argument, steps + 1) for argument in split_arguments(inner)]
            return None if None in pieces else "".join(piece for piece in pieces if piece is not None)
        if inner:
            return None
        pattern = re.compile(rf"\b{re.escape(name[-1])}\s*\(\s*\)\s*\{{\s*return\b")
        for file in self._mentioning(name[-1]):
            match = pattern.search(file.text)
            if match is not None:
                return self.string(_initializer(file, match.end()), steps + 1)
        return None

    def value(self, expression: Sequence[Token]) -> Value | None:
        """The value of a constant of type string, integer or bool."""
        text = spell(expression).replace(" ", "")
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text.rstrip("uUlL"), 0)
        return self.string(expression)

    def dtypes(self, expression: Sequence[Token], steps: int = 0) -> tuple[str, ...] | None:
        """The dtypes of ``DT_FLOAT``, ``{DT_FLOAT, DT_INT32}``, ``DataTypeToEnum<T>::value`` or a constant array."""
        text = spell(expression).strip()
        to_enum = _TO_ENUM.fullmatch(text)
        if to_enum is not None:
            one = self.dtype(to_enum[1])
            return None if one is None else (one,)
        parts = list(expression)
        elements = braced(parts)
        if elements is not None:
            nested = [self.dtypes(element) for element in elements if element]
            if nested and None not in nested:
                return in_enum_order(name for group in nested if group for name in group)
            return None
        if parts and parts[-1].text in NUMBERS:
            return (parts[-1].text,)
        name = _qualified(parts)
        if name is None:
            return None
        for file, start in self._definitions(name):
            found = self.dtypes(_initializer(file, start), steps + 1) if steps < _MAX_STEPS else None
            if found:
                return found
        return None

    def dtype(self, cpp_type: str, steps: int = 0) -> str | None:
        """The dtype of a C++ type, through type aliases."""
        if cpp_type not in self._dtypes:
            self._dtypes[cpp_type] = self._dtype(cpp_type, steps)
        return self._dtypes[cpp_type]

    def _dtype(self, cpp_type: str, steps: int) -> str | None:
        found = parse_dtype(cpp_type)
        if found is not None or steps > _MAX_STEPS:
            return found
        of_enum = _OF_ENUM.fullmatch(cpp_type.strip())
        if of_enum is not None:
            return of_enum[1]
        name = cpp_type.rpartition("::")[2].strip()
        if not re.fullmatch(r"\w+", name):
            return None
        alias = re.compile(rf"\busing\s+{name}\s*=\s*([^;]+);|\btypedef\s+([^;]+?)\s+{name}\s*;")
        for file in self._mentioning(name):
            match = alias.search(file.text)
            if match is not None:
                found = self.dtype(match[1] or match[2], steps + 1)
                if found is not None:
                    return found
        # A release newer than the table of dtypes says itself which type is which.
        types = self.store.parsed("tensorflow/core/framework/types.h")
        match = re.search(rf"\bMATCH_TYPE_AND_ENUM\s*\(\s*{name}\s*,\s*(DT_\w+)\s*\)", types.text) if types else None
        return match[1] if match is not None else None

    def instantiations(self, path: str, line: int, parameter: str) -> list[str]:
        """The dtypes that the function template around a line is called with for ``parameter``, in the same file."""
        file = next(file for file in self.files if file.path == path)
        header = re.compile(
            rf"\btemplate\s*<\s*(?:typename|class)\s+{re.escape(parameter)}\s*>\s*[\w\s:&*]*?(\w+)\s*\("
        )
        name = None
        for match in header.finditer(file.text):
            if file.line(match.start()) > line:
                break
            name = match[1]
        if name is None:
            return []
        types = re.findall(rf"\b{name}\s*<([^;(){{}}]*?)>\s*\(\s*\)", file.text)
        found = [self.dtype(cpp_type) for cpp_type in types]
        return list(dict.fromkeys(dtype for dtype in found if dtype is not None))

    def _mentioning(self, name: str) -> Iterator[ParsedFile]:
        declared = re.compile(rf"\bextern\b[^;]*\b{name}\b[^;]*;|\b{name}\s*\(\s*\)\s*;")
        for file in self.files:
            if name not in file.text:
                continue
            yield file
            if file.path.endswith(".h") and declared.search(file.text):
                # What a header only declares is defined in the .cc of the same name.
                sibling = self.store.parsed(file.path[:-2] + ".cc")
                if sibling is not None:
                    yield sibling

    def _definitions(self, name: list[str]) -> Iterator[tuple[ParsedFile, int]]:
        """Where a constant of this qualified name is defined: file, offset of its initializer."""
        last = name[-1]
        pattern = re.compile(
            rf"\b(?:(?:char|string|string_view|StringPiece|DataType|DeviceType|auto)\b"
            rf"|(?:array|initializer_list|vector)\s*<[^;=]*?>)[\s\w*&:]*?\b{re.escape(last)}\s*(?:\[\w*\]\s*)?(?:=|(?=\{{)|(?=\())"
        )
        elsewhere = []
        for file in self._mentioning(last):
            for match in pattern.finditer(file.text):
                if len(name) > 1 and not _inside(file.text, match.start(), name[-2]):
                    elsewhere.append((file, match.end()))
                else:
                    yield file, match.end()
        yield from elsewhere


def _inside(text: str, position: int, owner: str) -> bool:
    """Whether a class or namespace ``owner`` opens before ``position``: the constant may be another one's."""
    opening = re.compile(rf"\b(?:class|struct|namespace)\s+(?:\w+\s+)?{re.escape(owner)}\b[^;{{]*\{{")
    return opening.search(text, 0, position) is not None or text[:position].rstrip().endswith(f"{owner}::")


def _initializer(file: ParsedFile, start: int) -> list[Token]:
    end = file.text.find(";", start)
    parts = tokenize(file.text[start : end if end != -1 else start + 4096])
    if len(parts) >= 2 and (parts[0].text, parts[-1].text) in (("{", "}"), ("(", ")")) and len(parts) == 3:
        return parts[1:-1]
    return parts


def _qualified(parts: Sequence[Token]) -> list[str] | None:
    """``a::b::c`` as its names; None for anything else."""
    names = []
    for position, token in enumerate(parts):
        if token.kind == WORD:
            names.append(token.text)
        elif token.text != "::" or (position and parts[position - 1].text == "::"):
            return None
    return names if names and parts[-1].kind == WORD else None


def braced(parts: Sequence[Token]) -> list[list[Token]] | None:
    """The elements of ``{a, b}`` or ``Span<T>{a, b}``; None for any other expression."""
    opening = next((position for position, token in enumerate(parts) if token.text == "{"), None)
    if opening is None or parts[-1].text != "}":
        return None
    return split_arguments(parts[opening + 1 : -1])


def split_arguments(parts: Sequence[Token]) -> list[list[Token]]:
    """Tokens between parentheses, cut at the commas outside of brackets."""
    result: list[list[Token]] = [[]]
    nesting = 0
    for token in parts:
        if token.text in ("(", "[", "{"):
            nesting += 1
        elif token.text in (")", "]", "}"):
            nesting -= 1
        if token.text == "," and nesting == 0:
            result.append([])
        else:
            result[-1].append(token)
    return result if result != [[]] else []
