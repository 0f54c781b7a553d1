"""Libraries that ``opsieve build`` makes, and the programs with them in."""

from __future__ import annotations

import collections
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.program import Program

# For each target what runs its programs here: nothing, or an emulator with the C library of that machine.
TARGETS: dict[str, tuple[str, ...]] = {
    "linux-x86_64": (),
    "linux-aarch64": ("qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"),
    "linux-armv7": ("qemu-arm-static", "-L", "/usr/arm-linux-gnueabihf"),
}
_NAME = "tensorflow_selective"


@dataclass(frozen=True)
class Library:
    """``stripped``: the size in bytes of run_model without symbols, with all that it needs of TensorFlow in it."""

    program: Program
    shared: Path
    archive: Path
    stripped: int


class BuildFailed(Exception):  # noqa: N818 - says what happened rather than that it is an error
    """``opsieve build`` ended with another status than 0; the message has the end of what it said."""


def build_command(models: Iterable[Path], tree: Path, target: str, output: Path, more: Iterable[str] = ()) -> list[str]:
    """The command that builds a library for models."""
    command = [sys.executable, "-m", "opsieve", "build", *map(str, models), "--tensorflow", str(tree)]
    return [*command, "--target", target, "--name", _NAME, "--format", "json", "-o", str(output), *more]


def build(models: Iterable[Path], tree: Path, target: str, output: Path) -> Library:
    """A library for models, with fetched packages and objects where opsieve keeps them (OPSIEVE_CACHE_DIR).

    Raises:
        BuildFailed: there is none.
    """
    command = build_command(models, tree, target, output)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise BuildFailed(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}")
    return library_of(json.loads(done.stdout), target)


def library_of(document: dict[str, list[dict[str, object]]], target: str) -> Library:
    """What ``opsieve build --format json`` says that it made."""
    sizes = {Path(str(one["path"])): int(str(one["size"])) for one in document["files"]}
    named = {path.name: path for path in sizes if path.parent.name != "stripped"}
    stripped = next(size for path, size in sizes.items() if path.name == "run_model" and path.parent.name == "stripped")
    return Library(
        Program(named["run_model"], TARGETS[target]),
        named[f"lib{_NAME}.so"],
        named[f"lib{_NAME}.a"],
        stripped,
    )


def sources_in(archive: Path) -> collections.Counter[str]:
    """The sources that objects in an archive were made of, without folders and suffixes."""
    listed = subprocess.run(["ar", "t", str(archive)], capture_output=True, text=True, check=True).stdout.split()
    return collections.Counter(re.sub(r"(\.(cc|c|cpp|pic|o|[0-9a-f]{16}))+$", "", name) for name in listed)


def require_target(target: str) -> None:
    """Skip where this machine cannot run the target's programs."""
    emulator = TARGETS[target]
    if emulator and (shutil.which(emulator[0]) is None or not Path(emulator[2]).is_dir()):
        pytest.skip(f"{emulator[0]} and {emulator[2]}, which run {target}, are not both installed")


def tree_of(version: str) -> Path:
    """The source tree of a release; skips where OPSIEVE_TENSORFLOW_TREE names none."""
    from opsieve.tree.sources import tree_version

    for named in filter(None, os.environ.get("OPSIEVE_TENSORFLOW_TREE", "").split(os.pathsep)):
        if tree_version(Path(named)) == version:
            return Path(named)
    pytest.skip(f"OPSIEVE_TENSORFLOW_TREE names no source tree of TensorFlow {version}, the release installed")


def check(model: Path, library: Path, tree: Path) -> subprocess.CompletedProcess[str]:
    """What ``opsieve check`` says of a model and a library."""
    command = [sys.executable, "-m", "opsieve", "check", str(model), "--library", str(library)]
    command += ["--tensorflow", str(tree), "--preset", "mobile"]
    return subprocess.run(command, capture_output=True, text=True, check=False)
