"""Running a real preprocessor."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .shadow import IncludePath, add_stub

_MISSING = re.compile(r"fatal error: '?([^':\n]+?)'?(?: file not found|: No such file or directory)")
_KNOWN = ("g++", "clang++", *(f"clang++-{version}" for version in range(22, 12, -1)))


def find_compilers() -> tuple[str, ...]:
    """The C++ compilers on this machine, the one with the most exact line numbers first."""
    return tuple(name for name in _KNOWN if shutil.which(name))


def counts_raw_newlines(compiler: str) -> bool:
    """Whether ``-E`` keeps its line markers right past a raw string of several lines.

    Clang prints such a string whole but counts it as one line (PrintPreprocessedTokens in its
    lib/Frontend/PrintPreprocessedOutput.cpp makes up for comments only), so that what follows seems to be further down.
    """
    return not compiler.startswith("clang")


@dataclass(frozen=True)
class Preprocessed:
    """What ``-E`` printed, and the errors (``#error``, unbalanced macro calls) it went on after."""

    text: str
    errors: tuple[str, ...]


def preprocess(
    compiler: str, file: Path, include: IncludePath, defines: dict[str, str], flags: tuple[str, ...] = ()
) -> Preprocessed:
    """``file`` after preprocessing, with an empty file for each include that nothing satisfies."""
    command = [compiler, "-E", "-x", "c++", "-std=c++17", "-nostdinc", "-w", *flags]
    command += [f"-I{folder}" for folder in include.folders]
    command += [f"-D{name}={value}" for name, value in defines.items()]
    command.append(str(file))
    stubbed = ""
    while True:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        messages = done.stderr.decode("utf-8", "replace")
        missing = _MISSING.search(messages)
        if missing is None:
            break
        # That another process has made the stub meanwhile is as good; the same name missing twice is not.
        if not add_stub(include.stubs, missing[1]) and missing[1] == stubbed:
            break
        stubbed = missing[1]
    errors = tuple(line for line in messages.splitlines() if re.search(r"\berror:", line))
    # Not universal newlines: a carriage return inside a raw string is part of it.
    return Preprocessed(done.stdout.decode("utf-8", "replace").replace("\r\n", "\n"), errors)
