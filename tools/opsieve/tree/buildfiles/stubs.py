"""What stands for Bazel itself and for repositories that are not in the tree: the files in stubs/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from opsieve.resources import load_yaml

_FOLDER = Path(__file__).resolve().parent / "stubs"
_BOUND = re.compile(r"^(?:def )?([A-Za-z]\w*)(?: = |\()", re.MULTILINE)
_RULE = re.compile(r'^    "(\w+)",$', re.MULTILINE)
# Names that the interpreter has too, and which the prelude defines under another name because it uses them itself.
_OVERRIDING = {"str": "bazel_str", "print": "bazel_print", "set": "bazel_set", "fail": "bazel_fail"}


@cache
def stub_text(name: str) -> str:
    """The text of one of our own .bzl files."""
    return (_FOLDER / f"{name}.bzl").read_text("utf-8")


@cache
def stub_names(name: str) -> frozenset[str]:
    """The names that one of our own .bzl files binds."""
    return frozenset(_BOUND.findall(stub_text(name)))


@cache
def native_rules() -> frozenset[str]:
    """The rules that are built into Bazel."""
    return frozenset(_RULE.findall(stub_text("prelude")))


@cache
def prelude_load(module: str) -> str:
    """The load statement that gives a file what Bazel gives it."""
    names = sorted(name for name in stub_names("prelude") if not name.startswith("bazel_"))
    bound = [f'"{name}"' for name in names] + [f'{name} = "{ours}"' for name, ours in sorted(_OVERRIDING.items())]
    return f'load("{module}", {", ".join(bound)})'


def stub_of(repository: str) -> str:
    """Which of our files stands for a repository, "" for none. Read from external.yaml."""
    stubs: Mapping[str, str] = _external()["stubs"]
    return stubs.get(repository, "")


def knows_conditions(repository: str) -> bool:
    """Whether a configuration lists all conditions of a repository that hold. Read from external.yaml."""
    return repository in _external()["conditions"]


@cache
def _external() -> Mapping[str, Any]:
    facts: Mapping[str, Any] = load_yaml(Path(__file__).with_name("external.yaml"))
    return facts


def stand_in(
    prelude: str, origin: str, repository: str, symbols: Mapping[str, tuple[str, ...] | None]
) -> tuple[str, list[str]]:
    """A module that stands for ``origin``, which is not in the tree: its text, and the symbols that are not known.

    ``symbols``: what is loaded; and the fields of it that the file uses, None when it is used as a list.
    """
    stub = stub_of(repository)
    lines = [f'load("{prelude}", "opsieve_unknown", "opsieve_rules")']
    unknown: list[str] = []
    for symbol, fields in sorted(symbols.items()):
        if stub and symbol in native_rules():
            lines.append(f'{symbol} = opsieve_rules["{symbol}"]')
        elif stub and symbol in stub_names(stub):
            lines.append(f'load("opsieve:{stub}", opsieve_{symbol} = "{symbol}")\n{symbol} = opsieve_{symbol}')
        else:
            unknown.append(symbol)
            value = "[]" if fields is None else f"opsieve_unknown({symbol!r}, {origin!r}, {list(fields)!r})"
            lines.append(f"{symbol} = {value}")
    return "\n".join(lines), unknown
