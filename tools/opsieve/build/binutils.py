"""The programs of a tool chain that look into objects: its nm, and what makes names of symbols readable."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from opsieve.binary import demangling
from opsieve.build.toolchains.toolchain import Toolchain


def nm_of(toolchain: Toolchain) -> str:
    """The nm that stands beside the tool chain's strip; one for this machine, which may do too, where there is none."""
    return _beside(toolchain, "nm") or next(filter(shutil.which, ("nm", "llvm-nm")), "nm")


def demangled(symbols: Iterable[str], toolchain: Toolchain) -> dict[str, str]:
    """The symbols as they stand in sources; as they are where no program can tell."""
    names = sorted(set(symbols))
    program = _beside(toolchain, "c++filt") or _beside(toolchain, "cxxfilt") or ""
    found = demangling.demangled(names, program)
    # Apple's have an underscore before what the compiler made of the name, in C too.
    before = "_" if toolchain.format == "macho" else ""
    return {name: found.get(name, name.removeprefix(before)) for name in names}


def _beside(toolchain: Toolchain, name: str) -> str | None:
    """``aarch64-linux-gnu-nm`` for ``aarch64-linux-gnu-strip``."""
    folder, slash, program = toolchain.strip[0].rpartition("/")
    before, found, after = program.rpartition("strip")
    return shutil.which(f"{folder}{slash}{before}{name}{after}") if found else None
