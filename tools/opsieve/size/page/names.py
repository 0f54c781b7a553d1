"""Names of strangers' files as people may see them: nothing invisible, nothing that turns text around, not too long."""

from __future__ import annotations

import re

# C++ templates of Eigen have names of several thousand characters, whose ends tell them apart.
MAX_CHARACTERS = 600
_HEAD, _TAIL = 400, 160

# `<group>-<digest>/` and `.<digest>.o`, which differ between builds of the same source.
_DIGEST = re.compile(r"-[0-9a-f]{16,64}(?=/)|\.[0-9a-f]{8,64}(?=\.p?i?c?\.?o(bj)?\b)")


def visible(text: str) -> str:
    """``text`` with what cannot be seen (control characters, bidirectional controls, line separators) spelled out."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _spelled(ord(character)) for character in text)


def shown(text: str) -> str:
    """:func:`visible` of at most MAX_CHARACTERS: of a longer name the middle is left out, and how much is said."""
    if len(text) > MAX_CHARACTERS:
        left_out = len(text) - _HEAD - _TAIL
        text = f"{text[:_HEAD]} … {left_out:,} more characters … {text[-_TAIL:]}"
    # A character may become ten, so a name of nothing but control characters is cut again.
    return visible(text)[: MAX_CHARACTERS * 2]


def without_digests(path: str) -> str:
    """An object's path without the digests that build systems put into it, so that two builds can be compared."""
    return _DIGEST.sub("", path)


def size_text(size: int) -> str:
    """``size`` bytes for people: ``312 B``, ``4.4 KiB``, ``6.93 MiB``."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB"):
        # 1023.95 would be shown as 1024.0.
        if abs(value) < 1023.95:
            break
        value, unit = value / 1024, larger
    if unit == "B":
        return f"{size} B"
    return f"{value:.2f} {unit}" if abs(value) < 10 else f"{value:.1f} {unit}"


def _spelled(code: int) -> str:
    # A byte that was no UTF-8 (os.fsdecode), so that it does not look like a character of its own.
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
