"""The ops and kernels that a linker map leaves possible."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath

from opsieve.binary.linker_map import LinkerMap
from opsieve.binary.names import Pair
from opsieve.tree.index import Index

_ENDINGS = re.compile(r"(?:\.(?:o|obj|lo|bc|pic|nopic|cc|cpp|cxx|c))+$")
# Of a path, the end of it is shown.
_SHOWN = 120


def by_map(linker_map: LinkerMap, index: Index) -> dict[Pair | str, str]:
    """The ops and kernels whose file's object was linked, each with what the map cannot tell of it.

    What is not among them is certainly absent: its file is not in the output.
    """
    objects: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in linker_map.objects:
        parts = PurePosixPath(_ENDINGS.sub("", name.replace("\\", "/"))).parts
        if parts:
            objects[parts[-1]].append(parts)
    linked: dict[str, str | None] = {}

    def object_of(file: str) -> str | None:
        if file not in linked:
            linked[file] = _object_of(file, objects)
        return linked[file]

    uncertain: dict[Pair | str, str] = {}
    for op, definition in index.ops.items():
        if (found := object_of(definition.file)) is not None:
            uncertain[op] = f"{found} was linked; a map does not tell which of its ops were selected"
    for op, kernels in index.kernels.items():
        for kernel in kernels:
            if (found := object_of(kernel.file)) is not None:
                why = f"{found} was linked; a map does not tell which of its kernels were selected"
                uncertain[op, kernel.class_text] = why
    return uncertain


def _object_of(file: str, objects: dict[str, list[tuple[str, ...]]]) -> str | None:
    """The object that a file was compiled to.

    Objects of archives have no folder, and a build may put them where it likes; of several with the file's name, those
    in a folder of a name that the file's path has come first. Some build systems make the path a part of the name:
    ``tensorflow_core_kernels_x.o``.
    """
    parts = PurePosixPath(_ENDINGS.sub("", file)).parts
    candidates = sorted(objects.get(parts[-1], ()), key=lambda path: (-len({*path[:-1]} & {*parts[:-1]}), path))
    if candidates:
        return "/".join(candidates[0])[-_SHOWN:]
    joined = "_".join(parts)
    for last, paths in objects.items():
        if last.endswith(f"_{parts[-1]}") and (joined.endswith(last) or last.endswith(joined)):
            return "/".join(paths[0])[-_SHOWN:]
    return None
