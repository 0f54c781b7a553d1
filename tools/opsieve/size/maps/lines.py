"""The lines of a map, of which none may be longer than memory should hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from opsieve.errors import OpsieveError

# A mangled name of Eigen's has some thousand characters.
_LONGEST_LINE = 1 << 20
_LARGEST = 1 << 29
_BLOCK = 1 << 20
_NUMBER_DIGITS = 16


class Lines:
    """Iterates over lines without their ends. ``number`` counts them from 1, the one given last."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.number = 0
        self._lines = self._read(stream)

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self, stream: BinaryIO) -> Iterator[str]:
        rest = b""
        size = 0
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > _LARGEST:
                raise OpsieveError(f"{self.name}: a linker map of more than {_LARGEST >> 20} MiB")
            block = rest + block
            end = block.rfind(b"\n") + 1
            rest = block[end:]
            for line in block[:end].decode("utf-8", "replace").split("\n")[:-1]:
                self.number += 1
                yield line[:-1] if line.endswith("\r") else line
            if len(rest) > _LONGEST_LINE:
                self.number += 1
                raise self.error(f"longer than {_LONGEST_LINE >> 10} KiB")
        if rest:
            self.number += 1
            raise self.error("the map is cut short here")

    def error(self, what: str) -> OpsieveError:
        return OpsieveError(f"{self.name}: line {self.number}: {what}", hint="link again with the option for a map")

    def hexadecimal(self, text: str) -> int:
        """An address or size, with or without 0x.

        Raises:
            OpsieveError: it is none of 64 bits.
        """
        digits = text[2:] if text[:2] in ("0x", "0X") else text
        if len(digits) <= _NUMBER_DIGITS and digits.isalnum():
            try:
                return int(digits, 16)
            except ValueError:
                pass
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        raise self.error(f"{shown!r} is no address or size")
