"""Deciding select(): which of its conditions hold for a configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from opsieve.errors import OpsieveError
from opsieve.tree.buildfiles.evaluator import MARKER, Evaluator, RawTarget
from opsieve.tree.buildfiles.labels import Label
from opsieve.tree.buildfiles.limits import MAX_CHAIN
from opsieve.tree.buildfiles.stubs import knows_conditions
from opsieve.tree.buildfiles.targets import Configuration

_DEFAULT = "//conditions:default"
# Rules whose value a command line sets, of bazel_skylib's rules/common_settings.bzl.
_FLAGS = ("bool_flag", "bool_setting", "int_flag", "int_setting", "string_flag", "string_setting")
_TRUE = ("1", "yes", "on")
_FALSE = ("0", "no", "off")

Note = Callable[[str], None]
# What makes a condition hold: (kind, name, value) of each setting that it compares. None: it does not hold.
Reasons = frozenset[tuple[str, str, str]] | None


class Conditions:
    """Which conditions hold. Each is looked up once, whatever asks for it."""

    def __init__(self, evaluator: Evaluator, configuration: Configuration) -> None:
        self._evaluator = evaluator
        self._configuration = configuration
        self._known: dict[Label, Reasons] = {}
        self._taken: dict[tuple[str, str, str], tuple[Any, tuple[str, ...]]] = {}
        self._true = {self._label(each, "", "") for each in configuration.constraints}
        self._flags = {self._label(name, "", ""): value for name, value in configuration.flags.items()}
        # Conditions that are not in the tree or not understood: taken for ones that do not hold.
        self.notes: set[str] = set()

    def decided(self, value: Any, repository: str, package: str, note: Note) -> Any:
        """``value`` with the branch that holds in place of each select().

        ``note`` is told of a select() without such a branch (it gives nothing), or with several and none more specific.
        """
        if isinstance(value, str):
            return self._in_text(value, repository, package, note)
        if isinstance(value, list):
            items: list[Any] = []
            for each in value:
                decided = self.decided(each, repository, package, note)
                if isinstance(each, str) and MARKER.fullmatch(each):
                    items.extend(decided if isinstance(decided, list) else [] if decided is None else [decided])
                else:
                    items.append(decided)
            return items
        if isinstance(value, dict):
            merged: dict[Any, Any] = {}
            for key, each in value.items():
                if MARKER.fullmatch(key):
                    branch = self.decided(key, repository, package, note)
                    merged.update(branch if isinstance(branch, dict) else {})
                else:
                    merged[key] = self.decided(each, repository, package, note)
            return merged
        return value

    def _in_text(self, text: str, repository: str, package: str, note: Note) -> Any:
        whole = MARKER.fullmatch(text)
        if whole:
            return self._branch(whole[1], repository, package, note)
        if "\ue000" not in text:
            return text
        return MARKER.sub(lambda match: str(self._branch(match[1], repository, package, note) or ""), text)

    def _branch(self, key: str, repository: str, package: str, note: Note) -> Any:
        place = (key, repository, package)
        if place not in self._taken:
            notes: list[str] = []
            self._taken[place] = (self._taken_branch(key, repository, package, notes.append), tuple(notes))
        value, told = self._taken[place]
        for each in told:
            note(each)
        return value

    def _taken_branch(self, key: str, repository: str, package: str, note: Note) -> Any:
        branches = self._evaluator.selects.get(key)
        if branches is None:
            return None
        holding: dict[str, frozenset[tuple[str, str, str]]] = {}
        default: str | None = None
        for condition in branches:
            if self._is_default(condition):
                default = condition
            else:
                reasons = self._holds(condition, repository, package)
                if reasons is not None:
                    holding[condition] = reasons
        # A branch gives way to one whose condition asks for the same and more.
        best = [one for one in holding if not any(holding[one] < holding[other] for other in holding)]
        if not best:
            if default is not None:
                return self.decided(branches[default], repository, package, note)
            note(f"no branch of select() holds: {', '.join(sorted(branches))}")
            return None
        if any(branches[each] != branches[best[0]] for each in best):
            note(f"several branches of select() hold, the first is taken: {', '.join(best)}")
        return self.decided(branches[best[0]], repository, package, note)

    def _is_default(self, condition: str) -> bool:
        # A macro may have made a label of it: "@//conditions:default".
        return condition.endswith(_DEFAULT) and condition.removesuffix(_DEFAULT) in ("", "@", "@@")

    def _holds(self, condition: str, repository: str, package: str) -> Reasons:
        try:
            label = self._label(condition, repository, package)
        except ValueError:
            self.notes.add(f"{condition!r} is not a label: taken for a condition that does not hold")
            return None
        return self._reasons(label, 0)

    def _reasons(self, label: Label, depth: int) -> Reasons:
        if label not in self._known:
            if depth > MAX_CHAIN:
                self.notes.add(f"{label}: conditions lead to each other: taken for one that does not hold")
                return None
            # What asks for itself does not hold.
            self._known[label] = None
            self._known[label] = self._found(label, depth)
        return self._known[label]

    def _found(self, label: Label, depth: int) -> Reasons:
        if label in self._true:
            return frozenset({("constraint", str(label), "")})
        if label in self._flags:
            return frozenset({("flag", str(label), "")}) if _is_true(self._flags[label]) else None
        target = self._target(label)
        if target is None:
            return None
        given: Mapping[str, Any] = target.attributes
        if target.kind == "alias":
            actual = self.decided(given.get("actual", ""), label.repository, label.package, self.notes.add)
            return self._holds_below(str(actual), label, depth)
        if target.kind == "config_setting_group":
            every = [self._holds_below(each, label, depth) for each in given.get("match_all", [])]
            some = [self._holds_below(each, label, depth) for each in given.get("match_any", [])]
            if every:
                return None if None in every else frozenset[tuple[str, str, str]]().union(*(r or () for r in every))
            return next((reasons for reasons in some if reasons is not None), None)
        if target.kind == "config_setting":
            return self._setting(label, given, depth)
        if target.kind not in ("constraint_value", *_FLAGS):
            self.notes.add(f"{label}: a {target.kind} is no condition: taken for one that does not hold")
        return None

    def _holds_below(self, text: str, label: Label, depth: int) -> Reasons:
        try:
            return self._reasons(self._label(text, label.repository, label.package), depth + 1)
        except ValueError:
            self.notes.add(f"{label}: {text!r} is not a label: taken for a condition that does not hold")
            return None

    def _setting(self, label: Label, given: Mapping[str, Any], depth: int) -> Reasons:
        reasons: set[tuple[str, str, str]] = set()
        compared = [("define", name, value) for name, value in _pairs(given.get("define_values"))]
        for name, value in _pairs(given.get("values")):
            compared.append(("define", *_halves(value)) if name == "define" else ("setting", name, value))
        for kind, name, value in compared:
            ours = self._configuration.defines if kind == "define" else self._configuration.settings
            if not _same(ours.get(name, ""), value):
                return None
            reasons.add((kind, name, value))
        for name, value in _pairs(given.get("flag_values")):
            flag = self._label(name, label.repository, label.package)
            if not _same(self._flag_value(flag), value):
                return None
            reasons.add(("flag", str(flag), value))
        for constraint in given.get("constraint_values") or []:
            value_label = self._label(str(constraint), label.repository, label.package)
            if self._reasons(value_label, depth + 1) is None:
                return None
            reasons.add(("constraint", str(value_label), ""))
        return frozenset(reasons)

    def _flag_value(self, flag: Label) -> str:
        if flag in self._flags:
            return self._flags[flag]
        target = self._target(flag)
        return str(target.attributes.get("build_setting_default", "")) if target else ""

    def _target(self, label: Label) -> RawTarget | None:
        if not self._evaluator.repositories.holds(label.repository):
            if not knows_conditions(label.repository):
                self.notes.add(f"{label} is not in the tree: taken for a condition that does not hold")
            return None
        try:
            found = self._evaluator.package(label.repository, label.package).targets.get(label.name)
        except OpsieveError as error:
            self.notes.add(f"{label}: taken for a condition that does not hold: {error.message}")
            return None
        if found is None:
            self.notes.add(f"{label} does not exist: taken for a condition that does not hold")
        return found

    def _label(self, text: str, repository: str, package: str) -> Label:
        return self._evaluator.repositories.canonical(text, repository, package)


def _pairs(values: Any) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in values.items()] if isinstance(values, dict) else []


def _halves(define: str) -> tuple[str, str]:
    name, _, value = define.partition("=")
    return name, value or "1"


def _is_true(value: str) -> bool:
    return value.lower() in ("true", *_TRUE)


def _same(ours: str, theirs: str) -> bool:
    return _normal(ours) == _normal(theirs)


def _normal(value: str) -> str:
    # Bazel writes truth values of flags in several ways; "1" of a number stays what it is on both sides.
    low = value.lower()
    return "true" if low in _TRUE else "false" if low in _FALSE else low if low in ("true", "false") else value
