"""For which processor and system a linked program is, from its first bytes."""

from __future__ import annotations

import struct
from pathlib import Path

# ELF: <elf.h>, EM_*. Mach-O: <mach/machine.h>, CPU_TYPE_*.
_ELF = {3: "x86", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_MACHO = {0x0100000C: "arm64", 0x01000007: "x86_64", 12: "arm"}

# So many bytes tell.
HEAD = 20


def machine_of(program: Path) -> str:
    """Such as ``elf aarch64`` or ``macho arm64``; ``something else`` for what is neither."""
    with open(program, "rb") as stream:
        return machine_in(stream.read(HEAD)) or "something else"


def machine_in(head: bytes) -> str | None:
    """As :func:`machine_of` for the first ``HEAD`` bytes of a program, library or object; None for what is neither."""
    if head[:4] == b"\x7fELF" and len(head) == HEAD:
        (number,) = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)
        return f"elf {_ELF.get(number, f'machine {number}')}"
    if head[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe") and len(head) >= 8:
        (number,) = struct.unpack_from("<I", head, 4)
        return f"macho {_MACHO.get(number, f'machine {number}')}"
    return None
