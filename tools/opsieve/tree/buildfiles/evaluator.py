"""Evaluating BUILD files: the Starlark modules of a tree, and the targets that they make, before select() is decided.

Runs in a process of its own only (worker.py): what a file does here may end the process.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import starlark

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.globbing import BUILD_NAMES, PackageFiles
from opsieve.tree.buildfiles.labels import Label, Repositories, package_path
from opsieve.tree.buildfiles.limits import MAX_CALLS, MAX_LOADS, MAX_TARGETS, MAX_UNKNOWN_NAMES, Limits
from opsieve.tree.buildfiles.source import read_source, used_fields, without_quotes
from opsieve.tree.buildfiles.stubs import prelude_load, stand_in, stub_text

# In place of a select(): its digest between characters that no file name has. A list or a dict holds it as its item.
MARKER = re.compile("\ue000([0-9a-f]{40})\ue001")
_PRELUDE = "opsieve:prelude"
_UNKNOWN = "opsieve:unknown"
# Everything that is put before a file's own text is on lines that are not its own.
_ADDED_LINES = 1
_UNKNOWN_NAME = re.compile(r"error: Variable `(\w+)` not found")
_ERROR = re.compile(r"error: (.*?)\n +--> (.*?):(\d+):\d+", re.DOTALL)
_FRAME = re.compile(r"^  \* (.*):(\d+), in .+$", re.MULTILINE)
_LONGEST_MESSAGE = 400


@dataclass(slots=True)
class RawTarget:
    """A target as a rule was called: its attributes as given, with a marker where select() is to be decided."""

    kind: str
    name: str
    attributes: dict[str, Any]
    line: int


@dataclass(slots=True)
class RawPackage:
    """A BUILD file evaluated."""

    repository: str
    package: str
    folder: str
    file: str
    files: PackageFiles
    targets: dict[str, RawTarget] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return package_path(self.repository, self.package)


class Evaluator:
    """The packages of a tree, each evaluated once, and the .bzl files that they load, each evaluated once.

    A .bzl file is evaluated without knowing for which package, so that results do not depend on the order of packages.
    """

    def __init__(self, tree: Path, repositories: Repositories, limits: Limits) -> None:
        self.tree = tree.resolve()
        self.repositories = repositories
        self.selects: dict[str, dict[str, Any]] = {}
        # What .bzl files load that is not known; a package's own is in its notes.
        self.notes: set[str] = set()
        self._limits = limits
        self._packages: dict[tuple[str, str], RawPackage | OpsieveError] = {}
        self._modules: dict[str, starlark.FrozenModule | OpsieveError] = {}
        self._loading: list[str] = []
        self._current: RawPackage | None = None
        self._failure: OpsieveError | None = None
        self._deadline = 0.0
        extensions = starlark.LibraryExtension
        self._globals = starlark.Globals.extended_by([extensions.StructType, extensions.CallStack, extensions.Json])
        self._dialect = starlark.Dialect.extended()
        self._dialect.enable_types = starlark.DialectTypes.PARSE_ONLY
        # Bazel allowed it until 0.18, and TensorFlow 1.x does it.
        self._dialect.enable_load_reexport = True
        self._options = starlark.EvalOptions(check_cancelled=self._too_long, max_callstack_size=MAX_CALLS)

    def package(self, repository: str, package: str) -> RawPackage:
        """The targets of a package of the tree.

        Raises:
            OpsieveError: there is no such package, or evaluating it fails; names the file and line.
        """
        key = (repository, package)
        if key not in self._packages:
            self._deadline = time.process_time() + self._limits.cpu_seconds
            try:
                self._packages[key] = self._evaluate(repository, package)
            except OpsieveError as error:
                self._packages[key] = error
        found = self._packages[key]
        if isinstance(found, OpsieveError):
            raise found
        return found

    def _evaluate(self, repository: str, package: str) -> RawPackage:
        path = package_path(repository, package)
        folder = self.repositories.folder(Label(repository, package, ""))
        for name in BUILD_NAMES:
            file = f"{folder}/{name}" if folder else name
            if (self.tree / file).is_file():
                break
        else:
            raise OpsieveError(f"{path}: there is no BUILD file in {folder or 'the top folder'} of the tree")
        found = RawPackage(repository, package, folder, file, PackageFiles(self.tree, folder))
        text = read_source(self.tree, file)
        self._current = found
        self._failure = None
        try:
            self._run(file, text, repository, package, found.notes.append)
        finally:
            self._current = None
            self._loading.clear()
        found.notes.extend(f"{file}: {note}" for note in found.files.notes)
        return found

    def _run(self, file: str, text: str, repository: str, package: str, note: Callable[[str], None]) -> starlark.Module:
        """Evaluate one file. Its loads are evaluated first, each once for all files."""
        unknown: list[str] = []
        while True:
            header = prelude_load(_PRELUDE) + f"; Label = opsieve_label_maker({repository!r}, {package!r})"
            header += f"; PACKAGE_NAME = {package!r}; REPOSITORY_NAME = {'@' + repository!r}"
            if unknown:
                header += f'; load("{_UNKNOWN}", {", ".join(map(json.dumps, unknown))})'
            try:
                tree = starlark.parse(file, f"{header}\n{text}", self._dialect)
                loader = starlark.FileLoader(_Loads(self, file, text, repository, package, unknown, tree.loads(), note))
                module = starlark.Module()
                starlark.eval_with(self._options, module, tree, self._globals, file_loader=loader)
            except starlark.StarlarkError as error:
                missing = _UNKNOWN_NAME.match(str(error))
                if missing and missing[1] not in unknown and len(unknown) < MAX_UNKNOWN_NAMES:
                    unknown.append(missing[1])
                    note(f"{file}: {missing[1]} is bound nowhere: taken for a rule that is not known")
                    continue
                raise self._located(file, error) from None
            return module

    def load(self, label: Label, origin: str) -> starlark.FrozenModule | None:
        """A .bzl file of the tree; None when there is no such file.

        Raises:
            OpsieveError: evaluating it fails, or it loads itself.
        """
        folder = self.repositories.folder(label)
        file = f"{folder}/{label.name}" if folder else label.name
        if not (self.tree / file).is_file():
            return None
        if file in self._loading:
            chain = " -> ".join([*self._loading[self._loading.index(file) :], file])
            raise OpsieveError(f"{origin}: loads itself: {chain}")
        if len(self._loading) >= MAX_LOADS:
            raise OpsieveError(f"{origin}: loads nest deeper than {MAX_LOADS} files")
        if file not in self._modules:
            current, self._current = self._current, None
            self._loading.append(file)
            try:
                text = read_source(self.tree, file)
                self._modules[file] = self._run(file, text, label.repository, label.package, self.notes.add).freeze()
            except OpsieveError as error:
                self._modules[file] = error
            finally:
                self._loading.pop()
                self._current = current
        found = self._modules[file]
        if isinstance(found, OpsieveError):
            raise found
        return found

    def own_module(self, name: str, text: str = "") -> starlark.FrozenModule:
        """One of our own modules: a file of stubs/, or ``text``."""
        key = f"opsieve:{name}"
        cached = None if text else self._modules.get(key)
        if isinstance(cached, starlark.FrozenModule):
            return cached
        module = starlark.Module()
        for function, callable_ in self._functions().items():
            module.add_callable(function, callable_)
        source = text or stub_text(name)
        if not text and name != "prelude":
            source = f'{prelude_load(_PRELUDE)}; load({_PRELUDE!r}, "bazel_str")\n{source}'
        loader = starlark.FileLoader(lambda each: self.own_module(each.removeprefix("opsieve:")))
        starlark.eval(module, starlark.parse(key, source, self._dialect), self._globals, loader)
        frozen = module.freeze()
        if not text:
            self._modules[key] = frozen
        return frozen

    def fail(self, error: OpsieveError) -> OpsieveError:
        """Keep the first error, which the interpreter wraps in others on its way up."""
        self._failure = self._failure or error
        return error

    def _located(self, file: str, error: starlark.StarlarkError) -> OpsieveError:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            return failure
        text = str(error)
        found = _ERROR.search(text)
        if found is None:
            return OpsieveError(f"{file}: cannot be evaluated: {_shortened(text)}")
        what = _shortened(re.sub(r"^(OpsieveError|ValueError|Parse error): ", "", found[1]))
        if what == "Evaluation cancelled":
            what = f"takes more than {self._limits.cpu_seconds:g} s to evaluate"
        # Not where our own files gave up but where they were called.
        frames = [frame for frame in _FRAME.findall(text) if not frame[0].startswith("opsieve:")]
        place, line = (found[2], found[3]) if not found[2].startswith("opsieve:") or not frames else frames[-1]
        message = f"{place}:{_own_line(line)}: {what}"
        if frames and frames[0][0] != place:
            message += f" (called from {frames[0][0]}:{_own_line(frames[0][1])})"
        return OpsieveError(message)

    def _too_long(self) -> bool:
        return time.process_time() > self._deadline

    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        """What the files in stubs/ call."""
        return {
            "opsieve_target": self._add_target,
            "opsieve_unknown_target": self._add_unknown_target,
            "opsieve_select": self._select,
            "opsieve_glob": self._glob,
            "opsieve_subpackages": lambda include, exclude: self._package("subpackages").files.subpackages(),
            "opsieve_package_name": lambda: self._package("package_name").package,
            "opsieve_repository_name": lambda: self._package("repository_name").repository,
            "opsieve_existing_rule": lambda name: _as_rule(self._package("existing_rule").targets.get(name)),
            "opsieve_existing_rules": lambda: {
                name: _as_rule(target) for name, target in self._package("existing_rules").targets.items()
            },
            "opsieve_exports": lambda names: None,
            "opsieve_unique": _unique,
            "opsieve_label": self._label,
            "opsieve_fail": _fail,
        }

    def _package(self, wanted_by: str) -> RawPackage:
        if self._current is None:
            raise ValueError(f"{wanted_by} cannot be used while a .bzl file is loaded")
        return self._current

    def _add_target(self, kind: str, encoded: str, stack: str) -> None:
        package = self._package(kind)
        attributes = json.loads(encoded)
        name = attributes.pop("name", None)
        if not isinstance(name, str):
            raise ValueError(f"{kind} needs a name")
        frame = _FRAME.search(stack)
        line = _own_line(frame[2]) if frame else 0
        if name in package.targets:
            package.notes.append(f"{package.file}:{line}: {package.path}:{name} is made twice: the first one is kept")
            return
        if len(package.targets) >= MAX_TARGETS:
            raise ValueError(f"more than {MAX_TARGETS} targets in one package")
        package.targets[name] = RawTarget(kind, name, {key: _plain(value) for key, value in attributes.items()}, line)

    def _add_unknown_target(self, symbol: str, origin: str, encoded: str, stack: str) -> None:
        package = self._package(symbol)
        note = f"{package.file}: {symbol} of {origin} is not known: only its attributes are kept"
        # Of a name that is bound nowhere, the note that says so is enough.
        if note not in package.notes and origin != _UNKNOWN:
            package.notes.append(note)
        self._add_target(symbol, encoded, stack)

    def _select(self, encoded: str) -> Any:
        key = hashlib.sha1(encoded.encode()).hexdigest()
        if key not in self.selects:
            self.selects[key] = {name: _plain(value) for name, value in json.loads(encoded).items()}
        branches = self.selects[key]
        marker = f"\ue000{key}\ue001"
        if any(isinstance(value, list) for value in branches.values()):
            return [marker]
        if any(isinstance(value, dict) for value in branches.values()):
            return {marker: marker}
        return marker

    def _glob(self, include: Any, exclude: Any, folders: bool) -> list[str]:
        package = self._package("glob")
        for patterns in (include, exclude):
            if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
                raise ValueError("glob() takes lists of strings")
        for pattern in include:
            if pattern.startswith("/") or ".." in pattern.split("/"):
                raise ValueError(f"glob() pattern {pattern!r} leads out of its package")
        return package.files.matching(include, exclude, folders)

    def _label(self, repository: str, package: str, text: str) -> tuple[str, str, str, str, str]:
        label = self.repositories.canonical(text, repository, package)
        root = f"external/{label.repository}" if label.repository else ""
        # As Bazel before 6.0 wrote a label of the tree's own repository, unless that would mean another one here.
        own = self._current is None or not self._current.repository
        text = str(label) if label.repository or own else f"@{label}"
        return text, label.repository, label.package, label.name, root


class _Loads:
    """The loads of one file: gives the interpreter the module for each."""

    def __init__(
        self,
        evaluator: Evaluator,
        file: str,
        text: str,
        repository: str,
        package: str,
        unknown: list[str],
        loads: Any,
        note: Callable[[str], None],
    ) -> None:
        self._evaluator = evaluator
        self._file = file
        self._text = text
        self._repository = repository
        self._package = package
        self._unknown = unknown
        self._note = note
        self._symbols: dict[str, dict[str, str]] = {}
        for load in loads:
            self._symbols.setdefault(load.module_id, {}).update(load.symbols)

    def __call__(self, module: str) -> starlark.FrozenModule:
        if module == _UNKNOWN:
            return self._stand_in(_UNKNOWN, "", self._unknown)
        if module.startswith("opsieve:"):
            return self._evaluator.own_module(module.removeprefix("opsieve:"))
        try:
            return self._load(module)
        except OpsieveError as error:
            raise self._evaluator.fail(error) from None

    def _load(self, module: str) -> starlark.FrozenModule:
        repositories = self._evaluator.repositories
        try:
            label = repositories.canonical(module, self._repository, self._package)
        except ValueError:
            line = self._text[: self._text.find(module)].count("\n") + 1
            raise OpsieveError(f"{self._file}:{line}: load({module!r}) leads out of the tree") from None
        found = self._evaluator.load(label, self._file) if repositories.holds(label.repository) else None
        if found is not None:
            return found
        return self._stand_in(str(label), label.repository, list(self._symbols[module].values()))

    def _stand_in(self, origin: str, repository: str, names: list[str]) -> starlark.FrozenModule:
        local = {theirs: ours for loads in self._symbols.values() for ours, theirs in loads.items()}
        code = without_quotes(self._text)
        symbols = {name: used_fields(code, local.get(name, name)) for name in names}
        text, unknown = stand_in(_PRELUDE, origin, repository, symbols)
        if unknown and not origin.startswith("opsieve:"):
            self._note(f"{self._file}: {origin} is not in the tree: {', '.join(unknown)} not known")
        return self._evaluator.own_module(origin, text)


def _own_line(line: str) -> int:
    return max(int(line) - _ADDED_LINES, 0)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


def _plain(value: Any) -> Any:
    """A value as it came from the interpreter, with labels as strings."""
    if isinstance(value, dict):
        if "opsieve_label" in value:
            return value["opsieve_label"]
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _unique(items: list[Any]) -> list[Any]:
    seen: set[str] = set()
    unique = []
    for item in items:
        key = item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)
        if key not in seen:
            seen.add(key)
            unique.append(item)
    return unique


# Bazel tells of attributes that were not given, too; macros read these of rules that they did not make.
_ALWAYS_THERE: dict[str, Any] = {"deps": [], "srcs": [], "tags": [], "testonly": False, "visibility": []}


def _as_rule(target: RawTarget | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {**_ALWAYS_THERE, **target.attributes, "name": target.name, "kind": target.kind}


def _fail(message: str) -> None:
    raise ValueError(message or "fail() was called")
