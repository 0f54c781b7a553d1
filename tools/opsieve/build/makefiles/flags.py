"""The compiler's arguments for each group of units."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass

from opsieve.build.makefiles.options import Options, code_flags, precompiles
from opsieve.build.makefiles.workspace import Workspace, digest_of
from opsieve.build.plan import Group, Plan
from opsieve.build.toolchains.toolchain import Toolchain, unwrapped
from opsieve.codegen.quoting import make_word

GENERATED = "generated"
_ONLY_CXX = re.compile(
    r"-std=(c|gnu)\+\+.*|-f(no-)?rtti|-fvisibility-inlines-hidden|-W(no-)?(reorder|overloaded-virtual)"
)


@dataclass(frozen=True, slots=True)
class GroupFlags:
    """``folder``: of the group's objects, relative to the workspace, named after all that they depend on.

    ``cxx`` and ``c``: arguments, as one line for a makefile. ``precompile``: the text of the header to precompile.
    """

    folder: str
    cxx: str
    c: str
    precompile: str


def group_flags(group: Group, plan: Plan, toolchain: Toolchain, workspace: Workspace, options: Options) -> GroupFlags:
    """The arguments for one group, which hold no absolute path."""
    used = {root for root, _ in (*group.includes, *group.system_includes)}
    used |= {unit.root for unit in plan.units if unit.group == group.name}
    shared = [
        *toolchain.compile_flags,
        *code_flags(options, toolchain),
        *_prefix_maps(used, workspace),
        *_reproducible(toolchain, group),
        *(f"-D{name}" for name in (*toolchain.defines, *group.defines)),
        *(f"-I{include_folder(workspace, *each)}" for each in group.includes),
        *(word for each in group.system_includes for word in ("-isystem", include_folder(workspace, *each))),
    ]
    # A file that registers nothing may still include TensorFlow's registration.
    last = [*group.flags, "-Istub"]
    cxx = [*shared, *toolchain.cxx_flags, *last]
    c = [*shared, *toolchain.c_flags, *last]
    precompile = "".join(f"{_include(each)}\n" for each in group.precompile if precompiles(options, toolchain))
    compilers = (toolchain.version, unwrapped(toolchain.cxx), unwrapped(toolchain.c))
    # Lists of headers do not tell of one that appeared before another.
    before = _standing_before(group, plan)
    folder = f"{group.name}-{digest_of(cxx, c, precompile, compilers, *([before] if before else []))}"
    return GroupFlags(
        folder, make_line(cxx), make_line([word for word in c if not _ONLY_CXX.fullmatch(word)]), precompile
    )


def _standing_before(group: Group, plan: Plan) -> list[str]:
    """Generated headers that the group's units find where a source tree has one of the same name."""
    if all(root for root, _ in group.includes):
        return []
    folders = [plan.roots[root] / folder for root, folder in group.includes if root]
    return sorted(path for path in plan.generated if any((folder / path).is_file() for folder in folders))


def include_folder(workspace: Workspace, root: str, folder: str) -> str:
    """Where a folder of a root is, from the workspace; of the build's own files for an empty root."""
    return posixpath.normpath(posixpath.join(workspace.roots[root] if root else GENERATED, folder))


def make_line(words: list[str] | tuple[str, ...]) -> str:
    """Words for the shell, in a variable of a makefile."""
    return make_word(shlex.join(words))


def _prefix_maps(used: set[str], workspace: Workspace) -> list[str]:
    """__FILE__ as Bazel has it: relative to the source tree."""
    places = sorted({workspace.roots[root] if root else GENERATED for root in used} | {GENERATED})
    return [f"-ffile-prefix-map={place}/=" for place in places]


def _reproducible(toolchain: Toolchain, group: Group) -> list[str]:
    times = (f'-D{name}="redacted"' for name in ("__DATE__", "__TIME__", "__TIMESTAMP__"))
    flags = ["-Wno-builtin-macro-redefined", *times]
    if toolchain.family == "gcc":
        # Otherwise GCC puts the place that a link leads to for the headers of -isystem.
        return [*flags, "-fno-canonical-system-headers"]
    return [*flags, "-ffile-compilation-dir=."] if has_debug_information(toolchain, group) else flags


def has_debug_information(toolchain: Toolchain, group: Group) -> bool:
    """Whether objects name the folder that they were compiled in, unless told otherwise."""
    flags = (*toolchain.compile_flags, *toolchain.cxx_flags, *toolchain.c_flags, *group.flags)
    return any(flag.startswith("-g") and flag != "-g0" for flag in flags)


def _include(header: str) -> str:
    return f"#include {header}" if header[:1] in ('"', "<") else f'#include "{header}"'
