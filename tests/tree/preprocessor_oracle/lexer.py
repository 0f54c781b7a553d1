"""C++ tokens of preprocessed text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|^\#[^\n]*$|//[^\n]*|/\*.*?\*/)
  | (?P<raw>(?:u8|u|U|L)?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
  | (?P<string>(?:u8|u|U|L)?"(?:[^"\\\n]|\\.)*")
  | (?P<char>(?:u8|u|U|L)?'(?:[^'\\\n]|\\.)+')
  | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
  | (?P<name>[A-Za-z_$]\w*)
  | (?P<punct>::|->|<<=?|>=|<=|==|!=|&&|\|\||[^\s])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = frozenset(OPEN.values())


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is string, char, number, name or punct; ``value`` of a string is what it decodes to."""

    kind: str
    text: str
    value: str
    start: int
    end: int


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens from ``start`` on; white space, comments and line markers left out."""
    position = start
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "delimiter":
            kind = "raw"
        if kind == "space":
            continue
        if kind == "raw":
            value = match[0][match[0].index("(") + 1 : -len(match["delimiter"]) - 2]
            yield Token("string", match[0], value, match.start(), match.end())
        elif kind == "string":
            yield Token(
                "string", match[0], unescape(match[0][match[0].index('"') + 1 : -1]), match.start(), match.end()
            )
        else:
            yield Token(kind, match[0], match[0], match.start(), match.end())


def unescape(body: str) -> str:
    """The characters a string literal's body stands for."""

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 8))
        if match[2]:
            return chr(int(match[2], 16) & 0x10FFFF)
        return _SIMPLE_ESCAPES.get(match[3], match[3])

    return _ESCAPE.sub(one, body)


def call_arguments(text: str, start: int) -> tuple[list[list[Token]], int]:
    """The arguments of the call whose ``(`` is the first token at or after ``start``, and where its ``)`` ends.

    Commas inside round, square and curly brackets do not separate; those inside ``<>`` do.

    Raises:
        ValueError: there is no ``(``, or it is never closed.
    """
    stream = tokens(text, start)
    first = next(stream, None)
    if first is None or first.text != "(":
        raise ValueError(f"no argument list at {start}")
    arguments: list[list[Token]] = [[]]
    expected = [")"]
    for token in stream:
        if token.kind == "punct":
            if token.text in OPEN:
                expected.append(OPEN[token.text])
            elif token.text in CLOSE:
                if token.text != expected.pop():
                    raise ValueError(f"unbalanced {token.text} at {token.start}")
                if not expected:
                    if arguments == [[]]:
                        arguments = []
                    return arguments, token.end
            elif token.text == "," and len(expected) == 1:
                arguments.append([])
                continue
        arguments[-1].append(token)
    raise ValueError(f"argument list at {start} is never closed")


@dataclass(frozen=True, slots=True)
class Call:
    """One link of ``Name("X").TypeConstraint<T>("T")``: ``template`` is what stands between ``<>``."""

    name: str
    template: list[Token]
    arguments: list[list[Token]]


def call_chain(text: str, start: int = 0) -> tuple[list[Call], int]:
    """``a::b(x).c<t>(y)`` from ``start`` on as its calls, and where the last one ends.

    Raises:
        ValueError: a bracket is never closed.
    """
    calls: list[Call] = []
    position = start
    while True:
        name, template, after = _call_head(text, position, first=not calls)
        if not name:
            return calls, position
        arguments, position = call_arguments(text, after)
        calls.append(Call(name, template, arguments))


def _call_head(text: str, start: int, first: bool) -> tuple[str, list[Token], int]:
    name = ""
    template: list[Token] = []
    depth = 0
    wants_dot = not first
    for token in tokens(text, start):
        if wants_dot:
            if token.text != ".":
                return "", [], start
            wants_dot = False
        elif depth or (token.text == "<" and name):
            depth += {"<": 1, ">": -1}.get(token.text, 0)
            template.append(token)
        elif token.text == "(":
            return name, template[1:-1], token.start
        elif token.kind == "name" and token.text != "template":
            name = token.text
        elif token.text not in ("::", "template"):
            return "", [], start
    return "", [], start


def literal(argument: list[Token]) -> str | None:
    """The value of one or more adjacent string literals; None for anything else."""
    while len(argument) > 2 and argument[0].text == "(" and argument[-1].text == ")":
        argument = argument[1:-1]
    if not argument or any(token.kind != "string" for token in argument):
        return None
    return "".join(token.value for token in argument)


def spelled(argument: list[Token]) -> str:
    """The tokens again, with a space only where two words would run into one."""
    out = ""
    for token in argument:
        if out and (out[-1].isalnum() or out[-1] == "_") and (token.text[0].isalnum() or token.text[0] == "_"):
            out += " "
        out += token.text
    return out
