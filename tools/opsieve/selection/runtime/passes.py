"""The parts of the runtime that change graphs, and whether they are on: passes.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.resources import load_yaml

Switches = Mapping[str, bool]
"""Every pass by name, and whether it runs."""

_MOBILE = "IS_MOBILE_PLATFORM"


@dataclass(frozen=True, slots=True)
class Pass:
    """A part of the runtime. ``default``: ``on``, ``off`` or ``desktop``; it does ``what``, ``unless`` ..."""

    name: str
    default: str
    what: str
    unless: str


@cache
def passes() -> tuple[Pass, ...]:
    """All of them, in the order of the file."""
    return tuple(Pass(**row) for row in load_yaml(Path(__file__).with_suffix(".yaml")))


def switches(defines: Collection[str], chosen: Mapping[str, bool] | None = None) -> dict[str, bool]:
    """Which passes run in a library compiled with ``defines``, unless ``chosen`` says otherwise."""
    desktop = _MOBILE not in defines
    found = {one.name: desktop if one.default == "desktop" else one.default == "on" for one in passes()}
    return {**found, **(chosen or {})}


def parse_switches(texts: Iterable[str]) -> dict[str, bool]:
    """What ``grappler=off`` and the like choose.

    Raises:
        OpsieveError: there is no such pass, or the value is neither ``on`` nor ``off``.
    """
    known = {one.name for one in passes()}
    found: dict[str, bool] = {}
    for text in texts:
        for each in filter(None, text.split(",")):
            name, _, value = each.partition("=")
            if name not in known or value not in ("on", "off"):
                raise OpsieveError(
                    f"--runtime {each}: must be NAME=on or NAME=off", hint=f"The names are: {', '.join(sorted(known))}"
                )
            if found.setdefault(name, value == "on") != (value == "on"):
                raise OpsieveError(f"--runtime: {name} is both on and off")
    return found
