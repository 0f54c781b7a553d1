"""The sources of the portable runtime: what targets of the BUILD files compile, with all that they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.workspace import read_repositories
from opsieve.tree.linking.owners import SOURCE_SUFFIXES, BuildFiles, is_compiled

# What is compiled into a library is the sources of these rules, and what these groups stand for. A genrule's inputs,
# the tools it runs and .proto files are not.
_LIBRARIES = frozenset({"cc_library", "objc_library"})
_GROUPS = frozenset({"filegroup", "alias"})


@dataclass(slots=True)
class CoreSources:
    """What some targets compile.

    ``files``: each source of the tree with the labels that list it. ``generated``: sources and headers that a rule
    makes, as the path where they would be, with the label that lists each. ``defines``: those that reach whatever
    includes one of the targets. ``copts``: the compiler flags of the targets asked for. ``outside``: labels of
    repositories that do not lie in the tree. ``notes``: what could not be followed.
    """

    files: dict[str, list[str]] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    defines: list[str] = field(default_factory=list)
    copts: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class SourceWalk:
    """Walks from targets to the sources that a library made of them compiles."""

    def __init__(self, tree: Path, build: BuildFiles) -> None:
        self._tree = tree
        self._build = build
        self._repositories = read_repositories(tree)

    def has(self, label: str) -> bool:
        """Whether there is such a target in the tree."""
        try:
            self._build.target(label)
        except OpsieveError:
            return False
        return True

    def sources(self, labels: Sequence[str], leave_out: Iterable[str] = ()) -> CoreSources:
        """The sources of the targets ``labels`` and all that they depend on; those behind ``leave_out`` aside.

        Raises:
            OpsieveError: a BUILD file cannot be read.
        """
        found = CoreSources()
        known = set(leave_out)
        pending = [(label, "") for label in reversed(labels)]
        while pending:
            label, asking = pending.pop()
            path = self._path(label)
            if path is None:
                if label not in found.outside:
                    found.outside.append(label)
            elif (self._tree / path).is_file():
                if is_compiled(path):
                    reasons = found.files.setdefault(path, [])
                    if asking not in reasons:
                        reasons.append(asking)
            elif label not in known:
                known.add(label)
                below = self._below(label, path, asking, found)
                pending.extend((each, label) for each in reversed(below))
                if label in labels:
                    target = self._build.target(label)
                    found.copts += [*target.copts, *(f"-D{name}" for name in target.local_defines)]
        return found

    def _below(self, label: str, path: str, asking: str, found: CoreSources) -> list[str]:
        """What stands behind a label that is no file of the tree."""
        try:
            target = self._build.target(label)
        except OpsieveError as error:
            found.notes.append(f"{label}, which {asking} asks for: {error.message}")
            return []
        if target.rule in _GROUPS:
            return [*target.srcs, *([target.actual] if target.actual else [])]
        if target.rule in _LIBRARIES and not target.testonly:
            found.defines += [define for define in target.defines if define not in found.defines]
            return [*target.srcs, *target.deps]
        for out in target.outs:
            if out.endswith((*SOURCE_SUFFIXES, ".h")):
                found.generated.setdefault(self._path(out) or out, target.label)
        return []

    def _path(self, label: str) -> str | None:
        """Where a label's file would be in the tree; None where its repository is not in it."""
        repository, _, rest = label.rpartition("//")
        name = repository.lstrip("@")
        if not self._repositories.holds(name):
            return None
        package, _, file = rest.partition(":")
        return "/".join(part for part in (self._repositories.folders[name], package, file) if part)
