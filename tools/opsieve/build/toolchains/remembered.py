"""Tool chains that were tried before: a second build does not try them again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed
from opsieve.resources import cache_folder


def remembered_place(programs: Iterable[str], environment: Mapping[str, str], *parts: object) -> Path:
    """Where the tool chain is kept that was found for ``parts`` (all that was asked for) with these programs.

    A program that comes, goes, or is replaced makes another place.
    """
    states = []
    for program in sorted(set(programs)):
        found = shutil.which(program, path=environment.get("PATH"))
        state = None
        if found is not None:
            with contextlib.suppress(OSError):
                status = os.stat(found)
                state = [os.path.realpath(found), status.st_size, status.st_mtime_ns]
        states.append([program, state])
    text = json.dumps([states, parts], sort_keys=True, default=str)
    return cache_folder() / "toolchains" / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"


def recall(place: Path) -> Toolchain | None:
    """The tool chain kept there, if one is."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        row: dict[str, Any] = json.loads(place.read_bytes())
        if row.keys() == {each.name for each in fields(Toolchain)}:
            words: dict[str, Any] = {key: tuple(each) if isinstance(each, list) else each for key, each in row.items()}
            return Toolchain(**words)
    return None


def remember(place: Path, toolchain: Toolchain) -> None:
    """Keep a tool chain; a full disk only costs time."""
    with contextlib.suppress(OpsieveError):
        write_if_changed(place, json.dumps(asdict(toolchain)).encode())
