"""Class texts among a file's constants, whether or not any code leads to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from opsieve.binary.image import LONGEST_STRING, Image
from opsieve.binary.names import NOT_SELECTED, Names, spaceless

_CHUNK = 1 << 20
_TAIL = 3
_END = re.compile(rb"[!-~]\x00")


@dataclass(slots=True)
class ClassTexts:
    """Finds the class texts of an index that are whole strings in a file, not merely the end of another."""

    names: Names
    _tails: frozenset[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._tails = frozenset(text.encode()[-_TAIL:] for text in (*self.names.pairs, NOT_SELECTED))

    def found(self, image: Image) -> Iterator[str]:
        """The texts, spaces left out, and NOT_SELECTED; some may come more than once."""
        for region in image.regions:
            if region.constants:
                content = memoryview(region.content)
                for start in range(0, len(content), _CHUNK):
                    first = max(start - LONGEST_STRING, 0)
                    yield from self._in(bytes(content[first : start + _CHUNK]), start - first, first == 0)

    def _in(self, piece: bytes, start: int, first: bool) -> Iterator[str]:
        for match in _END.finditer(piece, max(start - 1, 0)):
            end = match.start() + 1
            if piece[max(end - 2 * _TAIL, 0) : end].replace(b" ", b"")[-_TAIL:] in self._tails:
                begin = piece.rfind(b"\0", max(end - LONGEST_STRING, 0), end - 1) + 1
                if begin or first:
                    text = spaceless(piece[begin:end].decode("latin-1"))
                    if text in self.names.pairs or text == NOT_SELECTED:
                        yield text
