"""Follows constants through 64-bit ARM code; encodings are those of the Arm Architecture Reference Manual (A64)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from opsieve.binary.image import Image
from opsieve.binary.state import State, piece, signed
from opsieve.binary.trace import NEAR, Call, Step

_ARGUMENTS = tuple(range(8))
_SAVED = frozenset(range(19, 30))
_FRAME, _STACK, _ZERO = 29, 31, 31


class Follower(State):
    def __init__(self, image: Image, starts: AbstractSet[int]) -> None:
        super().__init__(image, starts, 8)

    def steps(self, start: int, limit: int) -> Iterator[Step]:
        region = self.image.region(start)
        if region is None or not region.executable:
            return
        base = start - region.start
        words = memoryview(region.content)[base : base + limit]
        furthest = start
        for at in range(start, start + len(words) - 3, 4):
            self.length = at + 4 - start
            if at != start and at in self.starts:
                return
            word = int.from_bytes(words[at - start : at - start + 4], "little")
            if word >> 26 == 0x25:
                yield Call((at + 4 * signed(word, 26)) & self.mask, self.in_registers(_ARGUMENTS))
                self.keep(_SAVED)
            elif word >> 26 == 0x05:
                target = (at + 4 * signed(word, 26)) & self.mask
                if at < target < at + NEAR and target not in self.starts:
                    furthest = max(furthest, target)
                elif not start <= target <= max(furthest, at):
                    yield Call(target, self.in_registers(_ARGUMENTS), tail=True)
                if at >= furthest:
                    return
            elif (distance := _branch(word)) is not None:
                furthest = max(furthest, at + distance)
            elif word >> 25 == 0x6B:
                kind = word >> 21 & 7
                if kind != 2:
                    yield Call(None, self.in_registers(_ARGUMENTS), tail=kind != 1)
                if kind == 1:
                    self.keep(_SAVED)
                elif at >= furthest:
                    return
            elif word & 0xFFE0001F == 0xD4200000 or word >> 16 == 0:
                if at >= furthest:
                    return
            else:
                yield from self._other(word, at)

    def _other(self, word: int, at: int) -> Iterator[Step]:
        to, source = word & 31, word >> 5 & 31
        if word & 0x1F000000 == 0x10000000:
            offset = signed((word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3, 21)
            self.set(to, (at & ~0xFFF) + (offset << 12) if word >> 31 else at + offset)
        elif word & 0x3F000000 == 0x11000000:
            self._add(word, to, source)
        elif word & 0x7FE0FFE0 == 0x2A0003E0:
            moved = word >> 16 & 31
            self.set(to, 0 if moved == _ZERO else self.registers.get(moved))
        elif word & 0x1F800000 == 0x12800000:
            yield from self._move_wide(word, to)
        elif word & 0x3B000000 == 0x18000000:
            if not word & 1 << 26:
                self.set(to, None)
            yield from self.copied(at + 4 * signed(word >> 5, 19), 4 << (word >> 30))
        elif word & 0x3A000000 == 0x28000000:
            self._pair(word, to, source)
        elif word & 0x3A000000 == 0x38000000:
            yield from self._single(word, to, source)
        elif word >> 25 & 7 != 7 and word >> 24 != 0xD5 and to != _ZERO:
            self.set(to, None)

    def _add(self, word: int, to: int, source: int) -> None:
        amount = (word >> 10 & 0xFFF) << (12 if word & 1 << 22 else 0)
        if word & 1 << 30:
            amount = -amount
        if source == _STACK:
            if to == _STACK:
                self.depth += amount
            else:
                self.set(to, None)
                if to == _FRAME:
                    self.frame = self.depth + amount
        elif to == _STACK:
            if source == _FRAME and self.frame is not None:
                self.depth = self.frame + amount
        else:
            value = self.registers.get(source)
            self.set(to, None if value is None else value + amount)

    def _move_wide(self, word: int, to: int) -> Iterator[Step]:
        kind, shift, number = word >> 29 & 3, 16 * (word >> 21 & 3), word >> 5 & 0xFFFF
        size = 8 if word >> 31 else 4
        value: int | None = None
        if kind == 2:
            value = number << shift
        elif kind == 0:
            value = ~(number << shift) & ((1 << 8 * size) - 1)
        elif to in self.registers:
            value = self.registers[to] & ~(0xFFFF << shift) | number << shift
        self.set(to, value)
        if value is not None:
            yield from piece((value & self.mask).to_bytes(8, "little")[:size])

    def _slot(self, base: int) -> int | None:
        if base == _STACK:
            return self.depth
        return self.frame if base == _FRAME else None

    def _pair(self, word: int, first: int, base: int) -> None:
        vector, load, mode = word & 1 << 26, word & 1 << 22, word >> 23 & 3
        size = 4 << (word >> 30) if vector else (8 if word >> 31 else 4)
        offset = size * signed(word >> 15, 7)
        if base == _STACK and mode == 3:
            self.depth += offset
        slot = self._slot(base)
        if not vector:
            for i, register in enumerate((first, word >> 10 & 31)):
                place = None if slot is None or size != 8 else slot + (0 if mode & 1 else offset) + 8 * i
                self._transfer(register, place, bool(load))
        if base == _STACK and mode == 1:
            self.depth += offset

    def _transfer(self, register: int, place: int | None, load: bool) -> None:
        if load:
            if register != _ZERO:
                self.set(register, None if place is None else self.stack.get(place))
        elif place is not None:
            self.store(place, 0 if register == _ZERO else self.registers.get(register))

    def _single(self, word: int, register: int, base: int) -> Iterator[Step]:
        vector, size = word & 1 << 26, word >> 30
        kind = word >> 22 & 3
        width = 16 if vector and kind & 2 else 1 << size
        load = bool(kind & 1) if vector else kind != 0
        offset: int | None
        change = 0
        if word & 1 << 24:
            offset = (word >> 10 & 0xFFF) * width
        elif word & 1 << 21:
            offset = None
        else:
            offset = signed(word >> 12, 9)
            if word >> 10 & 3 in (1, 3):
                change = offset
                offset = 0 if word >> 10 & 3 == 1 else offset
        before = self.registers.get(base) if base != _STACK else None
        slot = self._slot(base)
        place = None if slot is None or offset is None or width != 8 else slot + offset
        if not vector:
            self._transfer(register, place, load)
        if load and before is not None and offset is not None:
            yield from self.copied(before + offset, width)
        if change:
            if base == _STACK:
                self.depth += change
            elif before is not None and base != register:
                self.set(base, before + change)


def _branch(word: int) -> int | None:
    """How far a conditional branch goes."""
    if word & 0xFF000000 == 0x54000000 or word & 0x7E000000 == 0x34000000:
        return 4 * signed(word >> 5, 19)
    if word & 0x7E000000 == 0x36000000:
        return 4 * signed(word >> 5, 14)
    return None
