"""Strings as YAML scalars: plain where every reader takes them for strings, else in double quotes; always ASCII."""

from __future__ import annotations

import re

# Words that are strings whatever the reader: YAML 1.1 and 1.2 give meaning to what begins with a digit, sign or dot
# (numbers, dates), to indicators, to ": " and " #"; a comma ends a scalar within brackets.
_INNER = r"[A-Za-z0-9_./<>()$;=*+^,-]|:(?=[A-Za-z0-9_:])"
_PLAIN = re.compile(rf"[A-Za-z_](?:{_INNER})*(?: (?:{_INNER})+)*")
_PLAIN_IN_BRACKETS = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*")
# https://yaml.org/type/bool.html, https://yaml.org/type/null.html
_NOT_STRINGS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def scalar(text: str) -> str:
    """A value, or a key, that stands on a line of its own."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _NOT_STRINGS else quoted(text)


def scalar_in_brackets(text: str) -> str:
    """A value, or a key, within ``[...]`` or ``{...}``."""
    return text if _PLAIN_IN_BRACKETS.fullmatch(text) and text.lower() not in _NOT_STRINGS else quoted(text)


def quoted(text: str) -> str:
    """In double quotes, whatever it holds; only visible ASCII characters stand for themselves."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
