"""Targets: what a user names with --target, one YAML file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from opsieve.errors import OpsieveError

_PRESETS = Path(__file__).parent / "presets"
_LARGEST_FILE = 1 << 16
_FORMATS = ("elf", "macho")
_KITS = ("", "ndk", "xcode")


@dataclass(frozen=True, slots=True)
class Compilers:
    """Commands that belong together, each one shell-quoted line."""

    c: str
    cxx: str
    ar: str
    strip: str


@dataclass(frozen=True, slots=True)
class Linker:
    name: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A target as its file describes it; the fields are the keys of the file, and presets/ has them explained.

    ``kit``: ``ndk`` or ``xcode``, which say where the compilers are; ``sdk`` is Xcode's name of the SDK.
    """

    name: str
    description: str
    configuration: str
    format: str
    machine: str
    compilers: tuple[Compilers, ...]
    linkers: tuple[Linker, ...]
    kit: str = ""
    sdk: str = ""
    api_level: str = ""
    compile_flags: tuple[str, ...] = ()
    c_flags: tuple[str, ...] = ()
    cxx_flags: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    page_size: int = 4096
    shared: bool = True
    runner: tuple[str, ...] = ()
    install: str = ""


def target_names() -> tuple[str, ...]:
    """The targets that opsieve comes with, sorted."""
    return tuple(sorted(path.stem for path in _PRESETS.glob("*.yaml")))


def read_target(name: str) -> Target:
    """A target by its name, or from a YAML file by its path (what has a slash or ends in .yaml).

    Raises:
        OpsieveError: no such target, or the file is not one; with the key that is wrong.
    """
    if name in target_names():
        path = _PRESETS / f"{name}.yaml"
    elif "/" in name or name.endswith((".yaml", ".yml")):
        path = Path(name)
    else:
        known = ", ".join(target_names())
        raise OpsieveError(f"there is no target {name!r}", hint=f"give one of {known}, or the path of a YAML file")
    return _parsed(_loaded(path), path)


def _loaded(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        with open(path, "rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise OpsieveError(f"{path}: cannot be read: {error.strerror or error}") from error
    # Aliases let a small file stand for an endless one, and no target needs them.
    if len(content) > _LARGEST_FILE:
        raise OpsieveError(f"{path}: more than {_LARGEST_FILE} bytes is no target")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(content)):
            raise OpsieveError(f"{path}: a target has no YAML aliases (*name)", hint="write the value out")
        loaded = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise OpsieveError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(loaded, dict):
        raise OpsieveError(f"{path}: not a target: a mapping of keys is expected", hint="start from a copy of a preset")
    return loaded


def _parsed(row: Mapping[str, Any], path: Path) -> Target:
    known = {each.name for each in fields(Target)} - {"name"}
    unknown = sorted(str(key) for key in row.keys() - known)
    if unknown:
        raise OpsieveError(
            f"{path}: no target has a key {unknown[0]!r}", hint=f"the keys are {', '.join(sorted(known))}"
        )
    missing = [key for key in ("configuration", "format", "machine", "compilers", "linkers") if key not in row]
    if missing:
        raise OpsieveError(f"{path}: the key {missing[0]!r} is missing", hint="start from a copy of a preset")
    return Target(
        name=path.stem,
        description=_text(row, "description", path),
        configuration=_text(row, "configuration", path),
        format=_one_of(row, "format", _FORMATS, path),
        machine=_text(row, "machine", path),
        compilers=tuple(
            Compilers(*(_text(each, key, path) for key in ("c", "cxx", "ar", "strip")))
            for each in _mappings(row, "compilers", path)
        ),
        linkers=tuple(
            Linker(_text(each, "name", path), _texts(each, "flags", path)) for each in _mappings(row, "linkers", path)
        ),
        kit=_one_of(row, "kit", _KITS, path),
        sdk=_text(row, "sdk", path),
        api_level=_text(row, "api_level", path),
        compile_flags=_texts(row, "compile_flags", path),
        c_flags=_texts(row, "c_flags", path),
        cxx_flags=_texts(row, "cxx_flags", path),
        defines=_texts(row, "defines", path),
        link_flags=_texts(row, "link_flags", path),
        libraries=_texts(row, "libraries", path),
        page_size=_page_size(row, path),
        shared=_flag(row, "shared", path),
        runner=_texts(row, "runner", path),
        install=_text(row, "install", path),
    )


def _text(row: Mapping[str, Any], key: str, path: Path) -> str:
    value = row.get(key, "")
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "\n" in str(value):
        raise OpsieveError(f"{path}: {key}: one line of text is expected, not {value!r}")
    return str(value)


def _texts(row: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list):
        raise OpsieveError(f"{path}: {key}: a list is expected, not {value!r}")
    return tuple(_text({key: each}, key, path) for each in value)


def _mappings(row: Mapping[str, Any], key: str, path: Path) -> list[Mapping[str, Any]]:
    value = row[key]
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise OpsieveError(f"{path}: {key}: a list of mappings is expected, at least one")
    return value


def _one_of(row: Mapping[str, Any], key: str, values: tuple[str, ...], path: Path) -> str:
    value = _text(row, key, path)
    if value not in values:
        raise OpsieveError(f"{path}: {key}: {value!r} is not one of {', '.join(filter(None, values))}")
    return value


def _flag(row: Mapping[str, Any], key: str, path: Path) -> bool:
    value = row.get(key, True)
    if not isinstance(value, bool):
        raise OpsieveError(f"{path}: {key}: true or false is expected, not {value!r}")
    return value


def _page_size(row: Mapping[str, Any], path: Path) -> int:
    value = row.get("page_size", 4096)
    if isinstance(value, bool) or not isinstance(value, int) or not 4096 <= value <= 1 << 20 or value & (value - 1):
        raise OpsieveError(f"{path}: page_size: a power of two from 4096 is expected, not {value!r}")
    return value
