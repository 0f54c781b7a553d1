"""Preprocessing tokens: cutting cleaned text into them and spelling them again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from opsieve.tree.text import JOINT, RAW_STRING

WORD = 1
NUMBER = 2
STRING = 3
CHARACTER = 4
PUNCTUATION = 5
PAINTED = 6  # a macro's name inside its own expansion: never expanded again
PLACEMARKER = 7  # what an empty argument leaves beside ##


class Token(NamedTuple):
    """``space``: white space stands before it, which stringification keeps as one blank."""

    kind: int
    text: str
    space: bool


_TOKEN = re.compile(
    rf"(?P<space>[\s{JOINT}]+)?(?:"
    rf"(?P<string>{RAW_STRING}"
    r'|(?:u8|u|U|L)?"(?:[^"\\]|\\.)*")'
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<number>\.?\d(?:[eEpP][+-]|'\w|[\w.])*)"
    r"|(?P<character>(?:u8|u|U|L)?'(?:[^'\\\n]|\\.)+')"
    r"|(?P<punctuation>\.\.\.|<<=|>>=|->\*|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|\#\#|\S)"
    r")?"
)
_KINDS = {"string": STRING, "word": WORD, "number": NUMBER, "character": CHARACTER, "punctuation": PUNCTUATION}


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[Token, int]]:
    """The tokens of ``text[start:end]``, each with the offset at which it ends."""
    stop = len(text) if end is None else end
    match = _TOKEN.match
    position = start
    while position < stop:
        found = match(text, position, stop)
        assert found is not None  # every part of the pattern is optional
        position = found.end()
        group = found.lastgroup
        if group is None or group == "space":
            return
        kind = _KINDS.get(group, STRING)
        spelling = found[group] if group != "delimiter" else found["string"]
        if kind == STRING and JOINT in spelling:
            spelling = spelling.replace(JOINT, "\n" if 'R"' in spelling[:4] else "")
        yield Token(kind, spelling, found["space"] is not None), position


def tokenize(text: str) -> list[Token]:
    """All tokens of ``text``."""
    return [token for token, _ in tokens(text)]


def spell(parts: Sequence[Token]) -> str:
    """The source text of some tokens: one blank where there was white space, none at the ends."""
    return _joined(parts, lambda token: token.text)


def stringify(parts: list[Token]) -> str:
    """What the operator # makes of an argument: a string literal, quotes and backslashes in literals escaped."""
    return f'"{_joined(parts, _escaped)}"'


def _escaped(token: Token) -> str:
    if token.kind in (STRING, CHARACTER):
        return token.text.replace("\\", "\\\\").replace('"', '\\"')
    return token.text


def _joined(parts: Sequence[Token], text: Callable[[Token], str]) -> str:
    pieces: list[str] = []
    for token in parts:
        if token.kind == PLACEMARKER:
            continue
        if token.space and pieces:
            pieces.append(" ")
        pieces.append(text(token))
    return "".join(pieces)
