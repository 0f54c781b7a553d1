"""The configurations that opsieve knows, and those that a user brings."""

from __future__ import annotations

from pathlib import Path

from opsieve.resources import load_yaml
from opsieve.tree.buildfiles.targets import Configuration


def configurations() -> dict[str, Configuration]:
    """The rows of configurations.yaml, by name."""
    rows = load_yaml(Path(__file__).with_name("configurations.yaml"))
    return {
        name: Configuration(
            name=name,
            settings=row.get("settings", {}),
            defines=row.get("defines", {}),
            constraints=tuple(row.get("constraints", ())),
            flags=row.get("flags", {}),
        )
        for name, row in rows.items()
    }
