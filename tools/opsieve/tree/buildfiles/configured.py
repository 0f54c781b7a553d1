"""From targets as rules were called to targets as they are for one configuration: labels in full, select() decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsieve.tree.buildfiles.conditions import Conditions
from opsieve.tree.buildfiles.evaluator import Evaluator, RawPackage, RawTarget
from opsieve.tree.buildfiles.targets import Configuration, Package, Target

# Attributes that have a field of their own in Target. implementation_deps are deps that are not passed on.
_LABELS = {
    "srcs": ("srcs",),
    "hdrs": ("hdrs",),
    "textual_hdrs": ("textual_hdrs",),
    "deps": ("deps", "implementation_deps"),
}
_STRINGS = ("defines", "local_defines", "copts", "includes", "linkopts")
_OUTPUTS = ("outs", "out")
_OWN_FIELDS = frozenset({*sum(_LABELS.values(), ()), *_STRINGS, *_OUTPUTS, "alwayslink", "testonly", "actual"})


class ConfiguredPackages:
    """The packages of a tree for one configuration."""

    def __init__(self, evaluator: Evaluator, configuration: Configuration) -> None:
        self._evaluator = evaluator
        self._labels_known: dict[tuple[str, str], str] = {}
        self.conditions = Conditions(evaluator, configuration)

    def package(self, repository: str, package: str) -> Package:
        """A package of the tree.

        Raises:
            OpsieveError: as :meth:`Evaluator.package`.
        """
        raw = self._evaluator.package(repository, package)
        notes = list(raw.notes)
        targets = {name: self._target(raw, raw.targets[name], notes) for name in sorted(raw.targets)}
        return Package(raw.path, raw.folder, targets, tuple(dict.fromkeys(notes)))

    def _target(self, package: RawPackage, raw: RawTarget, notes: list[str]) -> Target:
        place = f"{package.file}:{raw.line}: {package.path}:{raw.name}"

        def note(text: str) -> None:
            notes.append(f"{place}: {text}")

        given = {
            key: self.conditions.decided(value, package.repository, package.package, note)
            for key, value in raw.attributes.items()
        }
        labels = {
            name: self._labels(package, [each for key in keys for each in _items(given.get(key))], note)
            for name, keys in _LABELS.items()
        }
        actual = given.get("actual")
        return Target(
            label=f"{package.path}:{raw.name}",
            rule=raw.kind,
            file=package.file,
            line=raw.line,
            srcs=labels["srcs"],
            hdrs=labels["hdrs"],
            textual_hdrs=labels["textual_hdrs"],
            deps=labels["deps"],
            **{name: tuple(_items(given.get(name))) for name in _STRINGS},
            alwayslink=_truth(given.get("alwayslink")),
            testonly=_truth(given.get("testonly")),
            actual=next(iter(self._labels(package, _items(actual), note)), ""),
            outs=self._labels(package, [each for key in _OUTPUTS for each in _items(given.get(key))], note),
            attributes={key: given[key] for key in sorted(given) if key not in _OWN_FIELDS and _is_plain(given[key])},
        )

    def _labels(self, package: RawPackage, texts: list[str], note: Callable[[str], None]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for text in texts:
            key = (text, package.path)
            if key not in self._labels_known:
                try:
                    label = self._evaluator.repositories.canonical(text, package.repository, package.package)
                except ValueError as error:
                    note(f"{error}: left out")
                    continue
                self._labels_known[key] = str(label)
            found[self._labels_known[key]] = None
        return tuple(found)


def _items(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict | list):
        return [each for each in value if isinstance(each, str)]
    return []


def _truth(value: Any) -> bool:
    return bool(value) and value not in ("0", "False", "false")


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(each, str) for each in value.values())
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | bool | int | float)
