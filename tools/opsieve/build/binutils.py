"""The programs of a tool chain that look into objects: its nm, and what makes names of symbols readable."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable

from opsieve.build.toolchains.toolchain import Toolchain

_SECONDS = 60


def nm_of(toolchain: Toolchain) -> str:
    """The nm that stands beside the tool chain's strip; one for this machine, which may do too, where there is none."""
    return _beside(toolchain, "nm") or next(filter(shutil.which, ("nm", "llvm-nm")), "nm")


def demangled(symbols: Iterable[str], toolchain: Toolchain) -> dict[str, str]:
    """The symbols as they stand in sources; as they are where no program can tell."""
    names = sorted(set(symbols))
    program = (
        _beside(toolchain, "c++filt") or _beside(toolchain, "cxxfilt") or shutil.which("c++filt")
    ) or shutil.which("llvm-cxxfilt")
    if program is None or not names:
        return {name: name for name in names}
    # Apple's have an underscore before what the compiler made of the name.
    asked = [name[1:] if toolchain.format == "macho" and name.startswith("_") else name for name in names]
    try:
        done = subprocess.run(
            [program],
            input="".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return {name: name for name in names}
    found = done.stdout.decode("utf-8", "replace").splitlines()
    return dict(zip(names, found if len(found) == len(names) else names, strict=True))


def _beside(toolchain: Toolchain, name: str) -> str | None:
    """``aarch64-linux-gnu-nm`` for ``aarch64-linux-gnu-strip``."""
    folder, slash, program = toolchain.strip[0].rpartition("/")
    before, found, after = program.rpartition("strip")
    return shutil.which(f"{folder}{slash}{before}{name}{after}") if found else None
