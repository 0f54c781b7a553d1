"""What known.yaml says of names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from opsieve.resources import load_yaml
from opsieve.size.attribution import TOOLCHAIN, Owner


@dataclass(frozen=True, slots=True)
class Known:
    """``namespaces`` by their parts; ``c_names`` and ``toolchain`` by how a name begins, the longest first."""

    namespaces: dict[tuple[str, ...], Owner]
    c_names: tuple[tuple[str, Owner], ...]
    sections: dict[str, Owner]
    toolchain: tuple[tuple[str, Owner], ...]
    packages: dict[str, str]
    header_only: frozenset[str]
    templates: frozenset[str]


@lru_cache(maxsize=1)
def known() -> Known:
    """All of it."""
    rows: dict[str, Any] = load_yaml(Path(__file__).with_suffix(".yaml"))
    namespaces = {tuple(name.split("::")): _owner(row, name) for name, row in rows["namespaces"].items()}
    c_names = [(start, _owner(row, f"{start}...")) for start, row in rows["c_names"].items()]
    toolchain = [(start, Owner(name, TOOLCHAIN)) for name, starts in rows["toolchain"].items() for start in starts]
    return Known(
        namespaces=namespaces,
        c_names=tuple(sorted(c_names, key=_longest_first)),
        sections={name: _owner(row, name) for name, row in rows["sections"].items()},
        toolchain=tuple(sorted(toolchain, key=_longest_first)),
        packages={**{name: name for name in rows["packages"].values()}, **rows["packages"]},
        header_only=frozenset(rows["header_only"]),
        templates=frozenset((*rows["header_only"], *rows["templates"])),
    )


def _owner(row: dict[str, str], name: str) -> Owner:
    return Owner(row.get("name", _DEFAULT_NAMES.get(row["kind"], name)), row["kind"])


_DEFAULT_NAMES = {"protos": "protos", "program": "program"}


def _longest_first(row: tuple[str, Owner]) -> tuple[int, str]:
    return (-len(row[0]), row[0])
