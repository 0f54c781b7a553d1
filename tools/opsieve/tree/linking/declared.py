"""The names that a header declares for others to use: its classes, functions, variables, aliases, outside any body."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from opsieve.tree.text import JOINT

_TOKEN = re.compile(
    rf"""[\s{JOINT}]+|(?P<word>[^\W\d]\w*)|(?P<other>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|::|[\d.][\w.']*|.)"""
)
_TYPES = frozenset({"class", "struct", "enum", "union"})
# Words before a name that are no part of it.
_PASSED = frozenset({"inline", "static", "extern", "constexpr", "const", "virtual", "explicit", "friend", "typename"})
_NOT_NAMES = frozenset(
    {"operator", "decltype", "alignas", "noexcept", "sizeof", "__attribute__", "static_assert", "if"}
)


def declared_names(text: str) -> frozenset[str] | None:
    """The names that cleaned text declares at namespace level; None where it cannot be told, as braces do not match."""
    names: set[str] = set()
    try:
        for statement, body in _statements(text):
            _declare(statement, names, body)
    except _UnmatchedBraces:
        return None
    return frozenset(names)


def promised_names(text: str) -> frozenset[str]:
    """The functions that a header's cleaned text declares and leaves to a source to define, and its classes.

    Templates aside: they are defined where they are declared, or instantiated by whoever knows the types.
    """
    names: set[str] = set()
    with contextlib.suppress(_UnmatchedBraces):
        for statement, body in _statements(text):
            plain = _without_passed(statement)
            if statement[:1] != ["template"] and plain and body == (plain[0] in _TYPES):
                found: set[str] = set()
                _declare(statement, found, body)
                names.update(name for name in found if not name.isupper() and (body or "(" in plain))
    return frozenset(names)


def defined_names(text: str) -> frozenset[str]:
    """The functions that a source's cleaned text defines for others to call, and the classes whose members it does."""
    names: set[str] = set()
    with contextlib.suppress(_UnmatchedBraces):
        for statement, body in _statements(text):
            if body and not {"template", "static", "inline", "="} & {*statement} and "(" in statement:
                start = statement.index("(")
                if start > 2 and statement[start - 2] == "::":
                    names.add(statement[start - 3])
                elif start > 1 and statement[0] not in _TYPES:
                    names.add(statement[start - 1])
    return frozenset(name for name in names if name.isidentifier() and name not in _NOT_NAMES and not name.isupper())


class _UnmatchedBraces(Exception):  # noqa: N818 - no error of anybody's: a condition may have cut a body in two
    pass


def _statements(text: str) -> Iterator[tuple[list[str], bool]]:
    """What stands at namespace level, token by token, and whether a body follows it.

    Raises:
        _UnmatchedBraces: at the end, or where one is closed that is not open.
    """
    statement: list[str] = []
    open_blocks = 0  # braces that are no namespace's
    namespaces = 0
    for match in _TOKEN.finditer(text):
        token = match["word"] or match["other"]
        if token is None:
            continue
        if open_blocks:
            open_blocks += {"{": 1, "}": -1}.get(token, 0)
        elif token == "{":
            if "namespace" in statement or (statement[:1] == ["extern"] and len(statement) == 2):
                namespaces += 1
            else:
                yield statement, True
                open_blocks = 1
            statement = []
        elif token == "}":
            namespaces -= 1
            if namespaces < 0:
                raise _UnmatchedBraces
            statement = []
        elif token == ";":
            yield statement, False
            statement = []
        else:
            statement.append(token)
    if open_blocks or namespaces:
        raise _UnmatchedBraces


def _declare(statement: list[str], names: set[str], body: bool) -> None:
    statement = _without_passed(_without_template(statement))
    if not statement:
        return
    words = [word for word in statement if word[0].isalpha() or word[0] == "_"]
    if statement[0] in _TYPES:
        # What is only announced (class X;) or specialized (struct X<int> {...}) is declared elsewhere.
        if body:
            _declare_type([word for word in statement if word not in _TYPES], names)
    elif statement[0] == "using":
        named = statement[: statement.index("=")] if "=" in statement else statement
        names.update([word for word in named if word.isidentifier()][-1:])
    elif statement[0] == "typedef":
        # A pointer to a function has its name in brackets: typedef void (*Done)(int).
        starred = zip(statement, statement[1:], statement[2:], strict=False)
        pointer = [name for bracket, star, name in starred if bracket == "(" and star == "*"][:1]
        names.update(words[-1:] + pointer)
    elif "(" in statement:
        _declare_function(statement, names)
    else:
        end = next((i for i, token in enumerate(statement) if token in ("=", "[")), len(statement))
        names.update([word for word in statement[:end] if word.isidentifier()][-1:])


def _without_passed(statement: list[str]) -> list[str]:
    while statement and statement[0] in _PASSED:
        statement = statement[1:]
    return statement


def _declare_type(named: list[str], names: set[str]) -> None:
    # An attribute macro (TF_EXPORT) may stand before the name.
    while len(named) > 1 and named[0].isupper() and (named[1].isidentifier() or named[1] == "("):
        named = named[named.index(")") + 1 :] if named[1] == "(" and ")" in named else named[1:]
    if named and named[1:2] != ["<"] and named[0].isidentifier():
        names.add(named[0])


def _declare_function(statement: list[str], names: set[str]) -> None:
    for position, token in enumerate(statement):
        if token != "(" or not position:
            continue
        name = statement[position - 1]
        if not name.isidentifier() or name in _NOT_NAMES:
            continue
        names.add(name)
        if not name.isupper():
            return
        # A macro: it may declare what its arguments name, or be an attribute before the name.
        names.update(word for word in statement[position:] if word.isidentifier())


def _without_template(statement: list[str]) -> list[str]:
    while len(statement) > 1 and statement[0] == "template" and statement[1] == "<":
        nesting = 0
        for position, token in enumerate(statement):
            nesting += {"<": 1, ">": -1}.get(token, 0)
            if token == ">" and nesting == 0:
                statement = statement[position + 1 :]
                break
        else:
            return []
    return statement[1:] if statement[:1] == ["template"] else statement
