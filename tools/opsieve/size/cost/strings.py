"""The strings of an object that its linker merges with those of others."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left

from opsieve.size.cost.objects import ELSEWHERE, LinkedObject, Reference

_END = re.compile(b"\0")


class Strings:
    """Of one object. However many references there are to a string, it is looked for once."""

    def __init__(self, linked: LinkedObject) -> None:
        self._linked = linked
        self._ends: dict[int, array[int]] = {}
        self._found: dict[tuple[int, int], bytes] = {}

    def whole(self, reference: Reference) -> bytes | None:
        """The string that is referred to, or into; None where it is no string."""
        place = self._place(reference)
        if place is None:
            return None
        number, content, at = place
        ends = self._ends.get(number)
        if ends is None:
            ends = self._ends[number] = array("Q", (found.start() for found in _END.finditer(content)))
        row = bisect_left(ends, at)
        text = self._found.get((number, row))
        if text is None:
            start = ends[row - 1] + 1 if row else 0
            text = self._found[number, row] = content[start : ends[row] if row < len(ends) else len(content)]
        return text

    def text(self, reference: Reference, longest: int) -> str | None:
        """What stands there up to the string's end, if it is a string of at most so many bytes."""
        place = self._place(reference)
        if place is None:
            return None
        _, content, at = place
        end = content.find(b"\0", at, at + longest + 1)
        if end < 0:
            if len(content) - at > longest:
                return None
            end = len(content)
        return content[at:end].decode("utf-8", "replace")

    def _place(self, reference: Reference) -> tuple[int, bytes, int] | None:
        """The section with it, what is in that, and where in it."""
        symbol = self._linked.symbols[reference.symbol]
        section = self._linked.sections[symbol.section] if symbol.section != ELSEWHERE else None
        if section is None or section.strings is None:
            return None
        at = symbol.value + reference.addend
        return (symbol.section, section.strings, at) if 0 <= at < len(section.strings) else None
