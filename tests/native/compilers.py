"""The compilers that the native tests use, each where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

COMPILERS = ("g++", "clang++-14", "clang++-19")
STANDARDS = ("c++11", "c++14", "c++17", "c++20")
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic-errors")


def require(compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")


def run(command: list[str | Path], *, cwd: Path | None = None) -> str:
    """The standard output of a command that has to succeed."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    return done.stdout


def check(compiler: str, standard: str, source: Path, *flags: str) -> None:
    """Compile without output; every warning is an error."""
    run([compiler, f"-std={standard}", *WARNINGS, *flags, "-fsyntax-only", source])
