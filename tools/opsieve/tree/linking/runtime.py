"""The portable runtime of a tree: which sources it is made of, and what other sources need to link with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.resources import load_yaml
from opsieve.tree.index import Helper
from opsieve.tree.linking.closure import LinkClosure
from opsieve.tree.linking.core import CoreSources, SourceWalk
from opsieve.tree.linking.includes import IncludeGraph
from opsieve.tree.linking.owners import BuildFiles, Owners
from opsieve.tree.linking.protos import ProtoFiles
from opsieve.tree.sources import check_tree, release, tree_version


def build_files(tree: Path, configuration: str) -> Any:
    """The BUILD files of a tree for a configuration by its name, to be closed.

    Raises:
        OpsieveError: there is no such configuration.
    """
    # Not imported by who brings BUILD files of its own.
    from opsieve.tree.buildfiles import BuildFiles as Evaluated
    from opsieve.tree.buildfiles import configurations

    known = configurations()
    if configuration not in known:
        raise OpsieveError(
            f"TensorFlow's BUILD files have no configuration {configuration!r}", hint=f"There are: {', '.join(known)}"
        )
    return Evaluated(tree, known[configuration])


def predefined(configuration: str) -> dict[str, str]:
    """What a compiler for this configuration defines by itself, as far as TensorFlow's headers ask for it.

    Raises:
        OpsieveError: there is no such configuration.
    """
    compilers = _facts()["compilers"]
    if configuration not in compilers:
        names = ", ".join(compilers)
        raise OpsieveError(f"the portable runtime has no configuration {configuration!r}", hint=f"There are: {names}")
    return {"__cplusplus": "201703L", "__STDC_HOSTED__": "1", **compilers[configuration]}


class Runtime:
    """The portable runtime of one tree under one configuration of its BUILD files and one set of defines.

    ``given``: what the library is compiled with (a preset's defines); ``registering``: the files that hold
    registrations of ops or kernels, relative to the tree (the index tells them).

    ``sources``: what is compiled whatever the models, each with the labels it comes from. ``defines``: for every file,
    as ``NAME`` or ``NAME=VALUE``. ``copts``: the compiler flags of the runtime's target. ``generated``: sources and
    headers that the BUILD files make, with the label that does. ``notes``: what was not understood, one line each.

    Raises:
        OpsieveError: not a source tree, or one whose BUILD files have no portable runtime or cannot be read.
    """

    def __init__(
        self,
        tree: Path,
        build: BuildFiles,
        configuration: str,
        given: Mapping[str, str],
        registering: Collection[str],
    ) -> None:
        check_tree(tree)
        self.tree = tree
        self.version = tree_version(tree)
        self.configuration = configuration
        self.registering = registering
        self.protos = ProtoFiles(tree)
        self._walk = SourceWalk(tree, build)
        self._own, self._target = self._walk_target()
        self.defines = self._all_defines(given)
        self.includes = IncludeGraph(tree, {**predefined(configuration), **dict(map(_parted, self.defines))})
        self._owners = Owners(tree, build)
        self.sources = self._needed_sources()
        self._complete = self._walk.sources([label for label in _facts()["complete"] if self._walk.has(label)]).files
        self._familiar: set[str] | None = None
        self._closure = LinkClosure(
            tree, self.includes, self._owners, registering, self.sources, self._complete, self._lacks
        )

    @property
    def copts(self) -> tuple[str, ...]:
        return tuple(self._target.copts)

    @property
    def generated(self) -> Mapping[str, str]:
        return {**self._own.generated, **self._target.generated}

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._own.notes, *self._target.notes, *self._owners.notes)))

    @property
    def read(self) -> list[str]:
        """The sources, headers and protos of the tree that were read so far."""
        return [*self.includes.read, *self.protos.read]

    @property
    def refused(self) -> Mapping[str, str]:
        """Sources that a header led to and that no library for mobile platforms can have: with a header they lack."""
        return self._closure.refused

    def helpers(self, files: Iterable[str]) -> dict[str, tuple[Helper, ...]]:
        """For each file what it needs to link beyond the runtime; a source that needs nothing more has an empty row.

        Raises:
            OpsieveError: a source, a header or a BUILD file cannot be read.
        """
        return {file: self._closure.helpers(file) for file in files}

    def _walk_target(self) -> tuple[CoreSources, CoreSources]:
        """The runtime's own sources, and all that its target compiles with what that depends on."""
        facts = _facts()
        for label in facts["targets"]:
            if self._walk.has(label) and self._walk.has(facts["sources"]):
                return self._walk.sources([facts["sources"]]), self._walk.sources([label])
        raise OpsieveError(
            f"{self.tree}: its BUILD files have no {facts['targets'][0]}, the runtime for mobile platforms",
            hint="is the checkout complete?",
        )

    def _needed_sources(self) -> dict[str, tuple[str, ...]]:
        """The sources of the runtime: its own, without those that are set aside; and of these and of what its target
        depends on those that the others need."""
        facts = _facts()
        labels_aside = {row["label"] for row in facts["set_aside"] if "label" in row}
        files_aside = {row["file"] for row in facts["set_aside"] if "file" in row}
        kept: dict[str, tuple[str, ...]] = {}
        offered = dict(self._target.files)
        for path, labels in self._own.files.items():
            if path in files_aside or labels_aside.intersection(labels):
                offered[path] = labels
            else:
                kept[path] = tuple(labels)
        closure = LinkClosure(self.tree, self.includes, self._owners, self.registering)
        pending = list(kept)
        while pending:
            for source, reason in closure.needed_by(pending.pop()).items():
                if source in offered and source not in kept:
                    kept[source] = (*offered[source], reason)
                    pending.append(source)
        return dict(sorted(kept.items()))

    def _lacks(self, source: str) -> str:
        """A header that ``source`` asks for and that neither the tree nor any package of the runtime's has, or ""."""
        if self._familiar is None:
            files = (*self.sources, *self._complete)
            self._familiar = {_package(name) for file in files for name in self.includes.reached(file).absent}
        reached = self.includes.reached(source)
        for name in reached.absent:
            # What only stands in angle brackets is the system's.
            if name not in reached.angled and self.protos.behind(name) is None and _package(name) not in self._familiar:
                return name
        return ""

    def _all_defines(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Defines of the BUILD files, of the facts and those given, each name once: the last value counts."""
        facts = _facts()
        refused = [row["define"] for row in facts["undefined"]]
        flags = [flag[2:] for flag in self._target.copts if flag.startswith("-D")]
        found = [name for name in (*self._target.defines, *flags) if not any(re.match(row, name) for row in refused)]
        for row in facts["defines"]:
            if release(self.version) >= release(row["since"]):
                found += (
                    [row["define"]] if self.configuration in row.get("configurations", [self.configuration]) else []
                )
        values = {**dict(map(_parted, found)), **given}
        return tuple(sorted(name if value == "1" else f"{name}={value}" for name, value in values.items()))


def _facts() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_yaml(Path(__file__).with_suffix(".yaml"))
    return loaded


def _package(include: str) -> str:
    """What tells one package's headers from another's: the folder that they stand in, or the name of a single one."""
    return include.partition("/")[0]


def _parted(define: str) -> tuple[str, str]:
    name, separator, value = define.partition("=")
    return name, value if separator else "1"
