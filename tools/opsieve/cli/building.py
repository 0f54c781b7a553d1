"""From a selection to the makefiles of its library: every stage of `opsieve build` up to the first compiler run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from opsieve.errors import OpsieveError

if TYPE_CHECKING:
    from opsieve.build.toolchains import Toolchain
    from opsieve.cli.third_party import ThirdPartyRequest
    from opsieve.selection.selection import Selection
    from opsieve.tree.index import Index

# `--register`: what is selected, or all that stands in the compiled files; anything else is a header.
SELECTED = "selected"
ALL = "all"


def default_target() -> str:
    """The preset for programs that run on this machine.

    Raises:
        OpsieveError: there is none.
    """
    from opsieve.build.third_party.system import host_target
    from opsieve.build.toolchains import target_names

    name = host_target()
    if name not in target_names():
        raise OpsieveError(
            f"no target is known for {platform.system()} on {platform.machine()}",
            hint="name one with --target; opsieve build --help lists them",
        )
    return name


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be built. ``register``: of --register. ``command``: goes into the generated files.

    ``cache``: whether what is known of the tree may be used, and kept.
    """

    name: str
    tree: Path
    register: str
    output: Path
    objects: Path | None
    third_party: ThirdPartyRequest
    folders: Mapping[str, Path]
    command: str
    cache: bool = True


def prepare(selection: Selection, index: Index, toolchain: Toolchain, request: Request) -> Path:
    """Write everything that a build reads, makefiles included, and return the makefile.

    Raises:
        OpsieveError: the tree has no portable runtime, a third-party package is missing, or a file cannot be written.
    """
    from opsieve.build.exports import exported
    from opsieve.build.makefiles import write_makefiles
    from opsieve.build.needed import needed
    from opsieve.build.planning import Ingredients, make_plan
    from opsieve.build.third_party.provide import provide
    from opsieve.codegen.generate import generate
    from opsieve.resources import cache_folder, resource
    from opsieve.selection.source_closure import with_helpers

    of_tree = [source.path for source in selection.sources if (request.tree / source.path).is_file()]
    tree, defines = request.tree, selection.defines
    known = needed(tree, index, toolchain.configuration, defines, of_tree, cache=request.cache)
    selection, manifest = with_helpers(selection, known.helpers), known.manifest
    packages = provide(
        manifest.third_party, manifest.version, toolchain.kind, request.third_party.given, request.third_party.store
    )
    compiled = [
        *(source.path for source in selection.sources),
        *(source.path for source in manifest.sources if source.registers),
    ]
    plan = make_plan(
        Ingredients(
            name=request.name,
            tree=tree,
            manifest=manifest,
            third_party=packages,
            selected=_headers(selection, compiled, request.register),
            folders=request.folders,
            runner=resource("build/run_model"),
            exported=exported("session"),
        )
    )
    generate(selection, request.output, command=request.command)
    objects = request.objects or cache_folder() / "objects"
    return write_makefiles(plan, toolchain, request.output, objects)


def _headers(selection: Selection, files: list[str], register: str) -> dict[str, str]:
    if register == ALL:
        return dict.fromkeys(files, "")
    if register != SELECTED:
        from opsieve.tree.sources import read_source

        text = read_source(register).decode("utf-8", "surrogateescape")
        return dict.fromkeys(files, text)
    from opsieve.codegen.unit_headers import unit_headers

    return unit_headers(selection, files)
