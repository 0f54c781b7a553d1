"""Registers and stack of a function while its code is read once from start to end, constants only."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from opsieve.binary.image import Image
from opsieve.binary.trace import Piece, Step


class State:
    """What is known at one place of a function.

    ``stack`` has words by their distance to the stack pointer at the function's start, of which ``depth`` is where the
    stack pointer is and ``frame`` where the frame pointer is, if it is one. ``fresh`` are the words stored since the
    last call: only these can be arguments of the next. ``pointers`` has the registers that point into the stack.
    ``length`` is how many bytes of code were read.
    """

    def __init__(self, image: Image, starts: AbstractSet[int], word: int) -> None:
        self.image = image
        self.starts = starts
        self.word = word
        self.mask = (1 << 8 * word) - 1
        self.registers: dict[int, int] = {}
        self.stack: dict[int, int] = {}
        self.fresh: set[int] = set()
        self.pointers: dict[int, int] = {}
        self.depth = 0
        self.length = 0
        self.frame: int | None = None

    def steps(self, start: int, limit: int) -> Iterator[Step]:
        """The steps of the function at an address, in at most so many bytes; each processor has its own."""
        raise NotImplementedError

    def set(self, register: int, value: int | None) -> None:
        self.pointers.pop(register, None)
        if value is None:
            self.registers.pop(register, None)
        else:
            self.registers[register] = value & self.mask

    def store(self, slot: int, value: int | None) -> None:
        if value is None:
            self.stack.pop(slot, None)
        else:
            self.stack[slot] = value & self.mask
            self.fresh.add(slot)

    def push(self, value: int | None) -> None:
        self.depth -= self.word
        self.store(self.depth, value)

    def keep(self, registers: AbstractSet[int]) -> None:
        """After a call: only these registers still have their values."""
        self.fresh.clear()
        self.pointers = {register: slot for register, slot in self.pointers.items() if register in registers}
        self.registers = {register: value for register, value in self.registers.items() if register in registers}

    def in_registers(self, registers: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        return tuple((i, self.registers[r]) for i, r in enumerate(registers) if r in self.registers)

    def on_stack(self, first: int, count: int) -> tuple[tuple[int, int], ...]:
        """The words that a call finds on the stack, as arguments from position ``first`` on."""
        slots = ((first + i, self.depth + self.word * i) for i in range(count))
        return tuple(
            (position, self.stack[slot]) for position, slot in slots if slot in self.fresh and slot in self.stack
        )

    def copied(self, address: int, size: int) -> Iterator[Step]:
        """Constant bytes that the code loads from memory."""
        region = self.image.region(address)
        if region is not None and region.constants:
            content = self.image.read(address, size)
            if content is not None:
                yield from piece(content)


def piece(content: bytes) -> Iterator[Step]:
    """A step for bytes that can be a part of a text."""
    text = content.rstrip(b"\0")
    if text and text.isascii() and text.decode().isprintable():
        yield Piece(text)


def signed(value: int, bits: int) -> int:
    """A number of so many bits, read as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
