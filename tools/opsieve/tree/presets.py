"""Sets of defines by name, and what a user adds to or takes from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from opsieve.errors import OpsieveError
from opsieve.resources import load_yaml

DEFAULT_PRESET = "mobile"

_NAME = re.compile(r"[^\W\d]\w*")


def preset_names() -> tuple[str, ...]:
    """The presets, in the order of presets.yaml."""
    return tuple(_load())


def resolve_defines(preset: str, define: Iterable[str] = (), undefine: Iterable[str] = ()) -> dict[str, str]:
    """The defines of a preset with ``NAME`` or ``NAME=VALUE`` added and names taken away, sorted by name.

    Raises:
        OpsieveError: no such preset, or a name that is not an identifier.
    """
    presets = _load()
    if preset not in presets:
        raise OpsieveError(f"there is no preset {preset!r}", hint=f"the presets are {', '.join(presets)}")
    row = presets[preset]["defines"]
    assert isinstance(row, list)
    defines = {str(name): "1" for name in row}
    for entry in define:
        name, _, value = entry.partition("=")
        defines[_checked(name)] = value if "=" in entry else "1"
    for name in undefine:
        defines.pop(_checked(name), None)
    return dict(sorted(defines.items()))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise OpsieveError(f"{name!r} is not the name of a macro", hint="write NAME or NAME=VALUE")
    return name


def _load() -> Mapping[str, Mapping[str, object]]:
    loaded: dict[str, Mapping[str, object]] = load_yaml(Path(__file__).with_suffix(".yaml"))
    return loaded
