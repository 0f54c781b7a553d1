"""Labels of targets, in full: which repository, which package, which name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Packages that mean the same in every repository (Bazel: cmdline/Label.java, ABSOLUTE_PACKAGE_NAMES).
_ABSOLUTE = ("conditions", "external", "visibility")


@dataclass(frozen=True, slots=True)
class Label:
    """A label in parts. ``repository`` is the name of a repository without ``@``, "" for that of the tree itself."""

    repository: str
    package: str
    name: str

    @property
    def path(self) -> str:
        """The package's label: ``//tensorflow/core``, ``@local_tsl//tsl/platform``."""
        return package_path(self.repository, self.package)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


@dataclass(frozen=True, slots=True)
class Repositories:
    """The repositories that lie in a tree.

    ``folders``: name of a repository and its folder relative to the tree, "" for the tree's own. ``own``: the names by
    which the tree's own repository is known. ``binds``: ``bind()``: what ``//external:name`` stands for.
    """

    folders: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    own: tuple[str, ...] = ("", "org_tensorflow")
    binds: Mapping[str, str] = field(default_factory=dict)

    def holds(self, repository: str) -> bool:
        """Whether the repository lies in the tree."""
        return repository in self.folders

    def folder(self, label: Label) -> str:
        """Where the label's package is, relative to the tree; its repository lies in the tree."""
        return "/".join(part for part in (self.folders[label.repository], label.package) if part)

    def canonical(self, text: str, repository: str, package: str) -> Label:
        """The label that ``text`` means in a BUILD file of ``package``.

        Raises:
            ValueError: not a label, or one that leads out of its repository.
        """
        label = self._parsed(text, repository, package)
        # At most one step for each bind: they may name each other.
        for _ in self.binds:
            bound = self.binds.get(label.name) if label.path == "//external" else None
            if bound is None:
                break
            label = self._parsed(bound, "", "external")
        return label

    def _parsed(self, text: str, repository: str, package: str) -> Label:
        rest = text
        if rest.startswith("@"):
            repository, separator, rest = rest.lstrip("@").partition("//")
            rest = "//" + rest if separator else "//:" + repository
            # Bazel's own names of repositories since 6.0 end with a tilde or plus.
            repository = repository.rstrip("~+")
            if repository in self.own:
                repository = ""
        if rest.startswith("//"):
            package, separator, name = rest[2:].partition(":")
            name = name if separator else package.rpartition("/")[2]
        else:
            name = rest.removeprefix(":")
        package = package.strip("/")
        if package in _ABSOLUTE and rest.startswith("//"):
            repository = ""
        if not name or not _is_below(name) or (package and not _is_below(package)) or name.startswith("/"):
            raise ValueError(f"{text!r} is not a label of this tree")
        return Label(repository, package, name)


def package_path(repository: str, package: str) -> str:
    """The label of a package."""
    return f"@{repository}//{package}" if repository else f"//{package}"


def inside(tree: Path, path: Path) -> bool:
    """Whether ``path``, its links followed, lies in ``tree``, a path without links."""
    return path.resolve().is_relative_to(tree)


def _is_below(path: str) -> bool:
    return "\0" not in path and ".." not in path.split("/")
