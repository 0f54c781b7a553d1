"""The values of C++ constants, read from preprocessed text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from .lexer import OPEN, Token, literal, tokens
from .markers import occurrences

_STRING = r'(?:(?:u8)?"(?:[^"\\\n]|\\.)*"\s*)+'
_VALUE = re.compile(rf"\s*(?:\[\s*\d*\s*\])?\s*(?:=|\{{|\()\s*({_STRING})[;}})]")


class Constants:
    """String constants and dtype arrays of one translation unit."""

    def __init__(self, text: str, elsewhere: Mapping[str, str]) -> None:
        self._text = text
        self._elsewhere = elsewhere
        self._found: dict[str, tuple[str, ...]] = {}

    def string(self, expression: list[Token]) -> str | None:
        """The value of a literal, of a name, or of ``Class::name``; None if it is not to be found or not one value."""
        value = literal(expression)
        if value is not None:
            return value
        if [token.text for token in expression[1:]] == ["(", ")"]:
            return self._elsewhere.get(expression[0].text + "()")
        names = [token.text for token in expression if token.kind == "name"]
        if not names or any(token.kind != "name" and token.text not in ("::", "<", ">") for token in expression):
            return None
        values = self._values(names[-1])
        if len(names) > 1 and len(set(values)) != 1:
            values = self._values_in_class(names[-2], names[-1]) or values
        if not values:
            return self._elsewhere.get("::".join(names[-2:])) or self._elsewhere.get(names[-1])
        return values[0] if len(set(values)) == 1 else None

    def dtypes(self, name: str) -> tuple[str, ...] | None:
        """The ``DT_...`` names in ``name = {DT_A, DT_B}``."""
        found = {
            tuple(re.findall(r"\bDT_\w+", match[1]))
            for match in re.finditer(rf"\b{re.escape(name)}\s*(?:\[\w*\])?\s*=?\s*(\{{[^;]*)", self._text)
        }
        return found.pop() if len(found) == 1 else None

    def _values(self, name: str) -> tuple[str, ...]:
        if name not in self._found:
            self._found[name] = self._search(name, 0, len(self._text))
        return self._found[name]

    def _search(self, name: str, start: int, end: int) -> tuple[str, ...]:
        values = []
        for after in occurrences(self._text, name):
            match = _VALUE.match(self._text, after) if start <= after < end else None
            value = literal(list(tokens(match[1]))) if match else None
            if value is not None:
                values.append(value)
        return tuple(values)

    def _values_in_class(self, class_name: str, name: str) -> tuple[str, ...]:
        values: list[str] = []
        pattern = re.compile(rf"\b(?:class|struct|namespace)\s+{re.escape(class_name)}\b[^;{{()]*\{{")
        for match in pattern.finditer(self._text):
            values += self._search(name, match.end(), self._closing(match.end()))
        return tuple(values)

    def _closing(self, start: int) -> int:
        depth = 1
        for token in tokens(self._text, start):
            if token.text in OPEN and token.text == "{":
                depth += 1
            elif token.text == "}":
                depth -= 1
                if not depth:
                    return token.start
        return len(self._text)


_DEFINED = re.compile(rf"\bconst(?:expr)?\b[^;={{}}()\"]*?\b((?:\w+::)?\w+)\s*(?:\[\s*\])?\s*=\s*({_STRING});")
_RETURNED = re.compile(rf"\b(\w+\(\))\s*\{{\s*return\s*({_STRING});\s*\}}")


def constants_of_tree(folders: Iterable[Path]) -> dict[str, str]:
    """String constants that have one value wherever they are defined in the .h and .cc files under ``folders``.

    For those a header only declares: ``extern const char* const DEVICE_CPU``; and functions that do nothing but return
    one, under their name with ``()``: ``GetPaddingAttrString()``.
    """
    values: dict[str, set[str]] = {}
    for top in folders:
        for folder, _, files in os.walk(top):
            for file in files:
                if file.endswith((".h", ".cc")) and not file.endswith("_test.cc"):
                    text = (Path(folder) / file).read_text("utf-8", "replace")
                    for match in (*_DEFINED.finditer(text), *_RETURNED.finditer(text)):
                        value = literal(list(tokens(match[2])))
                        if value is not None:
                            values.setdefault(match[1], set()).add(value)
    return {name: found.pop() for name, found in values.items() if len(found) == 1}
