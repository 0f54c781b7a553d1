"""The conditions of #if and #elif: parsed once, evaluated under a table of macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from opsieve.tree.tokens import CHARACTER, NUMBER, PAINTED, PUNCTUATION, WORD, Token, spell, tokenize

if TYPE_CHECKING:
    from opsieve.tree.macros import Expander

# A condition takes the expander, whose table it is evaluated under.
Condition = Callable[["Expander"], bool]

_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)([uUlLzZ]*)")
_PRECEDENCE: Mapping[str, int] = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
# Operators spelled as words ([lex.digraph]).
_ALTERNATIVE = {
    "not": "!",
    "and": "&&",
    "or": "||",
    "bitand": "&",
    "bitor": "|",
    "xor": "^",
    "compl": "~",
    "not_eq": "!=",
}
_MAX_NESTING = 200
_ALL_BITS = (1 << 64) - 1


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
    parts = [
        Token(PUNCTUATION, _ALTERNATIVE[token.text], token.space) if token.text in _ALTERNATIVE else token
        for token in tokenize(text)
    ]
    simple, bare = _simple(parts)
    if simple is not None and not bare:
        return simple

    def evaluate(expander: Expander) -> bool:
        try:
            return _Evaluation(expander.expand_condition(_with_answers(parts, expander))).value() != 0
        except (BadConditionError, RecursionError):
            return False

    if simple is None:
        return evaluate
    quick = simple
    # A name that is no macro is 0, as a macro that is not defined counts as 0 in the quick form.
    return lambda expander: evaluate(expander) if any(name in expander.table for name in bare) else quick(expander)


def _simple(parts: list[Token]) -> tuple[Condition | None, list[str]]:
    """A quick form for what nearly every condition is: ``[!]defined(X)`` or ``[!]X`` joined by one of && and ||.

    With it come the names that stand by themselves: it holds as long as none of them is a macro.
    """
    terms: list[tuple[str, bool]] = []
    bare: list[str] = []
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
        elif (
            spelled
            and parts[position].kind == WORD
            and spelled[0] not in ("defined", "true")
            and spelled[0][:2] != "__"
        ):
            terms.append((spelled[0], negated))
            bare.append(spelled[0])
            position += 1
        else:
            return None, bare
        if position == len(parts):
            break
        operator = parts[position].text
        if operator not in ("&&", "||") or (joiner and joiner != operator):
            return None, bare
        joiner = operator
        position += 1
    if joiner == "||":
        return lambda expander: any((name in expander.table) != negated for name, negated in terms), bare
    return lambda expander: all((name in expander.table) != negated for name, negated in terms), bare


def _with_answers(parts: list[Token], expander: Expander) -> list[Token]:
    """Questions about the compiler (__has_feature, __has_attribute) answered with no, __has_include as it is."""
    result = []
    position = 0
    while position < len(parts):
        token = parts[position]
        if token.kind == WORD and token.text.startswith("__has_") and token.text not in expander.table:
            end = _past_call(parts, position + 1)
            found = token.text.startswith("__has_include") and expander.finds_include(
                spell(parts[position + 2 : end - 1])
            )
            result.append(Token(NUMBER, "1" if found else "0", True))
            position = end
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


class _Number(NamedTuple):
    """A value of intmax_t or uintmax_t, as which #if computes ([cpp.cond])."""

    value: int
    unsigned: bool = False


def _number(value: int, unsigned: bool) -> _Number:
    value &= _ALL_BITS
    return _Number(value if unsigned or value <= _ALL_BITS >> 1 else value - _ALL_BITS - 1, unsigned)


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
        return result.value

    def _peek(self) -> str:
        return self.parts[self.position].text if self.position < len(self.parts) else ""

    def _ternary(self) -> _Number:
        condition = self._binary(1)
        if self._peek() != "?":
            return condition
        self.position += 1
        chosen = self._ternary()
        if self._peek() != ":":
            raise BadConditionError
        self.position += 1
        other = self._ternary()
        return _number((chosen if condition.value else other).value, chosen.unsigned or other.unsigned)

    def _binary(self, lowest: int) -> _Number:
        left = self._unary()
        while True:
            operator = self._peek()
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < lowest:
                return left
            self.position += 1
            left = _apply(operator, left, self._binary(precedence + 1))

    def _unary(self) -> _Number:
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
            value = int(digits, 0)
            return _number(value, "u" in number[2].lower() or value > _ALL_BITS >> 1)
        if token.kind == CHARACTER:
            return _Number(ord(token.text[-2]))
        if token.kind in (WORD, PAINTED):
            return _Number(1 if token.text == "true" else 0)
        raise BadConditionError

    def _operator(self, operator: str) -> _Number:
        if operator == "(":
            inner = self._ternary()
            if self._peek() != ")":
                raise BadConditionError
            self.position += 1
            return inner
        if operator not in ("!", "-", "+", "~"):
            raise BadConditionError
        operand = self._unary()
        if operator == "!":
            return _Number(int(operand.value == 0))
        value = {"-": -operand.value, "+": operand.value, "~": ~operand.value}[operator]
        return _number(value, operand.unsigned)


_LOGICAL: Mapping[str, Callable[[int, int], bool]] = {
    "||": lambda a, b: bool(a) or bool(b),
    "&&": lambda a, b: bool(a) and bool(b),
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1),
    "%": lambda a, b: abs(a) % abs(b) * (-1 if a < 0 else 1),
}


def _apply(operator: str, left: _Number, right: _Number) -> _Number:
    if operator in ("<<", ">>"):
        if not 0 <= right.value < 64:
            raise BadConditionError
        shifted = left.value << right.value if operator == "<<" else left.value >> right.value
        return _number(shifted, left.unsigned)
    unsigned = left.unsigned or right.unsigned
    if operator in ("||", "&&"):
        return _Number(int(_LOGICAL[operator](left.value, right.value)))
    a, b = _number(left.value, unsigned).value, _number(right.value, unsigned).value
    if operator in _LOGICAL:
        return _Number(int(_LOGICAL[operator](a, b)))
    if operator in ("/", "%") and b == 0:
        # Not an error where && or || makes it irrelevant, and never meaningful otherwise.
        return _number(0, unsigned)
    return _number(_ARITHMETIC[operator](a, b), unsigned)
