"""The folder in which make runs: links to source trees and outputs, generated files, and objects that builds share."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from opsieve.build.plan import Plan
from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError
from opsieve.files import write_all

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
# What Make and the shell take for themselves in a name; there is no quoting that both understand.
_WORD = re.compile(r"[A-Za-z0-9_./+@,~^-]+")

# A precompiled header knows no selection. Its macros lead to a function that does not exist, and "::" is wrong in #if:
# what is registered before the unit's own header came does not compile, rather than being left out in silence.
_STUB = """\
// Stands for the ops_to_register.h of each unit while headers are precompiled, and for what registers nothing.
#ifndef OPSIEVE_NO_SELECTION_YET
#define OPSIEVE_NO_SELECTION_YET
#define SHOULD_REGISTER_OP(op) (::opsieve_no_selection_yet::Registers(op))
#define SHOULD_REGISTER_OP_KERNEL(clz) (::opsieve_no_selection_yet::Registers(clz))
#define SHOULD_REGISTER_OP_GRADIENT (::opsieve_no_selection_yet::Registers())
#endif
"""
_SELECTED = """\
// The selection of the units that are compiled with this, whatever was precompiled before.
#undef SHOULD_REGISTER_OP
#undef SHOULD_REGISTER_OP_KERNEL
#undef SHOULD_REGISTER_OP_GRADIENT
#include "ops_to_register.h"
#if !defined(SHOULD_REGISTER_OP) || !defined(SHOULD_REGISTER_OP_KERNEL) || !defined(SHOULD_REGISTER_OP_GRADIENT)
#error ops_to_register.h does not define the SHOULD_REGISTER macros
#endif
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """``folder`` is where make runs. ``roots``: the link to each root, relative to it; ``output``: that to the output.

    ``headers``: for each key of ``Plan.headers`` the folder of it, relative too.
    """

    folder: Path
    roots: dict[str, str]
    headers: dict[str, str]
    output: str


def digest_of(*parts: object) -> str:
    """16 characters that name what JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def make_workspace(plan: Plan, toolchain: Toolchain, output: Path, objects: Path) -> Workspace:
    """Make the folder for a plan's tree and a tool chain in ``objects``, or find it there.

    Raises:
        OpsieveError: a root or protoc is missing, a name cannot stand in a makefile, or something cannot be written.
    """
    _check_names(plan)
    _check_roots(plan)
    # Of the roots only the tree, and nothing of what is generated: another model may need a third-party package or a
    # proto more, and shares all the rest.
    tree = [str(path.resolve()) for name, path in plan.roots.items() if name == "tensorflow"]
    protoc = _protoc_version(plan) if plan.protos else ""
    key = digest_of(
        tree,
        toolchain.version,
        toolchain.machine,
        plan.proto_roots,
        protoc,
    )
    folder = (objects / f"{toolchain.name}-{key}").absolute()
    roots = {name: _linked_root(folder, name, path) for name, path in sorted(plan.roots.items())}
    output = output.absolute()
    place = f"outputs/{digest_of(str(output))[:12]}"
    _link(folder / place, output)
    headers = {key: f"headers/{digest_of(text)}" for key, text in plan.headers.items()}
    write_all(
        {
            folder / "stub" / "ops_to_register.h": _STUB.encode(),
            **{folder / "generated" / path: text.encode() for path, text in plan.generated.items()},
            **{folder / headers[key] / "ops_to_register.h": text.encode() for key, text in plan.headers.items()},
            **{folder / each / "selected.h": _SELECTED.encode() for each in headers.values()},
        }
    )
    return Workspace(folder, roots, headers, place)


def _check_names(plan: Plan) -> None:
    """That every name can stand in a makefile, and no path leads out of its root.

    Raises:
        OpsieveError: names the first that cannot.
    """
    for what, names in (
        ("a library", [plan.name]),
        ("a root", plan.roots),
        ("a group", [group.name for group in plan.groups]),
    ):
        for name in names:
            if not _NAME.fullmatch(name):
                raise OpsieveError(f"{name!r} cannot be the name of {what}", hint="letters, digits, and any of _.+-")
    paths: Iterable[str] = (
        *(unit.source for unit in plan.units),
        *plan.generated,
        *plan.protos,
        *(folder for group in plan.groups for _, folder in (*group.includes, *group.system_includes)),
        *(folder for _, folder in (*plan.proto_roots, *plan.proto_imports)),
        *(path for _, path in plan.public_headers),
    )
    for path in paths:
        if path.startswith("/") or ".." in path.split("/"):
            raise OpsieveError(f"{path!r} leads out of its folder", hint="give paths relative to a root")
        if not _WORD.fullmatch(path or "."):
            raise OpsieveError(
                f"{path!r} cannot stand in a makefile: GNU Make takes spaces, colons and $ for itself",
                hint="rename it; the folders of trees, objects and outputs may be called anything",
            )


def _check_roots(plan: Plan) -> None:
    used = [
        *((unit.source, unit.root) for unit in plan.units),
        *((group.name, root) for group in plan.groups for root, _ in (*group.includes, *group.system_includes)),
        *(("the protos", root) for root, _ in (*plan.proto_roots, *plan.proto_imports)),
        *((path, root) for root, path in plan.public_headers),
    ]
    for what, root in used:
        if root and root not in plan.roots:
            raise OpsieveError(f"{what}: there is no root {root!r} in the plan")


def _protoc_version(plan: Plan) -> str:
    if plan.protoc is None:
        raise OpsieveError("there are protos to compile, and no protoc")
    try:
        done = subprocess.run([plan.protoc, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise OpsieveError(f"{plan.protoc}: protoc cannot be run: {error}") from error
    return done.stdout.strip()


def _linked_root(folder: Path, name: str, path: Path) -> str:
    target = path.resolve()
    if not target.is_dir():
        raise OpsieveError(f"{path}: there is no such folder, for the sources of {name}")
    # The plain name reaches objects, in the names of initializers, and has to be the same everywhere. Only where two
    # plans mean different folders by it, the second has to have another.
    for place in (f"roots/{name}", f"roots/{name}-{digest_of(str(target))[:8]}"):
        if _link(folder / place, target):
            return place
    raise OpsieveError(f"{folder / place}: leads elsewhere than to {target}", hint="remove it")


def _link(place: Path, target: Path) -> bool:
    """Whether ``place`` is a link to ``target`` now."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
    except FileExistsError:
        try:
            return os.readlink(place) == str(target)
        except OSError:
            return False
    except OSError as error:
        raise OpsieveError(f"{place}: cannot be made: {error.strerror or error}") from error
    return True
