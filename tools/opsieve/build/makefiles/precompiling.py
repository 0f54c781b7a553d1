"""Precompiled headers: which groups have one, and which units can't be compiled with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from opsieve.build.makefiles.flags import GroupFlags
from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError

# A source of TensorFlow is smaller by far.
_LARGEST_SOURCE = 1 << 24
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(define|undef|include|if|ifdef|ifndef|endif)\b[ \t]*(\w*)", re.M)


@dataclass(frozen=True, slots=True)
class Precompiled:
    """A precompiled header: of ``source``, for C++ units of a group; ``use`` are the arguments that bring it in."""

    object: str
    source: str
    text: str
    group: str
    use: str


def precompiled_headers(flags: Mapping[str, GroupFlags], toolchain: Toolchain) -> dict[str, Precompiled]:
    """By group. Only where a group asks for one; see :func:`options.precompiles`."""
    found = {}
    for group, each in flags.items():
        if not each.precompile:
            continue
        source = f"{each.folder}/precompiled.h"
        if toolchain.family == "clang":
            made, use = f"{source}.pch", f"-include-pch {source}.pch"
        else:
            made, use = f"{source}.gch", f"-Winvalid-pch -include {source}"
        found[group] = Precompiled(made, source, each.precompile, group, use)
    return found


def steers_headers(source: Path, defines: Iterable[str]) -> bool:
    """Whether a source defines a macro before it includes, as kernels do with EIGEN_USE_THREADS.

    What was precompiled did not see it. A macro that ``defines`` has for all of the group is no matter. What is defined
    on a condition (EIGEN_USE_GPU for CUDA) is not looked at.
    """
    try:
        with open(source, "rb") as stream:
            text = stream.read(_LARGEST_SOURCE)
    except OSError as error:
        raise OpsieveError(f"{source}: cannot be read: {error.strerror or error}") from error
    known = {define.partition("=")[0].encode() for define in defines}
    depth, steering = 0, False
    for directive in _DIRECTIVE.finditer(text):
        kind, name = directive.groups()
        if kind == b"endif":
            depth -= 1
        elif kind.startswith(b"if"):
            depth += 1
        elif kind == b"include":
            if steering:
                return True
        elif depth == 0 and name not in known:
            steering = True
    return False
