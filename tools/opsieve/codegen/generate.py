"""Selection → the files that a build reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from opsieve.codegen.checks import check_writable
from opsieve.codegen.context import context
from opsieve.codegen.rendering import Renderer
from opsieve.errors import OpsieveError
from opsieve.files import write_all
from opsieve.selection.document import to_json
from opsieve.selection.selection import Selection

SELECTION_FILE = "selection.json"

# One template each, named after the file.
TEMPLATED_FILES = ("ops_to_register.h", "selected.bzl", "selected.mk", "tf_op_files.txt")


@dataclass(frozen=True, slots=True)
class GeneratedFile(os.PathLike[str]):
    """A generated file, and whether it was written: it is left untouched when it has the same bytes already."""

    path: Path
    changed: bool

    def __fspath__(self) -> str:
        return str(self.path)


def generate(selection: Selection, output: Path, *, command: str, templates: Path | None = None) -> list[GeneratedFile]:
    """Write ``ops_to_register.h``, ``selected.bzl``, ``selected.mk``, ``tf_op_files.txt`` and ``selection.json``.

    Everything is rendered before the first file is written. ``command`` is the command line that makes the files
    again, in one line, as a user would type it: it is in their first lines. ``templates`` is a folder whose files
    replace opsieve's own templates of the same name (see context.context for what they may use).

    Raises:
        OpsieveError: the selection has a name that no file can hold, a template is wrong, or ``output`` cannot be
            written.
    """
    check_writable(selection)
    renderer = Renderer(templates)
    values = context(selection, command)
    contents = {name: renderer.render(f"{name}.j2", values) for name in TEMPLATED_FILES}
    contents[SELECTION_FILE] = to_json(selection, command=command)
    _check_folder(output, contents)
    written = write_all({output / name: content for name, content in contents.items()})
    return [GeneratedFile(path, changed) for path, changed in written.items()]


def _check_folder(output: Path, names: dict[str, bytes]) -> None:
    """Found here, what is in the way of one file does not leave the others half new."""
    if output.exists() and not output.is_dir():
        raise OpsieveError(f"{output}: not a folder", hint="give a folder for the generated files")
    for name in names:
        if (output / name).is_dir():
            raise OpsieveError(f"{output / name}: a folder is where this file has to be")
