"""Chained builder calls: ``Name("Add").Device(DEVICE_CPU).TypeConstraint<float>("T")`` as a list of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from opsieve.tree.expressions import split_arguments
from opsieve.tree.tokens import WORD, Token

_OPENING = {"(": ")", "[": "]", "{": "}"}


class ChainedCall(NamedTuple):
    """``method<template>(arguments)``."""

    method: str
    template: list[Token]
    arguments: list[list[Token]]


def parse_chain(parts: Sequence[Token]) -> list[ChainedCall] | None:
    """The calls of a chain, from its first; None where the expression is not one."""
    calls: list[ChainedCall] = []
    position = 0
    end = len(parts)
    while position < end:
        if calls:
            if parts[position].text != ".":
                return None
            position += 1
        while position + 1 < end and (
            parts[position].text in ("::", "template") or (parts[position + 1].text == "::" and not calls)
        ):
            position += 1
        if position >= end or parts[position].kind != WORD:
            return None
        method = parts[position].text
        position += 1
        template: list[Token] = []
        if position < end and parts[position].text == "<":
            closing = _closing_angle(parts, position)
            if closing is None:
                return None
            template = _template_tokens(parts, position, closing)
            position = closing + 1
        if position >= end or parts[position].text != "(":
            return None
        closing = _closing(parts, position)
        if closing is None:
            return None
        calls.append(ChainedCall(method, template, split_arguments(parts[position + 1 : closing])))
        position = closing + 1
    return calls or None


def _closing(parts: Sequence[Token], opening: int) -> int | None:
    expected = []
    for position in range(opening, len(parts)):
        text = parts[position].text
        if text in _OPENING:
            expected.append(_OPENING[text])
        elif expected and text == expected[-1]:
            expected.pop()
            if not expected:
                return position
    return None


def _closing_angle(parts: Sequence[Token], opening: int) -> int | None:
    nesting = 0
    for position in range(opening, len(parts)):
        text = parts[position].text
        if text == "<":
            nesting += 1
        elif text == ">" or text == ">>":
            nesting -= len(text)
            if nesting <= 0:
                return position
        elif text in (";", "{"):
            return None
    return None


def _template_tokens(parts: Sequence[Token], opening: int, closing: int) -> list[Token]:
    inner = list(parts[opening + 1 : closing])
    # The first half of a closing >> belongs to the argument.
    if parts[closing].text == ">>":
        inner.append(parts[closing]._replace(text=">"))
    return inner
