"""What lies beside a library for those who link it: headers, link flags, pkg-config, CMake, the version script."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping

from opsieve.build.makefiles.flags import GENERATED, include_folder
from opsieve.build.makefiles.options import Options, code_kind, makes_shared
from opsieve.build.makefiles.rules import PROGRAM
from opsieve.build.makefiles.workspace import Workspace
from opsieve.build.plan import Group, Plan, Unit
from opsieve.build.toolchains.linking import dropping_flags, whole_archive
from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.codegen.rendering import Renderer
from opsieve.errors import OpsieveError

_CXX_PATTERN = re.compile(r"[^A-Za-z0-9_$.?*\[\]-]")


def public_defines(plan: Plan, toolchain: Toolchain) -> list[str]:
    """What a program that includes the headers is compiled with, because the library was: ``NAME`` or ``NAME=VALUE``.

    Not what stands for another system: it chooses sources of TensorFlow's, and would mislead an app.
    """
    own = (
        define
        for group in plan.groups
        if group.name == PROGRAM
        for define in group.defines
        if not define.startswith("TARGET_OS_")
    )
    return list(dict.fromkeys((*toolchain.defines, *own)))


def link_words(plan: Plan, toolchain: Toolchain, options: Options) -> list[str]:
    """The linker's arguments beside the archive itself, for whoever links it."""
    shrink = [*dropping_flags(toolchain.format)]
    if code_kind(options, toolchain) == "absolute" and toolchain.format == "elf":
        shrink.append("-no-pie")
    threads = [word for word in toolchain.link_flags if word == "-pthread"]
    return [*shrink, *threads, *dict.fromkeys((*plan.libraries, *toolchain.libraries))]


def installed_headers(plan: Plan, workspace: Workspace) -> dict[str, str]:
    """For each public header its place below include/: where it is in the workspace.

    Raises:
        OpsieveError: a header is missing, or two would have the same place.
    """
    placed: dict[str, str] = {}
    generated = {proto.removesuffix(".proto") + ".pb.h" for proto in plan.protos} | plan.generated.keys()
    for root, path in plan.public_headers:
        source = posixpath.normpath(posixpath.join(workspace.roots[root] if root else GENERATED, path))
        if root and not (workspace.folder / source).is_file():
            raise OpsieveError(f"{plan.roots[root] / path}: there is no such header")
        if not root and path not in generated:
            raise OpsieveError(f"{path}: nothing in the plan generates this header")
        place = posixpath.relpath(source, _include_folder(source, root, plan, workspace))
        if placed.setdefault(place, source) != source:
            raise OpsieveError(f"{source} and {placed[place]} would both be include/{place}")
    return dict(sorted(placed.items()))


def _include_folder(source: str, root: str, plan: Plan, workspace: Workspace) -> str:
    """The deepest folder with the header that units search: an #include names it from there."""
    folders = {workspace.roots[root] if root else GENERATED}
    for group in plan.groups:
        for each in (*group.includes, *group.system_includes):
            if each[0] == root:
                folders.add(include_folder(workspace, *each))
    return max((folder for folder in folders if source.startswith(f"{folder}/")), key=len)


def interface_folders(plan: Plan, workspace: Workspace) -> list[str]:
    """The folders that the unit of ``Plan.interface`` searches, the deepest first."""
    group = next((group for group in plan.groups if any(_is_interface(unit, plan, group) for unit in plan.units)), None)
    if group is None:
        return []
    folders = {include_folder(workspace, *each) for each in (*group.includes, *group.system_includes)}
    return sorted(folders, key=lambda folder: (-len(folder), folder))


def _is_interface(unit: Unit, plan: Plan, group: Group) -> bool:
    return (unit.source, unit.root, unit.group) == (plan.interface, "", group.name)


def version_script(exported: tuple[str, ...]) -> str:
    """An ELF version script that exports the names and nothing else; everything for no names.

    A pattern of a C++ name has a character that no C name has, such as ``::``. A pattern that holds what stands for
    any character can't be quoted, so that there ``?`` stands for parentheses and spaces.
    """
    if not exported:
        return "{ global: *; };\n"
    plain = [each for each in exported if not _CXX_PATTERN.search(each)]
    cxx = [each for each in exported if _CXX_PATTERN.search(each)]
    lines = ["{", "  global:", *(f"    {each};" for each in plain)]
    if cxx:
        lines += ['    extern "C++" {', *(f"      {_cxx_pattern(each)};" for each in cxx), "    };"]
    return "\n".join([*lines, "  local:", "    *;", "};", ""])


def _cxx_pattern(pattern: str) -> str:
    if not any(character in pattern for character in "?*["):
        escaped = pattern.replace("\\", "").replace('"', "")
        return f'"{escaped}"'
    return re.sub(r"[^A-Za-z0-9_$.?*\[\]:-]", "?", pattern)


def consumer_files(
    plan: Plan, toolchain: Toolchain, options: Options, renderer: Renderer, opsieve_version: str
) -> dict[str, bytes]:
    """The texts of what a user's build reads, by their place in the output; all relocatable."""
    words = link_words(plan, toolchain, options)
    defines = [shlex.quote(f"-D{define}") for define in public_defines(plan, toolchain)]
    context: Mapping[str, object] = {
        "opsieve_version": opsieve_version,
        "name": plan.name,
        "version": plan.version,
        "target": toolchain.name,
        "description": f"TensorFlow {plan.version} with the selected ops, for {toolchain.name}",
        "static": options.static,
        "shared": makes_shared(options, toolchain),
        "macho": toolchain.format == "macho",
        "whole_archive": whole_archive(
            toolchain.format, plan.name, "${libdir}" if toolchain.format == "macho" else None
        ),
        "link_words": words,
        "defines": defines,
        "libraries": list(dict.fromkeys(plan.libraries)),
    }
    files = {f"{plan.name}.cppflags": ("\n".join(defines) + "\n").encode()}
    if options.static:
        kept = whole_archive(toolchain.format, plan.name)
        files[f"{plan.name}.ldflags"] = (shlex.join([*kept, *words]) + "\n").encode()
        files[f"pkgconfig/{plan.name}.pc"] = renderer.render("build_pkgconfig.pc.j2", {**context, "library": "static"})
    if makes_shared(options, toolchain):
        name = f"{plan.name}-shared" if options.static else plan.name
        files[f"pkgconfig/{name}.pc"] = renderer.render("build_pkgconfig.pc.j2", {**context, "library": "shared"})
    files[f"cmake/{plan.name}-config.cmake"] = renderer.render("build_config.cmake.j2", context)
    return files
