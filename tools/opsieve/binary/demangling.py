"""Names of C++ symbols as they stand in sources, by the tool chain's own program."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable

# The versions of LLVM that a Linux distribution may have installed beside each other.
_PROGRAMS = ("c++filt", "llvm-cxxfilt", *(f"llvm-cxxfilt-{version}" for version in range(22, 13, -1)))
_SECONDS = 60
# Substitutions let a short name stand for an endless one. Real names grow three times.
_GROWTH, _LEAST = 30, 1 << 20

Demangle = Callable[[Iterable[str]], dict[str, str]]


def demangler() -> str:
    """The program that demangles, "" where none is installed."""
    return next((program for program in _PROGRAMS if shutil.which(program)), "")


def demangled(names: Iterable[str], program: str = "") -> dict[str, str]:
    """What each of the names means, by one run of one program. Empty where none is there, or it does not succeed.

    ``program``: a tool chain's own, in place of the one that is installed.

    Apple's symbols have an underscore before what the compiler made.
    """
    asked = [name for name in dict.fromkeys(names) if _is_mangled(name)]
    program = program or demangler()
    if not asked or not program:
        return {}
    given = "".join(f"{name[1:] if name.startswith('__Z') else name}\n" for name in asked).encode("utf-8", "replace")
    answer = _run(program, given)
    found = answer.decode("utf-8", "replace").split("\n")
    return dict(zip(asked, found, strict=False)) if len(found) == len(asked) + 1 else {}


def _is_mangled(name: str) -> bool:
    return name.startswith(("_Z", "__Z", "_R")) and name.isprintable() and " " not in name


def _run(program: str, given: bytes) -> bytes:
    limit = len(given) * _GROWTH + _LEAST
    with tempfile.TemporaryFile() as names, contextlib.suppress(OSError, subprocess.SubprocessError):
        names.write(given)
        names.seek(0)
        with subprocess.Popen([program], stdin=names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            import threading

            timer = threading.Timer(_SECONDS, running.kill)
            timer.start()
            try:
                assert running.stdout is not None
                answer = running.stdout.read(limit)
                if len(answer) == limit:
                    running.kill()
            finally:
                timer.cancel()
        if running.returncode == 0 and len(answer) < limit:
            return answer
    return b""
