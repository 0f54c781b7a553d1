"""The conditions of #if and #elif: parsed once, evaluated under a table of macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from opsieve.tree.tokens import CHARACTER, NUMBER, PAINTED, PUNCTUATION, WORD, Token, tokenize

if TYPE_CHECKING:
    from opsieve.tree.macros import Expander

# A condition takes the expander, whose table it is evaluated under.
Condition = Callable[["Expander"], bool]

_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)[uUlLzZ]*")
_PRECEDENCE: Mapping[str, int] = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
_MAX_NESTING = 200


class BadConditionError(Exception):
    """The expression is not one that a preprocessor would take."""


def always(value: bool) -> Condition:
    """A condition that does not depend on macros."""
    return lambda _: value


def is_defined(name: str) -> Condition:
    """#ifdef NAME."""
    return lambda expander: name in expander.table


def is_undefined(name: str) -> Condition:
    """#ifndef NAME."""
    return lambda expander: name not in expander.table


def parse_condition(text: str) -> Condition:
    """The condition of ``#if text``. A malformed one is false, as for a compiler that goes on after its error."""
    parts = tokenize(text)
    simple = _only_defined(parts)
    if simple is not None:
        return simple

    def evaluate(expander: Expander) -> bool:
        try:
            return _Evaluation(expander.expand(_with_defined(parts, expander.table))).value() != 0
        except (BadConditionError, RecursionError):
            return False

    return evaluate


def _only_defined(parts: list[Token]) -> Condition | None:
    """A quick form for what nearly every condition is: ``[!]defined(X)`` joined by one of && and ||."""
    terms: list[tuple[str, bool]] = []
    joiner = ""
    position = 0
    while True:
        negated = False
        while position < len(parts) and parts[position].text == "!":
            negated = not negated
            position += 1
        spelled = [token.text for token in parts[position : position + 4]]
        if len(spelled) >= 2 and spelled[0] == "defined" and parts[position + 1].kind == WORD:
            terms.append((spelled[1], negated))
            position += 2
        elif len(spelled) == 4 and spelled[:2] == ["defined", "("] and spelled[3] == ")":
            terms.append((spelled[2], negated))
            position += 4
        else:
            return None
        if position == len(parts):
            break
        operator = parts[position].text
        if operator not in ("&&", "||") or (joiner and joiner != operator):
            return None
        joiner = operator
        position += 1
    if joiner == "||":
        return lambda expander: any((name in expander.table) != negated for name, negated in terms)
    return lambda expander: all((name in expander.table) != negated for name, negated in terms)


def _with_defined(parts: list[Token], table: Mapping[str, object]) -> list[Token]:
    result = []
    position = 0
    while position < len(parts):
        token = parts[position]
        if token.kind == WORD and token.text == "defined":
            named = position + 1
            parenthesised = named < len(parts) and parts[named].text == "("
            if parenthesised:
                named += 1
            if named >= len(parts) or parts[named].kind != WORD:
                raise BadConditionError
            result.append(Token(NUMBER, "1" if parts[named].text in table else "0", True))
            position = named + (2 if parenthesised else 1)
        elif token.kind == WORD and token.text.startswith("__has_") and token.text not in table:
            # Asks about the compiler or its headers (__has_include, __has_feature): unknown here, so no.
            position = _past_call(parts, position + 1)
            result.append(Token(NUMBER, "0", True))
        else:
            result.append(token)
            position += 1
    return result


def _past_call(parts: list[Token], position: int) -> int:
    if position >= len(parts) or parts[position].text != "(":
        return position
    nesting = 0
    while position < len(parts):
        nesting += {"(": 1, ")": -1}.get(parts[position].text, 0)
        position += 1
        if nesting == 0:
            break
    return position


class _Evaluation:
    """A precedence climber over expanded tokens."""

    def __init__(self, parts: list[Token]) -> None:
        self.parts = parts
        self.position = 0
        self.nesting = 0

    def value(self) -> int:
        result = self._ternary()
        if self.position != len(self.parts):
            raise BadConditionError
        return result

    def _peek(self) -> str:
        return self.parts[self.position].text if self.position < len(self.parts) else ""

    def _ternary(self) -> int:
        condition = self._binary(1)
        if self._peek() != "?":
            return condition
        self.position += 1
        chosen = self._ternary()
        if self._peek() != ":":
            raise BadConditionError
        self.position += 1
        other = self._ternary()
        return chosen if condition else other

    def _binary(self, lowest: int) -> int:
        left = self._unary()
        while True:
            operator = self._peek()
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < lowest:
                return left
            self.position += 1
            left = _apply(operator, left, self._binary(precedence + 1))

    def _unary(self) -> int:
        if self.position >= len(self.parts):
            raise BadConditionError
        token = self.parts[self.position]
        self.position += 1
        if token.kind == PUNCTUATION:
            self.nesting += 1
            if self.nesting > _MAX_NESTING:
                raise BadConditionError
            try:
                return self._operator(token.text)
            finally:
                self.nesting -= 1
        if token.kind == NUMBER:
            number = _INTEGER.fullmatch(token.text.replace("'", ""))
            if number is None:
                raise BadConditionError
            digits = number[1]
            if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xXbB":
                digits = "0o" + digits[1:]
            return int(digits, 0)
        if token.kind == CHARACTER:
            return ord(token.text[-2])
        if token.kind in (WORD, PAINTED):
            return 1 if token.text == "true" else 0
        raise BadConditionError

    def _operator(self, operator: str) -> int:
        if operator == "!":
            return int(self._unary() == 0)
        if operator == "-":
            return -self._unary()
        if operator == "+":
            return self._unary()
        if operator == "~":
            return ~self._unary()
        if operator == "(":
            inner = self._ternary()
            if self._peek() != ")":
                raise BadConditionError
            self.position += 1
            return inner
        raise BadConditionError


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%"):
        if right == 0:
            # Not an error when short-circuited, and never meaningful otherwise.
            return 0
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    if operator in ("<<", ">>"):
        if not 0 <= right < 64:
            raise BadConditionError
        return left << right if operator == "<<" else left >> right
    simple: Mapping[str, Callable[[int, int], int]] = {
        "||": lambda a, b: int(bool(a) or bool(b)),
        "&&": lambda a, b: int(bool(a) and bool(b)),
        "|": lambda a, b: a | b,
        "^": lambda a, b: a ^ b,
        "&": lambda a, b: a & b,
        "==": lambda a, b: int(a == b),
        "!=": lambda a, b: int(a != b),
        "<": lambda a, b: int(a < b),
        ">": lambda a, b: int(a > b),
        "<=": lambda a, b: int(a <= b),
        ">=": lambda a, b: int(a >= b),
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
    }
    return simple[operator](left, right) & 0xFFFFFFFFFFFFFFFF if operator == "*" else simple[operator](left, right)
