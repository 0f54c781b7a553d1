"""Phases 1 to 3 of C++ translation on a whole file: line splices and comments go away, lines stay countable."""

from __future__ import annotations

import re

# Stands where a line end was inside a logical line (a splice, a comment over several lines): white space to the
# tokenizer, and counted by line_at().
JOINT = "\x01"

_SPLICE = re.compile(r"\\[ \t]*\n")
_SPLIT_WORD = re.compile(rf"({JOINT}+)(\w+)")
RAW_STRING = r'\b(?:u8|u|U|L)?R"(?P<delimiter>[^()\\\s"]{0,16})\([\s\S]*?\)(?P=delimiter)"'
_COMMENT = r"//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|/\*[\s\S]*\Z"
_STRING = r'"(?:[^"\\\n]|\\.)*"'
# Each alternative starts with one known character, so that the search skips from candidate to candidate.
_COMMENT_OR_LITERAL = re.compile(rf"{_COMMENT}|{_STRING}|'(?:[^'\\\n]|\\.)+'")
# A digit separator (1'000) must not open a character literal, nor a quote in a raw string a string.
_SEPARATOR = re.compile(r"[0-9][0-9a-fA-F]*'[0-9a-fA-F]")
_CAREFUL = re.compile(rf"{_COMMENT}|{RAW_STRING}|{_STRING}|(?<![0-9a-fA-F_])'(?:[^'\\\n]|\\.)+'")


def clean(source: bytes) -> str:
    """The text of a C++ file without byte order mark, carriage returns, line splices and comments.

    A comment becomes one space; every line end that disappears leaves a JOINT. Bytes that are not UTF-8 stay apart.
    """
    text = source.decode("utf-8", "surrogateescape")
    if text.startswith("\ufeff"):
        text = text[1:]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if JOINT in text:
        text = text.replace(JOINT, " ")
    if "\\" in text:
        text = _SPLICE.sub(JOINT, text)
        text = _SPLIT_WORD.sub(_whole_word, text)
    pattern = _CAREFUL if 'R"' in text or _SEPARATOR.search(text) else _COMMENT_OR_LITERAL
    return pattern.sub(_without_comment, text)


def _whole_word(match: re.Match[str]) -> str:
    """A word that a splice cut in two is put together before it."""
    before = match.string[match.start() - 1 : match.start()]
    return match[2] + match[1] if before.isalnum() or before == "_" else match.group()


def _without_comment(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] != "/":
        # A raw string may span lines; as one token it must not look like several lines to the directives.
        return found.replace("\n", JOINT) if "\n" in found else found
    if JOINT not in found and "\n" not in found:
        return " "
    return " " + JOINT * (found.count("\n") + found.count(JOINT))


def line_at(text: str, offset: int) -> int:
    """The line, from 1, of the file that ``text`` was cleaned from."""
    return 1 + text.count("\n", 0, offset) + text.count(JOINT, 0, offset)
