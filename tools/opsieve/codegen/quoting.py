"""Texts of strangers, written so that C++, Starlark, Make and a comment read back the same text and nothing else."""

from __future__ import annotations

import re
import shlex

# Nothing to escape in any language: printable ASCII but for the quote, the question mark and the backslash.
_PLAIN = re.compile(r"[ !#->@-\[\]-~]*")


def c_string(text: str) -> str:
    r"""The inside of a C++ string literal, in ASCII.

    A byte that is no printable ASCII becomes three octal digits, which unlike ``\x`` can't run into what follows; a
    question mark is escaped because ``??)`` is a trigraph before C++17.
    """
    return _escaped(text, {"?": "\\?"})


def starlark_string(text: str) -> str:
    """The inside of a Starlark string literal, in ASCII.

    Bazel's strings are bytes, and its only numeric escapes are octal (Lexer.java of net.starlark.java.syntax).
    """
    return _escaped(text, {})


def make_word(text: str) -> str:
    """A line in a Make variable: ``$`` and ``#`` as themselves."""
    # Make halves the backslashes before a "#", and no others.
    return re.sub(r"(\\*)#", r"\1\1\#", text.replace("$", "$$"))


def make_define(name: str, value: str) -> str:
    """``-DNAME=VALUE`` as one word of the shell command that Make runs."""
    return make_word(shlex.quote(f"-D{name}={value}"))


def comment(text: str) -> str:
    """A text in a one-line comment.

    What is not printable is shown as an escape: a line end would end the comment, and compilers reject bidirectional
    controls in one. A backslash at the end would continue the comment, so that a ``#`` follows it there: to the shell
    in whose command it stands that is a comment again.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return f"{shown} #" if shown.endswith(("\\", "??/")) else shown


def _escaped(text: str, special: dict[str, str]) -> str:
    if _PLAIN.fullmatch(text):
        return text
    pieces = []
    for byte in text.encode("utf-8", "surrogateescape"):
        character = chr(byte)
        if character in special:
            pieces.append(special[character])
        elif character in '"\\':
            pieces.append(f"\\{character}")
        elif 0x20 <= byte < 0x7F:
            pieces.append(character)
        else:
            pieces.append(f"\\{byte:03o}")
    return "".join(pieces)
