"""The BUILD files of a tree, for one configuration: what a label is, and which files it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.labels import Label, Repositories, inside
from opsieve.tree.buildfiles.limits import Limits
from opsieve.tree.buildfiles.messages import package_of
from opsieve.tree.buildfiles.process import WorkerProcess
from opsieve.tree.buildfiles.targets import Configuration, Package, Target
from opsieve.tree.buildfiles.workspace import read_repositories

EXTERNAL = "external"
MISSING = "missing"
# Which labels to follow from a target.
_Edges = Callable[[Target], tuple[str, ...]]


class _NoPackageError(OpsieveError):
    """There is no such package."""


def _file_labels(target: Target) -> tuple[str, ...]:
    # Of what a rule makes, the sources are not the same files: they are asked for by the rule's own name.
    own = (target.actual,) if target.actual else ()
    return own + target.srcs + target.hdrs + target.textual_hdrs


def _needed_labels(target: Target) -> tuple[str, ...]:
    return _file_labels(target) + target.deps


class BuildFiles:
    """What the BUILD files of ``tree`` say, for ``configuration``.

    Packages are evaluated when they are asked for, in a process of its own, which :meth:`close` (or the end of a
    ``with`` statement) ends. Visibility is not looked at. What was not understood is in :attr:`notes`.
    """

    def __init__(self, tree: Path, configuration: Configuration, limits: Limits | None = None) -> None:
        self.tree = tree.resolve()
        self.configuration = configuration
        self.repositories: Repositories = read_repositories(self.tree)
        self._worker = WorkerProcess(self.tree, self.repositories, configuration, limits or Limits())
        self._packages: dict[str, Package | OpsieveError] = {}
        self._producers: dict[str, dict[str, Target]] = {}
        self._notes: set[str] = set()

    def __enter__(self) -> BuildFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that evaluates. What was asked for so far is still known."""
        self._worker.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not understood so far, one line each: missing files, repositories and conditions not known."""
        return tuple(sorted(self._notes))

    def package(self, path: str) -> Package:
        """The package with the label ``path`` (``//tensorflow/core``, ``@local_tsl//tsl/platform``).

        Raises:
            OpsieveError: there is no such package in the tree, or evaluating it fails; names file and line.
        """
        try:
            label = self.repositories.canonical(f"{path}:all", "", "")
        except ValueError as error:
            raise OpsieveError(f"{path}: {error}") from error
        return self._package(label)

    def target(self, label: str) -> Target:
        """The target that ``label`` names, or that makes the file it names.

        One with rule "external" if its repository is not in the tree.

        Raises:
            OpsieveError: there is no such target; or as :meth:`package`.
        """
        parsed = self._label(label)
        target = self._find(parsed)
        if target is None:
            raise OpsieveError(f"{parsed}: there is no such target in {self._build_file(parsed)}")
        return target

    def files(self, labels: str | Iterable[str]) -> tuple[str, ...]:
        """The files, relative to the tree and sorted, that ``labels`` come to.

        Those of filegroups, aliases and rules: their srcs, hdrs and textual_hdrs, followed to files of the tree. In
        place of a file that a rule makes come the rule's own sources. What is missing is left out, with a note.
        """
        found: set[str] = set()
        for label in self._reached(labels, _file_labels):
            if self.repositories.holds(label.repository) and self._find(label) is None:
                self._add_file(label, found)
        return tuple(sorted(found))

    def closure(self, labels: str | Iterable[str]) -> dict[str, Target]:
        """All targets that ``labels`` need, by label and sorted.

        Over deps, srcs and headers that are targets, and aliases. A target of a repository that is not in the tree is
        there with rule "external", one that does not exist with rule "missing" (and a note).
        """
        found: dict[str, Target] = {}
        for label in self._reached(labels, _needed_labels):
            target = self._find(label)
            if target is not None:
                found[target.label] = target
            elif not (self.tree / self._path(label)).exists():
                self._notes.add(f"{label}: there is neither such a target nor such a file")
                found[str(label)] = Target(str(label), MISSING, "")
        return dict(sorted(found.items()))

    def _reached(self, labels: str | Iterable[str], edges: _Edges) -> Iterator[Label]:
        waiting = [self._label(each) for each in ([labels] if isinstance(labels, str) else labels)]
        seen: set[Label] = set(waiting)
        while waiting:
            label = waiting.pop()
            yield label
            target = self._find(label)
            for each in edges(target) if target is not None else ():
                following = self._label(each)
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)

    def _find(self, label: Label) -> Target | None:
        """The target of that name or the one that makes a file of that name; None for a file, or nothing at all."""
        if not self.repositories.holds(label.repository) or label.path == "//external":
            return Target(str(label), EXTERNAL, "")
        try:
            package = self._package(label)
        except _NoPackageError:
            return None
        return package.targets.get(label.name) or self._made_in(package).get(str(label))

    def _made_in(self, package: Package) -> dict[str, Target]:
        if package.path not in self._producers:
            made = {out: target for target in package.targets.values() for out in target.outs}
            self._producers[package.path] = made
        return self._producers[package.path]

    def _package(self, label: Label) -> Package:
        if not self.repositories.holds(label.repository):
            raise _NoPackageError(f"{label.path}: this repository is not in the tree")
        if label.path not in self._packages:
            self._packages[label.path] = self._evaluated(label)
        found = self._packages[label.path]
        if isinstance(found, OpsieveError):
            raise found
        return found

    def _evaluated(self, label: Label) -> Package | OpsieveError:
        file = self._build_file(label)
        folder = self.repositories.folder(label)
        if not any((self.tree / folder / name).is_file() for name in ("BUILD.bazel", "BUILD")):
            return _NoPackageError(f"{label.path}: there is no BUILD file in {folder or 'the top folder'} of the tree")
        try:
            answer = self._worker.ask({"repository": label.repository, "package": label.package}, file)
        except OpsieveError as error:
            return error
        self._notes.update(answer["notes"])
        if "error" in answer:
            return OpsieveError(answer["error"], hint=answer["hint"])
        package = package_of(answer["package"])
        self._notes.update(package.notes)
        return package

    def _add_file(self, label: Label, found: set[str]) -> None:
        path = self._path(label)
        if not (self.tree / path).exists():
            self._notes.add(f"{label}: there is no such file")
        elif not inside(self.tree, self.tree / path):
            self._notes.add(f"{label}: is a link that leads out of the tree")
        else:
            found.add(path)

    def _path(self, label: Label) -> str:
        folder = self.repositories.folder(label)
        return f"{folder}/{label.name}" if folder else label.name

    def _build_file(self, label: Label) -> str:
        folder = self.repositories.folder(label) if self.repositories.holds(label.repository) else label.path
        return f"{folder}/BUILD" if folder else "BUILD"

    def _label(self, text: str) -> Label:
        try:
            return self.repositories.canonical(text, "", "")
        except ValueError as error:
            raise OpsieveError(str(error)) from error
