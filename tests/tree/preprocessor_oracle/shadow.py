"""Stand-in headers: registration macros that leave a marker, and empty files for what a tree does not have."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

KERNEL_MARKER = "opsieve_oracle_kernel"
OP_MARKER = "opsieve_oracle_op"

# Only the innermost macros are replaced, so that TensorFlow's own outer ones decide how often an argument is expanded
# before it is stringified. 2.3 and later have ..._IMPL_3 and ..._IMPL; earlier releases have ..._UNIQ. Defining the
# one a release does not use does no harm.
_KERNEL_MACROS = f"""
#undef REGISTER_KERNEL_BUILDER_IMPL_3
#define REGISTER_KERNEL_BUILDER_IMPL_3(ctr, op_name, kernel_builder_expr, is_system_kernel, ...) \\
  {KERNEL_MARKER}(is_system_kernel, #__VA_ARGS__, kernel_builder_expr)
#undef REGISTER_KERNEL_BUILDER_UNIQ
#define REGISTER_KERNEL_BUILDER_UNIQ(ctr, kernel_builder, ...) \\
  {KERNEL_MARKER}(false, #__VA_ARGS__, kernel_builder)
#undef REGISTER_SYSTEM_KERNEL_BUILDER_UNIQ
#define REGISTER_SYSTEM_KERNEL_BUILDER_UNIQ(ctr, kernel_builder, ...) \\
  {KERNEL_MARKER}(true, #__VA_ARGS__, kernel_builder)
"""
_OP_MACROS = f"""
#undef REGISTER_OP_IMPL
#define REGISTER_OP_IMPL(ctr, name, is_system_op) {OP_MARKER}(is_system_op, name)
#undef REGISTER_OP_UNIQ
#define REGISTER_OP_UNIQ(ctr, name) {OP_MARKER}(false, name)
#undef REGISTER_SYSTEM_OP_UNIQ
#define REGISTER_SYSTEM_OP_UNIQ(ctr, name) {OP_MARKER}(true, name)
"""
_SHADOWED = {
    "tensorflow/core/framework/op_kernel.h": _KERNEL_MACROS,
    "tensorflow/core/framework/op.h": _OP_MACROS,
}

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*(?:include|import)(?:_next)?[ \t]*[<"]([^>"\r\n]+)[>"]', re.MULTILINE)
_READ = (".h", ".cc", ".inc", ".hpp", ".cpp", ".cxx", ".cuh", ".hh")
_OPTIONS = "tensorflow/core/framework/registration/options.h"
# Where TensorFlow's own includes are found besides the top of the tree; 2.15 and later carry XLA and TSL apart.
_ROOTS = ("", "third_party/xla", "third_party/xla/third_party/tsl")


@dataclass(frozen=True)
class IncludePath:
    """The folders to pass as ``-I``, in order, and the one among them where further empty files may be put."""

    folders: tuple[Path, ...]
    stubs: Path


def make_include_path(tree: Path, work: Path, extra: tuple[Path, ...] = ()) -> IncludePath:
    """Fill ``work`` with shadow headers, and with an empty file for every include that is in no folder of ``tree``."""
    roots = [tree / root for root in _ROOTS if (tree / root).is_dir()] + list(extra)
    stubs = work / "stubs"
    for name, macros in _SHADOWED.items():
        shadow = work / "shadow" / name
        shadow.parent.mkdir(parents=True, exist_ok=True)
        shadow.write_text(f'#include_next "{name}"\n{macros}')
    stubs.mkdir(parents=True, exist_ok=True)
    for name in sorted(_included_names(roots)):
        if not any((root / name).exists() for root in roots):
            add_stub(stubs, name)
    _write_options(tree, stubs)
    return IncludePath((work / "shadow", *roots, stubs), stubs)


def add_stub(stubs: Path, name: str) -> bool:
    """An empty file for ``name``; False if there can be none, or is one already."""
    path = stubs / os.path.normpath(name)
    if stubs not in path.parents or path.exists():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:  # a file stands where a folder would be needed, or the name is too long
        return False
    return True


def _included_names(roots: list[Path]) -> set[str]:
    names: set[str] = set()
    for root in roots:
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for file in files:
                if file.endswith(_READ):
                    content = (Path(folder) / file).read_bytes()
                    names.update(match.decode("latin-1").strip() for match in _INCLUDE.findall(content))
    return names


def _write_options(tree: Path, stubs: Path) -> None:
    # TensorFlow generates this header from options.h.tpl (tf_gen_options_header); every option is off by default.
    template = tree / (_OPTIONS + ".tpl")
    if template.exists():
        options = re.findall(r"^#define_option (\w+)", template.read_text(), re.MULTILINE)
        (stubs / _OPTIONS).parent.mkdir(parents=True, exist_ok=True)
        (stubs / _OPTIONS).write_text("".join(f"#define TF_OPTION_{option}() 0\n" for option in options))
