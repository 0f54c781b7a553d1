"""What no generated file can hold, refused before anything is written.

A selection comes from a model and a source tree of strangers, and a Makefile runs what it reads: ``$(shell ...)`` as
the path of a source file would be a command.
"""

from __future__ import annotations

import re

from opsieve.errors import OpsieveError
from opsieve.selection.selection import Selection

# IsValidOpName of tensorflow/core/framework/op_def_util.cc, from which a leading underscore exempts internal ops.
_OP_NAME = re.compile(r"(_[A-Za-z0-9_>]*|[A-Z][A-Za-z0-9_]*(>[A-Z][A-Za-z0-9_]*)*)\Z")
_VERSION = re.compile(r"[A-Za-z0-9._+-]*\Z")
_DEFINE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# What Make, the shell, Bazel's labels and a list with one path a line all take as it is.
_PATH = re.compile(r"[A-Za-z0-9_.+@=,/-]+\Z")


def check_writable(selection: Selection) -> None:
    """Raises:
    OpsieveError: a name, path, class text or define that the generated files cannot hold.
    """
    if not _VERSION.match(selection.version):
        raise OpsieveError(f"{selection.source}: {selection.version!r} is no version that TensorFlow can have")
    for op in selection.ops:
        if not _OP_NAME.match(op.name):
            raise OpsieveError(f"{selection.source}: {op.name!r} is no name that a TensorFlow op can have")
    for kernel in selection.kernels:
        _check_class_text(kernel.class_text, f"{kernel.file}:{kernel.line}")
    for source in selection.sources:
        _check_path(source.path, selection.source)
    for name, value in selection.defines.items():
        if not _DEFINE_NAME.match(name):
            raise OpsieveError(f"--define {name}: {name!r} is no name that a C++ macro can have")
        if any(not character.isprintable() for character in value):
            raise OpsieveError(f"--define {name}: the value {value!r} has a character that cannot be printed")


def _check_class_text(text: str, place: str) -> None:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise OpsieveError(f"{place}: the kernel class {text!r} is not Unicode text") from error
    if "\0" in text:
        raise OpsieveError(f"{place}: the kernel class {text!r} has a NUL character, where C++ would end the text")


def _check_path(path: str, tree: str) -> None:
    if not _PATH.match(path) or path.startswith("-"):
        raise OpsieveError(
            f"{tree}: the source file {path!r} has a character that Make or Bazel would not take as it is",
            hint="rename the file; letters, digits and _ . + @ = , - are safe",
        )
    if path.startswith("/") or ".." in path.split("/"):
        raise OpsieveError(f"{tree}: the source file {path!r} is outside the source tree")
