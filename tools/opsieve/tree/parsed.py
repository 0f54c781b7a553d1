"""A C++ file as the preprocessor sees it: a tree of directives and the text between them. Pure syntax, no macros."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from opsieve.tree.conditions import Condition, always, is_defined, is_undefined, parse_condition
from opsieve.tree.macros import Macro, parse_macro
from opsieve.tree.text import JOINT, clean, line_at

_DIRECTIVE = re.compile(rf"^[ \t{JOINT}]*#[ \t{JOINT}]*([a-z_]+)?([^\n]*)$", re.MULTILINE)
_INCLUDE = re.compile(rf'[ \t{JOINT}]*(?:"([^"\n]+)"|<([^>\n]+)>)')
_NAME = re.compile(rf"[\s{JOINT}]*([^\W\d]\w*)")
_WORDS = re.compile(r"[^\W\d]\w*")
_MAX_NESTING = 150


@dataclass(slots=True)
class Text:
    """Text between directives: ``start`` to ``end`` in the file's cleaned text, and the identifiers in it."""

    start: int
    end: int
    words: frozenset[str]


@dataclass(slots=True)
class Define:
    """#define."""

    macro: Macro


@dataclass(slots=True)
class Undef:
    """#undef."""

    name: str


@dataclass(slots=True)
class Include:
    """#include of a name, quoted or in angle brackets, at ``offset`` in the file's cleaned text.

    ``target`` is the file it names, once the store has looked (``resolved``); None where that is not the tree's own.
    ``computed``: what follows #include is to be expanded first, and ``name`` is that text.
    """

    name: str
    quoted: bool
    offset: int
    resolved: bool = False
    target: ParsedFile | None = None
    computed: bool = False


@dataclass(slots=True)
class Branches:
    """#if … #elif … #else … #endif: each condition with what stands under it."""

    branches: list[tuple[Condition, Block]]


Item = Text | Define | Undef | Include | Branches
Block = list[Item]


@dataclass(slots=True)
class ParsedFile:
    """``path`` is relative to the tree.

    ``guard``: the macro that, when defined, makes the file empty; ``once``: #pragma once. ``problem``: why the rest of
    the file was not parsed.
    """

    path: str
    text: str
    items: Block
    guard: str | None = None
    once: bool = False
    problem: str | None = None
    macros: list[Macro] = field(default_factory=list)

    def line(self, offset: int) -> int:
        """The line of an offset in ``text``."""
        return line_at(self.text, offset)


def parse_file(path: str, source: bytes) -> ParsedFile:
    """Parse a file. Malformed directives are passed over as a compiler does after reporting them."""
    text = clean(source)
    file = ParsedFile(path, text, [])
    current = file.items
    stack: list[tuple[Block, Branches]] = []
    position = 0
    for match in _DIRECTIVE.finditer(text):
        _add_text(current, text, position, match.start())
        position = match.end()
        keyword, rest = match[1] or "", match[2]
        if keyword == "define":
            macro = parse_macro(rest)
            if macro is not None:
                current.append(Define(macro))
                file.macros.append(macro)
        elif keyword == "include" or keyword == "include_next":
            named = parse_include(rest, match.start())
            if named is not None:
                current.append(named)
            elif rest.strip():
                current.append(Include(rest, False, match.start(), computed=True))
        elif keyword in ("if", "ifdef", "ifndef"):
            if len(stack) >= _MAX_NESTING:
                file.problem = f"{path}:{file.line(match.start())}: conditionals nest deeper than {_MAX_NESTING}"
                return file
            branches = Branches([(_condition(keyword, rest), [])])
            current.append(branches)
            stack.append((current, branches))
            current = branches.branches[0][1]
        elif keyword in ("elif", "else", "elifdef", "elifndef") and stack:
            condition = always(True) if keyword == "else" else _condition(keyword[2:], rest)
            block: Block = []
            stack[-1][1].branches.append((condition, block))
            current = block
        elif keyword == "endif" and stack:
            current = stack.pop()[0]
        elif keyword == "undef":
            name = _NAME.match(rest)
            if name is not None:
                current.append(Undef(name[1]))
        elif keyword == "pragma" and rest.split()[:1] == ["once"]:
            file.once = True
    _add_text(current, text, position, len(text))
    file.guard = _guard(file.items, text)
    return file


def parse_include(text: str, offset: int) -> Include | None:
    """The include that ``text`` after #include is; None where it is to be expanded first."""
    found = _INCLUDE.match(text)
    return None if found is None else Include((found[1] or found[2]).strip(), found[1] is not None, offset)


def _add_text(block: Block, text: str, start: int, end: int) -> None:
    if end > start:
        words = frozenset(_WORDS.findall(text, start, end))
        if words:
            block.append(Text(start, end, words))


def _condition(keyword: str, rest: str) -> Condition:
    if keyword == "if":
        return parse_condition(rest)
    name = _NAME.match(rest)
    if name is None:
        return always(False)
    return is_undefined(name[1]) if keyword == "ifndef" else is_defined(name[1])


def _guard(items: Block, text: str) -> str | None:
    """The include guard: all of the file stands under ``#ifndef X`` whose first act is ``#define X``."""
    if len(items) != 1 or not isinstance(items[0], Branches) or len(items[0].branches) != 1:
        return None
    _, block = items[0].branches[0]
    if not block or not isinstance(block[0], Define):
        return None
    name = block[0].macro.name
    opening = _DIRECTIVE.search(text)
    if opening is None:
        return None
    tested = opening[2].replace("(", " ").replace(")", " ").replace("!", " ").split()
    if opening[1] == "ifndef" and tested[:1] == [name]:
        return name
    if opening[1] == "if" and tested == ["defined", name] and opening[2].lstrip().startswith("!"):
        return name
    return None
