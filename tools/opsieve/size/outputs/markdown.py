"""Tables in GitHub's Markdown, small enough for a comment, in which no name can be anything but text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opsieve.size.page.names import visible

MAX_SIZE = 60_000
"""Bytes. A comment on GitHub has at most 65,536 characters."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,/-+")
_LONGEST = 160


def plain(text: str) -> str:
    """``text`` as nothing but text: no markup, no link, no end of a table's cell."""
    return "".join(
        letter if letter in _PLAIN or not letter.isascii() else f"&#{ord(letter)};" for letter in visible(text)
    )


def code(text: str) -> str:
    """A name. In <code> neither people nor issues are linked that it seems to mention."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST * 2 // 3]}…{text[-_LONGEST // 3 :]}"
    return f"<code>{plain(text)}</code>" if text else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; a head that begins with ">" is of numbers. Cells are Markdown already."""
    names = [head.removeprefix(">") for head in heads]
    rules = ["---:" if head.startswith(">") else "---" for head in heads]
    return [_row(names), _row(rules), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def within(blocks: Iterable[Sequence[str]], limit: int = MAX_SIZE) -> str:
    """Blocks of lines, as much of them as fits. A table is cut between rows, and what is left out is said."""
    said = "*{} more lines are left out.*"
    left = limit - len(said) - 20
    lines: list[str] = []
    dropped = 0
    for block in blocks:
        for line in (*block, ""):
            size = len(line.encode()) + 1
            if dropped or size > left:
                dropped += bool(line)
                continue
            left -= size
            lines.append(line)
    if dropped:
        lines += ["", said.format(dropped)]
    return "\n".join(lines).rstrip("\n") + "\n"
