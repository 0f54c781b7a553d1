"""Writes everything that make needs to build a plan."""

from __future__ import annotations

import os
import posixpath
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from opsieve import __version__
from opsieve.build.makefiles.flags import (
    GENERATED,
    GroupFlags,
    group_flags,
    has_debug_information,
    include_folder,
    make_line,
)
from opsieve.build.makefiles.options import Options, makes_shared, program_flags
from opsieve.build.makefiles.outputs import consumer_files, installed_headers, interface_folders, version_script
from opsieve.build.makefiles.precompiling import Precompiled, precompiled_headers
from opsieve.build.makefiles.rules import Rule, unit_rules
from opsieve.build.makefiles.workspace import Workspace, digest_of, make_workspace
from opsieve.build.plan import Plan
from opsieve.build.toolchains.toolchain import Toolchain, unwrapped
from opsieve.codegen.quoting import make_word
from opsieve.codegen.rendering import Renderer
from opsieve.errors import OpsieveError
from opsieve.files import write_all

_SCRIPTS = ("compile.sh", "headers.sh", "link.sh", "protos.sh")


def write_makefiles(
    plan: Plan,
    toolchain: Toolchain,
    output: Path,
    objects: Path,
    options: Options | None = None,
    templates: Path | None = None,
) -> Path:
    """Write the makefiles that build ``plan`` into ``output``, with objects in ``objects``; returns the one to run.

    ``objects`` may be shared by any number of plans, targets and builds at once: what is equal is compiled once. Files
    that would not change are not touched. ``templates``: a folder whose templates replace opsieve's own.

    Raises:
        OpsieveError: the plan names what is missing or cannot stand in a makefile, or a file cannot be written.
    """
    options = options or Options()
    if not options.static and not makes_shared(options, toolchain):
        raise OpsieveError("neither a static nor a shared library is to be made", hint="for this target: static")
    workspace = make_workspace(plan, toolchain, output, objects)
    flags = {group.name: group_flags(group, plan, toolchain, workspace, options) for group in plan.groups}
    precompiled = precompiled_headers(flags, toolchain)
    library, program = unit_rules(plan, workspace, flags, precompiled)
    if not library:
        raise OpsieveError(f"{plan.name}: the plan has nothing to compile")
    if not options.program:
        program = []
    used = {rule.precompiled for rule in (*library, *program)}
    precompiled = {name: each for name, each in precompiled.items() if each.object in used}
    renderer = Renderer(templates)
    context = {
        **_toolchain_context(toolchain),
        **_link_context(plan, toolchain, workspace, options),
        "opsieve_version": __version__,
        "name": plan.name,
        "target": toolchain.name,
        "output": workspace.output,
        "workspace_quoted": _workspace_word(workspace.folder, output),
        "groups": _group_rows(plan, flags, precompiled, toolchain),
        "rules": [*library, *program],
        "library": library,
        "program": program,
        "precompiled": list(precompiled.values()),
        "protos": sorted(plan.protos),
        "proto_digest": digest_of(_protoc_arguments(plan, workspace).decode()),
        "proto_files": _proto_files(plan, workspace),
        "protoc": make_word(shlex.quote(str(plan.protoc.absolute()))) if plan.protoc else "",
        "headers": sorted(installed_headers(plan, workspace).items()),
        "interface": _interface(plan, program),
        "interface_folders": interface_folders(plan, workspace),
    }
    build = output / "build"
    write_all(
        {
            **{
                output / place: text
                for place, text in consumer_files(plan, toolchain, options, renderer, __version__).items()
            },
            **{workspace.folder / each.source: _precompiled_text(each, workspace) for each in precompiled.values()},
            **{build / script: renderer.render(f"build_{script}.j2", context) for script in _SCRIPTS},
            build / "library.rsp": _object_list(library),
            build / "program.rsp": _object_list(program),
            build / f"{plan.name}.version": version_script(plan.exported).encode(),
            # What is linked in another way, or of other objects with the same names, is linked again.
            build / "link.txt": _link_identity(workspace, toolchain, context),
            build / "protos.rsp": _protoc_arguments(plan, workspace),
            build / "build.mk": renderer.render("build.mk.j2", context),
            output / "Makefile": renderer.render("build_top.mk.j2", context),
        }
    )
    return output / "Makefile"


def _interface(plan: Plan, program: Sequence[Rule]) -> str:
    """The object whose depfile lists the headers for users; "" where there is none."""
    source = f"{GENERATED}/{plan.interface}"
    return next((rule.object for rule in program if plan.interface and rule.source == source), "")


def _toolchain_context(toolchain: Toolchain) -> dict[str, object]:
    # By link.sh @output@ becomes the temporary file.
    archive = (
        "$(AR) -static -o @output@ -filelist $(output)/build/library.rsp"
        if toolchain.format == "macho"
        else "$(AR) qcsD @output@ @$(output)/build/library.rsp"
    )
    return {
        "c": make_line(toolchain.c),
        "cxx": make_line(toolchain.cxx),
        "link": make_line((*unwrapped(toolchain.cxx), *toolchain.compile_flags)),
        "ar": make_line(toolchain.ar),
        "strip": make_line(toolchain.strip),
        "archive": archive,
        # What GCC makes up for the names of initializers is random otherwise.
        "seed": "-frandom-seed=$< " if toolchain.family == "gcc" else "",
    }


def _link_context(plan: Plan, toolchain: Toolchain, workspace: Workspace, options: Options) -> dict[str, object]:
    libraries = dict.fromkeys((*plan.libraries, *toolchain.libraries))
    linker_map = "-Wl,-map,@output@.map" if toolchain.format == "macho" else "-Wl,-Map,@output@.map"
    shared = [
        *toolchain.link_flags,
        f"-Wl,-soname,lib{plan.name}.so",
        f"-Wl,--version-script,{workspace.output}/build/{plan.name}.version",
        "-Wl,--no-undefined",
        "-Wl,-Bsymbolic",
        linker_map,
        *libraries,
    ]
    program = [*toolchain.link_flags, *program_flags(options, toolchain), linker_map, *libraries]
    return {
        "static": options.static,
        "shared": makes_shared(options, toolchain),
        "shared_flags": make_line(shared),
        "program_flags": make_line(program),
    }


def _group_rows(
    plan: Plan, flags: dict[str, GroupFlags], precompiled: dict[str, Precompiled], toolchain: Toolchain
) -> list[dict[str, object]]:
    return [
        {
            "name": group.name,
            "cxx": flags[group.name].cxx,
            "c": flags[group.name].c,
            "precompiled": precompiled.get(group.name),
            "debug_map": has_debug_information(toolchain, group),
        }
        for group in plan.groups
    ]


def _workspace_word(workspace: Path, output: Path) -> str:
    # Relative, so that a folder which holds both may be moved.
    return make_word(shlex.quote(os.path.relpath(workspace.resolve(), output.resolve())))


def _precompiled_text(precompiled: Precompiled, workspace: Workspace) -> bytes:
    # Clang remembers where headers were; in a folder that was moved they have to be precompiled again.
    # However it is named: a link to a folder is the same folder.
    return f"// For {str(workspace.folder.resolve())!r}.\n{precompiled.text}".encode("utf-8", "backslashreplace")


def _link_identity(workspace: Workspace, toolchain: Toolchain, context: Mapping[str, object]) -> bytes:
    keys = ("link", "ar", "archive", "strip", "shared_flags", "program_flags")
    return "".join(
        f"{text}\n" for text in (workspace.folder.name, toolchain.version, *(context[k] for k in keys))
    ).encode()


def _object_list(rules: Sequence[Rule]) -> bytes:
    return "".join(f"{rule.object}\n" for rule in rules).encode()


def _proto_files(plan: Plan, workspace: Workspace) -> list[str]:
    """Where each proto is, from the workspace: in the first of the folders that protoc searches.

    Raises:
        OpsieveError: a proto is in none.
    """
    folders = [include_folder(workspace, *each) for each in plan.proto_roots]
    found = []
    for proto in sorted(plan.protos):
        places = [posixpath.join(folder, proto) for folder in folders]
        place = next((each for each in places if (workspace.folder / each).is_file()), None)
        if place is None:
            raise OpsieveError(f"{proto}: this proto is in none of {', '.join(folders)}")
        found.append(place)
    return found


def _protoc_arguments(plan: Plan, workspace: Workspace) -> bytes:
    folders = [f"-I{include_folder(workspace, *each)}" for each in (*plan.proto_roots, *plan.proto_imports)]
    return "".join(f"{word}\n" for word in (*folders, *sorted(plan.protos))).encode()
