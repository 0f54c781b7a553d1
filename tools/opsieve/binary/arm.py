"""Follows constants through 32-bit ARM code, A32 and Thumb.

Encodings are those of the Arm Architecture Reference Manual.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet

from opsieve.binary.image import Image
from opsieve.binary.state import State, piece, signed
from opsieve.binary.trace import LONGEST_FUNCTION, NEAR, Call, Step

_SAVED = frozenset(range(4, 12))
_STACK, _LINK, _COUNTER = 13, 14, 15
_REGISTER_ARGUMENTS = (0, 1, 2, 3)
_STACK_ARGUMENTS = 4

# Reading an instruction: gives its steps, and at last where an unconditional jump goes to (0: it returns).
Reading = Generator[Step, None, int | None]


class Follower(State):
    """``at`` is the instruction being read; ``over`` says that the function ends with it."""

    def __init__(self, image: Image, starts: AbstractSet[int]) -> None:
        super().__init__(image, starts, 4)
        self.literals: set[int] = set()
        self.thumb = False
        self.at = 0
        self.furthest = 0
        self.first = 0

    def steps(self, start: int, limit: int) -> Iterator[Step]:
        self.thumb = bool(start & 1)
        self.first = self.at = self.furthest = start & ~1
        region = self.image.region(self.at)
        if region is None or not region.executable:
            return
        code = memoryview(region.content)
        last = min(region.end, self.at + limit)
        while self.at + 4 <= last + (2 if self.thumb else 0):
            self.length = self.at + 4 - self.first
            if self.at in self.literals:
                self.at += 4
                continue
            if self.at != self.first and (self.at | self.thumb) in self.starts:
                return
            position = self.at - region.start
            if self.thumb:
                word = int.from_bytes(code[position : position + 2], "little")
                size = 2
                if word >> 11 in (0x1D, 0x1E, 0x1F):
                    word = word << 16 | int.from_bytes(code[position + 2 : position + 4], "little")
                    size = 4
                following = self.at + size
                ended = yield from (self._thumb(word) if size == 2 else self._thumb_wide(word))
            else:
                word = int.from_bytes(code[position : position + 4], "little")
                following = self.at + 4
                ended = yield from self._arm(word)
            if ended is not None and self.at >= self.furthest:
                return
            if ended is not None and following < ended < last and self._only_literals(following, ended):
                following = ended
            self.at = following

    def _only_literals(self, first: int, last: int) -> bool:
        """Whether there is nothing but constants between a jump and where it goes to."""
        return all(place in self.literals or place - first < 4 for place in range((first + 3) & ~3, last & ~3, 4))

    def _arguments(self) -> tuple[tuple[int, int], ...]:
        return self.in_registers(_REGISTER_ARGUMENTS) + self.on_stack(4, _STACK_ARGUMENTS)

    def _call(self, target: int | None) -> Iterator[Step]:
        yield Call(target, self._arguments())
        self.keep(_SAVED)

    def _jump(self, target: int) -> Iterator[Step]:
        """An unconditional jump: to another function, or within this one."""
        if self.at < target < self.at + NEAR and target | self.thumb not in self.starts:
            self.furthest = max(self.furthest, target)
        elif not self.first <= target <= max(self.furthest, self.at):
            yield Call(target | self.thumb, self._arguments(), tail=True)

    def _literal(self, register: int, place: int) -> Iterator[Step]:
        self.literals.add(place)
        value = self.image.number(place, 4)
        self.set(register, value)
        if value is not None:
            yield from piece(value.to_bytes(4, "little"))

    def _plain(self, to: int, source: int, amount: int) -> None:
        """``to = source + amount``"""
        if source == _STACK:
            if to == _STACK:
                self.depth += amount
            else:
                self._point(to, self.depth + amount)
        elif to == _STACK:
            self.depth = self.pointers.get(source, self.depth) + amount
        elif source in self.pointers:
            self._point(to, self.pointers[source] + amount)
        else:
            value = self.registers.get(source)
            self.set(to, None if value is None else value + amount)

    def _point(self, register: int, slot: int) -> None:
        self.set(register, None)
        self.pointers[register] = slot

    def _slot(self, base: int, offset: int) -> int | None:
        """The word of the stack at a distance from what a register points to."""
        start = self.depth if base == _STACK else self.pointers.get(base)
        return None if start is None else start + offset

    def _many(self, base: int, registers: int, load: bool) -> None:
        """LDM and STM, from the lowest register up."""
        offset = 0
        slot = self._slot(base, 0)
        for register in range(16):
            if registers >> register & 1:
                self._transfer(register, None if slot is None else slot + offset, load)
                offset += 4

    def _pushed(self, registers: int) -> None:
        for register in range(15, -1, -1):
            if registers >> register & 1:
                self.push(self.registers.get(register))

    def _popped(self, registers: int) -> None:
        for register in range(16):
            if registers >> register & 1:
                self.set(register, self.stack.get(self.depth))
                self.depth += 4

    def _thumb(self, word: int) -> Reading:
        high, low, number = word >> 11, word & 7, word & 0xFF
        pc = self.at + 4
        middle = word >> 8 & 7
        if high == 9:
            yield from self._literal(middle, (pc & ~3) + 4 * number)
        elif high in (0x14, 0x15):
            if high == 0x14:
                self.set(middle, (pc & ~3) + 4 * number)
            else:
                self._point(middle, self.depth + 4 * number)
        elif high in (0x12, 0x13):
            if high == 0x12:
                self.store(self.depth + 4 * number, self.registers.get(middle))
            else:
                self.set(middle, self.stack.get(self.depth + 4 * number))
        elif high == 4:
            self.set(middle, number)
            yield from piece(bytes([number]))
        elif high in (6, 7):
            self._plain(middle, middle, number if high == 6 else -number)
        elif word >> 10 == 7:
            amount = word >> 6 & 7
            self._plain(low, word >> 3 & 7, -amount if word & 0x200 else amount)
        elif high == 0 and not word >> 6 & 31:
            self.set(low, self.registers.get(word >> 3 & 7))
        elif word >> 10 == 0x11:
            return (yield from self._thumb_high(word, pc))
        elif word >> 8 == 0xB0:
            self.depth += 4 * (word & 0x7F) * (-1 if word & 0x80 else 1)
        elif word >> 9 == 0x5A:
            self._pushed(word & 0xFF | (word & 0x100) << 6)
        elif word >> 9 == 0x5E:
            self._popped(word & 0xFF | (word & 0x100) << 7)
            return 0 if word & 0x100 else None
        elif word >> 12 == 0xD and middle | word >> 8 & 8 < 14:
            self.furthest = max(self.furthest, pc + 2 * signed(word, 8))
        elif high == 0x1C:
            target = pc + 2 * signed(word, 11)
            yield from self._jump(target)
            return target
        elif word & 0xF500 == 0xB100:
            self.furthest = max(self.furthest, pc + (word >> 3 & 0x1F) * 2 + (word >> 3 & 0x40))
        elif word >> 8 == 0xDE:
            return 0
        elif word >> 13 == 0 or word >> 10 == 0x10:
            if not (word >> 10 == 0x10 and word >> 6 & 15 in (8, 10, 11)) and high != 5:
                self.set(low, None)
        elif high in (0xC, 0xD):
            self._transfer(low, self._slot(word >> 3 & 7, 4 * (word >> 6 & 31)), high == 0xD)
        elif high in (0x18, 0x19):
            self._many(middle, word & 0xFF, high == 0x19)
        elif word >> 12 in (5, 6, 7, 8) and (word & 0x800 or (word >> 12 == 5 and word >> 9 & 7 >= 3)):
            self.set(low, None)
        return None

    def _thumb_high(self, word: int, pc: int) -> Reading:
        """Moves and additions of all registers, and jumps to registers."""
        kind, to, source = word >> 8 & 3, word & 7 | word >> 4 & 8, word >> 3 & 15
        if kind == 3:
            if word & 0x80:
                yield from self._call(None)
                return None
            if source != _LINK:
                yield Call(None, self._arguments(), tail=True)
            return 0
        if kind == 2:
            self._moved(to, source)
            return 0 if to == _COUNTER else None
        if kind == 0:
            self._sum(to, to, source, pc)
        return None

    def _moved(self, to: int, source: int) -> None:
        if source == _STACK:
            self._point(to, self.depth)
        elif to == _STACK:
            self.depth = self.pointers.get(source, self.depth)
        elif source in self.pointers:
            self._point(to, self.pointers[source])
        else:
            self.set(to, self.registers.get(source))

    def _sum(self, to: int, first: int, second: int, pc: int) -> None:
        values = [pc if register == _COUNTER else self.registers.get(register) for register in (first, second)]
        if to != _STACK:
            self.set(to, None if None in values else sum(value for value in values if value is not None))

    def _thumb_wide(self, word: int) -> Reading:
        upper, lower = word >> 16, word & 0xFFFF
        pc = self.at + 4
        if upper & 0xF800 == 0xF000 and lower & 0x8000:
            return (yield from self._thumb_branch(upper, lower, pc))
        to, base, rt = lower >> 8 & 15, upper & 15, lower >> 12
        number = (upper & 0x400) << 1 | lower >> 4 & 0x700 | lower & 0xFF
        if upper & 0xFBF0 in (0xF240, 0xF2C0):
            self._half(to, number | base << 12, upper & 0x80)
            if to in self.registers:
                yield from piece(self.registers[to].to_bytes(4, "little"))
        elif upper & 0xFF7F == 0xF85F:
            place = (pc & ~3) + (lower & 0xFFF) * (1 if upper & 0x80 else -1)
            yield from self._literal(rt, place)
            return 0 if rt == _COUNTER else None
        elif upper & 0xFFE0 == 0xF8C0:
            self._transfer(rt, self._slot(base, lower & 0xFFF), bool(upper & 0x10))
        elif upper & 0xFF60 == 0xE940:
            distance = 4 * (lower & 0xFF) * (1 if upper & 0x80 else -1)
            for i, register in enumerate((rt, to)):
                self._transfer(register, self._slot(base, distance + 4 * i), bool(upper & 0x10))
        elif upper & 0xFFC0 == 0xE880 and base != _STACK:
            self._many(base, lower, bool(upper & 0x10))
        elif upper == 0xE92D:
            self._pushed(lower)
        elif upper == 0xF84D and lower & 0xFFF == 0xD04:
            self._pushed(1 << rt)
        elif upper == 0xE8BD:
            self._popped(lower)
            return 0 if lower & 0x8000 else None
        elif upper == 0xF85D and lower & 0xFFF == 0xB04:
            self._popped(1 << rt)
            return 0 if rt == _COUNTER else None
        elif upper == 0xEA4F and not lower & 0x70F0:
            self._moved(to, lower & 15)
        elif upper & 0xFBF0 in (0xF100, 0xF1A0, 0xF200, 0xF2A0):
            yield from self._thumb_add(upper, to, base, number, pc)
        elif upper & 0xFBEF == 0xF04F and number < 0x100:
            self.set(to, number)
            yield from piece(bytes([number]))
        else:
            self._thumb_other(upper, to, rt)
        return None

    def _thumb_add(self, upper: int, to: int, base: int, number: int, pc: int) -> Iterator[Step]:
        amount: int | None = number
        if not upper & 0x200:
            amount = _expanded(number)
        if amount is None:
            self.set(to, None)
        elif base == _COUNTER:
            self.set(to, (pc & ~3) + (-amount if upper & 0xA0 else amount))
        else:
            self._plain(to, base, -amount if upper & 0xA0 else amount)
        yield from ()

    def _half(self, to: int, number: int, upper: int) -> None:
        if not upper:
            self.set(to, number)
        else:
            value = self.registers.get(to)
            self.set(to, None if value is None else value & 0xFFFF | number << 16)

    def _transfer(self, register: int, place: int | None, load: bool) -> None:
        if load:
            self.set(register, None if place is None else self.stack.get(place))
        elif place is not None:
            self.store(place, self.registers.get(register))

    def _thumb_other(self, upper: int, to: int, rt: int) -> None:
        if upper >> 9 == 0x7C:
            if upper & 0x10:
                self.set(rt, None)
        elif upper >> 9 == 0x74:
            if upper & 0x50 == 0x50:
                self.set(rt, None)
                self.set(to, None)
        elif (upper >> 9 in (0x75, 0x7D) or upper >> 12 == 0xF) and to != _COUNTER:
            self.set(to, None)

    def _thumb_branch(self, upper: int, lower: int, pc: int) -> Reading:
        sign = upper >> 10 & 1
        if lower & 0x5000 == 0:
            if upper >> 6 & 15 < 14:
                bits = (
                    sign << 19
                    | (lower >> 11 & 1) << 18
                    | (lower >> 13 & 1) << 17
                    | (upper & 0x3F) << 11
                    | lower & 0x7FF
                )
                self.furthest = max(self.furthest, pc + 2 * signed(bits, 20))
            return None
        first, second = (lower >> 13 & 1 ^ sign) ^ 1, (lower >> 11 & 1 ^ sign) ^ 1
        bits = sign << 23 | first << 22 | second << 21 | (upper & 0x3FF) << 11 | lower & 0x7FF
        distance = 2 * signed(bits, 24)
        if lower & 0x4000:
            to_thumb = lower & 0x1000
            yield from self._call(((pc + distance) | 1 if to_thumb else ((pc & ~3) + distance) & ~3) & self.mask)
            return None
        target = (pc + distance) & self.mask
        yield from self._jump(target)
        return target

    def _arm(self, word: int) -> Reading:
        condition, kind = word >> 28, word >> 24 & 15
        pc = self.at + 8
        to, base = word >> 12 & 15, word >> 16 & 15
        always = condition == 14
        if word >> 25 == 0x7D:
            yield from self._call((pc + 4 * signed(word, 24) + (word >> 23 & 2) | 1) & self.mask)
        elif condition == 15:
            return None
        elif kind == 11:
            yield from self._call((pc + 4 * signed(word, 24)) & self.mask)
        elif kind == 10:
            target = (pc + 4 * signed(word, 24)) & self.mask
            if not always:
                self.furthest = max(self.furthest, target if target < self.at + LONGEST_FUNCTION else 0)
                return None
            yield from self._jump(target)
            return target
        elif word & 0x0FFFFFD0 == 0x012FFF10:
            if word & 0x20:
                yield from self._call(None)
            elif word & 15 != _LINK:
                yield Call(None, self._arguments(), tail=True)
            return 0 if always and not word & 0x20 else None
        elif word & 0x0F7F0000 == 0x051F0000:
            yield from self._literal(to, pc + (word & 0xFFF) * (1 if word & 1 << 23 else -1))
        elif word & 0x0FF00000 in (0x03000000, 0x03400000):
            self._half(to, word >> 4 & 0xF000 | word & 0xFFF, word & 0x400000)
            if to in self.registers:
                yield from piece(self.registers[to].to_bytes(4, "little"))
        elif word & 0x0FEF0FF0 == 0x01A00000:
            self._moved(to, word & 15)
            return 0 if to == _COUNTER and always else None
        elif word & 0x0FE00FF0 == 0x00800000:
            self._sum(to, base, word & 15, pc)
        elif word & 0x0FE00000 in (0x02800000, 0x02400000):
            amount = _rotated(word & 0xFFF) * (-1 if word & 0x400000 else 1)
            if base == _COUNTER:
                self.set(to, pc + amount)
            else:
                self._plain(to, base, amount)
        elif word & 0x0FEF0000 == 0x03A00000:
            self.set(to, _rotated(word & 0xFFF))
            yield from piece(_rotated(word & 0xFFF).to_bytes(4, "little"))
        elif word & 0x0FFF0000 in (0x092D0000, 0x08BD0000):
            (self._pushed if word & 1 << 24 else self._popped)(word & 0xFFFF)
            return 0 if word & 0x00108000 == 0x00108000 and always else None
        elif word & 0x0FFF0FFF in (0x052D0004, 0x049D0004):
            (self._pushed if word & 1 << 24 else self._popped)(1 << to)
            return 0 if word & 0x0010F000 == 0x0010F000 and always else None
        elif word & 0x0F600000 == 0x05000000:
            distance = (word & 0xFFF) * (1 if word & 1 << 23 else -1)
            self._transfer(to, self._slot(base, distance), bool(word & 1 << 20))
        elif word & 0x0FC00000 == 0x08800000:
            self._many(base, word & 0xFFFF, bool(word & 1 << 20))
        elif word & 0x0F7000D0 == 0x014000D0:
            distance = (word >> 4 & 0xF0 | word & 15) * (1 if word & 1 << 23 else -1)
            for i in (0, 1):
                self._transfer(to + i, self._slot(base, distance + 4 * i), not word & 0x20)
        elif (word >> 26 & 3 == 0 and not 0x10 <= word >> 20 & 0x1F <= 0x17) or word & 0x0C100000 == 0x04100000:
            self.set(to, None)
        return None


def _rotated(number: int) -> int:
    """The 32-bit constant that twelve bits of an A32 instruction mean."""
    value, turn = number & 0xFF, number >> 8 << 1
    return (value >> turn | value << (32 - turn)) & 0xFFFFFFFF if turn else value


def _expanded(number: int) -> int | None:
    """The 32-bit constant that twelve bits of a Thumb instruction mean; None for the repeated patterns."""
    if number < 0x100:
        return number
    if number < 0x400:
        return None
    turn = number >> 7
    value = number & 0x7F | 0x80
    return (value >> turn | value << (32 - turn)) & 0xFFFFFFFF
