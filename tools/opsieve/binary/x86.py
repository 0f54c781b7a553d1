"""Follows constants through x86 code, 64 and 32 bit.

Only what registration code does with a literal is understood: taking its address, moving it between registers and
stack, handing it on. Of every other instruction only the length and the register that it overwrites matter. Encodings
are those of the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, appendix A.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from opsieve.binary.image import Image
from opsieve.binary.state import State, piece
from opsieve.binary.trace import LONGEST_FUNCTION, NEAR, Call, Step

_NONE, _MODRM, _IMM8, _IMM16, _IMM32, _INVALID = 0, 1, 2, 4, 8, 16
_REL8, _REL32 = 32, 64

_RAX, _RCX, _RDX, _RSP, _RBP = 0, 1, 2, 4, 5
_ARGUMENTS = (7, 6, 2, 1, 8, 9)
_SAVED = frozenset((3, 5, 12, 13, 14, 15))
_SAVED_32 = frozenset((3, 5, 6, 7))
_STACK_ARGUMENTS = 6


def _one_byte(wide: bool) -> list[int]:
    kinds = [_NONE] * 256
    for block in range(0, 0x40, 8):
        kinds[block : block + 8] = [_MODRM] * 4 + [_IMM8, _IMM32] + [_INVALID if wide else _NONE] * 2
    for opcode in (0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61):
        kinds[opcode] = _INVALID if wide else _NONE
    kinds[0x63] = _MODRM
    kinds[0x68:0x6C] = [_IMM32, _MODRM | _IMM32, _IMM8, _MODRM | _IMM8]
    kinds[0x70:0x80] = [_REL8] * 16
    kinds[0x80:0x84] = [_MODRM | _IMM8, _MODRM | _IMM32, _INVALID if wide else _MODRM | _IMM8, _MODRM | _IMM8]
    kinds[0x84:0x90] = [_MODRM] * 12
    kinds[0x9A] = _INVALID if wide else _IMM32 | _IMM16
    kinds[0xA8:0xAA] = [_IMM8, _IMM32]
    kinds[0xB0:0xB8] = [_IMM8] * 8
    kinds[0xB8:0xC0] = [_IMM32] * 8
    kinds[0xC0:0xC4] = [_MODRM | _IMM8, _MODRM | _IMM8, _IMM16, _NONE]
    kinds[0xC4:0xC6] = [_MODRM] * 2
    kinds[0xC6:0xC9] = [_MODRM | _IMM8, _MODRM | _IMM32, _IMM16 | _IMM8]
    kinds[0xCA] = _IMM16
    kinds[0xCD] = _IMM8
    kinds[0xD0:0xD6] = [_MODRM] * 4 + [_INVALID if wide else _IMM8] * 2
    kinds[0xD8:0xE0] = [_MODRM] * 8
    kinds[0xE0:0xE4] = [_REL8] * 4
    kinds[0xE4:0xE8] = [_IMM8] * 4
    kinds[0xE8:0xEC] = [_REL32, _REL32, _INVALID if wide else _IMM32 | _IMM16, _REL8]
    kinds[0xF6:0xF8] = [_MODRM, _MODRM]
    kinds[0xFE:0x100] = [_MODRM] * 2
    return kinds


def _two_byte() -> list[int]:
    kinds = [_MODRM] * 256
    for opcode in (5, 6, 7, 8, 9, 0x0B, 0x0E, *range(0x30, 0x36), 0x37, 0x77, 0xA0, 0xA1, 0xA2, 0xA8, 0xA9, 0xAA):
        kinds[opcode] = _NONE
    kinds[0xC8:0xD0] = [_NONE] * 8
    kinds[0x80:0x90] = [_REL32] * 16
    for opcode in (0x70, 0x71, 0x72, 0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6):
        kinds[opcode] = _MODRM | _IMM8
    return kinds


_ONE = {True: _one_byte(True), False: _one_byte(False)}
_TWO = _two_byte()
_PREFIXES = frozenset((0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3))


class UndecodableError(Exception):
    """Bytes that are no instruction."""


class Instruction:
    """One instruction: ``table`` is 0 for one-byte opcodes, 1, 2 and 3 for the escapes 0F, 0F 38 and 0F 3A.

    ``register`` and ``base`` include the extensions by a prefix; ``base`` is -1 without one, -2 for one relative to
    the instruction's end. ``displacement`` and ``immediate`` are signed.
    """

    __slots__ = (
        "base",
        "displacement",
        "immediate",
        "immediate_size",
        "indexed",
        "length",
        "mod",
        "opcode",
        "operand16",
        "prefix",
        "register",
        "rex",
        "table",
    )

    def __init__(self, code: memoryview, at: int, wide: bool) -> None:
        position = at
        self.operand16 = False
        self.rex = 0
        self.prefix = 0
        address16 = False
        try:
            while (byte := code[position]) in _PREFIXES:
                if byte == 0x66:
                    self.operand16 = True
                elif byte == 0x67:
                    address16 = True
                elif byte in (0xF2, 0xF3):
                    self.prefix = byte
                position += 1
                if position - at > 14:
                    raise UndecodableError
            if wide and byte & 0xF0 == 0x40:
                self.rex = byte
                position += 1
                byte = code[position]
            kind, position = self._opcode(code, position, byte, wide)
            self.mod = -1
            self.register = self.base = -1
            self.displacement = 0
            self.indexed = False
            if kind & _MODRM:
                position = self._modrm(code, position, wide, address16)
                if self.table == 0 and byte in (0xF6, 0xF7) and self.register & 7 < 2:
                    kind |= _IMM8 if byte == 0xF6 else _IMM32
            elif self.table == 0 and 0xA0 <= byte <= 0xA3:
                position += 8 if wide and not address16 else 4
            position = self._immediate(code, position, kind)
        except IndexError:
            raise UndecodableError from None
        self.length = position - at
        if position > len(code) or self.length > 15:
            raise UndecodableError

    def _opcode(self, code: memoryview, position: int, byte: int, wide: bool) -> tuple[int, int]:
        if byte in (0xC4, 0xC5, 0x62) and (wide or code[position + 1] >= 0xC0):
            return self._vector(code, position, byte)
        if byte != 0x0F:
            self.table, self.opcode = 0, byte
            return _ONE[wide][byte], position + 1
        byte = code[position + 1]
        if byte in (0x38, 0x3A):
            self.table, self.opcode = (2 if byte == 0x38 else 3), code[position + 2]
            return _MODRM | (_IMM8 if byte == 0x3A else 0), position + 3
        self.table, self.opcode = 1, byte
        return _TWO[byte], position + 2

    def _vector(self, code: memoryview, position: int, byte: int) -> tuple[int, int]:
        """VEX and EVEX prefixes, which hold the REX bits inverted and the escape as a number."""
        first = code[position + 1]
        extension = 4 if not first & 0x80 else 0
        if byte == 0xC5:
            self.table, opcode_at = 1, position + 2
        else:
            extension |= (2 if not first & 0x40 else 0) | (1 if not first & 0x20 else 0)
            self.table = first & (0x1F if byte == 0xC4 else 7)
            opcode_at = position + (3 if byte == 0xC4 else 4)
        self.rex |= 0x40 | extension
        self.opcode = code[opcode_at]
        if self.table == 1 and self.opcode == 0x77 and byte != 0x62:
            return _NONE, opcode_at + 1
        if self.table == 3 or (self.table == 1 and _TWO[self.opcode] & _IMM8):
            return _MODRM | _IMM8, opcode_at + 1
        return _MODRM, opcode_at + 1

    def _modrm(self, code: memoryview, position: int, wide: bool, address16: bool) -> int:
        modrm = code[position]
        position += 1
        self.mod = modrm >> 6
        self.register = (modrm >> 3 & 7) | (self.rex & 4) << 1
        base = modrm & 7
        if self.mod == 3:
            self.base = base | (self.rex & 1) << 3
            return position
        if address16 and not wide:
            size = {0: 2 if base == 6 else 0, 1: 1, 2: 2}[self.mod]
            self.indexed = True
            return position + size
        if base == 4:
            sib = code[position]
            position += 1
            index = (sib >> 3 & 7) | (self.rex & 2) << 2
            self.indexed = index != 4
            base = sib & 7
            if base == 5 and self.mod == 0:
                self.displacement = int.from_bytes(code[position : position + 4], "little", signed=True)
                return position + 4
        elif base == 5 and self.mod == 0:
            self.base = -2 if wide else -1
            self.displacement = int.from_bytes(code[position : position + 4], "little", signed=True)
            return position + 4
        self.base = base | (self.rex & 1) << 3
        if self.mod:
            size = 1 if self.mod == 1 else 4
            self.displacement = int.from_bytes(code[position : position + size], "little", signed=True)
            position += size
        return position

    def _immediate(self, code: memoryview, position: int, kind: int) -> int:
        size = 0
        if kind & (_IMM8 | _REL8):
            size += 1
        if kind & _IMM16:
            size += 2
        if kind & _REL32:
            size += 4
        elif kind & _IMM32:
            if self.table == 0 and self.opcode & 0xF8 == 0xB8 and self.rex & 8:
                size += 8
            else:
                size += 2 if self.operand16 else 4
        elif kind & _INVALID:
            raise UndecodableError
        self.immediate_size = size
        self.immediate = int.from_bytes(code[position : position + size], "little", signed=True) if size else 0
        return position + size


# Instructions with a register operand that they only read, or with no register result at all.
_READERS = frozenset(
    [opcode + kind for opcode in range(0x38, 0x3C) for kind in (0,)] + [0x84, 0x85, 0x88, 0x89, 0x8F, 0xC6, 0xC7]
)
# SSE and AVX moves: of memory to a register, with how many bytes, and of a register to memory.
_VECTOR_LOADS = frozenset((0x10, 0x28, 0x6F))
_VECTOR_STORES = frozenset((0x11, 0x29, 0x7F, 0xD6))


class Follower(State):
    """The registers and the stack of one function while its code is read from start to end."""

    def __init__(self, image: Image, starts: AbstractSet[int]) -> None:
        self.wide = image.machine == "x86-64"
        super().__init__(image, starts, 8 if self.wide else 4)

    def steps(self, start: int, limit: int) -> Iterator[Step]:
        region = self.image.region(start)
        if region is None or not region.executable:
            return
        base = start - region.start
        code = memoryview(region.content)[base : base + limit]
        at = 0
        furthest = 0
        while at < len(code):
            if at and start + at in self.starts:
                return
            try:
                instruction = Instruction(code, at, self.wide)
            except UndecodableError:
                return
            end = at + instruction.length
            opcode = instruction.opcode
            if instruction.table == 0:
                if opcode == 0xE8:
                    yield from self._call(start + end, instruction.immediate)
                elif opcode in (0xE9, 0xEB):
                    target = end + instruction.immediate
                    if end <= target < end + NEAR and start + target not in self.starts:
                        furthest = max(furthest, target)
                    elif not 0 <= target <= max(furthest, end):
                        yield Call((start + target) & self.mask, self._arguments(), tail=True)
                    if end > furthest:
                        return
                elif 0x70 <= opcode <= 0x7F or 0xE0 <= opcode <= 0xE3:
                    furthest = max(furthest, end + instruction.immediate)
                elif opcode in (0xC3, 0xC2, 0xCC, 0xF4):
                    if end > furthest:
                        return
                elif opcode == 0xFF and instruction.register & 7 in (2, 4):
                    yield Call(None, self._arguments(), tail=instruction.register & 7 == 4)
                    if instruction.register & 7 == 4:
                        if end > furthest:
                            return
                    else:
                        self._returned()
                else:
                    yield from self._one(instruction, start + end)
            elif instruction.table == 1 and 0x80 <= opcode <= 0x8F:
                if 0 < instruction.immediate < LONGEST_FUNCTION:
                    furthest = max(furthest, end + instruction.immediate)
            elif instruction.table == 1 and opcode == 0x0B:
                if end > furthest:
                    return
            else:
                yield from self._other(instruction, start + end)
            at = self.length = end

    def _call(self, end: int, relative: int) -> Iterator[Step]:
        target = (end + relative) & self.mask
        if not self.wide:
            if relative == 0:
                self.push(end)
                return
            # __x86.get_pc_thunk.bx: mov (%esp),%ebx; ret
            thunk = self.image.read(target, 4)
            if thunk is not None and thunk[0] == 0x8B and thunk[2:] == b"\x24\xc3":
                self.registers[thunk[1] >> 3 & 7] = end
                return
        yield Call(target, self._arguments())
        self._returned()

    def _returned(self) -> None:
        self.keep(_SAVED if self.wide else _SAVED_32)

    def _arguments(self) -> tuple[tuple[int, int], ...]:
        if self.wide:
            return self.in_registers(_ARGUMENTS)
        # Functions of one file may take them in registers.
        return self.on_stack(0, _STACK_ARGUMENTS) or self.in_registers((_RAX, _RDX, _RCX))

    def _slot(self, instruction: Instruction) -> int | None:
        """The place on the stack that an operand in memory means, relative to the stack at the function's start."""
        if instruction.indexed or instruction.mod == 3:
            return None
        if instruction.base == _RSP:
            return self.depth + instruction.displacement
        if instruction.base == _RBP and self.frame is not None:
            return self.frame + instruction.displacement
        return None

    def _address(self, instruction: Instruction, end: int) -> int | None:
        """The address that an operand in memory means, where it is a constant."""
        if instruction.indexed:
            return None
        if instruction.base == -2:
            return end + instruction.displacement
        if instruction.base == -1:
            return instruction.displacement & 0xFFFFFFFF
        value = self.registers.get(instruction.base)
        return None if value is None else value + instruction.displacement

    def _one(self, instruction: Instruction, end: int) -> Iterator[Step]:
        opcode, mod = instruction.opcode, instruction.mod
        high = (instruction.rex & 1) << 3
        if opcode == 0x8D:
            self.set(instruction.register, self._address(instruction, end))
        elif opcode == 0x8B:
            yield from self._load(instruction, end)
        elif opcode == 0x89:
            value = self.registers.get(instruction.register)
            if mod == 3:
                self._move(instruction.base, instruction.register, value)
            elif (slot := self._slot(instruction)) is not None:
                self.store(slot, value)
        elif 0xB8 <= opcode <= 0xBF:
            size = 8 if instruction.immediate_size == 8 else instruction.immediate_size
            mask = (1 << 8 * size) - 1
            self.set(opcode & 7 | high, instruction.immediate & mask)
            yield from piece((instruction.immediate & mask).to_bytes(size, "little"))
        elif opcode in (0xC6, 0xC7):
            size = instruction.immediate_size
            if mod == 3:
                self.set(instruction.base, instruction.immediate)
            elif (slot := self._slot(instruction)) is not None:
                self.store(slot, instruction.immediate if opcode == 0xC7 else None)
            yield from piece((instruction.immediate & ((1 << 8 * size) - 1)).to_bytes(size, "little"))
        elif 0x50 <= opcode <= 0x57:
            self.push(self.registers.get(opcode & 7 | high))
        elif 0x58 <= opcode <= 0x5F:
            self.set(opcode & 7 | high, self.stack.get(self.depth))
            self.depth += self.word
        elif opcode in (0x68, 0x6A):
            self.push(instruction.immediate & self.mask)
        elif opcode == 0xC9:
            self.frame = None
        elif opcode in (0x81, 0x83) and mod == 3:
            self._arithmetic(instruction)
        elif opcode == 0xFF and instruction.register & 7 == 6:
            slot = self._slot(instruction)
            self.push(None if slot is None else self.stack.get(slot))
        elif opcode in (0x31, 0x33) and mod == 3 and instruction.base == instruction.register:
            self.set(instruction.register, 0)
        elif opcode == 0x05 and _RAX in self.registers:
            self.set(_RAX, self.registers[_RAX] + instruction.immediate)
        else:
            self._overwrite(instruction)

    def _move(self, to: int, source: int, value: int | None) -> None:
        if to == _RBP and source == _RSP:
            self.frame = self.depth
            self.registers.pop(_RBP, None)
        else:
            self.set(to, value)

    def _load(self, instruction: Instruction, end: int) -> Iterator[Step]:
        if instruction.mod == 3:
            self._move(instruction.register, instruction.base, self.registers.get(instruction.base))
            return
        slot = self._slot(instruction)
        if slot is not None:
            self.set(instruction.register, self.stack.get(slot))
            return
        address = self._address(instruction, end)
        self.set(instruction.register, None)
        if address is not None:
            size = 2 if instruction.operand16 else 8 if instruction.rex & 8 else 4
            yield from self.copied(address, size)

    def _arithmetic(self, instruction: Instruction) -> None:
        kind, register = instruction.register & 7, instruction.base
        change = {0: instruction.immediate, 5: -instruction.immediate}.get(kind)
        if register == _RSP:
            if change is not None:
                self.depth += change
        elif kind == 7:
            return
        elif change is not None and register in self.registers:
            self.set(register, self.registers[register] + change)
        else:
            self.set(register, None)

    def _overwrite(self, instruction: Instruction) -> None:
        opcode = instruction.opcode
        if 0x90 <= opcode <= 0x97 and opcode != 0x90:
            self.set(_RAX, None)
            self.set(opcode & 7 | (instruction.rex & 1) << 3, None)
        elif opcode < 0x40 and opcode & 7 in (4, 5) and opcode & 0x38 != 0x38:
            self.set(_RAX, None)
        if instruction.mod < 0 or opcode in _READERS or 0xD8 <= opcode <= 0xDF:
            return
        if instruction.mod == 3:
            if not (opcode in (0x80, 0x81, 0x83) and instruction.register & 7 == 7):
                self.set(instruction.base, None)
            if opcode in (0xF6, 0xF7) and instruction.register & 7 >= 4:
                self.set(_RAX, None)
                self.set(_RDX, None)
        one_operand = opcode in (0x80, 0x81, 0x83, 0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3, 0xF6, 0xF7, 0xFE, 0xFF)
        loads = opcode & 2 or opcode in (0x63, 0x69, 0x6B) if opcode < 0x80 else True
        if not one_operand and loads:
            self.set(instruction.register, None)

    def _other(self, instruction: Instruction, end: int) -> Iterator[Step]:
        """Two-byte opcodes: conditional moves and the like overwrite a register; vector loads copy constants."""
        opcode = instruction.opcode
        if instruction.table != 1:
            return
        if opcode in _VECTOR_LOADS and instruction.mod != 3:
            address = self._address(instruction, end)
            if address is not None:
                yield from self.copied(address, 16)
        elif opcode in (0x7E, 0x6E) and instruction.mod != 3:
            address = self._address(instruction, end)
            if address is not None:
                yield from self.copied(address, 8)
        elif 0x40 <= opcode <= 0x4F or opcode in (0xAF, 0xB6, 0xB7, 0xBE, 0xBF, 0xBC, 0xBD, 0xB8, 0x2C, 0x2D):
            self.set(instruction.register, None)
            if opcode in (0xB6, 0xB7) and instruction.mod != 3:
                address = self._address(instruction, end)
                if address is not None:
                    yield from self.copied(address, 1 if opcode == 0xB6 else 2)
        elif opcode in (0x7E, 0x50, 0xD7) or 0x90 <= opcode <= 0x9F or 0xC8 <= opcode <= 0xCF:
            target = instruction.base if opcode == 0x7E or 0x90 <= opcode <= 0x9F else instruction.register
            if 0xC8 <= opcode <= 0xCF:
                target = opcode & 7 | (instruction.rex & 1) << 3
            if instruction.mod == 3 or 0xC8 <= opcode <= 0xCF:
                self.set(target, None)
        elif opcode == 0xA2:
            for register in (_RAX, 3, _RCX, _RDX):
                self.set(register, None)
